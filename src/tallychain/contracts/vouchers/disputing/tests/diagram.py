"""The state diagram of a dispute, drawn by trying every act in every status."""

from tallychain.contracts.vouchers.disputing.tests.desk import Desk
from tallychain.contracts.vouchers.settling.tests.diagram import Act, Case, Made, passing
from tallychain.contracts.vouchers.tests.desk import DAY_MS


def _dispute(*before: str) -> Made:
    def make() -> Case:
        desk = Desk()
        number = desk.active().number
        names: list[str] = []

        def name() -> str:
            return names[-1] if names else "0" * 64

        def status() -> str:
            return desk.dispute_status(number, name())

        def silence() -> None:
            start = status()
            for _ in range(4):
                passing(desk, status, DAY_MS)
                if status() != start:
                    return

        acts: dict[str, Act] = {
            "dispute.open": lambda: names.append(desk.dispute(number)),
            "dispute.answer, denied": lambda: desk.answer(number, name()),
            "dispute.answer, admitted": lambda: desk.answer(number, name(), admits=True),
            "dispute.refer": lambda: desk.refer(number, name()),
            "dispute.close": lambda: desk.close(number, name()),
            "time": silence,
        }
        for act in before:
            acts[act]()
        shown = {act: acts[act] for act in acts if (act == "dispute.open") is not bool(names)}
        return Case(desk, status, shown)

    return make


DISPUTE: dict[str, Made] = {
    "(nothing)": _dispute(),
    "OPENED": _dispute("dispute.open"),
    "DENIED": _dispute("dispute.open", "dispute.answer, denied"),
    "REFERRED": _dispute("dispute.open", "dispute.refer"),
    "ADMITTED": _dispute("dispute.open", "dispute.answer, admitted"),
    "CLOSED": _dispute("dispute.open", "dispute.close"),
    "LAPSED": _dispute("dispute.open", "time"),
}
