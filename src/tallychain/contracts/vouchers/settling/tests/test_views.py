"""Events of settlement become rows; every row says the same as the state."""

from typing import Any

import msgspec

from tallychain.contracts.vouchers import CONTRACT
from tallychain.contracts.vouchers.columns import WORDS
from tallychain.contracts.vouchers.settling.declared import NAME_PAYEE, PAYEE_EXAMPLE
from tallychain.contracts.vouchers.settling.rules.position import the_settlement
from tallychain.contracts.vouchers.settling.state import AGREEMENT_STATUSES
from tallychain.contracts.vouchers.settling.tests.desk import CUTOFF, NOON_ON_THE_DAY, Desk, fen
from tallychain.contracts.vouchers.settling.views import PAYEES_VIEW
from tallychain.contracts.vouchers.settling.words import CURED, WITHDRAWN
from tallychain.contracts.vouchers.state import (
    COLLECTED,
    PAID,
    UNPAID,
    VOUCHER_STATUSES,
    WITHHELD,
)
from tallychain.contracts.vouchers.tests.desk import at
from tallychain.ledger.contract import Change
from tallychain.ledger.timeline import Timeline, status_at
from tallychain.ledger.views import Fact, Opening, RowWrite

Rows = dict[tuple[str, tuple[str | int, ...]], dict[str, Any]]


class Following(Desk):
    """A desk whose events are projected as they come, and compared with the state."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: Rows = {}

    def adopt(self, change: Change) -> Change:
        super().adopt(change)
        for index, event in enumerate(change.events):
            fact = Fact(event, "op", "author", "bank-a", 1, index, self.now_ms)
            for view in CONTRACT.views:
                for made in view.project(fact) if view.project is not None else ():
                    assert isinstance(made, RowWrite)
                    assert made.values is not None
                    assert set(made.values) <= {column.name for column in view.columns}
                    assert len(made.key) == len(view.key)
                    self.rows.setdefault((made.view, made.key), {}).update(made.values)
        return change

    def row(self, view: str, *key: str | int) -> dict[str, Any]:
        return self.rows[view, key]

    def status_of(self, view: str, *key: str | int) -> str:
        timeline = self.row(view, *key)["status"]
        assert isinstance(timeline, Timeline)
        return status_at(timeline, self.now)

    def agrees(self, number: str) -> bool:
        """Whether the rows of a voucher and its holdings say what the state says."""
        found = [self.status_of("holdings", one.holding.id) for one in self.positions(number)]
        return (self.status_of("vouchers", number), found) == (self.status(number), self.statuses(number))


def test_rows_follow_a_shortfall_its_payouts_and_its_cure() -> None:
    desk = Following()
    number = desk.divided().number
    assert desk.agrees(number)
    desk.attest(number, "600,000.00", reference="IN-1")
    desk.pay_out(number, (1, "180,000.00"), references=["OUT-1"])
    assert desk.row("attestations", "settle-a", "IN-1")["in_time"] == 1
    assert desk.row("payouts", "settle-a", "OUT-1")["amount"] == fen("180,000.00")
    assert desk.row("shares", number, 30_000_001)["payable"] == fen("75,000.01")
    settlement = desk.row("settlements", number)
    assert (settlement["received"], settlement["paid_out"]) == (fen("600,000.00"), fen("180,000.00"))
    assert settlement["payable"] == the_settlement(number, desk.state).payable
    assert desk.row("vouchers", number)["outstanding"] == fen("400,000.00")

    for moment in (CUTOFF - 1, CUTOFF, at("2026-09-17", 17)):
        desk.now_ms = moment
        assert desk.agrees(number)
        desk.write_due()
        assert desk.agrees(number)
    assert desk.row("dishonours", number)["cause"] == "CREDIT"
    assert desk.status_of("settlements", number) == "PAYOUT_LATE"
    desk.now_ms = at("2026-09-24", 10)
    desk.attest(number, "400,000.00")
    desk.attest_late(number, "2,000.00", reference="IN-3")

    assert desk.agrees(number)
    assert desk.status_of("vouchers", number) == "SETTLED_LATE"
    assert desk.status_of("dishonours", number) == CURED
    assert desk.row("attestations", "settle-a", "IN-3")["kind"] == "LATE_INTEREST"
    assert desk.row("vouchers", number)["outstanding"] == 0


def test_rows_follow_what_is_withheld_comes_back_or_goes_back() -> None:
    desk = Following()
    number = desk.ripe(payee=False).number
    holding = desk.holdings(number)[0].id
    desk.attest(number, "1,000,000.01")
    assert desk.status_of("holdings", holding) == WITHHELD
    (excess,) = [key for view, key in desk.rows if view == "excesses"]
    assert desk.status_of("excesses", *excess) == "TO_RETURN"
    desk.return_excess(number, str(excess[1]))
    assert desk.status_of("excesses", *excess) == "RETURNED"

    desk.name_payee(number)
    assert desk.row("shares", number, 1)["cleared"] == 0
    desk.release_withheld(number)
    assert (desk.status_of("holdings", holding), desk.row("shares", number, 1)["cleared"]) == (COLLECTED, 1)
    desk.pay_out(number, (1, "1,000,000.00"), references=["OUT-1"])
    assert desk.status_of("holdings", holding) == PAID
    desk.fail_payout(number, "OUT-1")

    assert desk.agrees(number)
    assert desk.row("payouts", "settle-a", "OUT-1")["failed"] == 1
    assert desk.row("shares", number, 1)["payee_bank"] == ""


def test_a_withdrawn_dishonour_is_not_a_cured_one() -> None:
    desk = Following()
    number = desk.ripe().number
    desk.now_ms = CUTOFF
    desk.write_due()
    assert desk.status_of("dishonours", number) == "UNPAID_PENDING"

    desk.attest(number, "1,000,000.00", booked_ms=NOON_ON_THE_DAY)

    assert desk.status_of("dishonours", number) == WITHDRAWN
    assert desk.row("dishonours", number)["cause"] == "TECHNICAL"


def test_rows_follow_an_agreement() -> None:
    desk = Following()
    seen = []
    desk.end_agreement()
    desk.now_ms = at("2026-05-01")
    desk.write_due()
    seen.append(desk.status_of("agreements", "ce-a", "settle-a"))
    proposal = desk.propose_agreement()
    seen.append(desk.status_of("agreements", "ce-a", "settle-a"))
    desk.consent_agreement(proposal)
    seen.append(desk.status_of("agreements", "ce-a", "settle-a"))

    assert seen == ["ENDED", "PROPOSED", "IN_FORCE"]


def test_a_payee_is_a_row_for_the_seat_that_opened_it() -> None:
    opening = Opening(
        PAYEE_EXAMPLE, NAME_PAYEE.example, "settlement.payee", "payee", "op", "member:bank-a", "member", 1, 5
    )
    assert PAYEES_VIEW.project_opening is not None

    (row,) = PAYEES_VIEW.project_opening(opening)

    assert row.key == ("member", NAME_PAYEE.example.voucher, 1)
    assert row.values is not None
    assert row.values["account"] == PAYEE_EXAMPLE.account
    assert {*row.key, *row.values} >= {"member"}
    other = msgspec.structs.replace(PAYEE_EXAMPLE)
    assert PAYEES_VIEW.project_opening(Opening(other, other, "x", "payee", "op", "a", "member", 1, 5)) == ()
    assert (
        PAYEES_VIEW.project_opening(
            Opening(NAME_PAYEE.example, NAME_PAYEE.example, "x", "payee", "op", "a", "member", 1, 5)
        )
        == ()
    )


def test_every_status_has_words() -> None:
    statuses = {*VOUCHER_STATUSES, *AGREEMENT_STATUSES, COLLECTED, PAID, UNPAID, WITHHELD, CURED, WITHDRAWN}

    assert statuses <= set(CONTRACT.words)
    assert set(WORDS) <= set(CONTRACT.words)
