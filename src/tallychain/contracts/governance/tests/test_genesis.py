import msgspec
import pytest

from tallychain.contracts.governance.constitution import FLOORS, KINDS, USUAL
from tallychain.contracts.governance.events import CalendarPublished, PolicySet, RuleSet, WeightSet
from tallychain.contracts.governance.genesis import (
    GovernanceSection,
    MemberWeight,
    founded,
    founding_events,
    usual_section,
)
from tallychain.contracts.governance.state import rule_of, total_at, weight_at
from tallychain.contracts.governance.tests.strategies import VOTERS, Book, raw
from tallychain.ledger import codec
from tallychain.ledger.genesis import GenesisRefused
from tallychain.ledger.parameters import CALENDARS, POLICIES, CalendarYear, Policy
from tallychain.ledger.state import Committed, MemoryBacking, Overlay

SECTION = usual_section(VOTERS)


def with_rule(kind: str, **changes: int) -> GovernanceSection:
    rules = tuple(
        msgspec.structs.replace(rule, **changes) if rule.kind == kind else rule
        for rule in SECTION.constitution
    )
    return GovernanceSection(rules, SECTION.weights)


def test_a_chain_begins_with_its_constitution_and_one_vote_for_each_member() -> None:
    book = Book().founded()

    assert [rule_of(book.state, kind) for kind in KINDS] == list(USUAL.values())
    assert [weight_at(book.state, member, 0) for member in VOTERS] == [1] * 5
    assert (total_at(book.state, 0), weight_at(book.state, "court", 0)) == (5, 0)
    book.check()


def test_the_events_of_genesis_tell_of_every_rule_and_weight() -> None:
    kinds = [type(event) for event in founded(raw(SECTION)).events]

    assert (kinds.count(RuleSet), kinds.count(WeightSet)) == (len(KINDS), 5)


def test_what_the_chain_begins_with_is_published_like_what_votes_bring() -> None:
    state = Overlay(Committed(MemoryBacking()))
    state.write([POLICIES.put(Policy("TERM", 1, "2026-01-01", {"accept_days": 10}, "art. 5"))])
    state.write([CALENDARS.put(CalendarYear(2026, 1, ("2026-01-01",), ("2026-01-04",)))])

    events = founding_events(state)

    assert events == (
        PolicySet("TERM", 1, "2026-01-01", {"accept_days": 10}, "art. 5", ""),
        CalendarPublished(2026, 1, ("2026-01-01",), ("2026-01-04",)),
    )


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        (with_rule("CALENDAR", share_ppm=500_000), "The constitution may not stand: For CALENDAR, share_ppm"),
        (with_rule("ADMIT", share_ppm=900_000), "The constitution may not stand: No kind needs more than"),
        (
            GovernanceSection(SECTION.constitution[1:], SECTION.weights),
            "The constitution needs one row for each of ADMIT, SUSPEND",
        ),
        (
            GovernanceSection(SECTION.constitution[::-1], SECTION.weights),
            "The constitution needs one row for each of",
        ),
        (
            GovernanceSection(SECTION.constitution, (MemberWeight("bank-a", 1), MemberWeight("bank-a", 1))),
            "A member stands twice among the voting weights.",
        ),
        (
            GovernanceSection(SECTION.constitution, (MemberWeight("bank-a", 0),)),
            "Nobody would have a vote.",
        ),
        (GovernanceSection(SECTION.constitution, ()), "The governance in the genesis document is not valid"),
    ],
)
def test_a_constitution_that_may_not_be_is_refused_with_a_sentence(
    section: GovernanceSection, sentence: str
) -> None:
    with pytest.raises(GenesisRefused) as caught:
        founded(raw(section))

    assert str(caught.value).startswith(sentence)


def test_a_section_in_another_spelling_is_refused() -> None:
    with pytest.raises(GenesisRefused, match="canonical"):
        founded(msgspec.Raw(codec.encode(SECTION).replace(b",", b", ")))


def test_a_constitution_of_floors_may_stand() -> None:
    rules = tuple(FLOORS[kind] for kind in KINDS)

    assert founded(raw(GovernanceSection(rules, SECTION.weights))).writes
