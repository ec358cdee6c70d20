"""The state diagram of a recourse claim, drawn by trying every act in every status."""

from tallychain.contracts.vouchers.recoursing.tests.desk import Desk
from tallychain.contracts.vouchers.settling.tests.diagram import HOUR_MS, Act, Case, Made, passing


def _recourse(*before: str) -> Made:
    def make() -> Case:
        desk = Desk()
        number, financing = desk.defaulted("")
        names: list[str] = []

        def name() -> str:
            return names[-1] if names else "0" * 64

        def status() -> str:
            return desk.recourse_status(number)

        acts: dict[str, Act] = {
            "recourse.claim": lambda: names.append(desk.claim_back(number, financing)),
            "recourse.buy_back": lambda: desk.buy_back(number, name()),
            "recourse.contest": lambda: desk.contest_recourse(number, name()),
            "recourse.withdraw": lambda: desk.withdraw_recourse(number, name()),
            "recourse.attest": lambda: desk.money_came(number, name()),
            "time": lambda: passing(desk, status, 12 * HOUR_MS),
        }
        for act in before:
            acts[act]()
        return Case(desk, status, acts)

    return make


RECOURSE: dict[str, Made] = {
    "(nothing)": _recourse(),
    "DEMANDED": _recourse("recourse.claim"),
    "AGREED": _recourse("recourse.claim", "recourse.buy_back"),
    "BOUGHT_BACK": _recourse("recourse.claim", "recourse.buy_back", "recourse.attest"),
    "CONTESTED": _recourse("recourse.claim", "recourse.contest"),
    "WITHDRAWN": _recourse("recourse.claim", "recourse.withdraw"),
    "LAPSED": _recourse("recourse.claim", "time"),
    "FAILED": _recourse("recourse.claim", "recourse.buy_back", "time"),
}
