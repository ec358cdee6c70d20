"""The state diagrams of guarantees, drawn by trying every act in every status."""

from tallychain.contracts.vouchers.guaranteeing.state import FRAMES
from tallychain.contracts.vouchers.guaranteeing.tests.desk import Desk
from tallychain.contracts.vouchers.refusals import VoucherNotFound
from tallychain.contracts.vouchers.settling.tests.desk import S1
from tallychain.contracts.vouchers.settling.tests.diagram import Act, Case, Made, passing
from tallychain.contracts.vouchers.tests.desk import DAY_MS, at


def _frame(*before: str) -> Made:
    def make() -> Case:
        desk = Desk()

        def status() -> str:
            found = desk.state.get(FRAMES, "guar-a", "ce-a")
            return "(nothing)" if found is None else found.status_at(desk.now)

        acts: dict[str, Act] = {
            "guarantee.give": lambda: desk.give(until="2026-03-31"),
            "guarantee.end": desk.end_guarantee,
            "time": lambda: passing(desk, status, DAY_MS),
        }
        for act in before:
            acts[act]()
        return Case(desk, status, acts)

    return make


FRAME: dict[str, Made] = {
    "(nothing)": _frame(),
    "IN_FORCE": _frame("guarantee.give"),
    "ENDED": _frame("guarantee.give", "guarantee.end"),
}
"""A frame whose day has passed cannot be given with the same day again; a test does it."""


def _guarantee(*before: str) -> Made:
    def make() -> Case:
        desk = Desk()
        desk.give()
        numbers: list[str] = []

        def number() -> str:
            return numbers[-1] if numbers else "EVTRIA20260316000000000180"

        def status() -> str:
            return desk.guarantee_status(number()) if numbers else "(nothing)"

        def issue() -> None:
            numbers.append(desk.issue(guarantor="guar-a").number)

        def accept() -> None:
            if not numbers:
                raise VoucherNotFound(number())
            desk.accept(desk.voucher(number()))
            desk.now_ms = at("2026-09-15", 12)
            desk.write_due()

        acts: dict[str, Act] = {
            "voucher.issue": issue,
            "voucher.accept": accept,
            "voucher.reject": lambda: desk.reject(number(), S1),
            "guarantor.pay": lambda: desk.guarantor_pays(number(), "1,000,000.00"),
            "settlement.attest": lambda: desk.attest(number(), "1,000,000.00"),
            "time": lambda: passing(desk, status),
        }
        for act in before:
            acts[act]()
        return Case(desk, status, acts)

    return make


_CALLED = ("voucher.issue", "voucher.accept", "time")
GUARANTEE: dict[str, Made] = {
    "(nothing)": _guarantee(),
    "STANDING (nobody has accepted)": _guarantee("voucher.issue"),
    "STANDING": _guarantee("voucher.issue", "voucher.accept"),
    "CALLED": _guarantee(*_CALLED),
    "DEFAULTED": _guarantee(*_CALLED, "time"),
    "SUBROGATED": _guarantee(*_CALLED, "guarantor.pay"),
    "REPAID": _guarantee(*_CALLED, "guarantor.pay", "settlement.attest"),
    "FREED": _guarantee(*_CALLED, "settlement.attest"),
}


def _repayment(*before: str) -> Made:
    def make() -> Case:
        desk = Desk()
        number = desk.called("")
        desk.guarantor_pays(number, "1,000,000.00")
        names: list[str] = []

        def status() -> str:
            return desk.repayment_status(number, names[-1]) if names else "(nothing)"

        def attest() -> None:
            desk.attest(number, "1,000,000.00")
            if not names:
                names.append(f"{desk.acts:064x}")

        acts: dict[str, Act] = {
            "settlement.attest": attest,
            "guarantor.pass_on": lambda: desk.repay_guarantor(number, names[-1] if names else "0" * 64),
            "time": lambda: passing(desk, status),
        }
        for act in before:
            acts[act]()
        return Case(desk, status, acts)

    return make


REPAYMENT: dict[str, Made] = {
    "(nothing)": _repayment(),
    "TO_FORWARD": _repayment("settlement.attest"),
    "FORWARD_LATE": _repayment("settlement.attest", "time"),
}
