"""The invariants see a freeze and its locks that do not belong together."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tallychain.contracts.vouchers.courting.state import FREEZES, UNFROZEN, Freeze
from tallychain.contracts.vouchers.courting.tests.desk import Desk
from tallychain.contracts.vouchers.invariants import full, touched
from tallychain.contracts.vouchers.settling.tests.desk import S2
from tallychain.contracts.vouchers.state import HOLDINGS, Holding
from tallychain.instruments.holdings import Range
from tallychain.instruments.money import Units
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Overlay
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import settled

Plant = Callable[[Holding, Freeze], Write]


def ranges(freeze: Freeze, first: int, last: int) -> Write:
    return FREEZES.put(replace(freeze, ranges=(Range(Units(first), Units(last)),)))


PLANTED: dict[str, tuple[set[int], Plant]] = {
    "the lock is gone": ({22}, lambda h, _: HOLDINGS.put(replace(h, encumbrances=()))),
    "the lock is of another": (
        {7, 22},
        lambda h, _: HOLDINGS.put(
            replace(h, encumbrances=(replace(h.encumbrances[0], reference="ab" * 32),))
        ),
    ),
    "the lock is another court's": (
        {7},
        lambda h, _: HOLDINGS.put(replace(h, encumbrances=(replace(h.encumbrances[0], by="member:courtb"),))),
    ),
    "the lock is on a part": (
        {7},
        lambda h, _: HOLDINGS.put(
            replace(h, encumbrances=(replace(h.encumbrances[0], last=Units(h.last - 1)),))
        ),
    ),
    "the freeze ended and its lock did not": (
        {7, 22},
        lambda _, f: FREEZES.put(replace(f, timeline=settled(UNFROZEN))),
    ),
    "the units moved": ({22}, lambda _, f: FREEZES.put(replace(f, tag=S2.tag))),
    "nobody holds from there": ({7, 22}, lambda _, f: ranges(f, 2, 1_000)),
    "it stands on a part": ({7, 22}, lambda _, f: ranges(f, 1, 999)),
    "it stands on more": ({22}, lambda _, f: ranges(f, 1, 2_000)),
}


@pytest.mark.parametrize("named", PLANTED)
def test_a_planted_fault_is_found_in_the_change_and_in_the_state(named: str) -> None:
    desk = Desk()
    number = desk.active().number
    freeze = desk.the_freeze(desk.freeze(number, 1, 1_000))
    holding = desk.holdings(number)[0]
    faults, plant = PLANTED[named]
    change = Change((plant(holding, freeze),))
    after = Overlay(desk.state)
    after.write(change.writes)

    seen = {fault for fault, _ in touched(change, desk.state, after)}
    assert seen
    assert seen <= faults
    assert {fault for fault, _ in full(after)} == faults


def test_a_freeze_that_stands_does_not_leave() -> None:
    desk = Desk()
    freeze = desk.the_freeze(desk.freeze(desk.active().number))
    change = Change((FREEZES.delete(freeze),))
    after = Overlay(desk.state)
    after.write(change.writes)

    assert {fault for fault, _ in touched(change, desk.state, after)} == {4}


def test_a_title_that_a_court_gives_is_published_to_the_issuer() -> None:
    desk = Desk()
    number = desk.active().number
    change = desk.transfer(number, desk.freeze(number))
    again = Desk()
    again.transfer(number, again.freeze(again.active().number))
    silent = Change(change.writes)
    before = Desk()
    number = before.active().number
    before.freeze(number)
    after = Overlay(before.state)
    after.write(silent.writes)

    assert 21 in {fault for fault, _ in touched(silent, before.state, after)}
