"""The state diagram of a pledge, drawn by trying every act in every status."""

from tallychain.contracts.vouchers.pledging.tests.desk import Desk
from tallychain.contracts.vouchers.settling.tests.diagram import Act, Case, Made, passing
from tallychain.contracts.vouchers.tests.desk import DAY_MS

SILENCE_MS = 200 * DAY_MS


def _pledge(*before: str) -> Made:
    def make() -> Case:
        desk = Desk()
        number = desk.active().number
        names: list[str] = []
        claims: list[str] = []

        def name() -> str:
            return names[-1] if names else "0" * 64

        def status() -> str:
            return desk.pledge_status(names[-1]) if names else "(nothing)"

        def silence() -> None:
            for _ in range(8):
                passing(desk, status)
                if status() != start:
                    return

        acts: dict[str, Act] = {
            "pledge.create": lambda: names.append(desk.pledge(number)),
            "pledge.accept": lambda: desk.accept_pledge(number, name()),
            "pledge.recall": lambda: desk.recall_pledge(number, name()),
            "pledge.release": lambda: desk.release_pledge(number, name()),
            "pledge.claim": lambda: claims.append(desk.claim_pledge(number, name())),
            "pledge.contest": lambda: desk.contest(number, name(), claims[-1] if claims else "0" * 64),
            "pledge.enforce": lambda: desk.enforce(number, name()),
            "time": silence,
        }
        for act in before:
            start = status()
            acts[act]()
        start = status()
        shown = acts if names else {"pledge.create": acts["pledge.create"]}
        return Case(desk, status, {act: shown[act] for act in shown if act != "pledge.create" or not names})

    return make


CLAIMED = ("pledge.create", "pledge.accept", "pledge.claim")

PLEDGE: dict[str, Made] = {
    "(nothing)": _pledge(),
    "PROPOSED": _pledge("pledge.create"),
    "PLEDGED": _pledge("pledge.create", "pledge.accept"),
    "CLAIMED": _pledge(*CLAIMED),
    "UNCONTESTED": _pledge(*CLAIMED, "time"),
    "CONTESTED": _pledge(*CLAIMED, "pledge.contest"),
    "IN_COURT": _pledge(*CLAIMED, "pledge.contest", "pledge.enforce"),
    "LIFTED": _pledge("pledge.create", "pledge.accept", "pledge.release"),
    "DECLINED": _pledge("pledge.create", "pledge.release"),
    "RECALLED": _pledge("pledge.create", "pledge.recall"),
    "LAPSED": _pledge("pledge.create", "time"),
    "EXPIRED": _pledge("pledge.create", "pledge.accept", "time"),
}
