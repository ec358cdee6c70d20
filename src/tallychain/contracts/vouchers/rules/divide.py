"""Dividing a holding: what stays with its holder, whether title to the rest moves or not."""

from dataclasses import dataclass

from msgspec.structs import replace

from tallychain.contracts.vouchers.events import HoldingDivided
from tallychain.contracts.vouchers.rules.change import held
from tallychain.contracts.vouchers.state import BY_SPLIT, Holding, Voucher
from tallychain.instruments.holdings import Range, clipped_to, split_off


@dataclass(frozen=True, slots=True)
class Divided:
    """A holding in pieces, all of them still its holder's."""

    part: Holding
    """The piece for which it was divided."""
    rests: tuple[Holding, ...]
    event: HoldingDivided


def divided(holding: Holding, units: Range, voucher: Voucher) -> Divided:
    """Make a part of a holding a holding of its own; title does not move."""
    part = rest_of(holding, units)
    rests = tuple(rest_of(holding, rest) for rest in split_off(holding.units, [units]))
    pieces = sorted((part, *rests), key=lambda piece: piece.first)
    event = HoldingDivided(
        voucher=voucher.number,
        spent=holding.id,
        pieces=tuple(held(piece) for piece in pieces),
        due_ms=voucher.due_ms,
        cutoff_ms=voucher.cutoff_ms,
    )
    return Divided(part, rests, event)


def rest_of(holding: Holding, units: Range) -> Holding:
    """What stays with the holder of a holding that is divided, with the encumbrances that lie on it."""
    return replace(
        holding,
        first=units.first,
        last=units.last,
        seq=holding.seq + 1,
        parent=holding.id,
        acquired_by=BY_SPLIT,
        encumbrances=clipped_to(holding.encumbrances, units),
    )
