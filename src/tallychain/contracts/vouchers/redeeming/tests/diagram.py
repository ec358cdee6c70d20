"""The state diagram of an early redemption, drawn by trying every act in every status."""

from tallychain.contracts.vouchers.redeeming.tests.desk import Desk
from tallychain.contracts.vouchers.settling.tests.diagram import HOUR_MS, Act, Case, Made, passing


def _redemption(*before: str) -> Made:
    def make() -> Case:
        desk = Desk()
        number = desk.active().number
        names: list[str] = []

        def name() -> str:
            return names[-1] if names else "0" * 64

        def status() -> str:
            return desk.redemption_status(number)

        acts: dict[str, Act] = {
            "redemption.offer": lambda: names.append(desk.redeem(number)),
            "redemption.agree": lambda: desk.agree(number, name()),
            "redemption.decline": lambda: desk.decline_redemption(number, name()),
            "redemption.withdraw": lambda: desk.withdraw_redemption(number, name()),
            "redemption.attest": lambda: desk.pay_early(number, name()),
            "time": lambda: passing(desk, status, 12 * HOUR_MS),
        }
        for act in before:
            acts[act]()
        return Case(desk, status, acts)

    return make


REDEMPTION: dict[str, Made] = {
    "(nothing)": _redemption(),
    "OFFERED": _redemption("redemption.offer"),
    "AGREED": _redemption("redemption.offer", "redemption.agree"),
    "REDEEMED": _redemption("redemption.offer", "redemption.agree", "redemption.attest"),
    "DECLINED": _redemption("redemption.offer", "redemption.decline"),
    "WITHDRAWN": _redemption("redemption.offer", "redemption.withdraw"),
    "LAPSED": _redemption("redemption.offer", "time"),
    "FAILED": _redemption("redemption.offer", "redemption.agree", "time"),
}
