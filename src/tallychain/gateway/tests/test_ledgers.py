"""To which nodes a gateway speaks, by its settings and its genesis document."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tallychain.engine.client import LedgerClient
from tallychain.engine.nodes import Patience
from tallychain.engine.port import EngineUnavailable
from tallychain.engine.several import SeveralNodes
from tallychain.engine.tests.alliance import DEPTH, FOUR, FakeNode, SharedChain, genesis
from tallychain.engine.tls import OWN, add_peer, make_folder
from tallychain.engine.trail import Trail
from tallychain.engine.trust import DAY_MS
from tallychain.gateway import config
from tallychain.gateway.config import ConfigRefused, Folder, Settings
from tallychain.gateway.ledgers import Ledger, connected, until_begun
from tallychain.gateway.standing import _nodes, connection_ends
from tallychain.ledger import codec
from tallychain.ledger.parameters import FACTS, ChainFacts
from tallychain.ledger.tree import BucketTree

FACTS_OF_CHAIN = ChainFacts("trial-1", "TEST", "00" * 32, True, "system", DEPTH, 0, False, ())
EMBEDDED = codec.encode({"chain": "trial-1", "time_ms": 0, "sequencer": "ed25519:00"})


def connect(tmp_path: Path, document: bytes, **settings: Any) -> Ledger:
    (tmp_path / "genesis.json").write_bytes(document)
    return connected(Settings(member="bank-a", **settings), Folder(tmp_path))


def test_a_chain_with_one_operator_has_one_socket(tmp_path: Path) -> None:
    engine = connect(tmp_path, EMBEDDED, engine="ledger.sock")
    assert isinstance(engine, LedgerClient)
    assert _nodes(engine) == []
    with pytest.raises(ConfigRefused, match="one operator"):
        connect(tmp_path, EMBEDDED, engine="ledger.sock", ledger=("other.sock",))


def test_nodes_of_other_members_are_asked_over_their_endpoints_by_the_certificate_that_is_held(
    tmp_path: Path,
) -> None:
    named = ("tls://bank-b@node.example:8450", "tls://bank-b@[::1]:8451")
    with pytest.raises(ConfigRefused, match=r"bank-b@node.example:8450 .* TLS_FILE_MISSING"):
        connect(tmp_path, genesis(FOUR), ledger=named)
    for member in ("bank-a", "bank-b"):
        make_folder(tmp_path / ("tls" if member == "bank-a" else member), member, "trial-1")
    with pytest.raises(ConfigRefused, match="TLS_PEER_UNKNOWN"):
        connect(tmp_path, genesis(FOUR), ledger=named)
    add_peer(tmp_path / "tls", (tmp_path / "bank-b" / OWN).read_bytes(), "trial-1")
    engine = connect(tmp_path, genesis(FOUR), engine="a.sock", ledger=named)
    assert isinstance(engine, SeveralNodes)
    assert [str(node.engine._path) for node in engine.nodes] == [  # type: ignore[attr-defined]  # they are clients
        str(tmp_path / "a.sock"),
        *named,
    ]
    now_ms = time.time_ns() // 1_000_000
    assert not connection_ends(engine, now_ms)
    assert connection_ends(engine, now_ms + 701 * DAY_MS)
    assert not connection_ends(connect(tmp_path, genesis(FOUR), engine="a.sock"), now_ms + 701 * DAY_MS)
    for wrong in ("tls://bank-b@node.example", "tls://bank-b"):
        with pytest.raises(ConfigRefused, match="TLS_ADDRESS"):
            connect(tmp_path, genesis(FOUR), ledger=(wrong,))
    with pytest.raises(ConfigRefused, match="one operator, whose ledger is asked on its own machine"):
        connect(tmp_path, EMBEDDED, ledger=named[:1])


@pytest.mark.parametrize(
    "settings",
    [
        {"engine": "a.sock"},
        {"engine": "a.sock", "ledger": ("b.sock", "a.sock", "c.sock")},
        {"ledger": ("a.sock",)},
    ],
)
def test_the_nodes_of_an_alliance_are_asked_in_the_order_of_the_settings(
    tmp_path: Path, settings: dict[str, Any]
) -> None:
    engine = connect(tmp_path, genesis(FOUR), **settings)
    assert isinstance(engine, SeveralNodes)
    named = dict.fromkeys([settings.get("engine", "a.sock"), *settings.get("ledger", ())])
    assert [node.name for node in engine.nodes] == [f"node-{number}" for number in range(1, len(named) + 1)]
    assert [str(node.engine._path.name) for node in engine.nodes] == list(named)  # type: ignore[attr-defined]  # they are clients


def test_a_node_that_is_not_there_is_said_to_be_away(tmp_path: Path) -> None:
    engine = connect(tmp_path, genesis(FOUR), engine="nobody.sock")
    assert isinstance(engine, SeveralNodes)
    engine.nodes[0].engine._patience_s = 0.1  # type: ignore[attr-defined]  # it is a client
    with pytest.raises(EngineUnavailable):
        asyncio.run(engine.status())
    assert [(row.node, row.fault, row.followed) for row in _nodes(engine)] == [("node-1", "NODE_AWAY", False)]


@pytest.mark.parametrize(
    "document", [b"", b"{", b"[]", genesis({}), genesis(FOUR).replace(b"ed25519:", b"ed25519:zz")]
)
def test_a_genesis_document_that_names_no_set_is_refused(tmp_path: Path, document: bytes) -> None:
    with pytest.raises(ConfigRefused, match="cannot be used"):
        connect(tmp_path, document, engine="a.sock")


def test_a_genesis_document_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused, match="cannot be read"):
        connected(Settings(member="bank-a", engine="a.sock"), Folder(tmp_path))


def test_settings_name_at_least_one_socket_and_the_environment_may_name_several(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text('member = "bank-a"\n')
    with pytest.raises(ConfigRefused, match="no socket"):
        config.load(path, {})
    settings, _ = config.load(path, {"TALLY_GATEWAY_LEDGER": "a.sock, b.sock"})
    assert settings.ledger == ("a.sock", "b.sock")


def test_a_gateway_waits_for_the_first_blocks_of_an_alliance_and_says_so() -> None:
    async def story() -> None:
        chain = SharedChain()
        chain.rows[FACTS.key()] = codec.encode(FACTS_OF_CHAIN)
        chain.tree = BucketTree(DEPTH, sorted(chain.rows.items()))
        node = FakeNode(chain)
        node.is_dead = True
        hasty = Patience(answer_s=0.05, block_s=0.05, grace_s=0.01, whole_s=0.05, again_s=0.01)
        nodes = SeveralNodes([("node-1", node)], Trail(chain.genesis), patience=hasty)
        waiting = asyncio.create_task(until_begun(nodes, again_s=0.001))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        chain.make_block()
        node.is_dead = False
        await asyncio.sleep(0.05)
        # One block alone proves nothing: what it decided stands in the header of the next.
        assert not waiting.done()
        chain.make_block()
        chain.make_block()
        await asyncio.wait_for(waiting, 20)

    with capture_logs() as lines:
        asyncio.run(story())
    assert len([line for line in lines if "waits for the chain" in line["event"]]) == 1


def test_a_chain_with_one_operator_is_not_waited_for(tmp_path: Path) -> None:
    asyncio.run(until_begun(connect(tmp_path, EMBEDDED, engine="nobody.sock")))
