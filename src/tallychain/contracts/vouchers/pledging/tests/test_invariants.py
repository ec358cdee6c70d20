"""The invariants see a pledge and its lock that do not belong together."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tallychain.contracts.vouchers.invariants import full, touched
from tallychain.contracts.vouchers.pledging.state import LIFTED, PLEDGES, Pledge
from tallychain.contracts.vouchers.pledging.tests.desk import Desk
from tallychain.contracts.vouchers.settling.tests.desk import S2
from tallychain.contracts.vouchers.state import HOLDINGS, Holding
from tallychain.instruments.money import Units
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Overlay
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import settled

Plant = Callable[[Holding, Pledge], Write]

PLANTED: dict[str, Plant] = {
    "the lock is gone": lambda holding, _: HOLDINGS.put(replace(holding, encumbrances=())),
    "the lock is of another": lambda holding, _: HOLDINGS.put(
        replace(holding, encumbrances=(replace(holding.encumbrances[0], reference="ab" * 32),))
    ),
    "the lock is for another pledgee": lambda holding, _: HOLDINGS.put(
        replace(holding, encumbrances=(replace(holding.encumbrances[0], by="member:bank-a"),))
    ),
    "the pledge ended and its lock did not": lambda _, pledge: PLEDGES.put(
        replace(pledge, timeline=settled(LIFTED))
    ),
    "the holding moved": lambda _, pledge: PLEDGES.put(replace(pledge, tag=S2.tag)),
    "the holding is elsewhere": lambda _, pledge: PLEDGES.put(replace(pledge, first=Units(2))),
}


@pytest.mark.parametrize("named", PLANTED)
def test_a_planted_fault_is_found_in_the_change_and_in_the_state(named: str) -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.pledged(number)
    (holding,) = desk.holdings(number)
    pledge = desk.state.get(PLEDGES, name)
    assert pledge is not None
    change = Change((PLANTED[named](holding, pledge),))
    after = Overlay(desk.state)
    after.write(change.writes)

    assert {fault for fault, _ in touched(change, desk.state, after)} == {7}
    assert {fault for fault, _ in full(after)} == {7}


def test_a_pledge_that_binds_does_not_leave() -> None:
    desk = Desk()
    name = desk.pledged(desk.active().number)
    pledge = desk.state.get(PLEDGES, name)
    assert pledge is not None
    change = Change((PLEDGES.delete(pledge),))
    after = Overlay(desk.state)
    after.write(change.writes)

    assert {fault for fault, _ in touched(change, desk.state, after)} == {4}
