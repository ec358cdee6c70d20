"""Questions that several rules of recourse ask."""

from tallychain.contracts.vouchers.recoursing import refusals
from tallychain.contracts.vouchers.recoursing.state import DEMANDED, LAPSED, RECOURSES, Recourse
from tallychain.contracts.vouchers.state import Holding
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment


def the_recourse(number: str, first: int, name: str, state: Reader) -> Recourse:
    """The claim of this name on the holding that begins with this unit."""
    recourse = state.get(RECOURSES, number, first)
    if recourse is None or recourse.id != name:
        raise refusals.RecourseNotFound(number, first, name)
    return recourse


def status_for(recourse: Recourse, holding: Holding, now: Moment) -> str:
    """What it is for whoever holds the units now: what was claimed on a holding that has passed on is over."""
    status = recourse.status_at(now)
    return LAPSED if status == DEMANDED and recourse.holding != holding.id else status


def check_pending(recourse: Recourse, holding: Holding, now: Moment, wanted: str) -> None:
    """It waits for this act."""
    status = status_for(recourse, holding, now)
    if status != wanted:
        raise refusals.RecourseNotPending(recourse.id, status)
