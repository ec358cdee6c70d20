"""Electronic receivable vouchers (应收账款电子凭证): promises to pay, who holds which units of them, and how title moves."""

from typing import Final

from tallychain.contracts.vouchers import columns, events, views
from tallychain.contracts.vouchers.acts import ACTS_VIEW
from tallychain.contracts.vouchers.banking import ending as account_ending
from tallychain.contracts.vouchers.banking import events as account_events
from tallychain.contracts.vouchers.banking import views as account_views
from tallychain.contracts.vouchers.banking.state import ACCOUNTS
from tallychain.contracts.vouchers.cancelling import events as cancelling_events
from tallychain.contracts.vouchers.cancelling import rules as cancelling_rules
from tallychain.contracts.vouchers.cancelling import views as cancelling_views
from tallychain.contracts.vouchers.cancelling.state import CANCELLATIONS
from tallychain.contracts.vouchers.challenging import events as challenge_events
from tallychain.contracts.vouchers.challenging import views as challenge_views
from tallychain.contracts.vouchers.challenging.state import FALSE_IDENTITIES
from tallychain.contracts.vouchers.composed import OPERATIONS
from tallychain.contracts.vouchers.courting import ending as freeze_ending
from tallychain.contracts.vouchers.courting import events as court_events
from tallychain.contracts.vouchers.courting import views as court_views
from tallychain.contracts.vouchers.courting.state import FREEZES
from tallychain.contracts.vouchers.dating import rules as dating_rules
from tallychain.contracts.vouchers.dating.events import MaturitySet
from tallychain.contracts.vouchers.dating.state import REDATING
from tallychain.contracts.vouchers.disputing import ending as dispute_ending
from tallychain.contracts.vouchers.disputing import events as dispute_events
from tallychain.contracts.vouchers.disputing import views as dispute_views
from tallychain.contracts.vouchers.disputing.state import DISPUTES
from tallychain.contracts.vouchers.financing import due as financing_due
from tallychain.contracts.vouchers.financing import events as financing_events
from tallychain.contracts.vouchers.financing import state as financing
from tallychain.contracts.vouchers.financing import views as financing_views
from tallychain.contracts.vouchers.guaranteeing import ending as guarantee_ending
from tallychain.contracts.vouchers.guaranteeing import events as guarantee_events
from tallychain.contracts.vouchers.guaranteeing import state as guaranteeing
from tallychain.contracts.vouchers.guaranteeing import views as guarantee_views
from tallychain.contracts.vouchers.invariants import full, touched
from tallychain.contracts.vouchers.pledging import ending as pledge_ending
from tallychain.contracts.vouchers.pledging import events as pledge_events
from tallychain.contracts.vouchers.pledging import views as pledge_views
from tallychain.contracts.vouchers.pledging.state import PLEDGES
from tallychain.contracts.vouchers.policies import parameter_faults
from tallychain.contracts.vouchers.recoursing import ending as recourse_ending
from tallychain.contracts.vouchers.recoursing import events as recourse_events
from tallychain.contracts.vouchers.recoursing import views as recourse_views
from tallychain.contracts.vouchers.recoursing.state import BUY_BACKS, RECOURSES
from tallychain.contracts.vouchers.redeeming import ending as redemption_ending
from tallychain.contracts.vouchers.redeeming import events as redemption_events
from tallychain.contracts.vouchers.redeeming import views as redemption_views
from tallychain.contracts.vouchers.redeeming.state import EARLY_PAYMENTS, REDEMPTIONS
from tallychain.contracts.vouchers.rekeying import ending as rekey_ending
from tallychain.contracts.vouchers.rekeying import events as rekey_events
from tallychain.contracts.vouchers.rekeying import views as rekey_views
from tallychain.contracts.vouchers.rekeying.state import REKEYS
from tallychain.contracts.vouchers.rules import DUE_KINDS
from tallychain.contracts.vouchers.settling import events as settling_events
from tallychain.contracts.vouchers.settling import state as settling
from tallychain.contracts.vouchers.settling.genesis import founded
from tallychain.contracts.vouchers.settling.words import WORDS as SETTLING_WORDS
from tallychain.contracts.vouchers.sponsoring import events as sponsoring_events
from tallychain.contracts.vouchers.sponsoring import rules as sponsoring_rules
from tallychain.contracts.vouchers.sponsoring import views as sponsoring_views
from tallychain.contracts.vouchers.sponsoring.state import CLAIMS
from tallychain.contracts.vouchers.state import (
    EARLIER_SERIALS,
    HOLDINGS,
    OFFERS,
    REFERENCES,
    SERIAL,
    VOUCHERS,
)
from tallychain.ledger.contract import Contract, Words

CONTRACT: Final = Contract(
    name="vouchers",
    title=Words("Vouchers", "应收账款电子凭证"),
    operations=OPERATIONS,
    events=(
        *events.EVENTS,
        MaturitySet,
        *cancelling_events.EVENTS,
        *sponsoring_events.EVENTS,
        *pledge_events.EVENTS,
        *court_events.EVENTS,
        *financing_events.EVENTS,
        *dispute_events.EVENTS,
        *redemption_events.EVENTS,
        *recourse_events.EVENTS,
        *guarantee_events.EVENTS,
        *rekey_events.EVENTS,
        *account_events.EVENTS,
        *challenge_events.EVENTS,
        *settling_events.EVENTS,
    ),
    tables=(
        VOUCHERS,
        HOLDINGS,
        OFFERS,
        REFERENCES,
        SERIAL,
        EARLIER_SERIALS,
        REDATING,
        CANCELLATIONS,
        CLAIMS,
        PLEDGES,
        FREEZES,
        financing.FINANCINGS,
        financing.QUOTES,
        financing.REGISTRATIONS,
        financing.DISBURSEMENTS,
        DISPUTES,
        REDEMPTIONS,
        EARLY_PAYMENTS,
        RECOURSES,
        BUY_BACKS,
        guaranteeing.FRAMES,
        guaranteeing.GUARANTEES,
        guaranteeing.CALLS,
        guaranteeing.REPAYMENTS,
        REKEYS,
        ACCOUNTS,
        FALSE_IDENTITIES,
        settling.AGREEMENTS,
        settling.SETTLEMENTS,
        settling.SHARES,
        settling.ENTITLEMENTS,
        settling.EVIDENCE,
        settling.EXCESSES,
    ),
    due=(
        freeze_ending.DUE_KIND,
        dating_rules.DUE_KIND,
        *DUE_KINDS,
        cancelling_rules.DUE_KIND,
        sponsoring_rules.DUE_KIND,
        pledge_ending.DUE_KIND,
        financing_due.DUE_KIND,
        dispute_ending.DUE_KIND,
        redemption_ending.DUE_KIND,
        recourse_ending.DUE_KIND,
        *guarantee_ending.DUE_KINDS,
        rekey_ending.DUE_KIND,
        account_ending.DUE_KIND,
    ),
    touched=touched,
    full=full,
    genesis=founded,
    parameter_faults=parameter_faults,
    views=(
        *views.VIEWS,
        *cancelling_views.VIEWS,
        sponsoring_views.CLAIMS_VIEW,
        *pledge_views.VIEWS,
        *court_views.VIEWS,
        *financing_views.VIEWS,
        *dispute_views.VIEWS,
        *redemption_views.VIEWS,
        *recourse_views.VIEWS,
        *guarantee_views.VIEWS,
        ACTS_VIEW,
        *rekey_views.VIEWS,
        *account_views.VIEWS,
        *challenge_views.VIEWS,
    ),
    words={
        **SETTLING_WORDS,
        **columns.WORDS,
        **cancelling_views.WORDS,
        **sponsoring_views.WORDS,
        **pledge_views.WORDS,
        **court_views.WORDS,
        **financing_views.WORDS,
        **dispute_views.WORDS,
        **redemption_views.WORDS,
        **recourse_views.WORDS,
        **guarantee_views.WORDS,
        **rekey_views.WORDS,
        **account_views.WORDS,
        **challenge_views.WORDS,
    },
)
