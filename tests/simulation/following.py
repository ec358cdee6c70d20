"""What the simple model is told beside the acts that it knows: ends of offers by time, courts and standing, and units that others gave away or divided."""

from collections.abc import Mapping
from typing import Any

from tallychain.contracts.vouchers.tests.model import Model, Piece

Json = Mapping[str, Any]


def told(model: Model, event: Json, now_ms: int) -> None:
    """One event, of an operation or of due work."""
    match event["event"]:
        case "voucher.offer_ended" | "voucher.offer_expired":
            offer = model.offers.get(event["offer"])
            if offer is not None and not offer.ended:
                model.offer_ended(offer.name, "ENDED", now_ms)
        case "voucher.title_moved":
            _held(model, event["voucher"], event["taken"])
        case "voucher.divided":
            for held in event["pieces"]:
                _held(model, event["voucher"], held)
        case "financing.completed":
            for held in event["taken"]:
                _held(model, event["voucher"], held)
        case _:
            pass


def _held(model: Model, number: str, held: Json) -> None:
    """These units are one piece of this tag, whatever they were part of; said twice it is the same."""
    voucher = model.vouchers.get(number)
    if voucher is None:
        return
    first, last = int(held["first"]), int(held["last"])
    pieces = [Piece(first, last, str(held["tag"]), int(held["layer"]))]
    for piece in voucher.pieces:
        rests = (
            (piece.first, min(piece.last, first - 1)),
            (max(piece.first, last + 1), piece.last),
        )
        pieces += [Piece(low, high, piece.tag, piece.layer) for low, high in rests if low <= high]
    voucher.pieces = sorted(pieces, key=lambda piece: piece.first)
