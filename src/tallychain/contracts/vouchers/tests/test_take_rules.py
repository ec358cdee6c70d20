"""Title moves: who holds what afterwards, and every reason why it does not move."""

import pytest

from tallychain.contracts.vouchers import api, refusals
from tallychain.contracts.vouchers.events import TitleMoved
from tallychain.contracts.vouchers.policies import SPLIT
from tallychain.contracts.vouchers.state import (
    BY_SPLIT,
    BY_TRANSFER,
    DUE,
    EXPIRED,
    TAKEN,
    HoldingsBroken,
    holding_over,
)
from tallychain.contracts.vouchers.tests.desk import DAY_MS, Desk, at, fields_of, person, row, units
from tallychain.instruments.holdings import Range

S1, S2, S3, S4 = person("s1"), person("s2"), person("s3", "bank-b"), person("s4")


def test_scenario_3_two_transfers_leave_exactly_the_studys_ranges_and_two_notices() -> None:
    desk = Desk()
    voucher = desk.active()
    names = desk.offer(voucher.number, S1, row(1, 30_000_000, S2), row(30_000_001, 42_500_001, S3))

    notices = [desk.take(voucher.number, name, by).events for name, by in zip(names, (S2, S3), strict=True)]

    held = [(str(h.units), h.tag, h.layer, h.acquired_by) for h in desk.holdings(voucher.number)]
    assert held == [
        ("1-30000000", S2.tag, 2, BY_TRANSFER),
        ("30000001-42500001", S3.tag, 2, BY_TRANSFER),
        ("42500002-100000000", S1.tag, 1, BY_SPLIT),
    ]
    assert desk.holdings(voucher.number)[2].units.length == 57_499_999
    for (notice,) in notices:
        assert isinstance(notice, TitleMoved)
        assert notice.issuer == "ce-a"
    assert desk.voucher(voucher.number).splits == 2


def test_units_from_the_middle_leave_a_rest_on_each_side_with_its_offers() -> None:
    desk = Desk()
    voucher = desk.active(face=100)
    low, middle, high = desk.offer(voucher.number, S1, row(1, 10, S2), row(40, 60, S3), row(90, 100, S4))

    desk.take(voucher.number, middle, S3)

    lowest, taken, highest = desk.holdings(voucher.number)
    assert [str(h.units) for h in (lowest, taken, highest)] == ["1-39", "40-60", "61-100"]
    assert [e.reference for e in lowest.encumbrances + taken.encumbrances + highest.encumbrances] == [
        low,
        high,
    ]
    assert (lowest.parent, lowest.seq, lowest.layer) == (f"{voucher.number}:1-100:1", 2, 1)
    desk.take(voucher.number, high, S4)
    desk.take(voucher.number, low, S2)
    assert [str(h.units) for h in desk.holdings(voucher.number)] == [
        "1-10",
        "11-39",
        "40-60",
        "61-89",
        "90-100",
    ]


def test_a_whole_holding_is_passed_on_without_a_split() -> None:
    desk = Desk()
    desk.policy(SPLIT, 2, children_max=1)
    voucher = desk.active(face=100)
    desk.pass_on(voucher.number, S1, row(1, 99, S2))

    desk.pass_on(voucher.number, S2, row(1, 99, S3))
    desk.pass_on(voucher.number, S1, row(100, 100, S4), holding=100)

    assert [(h.tag, h.seq, h.acquired_by) for h in desk.holdings(voucher.number)] == [
        (S3.tag, 3, BY_TRANSFER),
        (S4.tag, 3, BY_TRANSFER),
    ]
    assert desk.voucher(voucher.number).splits == 1


def test_scenario_35_the_501st_split_is_refused_at_the_offer_and_at_the_taking() -> None:
    desk = Desk(full_every=50)
    voucher = desk.active(face=10_040)
    (open_elsewhere,) = desk.offer(voucher.number, S1, row(1, 10_000, S2))
    desk.take(voucher.number, open_elsewhere, S2)
    for n in range(498):
        desk.pass_on(voucher.number, S2, row(20 * n + 1, 20 * n + 20, S3), holding=20 * n + 1)
    waiting = desk.offer(voucher.number, S2, row(9_961, 9_980, S3), holding=9_961)
    waiting += desk.offer(voucher.number, S1, row(10_001, 10_020, S3), holding=10_001)
    desk.take(voucher.number, waiting[0], S3)

    assert desk.voucher(voucher.number).splits == 500
    with pytest.raises(refusals.SplitLimit):
        desk.take(voucher.number, waiting[1], S3)
    with pytest.raises(refusals.SplitLimit):
        desk.offer(voucher.number, S1, row(10_021, 10_040, S4), holding=10_001)
    desk.pass_on(voucher.number, S2, row(9_981, 10_000, S3), holding=9_981)
    desk.check()


def test_small_parts_are_taken_only_while_at_least_half_of_the_splits_are_left() -> None:
    desk = Desk()
    desk.policy(SPLIT, 2, children_max=4)
    voucher = desk.active(face=100)
    desk.pass_on(voucher.number, S1, row(1, 49, S2))
    (small,) = desk.offer(voucher.number, S2, row(1, 1, S3))
    (beside,) = desk.offer(voucher.number, S1, row(50, 50, S3), holding=50)
    desk.take(voucher.number, small, S3)

    with pytest.raises(refusals.PartTooSmall) as refused:
        desk.take(voucher.number, beside, S3)

    assert fields_of(refused.value) == {
        "voucher": voucher.number,
        "part": "50-50",
        "length": 1,
        "smallest": 25,
        "article": "Rules 7.8",
    }
    desk.pass_on(voucher.number, S1, row(76, 100, S4), holding=50)


@pytest.mark.attack(9)
def test_a_small_holder_cannot_use_up_the_splits_of_all() -> None:
    desk = Desk(full_every=50)
    voucher = desk.active()
    desk.pass_on(voucher.number, S1, row(1, 1_000, S2))
    for n in range(1, 250):
        desk.pass_on(voucher.number, S2, row(n, n, S3), holding=n)

    with pytest.raises(refusals.PartTooSmall):
        desk.offer(voucher.number, S2, row(250, 250, S3), holding=250)

    desk.pass_on(voucher.number, S1, row(1_001, 201_000, S4), holding=1_001)
    assert desk.voucher(voucher.number).splits == 251
    desk.check()


def test_scenario_32_title_moves_until_the_last_second_before_the_black_out() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.now_ms = at("2026-09-08", 23, 59) + 59_000
    first, second = desk.offer(voucher.number, S1, row(1, 5, S2), row(6, 9, S4))
    desk.take(voucher.number, first, S2)

    desk.now_ms = at("2026-09-09", 0) + 3_000
    with pytest.raises(refusals.BlackOut) as refused:
        desk.take(voucher.number, second, S4)

    assert fields_of(refused.value) == {
        "voucher": voucher.number,
        "since": "2026-09-09",
        "article": "Rules 7.8",
    }
    desk.now_ms = at("2026-09-14", 0)
    with pytest.raises(refusals.VoucherNotActive) as due:
        desk.take(voucher.number, second, S4)
    assert fields_of(due.value) == {"voucher": voucher.number, "status": DUE}


def test_an_outage_over_midnight_moves_the_black_out_to_its_end() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.now_ms = at("2026-09-08", 23, 50)
    (name,) = desk.offer(voucher.number, S1, row(1, 5, S2))
    end_ms = at("2026-09-09", 1)
    desk.outage(at("2026-09-08", 23, 55), end_ms, 60_000)
    desk.now_ms = end_ms + 59_999

    desk.take(voucher.number, name, S2)

    assert len(desk.holdings(voucher.number)) == 2
    desk.now_ms += 1
    with pytest.raises(refusals.BlackOut):
        desk.offer(voucher.number, S1, row(6, 9, S2), holding=6)


def test_title_does_not_move_before_the_value_date() -> None:
    desk = Desk()
    voucher = desk.active()
    (name,) = desk.offer(voucher.number, S1, row(1, 5, S2, "2026-03-20"))
    desk.now_ms = at("2026-03-19", 23, 59)

    with pytest.raises(refusals.NotBeforeValueDate) as refused:
        desk.take(voucher.number, name, S2)

    assert fields_of(refused.value) == {"value_date": "2026-03-20"}
    desk.now_ms = at("2026-03-20", 0)
    desk.take(voucher.number, name, S2)


@pytest.mark.attack(3)
def test_only_the_named_receiver_takes_an_open_offer_through_its_sponsor_in_standing() -> None:
    desk = Desk()
    voucher = desk.active()
    (name,) = desk.offer(voucher.number, S1, row(1, 5, S3))

    with pytest.raises(refusals.NotTheNamedReceiver) as other:
        desk.take(voucher.number, name, S2)
    assert fields_of(other.value) == {"object": name}
    with pytest.raises(refusals.NotTheSponsor):
        desk.take(voucher.number, name, S3, via="bank-a")
    with pytest.raises(refusals.OfferNotFound):
        desk.take(voucher.number, "0" * 64 + ":1", S3)
    with pytest.raises(refusals.VoucherNotFound):
        desk.take("EVTEST20260316000000000998", name, S3)
    desk.now_ms += 5 * DAY_MS
    with pytest.raises(refusals.OfferNotOpen) as late:
        desk.take(voucher.number, name, S3)
    assert fields_of(late.value) == {"offer": name, "status": EXPIRED}


def test_an_offer_is_taken_once() -> None:
    desk = Desk()
    voucher = desk.active()
    (name,) = desk.offer(voucher.number, S1, row(1, 5, S2))
    desk.take(voucher.number, name, S2)

    with pytest.raises(refusals.OfferNotOpen) as refused:
        desk.take(voucher.number, name, S2)

    assert fields_of(refused.value) == {"offer": name, "status": TAKEN}


def test_the_holding_over_some_units_is_found_from_any_earlier_boundary() -> None:
    desk = Desk()
    voucher = desk.active(face=100)
    desk.pass_on(voucher.number, S1, row(40, 60, S2))
    wanted = Range(units(70), units(80))

    assert str(holding_over(desk.state, voucher.number, 1, wanted).units) == "61-100"
    assert api.holding_of(desk.state, voucher.number, 61, wanted).tag == S1.tag
    with pytest.raises(HoldingsBroken):
        holding_over(desk.state, voucher.number, 2, wanted)
    with pytest.raises(HoldingsBroken):
        holding_over(desk.state, voucher.number, 1, Range(units(50), units(70)))


def test_other_contracts_ask_by_the_api() -> None:
    desk = Desk()
    voucher = desk.active(face=100)
    (name,) = desk.offer(voucher.number, S1, row(1, 5, S2))
    (holding,) = api.holdings(desk.state, voucher.number)

    assert api.voucher(desk.state, voucher.number) == desk.voucher(voucher.number)
    assert api.offer(desk.state, name) == desk.found_offer(name)
    assert [str(part) for part in api.ranges_for(desk.state, holding, (10, 20), desk.now)] == [
        "6-15",
        "16-35",
    ]
