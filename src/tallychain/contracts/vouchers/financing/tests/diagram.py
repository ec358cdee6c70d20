"""The state diagram of a financing, drawn by trying every act in every status."""

from tallychain.contracts.vouchers.financing.tests.desk import Desk
from tallychain.contracts.vouchers.settling.tests.diagram import Act, Case, Made, passing


def _financing(*before: str, pays: str = "settle-a") -> Made:
    def make() -> Case:
        desk = Desk()
        number = desk.active().number
        names: list[str] = []

        def name() -> str:
            return names[-1] if names else "0" * 64

        def status() -> str:
            return desk.financing_status(names[-1]) if names else "(nothing)"

        def silence() -> None:
            before = status()
            for _ in range(8):
                passing(desk, status)
                if status() != before:
                    return

        acts: dict[str, Act] = {
            "financing.request": lambda: names.append(desk.ask(number)),
            "financing.quote": lambda: desk.commit(number, name(), paying_bank=pays),
            "financing.reveal of the last": lambda: desk.reveal(number, name()),
            "financing.award": lambda: desk.award(number, name()),
            "financing.close": lambda: desk.close(number, name()),
            "financing.register": lambda: desk.register(number, name()),
            "financing.disburse": lambda: desk.disburse(number, name(), pays),
            "financing.attest that it came": lambda: desk.attest_receipt(number, name()),
            "financing.attest that it did not come": lambda: desk.attest_receipt(number, name(), came=False),
            "financing.complete": lambda: desk.complete(number, name()),
            "financing.refute": lambda: desk.refute(number, name()),
            "financing.decide that it was paid": lambda: desk.decide(number, name(), paid=True),
            "financing.decide that it was not": lambda: desk.decide(number, name(), paid=False),
            "financing.deregister": lambda: desk.deregister(number, name()),
            "time": silence,
        }
        for act in before:
            acts[act]()
        asked = {act: acts[act] for act in acts if (act == "financing.request") != bool(names)}
        if not names:
            asked = {"financing.request": acts["financing.request"]}
        return Case(desk, status, asked)

    return make


ASKED = ("financing.request", "financing.quote")
REVEALED = (*ASKED, "time", "financing.reveal of the last")
AWARDED = (*REVEALED, "financing.award")
REGISTERED = (*AWARDED, "financing.register")
PAID = (*REGISTERED, "financing.disburse")

FINANCING: dict[str, Made] = {
    "(nothing)": _financing(),
    "BIDDING": _financing(*ASKED),
    "REVEALING": _financing(*ASKED, "time"),
    "CHOOSING": _financing(*REVEALED),
    "AWARDED": _financing(*AWARDED),
    "REGISTERED": _financing(*REGISTERED),
    "REGISTERED (the funder pays itself)": _financing(*REGISTERED, pays="bank-b"),
    "UNCONFIRMED": _financing(*PAID, pays="bank-b"),
    "DISBURSED": _financing(*PAID),
    "DISPUTED": _financing(*PAID, "financing.refute"),
    "DISPUTED (no bank but the funder says so)": _financing(*PAID, "financing.refute", pays="bank-b"),
    "DISPUTED (the seller's bank denies it)": _financing(
        *PAID, "financing.refute", "financing.attest that it did not come"
    ),
    "TO_DEREGISTER": _financing(*REGISTERED, "time"),
    "DEREGISTER_LATE": _financing(*REGISTERED, "time", "time"),
    "COMPLETED": _financing(*PAID, "financing.complete"),
    "FAILED": _financing(*AWARDED, "time"),
    "LAPSED": _financing(*REVEALED, "time"),
    "CLOSED": _financing(*ASKED, "financing.close"),
}
