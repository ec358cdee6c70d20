"""The validators and nodes in a genesis document: whatever an engine could not begin with is told in a sentence."""

import pytest

from tallychain.ledger.engineparameters import engine_policy
from tallychain.ledger.founders import GenesisNode, GenesisValidator
from tallychain.ledger.genesis import GenesisRefused, initial_rows, read_genesis
from tallychain.ledger.state import Committed, MemoryBacking
from tallychain.ledger.tests.chain import KINDS, document, key_of
from tallychain.ledger.tests.toy import CATALOGUE
from tallychain.ledger.timeline import Moment
from tallychain.ledger.types import Height, TimeMs
from tallychain.ledger.validators import NODES, SENT, VALIDATORS, Sent, may_connect

MEMBERS = tuple(sorted(KINDS))[:4]
NOW = Moment(Height(0), TimeMs(0))


def validator(member: str, power: int = 10, key: str = "") -> GenesisValidator:
    return GenesisValidator(member, key or key_of(f"{member}/validator").public, power)


def node(member: str, kind: str = "validator", number: int = 0) -> GenesisNode:
    return GenesisNode(f"{MEMBERS.index(member) * 256 + number:040x}", member, kind)  # type: ignore[arg-type]  # a test may name odd kinds


VALID = {
    "engine": "cometbft",
    "sequencer": "",
    "validators": tuple(validator(member) for member in MEMBERS),
    "nodes": tuple(node(member) for member in MEMBERS),
}


def state_of(**changes: object) -> Committed:
    backing = MemoryBacking()
    backing.write(initial_rows(document(**{**VALID, **changes}), CATALOGUE).items())
    return Committed(backing)


def test_the_engine_begins_with_the_set_that_the_document_names() -> None:
    state = state_of()

    assert [(row.member, row.node) for row in state.scan(VALIDATORS)] == [
        (row.member, row.node)
        for _, row in sorted(
            (validator(found.member).key, found) for found in (node(member) for member in MEMBERS)
        )
    ]
    assert state.scan(SENT) == [Sent(row.key, 10) for row in state.scan(VALIDATORS)]
    assert all(may_connect(state, row.node, NOW) for row in state.scan(NODES))
    assert not may_connect(state, "f" * 40, NOW)


def test_observers_and_a_single_validator_may_begin_a_chain() -> None:
    state = state_of(
        validators=(validator(MEMBERS[0]),),
        nodes=(node(MEMBERS[0]), node(MEMBERS[0], "observer", 1), node(MEMBERS[1], "observer")),
    )

    assert [row.kind for row in state.scan(NODES)] == ["validator", "observer", "observer"]


def test_a_chain_of_one_operator_has_neither_validators_nor_nodes() -> None:
    backing = MemoryBacking()
    backing.write(initial_rows(document(), CATALOGUE).items())
    state = Committed(backing)

    assert state.scan(VALIDATORS) == []
    assert state.scan(NODES) == []
    assert not may_connect(state, node(MEMBERS[0]).node, NOW)


FOUR = VALID["validators"]
SMALL_ORDER = "ed25519:01" + "0" * 62


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"engine": "embedded"}, "The embedded engine needs the sequencer's key"),
        (
            {"engine": "embedded", "sequencer": key_of("sequencer").public},
            "The embedded engine has neither validators nor nodes",
        ),
        (
            {"engine": "embedded", "sequencer": key_of("sequencer").public, "validators": ()},
            "The embedded engine has neither validators nor nodes",
        ),
        (
            {
                "engine": "embedded",
                "sequencer": key_of("sequencer").public,
                "validators": (),
                "nodes": (),
                "policies": (engine_policy("2026-01-01"),),
            },
            "nor parameters of its own",
        ),
        ({"sequencer": key_of("sequencer").public}, "The sequencer is the embedded engine's"),
        ({"validators": ()}, "needs at least one validator"),
        ({"validators": (validator("nobody"),)}, "The validator of nobody belongs to no member"),
        (
            {"validators": tuple(validator(member, key=key_of("one").public) for member in MEMBERS)},
            "The validator key ed25519:[0-9a-f]+ stands twice",
        ),
        (
            {"validators": (validator(MEMBERS[0]), validator(MEMBERS[0], key=key_of("two").public))},
            f"The member with a validator {MEMBERS[0]} stands twice",
        ),
        ({"nodes": (node(MEMBERS[0]), node(MEMBERS[0]))}, "The node 0+ stands twice"),
        ({"validators": (validator(MEMBERS[0], key=SMALL_ORDER),)}, "may not stand: .*small order"),
        (
            {"validators": (validator(MEMBERS[0], key=key_of("bank-a/maker").public),)},
            "signs for a person or system already",
        ),
        (
            {"validators": (validator(MEMBERS[0]),), "nodes": (node(MEMBERS[0], "observer"),)},
            "has a validator and 0 nodes that validate",
        ),
        (
            {"validators": (validator(MEMBERS[0]),), "nodes": tuple(node(member) for member in MEMBERS[:2])},
            "validates, and its member has no validator",
        ),
        (
            {
                "validators": (validator(MEMBERS[0]),),
                "nodes": (node(MEMBERS[0]), GenesisNode("ab" * 20, "nobody", "observer")),
            },
            "belongs to no member",
        ),
        (
            {
                "validators": (validator(MEMBERS[0]),),
                "nodes": (
                    node(MEMBERS[0]),
                    *(node(MEMBERS[1], "observer", number) for number in range(17)),
                ),
            },
            "has more than 16 nodes",
        ),
        (
            {"validators": (validator(MEMBERS[0], 15), *(validator(member) for member in MEMBERS[1:]))},
            "a third of the power or more",
        ),
    ],
)
def test_what_an_engine_could_not_begin_with_begins_no_chain(
    changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(GenesisRefused, match=sentence):
        state_of(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"engine": "other"},
        {"sequencer": "ed25519:00\n"},
        {"validators": (validator(MEMBERS[0], 0),)},
        {"validators": (validator(MEMBERS[0], key="p256:" + "0" * 66),)},
        {"nodes": (GenesisNode("AB" * 20, MEMBERS[0], "observer"),)},
        {"nodes": (node(MEMBERS[0], "spy"),)},
    ],
)
def test_a_document_with_a_malformed_validator_or_node_is_not_valid(changes: dict[str, object]) -> None:
    with pytest.raises(GenesisRefused, match="not valid"):
        read_genesis(document(**{**VALID, **changes}))
