"""How a recourse claim ends without a buy-back, by somebody's word or by time, and how its lock leaves the holding with it."""

from typing import Final

from msgspec.structs import replace

from tallychain.contracts.vouchers.recoursing.events import RecourseEnded
from tallychain.contracts.vouchers.recoursing.state import (
    AGREED,
    DEMANDED,
    FAILED,
    LAPSED,
    RECOURSES,
    Recourse,
)
from tallychain.contracts.vouchers.rules.change import released
from tallychain.contracts.vouchers.rules.find import the_holding
from tallychain.contracts.vouchers.state import HOLDINGS, Holding
from tallychain.ledger.contract import Change, DueKind
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import Moment, after_next_step, later_statuses, settled

RECOURSES_PER_BLOCK: Final = 200


def ended(recourse: Recourse, status: str, since_ms: int) -> Change:
    """One that binds nothing is over."""
    row = RECOURSES.put(replace(recourse, timeline=settled(status)))
    return Change((row,), (RecourseEnded(recourse.id, recourse.voucher, status, since_ms),))


def written_down(recourse: Recourse, now: Moment) -> tuple[Write, RecourseEnded]:
    """Write that the money has not come in time, where due work has not come to it yet; the holding is left to the caller."""
    since_ms = min(at_ms for at_ms, _ in later_statuses(recourse.timeline, now.outages))
    row = RECOURSES.put(replace(recourse, timeline=settled(FAILED)))
    return row, RecourseEnded(recourse.id, recourse.voucher, FAILED, since_ms)


def replaced(stood: Recourse, holding: Holding, now: Moment) -> Change:
    """What is told, and unlocked, of one that is over without anybody having written it down; another one takes its row."""
    status = stood.timeline.status
    if status == DEMANDED:
        return Change((), ended(stood, LAPSED, now.time_ms).events)
    if status != AGREED:
        return Change()
    _, event = written_down(stood, now)
    return Change((HOLDINGS.put(released(holding, stood.id)),), (event,))


def recourse_change(recourse: Recourse, since_ms: int, _now: Moment, state: Reader) -> Change:
    """Nobody has answered, or no money has come: then the funder keeps its units, unbound."""
    change = ended(recourse, after_next_step(recourse.timeline).status, since_ms)
    if recourse.timeline.status != AGREED:
        return change
    holding = the_holding(recourse.voucher, recourse.first, state)
    return change + Change((HOLDINGS.put(released(holding, recourse.id)),))


DUE_KIND: Final = DueKind(
    name="recourse",
    table=RECOURSES,
    budget=RECOURSES_PER_BLOCK,
    timeline=lambda row: row.timeline,
    change=recourse_change,
)
