"""What the ledger process answers, method by method, whoever asks and over whatever connection."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Final, Protocol, TypeVar

import msgspec
from msgspec import Meta, Struct

from tallychain.engine.logs import logger, place_of
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
from tallychain.engine.upkeep import Upkeep
from tallychain.engine.wire import UNREADABLE
from tallychain.ledger import codec, limits
from tallychain.ledger.identity import ACTIVE, MEMBERS, SUSPENDED, Member
from tallychain.ledger.timeline import Moment
from tallychain.ledger.types import Height, TimeMs

FOLLOW: Final = "follow"
CHANGING: Final = frozenset({"submit", "advance"})
"""Methods that lead to blocks: after anything unforeseen in one of them the process ends."""
_RECENT_BLOCKS: Final = 8

A = TypeVar("A", bound=Struct)
Handler = Callable[[msgspec.Raw], Awaitable[object]]


class SubmitArgs(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An envelope."""

    envelope: bytes


class HeightArgs(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A height."""

    height: Annotated[int, Meta(ge=0, le=limits.AMOUNT)]


class QueryArgs(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A state key, and whether a proof is wanted."""

    key: Annotated[bytes, Meta(min_length=1, max_length=1024)]
    prove: bool


class ScanArgs(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What the keys of the wanted rows begin with: at least a table's number."""

    prefix: Annotated[bytes, Meta(min_length=1, max_length=1024)]


class ReceiptArgs(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An operation id."""

    operation: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class AdvanceArgs(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An instant to move a driven clock to."""

    to_ms: Annotated[int, Meta(ge=0, le=limits.TIME_MS)]


class SnapshotArgs(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Name of a snapshot."""

    name: Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,63}$")]


class NoArgs(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Nothing."""


class Ledger(Protocol):
    """The chain of a ledger process, as it is served: the port, and what streams of blocks need."""

    @property
    def height(self) -> int:
        """The last block that may be given out."""
        ...

    async def submit(self, envelope: bytes) -> SubmitAnswer:
        """See `Engine.submit`."""
        ...

    async def query(self, key: bytes, *, prove: bool) -> QueryAnswer:
        """See `Engine.query`."""
        ...

    async def scan(self, prefix: bytes) -> ScanAnswer:
        """See `Engine.scan`."""
        ...

    async def status(self) -> Status:
        """See `Engine.status`."""
        ...

    async def block(self, height: int) -> CommittedBlock:
        """See `Engine.block`."""
        ...

    async def validators(self, height: int) -> bytes:
        """See `Engine.validators`."""
        ...

    async def receipt(self, operation: str) -> ReceiptAnswer | None:
        """See `Engine.receipt`."""
        ...

    async def advance(self, to_ms: int) -> int:
        """See `Engine.advance`."""
        ...

    async def beyond(self, height: int) -> None:
        """Wait until there is a block above this height that may be given out."""
        ...

    def fail(self, error: BaseException) -> None:
        """Something happened that nobody foresaw, so memory cannot be trusted: the process ends."""
        ...


class Service:
    """The methods of the ledger process."""

    def __init__(self, ledger: Ledger, upkeep: Upkeep) -> None:
        self._ledger = ledger
        self._upkeep = upkeep
        self._recent: dict[int, msgspec.Raw] = {}
        self._standing: tuple[int, dict[str, bool]] = (-1, {})
        self._methods: dict[str, Handler] = {
            "submit": self._submit,
            "query": self._query,
            "scan": self._scan,
            "status": self._status,
            "block": self._block,
            "validators": self._validators,
            "receipt": self._receipt,
            "advance": self._advance,
            "check": self._check,
            "snapshot": self._snapshot,
            "backup": self._backup,
        }

    def fail(self, error: BaseException) -> None:
        """What leads to blocks failed in a way that nobody foresaw: the process ends."""
        self._ledger.fail(error)

    async def answer(self, method: str, args: msgspec.Raw) -> msgspec.Raw:
        """
        The encoded result of a method; raises `EngineRefused`, or `EngineUnavailable` where nobody knows yet what becomes of what was asked.

        What only reads changes nothing, so nothing unforeseen in it makes memory doubtful: it answers `READ_FAILED`, and the process goes on.
        """
        handler = self._methods.get(method)
        if handler is None:
            raise EngineRefused("METHOD_UNKNOWN", "There is no such method.")
        try:
            return _encoded(await handler(args))
        except (EngineRefused, EngineUnavailable):
            raise
        except Exception as error:
            if method in CHANGING:
                raise
            raise read_failed(method, error) from error

    async def follow(self, args: msgspec.Raw) -> AsyncIterator[msgspec.Raw]:
        """Every encoded block from a height on, without end; raises `EngineRefused` where it cannot begin there."""
        height = max(1, _read(HeightArgs, args).height)
        if height > self._ledger.height + 1:
            raise EngineRefused(
                "HEIGHT_NOT_REACHED",
                f"Block {height} is beyond this chain, which stands at {self._ledger.height}: it may be another one.",
            )
        while True:
            await self._ledger.beyond(height - 1)
            try:
                block = await self._encoded_block(height)
            except EngineRefused:
                raise
            except Exception as error:
                raise read_failed(FOLLOW, error) from error
            yield block
            height += 1

    async def chain(self) -> str:
        """Name of the chain."""
        return (await self._ledger.status()).chain

    async def takes_part(self, member: str) -> bool:
        """
        Whether the ledger names a member so that has neither been revoked nor left; read once a block for each who asks.

        One that is suspended completes what is pending and votes, so it goes on asking; what it may begin is the rules' to say.
        """
        height = self._ledger.height
        if self._standing[0] != height:
            self._standing = (height, {})
        known = self._standing[1]
        if member not in known:
            known[member] = await self._reads_part(member)
        return known[member]

    async def _reads_part(self, member: str) -> bool:
        row = (await self._ledger.query(MEMBERS.key(member), prove=False)).value if member else None
        if row is None:
            return False
        status = await self._ledger.status()
        now = Moment(Height(status.height), TimeMs(status.time_ms))
        return codec.trusted(Member, row).status_at(now) in (ACTIVE, SUSPENDED)

    async def _submit(self, args: msgspec.Raw) -> object:
        return await self._ledger.submit(_read(SubmitArgs, args).envelope)

    async def _query(self, args: msgspec.Raw) -> object:
        wanted = _read(QueryArgs, args)
        return await self._ledger.query(wanted.key, prove=wanted.prove)

    async def _scan(self, args: msgspec.Raw) -> object:
        return await self._ledger.scan(_read(ScanArgs, args).prefix)

    async def _status(self, args: msgspec.Raw) -> object:
        _read(NoArgs, args)
        return await self._ledger.status()

    async def _block(self, args: msgspec.Raw) -> object:
        return await self._encoded_block(_read(HeightArgs, args).height)

    async def _validators(self, args: msgspec.Raw) -> object:
        return await self._ledger.validators(_read(HeightArgs, args).height)

    async def _receipt(self, args: msgspec.Raw) -> object:
        return await self._ledger.receipt(_read(ReceiptArgs, args).operation)

    async def _advance(self, args: msgspec.Raw) -> object:
        return await self._ledger.advance(_read(AdvanceArgs, args).to_ms)

    async def _check(self, args: msgspec.Raw) -> object:
        _read(NoArgs, args)
        return await self._upkeep.check()

    async def _snapshot(self, args: msgspec.Raw) -> object:
        return await self._upkeep.snapshot(_read(SnapshotArgs, args).name)

    async def _backup(self, args: msgspec.Raw) -> object:
        return await self._upkeep.backup(_read(SnapshotArgs, args).name)

    async def _encoded_block(self, height: int) -> msgspec.Raw:
        """A block, encoded once for all who follow closely."""
        found = self._recent.get(height)
        if found is None:
            found = self._recent[height] = _encoded(await self._ledger.block(height))
            if len(self._recent) > _RECENT_BLOCKS:
                del self._recent[min(self._recent)]
        return found


def read_failed(method: str, error: BaseException) -> EngineRefused:
    """Log that a method which only reads failed, without anything that was asked or read, and say so."""
    logger().error("a read failed", method=method, kind=type(error).__name__, place=place_of(error))
    return EngineRefused("READ_FAILED", f"The ledger process could not answer {method}; its log says more.")


def _read(kind: type[A], args: msgspec.Raw) -> A:
    try:
        return msgspec.msgpack.decode(args, type=kind)
    except UNREADABLE:
        raise EngineRefused("ARGUMENTS_MALFORMED", "The arguments are not those of this method.") from None


def _encoded(value: object) -> msgspec.Raw:
    return value if isinstance(value, msgspec.Raw) else msgspec.Raw(msgspec.msgpack.encode(value))
