"""What a contract must provide.

A contract declares its operations once; HTTP routes, SDK builders, commands, row tables and documents are derived from that.
A rule reads, refuses, refuses, refuses, then returns one `Change` with every write and event.
"""

# mypy: disable-error-code="explicit-any"
# A catalogue holds operations and tables of different types in one list; `AnyOperation` and `Row` are where the types are erased.

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
from msgspec.inspect import Field, StructType, type_info

from tallychain.ledger.identity import Key
from tallychain.ledger.operation import SealedPart
from tallychain.ledger.protocol import FIRST_PROTOCOL
from tallychain.ledger.refusals import Refused
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Table, Write
from tallychain.ledger.timeline import Moment, Timeline
from tallychain.ledger.types import Author, MemberId, OperationId

if TYPE_CHECKING:
    from tallychain.ledger.views import View

A = TypeVar("A", bound=msgspec.Struct)
R = TypeVar("R", bound=msgspec.Struct)


Row = Any
"""A row of some table; which one is known only to the contract that declared it."""


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="event"):
    """A fact published by a rule.  Subclasses give `tag="contract.past_fact"`."""


class DuplicateWrite(Exception):
    """Our own mistake: two parts of one Change write the same key."""


@dataclass(frozen=True, slots=True)
class Change:
    """All that one operation does: rows written and facts published."""

    writes: tuple[Write, ...] = ()
    events: tuple[Event, ...] = ()
    _by_type: dict[type, list[Any]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """The rows written, sorted out once: every invariant of every contract asks for those of its own types."""

    def written(self, kind: type[R]) -> Sequence[R]:
        """The rows of one type that it writes, in its order; not those it removes."""
        if not self._by_type:
            for write in self.writes:
                self._by_type.setdefault(type(write.value), []).append(write.value)
        return self._by_type.get(kind, ())

    @property
    def removed(self) -> Sequence[bytes]:
        """The keys of the rows that it removes, in its order."""
        return [write.key for write in self.writes if write.value is None]

    def __add__(self, other: "Change") -> "Change":
        """Both changes as one; writing a key twice is an error of ours."""
        keys = [write.key for write in self.writes + other.writes]
        if len(set(keys)) != len(keys):
            raise DuplicateWrite
        return Change(self.writes + other.writes, self.events + other.events)


class Authority(enum.Enum):
    """Who makes an operation, and which roles sign it, in this order."""

    TWO_PERSONS = ("maker", "checker")
    TWO_ADMINS = ("admin", "admin")
    SYSTEM = ("system",)
    HOLDER = ("holder",)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that must sign, in this order."""
        roles: tuple[str, ...] = self.value
        return roles


@dataclass(frozen=True, slots=True)
class Call:
    """An authentic operation on its way into a rule: who asks, through whom, when."""

    operation: OperationId
    author: Author
    member: MemberId | None
    """The author, if it is a member."""
    tag: str | None
    """The author's signing key, if it is a holder's tag."""
    via: MemberId
    now: Moment
    signers: tuple[Key, ...]
    """The keys of the member's persons or system that signed, in role order."""
    sealed: tuple[SealedPart, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class SealRule:
    """
    One sealed part of an operation: what it holds and who must be able to open it.

    `audience` gives the parties that must be among the recipients, as `member:<id>` (any sealing key of it in force) or as
    a tag's sealing key; the ledger refuses otherwise.  The author is always among them.
    """

    label: str
    content: type[msgspec.Struct]
    audience: Callable[[Any, Call, Reader], tuple[str, ...]]
    required: bool = True
    example: msgspec.Struct | None = None
    """A complete example of the content, shown in help and documents."""
    check: Callable[[Any], None] | None = None
    """What the author's side demands of the content before anybody signs; raises `Refused`.  The ledger cannot look inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationType(Generic[A]):
    """One thing that may be asked of the ledger."""

    name: str
    args: type[A]
    authority: Authority
    title: Words
    summary: Words
    rule: Callable[[A, Call, Reader], Change]
    refusals: tuple[type[Refused], ...]
    """The contract's own refusals that this operation may meet, in order of precedence."""
    example: A
    """A complete example, shown in help and documents."""
    kinds: tuple[str, ...] = ()
    """The author member must be admitted as one of these; empty for any, and for holders."""
    begins: bool = True
    """Whether it begins something new: then author and carrier must be in good standing."""
    seals: tuple[SealRule, ...] = ()
    amount: Callable[[A], int] | None = None
    """The public amount that the signing keys' limits are checked against."""
    primary: Callable[[A], str] | None = None
    """Name of the object that this operation is about, for quarantine."""
    version: int = 1
    since_protocol: int = FIRST_PROTOCOL
    """From which protocol on the chain takes it; before, it is as unknown to this build as to those that were never told of it."""


@dataclass(frozen=True, slots=True)
class DueKind:
    """
    Changes of status that time brings to the rows of one table.

    `timeline` and `with_timeline` read and replace the row's timeline; `change` gives the row written and the events when its next step is due,
    given the row, the status it takes, and the instant at which that became true.
    """

    name: str
    table: Table[Any]
    budget: int
    """Rows written down per block, at most; the rest stays true and waits for a later block."""
    timeline: Callable[[Any], Timeline]
    change: Callable[[Any, int, Moment, Reader], Change]


AnyOperation = OperationType[Any]
"""Some operation; its arguments are of its own declared type."""

Invariant = Callable[[Change, Reader, Reader], Iterable[tuple[int, str]]]
FullInvariant = Callable[[Reader], Iterable[tuple[int, str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A contract: its operations, what follows from time, what must always hold, and how events become rows."""

    name: str
    title: Words
    operations: tuple[AnyOperation, ...]
    events: tuple[type[Event], ...]
    tables: tuple[Table[Any], ...]
    due: tuple[DueKind, ...] = ()
    touched: Invariant | None = None
    """What one Change must keep, given the state before and after it."""
    full: FullInvariant | None = None
    """What the whole state must keep."""
    genesis: Callable[[msgspec.Raw], Change] | None = None
    """The first Change of a chain, from this contract's section of the genesis document."""
    founding_events: Callable[[Reader], tuple[Event, ...]] | None = None
    """What this contract publishes at height 0 of rows that the document gives for the whole chain, such as its policies."""
    parameter_faults: Callable[[Reader], Iterable[str]] | None = None
    """What is wrong, as sentences, with the policies and calendars that this contract will read; asked at genesis and of every vote."""
    views: "tuple[View, ...]" = ()
    """How events become rows."""
    words: Mapping[str, Words] = field(default_factory=dict)
    """Words for fields, statuses and kinds that screens and documents show."""


def fields_of(kind: type[msgspec.Struct]) -> tuple[Field, ...]:
    """The declared fields of a structure, in its order: names, types, and the words that stand with them."""
    info = type_info(kind)
    return info.fields if isinstance(info, StructType) else ()
