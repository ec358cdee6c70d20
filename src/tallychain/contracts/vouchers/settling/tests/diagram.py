"""The state diagrams of the README, drawn by trying every act in every status."""

from collections.abc import Callable, Iterator, Mapping

from tallychain.contracts.vouchers.settling.events import ExcessFound
from tallychain.contracts.vouchers.settling.rules.position import position_of, the_settlement
from tallychain.contracts.vouchers.settling.state import AGREEMENTS, EXCESSES
from tallychain.contracts.vouchers.settling.tests.desk import NOON_ON_THE_DAY, Desk
from tallychain.contracts.vouchers.settling.tests.situations import desk_with_two_banks
from tallychain.contracts.vouchers.tests.desk import DAY_MS, agreement, at
from tallychain.ledger.refusals import Refused
from tallychain.ledger.timeline import has_passed

WHOLE = "1,000,000.00"
HOUR_MS = 3_600_000
PAYOUT = "P-1"
Act = Callable[[], object]
Made = Callable[[], "Case"]


class Case:
    """A desk in some status, and what may be tried on it."""

    def __init__(self, desk: Desk, status: Callable[[], str], acts: Mapping[str, Act]) -> None:
        self.desk, self.status, self.acts = desk, status, acts


def arrows(made: Mapping[str, Made]) -> Iterator[str]:
    """Every act in every status that changes it, one arrow a line."""
    for status, make in made.items():
        for act in make().acts:
            case = make()
            assert status.startswith(case.status()), (status, case.status())
            try:
                case.acts[act]()
            except Refused:
                continue
            if case.status() != status.partition(" ")[0]:
                yield f"{status} --{act}--> {case.status()}"


def passing(desk: Desk, status: Callable[[], str], step_ms: int = HOUR_MS) -> None:
    """Until something changes, or for two months."""
    before = status()
    for _ in range(60 * DAY_MS // step_ms):
        desk.now_ms += step_ms
        if status() != before:
            return


# --- agreements


def _agreement(*before: str) -> Made:
    def make() -> Case:
        desk = Desk()
        desk.state.write(AGREEMENTS.delete(agreement(issuer)) for issuer in ("ce-a", "ce-b"))
        made: list[str] = []

        def status() -> str:
            found = desk.state.get(AGREEMENTS, "ce-a", "settle-a")
            return "(nothing)" if found is None else found.status_at(desk.now)

        def end_and_wait() -> None:
            desk.end_agreement()
            passing(desk, status)

        acts: dict[str, Act] = {
            "settlement.agree.propose": lambda: made.append(desk.propose_agreement()),
            "settlement.agree.consent": lambda: desk.consent_agreement(made[-1] if made else "0" * 64),
            "settlement.agree.end": desk.end_agreement,
            "settlement.agree.end, and time": end_and_wait,
            "time": lambda: passing(desk, status),
        }
        for act in before:
            acts[act]()
        return Case(desk, status, acts)

    return make


AGREEMENT: dict[str, Made] = {
    "(nothing)": _agreement(),
    "PROPOSED": _agreement("settlement.agree.propose"),
    "IN_FORCE": _agreement("settlement.agree.propose", "settlement.agree.consent"),
    "LAPSED": _agreement("settlement.agree.propose", "time"),
    "ENDED": _agreement("settlement.agree.propose", "settlement.agree.end"),
}


# --- a holding, with one holder of the whole voucher


def _holding(*before: str, payee: bool = True) -> Made:
    def make() -> Case:
        desk = Desk()
        number = desk.active().number
        desk.now_ms = at("2026-09-10", 12)
        if payee:
            desk.name_payee(number)
        acts = _holding_acts(desk, number)
        for act in before:
            acts[act]()
        return Case(desk, lambda: desk.statuses(number)[0], acts)

    return make


def _holding_acts(desk: Desk, number: str) -> dict[str, Act]:
    def to_maturity() -> None:
        desk.now_ms = max(desk.now_ms, NOON_ON_THE_DAY)

    return {
        "maturity": to_maturity,
        "settlement.attest of a part": lambda: desk.attest(number, "600,000.00"),
        "settlement.attest of all": lambda: desk.attest(number, WHOLE),
        "settlement.payout": lambda: desk.pay_out(number, (1, WHOLE), references=[PAYOUT]),
        "settlement.payout_failed": lambda: desk.fail_payout(number, PAYOUT),
        "settlement.payee": lambda: desk.name_payee(number),
        "settlement.release_withheld": lambda: desk.release_withheld(number),
        "settlement.payee, settlement.release_withheld": lambda: (
            desk.name_payee(number),
            desk.release_withheld(number),
        ),
        "time": lambda: passing(desk, lambda: desk.statuses(number)[0]),
    }


HOLDING: dict[str, Made] = {
    "LIVE": _holding(),
    "DUE": _holding("maturity"),
    "DUE (no payee in time)": _holding("maturity", payee=False),
    "UNPAID": _holding("maturity", "time"),
    "COLLECTED": _holding("maturity", "settlement.attest of all"),
    "WITHHELD": _holding("maturity", "settlement.attest of all", payee=False),
    "WITHHELD (payout failed)": _holding(
        "maturity", "settlement.attest of all", "settlement.payout", "settlement.payout_failed"
    ),
    "PAID": _holding("maturity", "settlement.attest of all", "settlement.payout"),
}


# --- paying out


def _paying(*before: str) -> Made:
    def make() -> Case:
        desk = Desk()
        number = desk.ripe().number

        def status() -> str:
            return the_settlement(number, desk.state).status_at(desk.now)

        acts: dict[str, Act] = {
            "settlement.attest": lambda: desk.attest(number, WHOLE),
            "settlement.payout of all": lambda: desk.pay_out(number, (1, WHOLE)),
            "time": lambda: passing(desk, status),
        }
        for act in before:
            acts[act]()
        return Case(desk, status, acts)

    return make


PAYING: dict[str, Made] = {
    "CLEAR": _paying(),
    "PAYING": _paying("settlement.attest"),
    "PAYOUT_LATE": _paying("settlement.attest", "time"),
}


# --- money to be returned


def _excess(*before: str) -> Made:
    def make() -> Case:
        desk = Desk()
        number = desk.ripe().number
        desk.attest(number, "1,000,000.01")
        (found,) = [event for event in desk.events if isinstance(event, ExcessFound)]

        def status() -> str:
            row = desk.state.get(EXCESSES, number, found.attestation)
            return "RETURNED" if row is None else row.status_at(desk.now)

        acts: dict[str, Act] = {
            "settlement.return_excess": lambda: desk.return_excess(number, found.attestation),
            "time": lambda: passing(desk, status),
        }
        for act in before:
            acts[act]()
        return Case(desk, status, acts)

    return make


EXCESS: dict[str, Made] = {"TO_RETURN": _excess(), "RETURN_LATE": _excess("time")}

# --- a release of debt


def _release(*before: str) -> Made:
    def make() -> Case:
        desk = Desk()
        number = desk.ripe().number

        def status() -> str:
            return position_of(
                desk.voucher(number), desk.holdings(number)[0], desk.state
            ).entitlement.status_at(desk.now)

        def pass_and_write() -> None:
            passing(desk, status)
            desk.write_due()

        acts: dict[str, Act] = {
            "debt.release": lambda: desk.release(number, "1.00"),
            "debt.revoke": lambda: desk.revoke(number),
            "time": lambda: passing(desk, status),
            "time, written down": pass_and_write,
        }
        for act in before:
            acts[act]()
        return Case(desk, status, acts)

    return make


RELEASE: dict[str, Made] = {
    "HELD": _release(),
    "RELEASING": _release("debt.release"),
    "RELEASED": _release("debt.release", "time"),
}


# --- a payment outside, and another bank


def _outside(*before: str) -> Made:
    def make() -> Case:
        desk = Desk()
        number = desk.active().number
        proposals: list[str] = []

        def status() -> str:
            entitlement = position_of(desk.voucher(number), desk.holdings(number)[0], desk.state).entitlement
            if entitlement.outside:
                return "PAID"
            is_open = entitlement.outside_proposal and not has_passed(entitlement.outside_until_ms, desk.now)
            return "PROPOSED" if is_open else "LIVE"

        acts: dict[str, Act] = {
            "settlement.outside.propose": lambda: proposals.append(desk.propose_outside(number)),
            "settlement.outside.consent": lambda: desk.consent_outside(
                number, proposals[-1] if proposals else "0" * 64
            ),
            "time": lambda: passing(desk, status),
        }
        for act in before:
            acts[act]()
        return Case(desk, status, acts)

    return make


OUTSIDE: dict[str, Made] = {
    "LIVE": _outside(),
    "PROPOSED": _outside("settlement.outside.propose"),
    "PAID": _outside("settlement.outside.propose", "settlement.outside.consent"),
}


def _bank(*before: str) -> Made:
    def make() -> Case:
        desk = desk_with_two_banks()
        number = desk.active().number
        proposals: list[str] = []

        def status() -> str:
            settlement = the_settlement(number, desk.state)
            is_open = settlement.successor and not has_passed(settlement.successor_until_ms, desk.now)
            return "PROPOSED" if is_open else desk.voucher(number).settlement_bank

        acts: dict[str, Act] = {
            "settlement.reassign.propose": lambda: proposals.append(desk.propose_bank(number)),
            "settlement.reassign.consent": lambda: desk.consent_bank(
                number, proposals[-1] if proposals else "0" * 64
            ),
            "time": lambda: passing(desk, status),
        }
        for act in before:
            acts[act]()
        return Case(desk, status, acts)

    return make


BANK: dict[str, Made] = {
    "settle-a": _bank(),
    "PROPOSED": _bank("settlement.reassign.propose"),
}

DIAGRAMS = (AGREEMENT, HOLDING, PAYING, EXCESS, RELEASE, OUTSIDE, BANK)
