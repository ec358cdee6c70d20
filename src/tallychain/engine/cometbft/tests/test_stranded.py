"""An engine that lost others begins again while the chain stands still, and only then."""

import asyncio
from dataclasses import dataclass, replace

import pytest

from tallychain.engine.cometbft.outcasts import Connected
from tallychain.engine.cometbft.stranded import Place, Stranded
from tallychain.engine.logs import logger

OWN, FIRST, LAST, OBSERVER = "b" * 40, "a" * 40, "f" * 40, "9" * 40
STANDS = Place(height=7, validators=4, catching_up=False, halted=False)


@dataclass
class Node:
    """A node whose chain stands still with the block that it has."""

    place: Place = STANDS
    peers: tuple[str, ...] | None = (LAST,)
    """None where the engine does not answer."""
    let_go: int = 0
    goes_on: bool = False
    asked: int = 0

    def placed(self) -> Place:
        if self.goes_on:
            self.place = replace(self.place, height=self.place.height + 1)
        return self.place

    def validates(self, node: str) -> bool:
        return node != OBSERVER

    async def connected(self) -> Connected | None:
        self.asked += 1
        return None if self.peers is None else Connected(OWN, self.peers)

    def ends(self) -> None:
        self.let_go += 1

    def watched(self, turns: int = 8) -> int:
        """How often the engine was let go while its place was looked at so many times."""
        looks = 0

        def placed() -> Place:
            nonlocal looks
            looks += 1
            if looks > turns:
                raise TimeoutError
            return self.placed()

        async def look() -> None:
            watching = Stranded(
                placed,
                self.connected,
                self.validates,
                self.ends,
                logger(),
                look_s=0,
                still_s=0,
                again_s=0,
                turn_s=0,
            )
            with pytest.raises(TimeoutError):
                await watching.watch()

        asyncio.run(look())
        return self.let_go


def test_an_engine_that_misses_validators_of_a_chain_that_stands_is_let_go_again_and_again() -> None:
    assert Node().watched(turns=40) > 1


@pytest.mark.parametrize(
    ("words", "node"),
    [
        ("the chain goes on", Node(goes_on=True)),
        ("enough are there", Node(peers=(FIRST, LAST))),
        ("it does not answer", Node(peers=None)),
        ("a halt was asked for", Node(replace(STANDS, halted=True))),
        ("it takes blocks from others", Node(replace(STANDS, catching_up=True))),
        ("nothing is known of it", Node(replace(STANDS, validators=0))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_engine_is_left_alone_where(words: str, node: Node) -> None:
    assert node.watched(turns=40) == 0, words


def test_an_observer_that_is_connected_makes_no_block() -> None:
    assert Node(peers=(LAST, OBSERVER)).watched(turns=40) > 0


def test_an_engine_that_catches_up_without_anybody_is_let_go() -> None:
    assert Node(replace(STANDS, catching_up=True), ()).watched(turns=40) > 0


class Late(Node):
    """A node whose chain goes on as soon as it looks who is there."""

    async def connected(self) -> Connected | None:
        self.place = replace(self.place, height=self.place.height + 1)
        return await super().connected()


def test_a_block_that_comes_before_its_turn_saves_an_engine() -> None:
    node = Late()
    assert node.watched(turns=40) == 0
    assert node.asked > 1
