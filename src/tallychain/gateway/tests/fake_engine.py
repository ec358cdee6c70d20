"""A ledger on a shelf: it takes operations, makes blocks and fails as it is told."""

import asyncio
from collections.abc import AsyncIterator

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
from tallychain.ledger.envelope import Envelope
from tallychain.ledger.operation import operation_id
from tallychain.ledger.receipt import NotTaken, Receipt

NO_PATH = merkle.prove([b""], 0)


class FakeEngine:
    """A ledger that takes each operation once, and can fail in every way that the port allows."""

    def __init__(self) -> None:
        self.time_ms = 1000
        self.height = 0
        self.receipts: dict[str, bytes] = {}
        self.blocks: list[CommittedBlock] = []
        self.envelopes: list[Envelope] = []
        self.failures: list[Exception] = []
        self.lose_answers = 0
        self.poison: set[str] = set()
        self.away: dict[str, str] = {}
        self.receipts_reachable = True
        self.moved = asyncio.Event()

    async def submit(self, envelope: bytes) -> SubmitAnswer:
        if self.failures:
            raise self.failures.pop(0)
        read = codec.decode_frame(Envelope, envelope)
        self.envelopes.append(read)
        ids = [operation_id(item.body) for item in read.operations]
        if self.poison & set(ids):
            raise EngineRefused("OPERATION_MALFORMED", "one is malformed")
        results = [self._take(name) for name in ids]
        self._block([results], [envelope])
        await asyncio.sleep(0)
        if self.lose_answers:
            self.lose_answers -= 1
            raise EngineUnavailable("the answer was lost")
        return SubmitAnswer(self.height, 0, results)

    def _take(self, name: str) -> bytes:
        if name in self.away:
            return codec.encode(NotTaken(name, self.away[name], ""))
        if name in self.receipts:
            return codec.encode(NotTaken(name, "REPEAT", name))
        self.receipts[name] = codec.encode(
            Receipt(name, "cd" * 32, self.height + 1, 0, "done", "DONE", {}, ())
        )
        return self.receipts[name]

    def _block(self, results: list[list[bytes]], envelopes: list[bytes]) -> None:
        self.height += 1
        self.time_ms += 1
        codes = [0] * len(envelopes)
        self.blocks.append(CommittedBlock(self.height, self.time_ms, b"", b"", envelopes, results, codes, []))
        self.moved.set()

    def advance_to(self, time_ms: int) -> None:
        self.time_ms = time_ms - 1
        self._block([], [])

    async def follow(self, from_height: int) -> AsyncIterator[CommittedBlock]:
        at = max(1, from_height)
        while True:
            while at <= self.height:
                yield self.blocks[at - 1]
                at += 1
            self.moved.clear()
            await self.moved.wait()

    async def query(self, key: bytes, *, prove: bool = False) -> QueryAnswer:
        raise AssertionError("the outbox asks for no rows and moves no clock")

    async def scan(self, prefix: bytes) -> ScanAnswer:
        raise AssertionError("the outbox asks for no rows and moves no clock")

    async def status(self) -> Status:
        return Status("fake", "trial", "", self.height, self.time_ms, "", "driven", True, 0)

    async def block(self, height: int) -> CommittedBlock:
        return self.blocks[height - 1]

    async def validators(self, height: int) -> bytes:
        raise EngineRefused("NO_VALIDATORS", "This chain has one operator and no validators.")

    async def receipt(self, operation: str) -> ReceiptAnswer | None:
        if not self.receipts_reachable:
            raise EngineUnavailable("away")
        row = self.receipts.get(operation)
        return (
            None
            if row is None
            else ReceiptAnswer(1, 0, 0, row, b"", NO_PATH, NO_PATH, NO_PATH, b"", b"", b"", b"")
        )

    async def advance(self, to_ms: int) -> int:
        raise AssertionError("the outbox asks for no rows and moves no clock")
