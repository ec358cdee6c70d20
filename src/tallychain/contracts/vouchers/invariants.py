"""What must hold: of one Change before it is adopted (`touched`), and of the whole state (`full`).

Numbers are those of the supply-chain study, section 7.6, restated for ranges of units.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from tallychain.contracts.vouchers.banking import invariants as banking
from tallychain.contracts.vouchers.challenging import invariants as challenging
from tallychain.contracts.vouchers.courting import invariants as courting
from tallychain.contracts.vouchers.courting.state import FREEZES, STANDING, Freeze
from tallychain.contracts.vouchers.cover import full_cover, touched_cover
from tallychain.contracts.vouchers.disputing import invariants as disputing
from tallychain.contracts.vouchers.disputing.state import Dispute
from tallychain.contracts.vouchers.events import TitleMoved
from tallychain.contracts.vouchers.financing import invariants as financing
from tallychain.contracts.vouchers.financing.state import BINDING as FINANCING_BINDS
from tallychain.contracts.vouchers.financing.state import FINANCINGS, Financing
from tallychain.contracts.vouchers.guaranteeing import invariants as guaranteeing
from tallychain.contracts.vouchers.pledging import invariants as pledging
from tallychain.contracts.vouchers.pledging.state import BINDING, PLEDGES, Pledge
from tallychain.contracts.vouchers.recoursing import invariants as recoursing
from tallychain.contracts.vouchers.recoursing.state import Recourse
from tallychain.contracts.vouchers.redeeming import invariants as redeeming
from tallychain.contracts.vouchers.redeeming.state import Redemption
from tallychain.contracts.vouchers.rekeying import invariants as rekeying
from tallychain.contracts.vouchers.rekeying.events import HolderRekeyed
from tallychain.contracts.vouchers.settling import invariants as settling
from tallychain.contracts.vouchers.sponsoring.events import HolderPorted
from tallychain.contracts.vouchers.state import (
    ACTIVE,
    BY_COURT,
    BY_FINANCING,
    BY_ISSUE,
    BY_RECOURSE,
    BY_SPLIT,
    BY_TITLE,
    BY_TRANSFER,
    FIRM,
    FIRST_LAYER,
    HOLDINGS,
    ISSUED,
    OFFERS,
    OPEN,
    VOUCHERS,
    WITHOUT_TITLE,
    Holding,
    Offer,
    Voucher,
)
from tallychain.instruments.holdings import EncumbranceKind, Range, encumbrance_faults, partition_faults
from tallychain.ledger.contract import Change
from tallychain.ledger.outages import all_outages
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import shifted
from tallychain.ledger.types import tag_author

Fault = tuple[int, str]
Lock = tuple[str, str, Range]
Row = TypeVar("Row", Voucher, Holding, Offer, Pledge, Freeze, Financing)

NAME_LENGTH_BYTES = 2
"""A key part stands behind its length."""


def touched(change: Change, before: Reader, after: Reader) -> Iterator[Fault]:
    """
    Every fault that this Change would bring.

    Local: it compares the holdings written with those that stood at the same places, so it costs no more than the Change itself.
    """
    yield from _removals(change, before)
    holdings = change.written(Holding)
    pieces: dict[str, list[Holding]] = defaultdict(list)
    changed = _changed_titles(change)
    for holding in holdings:
        pieces[holding.voucher].append(holding)
    for number, written in pieces.items():
        yield from _division(number, written, before, changed)
    for voucher in change.written(Voucher):
        yield from _dates(voucher)
    yield from _titles(change, before, after)
    for holding in holdings:
        yield from _bounds(holding)
    yield from _changed_locks(change, before)
    bound = _kinds_bound(holdings, before)
    if EncumbranceKind.PLEDGE in bound or change.written(Pledge):
        yield from pledging.touched(change, before, after)
    if EncumbranceKind.FREEZE in bound or change.written(Freeze):
        yield from courting.touched(change, before, after)
    if (
        EncumbranceKind.FINANCING in bound
        or change.written(Financing)
        or any(one.acquired_by == BY_FINANCING for one in holdings)
    ):
        yield from financing.touched(change, before, after)
    if EncumbranceKind.DISPUTE in bound or change.written(Dispute) or change.removed:
        yield from disputing.touched(change, before, after)
    if EncumbranceKind.REDEMPTION in bound or change.written(Redemption) or change.removed:
        yield from redeeming.touched(change, before, after)
    if (
        EncumbranceKind.RECOURSE in bound
        or change.written(Recourse)
        or change.removed
        or any(one.acquired_by == BY_RECOURSE for one in holdings)
    ):
        yield from recoursing.touched(change, before, after)
    yield from guaranteeing.touched(change, before, after)
    yield from rekeying.touched(change, before, after)
    yield from banking.touched(change, before)
    yield from challenging.touched(change, before, after)
    yield from touched_cover(change, before, after)
    yield from settling.touched(change, before, after)


def full(state: Reader) -> Iterator[Fault]:
    """Every fault in the whole state."""
    held: dict[str, list[Holding]] = defaultdict(list)
    for holding in state.iterate(HOLDINGS):
        held[holding.voucher].append(holding)
        yield from _bounds(holding)
    for voucher in state.iterate(VOUCHERS):
        yield from _dates(voucher)
        yield from _partition(voucher, held.get(voucher.number, []))
    for number in held:
        if state.get(VOUCHERS, number) is None:
            yield 2, f"units are held of {number}, which does not exist"
    locks = {lock for holdings in held.values() for holding in holdings for lock in _locks_on(holding)}
    offered = {_lock_of(offer) for offer in state.iterate(OFFERS) if offer.timeline.status == OPEN}
    for name, _, units in sorted(locks ^ offered):
        yield 7, f"offer {name} and the lock on {units} do not belong together"
    yield from pledging.full(state)
    yield from courting.full(state)
    yield from financing.full(state)
    yield from disputing.full(state)
    yield from redeeming.full(state)
    yield from recoursing.full(state)
    yield from guaranteeing.full(state)
    yield from rekeying.full(state)
    yield from banking.full(state)
    yield from challenging.full(state)
    yield from full_cover(state)
    yield from settling.full(state)


def _changed_titles(change: Change) -> dict[str, dict[str, str]]:
    """What porting and a change of keys say about holdings that stay what they are: the fields that differ, by the holding's id."""
    changed: dict[str, dict[str, str]] = {}
    for event in change.events:
        if isinstance(event, HolderPorted):
            changed |= {name: {"sponsor": event.sponsor} for name in event.holdings}
        if isinstance(event, HolderRekeyed):
            new = {field: getattr(event.receiver, field) for field in event.receiver.__struct_fields__}
            changed |= dict.fromkeys(event.holdings, new)
    return changed


def _kinds_bound(holdings: Sequence[Holding], before: Reader) -> frozenset[EncumbranceKind]:
    """
    Of which kinds locks are on these holdings, or were on what stood at their places.

    Where there is none of a kind, and no row of that kind is written, what must hold of that kind holds without looking.
    """
    stood = (before.get(HOLDINGS, one.voucher, one.first) for one in holdings)
    return frozenset(e.kind for one in (*holdings, *stood) if one is not None for e in one.encumbrances)


def _removals(change: Change, before: Reader) -> Iterator[Fault]:
    """I4: a holding gives way to its pieces and is never just removed; a voucher, an offer, a pledge, a freeze or a financing leaves only after it has ended."""
    removed = change.removed
    if not removed:
        return
    for key in removed:
        if key.startswith(HOLDINGS.key()):
            yield 4, "a holding was removed"
    for voucher in _rows_of(VOUCHERS, removed, before):
        if voucher.timeline.status not in WITHOUT_TITLE:
            yield 4, f"{voucher.number} was removed and is {voucher.timeline.status}"
    for offer in _rows_of(OFFERS, removed, before):
        if offer.timeline.status == OPEN:
            yield 4, f"offer {offer.id} was removed and is {OPEN}"
    for pledge in _rows_of(PLEDGES, removed, before):
        if pledge.timeline.status in BINDING:
            yield 4, f"pledge {pledge.id} was removed and is {pledge.timeline.status}"
    for freeze in _rows_of(FREEZES, removed, before):
        if freeze.timeline.status in STANDING:
            yield 4, f"freeze {freeze.id} was removed and is {freeze.timeline.status}"
    for asked in _rows_of(FINANCINGS, removed, before):
        if asked.timeline.status in FINANCING_BINDS:
            yield 4, f"financing {asked.id} was removed and is {asked.timeline.status}"


def _rows_of(table: Table[Row], keys: Sequence[bytes], before: Reader) -> list[Row]:
    """The rows of a table under these keys; its key is one name."""
    names = [
        key[len(table.key()) + NAME_LENGTH_BYTES :].decode() for key in keys if key.startswith(table.key())
    ]
    return [row for name in names if (row := before.get(table, name)) is not None]


def _division(
    number: str,
    pieces: Sequence[Holding],
    before: Reader,
    changed: Mapping[str, Mapping[str, str]],
) -> Iterator[Fault]:
    """I1, I2: the pieces are exactly what stood at their places; the first holding is the whole face."""
    stood = [row for piece in pieces if (row := before.get(HOLDINGS, number, piece.first)) is not None]
    if not stood:
        yield from _first(number, pieces, before)
        return
    ascending = sorted(piece.units for piece in pieces)
    if any(one.overlaps(other) for one, other in itertools.pairwise(ascending)):
        yield 1, f"pieces of {number} overlap"
    if sum(units.length for units in ascending) != sum(row.units.length for row in stood):
        yield 2, f"the pieces of {number} are not as many units as were held"
    for piece in pieces:
        origin = next((row for row in stood if row.units.contains(piece.units)), None)
        if origin is None or not _follows(piece, origin, changed):
            yield 3, f"{piece.id} does not follow from what was held"


def _first(number: str, pieces: Sequence[Holding], before: Reader) -> Iterator[Fault]:
    """I1, I3: the first holding covers the face of a promise that waited for it."""
    voucher = before.get(VOUCHERS, number)
    if voucher is None or voucher.timeline.status != ISSUED:
        yield 2, f"units of {number} come from nowhere"
        return
    if [piece.units for piece in pieces] != [voucher.units]:
        yield 1, f"the first holding of {number} is not its face"
    if any((piece.layer, piece.parent, piece.acquired_by) != (FIRST_LAYER, "", BY_ISSUE) for piece in pieces):
        yield 3, f"the first holding of {number} is not of the first layer"


def _follows(piece: Holding, origin: Holding, changed: Mapping[str, Mapping[str, str]]) -> bool:
    """I3: title moving adds a layer; a rest keeps layer and holder; a change of locks keeps everything else, and so do porting but the sponsor, and other keys but the keys."""
    if piece.id == origin.id:
        return _title_of(piece) == _title_of(replace(origin, **changed.get(origin.id, {})))
    if (piece.parent, piece.seq) != (origin.id, origin.seq + 1):
        return False
    if piece.acquired_by in BY_TITLE:
        return piece.layer == origin.layer + 1
    rest = (piece.tag, piece.sealing, piece.sponsor, piece.layer)
    return piece.acquired_by == BY_SPLIT and rest == (
        origin.tag,
        origin.sealing,
        origin.sponsor,
        origin.layer,
    )


def _title_of(holding: Holding) -> tuple[str | int, ...]:
    return (
        holding.tag,
        holding.sealing,
        holding.sponsor,
        holding.layer,
        holding.parent,
        holding.acquired_by,
    )


def _partition(voucher: Voucher, holdings: Sequence[Holding]) -> Iterator[Fault]:
    """I1, I2: an accepted voucher is held exactly once, unit by unit; one without title is not held at all."""
    if voucher.timeline.status in (ISSUED, *WITHOUT_TITLE):
        if holdings:
            yield 2, f"{voucher.number} is {voucher.timeline.status} and units of it are held"
        return
    for fault in partition_faults([holding.units for holding in holdings], voucher.face):
        yield 1, f"{voucher.number}: {fault.kind.value} at {fault.range}"
    for holding in holdings:
        lowest = FIRST_LAYER + 1 if holding.acquired_by in BY_TITLE else FIRST_LAYER
        if holding.layer < lowest or (holding.acquired_by == BY_ISSUE and holding.layer != FIRST_LAYER):
            yield 3, f"{holding.id} is of layer {holding.layer} by {holding.acquired_by}"


def _bounds(holding: Holding) -> Iterator[Fault]:
    """I7: what is bound lies within the holding, and nothing is bound twice."""
    bound = sorted(e.range for e in holding.encumbrances)
    apart = all(one.last < other.first for one, other in itertools.pairwise(bound))
    if apart and all(holding.units.contains(units) for units in bound):
        return  # The exact answer takes time by the square of the number of locks; this one nearly none.
    for wrong in encumbrance_faults(holding.units, holding.encumbrances):
        yield 7, f"{holding.id}: {wrong.kind.value} on {wrong.range} cannot be there"


def _dates(voucher: Voucher) -> Iterator[Fault]:
    """I12: due later than issued, on or after the nominal day, and not before the black-out has begun."""
    if not voucher.issue_day < voucher.nominal_maturity <= voucher.effective_maturity:
        yield 12, f"{voucher.number} is due on an impossible day"
    if voucher.maturity != FIRM and voucher.effective_maturity != voucher.nominal_maturity:
        yield 12, f"{voucher.number} is due on a day that no calendar gives"
    if voucher.blackout_ms > voucher.due_ms:
        yield 12, f"{voucher.number} falls due before its black-out"


def _titles(change: Change, before: Reader, after: Reader) -> Iterator[Fault]:
    """I20, I21: every title that moves is published to the issuer, and none but by a court or a buy-back from the black-out on, by the dates that this Change leaves."""
    notices = {event.taken.id: event for event in change.events if isinstance(event, TitleMoved)}
    for holding in change.written(Holding):
        stood = before.get(HOLDINGS, holding.voucher, holding.first)
        if holding.acquired_by not in (BY_TRANSFER, BY_COURT, BY_RECOURSE) or (
            stood is not None and stood.id == holding.id
        ):
            continue
        voucher = before.get(VOUCHERS, holding.voucher)
        dated = after.get(VOUCHERS, holding.voucher)
        notice = notices.get(holding.id)
        if voucher is None or dated is None or notice is None or notice.issuer != voucher.issuer:
            yield 21, f"the issuer has no notice of {holding.id}"
        elif holding.acquired_by in (BY_COURT, BY_RECOURSE):
            continue
        elif voucher.timeline.status != ACTIVE or _is_late(notice.moved_ms, dated, before):
            yield 20, f"title to {holding.id} moved too late"


def _is_late(moved_ms: int, voucher: Voucher, state: Reader) -> bool:
    """Whether the black-out had begun; outages are looked at only where they can matter."""
    if moved_ms < voucher.blackout_ms:
        return False
    return moved_ms >= shifted(voucher.blackout_ms, all_outages(state))


def _changed_locks(change: Change, before: Reader) -> Iterator[Fault]:
    """I7: an offer that opens binds exactly its units, one that ends frees them, and no other lock changes."""
    earlier: set[Lock] = set()
    later: set[Lock] = set()
    for holding in change.written(Holding):
        later.update(_locks_on(holding))
        stood = before.get(HOLDINGS, holding.voucher, holding.first)
        earlier.update(() if stood is None else _locks_on(stood))
    offers = change.written(Offer)
    opened = {
        _lock_of(offer)
        for offer in offers
        if offer.timeline.status == OPEN and before.get(OFFERS, offer.id) is None
    }
    closed = {_lock_of(offer) for offer in offers if offer.timeline.status != OPEN}
    for name, _, units in sorted(((later - earlier) ^ opened) | ((earlier - later) ^ closed)):
        yield 7, f"offer {name} and the lock on {units} do not belong together"


def _lock_of(offer: Offer) -> Lock:
    return (offer.id, tag_author(offer.giver.tag), offer.units)


def _locks_on(holding: Holding) -> Iterator[Lock]:
    for e in holding.encumbrances:
        if e.kind is EncumbranceKind.OFFER:
            yield e.reference, e.by, e.range
