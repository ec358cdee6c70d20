"""Blocks of an alliance's chain, checked by whoever follows them: one node cannot tell its followers another history.

The validators of the genesis document are trusted, and from them every later set (`sdk.verify.light`).  A header is final by their votes; it binds
the block's envelopes by its data hash and the results and state of the block *before*.  So a block is given out only once the next header is
there, which the engine makes at once after every block that has changed anything.

What no header binds are the events of due work; `several` compares them between nodes.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final, NamedTuple

from tallychain.crypto.digest import sha256
from tallychain.crypto.schemes import verify
from tallychain.engine.port import CommittedBlock, Engine, QueryAnswer, ReceiptAnswer, Status
from tallychain.engine.trust import TrustExpired, Trusting
from tallychain.ledger import merkle
from tallychain.ledger.machine import EXECUTED, block_results_root
from tallychain.ledger.tree import verify_absence, verify_inclusion
from tallychain.sdk.headerpath import Founding, founding_of, lead
from tallychain.sdk.verify.basics import Broken
from tallychain.sdk.verify.headers import (
    ABSENT,
    Header,
    Validators,
    data_hash,
    decode_commit,
    decode_header,
    decode_validators,
    header_hash,
)
from tallychain.sdk.verify.light import Light, Trust, Vote, founding

BATCH: Final = 32
"""So many blocks are read ahead while catching up; the votes under the last of them answer for all, because headers name each other."""
_SETS: Final = 16
_ROOTS: Final = 1024
_FOUNDERS_ALONE: Final = Trusting()


class BlockDiffers(Exception):
    """What a node says is not what the validators signed: it lies, or its disk does.  The text is one sentence."""


class Checked(NamedTuple):
    """A block with the header and votes under which it is final."""

    block: CommittedBlock
    header: Header


def fast(votes: Sequence[Vote]) -> Sequence[bool]:
    """Check the votes of a commit by the ledger's own library, which takes what the engine takes."""
    return [verify(key, message, signature) for key, message, signature in votes]


class Trail:
    """What one gateway believes of a chain, from its genesis document on."""

    def __init__(
        self,
        genesis: bytes,
        *,
        on_driven_clock: bool = False,
        batch: int = BATCH,
        trusting: Trusting = _FOUNDERS_ALONE,
    ) -> None:
        """
        On a driven clock the ledger's time is not that of the headers, so it is not compared.

        Raises `Broken` for a document that names no set of validators.
        """
        self.founding: Founding = founding_of(genesis)
        self._genesis = genesis
        self._compares_time = not on_driven_clock
        self._batch = batch
        self._trusting = trusting
        self._anchor: Trust | None = None
        """The trusted header, once a node has shown it."""
        self._roots: dict[int, bytes] = {}
        """State roots by the height of the block after which they hold."""
        founders = self.founding.founders
        self._sets: dict[bytes, Validators] = {founders.hash: founders}

    def light(self) -> Light:
        """A light client that trusts the genesis document."""
        begun = self.founding
        return Light(begun.chain, founding(begun.founders, begun.time_ms), check=fast)

    async def follow(self, node: Engine, from_height: int) -> AsyncIterator[CommittedBlock]:
        """
        Checked blocks from a height on, each as soon as the next header proves its results.

        Raises `BlockDiffers` for a node that says anything that was not signed.
        """
        light = await self._reach(node, max(1, from_height) - 1)
        held: CommittedBlock | None = None
        async for batch in _batches(node.follow(max(1, from_height)), self._batch):
            try:
                headers = [decode_header(block.header) for block in batch]
                _demand_linked(batch, headers, light.trust)
                await self._accept(node, light, batch, headers)
            except Broken as broken:
                raise BlockDiffers(str(broken)) from None
            for block, header in zip(batch, headers, strict=True):
                self._check(block, header)
                self._check_trusted(header)
                self._know(header)
                if held is not None:
                    check_results(held, header)
                    yield held
                held = block

    def trust(self, height: int, header: bytes) -> None:
        """Trust a header that was followed before, where it is later than the one that is trusted."""
        if height > self._trusting.height:
            self._trusting = replace(self._trusting, height=height, hash=header_hash(decode_header(header)))
            self._anchor = None

    async def check_age(self, node: Engine) -> None:
        """Raises `TrustExpired` where what is trusted is too old to begin with, and `BlockDiffers` for a node that has another header."""
        trust = self.light().trust
        if self._trusting.height and self._trusting.period_ms:
            trust = await self._anchored(node)
        if self._trusting.is_over(trust.time_ms):
            raise TrustExpired(trust.height, trust.time_ms, self._trusting.period_ms)

    async def block(self, node: Engine, height: int) -> CommittedBlock:
        """One block, checked with the header after it; raises `BlockDiffers`, and what the node raises."""
        block, after = await node.block(height), await node.block(height + 1)
        await self._final(node, after, block)
        return block

    def votes(self, block: CommittedBlock) -> dict[str, bool]:
        """For each validator that decided a block, whether its vote is among those under it; empty for a set that is not known here."""
        validators = self._sets.get(decode_header(block.header).validators_hash)
        if validators is None:
            return {}
        try:
            rows = decode_commit(block.header_signature).rows
        except Broken:
            # While catching up only the votes under the last of many blocks are checked.
            return {}
        return {item.key: row.flag != ABSENT for item, row in zip(validators.rows, rows, strict=False)}

    async def status(self, node: Engine) -> Status:
        """Where a node stands, if it can show the header of that height; raises `BlockDiffers`."""
        status = await node.status()
        if status.height > 0:
            block = await node.block(status.height)
            header = await self._header(node, block.header, status.height)
            if self._compares_time and header.time.ms != status.time_ms:
                raise BlockDiffers(
                    f"The time that is said of block {status.height} is not that of its header."
                )
        return status

    async def receipt(self, node: Engine, answer: ReceiptAnswer) -> bool:
        """
        Whether a receipt was proven; False where its block came before what this node keeps, or the next one is not made yet.

        Raises `BlockDiffers` for a receipt that the next header does not carry.
        """
        if not answer.next_header:
            return False
        header = await self._header(node, answer.next_header, answer.height + 1)
        own = _decoded(answer.header)
        carried = merkle.climb(merkle.leaf_hash(sha256(answer.envelope)), answer.envelope_path)
        if header.last_block.hash != header_hash(own) or carried != own.data_hash:
            raise BlockDiffers(f"The envelope of a receipt does not stand in block {answer.height}.")
        data = merkle.climb(merkle.leaf_hash(answer.receipt), answer.receipt_path)
        leaf = b"" if data is None else merkle.leaf_hash(merkle.execution_result(EXECUTED, data))
        if data is None or merkle.climb(leaf, answer.result_path) != header.last_results_hash:
            raise BlockDiffers(
                f"A receipt of block {answer.height} does not stand in the results that were signed."
            )
        return True

    async def query(self, node: Engine, key: bytes) -> QueryAnswer:
        """One row with its proof, under the root in a final header; raises `BlockDiffers` for a row that does not stand there."""
        answer = await node.query(key, prove=True)
        root = self._roots.get(answer.height)
        if root is None:
            after = await node.block(answer.height + 1)
            root = (await self._header(node, after.header, answer.height + 1)).app_hash
        depth, proof = self.founding.tree_depth, answer.proof
        if proof is None or not (
            verify_absence(root, depth, key, proof)
            if answer.value is None
            else verify_inclusion(root, depth, key, answer.value, proof)
        ):
            raise BlockDiffers(
                f"A row does not stand so in the state after block {answer.height} that was signed."
            )
        return answer

    async def _final(self, node: Engine, after: CommittedBlock, block: CommittedBlock) -> None:
        header = await self._header(node, after.header, block.height + 1)
        own = _decoded(block.header)
        if header.last_block.hash != header_hash(own):
            raise BlockDiffers(
                f"The header of block {block.height} is not the one that the next header names."
            )
        self._check(block, own)
        check_results(block, header)

    async def _header(self, node: Engine, raw: bytes, height: int) -> Header:
        """The header of a height, if it is final and the very one given."""
        light = await self._reach(node, height)
        header = _decoded(raw)
        if header.height != height or header_hash(header) != light.trust.hash:
            raise BlockDiffers(f"The header of block {height} is not the one that its validators signed.")
        self._know(header)
        return header

    def _know(self, header: Header) -> None:
        self._roots[header.height - 1] = header.app_hash
        if len(self._roots) > _ROOTS:
            del self._roots[min(self._roots)]

    async def _reach(self, node: Engine, height: int) -> Light:
        """A client that trusts the header of a height, by way of this node's headers."""
        if height < 1:
            return self.light()
        begin = None
        if 0 < self._trusting.height <= height:
            begin = await self._anchored(node)
        try:
            _, light = await lead(node, self._genesis, (height,), fast, begin)
        except Broken as broken:
            raise BlockDiffers(str(broken)) from None
        return light

    async def _anchored(self, node: Engine) -> Trust:
        """The trusted header with its set; any node may show it, because its hash is known."""
        if self._anchor is None:
            known = self._trusting
            block = await node.block(known.height)
            header = _decoded(block.header)
            self._check_trusted(header)
            validators = decode_validators(await node.validators(known.height))
            if header.height != known.height or validators.hash != header.validators_hash:
                raise BlockDiffers(
                    f"What it shows of the trusted block {known.height} does not fit together."
                )
            self._anchor = Trust(
                known.height, known.hash, header.time.ms, validators, header.next_validators_hash
            )
        return self._anchor

    def _check_trusted(self, header: Header) -> None:
        if header.height == self._trusting.height and header_hash(header) != self._trusting.hash:
            raise BlockDiffers(
                f"TRUSTED_HEADER_DIFFERS: its header of block {header.height} is not the one that is trusted."
            )

    async def _accept(
        self, node: Engine, light: Light, batch: Sequence[CommittedBlock], headers: Sequence[Header]
    ) -> None:
        """Take the last header of a batch, and the ones before with it; one by one only where the set changes too much between."""
        try:
            await self._accept_one(node, light, batch[-1], headers[-1])
        except Broken as broken:
            if broken.code != "VALIDATORS_NOT_TRUSTED" or len(batch) == 1:
                raise
            for block, header in zip(batch, headers, strict=True):
                await self._accept_one(node, light, block, header)

    async def _accept_one(self, node: Engine, light: Light, block: CommittedBlock, header: Header) -> None:
        validators = self._sets.get(header.validators_hash)
        if validators is None:
            validators = decode_validators(await node.validators(block.height))
        trusting = self._trusting
        if light.trust.height >= trusting.height and trusting.is_over(light.trust.time_ms):
            raise TrustExpired(light.trust.height, light.trust.time_ms, trusting.period_ms)
        light.accept(block.header, block.header_signature, validators)
        self._sets[header.validators_hash] = validators
        if len(self._sets) > _SETS:
            del self._sets[next(iter(self._sets))]

    def _check(self, block: CommittedBlock, header: Header) -> None:
        """What a block says of itself against its own header."""
        height = block.height
        if header.height != height:
            raise BlockDiffers(f"Block {height} comes with the header of block {header.height}.")
        if self._compares_time and header.time.ms != block.time_ms:
            raise BlockDiffers(f"The time of block {height} is not that of its header.")
        if data_hash(block.envelopes) != header.data_hash:
            raise BlockDiffers(f"The envelopes of block {height} are not those that its validators signed.")
        if not len(block.envelopes) == len(block.results) == len(block.codes):
            raise BlockDiffers(f"Block {height} does not have one result for each envelope.")


def _decoded(header: bytes) -> Header:
    try:
        return decode_header(header)
    except Broken as broken:
        raise BlockDiffers(str(broken)) from None


def check_results(block: CommittedBlock, after: Header) -> None:
    """What a block says of its results against the header after it; raises `BlockDiffers`."""
    if block_results_root(block.results, block.codes) != after.last_results_hash:
        raise BlockDiffers(f"The results of block {block.height} are not those that were signed.")


def _demand_linked(batch: Sequence[CommittedBlock], headers: Sequence[Header], trust: Trust) -> None:
    """Whether each header names the one before, the first of them the trusted one."""
    before, height = trust.hash, trust.height
    for block, header in zip(batch, headers, strict=True):
        if block.height != height + 1:
            raise BlockDiffers(f"Block {block.height} came where block {height + 1} was due.")
        if before and header.last_block.hash != before:
            raise BlockDiffers(f"Block {block.height} does not name the block before it.")
        before, height = header_hash(header), block.height


async def _batches(stream: AsyncIterator[CommittedBlock], most: int) -> AsyncIterator[list[CommittedBlock]]:
    """Whatever has come, up to so many blocks: one at the head of a chain, many while catching up."""
    queue: asyncio.Queue[CommittedBlock] = asyncio.Queue(most)
    pump = asyncio.create_task(_pump(stream, queue))
    try:
        while True:
            first = asyncio.ensure_future(queue.get())
            await asyncio.wait({first, pump}, return_when=asyncio.FIRST_COMPLETED)
            if not first.done():
                first.cancel()
                pump.result()
                return
            batch = [first.result()]
            while not queue.empty() and len(batch) < most:
                batch.append(queue.get_nowait())
            yield batch
    finally:
        pump.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await pump


async def _pump(stream: AsyncIterator[CommittedBlock], queue: asyncio.Queue[CommittedBlock]) -> None:
    async for block in stream:
        await queue.put(block)
