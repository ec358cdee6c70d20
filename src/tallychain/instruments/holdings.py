"""Ranges of units, what encumbers them, and how a holding is divided.

An instrument is its units ``1..face``.  A holding is a contiguous range of them, so a split is a
sub-range: nothing can be created, lost or held twice as long as the holdings partition the face.
The library is shared by vouchers, bill packages and products; it knows units and no holders.

Source: supply-chain study, sections 7.2 (Lot, Encumbrance), 7.6 (I1, I5, I7) and 7.7; clearing and
trading study, section 6.1 (sub-ranges of bills).
"""

import itertools
import re
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.instruments.errors import InstrumentError
from tallychain.instruments.money import MAX_UNITS, Units

_SUB_RANGE: Final = re.compile(r"([1-9][0-9]{0,11})-([1-9][0-9]{0,11})")


class RangeMalformed(InstrumentError):
    """A range needs ``1 <= first <= last``, both of at most twelve digits."""


class PartOutsideRange(InstrumentError):
    """A part reaches outside of what is to be divided."""

    def __init__(self, part: "Range", whole: "Range") -> None:
        super().__init__(f"Units {part} are not within {whole}.")
        self.part = part
        self.whole = whole


class PartsOverlap(InstrumentError):
    """Two parts of one division share a unit."""

    def __init__(self, one: "Range", other: "Range") -> None:
        super().__init__(f"The parts {one} and {other} overlap.")
        self.one = one
        self.other = other


class Unsplittable(InstrumentError):
    """The instrument may only be passed on whole."""


class NotEnoughFreeUnits(InstrumentError):
    """More units were asked for than are free."""

    def __init__(self, asked: int, free: int) -> None:
        super().__init__(f"{asked} units were asked for and {free} are free.")
        self.asked = asked
        self.free = free


class FreeUnitsScattered(InstrumentError):
    """Enough units are free, but not next to each other; they have to be asked for in parts."""

    def __init__(self, asked: int, longest: int) -> None:
        super().__init__(f"{asked} units were asked for and the longest free range has {longest}.")
        self.asked = asked
        self.longest = longest


class UnitsEncumbered(InstrumentError):
    """The units carry an encumbrance which excludes the new one; ``by`` is the strongest of them."""

    def __init__(self, by: "Encumbrance") -> None:
        super().__init__(f"Units {by.range} already carry a {by.kind.value}.")
        self.by = by


class Range(Struct, frozen=True, order=True):
    """Units ``first`` to ``last`` of one instrument, both included, counted from 1."""

    first: Units
    last: Units

    def __post_init__(self) -> None:
        """A range is never empty and never leaves the twelve digits of a unit."""
        if not 1 <= self.first <= self.last <= MAX_UNITS:
            raise RangeMalformed(f"{self.first}-{self.last} is not a range of units.")

    @property
    def length(self) -> Units:
        """How many units; for a voucher, its face in fen."""
        return Units(self.last - self.first + 1)

    def contains(self, other: "Range") -> bool:
        """Whether every unit of ``other`` is in this range."""
        return self.first <= other.first and other.last <= self.last

    def overlaps(self, other: "Range") -> bool:
        """Whether at least one unit is in both."""
        return self.first <= other.last and other.first <= self.last

    def common(self, other: "Range") -> "Range | None":
        """The units in both, or None."""
        if not self.overlaps(other):
            return None
        return Range(max(self.first, other.first), min(self.last, other.last))

    def __str__(self) -> str:
        """``1-30000000``, the form in which bills write sub-ranges."""
        return f"{self.first}-{self.last}"


class Extent(Struct, frozen=True):
    """What a bill's sub-range text says: the units, and whether they may be divided."""

    range: Range
    splittable: bool


def whole(face: int) -> Range:
    """All units of an instrument: ``1..face``."""
    return Range(Units(1), Units(face))


def parse_extent(text: str, face: int) -> Extent:
    """Read a sub-range as bills write it: ``1-120000000``, or ``0`` for a bill that cannot be split.

    Raises ``RangeMalformed`` for any other text and ``PartOutsideRange`` beyond the face.
    """
    if text == "0":
        return Extent(whole(face), splittable=False)
    matched = _SUB_RANGE.fullmatch(text)
    if matched is None:
        raise RangeMalformed(f"{text[:26]!r} is not a sub-range such as 1-120000000.")
    units = Range(Units(int(matched[1])), Units(int(matched[2])))
    if not whole(face).contains(units):
        raise PartOutsideRange(units, whole(face))
    return Extent(units, splittable=True)


def split_off(units: Range, parts: Iterable[Range], *, splittable: bool = True) -> tuple[Range, ...]:
    """What remains of a holding once ``parts`` are taken out of it, ascending.

    The parts and the rest together are exactly the holding.  Nothing remains if the whole is taken.
    Raises ``PartOutsideRange``, ``PartsOverlap``, or ``Unsplittable`` if something would remain of
    an instrument that may only be passed on whole.
    """
    taken = sorted(parts)
    for part in taken:
        if not units.contains(part):
            raise PartOutsideRange(part, units)
    for one, other in itertools.pairwise(taken):
        if one.overlaps(other):
            raise PartsOverlap(one, other)
    rest = _uncovered(units, taken)
    if rest and taken and not splittable:
        raise Unsplittable("The instrument may only be passed on whole.")
    return rest


class FaultKind(Enum):
    """How ranges fail to partition a face."""

    GAP = "GAP"
    OVERLAP = "OVERLAP"
    BEYOND_FACE = "BEYOND_FACE"


class PartitionFault(Struct, frozen=True):
    """One breach of conservation: which units, and what is wrong with them."""

    kind: FaultKind
    range: Range


def partition_faults(ranges: Iterable[Range], face: int) -> tuple[PartitionFault, ...]:
    """Every way in which ``ranges`` are not an exact partition of ``1..face`` (invariant I1).

    Empty for a sound instrument.  Faults stand in the order of their units: units held by nobody
    (GAP), units held more than once (OVERLAP), units that do not exist (BEYOND_FACE).
    """
    faults: list[PartitionFault] = []
    reached = 0
    for held in sorted(ranges):
        if held.first > reached + 1 and reached < face:
            until = min(held.first - 1, face)
            faults.append(PartitionFault(FaultKind.GAP, Range(Units(reached + 1), Units(until))))
        if held.first <= reached:
            until = min(held.last, reached)
            faults.append(PartitionFault(FaultKind.OVERLAP, Range(held.first, Units(until))))
        if held.last > face:
            beyond = Range(Units(max(held.first, face + 1)), held.last)
            faults.append(PartitionFault(FaultKind.BEYOND_FACE, beyond))
        reached = max(reached, held.last)
    if reached < face:
        faults.append(PartitionFault(FaultKind.GAP, Range(Units(reached + 1), Units(face))))
    return tuple(faults)


class EncumbranceKind(Enum):
    """What may bind units (权利负担)."""

    FREEZE = "FREEZE"
    PLEDGE = "PLEDGE"
    FINANCING = "FINANCING"
    OFFER = "OFFER"
    DISPUTE = "DISPUTE"
    REDEMPTION = "REDEMPTION"
    RECOURSE = "RECOURSE"

    @property
    def priority(self) -> int:
        """Smaller is stronger: FREEZE, then PLEDGE, then FINANCING, OFFER, DISPUTE, REDEMPTION and RECOURSE alike."""
        return _PRIORITY.get(self, 3)


_PRIORITY: Final = {EncumbranceKind.FREEZE: 1, EncumbranceKind.PLEDGE: 2}


class Encumbrance(Struct, frozen=True):
    """One burden on a sub-range of a holding.

    A holding lists its encumbrances in the order in which they were placed: among freezes that order
    is the queue (轮候).
    """

    kind: EncumbranceKind
    first: Units
    last: Units
    #: Who may release it: a member or a tag.
    by: Annotated[str, Meta(min_length=1, max_length=200)]
    #: The instant from which it no longer binds, UTC milliseconds; 0 means until it is released.
    until_ms: Annotated[int, Meta(ge=0, le=2**53)]
    #: The operation, offer, deal or court order that it rests on.
    reference: Annotated[str, Meta(min_length=1, max_length=200)]

    def __post_init__(self) -> None:
        """The sub-range must be one."""
        Range(self.first, self.last)

    @property
    def range(self) -> Range:
        """The units it binds."""
        return Range(self.first, self.last)


def standing_at(encumbrances: Iterable[Encumbrance], now_ms: int) -> tuple[Encumbrance, ...]:
    """Those that still bind at an instant; at ``until_ms`` itself one no longer does.

    Where an outage moves a deadline, ``until_ms`` has to have been moved before.
    """
    return tuple(e for e in encumbrances if e.until_ms == 0 or now_ms < e.until_ms)


def free_ranges(holding: Range, encumbrances: Iterable[Encumbrance]) -> tuple[Range, ...]:
    """The longest sub-ranges of a holding that carry no encumbrance of any kind, ascending."""
    bound = sorted(common for e in encumbrances if (common := holding.common(e.range)) is not None)
    return _uncovered(holding, bound)


def is_free(units: Range, encumbrances: Iterable[Encumbrance]) -> bool:
    """Whether no unit of the range carries an encumbrance of any kind."""
    return not any(units.overlaps(e.range) for e in encumbrances)


def strongest(units: Range, encumbrances: Iterable[Encumbrance]) -> Encumbrance | None:
    """The encumbrance with the highest priority on any of the units; the earliest among equals."""
    touching = (e for e in encumbrances if units.overlaps(e.range))
    return min(touching, key=lambda e: e.kind.priority, default=None)


def place(encumbrances: Sequence[Encumbrance], new: Encumbrance) -> tuple[Encumbrance, ...]:
    """The list with ``new`` placed last.

    What a holder agrees to (pledge, financing, offer) and a dispute need free units, else
    ``UnitsEncumbered``: of two that race for the same unit exactly one succeeds.  A FREEZE always
    attaches: behind the freezes that stand (see ``freeze_queue``) and over everything else.  Which
    weaker ones it ends, such as an open offer, is the contract's rule.
    """
    if new.kind is not EncumbranceKind.FREEZE:
        obstacle = strongest(new.range, encumbrances)
        if obstacle is not None:
            raise UnitsEncumbered(obstacle)
    return (*encumbrances, new)


class FreezePosition(Struct, frozen=True):
    """One freeze: the units on which it is effective now, and those on which it waits its turn."""

    reference: str
    effective: tuple[Range, ...]
    queued: tuple[Range, ...]


def freeze_queue(encumbrances: Iterable[Encumbrance]) -> tuple[FreezePosition, ...]:
    """Every freeze in the order of service (轮候冻结).

    A unit is frozen for the court that served first; when that freeze is lifted or lapses and so
    leaves the list, the next one is effective at once.  Nothing about the queue is stored.
    """
    positions: list[FreezePosition] = []
    earlier: list[Range] = []
    for freeze in encumbrances:
        if freeze.kind is EncumbranceKind.FREEZE:
            effective = _uncovered(freeze.range, sorted(earlier))
            queued = _uncovered(freeze.range, effective)
            positions.append(FreezePosition(freeze.reference, effective, queued))
            earlier.append(freeze.range)
    return tuple(positions)


def clipped_to(encumbrances: Iterable[Encumbrance], units: Range) -> tuple[Encumbrance, ...]:
    """What a sub-range takes along of the encumbrances of the holding it comes from."""
    return tuple(
        Encumbrance(e.kind, common.first, common.last, e.by, e.until_ms, e.reference)
        for e in encumbrances
        if (common := units.common(e.range)) is not None
    )


def encumbrance_faults(holding: Range, encumbrances: Sequence[Encumbrance]) -> tuple[Encumbrance, ...]:
    """The encumbrances that cannot be there (invariant I7): outside of the holding, or placed on
    units that an earlier one bound, freezes excepted.  Empty for a sound holding.

    So what is bound never exceeds the holding, and nothing later reaches into a freeze.
    """
    return tuple(
        e
        for placed, e in enumerate(encumbrances)
        if not holding.contains(e.range)
        or (e.kind is not EncumbranceKind.FREEZE and not is_free(e.range, encumbrances[:placed]))
    )


def take_lowest(free: Iterable[Range], units: int) -> Range:
    """The units that a request by quantity gets: always one contiguous range.

    It is the first ``units`` units of the lowest free range that is long enough.  A range that is
    too short is passed over, never added to another.  Raises ``NotEnoughFreeUnits`` if the free
    ranges together do not suffice, ``FreeUnitsScattered`` if only no single one does,
    ``RangeMalformed`` for a quantity below 1.
    """
    if units < 1:
        raise RangeMalformed(f"{units} units cannot be asked for.")
    ascending = sorted(free)
    for candidate in ascending:
        if candidate.length >= units:
            return Range(candidate.first, Units(candidate.first + units - 1))
    total = sum(candidate.length for candidate in ascending)
    if total < units:
        raise NotEnoughFreeUnits(units, total)
    raise FreeUnitsScattered(units, max(candidate.length for candidate in ascending))


def take_each_lowest(free: Iterable[Range], quantities: Iterable[int]) -> tuple[Range, ...]:
    """One range per quantity, in the order given: ``take_lowest`` repeated on what is left.

    All or none: it raises what ``take_lowest`` raises for the first quantity that does not fit.
    """
    left = tuple(sorted(free))
    taken: list[Range] = []
    for quantity in quantities:
        part = take_lowest(left, quantity)
        taken.append(part)
        left = tuple(
            rest
            for candidate in left
            for rest in _uncovered(candidate, [part] if candidate.contains(part) else [])
        )
    return tuple(taken)


def _uncovered(units: Range, covers: Sequence[Range]) -> tuple[Range, ...]:
    """The maximal sub-ranges of ``units`` outside of ``covers``, which are ascending."""
    rest: list[Range] = []
    start = int(units.first)
    for cover in covers:
        if cover.first > units.last:
            break
        if cover.first > start:
            rest.append(Range(Units(start), Units(cover.first - 1)))
        start = max(start, cover.last + 1)
    if start <= units.last:
        rest.append(Range(Units(start), units.last))
    return tuple(rest)
