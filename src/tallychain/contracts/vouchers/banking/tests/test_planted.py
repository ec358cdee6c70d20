"""Planted faults of accounts of record are found in the Change and in the state."""

import pytest
from msgspec.structs import replace

from tallychain.contracts.vouchers.banking.events import AccountInForce
from tallychain.contracts.vouchers.banking.state import ACCOUNTS, MAX_TRIES
from tallychain.contracts.vouchers.banking.tests.desk import CLIENT, Desk
from tallychain.contracts.vouchers.invariants import full, touched
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Overlay
from tallychain.ledger.timeline import Step, Timeline, settled


@pytest.mark.parametrize(
    ("named", "fault"),
    [
        ("by the sponsor", 270),
        ("not tested", 270),
        ("another in force", 270),
        ("tested before", 270),
        ("endless", 271),
        ("ends in force", 271),
        ("tried too often", 272),
        ("tried and waits", 272),
    ],
)
def test_a_planted_fault_is_found_in_the_change_and_in_the_state(named: str, fault: int) -> None:
    desk = Desk()
    first = desk.in_force()
    stands = desk.account()
    name = desk.returned(desk.change_account(first))
    row = desk.account()
    assert (row.latest.id, stands.record) == (name, stands.latest)
    untested = replace(stands.latest, confirmed_ms=0)
    planted = {
        "by the sponsor": replace(row, latest=replace(row.latest, bank="bank-a")),
        "not tested": replace(row, record=untested),
        "another in force": replace(row, timeline=settled("IN_FORCE")),
        "tested before": replace(row, latest=replace(row.latest, confirmed_ms=1)),
        "endless": replace(row, timeline=settled("CODE_RETURNED")),
        "ends in force": replace(row, timeline=Timeline("STATED", (Step(1, "IN_FORCE"),))),
        "tried too often": replace(row, latest=replace(row.latest, tries=MAX_TRIES + 1)),
        "tried and waits": replace(row, latest=replace(row.latest, tries=MAX_TRIES)),
    }
    change = Change((ACCOUNTS.put(planted[named]),))
    after = Overlay(desk.state)
    after.write(change.writes)

    assert fault in {number for number, _ in touched(change, desk.state, after)}
    assert fault in {number for number, _ in full(after)}


@pytest.mark.parametrize("named", ["early", "untold", "none before", "another"])
def test_an_account_that_comes_into_force_without_its_time_is_found(named: str) -> None:
    desk = Desk()
    name = desk.set_account()
    if named != "early":
        desk.confirmed(name)
    row = desk.account()
    tested = replace(row.latest, confirmed_ms=1)
    if named == "another":
        tested = replace(tested, commitment="0" * 64)
    if named == "none before":
        desk.state.write([ACCOUNTS.delete(row)])
    forced = replace(row, record=tested, latest=tested, timeline=settled("IN_FORCE"))
    told = () if named == "untold" else (AccountInForce(name, CLIENT.tag, "", 1),)
    change = Change((ACCOUNTS.put(forced),), told)
    after = Overlay(desk.state)
    after.write(change.writes)

    assert 270 in {number for number, _ in touched(change, desk.state, after)}


def test_an_account_of_record_does_not_leave() -> None:
    desk = Desk()
    desk.set_account()
    change = Change((ACCOUNTS.delete(desk.account()),))
    after = Overlay(desk.state)
    after.write(change.writes)

    assert 4 in {number for number, _ in touched(change, desk.state, after)}
