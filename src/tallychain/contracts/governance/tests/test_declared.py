"""The declaration is complete: texts in both languages, an example, and the refusals in one order."""

import json
from pathlib import Path

import msgspec
import pytest

from tallychain.contracts.admission.api import ADMIT_REFUSALS
from tallychain.contracts.documents.api import BEGIN_EPOCH_REFUSALS
from tallychain.contracts.governance import CONTRACT, noderefusals, refusals
from tallychain.contracts.governance import changes as c
from tallychain.contracts.governance import nodechanges as n
from tallychain.contracts.governance.changes import ProposedChange, kind_of
from tallychain.contracts.governance.constitution import KINDS, USUAL
from tallychain.contracts.governance.operations import Open
from tallychain.contracts.governance.state import STATUSES
from tallychain.contracts.governance.tests.strategies import (
    CALENDAR_2027,
    NEWCOMER,
    Book,
    certificate_of,
    joining,
    key_text,
    observing,
    person_of,
)
from tallychain.contracts.members.api import VOTE_REFUSALS
from tallychain.ledger import codec
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.refusals import Refused

VECTORS = Path(__file__).parent / "vectors" / "examples.json"
NAMES = [kind.name for kind in CONTRACT.operations]
EVERY_CHANGE: tuple[ProposedChange, ...] = (
    NEWCOMER,
    c.Suspend("factor-a", "Licence under investigation"),
    c.Restore("factor-a", "Licence confirmed"),
    c.Revoke("factor-a", "Licence withdrawn"),
    c.Exit("factor-a", "Business sold"),
    c.ReplaceKey("ce-a", key_text("ce-a-2"), key_text("new"), person_of("new"), certificate_of("new")),
    c.SetPolicy("TERM", {"term_months": 3}, "2027-07-01", "article 7"),
    c.AdoptRulePack("pack", "article 8", "2027-07-01", (c.PackPolicy("SPLIT", {"layers_max": 5}),)),
    CALENDAR_2027,
    c.Release("EVTEST20260316000000000197"),
    joining("factor-a"),
    n.SetValidatorPower("ce-a", 12, "more to do"),
    n.RemoveValidator("ce-a", "Data centre closed"),
    observing("bank-a"),
    n.RemoveNode("ab" * 20, "Replaced"),
    n.ActivateProtocol(2, 500_000, "0.6.0", "3a" * 32, "4b" * 32),
    c.BeginKeyEpoch(2, "6c" * 32, "factor-a has left"),
    c.Amend((USUAL["CALENDAR"],)),
)


def known() -> dict[str, str]:
    vectors: dict[str, str] = json.loads(VECTORS.read_text(encoding="utf-8"))
    return vectors


def operation(name: str) -> AnyOperation:
    return next(kind for kind in CONTRACT.operations if kind.name == name)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_a_valid_text_that_never_changes(name: str) -> None:
    kind = operation(name)
    text = codec.encode(kind.example)

    codec.check_texts(text)
    assert codec.decode(kind.args, text) == kind.example
    assert text.decode() == known()[name]


@pytest.mark.parametrize("change", EVERY_CHANGE, ids=kind_of)
def test_every_kind_of_change_is_a_valid_text_that_never_changes(change: ProposedChange) -> None:
    text = codec.encode(Open(kind_of(change), "提案", "A proposal", change))

    codec.check_texts(text)
    assert codec.decode(Open, text).data == change
    assert text.decode() == known()[kind_of(change)]


def test_there_is_a_change_for_every_kind_of_the_constitution() -> None:
    assert tuple(kind_of(change) for change in EVERY_CHANGE) == KINDS


@pytest.mark.parametrize("struct", [*(operation(name).args for name in NAMES), *map(type, EVERY_CHANGE)])
def test_every_field_has_a_title_in_both_languages(struct: type[msgspec.Struct]) -> None:
    for field in msgspec.inspect.type_info(struct).fields:  # type: ignore[attr-defined]  # arguments are structs
        assert isinstance(field.type, msgspec.inspect.Metadata)
        assert field.type.extra_json_schema is not None
        assert field.type.extra_json_schema["title"]
        assert field.type.extra is not None
        assert field.type.extra["zh"]


@pytest.mark.parametrize("name", NAMES)
def test_texts_stand_in_both_languages(name: str) -> None:
    for words in (operation(name).title, operation(name).summary):
        assert words.en
        assert not words.zh.isascii()


def test_refusals_of_an_operation_are_declared_once() -> None:
    both = (*vars(refusals).values(), *vars(noderefusals).values())
    own = {value for value in both if isinstance(value, type)}
    own = {value for value in own if issubclass(value, Refused) and value is not Refused}

    listed = [refusal for kind in CONTRACT.operations for refusal in kind.refusals]

    assert set(listed) == own | set(VOTE_REFUSALS) | set(BEGIN_EPOCH_REFUSALS) | set(ADMIT_REFUSALS)
    for kind in CONTRACT.operations:
        assert len(set(kind.refusals)) == len(kind.refusals)


def test_statuses_kinds_and_choices_have_words() -> None:
    for name in (*STATUSES, *KINDS, "yes", "no", "abstain"):
        assert CONTRACT.words[name].en
        assert not CONTRACT.words[name].zh.isascii()


def test_what_a_quarantine_closes_is_the_proposal_concerned() -> None:
    for name in ("ballot.cast", "proposal.withdraw"):
        kind = operation(name)
        assert kind.primary is not None
        assert kind.primary(kind.example) == "7b" * 32


def test_the_example_can_be_opened() -> None:
    Book().founded().ask("proposal.open", operation("proposal.open").example, "bank-a")
