"""Who is introduced and reviewed by whom, what is missing of a file, and what silence brings."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from tallychain.contracts.admission import CONTRACT, refusals
from tallychain.contracts.admission.declared import EXAMPLE_FILE
from tallychain.contracts.admission.events import IntroductionEnded, ReviewSet
from tallychain.contracts.admission.invariants import full, touched
from tallychain.contracts.admission.operations import Found, Seen
from tallychain.contracts.admission.state import INTRODUCTIONS, REVIEWS
from tallychain.contracts.admission.tests.desk import CODE, Desk, at, file
from tallychain.contracts.members.held import held_back, let_go
from tallychain.contracts.members.refusals import CodeNotValid, NotInGoodStanding, NotSuspended
from tallychain.contracts.members.state import SUSPENSIONS, Suspension
from tallychain.contracts.members.tests.strategies import refused
from tallychain.instruments.calendar import format_date, parse_date
from tallychain.ledger.contract import Change
from tallychain.ledger.identity import ACTIVE, MEMBERS, REVOKED, SUSPENDED, Member
from tallychain.ledger.parameters import POLICIES
from tallychain.ledger.state import Overlay
from tallychain.ledger.timeline import Outage, Step, Timeline, settled

FIELDS, PAPERS = EXAMPLE_FILE.fields, EXAMPLE_FILE.papers


def code_of(ask: Callable[[], object]) -> str:
    return refused(ask).code


def test_an_introduced_enterprise_is_admitted_and_answered_for_by_the_bank_that_introduced_it_first() -> None:
    desk = Desk()
    desk.introduce("bank-b")
    desk.now_ms += 1000
    desk.introduce("bank-a")
    desk.admit()

    assert (desk.row("ce-b").bank, desk.row("ce-b").due) == ("bank-b", "2027-03-16")
    ended = [(one.bank, one.status) for one in desk.events if isinstance(one, IntroductionEnded)]
    assert ended == [("bank-a", "WITHDRAWN"), ("bank-b", "USED")]
    assert desk.introduction("bank-a") == ""
    assert desk.rows["reviews", ("ce-b",)]["bank"] == "bank-b"
    assert desk.rows["introductions", ("ce-b", "bank-b")]["status"] == settled("USED")


@pytest.mark.parametrize("case", ["nobody", "another code", "lapsed", "bank suspended", "withdrawn"])
def test_an_enterprise_without_a_living_introduction_is_not_admitted(case: str) -> None:
    desk = Desk()
    if case != "nobody":
        desk.introduce()
    if case == "lapsed":
        desk.now_ms = at("2026-04-15")
    if case == "bank suspended":
        desk.vote("bank-a", SUSPENDED)
    if case == "withdrawn":
        desk.withdraw(member="ce-b")
    code = "another" if case == "another code" else CODE

    assert code_of(lambda: desk.admit(uscc=code)) == "NOT_INTRODUCED"


@pytest.mark.deadline("introduction: OPEN -> LAPSED")
def test_an_introduction_that_no_admission_follows_lapses_and_another_may_be_made() -> None:
    desk = Desk()
    desk.introduce()
    desk.until("2026-04-15", 8)
    assert desk.introduction() == "OPEN"
    desk.until("2026-04-15", 9)
    assert desk.state.get(INTRODUCTIONS, "ce-b", "bank-a") is None
    assert desk.rows["introductions", ("ce-b", "bank-a")]["status"] == settled("LAPSED")
    desk.introduce()

    assert desk.introduction() == "OPEN"


def test_an_introduction_that_has_lapsed_counts_no_more_though_that_is_not_written_down() -> None:
    desk = Desk()
    desk.introduce()
    desk.now_ms = at("2026-04-15")

    assert code_of(lambda: desk.withdraw(member="ce-b")) == "NOTHING_TO_WITHDRAW"
    desk.introduce()
    assert desk.introduction() == "OPEN"


def test_a_file_that_is_incomplete_is_refused_with_everything_that_is_missing_by_name_and_the_article() -> (
    None
):
    desk = Desk()

    fields = refused(lambda: desk.introduce(file=file(fields=FIELDS[2:])))
    papers = refused(lambda: desk.introduce(file=file(papers=PAPERS[1:2])))
    assert (fields.code, papers.code) == ("FIELDS_MISSING", "PAPERS_MISSING")
    assert "BENEFICIAL-OWNERS, BUSINESS is missing" in fields.sentence()
    assert "ACCOUNTS, BUSINESS-LICENCE, CREDIT-REPORT" in papers.sentence()
    assert "Rules 9" in fields.sentence()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"fields": FIELDS[::-1]}, "FILE_NOT_IN_ORDER"),
        ({"papers": (PAPERS[0], *PAPERS)}, "FILE_NOT_IN_ORDER"),
        ({"established_on": "2026-02-30"}, "FILE_DAY_NOT_VALID"),
        ({"accounts_until": "2026-03-17"}, "FILE_DAY_NOT_VALID"),
        ({"papers": (Seen("ACCOUNTS", "6f" * 32, "2026-13-01"), *PAPERS[1:])}, "FILE_DAY_NOT_VALID"),
        ({"papers": (Seen("ACCOUNTS", "6f" * 32, "2026-03-15"), *PAPERS[1:])}, "PAPER_EXPIRED"),
        ({"established_on": "2023-03-17"}, "ENTERPRISE_TOO_YOUNG"),
        ({"accounts_until": "2024-09-15"}, "ACCOUNTS_TOO_OLD"),
        ({"overdue_found": 3}, "TOO_MUCH_OVERDUE"),
    ],
)
def test_a_file_that_does_not_meet_the_policy_is_refused(changed: dict[str, object], code: str) -> None:
    desk = Desk()

    assert code_of(lambda: desk.introduce(file=file(**changed))) == code
    assert code_of(lambda: desk.review("bank-a", "ce-a", **changed)) == code


def test_a_file_at_each_bound_and_with_more_than_is_wanted_is_taken() -> None:
    more = (*FIELDS, Found("WORKS", "aa" * 32))
    changed = {"established_on": "2023-03-16", "accounts_until": "2024-09-16", "overdue_found": 2}
    desk = Desk()
    desk.introduce(file=file(fields=more, **changed))

    assert desk.introduction() == "OPEN"


def test_only_who_is_no_member_is_introduced_once_by_a_bank_with_a_valid_code() -> None:
    desk = Desk()
    desk.introduce()

    assert code_of(lambda: desk.introduce(member="ce-a")) == "MEMBER_ALREADY"
    assert code_of(desk.introduce) == "INTRODUCTION_STANDS"
    assert code_of(lambda: desk.introduce(member="ce-c", uscc="91310000MA1FL00070")) == CodeNotValid.code
    for number in range(19):
        desk.introduce(member=f"ce-c{number}")
    assert code_of(lambda: desk.introduce(member="ce-d")) == "TOO_MANY_INTRODUCTIONS"
    desk.introduce("bank-b", member="ce-d")
    assert desk.introduction("bank-b", "ce-d") == "OPEN"


def test_only_core_enterprises_are_reviewed_and_never_by_themselves() -> None:
    desk = Desk()

    assert code_of(lambda: desk.review(member="nobody")) == "NO_CORE_ENTERPRISE"
    assert code_of(lambda: desk.review(member="bank-b")) == "NO_CORE_ENTERPRISE"
    assert code_of(lambda: desk.review("ce-bank", "ce-bank")) == "OWN_REVIEW"
    desk.review("ce-bank")
    assert desk.row().bank == "ce-bank"


def test_another_bank_reviews_when_the_last_day_is_near_and_not_before() -> None:
    desk = Desk()
    desk.review()
    early = refused(lambda: desk.review("bank-b"))
    assert isinstance(early, refusals.ReviewOfAnother)
    assert early.remind_ms == desk.rows["reviews", ("ce-a",)]["remind_at"] == at("2027-01-16", 0)
    desk.now_ms = early.remind_ms - 1
    assert code_of(lambda: desk.review("bank-b")) == "REVIEW_OF_ANOTHER"
    desk.now_ms += 1
    desk.review("bank-b")

    assert (desk.row().bank, desk.row().due, desk.row().reviews) == ("bank-b", "2028-01-16", 2)


def test_another_bank_reviews_at_once_where_the_bank_that_answers_is_in_no_good_standing() -> None:
    desk = Desk()
    desk.review()
    desk.state.write(
        [
            MEMBERS.put(
                replace_standing(desk, "bank-a", Timeline(SUSPENDED, (Step(at("2026-03-20"), ACTIVE),)))
            )
        ]
    )
    desk.review("bank-b")

    assert desk.row().bank == "bank-b"


def replace_standing(desk: Desk, name: str, standing: Timeline) -> Member:
    found = desk.state.get(MEMBERS, name)
    assert found is not None
    return msgspec.structs.replace(found, standing=standing)


@pytest.mark.deadline("review: IN_ORDER -> MISSED")
def test_an_enterprise_that_nobody_reviews_is_suspended_and_a_review_lifts_that() -> None:
    desk = Desk()
    desk.review()
    desk.until("2027-03-16", 23)
    assert (desk.status(), desk.standing()) == ("IN_ORDER", ACTIVE)
    desk.now_ms = at("2027-03-17", 0)
    assert desk.status() == "MISSED"
    desk.write_due()
    assert desk.standing() == SUSPENDED
    assert desk.rows["reviews", ("ce-a",)]["status"] == settled("MISSED")
    assert code_of(desk.withdraw) == "NOTHING_TO_WITHDRAW"
    desk.review("bank-b", accounts_until="2026-12-31", papers=_papers_of_next_year())

    assert (desk.status(), desk.standing(), desk.row().bank) == ("IN_ORDER", ACTIVE, "bank-b")


def _papers_of_next_year() -> tuple[Seen, ...]:
    return tuple(Seen(paper.name, paper.commitment, "2028-12-31") for paper in PAPERS)


@pytest.mark.deadline("review: WITHOUT_BANK -> MISSED")
def test_an_enterprise_whose_bank_has_left_has_time_for_another_and_is_suspended_then() -> None:
    desk = Desk()
    desk.review()
    desk.withdraw()
    assert desk.row().due == format_date(parse_date("2026-03-16") + timedelta(days=30))
    assert code_of(desk.withdraw) == "NOTHING_TO_WITHDRAW"
    desk.until("2026-04-15", 23)
    assert (desk.status(), desk.standing()) == ("WITHOUT_BANK", ACTIVE)
    desk.until("2026-04-16")

    assert (desk.status(), desk.standing()) == ("MISSED", SUSPENDED)


def test_only_the_bank_that_answers_withdraws() -> None:
    desk = Desk()
    desk.review()

    assert code_of(lambda: desk.withdraw("bank-b")) == "NOTHING_TO_WITHDRAW"
    assert code_of(lambda: desk.withdraw("bank-b", "nobody")) == "NOTHING_TO_WITHDRAW"


def test_a_bank_that_goes_leaves_only_those_for_whom_it_answers() -> None:
    desk = Desk()
    desk.review("bank-a", "ce-a")
    desk.review("bank-b", "ce-bank")
    desk.vote("bank-a", REVOKED)

    assert (desk.status("ce-a"), desk.status("ce-bank")) == ("WITHOUT_BANK", "IN_ORDER")


def test_an_outage_at_the_last_day_moves_it() -> None:
    desk = Desk(outages=(Outage(at("2027-03-16", 20), at("2027-03-17", 8), 3_600_000),))
    desk.review()
    desk.until("2027-03-17", 8)
    assert desk.status() == "IN_ORDER"
    desk.until("2027-03-17", 9)

    assert desk.status() == "MISSED"


def test_a_vote_decides_over_a_missed_review_either_way() -> None:
    desk = Desk()
    desk.review()
    desk.until("2027-03-17")
    desk.vote("ce-a", ACTIVE)
    assert (desk.standing(), desk.status()) == (ACTIVE, "MISSED")
    assert code_of(lambda: desk.vote("ce-a", ACTIVE)) == NotSuspended.code

    desk = Desk()
    desk.review()
    desk.until("2027-03-17")
    desk.vote("ce-a", SUSPENDED)
    assert code_of(lambda: desk.vote("ce-a", SUSPENDED)) == NotInGoodStanding.code
    desk.review("bank-b", accounts_until="2026-12-31", papers=_papers_of_next_year())
    assert (desk.standing(), desk.status()) == (SUSPENDED, "IN_ORDER")


@pytest.mark.parametrize("status", [SUSPENDED, REVOKED])
def test_one_that_a_vote_has_suspended_or_revoked_is_not_held_back(status: str) -> None:
    desk = Desk()
    desk.review()
    desk.vote("ce-a", status)
    desk.until("2027-03-17")

    assert (desk.standing(), desk.status()) == (status, "MISSED")
    assert held_back("nobody", desk.state, desk.now) == let_go("nobody", desk.state, desk.now) == Change()


def test_a_supervisors_suspension_gives_way_to_a_missed_review() -> None:
    desk = Desk()
    desk.review()
    day = at("2027-03-16")
    until = Timeline(SUSPENDED, (Step(at("2027-03-19"), ACTIVE),))
    desk.state.write(
        [
            MEMBERS.put(replace_standing(desk, "ce-a", until)),
            SUSPENSIONS.put(Suspension("ce-a", "supervisor", "why", day, at("2027-03-19"), 0)),
        ]
    )
    desk.until("2027-03-17")
    desk.now_ms = at("2027-03-20")

    assert desk.standing() == SUSPENDED
    assert desk.state.get(SUSPENSIONS, "ce-a") is None


def test_a_chain_without_the_policy_introduces_and_reviews_nobody_and_admits_as_before() -> None:
    desk = Desk(has_policy=False)

    for ask in (desk.introduce, desk.review, desk.withdraw):
        assert code_of(ask) == "NO_ADMISSION_POLICY"
    desk.admit()
    assert desk.status("ce-b") == ""
    desk.vote("bank-a", REVOKED)


def test_a_later_version_of_the_policy_counts_from_its_day() -> None:
    desk = Desk()
    first = desk.state.get(POLICIES, "ADMISSION", 1)
    assert first is not None
    second = msgspec.structs.replace(
        first, version=2, effective_from="2026-03-20", values={**first.values, "years_min": 50}
    )
    desk.state.write([POLICIES.put(second)])
    desk.introduce()
    desk.now_ms = at("2026-03-20")

    assert code_of(desk.review) == "ENTERPRISE_TOO_YOUNG"


def test_rows_of_a_review_hold_its_file_and_those_of_an_introduction_are_complete() -> None:
    desk = Desk()
    desk.introduce()
    desk.review()
    made = [event for event in desk.events if isinstance(event, ReviewSet)]

    assert made[0].file == EXAMPLE_FILE
    for view in CONTRACT.views:
        columns = {column.name for column in view.columns} - set(view.key)
        rows = [values for (name, _), values in desk.rows.items() if name == view.name]
        assert rows
        assert all(set(values) == columns for values in rows)
    desk.withdraw()
    assert desk.rows["reviews", ("ce-a",)]["reason"] == "no longer our client"


@pytest.mark.parametrize(
    ("number", "name", "value"),
    [(290, "introduction", "ce-a"), (290, "introduction", "nobody"), (291, "review", "ce-a"), (291, "review", "nobody"), (291, "self", "ce-bank"), (291, "bank", "bank-b")],
)  # fmt: skip
def test_damage_is_found_in_what_is_touched_and_in_the_whole(number: int, name: str, value: str) -> None:
    desk = Desk()
    desk.introduce()
    desk.review()
    introduction, review = desk.state.get(INTRODUCTIONS, "ce-b", "bank-a"), desk.row()
    assert introduction is not None
    write = {
        "introduction": lambda: INTRODUCTIONS.put(msgspec.structs.replace(introduction, bank=value)),
        "review": lambda: REVIEWS.put(msgspec.structs.replace(review, bank=value)),
        "self": lambda: REVIEWS.put(msgspec.structs.replace(review, member=value, bank=value)),
        "bank": lambda: REVIEWS.put(msgspec.structs.replace(review, member=value)),
    }[name]()
    after = Overlay(desk.state)
    after.write([write])

    assert [found for found, _ in touched(Change((write,)), desk.state, after)] == [number]
    assert [found for found, _ in full(after)] == [number]


def test_an_enterprise_that_is_held_back_though_its_review_is_in_order_is_found() -> None:
    desk = Desk()
    desk.review()
    after = Overlay(desk.state)
    after.write(held_back("ce-a", desk.state, desk.now).writes)

    assert [found for found, _ in full(after)] == [292]
