"""Whatever ends of a node, its supervisor begins it again in the right order, and it is soon where the others are."""

import os
import signal
from collections.abc import Iterator

import pytest

from tallychain.network.layout import Layout
from tallychain.network.running import NotRunning, stop
from tallychain.node.processes import Process, is_alive, send
from tallychain.node.record import RunFolder
from tests.nodes import VALIDATORS, engine_of, ledger_of, made, start, started, until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def alliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layout]:
    """Four validators that make blocks."""
    with started(made(tmp_path_factory.mktemp("a") / "n")) as layout:
        until(lambda: all_at(layout, 2))
        yield layout


def height(layout: Layout, member: str) -> int:
    """Of a member's ledger; 0 where it does not answer."""
    found = ledger_of(layout, member)
    return 0 if found is None else found.height


def all_at(layout: Layout, least: int) -> bool:
    """Whether every node has a block of this height, and all have the same root."""
    found = [ledger_of(layout, member) for member in VALIDATORS]
    if any(one is None or one.height < least for one in found):
        return False
    return len({(one.height, one.app_hash) for one in found if one is not None}) == 1


def votes(layout: Layout, member: str) -> bool:
    """Whether a node's engine takes part in deciding."""
    engine = engine_of(layout, member)
    return engine is not None and (engine.kind, engine.catching_up) == ("validator", False)


def processes(layout: Layout) -> dict[str, Process]:
    """What runs, by name."""
    record = RunFolder(layout.root).read()
    return {} if record is None else {item.name: item.process for item in record.programs}


@pytest.mark.parametrize("killed", [("ledger",), ("engine",), ("ledger", "engine")])
def test_a_node_of_which_something_was_killed_catches_up(alliance: Layout, killed: tuple[str, ...]) -> None:
    before = processes(alliance)
    stood = height(alliance, "factor-a")
    for what in killed:
        send(before[f"factor-a-{what}"], signal.SIGKILL)

    def begun_again() -> bool:
        now = processes(alliance)
        return all(
            now.get(name) not in (None, before[name]) for name in [f"factor-a-{what}" for what in killed]
        )

    until(begun_again)
    # Two idle blocks later at most, this node is where the others are.
    until(lambda: all_at(alliance, stood + 2))
    # Its ledger may have the newest block while its engine still takes itself for one that follows.
    until(lambda: votes(alliance, "factor-a"))
    assert height(alliance, "factor-a") >= stood


def test_with_one_of_four_dead_the_others_go_on_and_it_comes_back(alliance: Layout) -> None:
    before = processes(alliance)
    send(before["bank-b-engine"], signal.SIGSTOP)
    try:
        stood, there = height(alliance, "bank-a"), height(alliance, "bank-b")
        until(lambda: height(alliance, "bank-a") >= max(stood, there) + 3)
        # What its engine had sent before it was stopped may still be carried out.
        assert height(alliance, "bank-b") <= there + 1
    finally:
        send(before["bank-b-engine"], signal.SIGCONT)
    until(lambda: all_at(alliance, stood + 3))


def test_when_the_supervisor_is_killed_nothing_is_left_and_a_new_one_goes_on(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    layout = made(tmp_path_factory.mktemp("s") / "n", seed=9)
    start(layout)
    try:
        until(lambda: all_at(layout, 2))
        record = RunFolder(layout.root).read()
        assert record is not None
        running = list(processes(layout).values())
        assert len(running) == 14
        os.kill(record.supervisor.pid, signal.SIGKILL)
        until(lambda: not any(is_alive(one) for one in running))
        start(layout)
        until(lambda: all_at(layout, 3))
    finally:
        stop(layout.root)
    with pytest.raises(NotRunning):
        stop(layout.root)
    assert not list(layout.root.rglob("*.sock"))
