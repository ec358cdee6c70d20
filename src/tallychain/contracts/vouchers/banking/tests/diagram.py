"""The state diagram of an account of record, drawn by trying every act in every status."""

from tallychain.contracts.vouchers.banking.tests.desk import Desk
from tallychain.contracts.vouchers.settling.tests.diagram import HOUR_MS, Act, Case, Made, passing

NONE = "0" * 64


def _account(*before: str) -> Made:
    def make() -> Case:
        desk = Desk()
        names: list[str] = []

        def name() -> str:
            return names[-1] if names else NONE

        def refuse_code() -> None:
            desk.refuse_account(name(), wrong_code=True)

        def third_code() -> None:
            for _ in range(2):
                desk.refuse_account(name(), wrong_code=True)
                desk.return_code(name())
            refuse_code()

        acts: dict[str, Act] = {
            "account.set": lambda: names.append(desk.set_account()),
            "account.change": lambda: names.append(desk.change_account(name())),
            "account.send": lambda: desk.send_penny(name()),
            "account.return": lambda: desk.return_code(name()),
            "account.confirm": lambda: desk.confirm_account(name()),
            "account.refuse (wrong code)": refuse_code,
            "account.refuse (third wrong code)": third_code,
            "account.refuse": lambda: desk.refuse_account(name()),
            "account.stop": lambda: desk.stop_account(name()),
            "time": lambda: passing(desk, desk.account_status, 12 * HOUR_MS),
        }
        for act in before:
            acts[act]()
        return Case(desk, desk.account_status, acts)

    return make


STATED = ("account.set",)
SENT = (*STATED, "account.send")
RETURNED = (*SENT, "account.return")
TESTED = (*RETURNED, "account.confirm")
ACCOUNT: dict[str, Made] = {
    "(nothing)": _account(),
    "STATED": _account(*STATED),
    "PENNY_SENT": _account(*SENT),
    "CODE_RETURNED": _account(*RETURNED),
    "TESTED": _account(*TESTED),
    "IN_FORCE": _account(*TESTED, "time"),
    "REFUSED": _account(*STATED, "account.refuse"),
    "STOPPED": _account(*STATED, "account.stop"),
    "LAPSED": _account(*STATED, "time"),
}
