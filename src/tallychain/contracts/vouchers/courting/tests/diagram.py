"""The state diagram of a freeze, drawn by trying every act in every status."""

from tallychain.contracts.vouchers.courting.tests.desk import Desk
from tallychain.contracts.vouchers.settling.tests.diagram import Act, Case, Made, passing
from tallychain.contracts.vouchers.tests.desk import DAY_MS

FIRST = "court.transfer of the court that stands first"


def _freeze(*before: str, waits: bool = False) -> Made:
    def make() -> Case:
        desk = Desk()
        number = desk.active().number
        ahead = [desk.freeze(number, by="courtb", until="2029-03-16")] if waits else []
        names: list[str] = []

        def name() -> str:
            return names[-1] if names else "0" * 64

        def status() -> str:
            return desk.freeze_status(names[-1]) if names else "(nothing)"

        acts: dict[str, Act] = {
            "court.freeze": lambda: names.append(desk.freeze(number, until="2026-04-30")),
            "court.unfreeze": lambda: desk.unfreeze(number, name()),
            "court.execute": lambda: desk.execute(number, name()),
            "court.transfer": lambda: desk.transfer(number, name()),
            "time": lambda: passing(desk, status, DAY_MS),
        }
        if waits:
            acts[FIRST] = lambda: desk.transfer(number, ahead[0], by="courtb")
        for act in before:
            acts[act]()
        shown = {act: acts[act] for act in acts if (act == "court.freeze") is not bool(names)}
        return Case(desk, status, shown)

    return make


FREEZE: dict[str, Made] = {
    "(nothing)": _freeze(),
    "FROZEN": _freeze("court.freeze"),
    "FROZEN (behind another court)": _freeze("court.freeze", waits=True),
    "AWARDED": _freeze("court.freeze", "court.execute"),
    "UNFROZEN": _freeze("court.freeze", "court.unfreeze"),
    "TRANSFERRED": _freeze("court.freeze", "court.transfer"),
    "EXHAUSTED": _freeze("court.freeze", FIRST, waits=True),
    "EXPIRED": _freeze("court.freeze", "time"),
}
