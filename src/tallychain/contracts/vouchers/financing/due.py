"""What time makes of financings, written down; every rule asks `status_at`, so being late here changes no outcome."""

from typing import Final

from msgspec.structs import replace

from tallychain.contracts.vouchers.financing.completing import DEFAULT, SILENCE, completed
from tallychain.contracts.vouchers.financing.ending import leaving, quotes_ended, written_down
from tallychain.contracts.vouchers.financing.events import (
    DeregistrationLate,
    FinancingDisputed,
    FinancingLapsed,
)
from tallychain.contracts.vouchers.financing.find import the_deal
from tallychain.contracts.vouchers.financing.state import (
    CHOOSING,
    COMPLETED,
    DISBURSED,
    DISPUTED,
    FINANCINGS,
    LAPSED,
    REVEALING,
    TO_DEREGISTER,
    Financing,
)
from tallychain.contracts.vouchers.rules.change import next_status, released, shown
from tallychain.contracts.vouchers.rules.find import the_holding
from tallychain.contracts.vouchers.state import GONE, HOLDINGS
from tallychain.ledger.contract import Change, DueKind
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, after_next_step

FINANCINGS_PER_BLOCK: Final = 200


def financing_change(financing: Financing, since_ms: int, now: Moment, state: Reader) -> Change:
    """Quotes end, a choice or a payment was missed, silence has completed it, and later the row leaves."""
    status = next_status(financing.timeline)
    timeline = after_next_step(financing.timeline)
    later = FINANCINGS.put(replace(financing, timeline=timeline))
    if status == GONE:
        return Change((FINANCINGS.delete(financing),))
    if status == REVEALING:
        return Change((later,))
    if status == CHOOSING:
        return Change((later,)) + quotes_ended(financing, timeline, state)
    if status == LAPSED:
        told = FinancingLapsed(financing.id, financing.voucher, since_ms)
        return Change((later, *leaving(financing, state)), (told,))
    return _after_award(financing, status, since_ms, now, state)


def _after_award(financing: Financing, status: str, since_ms: int, now: Moment, state: Reader) -> Change:
    deal = the_deal(financing, now)
    timeline = after_next_step(financing.timeline)
    later = FINANCINGS.put(replace(financing, timeline=timeline))
    if status == COMPLETED:
        by = SILENCE if financing.timeline.status == DISBURSED else DEFAULT
        return completed(financing, deal, by, since_ms, now, state)
    if status == DISPUTED:
        event = FinancingDisputed(
            financing=financing.id,
            voucher=financing.voucher,
            refuted=False,
            timeline=shown(timeline),
            since_ms=since_ms,
        )
        return Change((later,), (event,))
    if financing.timeline.status == TO_DEREGISTER:
        late = DeregistrationLate(financing.id, financing.voucher, deal.funder, since_ms)
        return Change((later,), (late,))
    holding = the_holding(financing.voucher, financing.first, state)
    return written_down(financing, now) + Change((HOLDINGS.put(released(holding, financing.id)),))


DUE_KIND: Final = DueKind(
    name="financing",
    table=FINANCINGS,
    budget=FINANCINGS_PER_BLOCK,
    timeline=lambda row: row.timeline,
    change=financing_change,
)
