"""A chain of several validators in memory, and nodes of it that die, lag, stay silent or lie as a test tells them to."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Final

from msgspec.structs import replace

from tallychain.crypto.digest import sha256
from tallychain.engine.port import (
    CommittedBlock,
    EngineRefused,
    EngineUnavailable,
    QueryAnswer,
    ReceiptAnswer,
    ScanAnswer,
    Status,
    SubmitAnswer,
)
from tallychain.ledger import codec, merkle
from tallychain.ledger.machine import EXECUTED, block_results_root, envelope_data
from tallychain.ledger.merkle import Path
from tallychain.ledger.receipt import REPEAT, NotTaken, Receipt
from tallychain.ledger.tree import BucketTree
from tallychain.sdk.tests.quorum import START_MS, Alliance, key_of
from tallychain.sdk.verify.headers import data_hash, encode_validators

CHAIN: Final = "trial-1"
DEPTH: Final = 4
FOUR: Final = {"a": 1, "b": 1, "c": 1, "d": 1}
_NOWHERE: Final = Path(0, 1, ())


def genesis(powers: dict[str, int]) -> bytes:
    """As much of a genesis document as says who decides."""
    founders = [
        {"member": name, "key": key_of(name).public, "power": power} for name, power in powers.items()
    ]
    return codec.encode(
        {
            "chain": CHAIN,
            "time_ms": START_MS,
            "engine": "cometbft",
            "tree_depth": DEPTH,
            "validators": founders,
        }
    )


def envelope_of(name: str) -> bytes:
    """An envelope with one operation, of which the id is all that there is."""
    return sha256(name.encode()).hex().encode()


class SharedChain:
    """The one chain that all honest nodes have."""

    def __init__(self, powers: dict[str, int] | None = None) -> None:
        self.genesis = genesis(powers or FOUR)
        self.alliance = Alliance(CHAIN, powers or FOUR)
        self.blocks: list[CommittedBlock] = []
        self.pending: list[bytes] = []
        self.first: dict[str, tuple[int, bytes]] = {}
        """Height and receipt of each operation that was executed."""
        self.moved = asyncio.Event()
        self.rows = {b"%d" % number: b"row %d" % number for number in range(40)}
        self.tree = BucketTree(DEPTH, sorted(self.rows.items()))
        self.due: list[bytes] = []
        """Due work of the next block."""

    @property
    def height(self) -> int:
        return len(self.blocks)

    def take(self, envelope: bytes) -> None:
        """Into the pool, once, as engines do."""
        if envelope not in self.pending and envelope.decode() not in self.first:
            self.pending.append(envelope)

    def make_block(self, *, then: dict[str, int] | None = None, absent: Iterable[str] = ()) -> CommittedBlock:
        """The next block, of everything that waits."""
        envelopes, self.pending = self.pending, []
        before = self.blocks[-1] if self.blocks else None
        results = merkle.EMPTY_ROOT if before is None else block_results_root(before.results, before.codes)
        decided = self.alliance.grow(
            data=data_hash(envelopes), app=self.tree.root, results=results, then=then, absent=tuple(absent)
        )
        rows = [[self._execute(envelope.decode(), place)] for place, envelope in enumerate(envelopes)]
        block = CommittedBlock(
            height=decided.header.height,
            time_ms=decided.header.time.ms,
            header=decided.header_bytes,
            header_signature=decided.commit_bytes,
            envelopes=list(envelopes),
            results=rows,
            codes=[EXECUTED] * len(envelopes),
            due_events=self.due,
        )
        self.due = []
        self.blocks.append(block)
        self.moved.set()
        self.moved = asyncio.Event()
        return block

    def _execute(self, operation: str, place: int) -> bytes:
        if operation in self.first:
            return codec.encode(NotTaken(operation, REPEAT, operation))
        height = self.height + 1
        row = codec.encode(Receipt(operation, "00" * 32, height, place, "done", "DONE", {}, ()))
        self.first[operation] = (height, row)
        return row

    async def live(self, idle_s: float = 0.03) -> None:
        """Make a block at once when something waits, the next one for its proof, and one now and then."""
        while True:
            await asyncio.sleep(0.002 if self.pending else 0)
            self.make_block()
            if not self.blocks[-1].envelopes:
                for _ in range(max(1, int(idle_s / 0.005))):
                    await asyncio.sleep(0.005)
                    if self.pending:
                        break


@asynccontextmanager
async def living(chain: SharedChain) -> AsyncIterator[SharedChain]:
    """The chain while it makes blocks by itself."""
    task = asyncio.create_task(chain.live())
    try:
        yield chain
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


Told = Callable[[CommittedBlock], CommittedBlock]


class FakeNode:
    """One node: honest, unless told otherwise."""

    def __init__(self, chain: SharedChain) -> None:
        self.chain = chain
        self.script: list[str] = []
        """What happens to the next submissions, one after the other; then they go well."""
        self.is_dead = False
        self.is_silent = False
        self.stands_at: int | None = None
        """Beyond this height it sees nothing."""
        self.tells: Told = lambda block: block
        self.answers: Callable[[QueryAnswer], QueryAnswer] = lambda answer: answer
        """What it makes of the answer to a question for a row."""
        self.forgets = False
        """It says of every operation that there is no receipt."""
        self.asked = 0

    async def submit(self, envelope: bytes) -> SubmitAnswer:
        self.asked += 1
        await self._alive()
        what = self.script.pop(0) if self.script else "ok"
        if what in ("BUSY", "SIGNATURE_FALSE"):
            raise EngineRefused(what, "As the test says.")
        if what == "dies before":
            raise EngineUnavailable("It died before it took the envelope.")
        if what == "invents":
            row = codec.encode(
                Receipt(envelope.decode(), "00" * 32, self.chain.height, 0, "done", "DONE", {}, ())
            )
            return SubmitAnswer(self.chain.height, EXECUTED, [row])
        self.chain.take(envelope)
        if what == "dies after taking":
            raise EngineUnavailable("It died with the envelope in its pool.")
        if what == "loses":
            self.chain.pending = [item for item in self.chain.pending if item != envelope]
            raise EngineUnavailable("It died, and its pool with it.")
        if what == "silent":
            await asyncio.Event().wait()
        answer = await self._executed(envelope)
        if what == "dies after the block":
            raise EngineUnavailable("It died before it answered.")
        if what == "lies":
            refused = codec.encode(
                Receipt(envelope.decode(), "00" * 32, answer.height, 0, "refused", "NO", {}, ())
            )
            return replace(answer, results=[refused])
        return answer

    async def _executed(self, envelope: bytes) -> SubmitAnswer:
        while envelope.decode() not in self.chain.first:
            await self.chain.moved.wait()
        height, row = self.chain.first[envelope.decode()]
        return SubmitAnswer(height, EXECUTED, [row])

    async def follow(self, from_height: int) -> AsyncIterator[CommittedBlock]:
        height = from_height
        while True:
            await self._alive()
            while height > self._height:
                waiting = self.chain.moved
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.02):
                        await waiting.wait()
                await self._alive()
            yield self.tells(self.chain.blocks[height - 1])
            height += 1

    async def block(self, height: int) -> CommittedBlock:
        await self._alive()
        if not 0 < height <= self._height:
            raise EngineRefused("BLOCK_NOT_KEPT", "There is no such block.")
        return self.tells(self.chain.blocks[height - 1])

    async def validators(self, height: int) -> bytes:
        await self._alive()
        return encode_validators(self.chain.alliance.decided[height - 1].validators)

    async def status(self) -> Status:
        await self._alive()
        block = self.tells(self.chain.blocks[self._height - 1])
        return Status("fake", CHAIN, "", block.height, block.time_ms, "", "system", True, 0)

    async def receipt(self, operation: str) -> ReceiptAnswer | None:
        await self._alive()
        found = None if self.forgets else self.chain.first.get(operation)
        if found is None or found[0] > self._height:
            return None
        height = found[0]
        block = self.tells(self.chain.blocks[height - 1])
        place = block.envelopes.index(operation.encode())
        after = self.tells(self.chain.blocks[height]) if height < self._height else None
        leaves = [merkle.execution_result(EXECUTED, envelope_data(rows)) for rows in block.results]
        return ReceiptAnswer(
            height,
            place,
            0,
            block.results[place][0],
            operation.encode(),
            merkle.prove([sha256(item) for item in block.envelopes], place),
            _NOWHERE,
            merkle.prove(leaves, place),
            block.header,
            block.header_signature,
            b"" if after is None else after.header,
            b"" if after is None else after.header_signature,
        )

    async def query(self, key: bytes, *, prove: bool = False) -> QueryAnswer:
        await self._alive()
        if self._height < 2:
            raise EngineRefused("NO_HEADER_YET", "There is no such header yet.")
        proof = self.chain.tree.prove(key) if prove else None
        return self.answers(QueryAnswer(self._height - 1, self.chain.rows.get(key), proof))

    async def scan(self, prefix: bytes) -> ScanAnswer:
        await self._alive()
        return ScanAnswer(self._height, [(prefix, b"")])

    async def advance(self, to_ms: int) -> int:
        await self._alive()
        return to_ms

    @property
    def _height(self) -> int:
        return self.chain.height if self.stands_at is None else min(self.stands_at, self.chain.height)

    async def _alive(self) -> None:
        if self.is_silent:
            await asyncio.Event().wait()
        if self.is_dead:
            raise EngineUnavailable("It is dead.")
        await asyncio.sleep(0)
