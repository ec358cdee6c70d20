"""What the gateway needs from the read model: rows, history and the blocks they come from.

`seats` are the seats whose private rows the caller may see; rows of other seats do not exist for it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from tallychain.ledger.operation import SignedOperation


class AsOf(Struct, frozen=True):
    """Up to which block the read model speaks."""

    height: int
    time_ms: int


class Page(Struct, frozen=True):
    """Some rows of a view, and where the next ones begin; `cursor` is empty on the last page."""

    rows: list[dict[str, Any]]
    cursor: str
    as_of: AsOf


class EventRow(Struct, frozen=True):
    """One fact: resumable by (height, index)."""

    height: int
    index: int
    operation: str
    name: str
    event: dict[str, Any]


class OperationRow(Struct, frozen=True):
    """One operation that stands in a block."""

    operation: str
    type: str
    author: str
    via: str
    height: int
    body: str
    """Canonical text as it was signed."""
    receipt: str


class BlockRow(Struct, frozen=True):
    """One block, as the explorer lists it."""

    height: int
    time_ms: int
    operations: int
    header: str
    """Canonical header; it carries results and state root of the block before."""


class BadFilter(Exception):
    """A filter, cursor or limit that the view does not know; the text says which."""


class ReadModel(Protocol):
    """Queries as of the last projected block."""

    @property
    def failed(self) -> BaseException | None:
        """Why it follows the ledger no more, if it does not: its rows are old then."""

    async def naming(self, keys: frozenset[str]) -> dict[str, frozenset[str]]:
        """Operations that took effect and name some of these keys, with the keys that each names."""

    async def open_later(self, signed: SignedOperation) -> int:
        """Open what an operation that stands here holds for keys that have come since; how many parts."""

    async def list(
        self, view: str, filters: Mapping[str, str], seats: Sequence[str], cursor: str, limit: int
    ) -> Page:
        """Rows whose columns equal the filters, in key order; raises `BadFilter`."""

    async def get(self, view: str, key: Sequence[str], seats: Sequence[str]) -> dict[str, Any] | None:
        """One row, or None."""

    async def as_of(self) -> AsOf:
        """Up to which block it speaks."""

    async def blocks(self, below: int, limit: int) -> Sequence[BlockRow]:
        """The newest blocks below a height, newest first; 0 for the newest of all."""

    async def operation(self, operation: str) -> OperationRow | None:
        """One operation, or None."""

    async def operations_of(self, height: int) -> Sequence[OperationRow]:
        """The operations of one block, in order."""

    async def events(self, height: int, index: int, limit: int) -> Sequence[EventRow]:
        """Facts after the position (height, index), in order."""
