"""What time makes of a financing before it is paid, and how its lock leaves the units with it."""

from msgspec.structs import replace

from tallychain.contracts.vouchers.financing.events import FinancingFailed, QuotesEnded
from tallychain.contracts.vouchers.financing.find import quotes_of, the_deal
from tallychain.contracts.vouchers.financing.state import (
    AWARDED,
    CHOOSING,
    COMMITTED,
    DISPUTED,
    FAILED,
    FINANCINGS,
    QUOTES,
    REGISTERED,
    TO_DEREGISTER,
    UNREVEALED,
    Deal,
    Financing,
)
from tallychain.contracts.vouchers.rules.change import shown
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import Moment, Timeline, after_next_step, later_statuses


def stage_of(deal: Deal) -> tuple[str, str]:
    """How far a deal has come that fails now, and whose word was missing."""
    if not deal.registration:
        return AWARDED, deal.funder
    if not deal.disbursement:
        return REGISTERED, deal.paying_bank
    return DISPUTED, deal.funder


def failed_event(financing: Financing, deal: Deal, timeline: Timeline, since_ms: int) -> FinancingFailed:
    """That it came to nothing."""
    stage, failed = stage_of(deal)
    return FinancingFailed(
        financing=financing.id,
        voucher=financing.voucher,
        funder=deal.funder,
        stage=stage,
        failed=failed,
        timeline=shown(timeline),
        since_ms=since_ms,
    )


def written_down(financing: Financing, now: Moment) -> Change:
    """Write that a financing has failed, where due work has not come to that yet; its holding is left to the caller."""
    timeline = financing.timeline
    since_ms = min(
        at_ms for at_ms, status in later_statuses(timeline, now.outages) if status in (FAILED, TO_DEREGISTER)
    )
    while timeline.status not in (FAILED, TO_DEREGISTER):
        timeline = after_next_step(timeline)
    event = failed_event(financing, the_deal(financing, now), timeline, since_ms)
    return Change((FINANCINGS.put(replace(financing, timeline=timeline)),), (event,))


def quotes_ended(financing: Financing, timeline: Timeline, state: Reader) -> Change:
    """No quote comes any more; who has committed and not delivered is named."""
    missing = [quote for quote in quotes_of(financing, state) if quote.state == COMMITTED]
    event = QuotesEnded(
        financing=financing.id,
        voucher=financing.voucher,
        unrevealed=tuple(quote.funder for quote in missing),
        timeline=shown(timeline),
    )
    return Change(tuple(QUOTES.put(replace(quote, state=UNREVEALED)) for quote in missing), (event,))


def without_quotes(financing: Financing, state: Reader, now: Moment) -> Change:
    """The seller has chosen, or has not: the quotes leave.  Who did not deliver is named first, where due work has not come to that."""
    is_unsaid = financing.status_at(now) == CHOOSING and financing.timeline.status != CHOOSING
    told = quotes_ended(financing, financing.timeline, state).events if is_unsaid else ()
    return Change(leaving(financing, state), told)


def leaving(financing: Financing, state: Reader) -> tuple[Write, ...]:
    """The quotes of a financing leave."""
    return tuple(QUOTES.delete(quote) for quote in quotes_of(financing, state))
