"""Four nodes, of which one was not upgraded: all go alike up to the height, it stops there, and with the release it replays what it missed."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec
import pytest

from tallychain.engine.cometbft.application import Application
from tallychain.engine.cometbft.calls import Block, Proposal
from tallychain.engine.cometbft.tests.driving import (
    BLOCK_BYTES,
    beginning_of,
    block_of,
    decided,
    document,
    opened,
)
from tallychain.engine.tests import toy
from tallychain.engine.tests.running import addition, envelope
from tallychain.ledger.contract import Change
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.protocol import ACTIVATIONS, Activation, ProtocolUnknown

FROM: Final = 3
TEXT: Final = document()


def founded(section: msgspec.Raw) -> Change:
    """The toy chain, on which another protocol was decided."""
    assert toy.TOY.genesis is not None
    return toy.TOY.genesis(section) + Change(
        (ACTIVATIONS.put(Activation(2, FROM, "0.6.0", "ab" * 32, "cd" * 32)),)
    )


CONTRACT: Final = replace(toy.TOY, genesis=founded)
OLDER: Final = Catalogue([CONTRACT])
NEWER: Final = Catalogue([CONTRACT], frozenset({1, 2}))


@contextmanager
def nodes(folder: Path) -> Iterator[list[Application]]:
    """Three nodes with the release and, last, one without it."""
    with ExitStack() as stack:
        made = []
        for number, catalogue in enumerate((NEWER, NEWER, NEWER, OLDER)):
            made.append(opened(folder / f"n{number}", TEXT, catalogue=catalogue))
            stack.callback(made[-1].close)
            made[-1].init_chain(beginning_of(TEXT))
        yield made


def proposed(application: Application, height: int, *waiting: bytes) -> Block:
    time_ms = toy.START_MS + 1_000 * height
    return block_of(height, time_ms, application.prepare(Proposal(height, time_ms, waiting, BLOCK_BYTES)))


def test_a_node_that_was_not_upgraded_stops_at_the_height_and_catches_up_with_the_release(
    tmp_path: Path,
) -> None:
    with nodes(tmp_path) as alliance:
        *upgraded, late = alliance
        for height in range(1, FROM):
            block = proposed(alliance[0], height, envelope(addition("c", height)))
            assert all(node.process(block) for node in alliance)
            assert len({decided(node, block).app_hash for node in alliance}) == 1

        block = proposed(upgraded[0], FROM, envelope(addition("c", 9)))
        assert block.txs
        with pytest.raises(ProtocolUnknown, match=r"install release 0\.6\.0"):
            late.process(block)
        assert all(node.process(block) for node in upgraded)
        (root,) = {decided(node, block).app_hash for node in upgraded}
        assert (late.store.height, upgraded[0].store.height) == (FROM - 1, FROM)

        late.close()
        with pytest.raises(ProtocolUnknown, match="From height 3 on this chain runs protocol 2"):
            opened(tmp_path / "n3", catalogue=OLDER)
        again = opened(tmp_path / "n3", catalogue=NEWER)
        try:
            assert decided(again, block).app_hash == root
        finally:
            again.close()
