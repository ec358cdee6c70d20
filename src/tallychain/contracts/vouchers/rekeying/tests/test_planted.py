"""Planted faults of changes of keys are found in the Change and in the state."""

import pytest
from msgspec.structs import replace

from tallychain.contracts.vouchers.invariants import full, touched
from tallychain.contracts.vouchers.rekeying.events import HolderRekeyed
from tallychain.contracts.vouchers.rekeying.state import REKEYS
from tallychain.contracts.vouchers.rekeying.tests.desk import NEW, Desk
from tallychain.contracts.vouchers.settling.tests.desk import S1
from tallychain.contracts.vouchers.state import HOLDINGS
from tallychain.contracts.vouchers.tests.desk import person
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Overlay
from tallychain.ledger.timeline import settled


@pytest.mark.parametrize(
    ("named", "fault"), [("one member", 210), ("another sponsor", 210), ("endless", 211), ("stays long", 211)]
)
def test_a_planted_fault_is_found_in_the_change_and_in_the_state(named: str, fault: int) -> None:
    desk = Desk()
    number = desk.active().number
    desk.consented(number)
    rekey = desk.state.get(REKEYS, S1.tag)
    assert rekey is not None
    planted = {
        "one member": replace(rekey, second=rekey.proposer),
        "another sponsor": replace(rekey, receiver=person("s1-new", "bank-b")),
        "endless": replace(rekey, timeline=settled("CONSENTED")),
        "stays long": replace(rekey, timeline=replace(rekey.timeline, status="TAKEABLE")),
    }
    change = Change((REKEYS.put(planted[named]),))
    after = Overlay(desk.state)
    after.write(change.writes)

    assert fault in {number for number, _ in touched(change, desk.state, after)}
    assert fault in {number for number, _ in full(after)}


@pytest.mark.parametrize("named", ["never consented", "another receiver", "not written"])
def test_keys_that_two_members_have_not_agreed_to_are_found(named: str) -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.propose_rekey(number) if named == "never consented" else desk.consented(number)
    (holding,) = desk.holdings(number)
    rekey = desk.state.get(REKEYS, S1.tag)
    assert rekey is not None
    new = person("thief") if named == "another receiver" else NEW
    moved = replace(holding, tag=new.tag, sealing=new.sealing)
    told = HolderRekeyed(name, number, S1.tag, new, (holding.id,), (), ())
    done = () if named == "not written" else (REKEYS.put(replace(rekey, timeline=settled("REKEYED"))),)
    change = Change((HOLDINGS.put(moved), *done), (told,))
    after = Overlay(desk.state)
    after.write(change.writes)

    assert 210 in {fault for fault, _ in touched(change, desk.state, after)}
    untold = Change((HOLDINGS.put(moved), *done))
    assert 3 in {fault for fault, _ in touched(untold, desk.state, after)}


def test_a_change_of_keys_does_not_leave() -> None:
    desk = Desk()
    desk.propose_rekey(desk.active().number)
    rekey = desk.state.get(REKEYS, S1.tag)
    assert rekey is not None
    change = Change((REKEYS.delete(rekey),))
    after = Overlay(desk.state)
    after.write(change.writes)

    assert 4 in {fault for fault, _ in touched(change, desk.state, after)}
