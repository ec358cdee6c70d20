"""What must hold after any fault, found out from what every node serves to everybody: its blocks, its receipts, its check of itself."""

import asyncio
import itertools
from collections import Counter
from dataclasses import dataclass, field

from tallychain.engine.client import LedgerClient
from tallychain.engine.port import CommittedBlock
from tallychain.ledger import codec
from tallychain.ledger.receipt import Receipt
from tallychain.sdk.verify.headers import decode_header
from tests.faults.alliance.four import MEMBERS, PATIENCE_S, Four
from tests.faults.alliance.load import Load

DONE_LEAST = 0.9
"""Share of what was acknowledged that has to end `done`: a load of refusals would show little."""
AT_ONCE_MS = 2_500
"""Half of the time between two blocks of a chain with nothing to do."""


@dataclass(slots=True)
class Seen:
    """The blocks of all nodes so far, and how often each operation has a receipt in them."""

    blocks: list[CommittedBlock] = field(default_factory=list)
    receipts: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)

    @property
    def height(self) -> int:
        """Of the newest block that was compared."""
        return len(self.blocks)

    def longest_gap_s(self, from_ms: int, to_ms: int) -> float:
        """The longest time between two blocks of a stretch of time, from before it to its end."""
        # Where the ledger's own time is driven, only the engine's tells how long something took.
        agreed = [decode_header(block.header).time.ms for block in self.blocks]
        times = [time_ms for time_ms in agreed if from_ms <= time_ms <= to_ms]
        return (
            max((late - early for early, late in itertools.pairwise([from_ms, *times, to_ms])), default=0)
            / 1_000
        )

    def verify(self, four: Four, load: Load) -> int:
        """All nodes have the same blocks with the same roots, and everything acknowledged stands in exactly one of them; how many were done."""
        four.until(lambda: self._take_more(four) and self._all_in(load), "an acknowledged operation is lost")
        assert set(self.receipts.values()) == {1}, "an operation was applied twice"
        told = load.told.operations
        assert len(told) == len(set(told)), "one operation was acknowledged under two keys"
        done = sum(self.done[operation] for operation in told)
        assert done >= DONE_LEAST * len(told), f"of {len(told)} acknowledged only {done} were done"
        for member in MEMBERS:
            assert asyncio.run(failures_of(four, member)) == []
        return done

    def at_once_after(self, height: int) -> int:
        """How many blocks followed this one, each as soon as it could."""
        # A header carries the time at which the block before it was agreed.
        agreed_ms = [block.time_ms for block in self.blocks[height:]]
        gaps = itertools.pairwise(agreed_ms)
        return len(list(itertools.takewhile(lambda gap: gap[1] - gap[0] < AT_ONCE_MS, gaps)))

    def last_carrying(self) -> int:
        """Height of the newest block with an envelope."""
        return max(block.height for block in self.blocks if block.envelopes)

    def take_more(self, four: Four) -> None:
        """Compare the blocks that were made since."""
        self._take_more(four)

    def _all_in(self, load: Load) -> bool:
        return all(self.receipts[operation] for operation in load.told.operations)

    def _take_more(self, four: Four) -> bool:
        # What was compared before needs no second look: a header holds the hash of the one before it.
        first, upto = self.height + 1, four.together() - 1
        if first > upto:
            return True
        compared = self._new_blocks(four, MEMBERS[0], first, upto)
        for member in MEMBERS[1:]:
            found = self._new_blocks(four, member, first, upto)
            assert [self.essence(block) for block in found] == [self.essence(block) for block in compared], (
                f"{member} has other blocks than {MEMBERS[0]}"
            )
        self._take(compared)
        return True

    def _new_blocks(self, four: Four, member: str, first: int, upto: int) -> list[CommittedBlock]:
        return asyncio.run(blocks_of(four, member, first, upto))

    @staticmethod
    def essence(block: CommittedBlock) -> tuple[object, ...]:
        """What two nodes must have alike of a block."""
        # The header holds the root of the state before; whose signatures a node has heard may differ.
        return (block.height, block.time_ms, block.header, block.envelopes, block.results, block.codes)

    def _take(self, blocks: list[CommittedBlock]) -> None:
        assert [block.height for block in blocks] == list(
            range(self.height + 1, self.height + 1 + len(blocks))
        )
        self.blocks += blocks
        for row in (row for block in blocks for rows in block.results for row in rows if b'"outcome"' in row):
            receipt = codec.decode(Receipt, row)
            self.receipts[receipt.operation] += 1
            self.done[receipt.operation] += receipt.outcome == "done"


async def blocks_of(four: Four, member: str, first: int, last: int) -> list[CommittedBlock]:
    """Blocks as a member's node serves them."""
    client = LedgerClient(four.layout.node_socket(member), patience_s=PATIENCE_S)
    found = list[CommittedBlock]()
    try:
        if first <= last:
            async for block in client.follow(first):
                found.append(block)
                if block.height == last:
                    break
    finally:
        await client.close()
    return found


async def failures_of(four: Four, member: str) -> list[str]:
    """What a member's node finds wrong with itself."""
    client = LedgerClient(four.layout.node_socket(member), patience_s=PATIENCE_S)
    try:
        return list((await client.check()).failures)
    finally:
        await client.close()
