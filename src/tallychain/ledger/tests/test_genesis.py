"""How a chain begins, and what it says of itself."""

import dataclasses
from collections.abc import Iterable

import msgspec
import pytest

from tallychain.crypto.digest import digest
from tallychain.ledger import refusals
from tallychain.ledger.genesis import (
    GenesisRefused,
    genesis_digest,
    initial_rows,
    initial_tree,
    read_genesis,
)
from tallychain.ledger.header import Header, encode_header, header_digest
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.parameters import CALENDARS, POLICIES, CalendarYear, Policy, facts_of, policy_on
from tallychain.ledger.refusals import LEDGER_REFUSALS, Governed, Internal, MemberNotActive, Refused
from tallychain.ledger.state import Committed, MemoryBacking, Reader
from tallychain.ledger.tests.chain import CHAIN, Chain, document
from tallychain.ledger.tests.toy import CATALOGUE, CONTRACT, PLAIN


def state_of(text: bytes) -> Committed:
    backing = MemoryBacking()
    backing.write(initial_rows(text, CATALOGUE).items())
    return Committed(backing)


def test_the_document_becomes_facts_policies_calendars_and_the_contracts_rows() -> None:
    policy = Policy("TERM", 1, "2026-01-01", {"days": 5}, "")
    calendar = CalendarYear(2026, 1, ("2026-10-01",), ())
    text = document(policies=(policy,), calendars=(calendar,))

    state = state_of(text)

    facts = facts_of(state)
    assert (facts.chain, facts.genesis) == (CHAIN, genesis_digest(text).hex())
    assert state.scan(POLICIES) == [policy]
    assert state.scan(CALENDARS) == [calendar]
    assert len(state.scan(CONTRACT.tables[0])) == 0
    assert genesis_digest(text) == digest("genesis", text)


def test_the_tree_of_height_0_covers_every_row() -> None:
    rows = initial_rows(document(), CATALOGUE)
    tree = initial_tree(document(), rows)

    assert tree.depth == 4
    assert tree.root == Chain().root
    assert initial_tree(document(), dict(reversed(rows.items()))).root == tree.root


def test_another_beginning_is_another_chain() -> None:
    assert genesis_digest(document()) != genesis_digest(document(demo=False))
    assert Chain().root != Chain(demo=False).root


@pytest.mark.parametrize(
    "text",
    [
        b"",
        document().replace(b",", b", "),
        document().replace(b'"chain":"toy-1"', b'"chain":"toy-1\\n"'),
        document().replace(b'"alliance":"TOY1"', b'"alliance":"TOY\xff"'),
        document().replace(b'"clock":"driven"', b'"clock":"sundial"'),
        document(alliance="TOY1\n"),
        document(clock="driven\n"),
        document(supervisors=("supervisor\u200b",)),
        document(tree_depth=0),
        document(tree_depth=21),
    ],
)
def test_a_document_that_is_not_valid_begins_no_chain(text: bytes) -> None:
    with pytest.raises(GenesisRefused, match="The genesis document is not valid"):
        read_genesis(text)


def test_a_section_of_an_unknown_contract_begins_no_chain() -> None:
    text = document(contracts={"shops": msgspec.Raw(b"[]"), "bazaars": msgspec.Raw(b"[]")})

    with pytest.raises(GenesisRefused, match="unknown contract: bazaars"):
        initial_rows(text, CATALOGUE)


def test_a_contract_without_a_section_or_without_a_beginning_has_no_rows() -> None:
    few = initial_rows(document(contracts={}, supervisors=()), CATALOGUE)

    assert len(few) == 1
    other = document(contracts={"plain": msgspec.Raw(b"[]")}, supervisors=())
    assert initial_rows(other, CATALOGUE).keys() == few.keys()


@pytest.mark.parametrize("name", ["nobody", "bank-a"])
def test_a_supervisor_that_is_none_begins_no_chain(name: str) -> None:
    text = document(supervisors=("supervisor", name))

    with pytest.raises(GenesisRefused, match=f"The supervisor {name} is no member admitted as SUPERVISOR"):
        initial_rows(text, CATALOGUE)


@pytest.mark.parametrize(
    ("versions", "fits"),
    [((1,), True), ((1, 2), True), ((0, 1), False), ((2,), False), ((1, 3), False), ((1, 1), False)],
)
def test_the_versions_of_a_policy_count_from_1_without_a_gap(versions: tuple[int, ...], fits: bool) -> None:
    policies = [Policy("TERM", version, "2026-01-01", {"days": 5}, "") for version in versions]
    text = document(policies=(Policy("SPLIT", 1, "2026-01-01", {"parts": 9}, ""), *policies))

    if fits:
        assert policy_on(state_of(text), "TERM", "2026-01-01").version == len(versions)
        assert policy_on(state_of(text), "SPLIT", "2026-01-01").version == 1
    else:
        with pytest.raises(GenesisRefused, match="The versions of the policy TERM do not count from 1"):
            initial_rows(text, CATALOGUE)


def test_one_year_has_one_calendar() -> None:
    year = CalendarYear(2026, 1, ("2026-01-01",), ())

    with pytest.raises(GenesisRefused, match="two calendars of one year"):
        initial_rows(document(calendars=(year, year)), CATALOGUE)


def test_a_policy_or_calendar_that_a_contract_could_not_work_with_begins_no_chain() -> None:
    def faults(state: Reader) -> Iterable[str]:
        if not state.scan(CALENDARS):
            yield "The calendar of the first year is missing."
        for policy in state.scan(POLICIES, "TERM"):
            if not policy.values["days"]:
                yield "A term has at least one day."

    catalogue = Catalogue([CONTRACT, dataclasses.replace(PLAIN, parameter_faults=faults)])
    calendar = CalendarYear(2026, 1, (), ())
    good = Policy("TERM", 1, "2026-01-01", {"days": 5}, "")
    bad = Policy("TERM", 2, "2026-07-01", {"days": 0}, "")

    with pytest.raises(GenesisRefused, match=r"^The calendar of the first year is missing\.$"):
        initial_rows(document(), catalogue)
    with pytest.raises(GenesisRefused, match=r"^A term has at least one day\.$"):
        initial_rows(document(calendars=(calendar,), policies=(good, bad)), catalogue)
    text = document(calendars=(calendar,), policies=(good,))
    assert initial_rows(text, catalogue) == initial_rows(text, CATALOGUE)


def test_a_catalogue_finds_operations_and_their_contracts() -> None:
    assert CATALOGUE.operation_type("box.open", 2) is None
    assert CATALOGUE.owner("box.open") is CONTRACT
    assert CATALOGUE.owner("plain.twice") is PLAIN
    assert [kind.name for kind in CATALOGUE.operation_types()][-1] == "plain.twice"


def test_a_header_has_one_text_and_one_digest() -> None:
    header = Header(CHAIN, 1, 5, "00" * 32, "11" * 32, "22" * 32, "33" * 32)

    text = encode_header(header)

    assert text.startswith(b'{"chain":"toy-1","height":1,"time_ms":5,"previous":"0000')
    assert header_digest(text) == digest("header", text)


# -- refusals --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", LEDGER_REFUSALS)
def test_a_refusal_is_a_sentence_in_both_languages(kind: type[Refused]) -> None:
    values = {"str": "x", "int": 5}
    fields = {
        name: values[str(type_)]
        for name, type_ in kind.__annotations__.items()
        if name not in Refused.__annotations__
        for type_ in [getattr(type_, "__name__", type_)]
    }
    refusal = kind(**fields)

    assert refusal.typed_fields() == fields
    assert str(refusal) == refusal.sentence("en")
    assert "{" not in refusal.sentence("en") + refusal.sentence("zh")
    assert not refusal.sentence("zh").isascii()


def test_codes_of_the_ledger_are_unique_and_all_listed() -> None:
    codes = [kind.code for kind in LEDGER_REFUSALS]
    declared = [
        value
        for value in vars(refusals).values()
        if isinstance(value, type) and issubclass(value, Refused) and value not in (Refused, Governed)
    ]

    assert len(set(codes)) == len(codes)
    assert declared == list(LEDGER_REFUSALS)
    assert LEDGER_REFUSALS[0] is MemberNotActive
    assert (Internal(7, "A").code, Internal.code) == ("INTERNAL_7", "INTERNAL")


def test_a_broken_invariant_says_which_and_where() -> None:
    assert str(refusals.InvariantBroken(7, "A holds 13")) == "I7: A holds 13"
