"""A gateway's side of the ledger process's socket: the engine port, with reconnection.

Requests share one connection; every follower has one of its own, so that a slow one holds up nobody.
"""

import asyncio
import itertools
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, TypeVar

import msgspec

from tallychain.engine import wire
from tallychain.engine.checks import CheckAnswer
from tallychain.engine.limits import REPLY_BYTES
from tallychain.engine.port import (
    ChainDiffers,
    CommittedBlock,
    EngineRefused,
    EngineUnavailable,
    QueryAnswer,
    ReceiptAnswer,
    ScanAnswer,
    Status,
    SubmitAnswer,
)
from tallychain.engine.service import (
    AdvanceArgs,
    HeightArgs,
    NoArgs,
    QueryArgs,
    ReceiptArgs,
    ScanArgs,
    SnapshotArgs,
    SubmitArgs,
)
from tallychain.engine.tls import Certificates, TlsRefused, keep_alive
from tallychain.engine.upkeep import BackupAnswer
from tallychain.engine.wire import Refusal, Reply, Request
from tallychain.ledger import limits

T = TypeVar("T")
_FIRST_WAIT_S: Final = 0.05
_LONGEST_WAIT_S: Final = 2.0
_HANDSHAKE_S: Final = 10.0
_READ_BUFFER: Final = 1024 * 1024
_NO_REPLY: Final = "What the ledger process answers is no answer."
"""Said where another member's node makes up its bytes: it is passed over like one that is away."""


@dataclass(frozen=True, slots=True)
class Remote:
    """The endpoint of another member's ledger process."""

    member: str
    host: str
    port: int
    certificates: Certificates
    """Of them that member's alone is taken."""

    def __str__(self) -> str:
        """As settings name it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"tls://{self.member}@{host}:{self.port}"


class _CertificateMissing(OSError):
    """The certificate by which a node would be known is not held."""


class _Lost(Exception):
    """The connection ended before the answer came."""


class _Link:
    """One open connection with its unanswered requests."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._listening = asyncio.create_task(self._listen())
        self.open = True

    @classmethod
    async def to(cls, place: "Path | Remote") -> Self:
        return cls(*await _opened(place))

    async def ask(self, method: str, args: msgspec.Struct) -> msgspec.Raw:
        number = next(self._numbers)
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            if not self.open:
                raise _Lost
            self._writer.write(wire.framed(Request(number, method, wire.raw(args))))
            await self._writer.drain()
            return _body(await answer)
        except ConnectionError as error:
            raise _Lost from error
        finally:
            self._waiting.pop(number, None)

    async def close(self) -> None:
        self._listening.cancel()
        with suppress(asyncio.CancelledError):
            await self._listening
        self._end(_Lost())

    async def _listen(self) -> None:
        failure: Exception = _Lost()
        try:
            while (frame := await wire.read_frame(self._reader, REPLY_BYTES)) is not None:
                reply = _value(frame, Reply)
                waiting = self._waiting.get(reply.id)
                if waiting is not None and not waiting.done():
                    waiting.set_result(reply)
                elif reply.id == 0:
                    failure = _value(reply.body, Refusal).error()
        except OSError as error:
            # The other side says only after the handshake that it does not take our certificate.
            failure = error if isinstance(error, ssl.SSLError) else _Lost()
        except (EngineUnavailable, wire.FrameTooLarge):
            failure = EngineUnavailable(_NO_REPLY)
        finally:
            self._end(failure)

    def _end(self, failure: Exception) -> None:
        self.open = False
        self._writer.close()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(failure)


class LedgerClient:
    """The engine port over the socket of a ledger process, or over its endpoint for other members."""

    def __init__(self, path: Path | Remote, *, genesis: str = "", patience_s: float = 30.0) -> None:
        """
        `genesis` is the digest of the genesis document that the chain must have begun with (64 hex digits; empty: any).
        `patience_s` bounds how long a request is tried again while the process cannot be reached.
        """
        self._path = path
        self._genesis = genesis
        self._patience_s = patience_s
        self._link: _Link | None = None
        self._linking = asyncio.Lock()

    @property
    def ends_ms(self) -> int:
        """Until when the certificates of this connection hold, UTC; 0 for a socket, which needs none."""
        place = self._path
        return place.certificates.folder.ends_ms(place.member) if isinstance(place, Remote) else 0

    async def submit(self, envelope: bytes) -> SubmitAnswer:
        """Have an envelope executed; sent again by itself when the answer was lost (see `Engine.submit`)."""
        if len(envelope) > limits.ENVELOPE_BYTES:
            # Said here, because a frame beyond the socket's bound would cost every other request its connection.
            raise EngineRefused(
                "ENVELOPE_TOO_LARGE", f"An envelope has at most {limits.ENVELOPE_BYTES} bytes."
            )
        return await self._call("submit", SubmitArgs(envelope), SubmitAnswer)

    async def follow(self, from_height: int) -> AsyncIterator[CommittedBlock]:
        """Every block from a height on, in order, without end; resumes where it was when the connection is lost."""
        height = max(1, from_height)
        failures = 0
        while True:
            try:
                async for block in self._stream(height):
                    height, failures = block.height + 1, 0
                    yield block
            except (_Lost, OSError):
                failures += 1
                await asyncio.sleep(_wait_s(failures))

    async def query(self, key: bytes, *, prove: bool = False) -> QueryAnswer:
        """One row, with a proof if asked for."""
        return await self._call("query", QueryArgs(key, prove), QueryAnswer)

    async def scan(self, prefix: bytes) -> ScanAnswer:
        """All rows under a prefix."""
        return await self._call("scan", ScanArgs(prefix), ScanAnswer)

    async def status(self) -> Status:
        """Where the chain stands."""
        return await self._call("status", NoArgs(), Status)

    async def block(self, height: int) -> CommittedBlock:
        """One block."""
        return await self._call("block", HeightArgs(height), CommittedBlock)

    async def validators(self, height: int) -> bytes:
        """The set of validators that decided a height."""
        return await self._call("validators", HeightArgs(height), bytes)

    async def receipt(self, operation: str) -> ReceiptAnswer | None:
        """The receipt of an operation with what proves it, or None."""
        found: ReceiptAnswer | None = await self._call(
            "receipt",
            ReceiptArgs(operation),
            ReceiptAnswer | None,  # type: ignore[arg-type]  # msgspec takes a union where a type is asked for
        )
        return found

    async def advance(self, to_ms: int) -> int:
        """Move the time of a driven chain; the height reached."""
        return await self._call("advance", AdvanceArgs(to_ms), int)

    async def check(self) -> CheckAnswer:
        """The whole-state check of the last block, while blocks go on."""
        return await self._call("check", NoArgs(), CheckAnswer)

    async def snapshot(self, name: str) -> int:
        """Have a snapshot written under `snapshots/<name>` in the chain's directory; its height."""
        return await self._call("snapshot", SnapshotArgs(name), int)

    async def backup(self, name: str) -> BackupAnswer:
        """Have a copy of the store laid under `backups/<name>` in the chain's directory; of which block it is."""
        return await self._call("backup", SnapshotArgs(name), BackupAnswer)

    async def close(self) -> None:
        """End the connection."""
        if self._link is not None:
            await self._link.close()
            self._link = None

    async def _call(self, method: str, args: msgspec.Struct, kind: type[T]) -> T:
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + self._patience_s
        failures = 0
        while True:
            try:
                link = await self._linked()
                return _value(await link.ask(method, args), kind)
            except (_Lost, OSError) as error:
                failures += 1
                wait_s = _wait_s(failures)
                if loop.time() + wait_s > deadline_s:
                    raise EngineUnavailable(_silence(self._path, error)) from error
                await asyncio.sleep(wait_s)

    async def _linked(self) -> _Link:
        async with self._linking:
            if self._link is None or not self._link.open:
                self._link = await _Link.to(self._path)
                await self._check_chain(self._link)
            return self._link

    async def _check_chain(self, link: _Link) -> None:
        if not self._genesis:
            return
        status = _value(await link.ask("status", NoArgs()), Status)
        if status.genesis != self._genesis:
            await link.close()
            raise ChainDiffers(self._genesis, status.genesis)

    async def _stream(self, height: int) -> AsyncIterator[CommittedBlock]:
        await self._linked()
        reader, writer = await _opened(self._path)
        try:
            writer.write(wire.framed(Request(1, "follow", wire.raw(HeightArgs(height)))))
            while (frame := await wire.read_frame(reader, REPLY_BYTES)) is not None:
                yield _value(_body(_value(frame, Reply)), CommittedBlock)
        except wire.FrameTooLarge:
            raise EngineUnavailable(_NO_REPLY) from None
        finally:
            writer.close()
        raise _Lost


async def _opened(place: Path | Remote) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if isinstance(place, Remote):
        try:
            trusted = place.certificates.asking(place.member)
        except TlsRefused as refused:
            raise _CertificateMissing(str(refused)) from None
        reader, writer = await asyncio.open_connection(
            place.host,
            place.port,
            ssl=trusted,
            server_hostname=place.host,
            ssl_handshake_timeout=_HANDSHAKE_S,
            limit=_READ_BUFFER,
        )
        keep_alive(writer.get_extra_info("socket"))
        return reader, writer
    return await asyncio.open_unix_connection(str(place), limit=_READ_BUFFER)


def _silence(place: Path | Remote, error: Exception) -> str:
    """Why nothing comes from a ledger process; of a certificate with a code, because only people can mend that."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS_PEER_REFUSED: {place} shows a certificate that is not the one held of it, or is out of its time: {error.verify_message}."
    if isinstance(error, ssl.SSLError):
        return f"TLS_REFUSED: {place} does not take the certificate of this member: {error.reason or 'no reason given'}."
    if isinstance(error, _CertificateMissing):
        return str(error)
    return f"The ledger process at {place} does not answer."


def _value(data: bytes | msgspec.Raw, kind: type[T]) -> T:
    """What stands in bytes of the other side; raises `EngineUnavailable` where that is nothing of this kind."""
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except wire.UNREADABLE:
        raise EngineUnavailable(_NO_REPLY) from None


def _body(reply: Reply) -> msgspec.Raw:
    if reply.kind == "no":
        raise _value(reply.body, Refusal).error()
    return reply.body


def _wait_s(failures: int) -> float:
    return min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** min(failures - 1, 10))
