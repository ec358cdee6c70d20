"""
How title to some units came down from the issue to whoever asks for money on them, link by link, from public rows alone.

Ranges only ever divide, so every movement that touches a unit of a holding covers the whole of it: the chain of any part of a holding is one line.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

ISSUED: Final = "issued"
MOVED: Final = "moved"
REKEYED: Final = "rekeyed"

Row = Mapping[str, Any]


class Link(Struct, frozen=True):
    """One holder in a chain of title."""

    tag: str
    sponsor: str
    came_by: str
    """`issued` to it, `moved` to it, or `rekeyed`: it stands in the place of the link before, whose keys were given up."""
    at_ms: int


def chain_of(voucher: Row, moves: Sequence[Row], financing: Row) -> list[Link]:
    """The links from the first receiver to the seller of a financing, who is the last one."""
    first, last, seller = int(financing["first"]), int(financing["last"]), str(financing["tag"])
    before = sorted(
        (
            move
            for move in moves
            if int(move["first"]) <= first
            and last <= int(move["last"])
            and int(move["height"]) <= int(financing["height"])
        ),
        # Within one block layers tell which came first.
        key=lambda move: (int(move["height"]), int(move["layer"]), str(move["offer"])),
    )
    links = list(_links(voucher, before))
    ends = [place for place, link in enumerate(links) if link.tag == seller]
    if ends:
        return links[: ends[-1] + 1]
    return [*links, Link(seller, str(financing["sponsor"]), REKEYED, int(financing["asked_at"]))]


def _links(voucher: Row, moves: Sequence[Row]) -> Iterator[Link]:
    held = str(voucher["receiver"])
    yield Link(held, str(voucher["receiver_sponsor"]), ISSUED, int(voucher["issued_at"]))
    for move in moves:
        giver, at_ms = str(move["giver"]), int(move["moved_at"])
        if giver != held:
            yield Link(giver, str(move["giver_sponsor"]), REKEYED, at_ms)
        held = str(move["receiver"])
        yield Link(held, str(move["receiver_sponsor"]), MOVED, at_ms)
