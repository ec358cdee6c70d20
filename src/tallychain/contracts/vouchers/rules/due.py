"""What time does: promises expire, offers end, vouchers fall due, and what has ended leaves the state.

Every rule asks `status_at`, so being late here changes no outcome.  Vouchers come before offers, each with a budget of its own,
so a flood of ending offers holds up no maturity.
"""

from tallychain.contracts.risk import api as risk
from tallychain.contracts.vouchers.dating import rules as dating
from tallychain.contracts.vouchers.events import VoucherExpired
from tallychain.contracts.vouchers.guaranteeing.book import called
from tallychain.contracts.vouchers.rules.backing import freed
from tallychain.contracts.vouchers.rules.change import next_status, over, released, replaced, title_given_up
from tallychain.contracts.vouchers.rules.disclosing import owed_told
from tallychain.contracts.vouchers.rules.find import the_voucher
from tallychain.contracts.vouchers.settling.rules.due import DUE_KINDS as SETTLING_KINDS
from tallychain.contracts.vouchers.settling.rules.finish import time_events
from tallychain.contracts.vouchers.state import (
    EXPIRED,
    GONE,
    HOLDINGS,
    OFFERS,
    OVERDUE,
    UNPAID_PENDING,
    VOUCHERS,
    Offer,
    Voucher,
    holding_over,
)
from tallychain.ledger.contract import Change, DueKind
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, after_next_step

VOUCHERS_PER_BLOCK = 50
"""A dishonoured one names every holder, a thousand at most, so a block of them stays within ten megabytes."""
OFFERS_PER_BLOCK = 500


def voucher_change(voucher: Voucher, since_ms: int, now: Moment, state: Reader) -> Change:
    """An unanswered promise expires and frees what it took; a voucher falls due, is dishonoured at its cut-off and overdue later; what was kept long enough leaves."""
    dated = dating.change_of_date(voucher, state)
    if dated is not None:
        return dated
    status = next_status(voucher.timeline)
    if status == GONE:
        return Change((VOUCHERS.delete(voucher),))
    later = replaced(voucher, after_next_step(voucher.timeline))
    if status == EXPIRED:
        expired = Change(title_given_up(later, state), (VoucherExpired(voucher.number, since_ms),))
        return expired + freed(voucher, state, now)
    events = time_events(voucher, since_ms, now, state)
    change = Change((VOUCHERS.put(later),), events) + owed_told(voucher, events, state, now)
    if status == UNPAID_PENDING:
        change += risk.block(state, voucher.issuer, voucher.number, since_ms)
    return change + called(voucher, since_ms, state) if status == OVERDUE else change


def offer_change(offer: Offer, _since_ms: int, now: Moment, state: Reader) -> Change:
    """An offer ends, and its units are free in the record too; what was kept long enough leaves."""
    if next_status(offer.timeline) == GONE:
        return Change((OFFERS.delete(offer),))
    voucher = the_voucher(offer.voucher, state, now)
    holding = holding_over(state, offer.voucher, offer.holding, offer.units)
    write, event = over(offer, voucher, state, now)
    return Change((write, HOLDINGS.put(released(holding, offer.id))), (event,))


DUE_KINDS = (
    DueKind(
        name="voucher",
        table=VOUCHERS,
        budget=VOUCHERS_PER_BLOCK,
        timeline=lambda row: row.timeline,
        change=voucher_change,
    ),
    DueKind(
        name="offer",
        table=OFFERS,
        budget=OFFERS_PER_BLOCK,
        timeline=lambda row: row.timeline,
        change=offer_change,
    ),
    *SETTLING_KINDS,
)
