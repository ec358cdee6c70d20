"""Desks in situations that several tests begin with."""

from tallychain.contracts.vouchers.settling.state import AGREEMENTS
from tallychain.contracts.vouchers.settling.tests.desk import Desk
from tallychain.contracts.vouchers.tests.desk import agreement, member_row
from tallychain.ledger import identity
from tallychain.ledger.identity import MEMBERS


def desk_with_two_banks() -> Desk:
    """A second settlement bank has agreed with ce-a too."""
    desk = Desk()
    row = member_row("settle-b", (identity.SETTLEMENT_BANK,))
    desk.state.write([MEMBERS.put(row), AGREEMENTS.put(agreement("ce-a", "settle-b"))])
    return desk
