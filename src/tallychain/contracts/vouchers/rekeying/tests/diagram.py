"""The state diagram of a change of keys, drawn by trying every act in every status."""

from tallychain.contracts.vouchers.rekeying.tests.desk import Desk
from tallychain.contracts.vouchers.settling.tests.diagram import HOUR_MS, Act, Case, Made, passing


def _rekey(*before: str) -> Made:
    def make() -> Case:
        desk = Desk()
        number = desk.active().number
        names: list[str] = []

        def name() -> str:
            return names[-1] if names else "0" * 64

        acts: dict[str, Act] = {
            "holder.rekey.propose": lambda: names.append(desk.propose_rekey(number)),
            "holder.rekey.withdraw": lambda: desk.withdraw_rekey(number, name()),
            "holder.rekey.consent": lambda: desk.consent_rekey(number, name()),
            "holder.rekey.decline": lambda: desk.decline_rekey(number, name()),
            "holder.rekey.veto": lambda: desk.veto_rekey(number, name()),
            "holder.rekey.take": lambda: desk.take_rekeyed(number, name()),
            "time": lambda: passing(desk, desk.rekey_status, 12 * HOUR_MS),
        }
        for act in before:
            acts[act]()
        return Case(desk, desk.rekey_status, acts)

    return make


PROPOSED = ("holder.rekey.propose",)
CONSENTED = (*PROPOSED, "holder.rekey.consent")
REKEY: dict[str, Made] = {
    "(nothing)": _rekey(),
    "PROPOSED": _rekey(*PROPOSED),
    "CONSENTED": _rekey(*CONSENTED),
    "TAKEABLE": _rekey(*CONSENTED, "time"),
    "REKEYED": _rekey(*CONSENTED, "time", "holder.rekey.take"),
    "DECLINED": _rekey(*PROPOSED, "holder.rekey.decline"),
    "WITHDRAWN": _rekey(*PROPOSED, "holder.rekey.withdraw"),
    "VETOED": _rekey(*PROPOSED, "holder.rekey.veto"),
    "LAPSED": _rekey(*PROPOSED, "time"),
    "FORGOTTEN": _rekey(*PROPOSED, "holder.rekey.veto", "time"),
}
