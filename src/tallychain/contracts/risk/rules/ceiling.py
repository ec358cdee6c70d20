"""Banks grant ceilings and lower them."""

from datetime import date, timedelta

from msgspec.structs import replace

from tallychain.contracts.members.api import is_active_kind
from tallychain.contracts.risk import refusals
from tallychain.contracts.risk.events import CeilingEnded, CeilingGranted, CeilingReduced
from tallychain.contracts.risk.operations import Grant, Reduce
from tallychain.contracts.risk.policies import risk_policy
from tallychain.contracts.risk.state import CEILINGS, CEILINGS_MAX, ENDED, IN_FORCE, PLANNED, Ceiling
from tallychain.instruments.calendar import (
    DateUnreadable,
    add_months,
    format_date,
    instant_ms,
    local_day,
    parse_date,
)
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.identity import CORE_ENTERPRISE
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline
from tallychain.ledger.types import MEMBER_PREFIX, MemberId

CURRENCY = "CNY"
ONE_DAY = timedelta(days=1)


def grant(args: Grant, call: Call, state: Reader) -> Change:
    """
    Grant an issuer a ceiling; what it may have outstanding is the sum of all that are in force.

    A bank's own credit line stays private in its gateway; this is the figure that it lets the alliance see.
    """
    bank = _bank(call)
    if bank == args.issuer:
        raise refusals.OwnCeiling(args.issuer)
    if not is_active_kind(state, args.issuer, CORE_ENTERPRISE, call.now):
        raise refusals.IssuerNotEligible(args.issuer)
    if args.currency != CURRENCY:
        raise refusals.CeilingCurrencyNotTaken(args.currency)
    first, last = _day(args.valid_from), _day(args.valid_until)
    _check_days(first, last, state, call.now)
    own = [row for row in state.scan(CEILINGS, args.issuer) if row.bank == bank]
    if sum(row.status_at(call.now) != ENDED for row in own) >= CEILINGS_MAX:
        raise refusals.TooManyCeilings(args.issuer, CEILINGS_MAX)
    ceiling = Ceiling(
        ceiling=call.operation,
        issuer=args.issuer,
        bank=bank,
        amount=args.amount,
        currency=args.currency,
        valid_from=args.valid_from,
        valid_until=args.valid_until,
        timeline=_timeline(first, last, call.now),
    )
    return Change((CEILINGS.put(ceiling),), (granted(ceiling),))


def reduce(args: Reduce, call: Call, state: Reader) -> Change:
    """
    Lower a ceiling, or end it with 0.

    Whatever is outstanding stays outstanding: a bank takes back what it promised for the future, never what was issued on it.
    """
    ceiling = state.get(CEILINGS, args.issuer, args.ceiling)
    if ceiling is None or ceiling.status_at(call.now) == ENDED:
        raise refusals.CeilingNotFound(args.issuer, args.ceiling)
    if ceiling.bank != _bank(call):
        raise refusals.NotTheGrantor(ceiling.ceiling)
    if args.amount >= ceiling.amount:
        raise refusals.CeilingNotLower(args.amount, ceiling.amount)
    lowered = CeilingReduced(ceiling.ceiling, ceiling.issuer, args.amount)
    if args.amount == 0:
        ended = CeilingEnded(ceiling.ceiling, ceiling.issuer, call.now.time_ms)
        return Change((CEILINGS.delete(ceiling),), (lowered, ended))
    return Change((CEILINGS.put(replace(ceiling, amount=args.amount)),), (lowered,))


def end_of_day_ms(day: date) -> int:
    """The end of a local day: the beginning of the next one, as UTC milliseconds."""
    return instant_ms(day + ONE_DAY)


def _bank(call: Call) -> MemberId:
    return MemberId(call.author.removeprefix(MEMBER_PREFIX))


def _day(text: str) -> date:
    try:
        return parse_date(text)
    except DateUnreadable:
        raise refusals.CeilingDayNotValid(text) from None


def _check_days(first: date, last: date, state: Reader, now: Moment) -> None:
    policy = risk_policy(state, now)
    today = local_day(now.time_ms)
    latest = add_months(today, policy.ceiling_months_max)
    if not today <= first <= last <= latest:
        raise refusals.CeilingDaysNotPossible(
            format_date(first),
            format_date(last),
            format_date(today),
            format_date(latest),
            policy.source.article_of("ceiling_months_max"),
        )


def _timeline(first: date, last: date, now: Moment) -> Timeline:
    """In force from the beginning of the first day to the end of the last."""
    end = Step(end_of_day_ms(last), ENDED)
    if first <= local_day(now.time_ms):
        return Timeline(IN_FORCE, (end,))
    return Timeline(PLANNED, (Step(instant_ms(first), IN_FORCE), end))


def granted(ceiling: Ceiling) -> CeilingGranted:
    """A new ceiling as its event tells of it."""
    return CeilingGranted(
        ceiling=ceiling.ceiling,
        issuer=ceiling.issuer,
        bank=ceiling.bank,
        amount=ceiling.amount,
        currency=ceiling.currency,
        valid_from=ceiling.valid_from,
        valid_until=ceiling.valid_until,
        timeline=ceiling.timeline,
    )
