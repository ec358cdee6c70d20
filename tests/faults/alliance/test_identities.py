"""Somebody has keys of a node, or the name of the chain, and comes with them from elsewhere: refused, with a line that says why."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from tallychain.engine.client import LedgerClient
from tallychain.engine.cometbft.home import Home
from tallychain.engine.cometbft.nodekeys import EngineKey
from tallychain.engine.lifecycle import SOCKET
from tallychain.ledger import codec
from tallychain.ledger.genesis import read_genesis
from tallychain.network.ports import free_ports
from tallychain.node.config import load_node
from tallychain.node.engineview import view_engine
from tallychain.sdk.verify.headers import decode_header
from tests.faults.alliance.four import MEMBERS, Four
from tests.faults.alliance.rounds import GAP_S, Rounds

pytestmark = [pytest.mark.faults, pytest.mark.matrix, pytest.mark.timeout(600)]
VICTIM = "settle-a"
OTHERS = tuple(member for member in MEMBERS if member != VICTIM)
STRANGER = "stranger"
REFUSAL = "Error in validation"
"""What an engine says of the first block of another chain."""


def copied(
    four: Four, folder: Path, *, consensus: EngineKey | None = None, node: EngineKey | None = None
) -> Path:
    """The settings of a node from elsewhere, with the keys of a validator where none are given; it knows nothing of what was signed."""
    real = Home(four.layout.node(VICTIM) / "engine")
    Home(folder / "engine").make(consensus or real.consensus(), node or real.node())
    settings = four.layout.node_file(VICTIM).read_text()
    place = next(one.node for one in four.layout.read().members if one.id == VICTIM)
    assert place is not None
    used = (place.p2p, place.rpc, place.engine_metrics, place.ledger_metrics)
    for old, new in zip(used, free_ports(len(used)), strict=True):
        settings = settings.replace(str(old), str(new))
    gateway = four.layout.member(VICTIM) / "gateway.toml"
    file = folder / "node.toml"
    file.write_text(settings.replace('"../gateway.toml"', f'"{gateway}"'))
    return file


@contextmanager
def beside(four: Four, settings: Path) -> Iterator[None]:
    """While this lasts, a stranger's ledger and engine run beside the four."""
    programs = load_node(settings).programs(STRANGER)
    four.programs.update({program.name: program for program in programs})
    names = (f"{STRANGER}-ledger", f"{STRANGER}-engine")
    try:
        four.start(*names)
        yield
    finally:
        four.kill(*(name for name in names if name in four.processes))


def heard(four: Four) -> dict[str, int]:
    """How much each engine has written so far."""
    return {member: len(four.log(f"{member}-engine")) for member in OTHERS}


def said(four: Four, since: dict[str, int], *words: str) -> bool:
    """Whether each of the others' engines has written a line with all these words."""
    return all(
        any(
            all(word in line for word in words)
            for line in four.log(f"{member}-engine")[since[member] :].splitlines()
        )
        for member in OTHERS
    )


def is_alone(settings: Path) -> bool:
    """Whether the engine of a stranger runs and is connected to nobody."""
    view = asyncio.run(view_engine(load_node(settings).rpc))
    return view is not None and view.peers == []


async def height_of(settings: Path) -> int:
    """Height of a stranger's ledger."""
    client = LedgerClient(load_node(settings).ledger / SOCKET)
    try:
        return (await client.status()).height
    finally:
        await client.close()


def signed_twice(rounds: Rounds) -> bool:
    """Whether any block holds evidence against a validator."""
    return len({decode_header(block.header).evidence_hash for block in rounds.seen.blocks}) > 1


def test_a_second_node_with_both_keys_of_one_that_runs_is_refused_and_votes_nowhere(
    rounds: Rounds, tmp_path_factory: pytest.TempPathFactory
) -> None:
    four = rounds.four
    settings = copied(four, tmp_path_factory.mktemp("c"))
    with rounds.round("a second node with both keys of one that runs", gap_s=GAP_S) as load:
        since = heard(four)
        with beside(four, settings):
            four.until(lambda: said(four, since, "duplicate ID"), "nobody refuses it by its id")
            load.acknowledges(4)
            four.until(lambda: is_alone(settings), "it has a peer")
    assert not signed_twice(rounds)
    victim = four.engine(VICTIM)
    assert victim is not None
    assert (victim.kind, len(victim.peers)) == ("validator", len(OTHERS))


def test_a_stolen_consensus_key_on_a_node_that_is_not_listed_is_refused(
    rounds: Rounds, tmp_path_factory: pytest.TempPathFactory
) -> None:
    four = rounds.four
    settings = copied(four, tmp_path_factory.mktemp("c"), node=EngineKey.generate())
    with rounds.round("a stolen consensus key on a node that is not listed", gap_s=GAP_S) as load:
        since = heard(four)
        with beside(four, settings):
            node = load_node(settings).home.node_id
            four.until(lambda: said(four, since, "filtered ID", node), "nobody refuses it by its id")
            load.acknowledges(4)
            four.until(lambda: is_alone(settings), "it has a peer")
    assert not signed_twice(rounds)


def test_a_listed_id_with_another_genesis_takes_no_block_and_says_why(
    rounds: Rounds, tmp_path_factory: pytest.TempPathFactory
) -> None:
    four, folder = rounds.four, tmp_path_factory.mktemp("c")
    settings = copied(four, folder, consensus=EngineKey.generate())
    # The same name, nodes and validators: nothing but the first block's content can tell the two chains apart.
    genesis = read_genesis(four.layout.genesis.read_bytes())
    other = msgspec.structs.replace(genesis, time_ms=genesis.time_ms - 1_000)
    (folder / "genesis.json").write_bytes(codec.encode(other))
    settings.write_text(settings.read_text().replace(str(four.layout.genesis), str(folder / "genesis.json")))
    log = load_node(settings).logs / f"{STRANGER}-engine.log"
    with (
        rounds.round("a listed id with another genesis, in the place of its node", gap_s=GAP_S) as load,
        four.dead(VICTIM),
    ):
        before = len(log.read_text()) if log.exists() else 0
        with beside(four, settings):
            four.until(lambda: REFUSAL in log.read_text()[before:], "it finds nothing wrong")
            load.acknowledges(4)
            assert asyncio.run(height_of(settings)) == 0
    assert not signed_twice(rounds)
