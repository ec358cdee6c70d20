import msgspec
import pytest

from tallychain.contracts.members import CONTRACT, state
from tallychain.contracts.members.events import MemberRestored, MemberSuspended, SuspensionLapsed
from tallychain.contracts.members.operations import Restore, Suspend
from tallychain.contracts.members.tests.strategies import Book, refused
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.ledger.identity import ACTIVE, REVOKED, SUSPENDED
from tallychain.ledger.parameters import CALENDARS, CalendarYear
from tallychain.ledger.timeline import Outage, settled

HOUR_MS = 3_600_000


@pytest.fixture
def book() -> Book:
    return Book().founded()


def day_ms(day: str) -> int:
    return instant_ms(parse_date(day))


@pytest.mark.deadline("suspension: SUSPENDED -> ACTIVE")
def test_a_suspension_lapses_after_three_business_days_without_anybody_acting(book: Book) -> None:
    (event,) = book.ask("member.suspend", Suspend("bank-a", "licence"), "supervisor")

    assert isinstance(event, MemberSuspended)
    friday_ms = day_ms("2026-11-20")
    book.time_ms = friday_ms - 1
    assert book.status("bank-a") == SUSPENDED
    book.time_ms = friday_ms
    assert book.status("bank-a") == ACTIVE
    assert book.member("bank-a").standing.status == SUSPENDED
    assert book.next_block(friday_ms + HOUR_MS) == (SuspensionLapsed("bank-a", friday_ms),)
    assert book.member("bank-a").standing == settled(ACTIVE)
    book.check()


def test_holidays_do_not_count_for_the_lapse(book: Book) -> None:
    book.state.write([CALENDARS.put(CalendarYear(2026, 1, ("2026-11-17",), ("2026-11-22",)))])

    book.time_ms = day_ms("2026-11-16")
    book.ask("member.suspend", Suspend("bank-a", "licence"), "supervisor")

    book.time_ms = day_ms("2026-11-21") - 1
    assert book.status("bank-a") == SUSPENDED
    book.time_ms += 1
    assert book.status("bank-a") == ACTIVE


def test_the_lapse_runs_on_by_the_calendar_of_the_next_year(book: Book) -> None:
    book.state.write([CALENDARS.put(CalendarYear(2027, 1, ("2027-01-01", "2027-01-04"), ()))])

    book.time_ms = day_ms("2026-12-30")
    book.ask("member.suspend", Suspend("bank-a", "licence"), "supervisor")

    book.time_ms = day_ms("2027-01-07") - 1
    assert book.status("bank-a") == SUSPENDED
    book.time_ms += 1
    assert book.status("bank-a") == ACTIVE


def test_the_bounds_of_the_contract_are_those_of_its_page() -> None:
    assert state.RENEWAL_PAUSE_MS == 2_592_000_000
    assert (state.SUSPENSION_BUSINESS_DAYS, state.LEAST_ADMINS) == (3, 2)
    assert (state.KEYS_PER_MEMBER, state.SEALING_KEYS_PER_MEMBER) == (5_000, 400)
    assert state.LONGEST_OVERLAP_BLOCKS == 10_000_000


def test_a_lapse_inside_an_outage_moves_to_its_end_and_grace(book: Book) -> None:
    book.ask("member.suspend", Suspend("bank-a", "licence"), "supervisor")
    friday_ms = day_ms("2026-11-20")

    book.outages = (Outage(friday_ms - HOUR_MS, friday_ms + HOUR_MS, 1_800_000),)

    book.time_ms = friday_ms + HOUR_MS + 1_799_999
    assert book.status("bank-a") == SUSPENDED
    book.time_ms += 1
    assert book.status("bank-a") == ACTIVE


def test_supervisors_suspend_one_member_at_a_time(book: Book) -> None:
    book.ask("member.suspend", Suspend("bank-a", "licence"), "supervisor")

    again = Suspend("bank-a", "again")
    assert refused(lambda: book.ask("member.suspend", again, "supervisor-b")).code == "NOT_IN_GOOD_STANDING"
    other = Suspend("ce-a", "licence")
    refusal = refused(lambda: book.ask("member.suspend", other, "supervisor-b"))
    assert (refusal.code, refusal.typed_fields()) == ("ANOTHER_IS_SUSPENDED", {"member": "bank-a"})

    book.time_ms = day_ms("2026-11-20")
    book.ask("member.suspend", other, "supervisor-b")
    assert (book.status("bank-a"), book.status("ce-a")) == (ACTIVE, SUSPENDED)


def test_a_lapsed_suspension_is_not_ordered_again_for_30_days(book: Book) -> None:
    book.ask("member.suspend", Suspend("bank-a", "licence"), "supervisor")
    end_ms = day_ms("2026-11-20") + state.RENEWAL_PAUSE_MS

    book.next_block(end_ms - 1)
    again = Suspend("bank-a", "licence")
    refusal = refused(lambda: book.ask("member.suspend", again, "supervisor-b"))
    assert refusal.typed_fields() == {"member": "bank-a", "after_ms": end_ms}
    assert refusal.code == "SUSPENDED_RECENTLY"

    book.next_block(end_ms)
    book.ask("member.suspend", again, "supervisor-b")
    assert book.status("bank-a") == SUSPENDED


@pytest.mark.parametrize(
    ("member", "code"), [("nobody", "MEMBER_UNKNOWN"), ("supervisor-b", "SUSPENDED_BY_VOTE_ONLY")]
)
def test_who_may_not_be_suspended_is_refused(book: Book, member: str, code: str) -> None:
    assert refused(lambda: book.ask("member.suspend", Suspend(member, "why"), "supervisor")).code == code


def test_a_revoked_member_is_not_suspended(book: Book) -> None:
    revoked = msgspec.structs.replace(book.member("ce-a"), standing=settled(REVOKED))
    book.state.write([CONTRACT.tables[0].put(revoked)])

    refusal = refused(lambda: book.ask("member.suspend", Suspend("ce-a", "why"), "supervisor"))

    assert refusal.typed_fields() == {"member": "ce-a", "status": REVOKED}


def test_the_supervisor_lifts_its_own_suspension_only(book: Book) -> None:
    book.ask("member.suspend", Suspend("bank-a", "licence"), "supervisor")

    args = Restore("bank-a")
    assert refused(lambda: book.ask("member.restore", args, "supervisor-b")).code == "NOT_YOUR_SUSPENSION"
    assert book.ask("member.restore", args, "supervisor") == (MemberRestored("bank-a", "supervisor"),)

    assert book.status("bank-a") == ACTIVE
    assert book.next_block(day_ms("2026-12-01")) == ()
    assert refused(lambda: book.ask("member.restore", args, "supervisor")).code == "NOT_SUSPENDED"


def test_lifting_and_ordering_again_does_not_suspend_without_end(book: Book) -> None:
    again = Suspend("bank-a", "licence")
    book.ask("member.suspend", again, "supervisor")
    book.next_block(day_ms("2026-11-18"))
    book.ask("member.restore", Restore("bank-a"), "supervisor")
    end_ms = day_ms("2026-11-18") + state.RENEWAL_PAUSE_MS

    for supervisor in ("supervisor", "supervisor-b"):
        refusal = refused(lambda by=supervisor: book.ask("member.suspend", again, by))  # type: ignore[misc]  # mypy does not infer defaulted lambdas
        assert (refusal.code, refusal.typed_fields()["after_ms"]) == ("SUSPENDED_RECENTLY", end_ms)
    book.next_block(end_ms - 1)
    assert refused(lambda: book.ask("member.suspend", again, "supervisor")).code == "SUSPENDED_RECENTLY"
    book.ask("member.suspend", Suspend("ce-a", "licence"), "supervisor")
    book.ask("member.restore", Restore("ce-a"), "supervisor")
    book.next_block(end_ms)
    book.ask("member.suspend", again, "supervisor")
    assert book.status("bank-a") == SUSPENDED


def test_a_suspension_that_no_supervisor_ordered_is_not_lifted_by_one(book: Book) -> None:
    voted = msgspec.structs.replace(book.member("ce-a"), standing=settled(SUSPENDED))
    book.state.write([CONTRACT.tables[0].put(voted)])

    refusal = refused(lambda: book.ask("member.restore", Restore("ce-a"), "supervisor"))

    assert refusal.code == "NOT_YOUR_SUSPENSION"


def test_nobody_unknown_is_restored(book: Book) -> None:
    assert (
        refused(lambda: book.ask("member.restore", Restore("nobody"), "supervisor")).code == "MEMBER_UNKNOWN"
    )
