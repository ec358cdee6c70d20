"""The invariants see a financing, its lock and its title that do not belong together."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tallychain.contracts.vouchers.financing.events import FinancingCompleted
from tallychain.contracts.vouchers.financing.state import COMPLETED, FAILED, FINANCINGS, Financing
from tallychain.contracts.vouchers.financing.tests.desk import Desk
from tallychain.contracts.vouchers.invariants import full, touched
from tallychain.contracts.vouchers.settling.tests.desk import S2
from tallychain.contracts.vouchers.state import HOLDINGS, Holding
from tallychain.instruments.money import Units
from tallychain.ledger.contract import Change, Event
from tallychain.ledger.state import Overlay
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import settled

Plant = Callable[[Holding, Financing], Write]


def _lock(holding: Holding, **changed: object) -> Write:
    return HOLDINGS.put(replace(holding, encumbrances=(replace(holding.encumbrances[0], **changed),)))


PLANTED: dict[str, Plant] = {
    "the lock is gone": lambda holding, _: HOLDINGS.put(replace(holding, encumbrances=())),
    "the lock is of another": lambda holding, _: _lock(holding, reference="ab" * 32),
    "the lock is for another funder": lambda holding, _: _lock(holding, by="member:bank-a"),
    "it ended and its lock did not": lambda _, financing: FINANCINGS.put(
        replace(financing, timeline=settled(FAILED))
    ),
    "the holding moved": lambda _, financing: FINANCINGS.put(replace(financing, tag=S2.tag)),
    "the holding is elsewhere": lambda _, financing: FINANCINGS.put(replace(financing, first=Units(2))),
    "nobody was chosen": lambda _, financing: FINANCINGS.put(replace(financing, deal=None)),
}


def found_by(change: Change, before: Overlay) -> tuple[set[int], set[int]]:
    after = Overlay(before)
    after.write(change.writes)
    return {fault for fault, _ in touched(change, before, after)}, {fault for fault, _ in full(after)}


@pytest.mark.parametrize("named", PLANTED)
def test_a_planted_fault_is_found_in_the_change_and_in_the_state(named: str) -> None:
    desk = Desk()
    number = desk.active().number
    financing = desk.financing(desk.chosen(number, last=100_000_000))
    (holding,) = desk.holdings(number)

    assert found_by(Change((PLANTED[named](holding, financing),)), desk.state) == ({7}, {7})


def test_a_funder_that_was_not_asked_and_a_completion_without_payment_are_found() -> None:
    desk = Desk()
    number = desk.active().number
    financing = desk.financing(desk.chosen(number))
    other = FINANCINGS.put(replace(financing, funders=("bank-a",)))
    done = FINANCINGS.put(replace(financing, timeline=settled(COMPLETED)))

    assert found_by(Change((other,)), desk.state) == ({13}, {13})
    assert found_by(Change((done,)), desk.state) == ({7, 17}, {7, 17})


def test_a_financing_that_binds_does_not_leave() -> None:
    desk = Desk()
    financing = desk.financing(desk.chosen(desk.active().number))

    assert 4 in found_by(Change((FINANCINGS.delete(financing),)), desk.state)[0]


def test_title_that_moves_without_payment_too_late_or_without_notice_is_found() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.paid_for(number)
    before = Overlay(desk.state)
    paid = desk.financing(name)
    deal = desk.deal(name)
    change = desk.complete(number, name)
    voucher = desk.voucher(number)

    def faults(financing: Financing, events: tuple[Event, ...]) -> set[int]:
        earlier = Overlay(before)
        for row in (paid, financing):
            earlier.write([FINANCINGS.put(row)])
        for write in change.writes:
            if isinstance(write.value, Holding):
                earlier.write([HOLDINGS.put(held)])
        return found_by(Change(change.writes, events), earlier)[0]

    held = replace(
        desk.holdings(number)[0],
        seq=desk.holdings(number)[0].seq - 1,
        tag=paid.tag,
        layer=1,
        acquired_by="SPLIT_REST",
    )
    (event,) = change.events
    assert isinstance(event, FinancingCompleted)
    assert 21 in faults(paid, ())
    assert 21 in faults(paid, (replace(event, issuer="ce-b"),))
    assert 17 in faults(replace(paid, deal=replace(deal, disbursement="")), change.events)
    assert 17 in faults(replace(paid, deal=None), change.events)
    assert 20 in faults(replace(paid, deal=replace(deal, disbursed_ms=voucher.blackout_ms)), change.events)
