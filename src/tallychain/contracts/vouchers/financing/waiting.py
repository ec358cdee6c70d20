"""How long each step of a financing waits, and what comes of silence."""

from tallychain.contracts.vouchers.financing.state import (
    ANSWER_BUSINESS_DAYS,
    AWARDED,
    BIDDING,
    CAME,
    CHOOSE_BUSINESS_DAYS,
    CHOOSING,
    COMPLETED,
    DEREGISTER_BUSINESS_DAYS,
    DEREGISTER_LATE,
    DISBURSED,
    DISPUTE_BUSINESS_DAYS,
    DISPUTED,
    FAILED,
    LAPSED,
    LATE_DAYS,
    PAY_BUSINESS_DAYS,
    REGISTERED,
    REVEAL_MINUTES,
    REVEALING,
    TO_DEREGISTER,
    UNCONFIRMED,
    Deal,
)
from tallychain.contracts.vouchers.policies import SplitPolicy
from tallychain.contracts.vouchers.rules.change import gone
from tallychain.contracts.vouchers.settling.policies import settlement_policy
from tallychain.contracts.vouchers.settling.rules.times import MINUTE_MS, ONE_DAY, business_day_after
from tallychain.contracts.vouchers.state import Voucher
from tallychain.instruments.calendar import instant_ms, local_day
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline

REVEAL_MS = REVEAL_MINUTES * MINUTE_MS


def bidding(closes_ms: int, voucher: Voucher, policy: SplitPolicy, state: Reader) -> Timeline:
    """Quotes, then reveals, then the seller's choice, or nothing came of it."""
    reveal_ms = closes_ms + REVEAL_MS
    later = _choosing(reveal_ms, voucher, policy, state)
    return Timeline(BIDDING, (Step(closes_ms, REVEALING), Step(reveal_ms, CHOOSING), *later))


def choosing(since_ms: int, voucher: Voucher, policy: SplitPolicy, state: Reader) -> Timeline:
    """The seller chooses by the end of the next business day, and before the black-out."""
    return Timeline(CHOOSING, _choosing(since_ms, voucher, policy, state))


def pay_until(voucher: Voucher, now: Moment, state: Reader) -> int:
    """By when the money has to have gone: the cut-off of the next business day, and before the black-out."""
    minutes = settlement_policy(state, voucher.settlement_policy).cutoff_minutes
    day = business_day_after(local_day(now.time_ms), PAY_BUSINESS_DAYS, state)
    return min(instant_ms(day) + minutes * MINUTE_MS, voucher.blackout_ms)


def awarded(until_ms: int, policy: SplitPolicy) -> Timeline:
    """Nothing stands in the registry yet, so nothing is left of it when it fails."""
    return Timeline(AWARDED, (Step(until_ms, FAILED), gone(until_ms, policy.retention_days)))


def registered(until_ms: int, state: Reader) -> Timeline:
    """What stands in the registry is taken back when it fails."""
    return Timeline(REGISTERED, _unwound(until_ms, state))


def disbursed(now: Moment, state: Reader) -> Timeline:
    """Silence completes it: time never gives the units back to a seller that a bank says was paid (list of attacks, number 17)."""
    return Timeline(DISBURSED, (Step(_end_of_day(now.time_ms, ANSWER_BUSINESS_DAYS, state), COMPLETED),))


def unconfirmed(deal: Deal, now: Moment, state: Reader) -> Timeline:
    """Nobody but the funder says that it has paid: if that stays so it is a dispute."""
    answer_ms = _end_of_day(now.time_ms, ANSWER_BUSINESS_DAYS, state)
    return Timeline(UNCONFIRMED, (Step(answer_ms, DISPUTED), *_ruling(deal, answer_ms, state)))


def disputed(deal: Deal, since_ms: int, state: Reader) -> Timeline:
    """An arbiter decides; where it is silent the evidence of banks that are not the funder does."""
    return Timeline(DISPUTED, _ruling(deal, since_ms, state))


def unwound(since_ms: int, state: Reader) -> Timeline:
    """It has failed, and its registration is to be taken back."""
    return Timeline(TO_DEREGISTER, _to_deregister(since_ms, state))


def is_shown(deal: Deal) -> bool:
    """Whether a bank that is not the funder says that the money went or came, and none says that it did not come."""
    return deal.word == CAME or (not deal.word and deal.paying_bank != deal.funder)


def _choosing(since_ms: int, voucher: Voucher, policy: SplitPolicy, state: Reader) -> tuple[Step, ...]:
    until_ms = min(_end_of_day(since_ms, CHOOSE_BUSINESS_DAYS, state), voucher.blackout_ms)
    return (Step(until_ms, LAPSED), gone(until_ms, policy.retention_days))


def _ruling(deal: Deal, since_ms: int, state: Reader) -> tuple[Step, ...]:
    until_ms = _end_of_day(since_ms, DISPUTE_BUSINESS_DAYS, state)
    return (Step(until_ms, COMPLETED),) if is_shown(deal) else _unwound(until_ms, state)


def _unwound(at_ms: int, state: Reader) -> tuple[Step, ...]:
    return (Step(at_ms, TO_DEREGISTER), *_to_deregister(at_ms, state))


def _to_deregister(since_ms: int, state: Reader) -> tuple[Step, ...]:
    late_ms = _end_of_day(since_ms, DEREGISTER_BUSINESS_DAYS, state)
    return (Step(late_ms, DEREGISTER_LATE), gone(late_ms, LATE_DAYS))


def _end_of_day(since_ms: int, business_days: int, state: Reader) -> int:
    return instant_ms(business_day_after(local_day(since_ms), business_days, state) + ONE_DAY)
