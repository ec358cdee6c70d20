"""An issuer and a settlement bank agree that the bank pays out the issuer's vouchers, and end that."""

from msgspec.structs import replace

from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.rules.change import DAY_MS
from tallychain.contracts.vouchers.settling import refusals
from tallychain.contracts.vouchers.settling.events import (
    AgreementEnding,
    AgreementMade,
    AgreementOver,
    AgreementProposed,
)
from tallychain.contracts.vouchers.settling.operations import (
    ConsentAgreement,
    EndAgreement,
    ProposeAgreement,
)
from tallychain.contracts.vouchers.settling.policies import SettlementPolicy, settlement_policy_on
from tallychain.contracts.vouchers.settling.rules.find import the_member
from tallychain.contracts.vouchers.settling.rules.times import missed_ms
from tallychain.contracts.vouchers.settling.state import (
    AGREEMENTS,
    ENDED,
    IN_FORCE,
    LAPSED,
    PROPOSED,
    Agreement,
)
from tallychain.instruments.calendar import format_date, local_day
from tallychain.ledger import limits
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.identity import MEMBERS, SETTLEMENT_BANK, is_in_good_standing
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline, after_next_step, next_step_ms, settled


def propose(args: ProposeAgreement, call: Call, state: Reader) -> Change:
    """Ask a settlement bank; it has some days to answer."""
    issuer = the_member(call)
    bank = state.get(MEMBERS, args.bank)
    if bank is None or not is_in_good_standing(bank, call.now) or SETTLEMENT_BANK not in bank.kinds:
        raise general.SettlementBankNotEligible(args.bank)
    standing = state.get(AGREEMENTS, issuer, args.bank)
    if standing is not None and standing.status_at(call.now) in (PROPOSED, IN_FORCE):
        raise refusals.AgreementExists(issuer, args.bank, standing.status_at(call.now))
    until_ms = call.now.time_ms + _policy(call.now, state).agreement_answer_days * DAY_MS
    timeline = Timeline(PROPOSED, (Step(min(until_ms, limits.TIME_MS), LAPSED),))
    agreement = Agreement(issuer, args.bank, call.operation, args.terms, timeline)
    event = AgreementProposed(issuer, args.bank, call.operation, args.terms, timeline)
    since_ms = None if standing is None else missed_ms(standing.timeline, call.now)
    over = () if standing is None or since_ms is None else (_over(standing, since_ms),)
    return Change((AGREEMENTS.put(agreement),), (*over, event))


def consent(args: ConsentAgreement, call: Call, state: Reader) -> Change:
    """Agree; from this block on the issuer may name the bank in its vouchers."""
    bank = the_member(call)
    agreement = _standing(args.issuer, bank, state, call.now)
    if agreement.status_at(call.now) != PROPOSED or agreement.proposal != args.proposal:
        raise refusals.AgreementNotPending(args.issuer, args.proposal)
    made = replace(agreement, timeline=settled(IN_FORCE))
    event = AgreementMade(args.issuer, bank, agreement.proposal, agreement.terms)
    return Change((AGREEMENTS.put(made),), (event,))


def end(args: EndAgreement, call: Call, state: Reader) -> Change:
    """
    Give notice: no new vouchers after some days; those that exist are paid out all the same.

    A second notice does not prolong the first.  A proposal that waits ends at once: the bank turns it down, or the issuer takes it back.
    """
    by = the_member(call)
    if by not in (args.issuer, args.bank):
        raise refusals.NotAParty(args.issuer, args.bank)
    agreement = _standing(args.issuer, args.bank, state, call.now)
    days = _policy(call.now, state).agreement_notice_days
    is_proposal = agreement.status_at(call.now) == PROPOSED
    given_ms = next_step_ms(agreement.timeline, ()) or limits.TIME_MS
    until_ms = min(call.now.time_ms + days * DAY_MS, given_ms)
    timeline = settled(ENDED) if is_proposal else Timeline(IN_FORCE, (Step(until_ms, ENDED),))
    event = AgreementEnding(args.issuer, args.bank, by, timeline)
    return Change((AGREEMENTS.put(replace(agreement, timeline=timeline)),), (event,))


def agreement_change(agreement: Agreement, since_ms: int, _now: Moment, _state: Reader) -> Change:
    """Nobody answered, or the notice has run out."""
    later = replace(agreement, timeline=after_next_step(agreement.timeline))
    return Change((AGREEMENTS.put(later),), (_over(agreement, since_ms),))


def _over(agreement: Agreement, since_ms: int) -> AgreementOver:
    status = after_next_step(agreement.timeline).status
    return AgreementOver(agreement.issuer, agreement.bank, status, since_ms)


def _standing(issuer: str, bank: str, state: Reader, now: Moment) -> Agreement:
    agreement = state.get(AGREEMENTS, issuer, bank)
    if agreement is None or agreement.status_at(now) in (LAPSED, ENDED):
        raise refusals.AgreementNotFound(issuer, bank)
    return agreement


def _policy(now: Moment, state: Reader) -> SettlementPolicy:
    return settlement_policy_on(state, format_date(local_day(now.time_ms)))
