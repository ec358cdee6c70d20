"""What each kind of proposal does, and why it may be unable to."""

import pytest
from msgspec.structs import replace

from tallychain.contracts.governance.changes import (
    Admit,
    AdoptRulePack,
    Amend,
    Exit,
    PackPolicy,
    ProposedChange,
    PublishCalendar,
    Release,
    ReplaceKey,
    Restore,
    Revoke,
    SetPolicy,
    Suspend,
)
from tallychain.contracts.governance.constitution import FLOORS, KINDS, USUAL, KindRule
from tallychain.contracts.governance.effects import effect
from tallychain.contracts.governance.events import PolicySet, WeightSet
from tallychain.contracts.governance.refusals import BelowFloor
from tallychain.contracts.governance.state import RULES, WEIGHTS, rule_of, total_at, weight_at
from tallychain.contracts.governance.tests.strategies import (
    CALENDAR_2027,
    DAY_MS,
    NEWCOMER,
    Book,
    certificate_of,
    founder,
    key_text,
    named,
    person_of,
    refused,
)
from tallychain.contracts.members.operations import Restore as SupervisorRestores
from tallychain.contracts.members.operations import Suspend as SupervisorSuspends
from tallychain.ledger.identity import KEYS
from tallychain.ledger.parameters import CALENDARS, POLICIES, Policy, policy_on
from tallychain.ledger.quarantine import QUARANTINE


@pytest.fixture
def book() -> Book:
    return Book().founded()


def why(book: Book, change: ProposedChange) -> str:
    return refused(lambda: effect(change, book.state, book.now)).code


# -- members -------------------------------------------------------------------------------------------


def test_an_admitted_member_has_its_keys_and_votes_in_later_proposals(book: Book) -> None:
    events = book.decide(Admit(founder("bank-b", 9, ("BANK",)), 3))

    assert "member.admitted" in named(events)
    assert book.standing("bank-b") == "ACTIVE"
    assert total_at(book.state, book.height) == 8
    name = book.propose(CALENDAR_2027, "bank-b")
    book.cast(name, "bank-b")
    assert book.proposal(name).yes == 3
    book.check()


def test_an_admission_that_members_refuse_is_refused(book: Book) -> None:
    assert why(book, Admit(founder("bank-a"), 1)) == "MEMBER_KNOWN"


def test_a_vote_confirms_a_supervisors_suspension_before_it_lapses(book: Book) -> None:
    book.ask("member.suspend", SupervisorSuspends("factor-a", "licence"), "supervisor")

    events = book.decide(Suspend("factor-a", "confirmed"))

    assert named(events) == ["proposal.passed", "proposal.enacted", "member.standing_voted"]
    book.next_block(book.time_ms + 30 * DAY_MS)
    assert book.standing("factor-a") == "SUSPENDED"
    lifting = SupervisorRestores("factor-a")
    assert refused(lambda: book.ask("member.restore", lifting, "supervisor")).code == "NOT_YOUR_SUSPENSION"
    book.check()


def test_a_supervisors_suspension_that_no_vote_confirms_lapses(book: Book) -> None:
    book.ask("member.suspend", SupervisorSuspends("factor-a", "licence"), "supervisor")
    name = book.propose(Suspend("factor-a", "confirmed"))
    for member in ("bank-a", "ce-a", "factor-a"):
        book.cast(name, member, "no")

    book.next_block(book.time_ms + 5 * DAY_MS)

    assert (book.status(name), book.standing("factor-a")) == ("REJECTED", "ACTIVE")


def test_what_a_supervisor_suspended_a_vote_restores(book: Book) -> None:
    book.decide(Suspend("factor-a", "licence"))

    book.decide(Restore("factor-a", "cleared"), "factor-a")

    assert book.standing("factor-a") == "ACTIVE"
    assert weight_at(book.state, "factor-a", book.height) == 1


@pytest.mark.parametrize(("gone", "status"), [(Revoke, "REVOKED"), (Exit, "EXITED")])
def test_who_is_gone_has_no_vote_and_has_it_again_when_taken_back(
    book: Book, gone: type[Revoke] | type[Exit], status: str
) -> None:
    opened = book.height
    book.decide(gone("factor-a", "gone"), "factor-a")
    assert book.standing("factor-a") == status
    assert weight_at(book.state, "factor-a", book.height) == 0
    assert weight_at(book.state, "factor-a", opened) == 1
    assert total_at(book.state, book.height) == 4

    events = book.decide(Restore("factor-a", "back"))

    assert WeightSet("factor-a", book.height, 1) in events
    assert book.standing("factor-a") == "ACTIVE"
    book.check()


def test_members_without_a_vote_come_and_go_without_weight(book: Book) -> None:
    book.decide(Admit(founder("bank-b", 9, ("BANK",)), 0))

    assert "governance.weight_set" not in named(book.decide(Revoke("bank-b", "gone")))
    assert "governance.weight_set" not in named(book.decide(Restore("bank-b", "back")))
    assert weight_at(book.state, "bank-b", book.height) == 0


def test_somebody_always_has_a_vote(book: Book) -> None:
    for member in ("ce-a", "factor-a", "supervisor", "supervisor-b"):
        row = replace(book.state.scan(WEIGHTS, member)[-1], from_height=5, weight=0)
        book.state.write([WEIGHTS.put(row)])

    assert why(book, Revoke("bank-a", "gone")) == "LAST_VOTE"


def test_a_lost_admin_key_is_replaced(book: Book) -> None:
    lost = ReplaceKey(
        "ce-a", key_text("ce-a-2"), key_text("new"), person_of("ce-a-2"), certificate_of("ce-a-2")
    )

    book.decide(lost)

    old, new = book.state.get(KEYS, key_text("ce-a-2")), book.state.get(KEYS, key_text("new"))
    assert old is not None
    assert new is not None
    assert (old.revoked_at, new.valid_from) == (book.height + 1, book.height + 1)
    book.check()


# -- policies ------------------------------------------------------------------------------------------


def test_a_policy_changes_the_values_that_are_named_and_keeps_the_others(book: Book) -> None:
    events = book.decide(SetPolicy("TERM", {"term_months": 3}, "2027-01-01", "Yinfa 77, article 7"))

    values: dict[str, int | str] = {"term_months": 3, "accept_days": 10, "face_max": 10**11}
    others = {"accept_days": "", "face_max": ""}
    assert events[-1] == PolicySet("TERM", 2, "2027-01-01", values, "Yinfa 77, article 7", "", others)
    assert policy_on(book.state, "TERM", "2026-12-31").values["term_months"] == 6
    assert policy_on(book.state, "TERM", "2027-01-01") == Policy(
        "TERM", 2, "2027-01-01", values, "Yinfa 77, article 7", others
    )
    book.check()


def test_a_rule_pack_changes_several_policies_under_one_article(book: Book) -> None:
    pack = AdoptRulePack(
        "Yinfa 77",
        "article 9",
        "2027-01-01",
        (PackPolicy("TERM", {"accept_days": 7}), PackPolicy("SPLIT", {"note": "strict"})),
    )

    events = book.decide(pack)

    assert named(events)[-2:] == ["governance.policy_set", "governance.policy_set"]
    term, split = (policy_on(book.state, kind, "2027-01-01") for kind in ("TERM", "SPLIT"))
    assert (term.article, term.values["accept_days"], term.values["term_months"]) == ("article 9", 7, 6)
    assert (split.article, split.values["note"], split.values["layers_max"]) == ("article 9", "strict", 10)
    book.check()


def test_each_value_keeps_the_article_that_it_came_with(book: Book) -> None:
    articles = {"term_months": "article 11"}
    values: dict[str, int | str] = {"term_months": 12, "accept_days": 7}
    book.decide(AdoptRulePack("CN-77/1", "Yinfa 77", "2027-01-01", (PackPolicy("TERM", values, articles),)))
    term = policy_on(book.state, "TERM", "2027-01-01")
    assert term.article_of("term_months") == "CN-77/1: article 11"
    assert term.article_of("accept_days") == "CN-77/1: Yinfa 77"
    assert term.article_of("face_max") == ""

    book.decide(SetPolicy("TERM", {"accept_days": 5}, "2027-02-01", "own rule 3"))
    later = policy_on(book.state, "TERM", "2027-02-01")
    assert later.article_of("term_months") == "CN-77/1: article 11"
    assert later.article_of("accept_days") == "own rule 3"
    assert later.article_of("face_max") == ""

    book.decide(AdoptRulePack("NAMED/2", "", "2027-03-01", (PackPolicy("TERM", {"accept_days": 4}),)))
    assert policy_on(book.state, "TERM", "2027-03-01").article_of("accept_days") == "NAMED/2"
    book.check()


def test_versions_of_a_policy_follow_each_other(book: Book) -> None:
    book.decide(SetPolicy("TERM", {"term_months": 3}, "2027-06-01", ""))

    assert why(book, SetPolicy("TERM", {"term_months": 4}, "2027-05-31", "")) == "EFFECTIVE_BEFORE_LAST"
    book.decide(SetPolicy("TERM", {"accept_days": 4}, "2027-06-01", ""))
    row = book.state.get(POLICIES, "TERM", 3)
    assert row is not None
    assert row.values == {"term_months": 3, "accept_days": 4, "face_max": 10**11}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (SetPolicy("TERM", {"term_months": 3}, "2027-02-30", ""), "NO_SUCH_DAY"),
        (SetPolicy("TREM", {"term_months": 3}, "2027-01-01", ""), "POLICY_UNKNOWN"),
        (SetPolicy("TERM", {"months": 3}, "2027-01-01", ""), "VALUE_UNKNOWN"),
        (SetPolicy("TERM", {"term_months": "3"}, "2027-01-01", ""), "VALUE_UNKNOWN"),
        (SetPolicy("SPLIT", {"note": 3}, "2027-01-01", ""), "VALUE_UNKNOWN"),
        (
            AdoptRulePack(
                "pack", "", "2027-01-01", (PackPolicy("TERM", {"x": 1}), PackPolicy("TERM", {"y": 1}))
            ),
            "POLICY_TWICE",
        ),
        (
            AdoptRulePack(
                "pack", "", "2027-01-01", (PackPolicy("TERM", {"accept_days": 7}, {"face_max": "8"}),)
            ),
            "ARTICLE_WITHOUT_VALUE",
        ),
        (PublishCalendar(2027, 2, (), ()), "CALENDAR_VERSION_DIFFERS"),
        (PublishCalendar(2026, 1, (), ()), "CALENDAR_VERSION_DIFFERS"),
        (PublishCalendar(2027, 1, ("2027-02-08", "2027-02-05"), ()), "CALENDAR_NOT_VALID"),
        (PublishCalendar(2027, 1, ("2027-02-06",), ()), "CALENDAR_NOT_VALID"),
        (PublishCalendar(2027, 1, ("2028-02-07",), ()), "CALENDAR_NOT_VALID"),
        (PublishCalendar(2027, 1, ("2027-02-30",), ()), "CALENDAR_NOT_VALID"),
        (PublishCalendar(2027, 1, (), ("2027-02-05",)), "CALENDAR_NOT_VALID"),
        (PublishCalendar(2026, 2, (), ("2026-10-10",)), "CALENDAR_DAY_PAST"),
        (PublishCalendar(2026, 2, ("2026-10-01", "2026-11-16"), ("2026-10-10",)), "CALENDAR_DAY_PAST"),
        (Release("ce-a"), "NOT_QUARANTINED"),
        (Amend((USUAL["CALENDAR"], USUAL["CALENDAR"])), "KIND_TWICE"),
        (Amend((KindRule("CALENDAR", 900_000, 500_000, 1, 0),)), "NOT_THE_HIGHEST"),
        (Amend((KindRule("CALENDAR", 500_001, 900_000, 1, 0),)), "NOT_THE_HIGHEST"),
        (Amend((FLOORS["CONSTITUTION"],)), "NOT_THE_HIGHEST"),
        (Revoke("nobody", "gone"), "MEMBER_UNKNOWN"),
    ],
)
def test_what_cannot_act_says_why(book: Book, change: ProposedChange, code: str) -> None:
    assert why(book, change) == code


# -- calendars, quarantine, constitution ---------------------------------------------------------------


def test_a_calendar_is_published_and_corrected_for_days_to_come(book: Book) -> None:
    book.decide(CALENDAR_2027)
    row = book.state.get(CALENDARS, 2027)
    assert row is not None
    assert (row.version, row.holidays) == (1, ("2027-02-05", "2027-02-08"))

    book.decide(PublishCalendar(2026, 2, ("2026-10-01", "2026-12-31"), ("2026-10-10",)))

    corrected = book.state.get(CALENDARS, 2026)
    assert corrected is not None
    assert (corrected.version, corrected.holidays) == (2, ("2026-10-01", "2026-12-31"))


def test_the_calendar_of_a_year_that_has_begun_may_still_be_published(book: Book) -> None:
    book.next_block(book.time_ms + 90 * DAY_MS)

    book.decide(CALENDAR_2027)

    assert book.state.get(CALENDARS, 2027) is not None


def test_a_vote_releases_from_quarantine(book: Book) -> None:
    assert named(book.decide(Release("factor-a")))[-1] == "governance.quarantine_released"

    assert book.state.get(QUARANTINE, "factor-a") is None


@pytest.mark.parametrize("kind", KINDS)
def test_no_amendment_goes_below_a_floor(book: Book, kind: str) -> None:
    for measure in ("share_ppm", "turnout_ppm", "voting_days", "delay_hours"):
        least = getattr(FLOORS[kind], measure)
        if least > (measure == "voting_days"):
            lower = replace(USUAL[kind], **{measure: least - 1})
            with pytest.raises(BelowFloor) as caught:
                book.propose(Amend((lower,)))
            assert caught.value.typed_fields() == {"kind": kind, "measure": measure, "least": least}


def test_the_constitution_is_amended_by_its_own_threshold(book: Book) -> None:
    easier = replace(USUAL["ADMIT"], share_ppm=500_001)
    name = book.propose(Amend((easier,)))
    for member in ("bank-a", "ce-a", "factor-a"):
        book.cast(name, member)
    book.cast(name, "supervisor", "no")
    book.cast(name, "supervisor-b", "no")
    book.next_block(book.proposal(name).text.acts_ms)
    assert book.status(name) == "REJECTED"

    book.decide(Amend((easier,)))

    assert rule_of(book.state, "ADMIT") == easier
    assert book.state.get(RULES, "ADMIT") == easier
    book.check()


def test_without_a_row_the_floor_holds(book: Book) -> None:
    book.state.write([RULES.delete(USUAL["ADMIT"])])

    assert rule_of(book.state, "ADMIT") == FLOORS["ADMIT"]


def test_the_usual_constitution_keeps_its_own_floors() -> None:
    for kind in KINDS:
        for measure in ("share_ppm", "turnout_ppm", "voting_days", "delay_hours"):
            assert getattr(USUAL[kind], measure) >= getattr(FLOORS[kind], measure)


def test_a_newcomer_is_admitted_only_once(book: Book) -> None:
    first, second = book.passing(NEWCOMER), book.passing(NEWCOMER, "ce-a")

    book.next_block(book.proposal(second).text.acts_ms)

    assert (book.status(first), book.status(second)) == ("ENACTED", "FAILED")
