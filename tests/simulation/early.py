"""The second account of early redemptions: who offered to pay early, who agreed to it, and which bank said that it has paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]
Pieces = Sequence[tuple[int, int, str]]


@dataclass
class Early:
    """Units that an issuer would pay before their time."""

    voucher: str
    issuer: str
    bank: str
    first: int
    last: int
    is_agreed: bool = False
    is_over: bool = False


@dataclass
class Redeemed:
    """All of them."""

    offers: dict[str, Early] = field(default_factory=dict)
    bookings: set[tuple[str, str]] = field(default_factory=set)

    def bound(self, voucher: str, first: int, last: int) -> str:
        """What binds some of these units; an empty text if nothing does."""
        for one in self.offers.values():
            is_bound = one.is_agreed and not one.is_over and one.voucher == voucher
            if is_bound and one.first <= last and first <= one.last:
                return f"units {first} to {last} are to be paid early"
        return ""

    def done(self, kind: str, args: Json, author: str, pieces: Pieces) -> str:
        """Why what was done may not be done; an empty text where it may.  What is offered is learned from its event."""
        if kind == "redemption.offer":
            return ""
        found = self.offers.get(args["redemption"])
        if found is None or found.is_over:
            return "nobody offers to pay early, or not any more"
        is_holder = any(
            low <= found.first and found.last <= high and tag == author for low, high, tag in pieces
        )
        match kind:
            case "redemption.agree":
                was_agreed, found.is_agreed = found.is_agreed, True
                return "" if is_holder and not was_agreed else "another agrees, or for a second time"
            case "redemption.decline":
                return "" if is_holder and not found.is_agreed else "another declines, or after an agreement"
            case "redemption.withdraw":
                is_issuer = author == found.issuer
                return "" if is_issuer and not found.is_agreed else "it is another's, or was agreed to"
            case _:
                return self._paid(found, args, author)

    def _paid(self, found: Early, args: Json, author: str) -> str:
        booking, found.is_over = (author, args["reference"]), True
        was_used = booking in self.bookings
        self.bookings.add(booking)
        if was_used:
            return "it is paid with a booking of another"
        return (
            "" if author == found.bank and found.is_agreed else "another bank pays, or what nobody agreed to"
        )

    def event(self, event: Json, bound: str) -> str:
        """What time or somebody's word has made of it; what may not be, if it may not."""
        match event["event"]:
            case "redemption.offered":
                self.offers[event["redemption"]] = Early(
                    event["voucher"], event["issuer"], event["bank"], event["first"], event["last"]
                )
                return bound
            case "redemption.ended":
                self.offers[event["redemption"]].is_over = True
        return ""
