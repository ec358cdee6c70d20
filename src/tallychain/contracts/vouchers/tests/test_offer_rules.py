"""Units are offered: every refusal, what is bound until when, and how the offer ends without being taken."""

import pytest

from tallychain.contracts.vouchers import api, refusals
from tallychain.contracts.vouchers.events import OfferExpired
from tallychain.contracts.vouchers.operations import OfferRow
from tallychain.contracts.vouchers.state import (
    DECLINED,
    DUE,
    EXPIRED,
    ISSUED,
    OPEN,
    RECALLED,
)
from tallychain.contracts.vouchers.tests.desk import (
    DAY_MS,
    MORNING_MS,
    V1_FACE,
    Desk,
    at,
    fields_of,
    person,
    row,
    units,
)
from tallychain.instruments.holdings import EncumbranceKind, NotEnoughFreeUnits, Range
from tallychain.ledger.holder import Receiver
from tallychain.ledger.refusals import PartMissing, PartNotDeclared, Refused

S1, S2, S3, S4 = person("s1"), person("s2"), person("s3", "bank-b"), person("s4")
FIVE_DAYS_MS = 5 * DAY_MS
REST = "42500002-100000000"


def test_an_offer_binds_its_units_for_five_days() -> None:
    desk = Desk()
    voucher = desk.active()

    (name,) = desk.offer(voucher.number, S1, row(1, 30_000_000, S2))

    (holding,) = desk.holdings(voucher.number)
    (lock,) = holding.encumbrances
    assert (lock.kind, lock.range, lock.reference) == (
        EncumbranceKind.OFFER,
        Range(units(1), units(30_000_000)),
        name,
    )
    assert lock.until_ms == MORNING_MS + FIVE_DAYS_MS
    assert [str(free) for free in api.free_units(desk.state, holding, desk.now)] == ["30000001-100000000"]
    desk.now_ms += FIVE_DAYS_MS
    assert [str(free) for free in api.free_units(desk.state, holding, desk.now)] == ["1-100000000"]


def test_no_offer_outlives_the_beginning_of_the_black_out() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.now_ms = at("2026-09-08", 23, 59)

    (name,) = desk.offer(voucher.number, S1, row(1, 5, S2))

    assert desk.found_offer(name).until_ms == at("2026-09-09", 0)


def test_the_days_of_an_offer_count_from_its_value_date() -> None:
    desk = Desk()
    voucher = desk.active()

    (name,) = desk.offer(voucher.number, S1, row(1, 5, S2, "2026-04-16"))

    assert desk.found_offer(name).until_ms == at("2026-04-21", 0)


def test_each_row_is_an_offer_of_its_own() -> None:
    desk = Desk()
    voucher = desk.active()

    names = desk.offer(voucher.number, S1, row(1, 5, S2), row(6, 10, S3, "2026-03-20"))

    assert [name[-2:] for name in names] == [":1", ":2"]
    assert desk.found_offer(names[0]).until_ms < desk.found_offer(names[1]).until_ms


@pytest.mark.parametrize(
    ("rows", "refusal", "fields"),
    [
        (
            (row(1, V1_FACE + 1, S2),),
            refusals.UnitsOutsideHolding,
            {"first": 1, "last": V1_FACE + 1, "holding": "…:1-100000000:1"},
        ),
        (
            (row(10, 5, S2),),
            refusals.UnitsOutsideHolding,
            {"first": 10, "last": 5, "holding": "…:1-100000000:1"},
        ),
        ((row(1, 5, S2), row(5, 9, S3)), refusals.UnitsOverlap, {"one": "1-5", "other": "5-9"}),
        ((row(1, 5, S1),), refusals.ReceiverIsHolder, {}),
        ((row(1, 5, person("s9", "court")),), refusals.RecipientNotEligible, {"sponsor": "court"}),
        (
            (row(1, 5, Receiver("p256:" + "00" * 33, S2.sealing, "bank-a")),),
            refusals.KeyNotAdmitted,
            {"key": "p256:" + "00" * 33},
        ),
        ((row(1, 5, S2, "2026-02-30"),), refusals.DateNotValid, {"day": "2026-02-30"}),
        (
            (row(1, 5, S2, "2026-04-17"),),
            refusals.ValueDateNotPossible,
            {
                "value_date": "2026-04-17",
                "earliest": "2026-03-16",
                "latest": "2026-04-16",
                "article": "Rules 7.8",
            },
        ),
        (
            (row(1, 5, S2, "2026-03-15"),),
            refusals.ValueDateNotPossible,
            {
                "value_date": "2026-03-15",
                "earliest": "2026-03-16",
                "latest": "2026-04-16",
                "article": "Rules 7.8",
            },
        ),
    ],
)
def test_an_offer_that_cannot_be_made_is_refused_whole(
    rows: tuple[OfferRow, ...], refusal: type[Refused], fields: dict[str, object]
) -> None:
    desk = Desk()
    voucher = desk.active()
    before = desk.content()

    with pytest.raises(refusal) as refused:
        desk.offer(voucher.number, S1, row(50, 60, S2), *rows)

    found = {
        name: value.replace(voucher.number, "…") if isinstance(value, str) else value
        for name, value in fields_of(refused.value).items()
    }
    assert found == fields
    assert desk.content() == before


def test_only_the_holder_offers_and_through_its_sponsor() -> None:
    desk = Desk()
    voucher = desk.active()

    with pytest.raises(refusals.NotTheHolder) as refused:
        desk.offer(voucher.number, S2, row(1, 5, S3))
    assert fields_of(refused.value) == {"object": f"{voucher.number}:1-100000000:1"}
    with pytest.raises(refusals.NotTheSponsor):
        desk.offer(voucher.number, S1, row(1, 5, S2), via="bank-b")
    with pytest.raises(refusals.HoldingNotFound) as missing:
        desk.offer(voucher.number, S1, row(7, 8, S2), holding=7)
    assert fields_of(missing.value) == {"voucher": voucher.number, "first": 7}
    with pytest.raises(refusals.VoucherNotFound):
        desk.offer("EVTEST20260316000000000998", S1, row(1, 5, S2))


def test_scenario_4_more_than_is_free_is_refused() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.pass_on(voucher.number, S1, row(1, 30_000_000, S2))
    desk.pass_on(voucher.number, S1, row(30_000_001, 42_500_001, S3), holding=30_000_001)
    rest = desk.holdings(voucher.number)[2]

    assert (str(rest.units), rest.units.length) == (REST, 57_499_999)
    with pytest.raises(NotEnoughFreeUnits):
        api.ranges_for(desk.state, rest, (57_500_000,), desk.now)
    with pytest.raises(refusals.UnitsOutsideHolding):
        desk.offer(voucher.number, S1, row(42_500_001, V1_FACE, S2), holding=42_500_002)


def test_scenario_5_of_two_offers_of_the_same_units_one_is_made() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.offer(voucher.number, S1, row(1, 40_000_000, S2))

    with pytest.raises(refusals.UnitsNotFree) as refused:
        desk.offer(voucher.number, S1, row(1, 40_000_000, S3))

    assert fields_of(refused.value) == {"units": "1-40000000", "bound": "1-40000000", "kind": "OFFER"}


def test_units_whose_offer_is_over_are_free_even_before_that_is_written_down() -> None:
    desk = Desk()
    voucher = desk.active()
    old, other = desk.offer(voucher.number, S1, row(1, 10, S2), row(11, 20, S3))
    desk.now_ms += FIVE_DAYS_MS

    (name,) = desk.offer(voucher.number, S1, row(5, 6, S2))

    assert desk.found_offer(old).timeline.status == EXPIRED
    assert desk.found_offer(other).timeline.status == OPEN
    assert desk.found_offer(other).status_at(desk.now) == EXPIRED
    assert desk.write_due() == [OfferExpired(other, voucher.number, MORNING_MS + FIVE_DAYS_MS)]
    (holding,) = desk.holdings(voucher.number)
    assert [e.reference for e in holding.encumbrances] == [name]


def test_scenario_32_an_offer_is_made_until_the_last_second_before_the_black_out() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.now_ms = at("2026-09-08", 23, 59) + 59_000
    desk.offer(voucher.number, S1, row(1, 5, S2))

    desk.now_ms = at("2026-09-09", 0) + 3_000
    with pytest.raises(refusals.BlackOut) as refused:
        desk.offer(voucher.number, S1, row(6, 9, S2))

    assert fields_of(refused.value) == {
        "voucher": voucher.number,
        "since": "2026-09-09",
        "article": "Rules 7.8",
    }


def test_the_last_value_date_is_the_day_before_the_black_out() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.now_ms = at("2026-09-01")
    desk.offer(voucher.number, S1, row(1, 5, S2, "2026-09-08"))

    with pytest.raises(refusals.ValueDateNotPossible) as refused:
        desk.offer(voucher.number, S1, row(6, 9, S2, "2026-09-09"))

    assert refused.value.latest == "2026-09-08"


def test_units_of_a_voucher_that_is_due_are_not_offered() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.now_ms = at("2026-09-14", 0)

    with pytest.raises(refusals.VoucherNotActive) as refused:
        desk.offer(voucher.number, S1, row(1, 5, S2))

    assert fields_of(refused.value) == {"voucher": voucher.number, "status": DUE}
    assert desk.issue(nominal_maturity="2026-10-10").status_at(desk.now) == ISSUED


def test_every_row_has_a_trade_part_of_its_own_and_no_part_is_without_a_row() -> None:
    desk = Desk()
    voucher = desk.active()

    with pytest.raises(PartMissing) as missing:
        desk.offer(voucher.number, S1, row(1, 5, S2), row(6, 9, S3), labels=("identity", "trade"))
    with pytest.raises(PartNotDeclared) as extra:
        desk.offer(voucher.number, S1, row(1, 5, S2), labels=("identity", "trade", "tradeb"))

    assert (missing.value.label, extra.value.label) == ("tradeb", "tradeb")


def test_scenario_35_there_is_no_eleventh_layer() -> None:
    desk = Desk()
    voucher = desk.active()
    giver = S1
    for layer in range(2, 11):
        receiver = person(f"layer-{layer}")
        desk.pass_on(voucher.number, giver, row(1, V1_FACE, receiver))
        giver = receiver

    (holding,) = desk.holdings(voucher.number)
    assert holding.layer == 10
    with pytest.raises(refusals.LayerLimit) as refused:
        desk.offer(voucher.number, giver, row(1, 5, S1))
    assert fields_of(refused.value) == {"holding": holding.id, "limit": 10, "article": "Rules 7.8"}


@pytest.mark.parametrize("whose", ["receiver", "holder"])
def test_an_offer_turned_down_or_taken_back_frees_its_units(whose: str) -> None:
    desk = Desk()
    voucher = desk.active()
    (name,) = desk.offer(voucher.number, S1, row(1, 5, S3))

    if whose == "receiver":
        desk.decline(voucher.number, name, S3)
    else:
        desk.recall(voucher.number, name, S1)

    assert desk.found_offer(name).status_at(desk.now) == (DECLINED if whose == "receiver" else RECALLED)
    (holding,) = desk.holdings(voucher.number)
    assert holding.encumbrances == ()


def test_only_the_parties_of_an_open_offer_end_it_through_their_sponsors() -> None:
    desk = Desk()
    voucher = desk.active()
    (name,) = desk.offer(voucher.number, S1, row(1, 5, S3))

    with pytest.raises(refusals.NotTheNamedReceiver):
        desk.decline(voucher.number, name, S2)
    with pytest.raises(refusals.NotTheHolder):
        desk.recall(voucher.number, name, S3)
    with pytest.raises(refusals.NotTheSponsor):
        desk.decline(voucher.number, name, S3, via="bank-a")
    with pytest.raises(refusals.NotTheSponsor):
        desk.recall(voucher.number, name, S1, via="bank-b")
    with pytest.raises(refusals.OfferNotFound) as unknown:
        desk.decline(voucher.number, "0" * 64 + ":1", S3)
    assert fields_of(unknown.value) == {"voucher": voucher.number, "offer": "0" * 64 + ":1"}
    other = desk.active()
    with pytest.raises(refusals.OfferNotFound):
        desk.recall(other.number, name, S1)
    desk.now_ms += FIVE_DAYS_MS
    with pytest.raises(refusals.OfferNotOpen) as late:
        desk.decline(voucher.number, name, S3)
    assert fields_of(late.value) == {"offer": name, "status": EXPIRED}
    with pytest.raises(refusals.OfferNotOpen):
        desk.recall(voucher.number, name, S1)


def test_one_receiving_tag_is_named_in_one_row_only() -> None:
    desk = Desk()
    voucher = desk.active()

    with pytest.raises(refusals.ReceiverNamedTwice) as refused:
        desk.offer(voucher.number, S1, row(1, 5, S2), row(6, 9, S3), row(10, 12, S2))

    assert fields_of(refused.value) == {"tag": S2.tag}
