"""A node that is of the alliance no longer is cut off, by one node after another."""

import asyncio

import pytest

from tallychain.engine.cometbft.outcasts import Connected, Outcasts
from tallychain.engine.logs import logger
from tests.simulation import loop

OWN, FIRST, OUTCAST = "b" * 40, "a" * 40, "f" * 40


class Engine:
    """An engine that forgets whom it was connected to when it is let go."""

    def __init__(self, *peers: str) -> None:
        self.peers = peers
        self.let_go_at: list[float] = []
        self.allowed = {OWN, FIRST}

    async def connected(self) -> Connected | None:
        return Connected(OWN, self.peers) if self.peers else None

    def let_go(self) -> None:
        self.let_go_at.append(asyncio.get_running_loop().time())
        self.peers = tuple(peer for peer in self.peers if peer in self.allowed)

    async def watched(self, seconds: float) -> None:
        watching = Outcasts(
            self.connected, self.allowed.__contains__, self.let_go, logger(), look_s=0.01, turn_s=0.2
        )
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(seconds):
                await watching.watch()


def test_an_engine_that_is_connected_to_an_outcast_is_let_go_once() -> None:
    engine = Engine(OUTCAST)
    loop.run(lambda _: engine.watched(0.6))
    assert (len(engine.let_go_at), engine.peers) == (1, ())


def test_a_node_waits_until_those_before_it_had_their_turn() -> None:
    engine = Engine(FIRST, OUTCAST)

    async def run() -> float:
        began = asyncio.get_running_loop().time()
        await engine.watched(0.8)
        return engine.let_go_at[0] - began

    assert loop.run(lambda _: run()) > 0.2
    assert engine.peers == (FIRST,)


def test_an_outcast_that_has_gone_meanwhile_troubles_nobody() -> None:
    engine = Engine(FIRST, OUTCAST)

    async def run() -> None:
        async def leave() -> None:
            await asyncio.sleep(0.1)
            engine.peers = (FIRST,)

        leaving = asyncio.create_task(leave())
        await engine.watched(0.6)
        await leaving

    loop.run(lambda _: run())
    assert engine.let_go_at == []


@pytest.mark.parametrize("peers", [(), (FIRST,)])
def test_without_an_outcast_nothing_is_let_go(peers: tuple[str, ...]) -> None:
    engine = Engine(*peers)
    loop.run(lambda _: engine.watched(0.2))
    assert engine.let_go_at == []
