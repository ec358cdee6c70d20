"""A fault that is planted in recourse is found, in the Change and in the whole state."""

import pytest
from msgspec.structs import replace

from tallychain.contracts.vouchers.financing.state import FINANCINGS
from tallychain.contracts.vouchers.invariants import full, touched
from tallychain.contracts.vouchers.recoursing import rules
from tallychain.contracts.vouchers.recoursing.operations import AttestBuyBack
from tallychain.contracts.vouchers.recoursing.state import BUY_BACKS, RECOURSES, BuyBack, Recourse
from tallychain.contracts.vouchers.recoursing.tests.desk import Desk
from tallychain.contracts.vouchers.settling.tests.desk import DOCUMENT, S1
from tallychain.contracts.vouchers.state import HOLDINGS, Holding
from tallychain.contracts.vouchers.tests.desk import units
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Overlay
from tallychain.ledger.timeline import settled


def found(desk: Desk, change: Change) -> tuple[set[int], set[int]]:
    """The faults of a Change, and those of the state after it."""
    after = Overlay(desk.state)
    after.write(change.writes)
    return {fault for fault, _ in touched(change, desk.state, after)}, {fault for fault, _ in full(after)}


def rows(desk: Desk, number: str) -> tuple[Recourse, Holding]:
    recourse, holding = desk.state.get(RECOURSES, number, 1), desk.state.get(HOLDINGS, number, 1)
    assert recourse is not None
    assert holding is not None
    return recourse, holding


@pytest.mark.parametrize("named", ["lock gone", "lock of another", "ended", "moved"])
def test_a_lock_without_its_claim_or_a_claim_without_its_lock_is_found(named: str) -> None:
    desk = Desk()
    number, _ = desk.agreed()
    recourse, holding = rows(desk, number)
    locks = tuple(replace(lock, reference="ab" * 32) for lock in holding.encumbrances)
    planted = {
        "lock gone": HOLDINGS.put(replace(holding, encumbrances=())),
        "lock of another": HOLDINGS.put(replace(holding, encumbrances=locks)),
        "ended": RECOURSES.put(replace(recourse, timeline=settled("CONTESTED"))),
        "moved": RECOURSES.put(replace(recourse, holding="another")),
    }
    in_change, in_state = found(desk, Change((planted[named],)))
    assert 7 in in_change
    assert 7 in in_state


def test_a_claim_does_not_leave() -> None:
    desk = Desk()
    number, _ = desk.agreed()
    recourse, _ = rows(desk, number)
    assert 4 in found(desk, Change((RECOURSES.delete(recourse),)))[0]


@pytest.mark.parametrize(
    "named", ["nobody agreed", "no money", "not completed", "no recourse", "another tag", "used reference"]
)
def test_title_returns_only_to_who_sold_with_recourse_for_money_after_an_agreement(named: str) -> None:
    desk = Desk()
    number, name = desk.agreed()
    recourse, _ = rows(desk, number)
    financing = desk.financing(recourse.financing)
    args = AttestBuyBack(number, units(1), name, "BB-1", desk.now_ms, DOCUMENT)
    change = rules.attest(args, desk.by("settle-a"), desk.state)
    stood, writes = Overlay(desk.state), change.writes
    if named == "nobody agreed":
        stood.write([RECOURSES.put(replace(recourse, timeline=settled("LAPSED")))])
    elif named == "no money":
        writes = tuple(one for one in writes if not isinstance(one.value, BuyBack))
    elif named == "not completed":
        stood.write([FINANCINGS.put(replace(financing, timeline=settled("CLOSED")))])
    elif named == "no recourse":
        stood.write([FINANCINGS.put(replace(financing, recourse=False))])
    elif named == "another tag":
        stood.write([FINANCINGS.put(replace(financing, tag=S1.tag))])
    else:
        stood.write(BUY_BACKS.put(proof) for proof in change.written(BuyBack))
    after = Overlay(stood)
    after.write(writes)

    wanted = 16 if named == "used reference" else 220
    assert wanted in {fault for fault, _ in touched(Change(writes, change.events), stood, after)}
