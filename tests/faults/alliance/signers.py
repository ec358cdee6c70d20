"""
Signers with a clock of their own: each signs for one validator, as a signer on a machine of its own does (`remote_signer`), and dates what it signs.

All processes of one machine have one clock, and nothing changes that of one engine alone.  But the others see nothing of an engine's clock except the times in
the votes of its validator, and the time of a block is computed from those.  A signer may set them; so, for everybody else, its clock is the engine's.
"""

import asyncio
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tallychain.crypto.schemes import key_bytes
from tallychain.engine.cometbft.framing import Frames, framed
from tallychain.engine.cometbft.home import Home
from tallychain.engine.cometbft.nodekeys import EngineKey
from tallychain.engine.cometbft.stubs import types_canonical_pb2 as canonical
from tallychain.engine.cometbft.stubs import types_pb2 as types
from tallychain.network.layout import Layout
from tallychain.sdk.verify.wire import Fields, put_bytes, put_number

KEY_ASKED, KEY, VOTE_ASKED, VOTE, PROPOSAL_ASKED, PROPOSAL, PING, PONG = range(1, 9)
"""The kinds of messages between an engine and its signer, by their numbers there."""
AGAIN_S: Final = 0.05
PROPOSES: Final = 1
TURNS: Final = {types.SIGNED_MSG_TYPE_PREVOTE: 2, types.SIGNED_MSG_TYPE_PRECOMMIT: 3}
"""The order in which a validator signs within a round: a proposal first, then its votes."""

Signed = types.Vote | types.Proposal


@dataclass(slots=True)
class Clock:
    """How far the clock of one node is ahead, in a file that the node's processes read too."""

    file: Path

    @property
    def ahead_ms(self) -> int:
        """Negative where it is behind."""
        return int(self.file.read_text()) if self.file.exists() else 0

    def set(self, ahead_ms: int) -> None:
        """Put it forward, or back."""
        partial = self.file.with_suffix(".partial")
        partial.write_text(str(ahead_ms))
        partial.replace(self.file)


@dataclass(slots=True)
class Signer:
    """Signs for one validator; nothing twice, and nothing of what lies behind."""

    key: EngineKey
    clock: Clock
    socket: Path
    last: tuple[int, int, int] = (0, 0, 0)
    """Height, round and turn of what was signed last …"""
    said: Signed | None = None
    """… and what that was."""

    async def serve(self) -> None:
        """Be there whenever the engine is."""
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_unix_connection(str(self.socket))
                try:
                    await self._answer(reader, writer)
                finally:
                    writer.close()
            await asyncio.sleep(AGAIN_S)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = Frames()
        while piece := await reader.read(65_536):
            frames.feed(piece)
            for message in frames.messages():
                writer.write(framed(self.reply(message)))
            await writer.drain()

    def reply(self, message: bytes) -> bytes:
        """What is answered to one message."""
        kind = (message[0] if message else 0) >> 3
        asked = Fields(message).message(kind)
        if kind == KEY_ASKED:
            return put_bytes(KEY, put_bytes(1, put_bytes(1, key_bytes(self.key.public))))
        if kind == VOTE_ASKED:
            vote = types.Vote.FromString(asked.bytes(1))
            return put_bytes(VOTE, self._signed(vote, TURNS[vote.type], asked))
        if kind == PROPOSAL_ASKED:
            proposal = types.Proposal.FromString(asked.bytes(1))
            return put_bytes(PROPOSAL, self._signed(proposal, PROPOSES, asked))
        return put_bytes(PONG, b"")

    def _signed(self, wanted: Signed, turn: int, asked: Fields) -> bytes:
        place = (wanted.height, wanted.round, turn)
        if self.said is not None and place == self.last and wanted.block_id == self.said.block_id:
            # An engine that began again asks for what it had signed already.
            return put_bytes(1, self.said.SerializeToString())
        if place <= self.last:
            return put_bytes(1, b"") + put_bytes(2, put_number(1, 1) + put_bytes(2, b"lies behind"))
        if turn != PROPOSES:
            at_ns = wanted.timestamp.ToNanoseconds() + self.clock.ahead_ms * 1_000_000
            wanted.timestamp.FromNanoseconds(at_ns)
        wanted.signature = self.key.signing.sign(sign_bytes(wanted, asked.bytes(2).decode()))
        self.last, self.said = place, wanted
        return put_bytes(1, wanted.SerializeToString())


def sign_bytes(wanted: Signed, chain: str) -> bytes:
    """What is signed for a vote or a proposal: its canonical form, behind its length."""
    made: canonical.CanonicalVote | canonical.CanonicalProposal
    if isinstance(wanted, types.Proposal):
        made = canonical.CanonicalProposal(pol_round=wanted.pol_round)
    else:
        made = canonical.CanonicalVote()
    made.type, made.height, made.round, made.chain_id = wanted.type, wanted.height, wanted.round, chain
    made.timestamp.CopyFrom(wanted.timestamp)
    if wanted.block_id.hash:
        made.block_id.hash = wanted.block_id.hash
        made.block_id.part_set_header.total = wanted.block_id.part_set_header.total
        made.block_id.part_set_header.hash = wanted.block_id.part_set_header.hash
    return framed(made.SerializeToString())


@dataclass(slots=True)
class Signers:
    """A signer and a clock for each validator."""

    clocks: dict[str, Clock] = field(default_factory=dict)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _tasks: "list[asyncio.Task[None]]" = field(default_factory=list)
    _thread: threading.Thread | None = None

    def start(self, layout: Layout, *members: str, common: Clock | None = None) -> None:
        """Let these members' engines have their votes signed here, from their first start on; each by a clock of its own, or all by one."""
        for member in members:
            node = layout.node(member)
            socket = node / "signer.sock"
            clock = self.clocks[member] = common or Clock(node / "clock")
            signer = Signer(Home(node / "engine").consensus(), clock, socket)
            self._tasks.append(self._loop.create_task(signer.serve()))
            file = layout.node_file(member)
            asked = f'[engine]\nremote_signer = "unix://{socket}"\n'
            file.write_text(file.read_text().replace("[engine]\n", asked, 1))
        self._thread = threading.Thread(target=self._loop.run_forever, name="signers", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End them all."""
        if self._thread is not None:
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
