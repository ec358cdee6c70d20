"""From maturity over the cut-off to overdue, whoever is silent."""

import pytest

from tallychain.contracts.risk import api as risk
from tallychain.contracts.vouchers.settling import events
from tallychain.contracts.vouchers.settling.tests.desk import CUTOFF, S1, S2, S3, Desk, fen
from tallychain.contracts.vouchers.tests.desk import at


@pytest.mark.deadline(
    "voucher: DUE -> UNPAID_PENDING",
    "voucher: UNPAID_PENDING -> OVERDUE",
    "holding: LIVE -> DUE",
    "holding: DUE -> UNPAID",
)
def test_a_silent_issuer_is_unpaid_at_the_cut_off_and_overdue_on_the_third_business_day() -> None:
    desk = Desk()
    number = desk.divided().number
    seen = {}
    for day, hour in (("2026-09-14", 0), ("2026-09-14", 17), ("2026-09-16", 23), ("2026-09-17", 17)):
        desk.now_ms = at(day, hour)
        seen[day, hour] = (desk.status(number), desk.statuses(number)[0])

    assert seen == {
        ("2026-09-14", 0): ("DUE", "DUE"),
        ("2026-09-14", 17): ("UNPAID_PENDING", "UNPAID"),
        ("2026-09-16", 23): ("UNPAID_PENDING", "UNPAID"),
        ("2026-09-17", 17): ("OVERDUE", "UNPAID"),
    }


@pytest.mark.deadline("holding: DUE (no payee in time) -> UNPAID")
def test_a_holding_without_payee_is_unpaid_at_the_cut_off_like_any_other() -> None:
    desk = Desk()
    number = desk.active().number

    desk.now_ms = CUTOFF - 1
    assert desk.statuses(number) == ["DUE"]
    desk.now_ms = CUTOFF
    assert desk.statuses(number) == ["UNPAID"]


def test_the_dishonour_names_every_holder_in_the_block_of_the_cut_off_and_blocks_the_issuer() -> None:
    desk = Desk()
    number = desk.divided().number
    desk.attest(number, "600,000.00")
    desk.now_ms = CUTOFF - 1
    assert not [event for event in desk.write_due() if isinstance(event, events.Dishonoured)]
    assert not risk.is_blocked(desk.state, "ce-a", desk.now)
    desk.now_ms = CUTOFF

    (dishonour,) = [event for event in desk.write_due() if isinstance(event, events.Dishonoured)]

    owed = {one.sponsor: one.outstanding for one in dishonour.holders if one.tag in (S2.tag, S3.tag)}
    assert owed == {"bank-a": fen("120,000.00"), "bank-b": fen("50,000.00")}
    assert len(dishonour.holders) == 3
    assert (dishonour.outstanding, dishonour.since_ms) == (fen("400,000.00"), CUTOFF)
    assert risk.is_blocked(desk.state, "ce-a", desk.now)


def test_an_overdue_event_of_what_is_frozen_has_the_cause_of_credit() -> None:
    desk = Desk()
    number = desk.ripe().number
    desk.freeze_all(number, S1)
    desk.now_ms = at("2026-09-17", 17)
    overdue = [event for event in desk.write_due() if isinstance(event, events.VoucherOverdue)]

    assert [(event.cause, event.since_ms) for event in overdue] == [("CREDIT", desk.now_ms)]


@pytest.mark.parametrize(
    ("nominal", "overdue"),
    [("2026-09-14", "2026-09-17"), ("2026-09-30", "2026-10-10"), ("2026-12-28", "2026-12-31")],
)
def test_the_days_of_grace_are_business_days(nominal: str, overdue: str) -> None:
    desk = Desk(now_ms=at("2026-07-01"))
    voucher = desk.issue(nominal_maturity=nominal)

    assert voucher.overdue_ms == at(overdue, 17)


def test_while_no_calendar_says_when_grace_ends_nobody_is_overdue() -> None:
    desk = Desk(now_ms=at("2026-07-01"))
    voucher = desk.active(nominal_maturity="2026-12-31")
    desk.now_ms = at("2027-06-01")
    desk.write_due()

    assert voucher.overdue_ms == 0
    assert desk.status(voucher.number) == "UNPAID_PENDING"
    assert risk.is_blocked(desk.state, "ce-a", desk.now)
