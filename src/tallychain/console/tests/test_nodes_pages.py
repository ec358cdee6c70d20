"""Validators, nodes and protocols on pages: the power decided beside the power in the engine, and what a dry run says in words."""

from pathlib import Path
from typing import Any

import pytest

from tallychain.catalogue import CATALOGUE
from tallychain.console.pages import nodes
from tallychain.console.pages.nodes import facts_in_words, strength
from tallychain.console.tests.browsing import scene
from tallychain.console.visits import Visit
from tallychain.console.words import Words
from tallychain.gateway.tests.alliance import in_loop
from tallychain.gateway.tests.scripted import WithRows

NODE_ONE, NODE_TWO = "1a" * 20, "2b" * 20
ROWS: dict[str, list[dict[str, Any]]] = {
    "validators": [
        {"key": "ed25519:" + "aa" * 32, "member": "bank-a", "node": NODE_ONE, "decided": 10, "told": 10}
        | {"standing": "VALIDATING", "since_height": 0},
        {"key": "ed25519:" + "bb" * 32, "member": "bank-b", "node": NODE_TWO, "decided": 0, "told": 23}
        | {"standing": "LEAVING", "since_height": 7},
    ],
    "nodes": [
        {"node": NODE_ONE, "member": "bank-a", "kind": "validator"}
        | {"standing": "ADMITTED", "since_height": 0},
        {"node": NODE_TWO, "member": "bank-a", "kind": "observer"}
        | {"standing": "ADMITTED", "since_height": 9},
    ],
    "protocols": [
        {"protocol": 2, "from_height": 900, "release": "0.6.0", "source": "ab" * 32, "build": "cd" * 32}
        | {"decided_ms": 1}
    ],
}


@in_loop
@pytest.mark.timeout(300)
async def test_members_and_nodes_show_what_was_decided_and_what_the_engine_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path) as it:
        for language in ("zh", "en"):
            maker = await it.visitor("bank-a", "maker", language)
            assert "/proposals/new/VALIDATOR_ADMIT" not in await maker.page("/nodes")
            real = maker.running.gateway.read_model
            maker.running.gateway.read_model = WithRows(real, ROWS)
            page = await maker.page("/nodes")
            for text in (NODE_TWO, "/proposals/new/VALIDATOR_REMOVE?member=bank-a", "0.6.0", "23"):
                assert text in page
            assert "/proposals/new/VALIDATOR_REMOVE?member=bank-b" not in page
            with monkeypatch.context() as patch:
                patch.setattr(nodes, "votes_missed", lambda _: {ROWS["validators"][0]["key"]: 117})
                assert ">117</td>" in await maker.page("/nodes")
            member = await maker.page("/members/bank-a")
            for text in (
                NODE_ONE,
                f"/proposals/new/NODE_REMOVE?node={NODE_TWO}",
                "/proposals/new/NODE_ADMIT",
            ):
                assert text in member
            assert ">23</td>" in await maker.page("/members")
            assert 'value="3"' in await maker.page("/proposals/new/PROTOCOL")
            client = await it.visitor("bank-a", "s1", language)
            assert "/proposals/new" not in await client.page("/nodes")
            maker.running.gateway.read_model = real


@in_loop
@pytest.mark.timeout(300)
async def test_a_dry_run_on_a_chain_of_one_operator_says_that_there_is_nothing_to_decide(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        maker = await it.visitor("bank-a", "maker", "en")
        asked = {"words_zh": "移除", "words_en": "Remove", "data.member": "bank-b", "data.reason": "closed"}
        review = await maker.send("/proposals/new/VALIDATOR_REMOVE", {**asked, "step": "check"})
        assert "ENGINE_OF_ONE_OPERATOR" in review.text
        protocol = {
            "words_zh": "新协议",
            "words_en": "Protocol 2",
            "data.protocol": "2",
            "data.from_height": "500000",
            "data.release": "0.6.0",
            "data.source": "ab" * 32,
            "data.build": "cd" * 32,
        }
        review = await maker.send("/proposals/new/PROTOCOL", {**protocol, "step": "check"})
        assert "From height 500000 on the chain runs protocol 2" in review.text


@pytest.mark.parametrize(
    ("powers", "faults"),
    [([10, 10, 10, 10], 1), ([10] * 7, 2), ([10, 10, 10], 0), ([40, 10, 10, 10], 0), ([], 0), ([0, 1], 0)],
)
def test_how_many_validators_may_fail_follows_from_their_powers(powers: list[int], faults: int) -> None:
    assert strength([{"told": power} for power in powers])["faults"] == faults


class Reader:
    """A visitor who reads one language."""

    def __init__(self, language: str) -> None:
        self.words = Words(language, CATALOGUE)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_a_dry_run_would_publish_is_said_in_words(language: str) -> None:
    visit: Visit = Reader(language)  # type: ignore[assignment]  # words are all that is asked of it
    validator = {"event": "validator.was_set", "member": "ce-a", "decided": 10, "told": 0}
    node = {"event": "node.was_set", "member": "ce-a", "node": NODE_ONE, "kind": "observer"}
    facts: list[dict[str, Any]] = [
        validator,
        validator | {"decided": 0, "told": 10},
        node,
        node | {"kind": ""},
        {
            "event": "protocol.was_scheduled",
            "activation": {"protocol": 2, "from_height": 9, "release": "0.6.0"},
        },
        {"event": "member.standing_voted"},
    ]

    said = facts_in_words(visit, facts)

    assert len(said) == len(set(said)) == 5
    assert all("{" not in line for line in said)
