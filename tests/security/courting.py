"""For every operation of a court: a world in which somebody entitled can do it at once."""

from collections.abc import Callable

from tests.courts import COURT, Courts
from tests.deals import Deals
from tests.security.paying import NOBODY, Asked


def _freeze(courts: Courts) -> Asked:
    return courts.args(courts.deals.active("s1")), COURT, NOBODY


def _renew(courts: Courts) -> Asked:
    return courts.renewal(*courts.frozen()), COURT, NOBODY


def _unfreeze(courts: Courts) -> Asked:
    return courts.lifting(*courts.frozen()), COURT, NOBODY


def _execute(courts: Courts) -> Asked:
    return courts.execution(*courts.frozen()), COURT, NOBODY


def _transfer(courts: Courts) -> Asked:
    return courts.transfer(*courts.frozen()), COURT, NOBODY


COURTING: dict[str, Callable[[Courts], Asked]] = {
    "court.freeze": _freeze,
    "court.renew": _renew,
    "court.unfreeze": _unfreeze,
    "court.execute": _execute,
    "court.transfer": _transfer,
}


def asked(name: str, deals: Deals) -> Asked:
    """A world in which this operation can be done."""
    return COURTING[name](Courts(deals))
