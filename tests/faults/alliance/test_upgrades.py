"""Four nodes get another release one by one, and another line of the engine all together, under a load."""

import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tallychain.engine.cometbft.binary import NEXT_NAME, SETTING, engine_binary
from tallychain.network.running import programs
from tallychain.sdk.verify.headers import decode_header, header_hash
from tests.faults.alliance import builds
from tests.faults.alliance.four import GATEWAYS, MEMBERS, Four, four, make_four
from tests.faults.alliance.rounds import Rounds
from tests.faults.alliance.table import Table

pytestmark = [pytest.mark.faults, pytest.mark.matrix, pytest.mark.timeout(900)]
LATE = "ce-a"
AHEAD = 30
"""Blocks: at rest there is one every 5 s, and each node is started again before the halt."""
ENDS_S = 15.0


@pytest.fixture
def decided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Four]:
    """Four nodes with the older build of a chain that will run another protocol."""
    made = make_four(tmp_path_factory.mktemp("u") / "n")
    for name, program in made.programs.items():
        if name.endswith("-ledger"):
            made.programs[name] = replace(program, module=builds.__name__)
    try:
        made.begin(*GATEWAYS)
        yield made
    finally:
        made.end()


def test_a_release_comes_node_by_node_and_the_one_without_it_stops_at_the_height(
    decided: Four, results: Table
) -> None:
    newer = {builds.VARIABLE: builds.NEWER}
    upgraded = [member for member in MEMBERS if member != LATE]
    for member in upgraded:
        decided.revive(member, environment=newer)
        decided.goes_on(*MEMBERS, blocks=1)
    assert decided.height(LATE) < builds.FROM
    with Rounds(decided, results).round("a release node by node, one node without it") as load:
        ledger = decided.processes[f"{LATE}-ledger"]
        decided.until(lambda: ledger.poll() is not None, "the older build goes on")
        assert "From height 70 on this chain runs protocol 2" in decided.log(f"{LATE}-ledger")
        for member in upgraded:
            decided.reaches(member, builds.FROM + 3)
        load.acknowledges(4)
        decided.revive(LATE, environment=newer)
        decided.reaches(LATE, builds.FROM + 3)


def test_four_nodes_halt_at_one_height_and_go_on_under_the_next_line_of_the_engine(
    tmp_path_factory: pytest.TempPathFactory, results: Table
) -> None:
    with four(tmp_path_factory.mktemp("u") / "n") as alliance:
        halt = alliance.together() + AHEAD
        set_halt(alliance, halt)
        for member in MEMBERS:
            alliance.revive(member)
            alliance.goes_on(*MEMBERS, blocks=1)
        assert lines(alliance) == {"0.38.25"}
        assert alliance.height(MEMBERS[0]) < halt
        rounds = Rounds(alliance, results)
        with rounds.round("the engine's next line on all nodes, after a halt at one height") as load:
            for member in MEMBERS:
                alliance.reaches(member, halt)
            load.acknowledges(4)
            stands = [alliance.status(member) for member in MEMBERS]
            assert {one.height for one in stands if one is not None} == {halt}
            assert len({one.app_hash for one in stands if one is not None}) == 1
            end_all(alliance)
            set_halt(alliance, 0)
            next_line = {SETTING: str(engine_binary({}, name=NEXT_NAME))}
            names = [f"{member}-{what}" for member in MEMBERS for what in ("ledger", "engine")]
            alliance.start(*names, environment=next_line)
            for member in MEMBERS:
                alliance.reaches(member, halt + 3)
        # 0.40.0 did not raise the number that it shows.
        assert lines(alliance) == {"0.39.0"}
        last, first = rounds.seen.blocks[halt - 1 : halt + 1]
        assert decode_header(first.header).last_block.hash == header_hash(decode_header(last.header))


def set_halt(alliance: Four, height: int) -> None:
    """Write after which block every node halts; it holds from a node's next start on."""
    for member in MEMBERS:
        file: Path = alliance.layout.node_file(member)
        rest = [line for line in file.read_text().splitlines() if not line.startswith("halt_height")]
        file.write_text("\n".join([f"halt_height = {height}", *rest]) + "\n")
    found = programs(alliance.layout, alliance.layout.read())
    alliance.programs.update({program.name: program for program in found})


def end_all(alliance: Four) -> None:
    """End every ledger in order; the engines end with them, or by force."""
    ledgers = [f"{member}-ledger" for member in MEMBERS]
    alliance.send(signal.SIGTERM, *ledgers)
    for name in ledgers:
        assert alliance.processes.pop(name).wait(120) == 0
    deadline = time.monotonic() + ENDS_S
    for member in MEMBERS:
        engine = alliance.processes.pop(f"{member}-engine")
        try:
            engine.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            engine.kill()
            engine.wait()


def lines(alliance: Four) -> set[str]:
    """The versions that the engines say they have."""
    found = [
        httpx.get(f"{alliance.rpc(member)}/status", timeout=20, trust_env=False).json() for member in MEMBERS
    ]
    return {str(one["result"]["node_info"]["version"]) for one in found}
