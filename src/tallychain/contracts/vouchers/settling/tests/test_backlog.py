"""What time has made true counts even where due work has not come to it yet: it is written down before anything else is."""

from collections.abc import Callable

import pytest

from tallychain.contracts.vouchers.settling import events
from tallychain.contracts.vouchers.settling.rules.position import the_settlement
from tallychain.contracts.vouchers.settling.state import AGREEMENTS
from tallychain.contracts.vouchers.settling.tests.desk import S1, S2, S3, Desk, fen
from tallychain.contracts.vouchers.settling.tests.test_debt import FINAL_MS, overdue
from tallychain.contracts.vouchers.state import outstanding
from tallychain.contracts.vouchers.tests.desk import agreement, at, row
from tallychain.ledger.contract import Change

LATE_MS = at("2026-09-14", 20)
ALL = ((1, "300,000.00"), (30_000_001, "125,000.01"), (42_500_002, "574,999.99"))
FINAL = FINAL_MS - 86_400_000


def attested() -> tuple[Desk, str]:
    """All the money is there, and at eight in the evening nobody has been paid."""
    desk = Desk()
    number = desk.divided().number
    desk.attest(number, "1,000,000.00")
    desk.now_ms = LATE_MS
    return desk, number


def named(change: Change) -> list[str]:
    return [type(event).__name__ for event in change.events]


def test_a_bank_that_pays_late_before_due_work_has_come_to_it_was_late_all_the_same() -> None:
    desk, number = attested()

    change = desk.pay_out(number, *ALL)

    late = change.events[0]
    assert isinstance(late, events.PayoutOverdue)
    assert (late.since_ms, late.payable) == (LATE_MS, fen("1,000,000.00"))
    assert [one.payable for one in late.holdings] == [fen(amount) for _, amount in ALL]
    assert the_settlement(number, desk.state).timeline.status == "CLEAR"
    assert desk.write_due() == []


def test_a_part_that_is_paid_late_leaves_the_settlement_late_and_is_told_once() -> None:
    desk, number = attested()

    change = desk.pay_out(number, ALL[0])

    assert named(change)[0] == "PayoutOverdue"
    assert the_settlement(number, desk.state).timeline.status == "PAYOUT_LATE"
    assert desk.write_due() == []


def failed(desk: Desk, number: str) -> Change:
    return desk.fail_payout(number, "P-1", 30_000_001)


def more_money(desk: Desk, number: str) -> Change:
    return desk.attest(number, "1.00")


def more_interest(desk: Desk, number: str) -> Change:
    return desk.attest_late(number, "1.00")


@pytest.mark.parametrize("act", [failed, more_money, more_interest])
def test_whatever_touches_a_late_settlement_first_says_that_it_is_late(
    act: Callable[[Desk, str], Change],
) -> None:
    desk, number = paid_in_part()

    change = act(desk, number)

    assert named(change)[0] == "PayoutOverdue"
    assert the_settlement(number, desk.state).timeline.status == "PAYOUT_LATE"


def paid_in_part() -> tuple[Desk, str]:
    """Money booked a day late, of which a part was paid out in time; the rest waits past the evening."""
    desk = Desk()
    number = desk.divided().number
    desk.now_ms = at("2026-09-15", 10)
    desk.write_due()
    desk.attest(number, "1,000,000.00")
    desk.pay_out(number, ALL[1], references=["P-1"])
    desk.now_ms = at("2026-09-15", 20)
    return desk, number


def test_an_account_named_at_last_does_not_hide_that_others_waited() -> None:
    desk = Desk()
    number = desk.active().number
    desk.pass_on(number, S1, row(50_000_001, 100_000_000, S2))
    desk.now_ms = at("2026-09-10", 12)
    desk.name_payee(number, 1)
    desk.now_ms = at("2026-09-14", 12)
    desk.write_due()
    desk.attest(number, "1,000,000.00")
    desk.name_payee(number, 50_000_001)
    desk.now_ms = LATE_MS

    change = desk.release_withheld(number, 50_000_001)

    late = next(event for event in change.events if isinstance(event, events.PayoutOverdue))
    assert late.payable == fen("500,000.00")
    assert desk.write_due() == []


def test_an_excess_that_goes_back_late_was_late_though_nobody_had_written_it_down() -> None:
    desk = Desk()
    number = desk.ripe().number
    (found,) = [
        event for event in desk.attest(number, "1,000,000.01").events if isinstance(event, events.ExcessFound)
    ]
    desk.now_ms = at("2026-09-16", 0)

    change = desk.return_excess(number, found.attestation)

    assert named(change) == ["ExcessLate", "ExcessReturned"]


def test_a_new_proposal_of_an_agreement_first_says_that_the_old_one_was_over() -> None:
    desk = Desk()
    desk.state.write([AGREEMENTS.delete(agreement("ce-a"))])
    desk.propose_agreement()
    desk.now_ms += 11 * 86_400_000

    desk.propose_agreement()

    assert [type(event).__name__ for event in desk.events] == ["AgreementOver", "AgreementProposed"]
    assert desk.write_due() == []


@pytest.mark.parametrize("is_written_first", [True, False])
def test_money_is_divided_on_what_is_owed_after_a_release_whether_or_not_due_work_has_come_to_it(
    is_written_first: bool,
) -> None:
    desk, number = overdue()
    desk.release(number, "20,000.00", by=S2)
    desk.release(number, "50,000.00", 30_000_001, by=S3)
    desk.now_ms = FINAL
    if is_written_first:
        desk.write_due()

    desk.attest(number, "165,000.00")

    # 100,000.00, 0.00 and 230,000.00 were owed, and half of it came.
    shares = [one.portion.share for one in desk.positions(number)]
    assert shares == [fen("230,000.00"), fen("75,000.01"), fen("459,999.99")]
    assert outstanding(desk.voucher(number)) == fen("165,000.00")
    assert desk.write_due() == []
    desk.attest(number, "165,000.00")
    assert desk.status(number) == "SETTLED_LATE"


@pytest.mark.parametrize("is_written_first", [True, False])
def test_what_is_booked_after_the_last_debt_was_released_goes_back(is_written_first: bool) -> None:
    desk, number = overdue()
    for holder, first, amount in (
        (S2, 1, "120,000.00"),
        (S3, 30_000_001, "50,000.00"),
        (S1, 42_500_002, "230,000.00"),
    ):
        desk.release(number, amount, first, by=holder)
    desk.now_ms = FINAL
    if is_written_first:
        desk.write_due()

    (excess,) = [
        event for event in desk.attest(number, "10.00").events if isinstance(event, events.ExcessFound)
    ]

    assert excess.amount == fen("10.00")
    assert desk.status(number) == "RELEASED"
    assert outstanding(desk.voucher(number)) == 0
