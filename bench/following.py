"""What it costs a gateway to check what it follows: processor time per block, at the head of a chain and while catching up.

``python -m bench.following --blocks 500 --json build/following.json``
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from bench.machine import machine
from tallychain.engine import trail
from tallychain.engine.port import CommittedBlock
from tallychain.engine.tests.alliance import FakeNode, SharedChain
from tallychain.engine.trail import Trail

ENVELOPE_BYTES = 240_000
"""An envelope of a hundred operations of 2.4 kB."""
SETS = (1, 4, 7, 10)


class Known(FakeNode):
    """A node that gives all blocks that it has, one after the other."""

    async def follow(self, from_height: int) -> AsyncIterator[CommittedBlock]:
        for block in self.chain.blocks[from_height - 1 :]:
            yield block


def main() -> None:
    """Measure, print, and write JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=500)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = [row for count in SETS for row in _of_validators(count, options.blocks)]
    report = {"machine": machine(), "blocks": options.blocks, "envelope_bytes": ENVELOPE_BYTES, "rows": rows}
    text = msgspec.json.format(msgspec.json.encode(report), indent=2)
    sys.stdout.buffer.write(text + b"\n")
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_bytes(text + b"\n")


def _of_validators(count: int, blocks: int) -> list[dict[str, object]]:
    chain = SharedChain({f"v{number}": 1 for number in range(count)})
    for number in range(blocks):
        # The id of the one operation, behind so many bytes that hashing them shows.
        chain.pending.append(f"{number:064x}".encode() * (ENVELOPE_BYTES // 64))
        chain.make_block()
    return [_measured(chain, count, how, batch) for how, batch in (("head", 1), ("catching up", trail.BATCH))]


def _measured(chain: SharedChain, count: int, how: str, batch: int) -> dict[str, object]:
    began = time.process_time()
    taken = asyncio.run(_followed(chain, batch))
    used = time.process_time() - began
    return {"validators": count, "how": how, "ms_per_block": round(used / taken * 1000, 3)}


async def _followed(chain: SharedChain, batch: int) -> int:
    taken = 0
    async for _ in Trail(chain.genesis, batch=batch).follow(Known(chain), 1):
        taken += 1
    return taken


if __name__ == "__main__":
    main()
