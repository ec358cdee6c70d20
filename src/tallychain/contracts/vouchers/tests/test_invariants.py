"""Each invariant is seen to fail on a planted fault, in a Change and in the whole state."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tallychain.contracts.vouchers import rules
from tallychain.contracts.vouchers.events import TitleMoved
from tallychain.contracts.vouchers.invariants import full, touched
from tallychain.contracts.vouchers.operations import Accept, Take
from tallychain.contracts.vouchers.state import (
    BY_ISSUE,
    BY_SPLIT,
    BY_TRANSFER,
    DUE,
    HOLDINGS,
    OFFERS,
    REJECTED,
    VOUCHERS,
    Holding,
    Offer,
    Voucher,
)
from tallychain.contracts.vouchers.tests.desk import Desk, at, person, row, units
from tallychain.instruments.holdings import Encumbrance, EncumbranceKind
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Overlay
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import settled

S1, S2, S3 = person("s1"), person("s2"), person("s3")


def numbers_touched(desk: Desk, change: Change) -> set[int]:
    after = Overlay(desk.state)
    after.write(change.writes)
    return {number for number, _ in touched(change, desk.state, after)}


def with_holding(change: Change, edit: Callable[[Holding], Holding], first: int) -> Change:
    """The Change with one of its holdings changed."""

    def edited(write: Write) -> Write:
        if isinstance(write.value, Holding) and write.value.first == first:
            return HOLDINGS.put(edit(write.value))
        return write

    return Change(tuple(edited(write) for write in change.writes), change.events)


def taking() -> tuple[Desk, Change]:
    """A taking of units 40 to 60 of 100, not adopted yet; 90 to 95 stay on offer."""
    desk = Desk()
    voucher = desk.active(face=100)
    name, _ = desk.offer(voucher.number, S1, row(40, 60, S2), row(90, 95, S3))
    return desk, rules.take(Take(voucher.number, name), desk.by_tag(S2), desk.state)


def test_a_sound_change_has_no_faults() -> None:
    desk, change = taking()

    assert numbers_touched(desk, change) == set()


@pytest.mark.parametrize(
    ("number", "first", "edit"),
    [
        (1, 40, lambda h: replace(h, last=units(61))),
        (2, 61, lambda h: replace(h, last=units(99))),
        (3, 61, lambda h: replace(h, last=units(101))),
        (3, 40, lambda h: replace(h, layer=1)),
        (3, 40, lambda h: replace(h, parent="another")),
        (3, 40, lambda h: replace(h, seq=7)),
        (3, 61, lambda h: replace(h, tag=S2.tag)),
        (3, 61, lambda h: replace(h, acquired_by=BY_ISSUE)),
        (7, 61, lambda h: replace(h, encumbrances=())),
        (7, 40, lambda h: replace(h, encumbrances=(lock(1, 2),))),
        (21, 40, lambda h: replace(h, seq=8)),
    ],
)
def test_a_wrong_piece_is_found(number: int, first: int, edit: Callable[[Holding], Holding]) -> None:
    desk, change = taking()

    assert number in numbers_touched(desk, with_holding(change, edit, first))


def lock(first: int, last: int) -> Encumbrance:
    return Encumbrance(EncumbranceKind.OFFER, units(first), units(last), f"tag:{S1.tag}", 0, "nobody")


def test_a_holding_is_never_just_removed() -> None:
    desk, change = taking()
    (stood,) = desk.state.scan(HOLDINGS)

    assert 4 in numbers_touched(desk, Change((HOLDINGS.delete(stood),)))
    assert numbers_touched(desk, change) == set()


def test_a_voucher_or_an_offer_that_has_not_ended_is_never_removed() -> None:
    desk, voucher, _, offer = offered()
    promise = desk.issue()

    assert numbers_touched(desk, Change((VOUCHERS.delete(voucher),))) == {4}
    assert numbers_touched(desk, Change((VOUCHERS.delete(promise),))) == {4}
    assert numbers_touched(desk, Change((OFFERS.delete(offer),))) == {4}
    desk.reject(promise.number, S1)
    desk.recall(voucher.number, offer.id, S1)
    assert numbers_touched(desk, Change((VOUCHERS.delete(promise), OFFERS.delete(offer)))) == set()


def test_title_that_moves_without_notice_or_to_another_issuers_notice_is_found() -> None:
    desk, change = taking()
    (moved,) = change.events
    assert isinstance(moved, TitleMoved)

    assert 21 in numbers_touched(desk, Change(change.writes))
    assert 21 in numbers_touched(desk, Change(change.writes, (replace(moved, issuer="ce-b"),)))


def test_title_that_moves_too_late_is_found() -> None:
    desk, change = taking()
    (moved,) = change.events
    assert isinstance(moved, TitleMoved)

    late = Change(change.writes, (replace(moved, moved_ms=at("2026-09-09", 0)),))
    assert numbers_touched(desk, late) == {20}
    desk.outage(at("2026-09-08", 23), at("2026-09-09", 1), 0)
    assert numbers_touched(desk, late) == set()
    voucher = desk.voucher(moved.voucher)
    desk.state.write([VOUCHERS.put(replace(voucher, timeline=settled(DUE)))])
    assert numbers_touched(desk, change) == {20}


def test_title_to_a_voucher_that_does_not_exist_is_found() -> None:
    desk, change = taking()
    taken = next(w.value for w in change.writes if isinstance(w.value, Holding))
    other = replace(taken, voucher="EVTEST20260316000000000998")

    assert {2, 21} <= numbers_touched(desk, Change((HOLDINGS.put(other),)))


def test_a_lock_without_its_offer_and_an_offer_without_its_lock_are_found() -> None:
    desk = Desk()
    voucher = desk.active(face=100)
    (name,) = desk.offer(voucher.number, S1, row(1, 5, S2))
    (holding,) = desk.holdings(voucher.number)
    offer = desk.found_offer(name)
    bare = HOLDINGS.put(replace(holding, encumbrances=()))
    ended = OFFERS.put(replace(offer, timeline=settled(REJECTED)))

    assert numbers_touched(desk, Change((bare, ended))) == set()
    assert numbers_touched(desk, Change((bare,))) == {7}
    assert numbers_touched(desk, Change((ended,))) == {7}
    twice = replace(holding, encumbrances=holding.encumbrances * 2)
    assert numbers_touched(desk, Change((HOLDINGS.put(twice),))) == {7}


@pytest.mark.parametrize(
    ("number", "edit"),
    [
        (1, lambda h: replace(h, last=units(99))),
        (3, lambda h: replace(h, layer=2)),
        (3, lambda h: replace(h, parent="another")),
        (3, lambda h: replace(h, acquired_by=BY_TRANSFER)),
    ],
)
def test_a_wrong_first_holding_is_found(number: int, edit: Callable[[Holding], Holding]) -> None:
    desk = Desk()
    voucher = desk.issue(face=100)
    change = rules.accept(Accept(voucher.number, voucher.promise), desk.by_tag(S1), desk.state)

    assert number in numbers_touched(desk, with_holding(change, edit, 1))


def test_a_second_first_holding_is_found() -> None:
    desk = Desk()
    voucher = desk.issue(face=100)
    change = rules.accept(Accept(voucher.number, voucher.promise), desk.by_tag(S1), desk.state)
    desk.state.write([VOUCHERS.put(replace(voucher, timeline=settled(REJECTED)))])

    assert 2 in numbers_touched(desk, change)


def test_a_change_of_locks_changes_no_title() -> None:
    desk = Desk()
    voucher = desk.active(face=100)
    (holding,) = desk.holdings(voucher.number)

    assert numbers_touched(desk, Change((HOLDINGS.put(replace(holding, sponsor="bank-b")),))) == {3}


@pytest.mark.parametrize(
    "edit",
    [
        lambda v: replace(v, effective_maturity="2026-09-13"),
        lambda v: replace(v, nominal_maturity="2026-03-16"),
        lambda v: replace(v, maturity="PROVISIONAL", nominal_maturity="2026-09-12"),
        lambda v: replace(v, blackout_ms=v.due_ms + 1),
    ],
)
def test_impossible_dates_are_found(edit: Callable[[Voucher], Voucher]) -> None:
    desk = Desk()
    wrong = VOUCHERS.put(edit(desk.active()))

    assert numbers_touched(desk, Change((wrong,))) == {12}
    desk.state.write([wrong])
    assert {number for number, _ in full(desk.state)} - {10} == {12}


def offered() -> tuple[Desk, Voucher, Holding, Offer]:
    desk = Desk()
    voucher = desk.active(face=100)
    (name,) = desk.offer(voucher.number, S1, row(1, 5, S2))
    return desk, voucher, desk.holdings(voucher.number)[0], desk.found_offer(name)


@pytest.mark.parametrize(
    ("number", "plant"),
    [
        (1, lambda v, h, o: HOLDINGS.put(replace(h, last=units(99)))),
        (2, lambda v, h, o: VOUCHERS.put(replace(v, timeline=settled(REJECTED)))),
        (2, lambda v, h, o: VOUCHERS.delete(v)),
        (3, lambda v, h, o: HOLDINGS.put(replace(h, layer=2))),
        (3, lambda v, h, o: HOLDINGS.put(replace(h, acquired_by=BY_TRANSFER))),
        (3, lambda v, h, o: HOLDINGS.put(replace(h, acquired_by=BY_SPLIT, layer=0))),
        (7, lambda v, h, o: HOLDINGS.put(replace(h, encumbrances=(lock(101, 102),)))),
        (7, lambda v, h, o: HOLDINGS.put(replace(h, encumbrances=()))),
        (7, lambda v, h, o: OFFERS.delete(o)),
    ],
)
def test_a_fault_in_the_whole_state_is_found(
    number: int, plant: Callable[[Voucher, Holding, Offer], Write]
) -> None:
    desk, voucher, holding, offer = offered()
    assert list(full(desk.state)) == []

    desk.state.write([plant(voucher, holding, offer)])

    assert number in {found for found, _ in full(desk.state)}
