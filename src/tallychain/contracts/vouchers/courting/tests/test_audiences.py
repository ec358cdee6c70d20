"""Who must be able to open the orders of courts, and who must not need to."""

from tallychain.contracts.vouchers import audiences
from tallychain.contracts.vouchers.courting.operations import (
    ExecuteFreeze,
    FreezeUnits,
    TransferFrozen,
    Unfreeze,
)
from tallychain.contracts.vouchers.courting.tests.desk import BUYER, UNTIL, Desk
from tallychain.contracts.vouchers.settling.tests.desk import DOCUMENT, S1, S2
from tallychain.contracts.vouchers.tests.desk import row, units
from tallychain.ledger.state import Overlay
from tallychain.ledger.tables import Part, Table, V


class RowByRow(Overlay):
    """A state of which only single rows can be read, and how many were."""

    read = 0

    def get(self, table: Table[V], *parts: Part) -> V | None:
        self.read += 1
        return super().get(table, *parts)

    def scan(self, table: Table[V], *prefix: Part) -> list[V]:
        raise NotImplementedError


PARTIES = {"member:court", "member:bank-a", "member:ce-a", "member:settle-a", "member:supervisor", S1.sealing}


def test_an_order_is_for_its_parties_the_settlement_bank_and_the_supervisor() -> None:
    desk = Desk()
    number = desk.active().number
    desk.pass_on(number, S1, row(1, 1_000, S2))
    call = desk.by("court")
    args = FreezeUnits(number, S1.tag, units(1), units(1), units(2_000), UNTIL, DOCUMENT)

    assert set(audiences.freezing(args, call, desk.state)) == PARTIES
    name = desk.freeze(number, 1, 2_000)
    assert set(audiences.ordered(Unfreeze(number, name, DOCUMENT), call, desk.state)) == PARTIES
    execution = ExecuteFreeze(number, name, (units(1_001),), DOCUMENT)
    assert set(audiences.executed(execution, call, desk.state)) == PARTIES
    given = TransferFrozen(number, name, BUYER, DOCUMENT)
    assert set(audiences.transferred(given, call, desk.state)) == {*PARTIES, BUYER.sealing, "member:bank-b"}


def test_a_gateway_that_reads_row_by_row_knows_whom_an_order_concerns() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.freeze(number, 1, 2_000)
    freezing = FreezeUnits(number, S1.tag, units(1), units(1), units(2_000), UNTIL, DOCUMENT)
    rows = RowByRow(desk.state)

    assert set(audiences.freezing(freezing, desk.by("court"), rows)) == PARTIES
    assert set(audiences.ordered(Unfreeze(number, name, DOCUMENT), desk.by("court"), rows)) == PARTIES
    assert rows.read < 12


def test_a_pledgee_reads_what_is_ordered_about_its_security() -> None:
    desk = Desk()
    number = desk.active().number
    desk.pledged(number)
    args = FreezeUnits(number, S1.tag, units(1), units(1), units(100_000_000), UNTIL, DOCUMENT)

    assert set(audiences.freezing(args, desk.by("court"), desk.state)) == {*PARTIES, "member:bank-b"}


def test_an_order_about_what_has_ended_concerns_no_holder_any_more() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.freeze(number)
    desk.unfreeze(number, name)

    found = audiences.ordered(Unfreeze(number, name, DOCUMENT), desk.by("court"), desk.state)
    assert S1.sealing not in found
