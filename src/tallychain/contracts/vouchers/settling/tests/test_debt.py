"""What holders do with a debt that is not paid."""

import pytest

from tallychain.contracts.risk import api as risk
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.settling import events, refusals
from tallychain.contracts.vouchers.settling.rules.position import position_of
from tallychain.contracts.vouchers.settling.tests.desk import S1, S2, S3, Desk, fen
from tallychain.contracts.vouchers.state import outstanding
from tallychain.contracts.vouchers.tests.desk import at, fields_of

OVERDUE_MS = at("2026-09-17", 17)
FINAL_MS = at("2026-09-23", 0)
"""The end of the third business day after 2026-09-17; 2026-09-20, a Sunday, is worked."""


def overdue() -> tuple[Desk, str]:
    """Scenario 23, overdue."""
    desk = Desk()
    number = desk.divided().number
    desk.attest(number, "600,000.00")
    desk.now_ms = OVERDUE_MS
    desk.write_due()
    return desk, number


def test_a_write_off_changes_nothing_for_the_issuer() -> None:
    desk, number = overdue()
    owed = outstanding(desk.voucher(number))

    desk.write_off(number, by=S2)

    assert outstanding(desk.voucher(number)) == owed
    with pytest.raises(refusals.AlreadyWrittenOff) as again:
        desk.write_off(number, by=S2)
    assert fields_of(again.value) == {"holding": desk.holdings(number)[0].id}
    desk.attest(number, "400,000.00")
    assert desk.status(number) == "SETTLED_LATE"


def test_only_what_is_overdue_and_owed_is_written_off() -> None:
    desk = Desk()
    number = desk.ripe().number
    with pytest.raises(refusals.NotOverdue) as early:
        desk.write_off(number)
    desk, number = overdue()
    desk.release(number, "120,000.00", by=S2)
    desk.now_ms = at("2026-09-30")
    desk.write_due()
    with pytest.raises(refusals.AlreadyPaid):
        desk.write_off(number, by=S2)

    assert fields_of(early.value)["status"] == "DUE"


def test_a_release_is_final_after_three_business_days_and_less_is_owed_then() -> None:
    desk, number = overdue()
    desk.release(number, "20,000.00", by=S2)
    desk.now_ms = FINAL_MS - 86_400_000 - 1
    assert desk.write_due() == []
    assert outstanding(desk.voucher(number)) == fen("400,000.00")

    desk.now_ms = FINAL_MS - 86_400_000
    (released,) = [event for event in desk.write_due() if isinstance(event, events.DebtReleased)]

    assert (released.amount, released.outstanding) == (fen("20,000.00"), fen("380,000.00"))
    assert outstanding(desk.voucher(number)) == fen("380,000.00")
    desk.attest(number, "380,000.00")
    assert desk.status(number) == "SETTLED_LATE"
    assert [one.portion.share for one in desk.positions(number)] == [
        fen("280,000.00"),
        fen("125,000.01"),
        fen("574,999.99"),
    ]


@pytest.mark.deadline(
    "entitlement: RELEASING -> RELEASED", "entitlement: RELEASING -> HELD", "entitlement: RELEASED -> HELD"
)
@pytest.mark.parametrize("is_seen_first", [True, False])
def test_a_release_that_its_holder_does_not_take_back_is_true_at_its_instant_and_then_written_down(
    is_seen_first: bool,
) -> None:
    desk, number = overdue()
    desk.release(number, "20,000.00", by=S2)
    holding = desk.holdings(number)[0]

    def status() -> str:
        return position_of(desk.voucher(number), holding, desk.state).entitlement.status_at(desk.now)

    desk.now_ms = FINAL_MS - 86_400_000 - 1
    assert status() == "RELEASING"
    desk.now_ms += 1
    if is_seen_first:
        assert status() == "RELEASED"
    desk.write_due()
    assert status() == "HELD"


def test_a_release_may_be_taken_back_until_it_is_final() -> None:
    desk, number = overdue()
    desk.release(number, "120,000.00", by=S2)
    with pytest.raises(refusals.ReleasePending):
        desk.release(number, "1.00", by=S2)

    desk.revoke(number, by=S2)

    with pytest.raises(refusals.ReleaseNotPending) as again:
        desk.revoke(number, by=S2)
    assert fields_of(again.value) == {"holding": desk.holdings(number)[0].id}
    desk.release(number, "120,000.00", by=S2)
    desk.now_ms = at("2026-09-30")
    with pytest.raises(refusals.ReleaseNotPending):
        desk.revoke(number, by=S2)
    with pytest.raises(refusals.ReleasePending):
        desk.release(number, "1.00", by=S2)


def test_what_is_paid_meanwhile_is_paid_and_the_release_is_of_what_is_left() -> None:
    desk, number = overdue()
    desk.release(number, "120,000.00", by=S2)
    desk.attest(number, "200,000.00")
    desk.release(number, "25,000.00", 30_000_001, by=S3)
    desk.attest(number, "100,000.00")
    desk.now_ms = at("2026-09-30")
    amounts = [event.amount for event in desk.write_due() if isinstance(event, events.DebtReleased)]

    assert amounts == [fen("30,000.00"), fen("12,500.00")]
    assert outstanding(desk.voucher(number)) == fen("57,500.00")


def test_a_release_of_nothing_that_is_left_is_one_of_nothing() -> None:
    desk, number = overdue()
    desk.release(number, "120,000.00", by=S2)
    desk.attest(number, "400,000.00")
    desk.now_ms = at("2026-09-30")

    (released,) = [event for event in desk.write_due() if isinstance(event, events.DebtReleased)]

    assert released.amount == 0
    assert desk.status(number) == "SETTLED_LATE"


def test_when_the_last_holder_releases_its_debt_the_voucher_is_released_and_the_issuer_may_issue() -> None:
    desk, number = overdue()
    desk.release(number, "120,000.00", by=S2)
    desk.release(number, "50,000.00", 30_000_001, by=S3)
    desk.release(number, "230,000.00", 42_500_002, by=S1)
    assert risk.is_blocked(desk.state, "ce-a", desk.now)
    desk.now_ms = at("2026-09-30")
    desk.write_due()

    assert desk.status(number) == "RELEASED"
    assert desk.statuses(number)[0] == "COLLECTED"
    assert not risk.is_blocked(desk.state, "ce-a", desk.now)
    desk.pay_out(number, (1, "180,000.00"))
    assert desk.statuses(number)[0] == "RELEASED"


def test_no_more_is_released_than_is_owed_and_only_by_the_holder() -> None:
    desk, number = overdue()
    with pytest.raises(general.NotTheHolder):
        desk.release(number, "1.00", by=S3)
    with pytest.raises(refusals.ReleaseExceeded) as more:
        desk.release(number, "120,000.01", by=S2)
    early = Desk()
    active = early.active().number
    with pytest.raises(refusals.VoucherNotDue):
        early.release(active, "1.00")

    assert fields_of(more.value)["owed"] == fen("120,000.00")
