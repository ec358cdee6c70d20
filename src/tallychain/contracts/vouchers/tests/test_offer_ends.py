"""Offers end with their sponsors and with the black-out, and what is bound is free from then on."""

import pytest
from msgspec.structs import replace

from tallychain.contracts.vouchers import api, refusals
from tallychain.contracts.vouchers.events import OfferEnded, OfferExpired
from tallychain.contracts.vouchers.standing import binding
from tallychain.contracts.vouchers.state import (
    ENDED,
    EXPIRED,
    GONE,
    OPEN,
    TAKEN,
)
from tallychain.contracts.vouchers.tests.desk import (
    DAY_MS,
    Desk,
    at,
    fields_of,
    person,
    row,
    units,
)
from tallychain.instruments.holdings import Encumbrance, EncumbranceKind
from tallychain.ledger import identity
from tallychain.ledger.timeline import Step, Timeline

S1, S2, S3, S4 = person("s1"), person("s2"), person("s3", "bank-b"), person("s4")


@pytest.mark.parametrize("side", ["bank-a", "bank-b"])
def test_an_offer_ends_when_a_sponsor_of_either_side_is_suspended_and_never_revives(side: str) -> None:
    desk = Desk()
    voucher = desk.active()
    (name,) = desk.offer(voucher.number, S1, row(1, 5, S3))
    assert api.offer_status(desk.found_offer(name), desk.state, desk.now) == OPEN

    desk.now_ms += 1
    desk.suspended(side)
    with pytest.raises(refusals.OfferNotOpen) as refused:
        desk.take(voucher.number, name, S3)
    assert fields_of(refused.value) == {"offer": name, "status": ENDED}

    desk.now_ms += 1
    desk.standing(side, identity.ACTIVE)
    for act in (desk.take, desk.decline):
        with pytest.raises(refusals.OfferNotOpen):
            act(voucher.number, name, S3)
    with pytest.raises(refusals.OfferNotOpen):
        desk.recall(voucher.number, name, S1)
    assert api.offer_status(desk.found_offer(name), desk.state, desk.now) == ENDED


@pytest.mark.deadline("offer: ENDED -> EXPIRED")
def test_an_offer_that_ended_with_a_sponsor_and_that_nobody_writes_down_expires_on_its_day() -> None:
    desk = Desk()
    voucher = desk.active()
    (name,) = desk.offer(voucher.number, S1, row(1, 5, S3))
    ends_ms = desk.now_ms + 5 * DAY_MS
    desk.now_ms += 1
    desk.suspended("bank-b")

    desk.now_ms = ends_ms - 1
    assert api.offer_status(desk.found_offer(name), desk.state, desk.now) == ENDED
    desk.now_ms = ends_ms
    assert api.offer_status(desk.found_offer(name), desk.state, desk.now) == EXPIRED


def test_units_of_an_offer_that_ended_with_a_sponsor_are_free_and_the_next_offer_writes_it_down() -> None:
    desk = Desk()
    voucher = desk.active()
    (old,) = desk.offer(voucher.number, S1, row(1, 5, S3))
    desk.now_ms += 1
    desk.suspended("bank-b")
    (holding,) = desk.holdings(voucher.number)
    assert [str(free) for free in api.free_units(desk.state, holding, desk.now)] == ["1-100000000"]

    (name,) = desk.offer(voucher.number, S1, row(1, 5, S2))

    (holding,) = desk.holdings(voucher.number)
    assert [e.reference for e in holding.encumbrances] == [name]
    assert desk.found_offer(old).timeline == Timeline(ENDED, (Step(desk.now_ms + 30 * DAY_MS, GONE),))
    assert desk.events[0] == OfferEnded(old, voucher.number, desk.now_ms)


def test_an_offer_made_after_a_suspension_is_over_is_untouched_by_it() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.suspended("bank-b")
    desk.standing("bank-b", identity.ACTIVE)
    desk.now_ms += 1

    (name,) = desk.offer(voucher.number, S1, row(1, 5, S3))

    desk.take(voucher.number, name, S3)
    assert desk.found_offer(name).status_at(desk.now) == TAKEN


def test_a_sponsor_that_left_ends_the_offers_of_its_clients() -> None:
    desk = Desk()
    voucher = desk.active()
    (name,) = desk.offer(voucher.number, S1, row(1, 5, S3))
    desk.standing("bank-b", identity.EXITED)

    with pytest.raises(refusals.OfferNotOpen):
        desk.take(voucher.number, name, S3)


def test_an_outage_over_the_end_of_an_offer_does_not_carry_it_into_the_black_out() -> None:
    desk = Desk()
    voucher = desk.active()
    blackout_ms = at("2026-09-09", 0)
    desk.now_ms = blackout_ms - 5 * DAY_MS - 600_000
    (name,) = desk.offer(voucher.number, S1, row(1, 5, S2))
    end_ms = blackout_ms - 600_000
    desk.outage(end_ms - 1_000, end_ms + 1_000, 1_800_000)

    desk.now_ms = blackout_ms - 1
    assert desk.found_offer(name).status_at(desk.now) == OPEN
    desk.now_ms = blackout_ms

    assert desk.found_offer(name).status_at(desk.now) == EXPIRED
    (holding,) = desk.holdings(voucher.number)
    assert binding(holding, desk.state, desk.now) == ()
    with pytest.raises(refusals.OfferNotOpen):
        desk.recall(voucher.number, name, S1)
    desk.now_ms = end_ms + 1_801_000
    assert desk.write_due() == [OfferExpired(name, voucher.number, blackout_ms)]


def test_a_lock_without_end_and_a_lock_with_one_bind_until_then() -> None:
    desk = Desk()
    (holding,) = desk.holdings(desk.active().number)
    locks = tuple(
        Encumbrance(EncumbranceKind.PLEDGE, units(n), units(n), "member:court", until_ms, "order")
        for n, until_ms in ((1, 0), (2, desk.now_ms), (3, desk.now_ms + 1))
    )

    assert binding(replace(holding, encumbrances=locks), desk.state, desk.now) == (locks[0], locks[2])
