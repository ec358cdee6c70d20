"""What a challenge ends, drawn by trying it in every status of what rests on the act."""

from tallychain.contracts.vouchers.challenging.tests.desk import Desk, Lie, Made, made
from tallychain.contracts.vouchers.settling.tests.desk import S1, S2
from tallychain.contracts.vouchers.settling.tests.diagram import HOUR_MS, Act, Case
from tallychain.contracts.vouchers.settling.tests.diagram import Made as Making
from tallychain.contracts.vouchers.tests.desk import row

FALSE = Lie(by_other=True)


def _offer(*before: str) -> Making:
    def make() -> Case:
        desk = Desk()
        number = desk.active().number
        act = made(FALSE)
        desk.does(act)
        (name,) = desk.offer(number, S1, row(1, 9, S2))
        acts = {
            "voucher.take": lambda: desk.take(number, name, S2),
            "voucher.decline": lambda: desk.decline(number, name, S2),
            "voucher.recall": lambda: desk.recall(number, name, S1),
            "identity.challenge": lambda: desk.challenge_identity(number, act),
        }
        for one in before:
            acts[one]()
        only = {"identity.challenge": acts["identity.challenge"]}
        return Case(desk, lambda: desk.found_offer(name).status_at(desk.now), only)

    return make


def _financing(*before: str) -> Making:
    def make() -> Case:
        desk = Desk()
        number = desk.active().number
        act: Made = made(FALSE, "financing.request")
        desk.does(act)
        name = desk.ask(number)
        steps: dict[str, Act] = {
            "commit": lambda: desk.commit(number, name),
            "wait": lambda: setattr(desk, "now_ms", desk.now_ms + HOUR_MS),
            "reveal": lambda: desk.reveal(number, name),
            "award": lambda: desk.award(number, name),
            "close": lambda: desk.close(number, name),
        }
        for one in before:
            steps[one]()
        only = {"identity.challenge": lambda: desk.challenge_identity(number, act)}
        return Case(desk, lambda: desk.financing_status(name), only)

    return make


OFFER: dict[str, Making] = {
    "OPEN": _offer(),
    "TAKEN": _offer("voucher.take"),
    "DECLINED": _offer("voucher.decline"),
    "RECALLED": _offer("voucher.recall"),
    "ENDED": _offer("identity.challenge"),
}
FINANCING: dict[str, Making] = {
    "BIDDING": _financing(),
    "REVEALING": _financing("commit", "wait"),
    "CHOOSING": _financing("commit", "wait", "reveal"),
    "AWARDED": _financing("commit", "wait", "reveal", "award"),
    "CLOSED": _financing("close"),
}
