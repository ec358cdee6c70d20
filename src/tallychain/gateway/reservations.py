"""
What a funder's outstanding quotes would add to its exposures: a quote that may still be chosen reserves its face.

Nothing is kept for it.  What stands on the ledger is read from the read model, so its end there is the end of the reservation: another quote is chosen,
the request is closed or lapses, the quote is void or was not delivered.  What this gateway has signed and no projected block shows yet lies in its
outbox, which survives the process.  A quote that was chosen is no reservation any more; it counts as exposure from the award on.
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

from tallychain.contracts.vouchers.financing.operations import CommitQuote
from tallychain.contracts.vouchers.financing.state import (
    BIDDING,
    CHOOSING,
    COMMITTED,
    FINANCINGS,
    REVEALED,
    REVEALING,
)
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.outbox import Outbox
from tallychain.gateway.problems import Problem
from tallychain.gateway.readmodel_port import ReadModel
from tallychain.ledger import codec
from tallychain.ledger.operation import Body, SignedOperation

QUOTE: Final = "financing.quote"
UNDECIDED: Final = (BIDDING, REVEALING, CHOOSING)
"""Statuses of a financing in which each of its quotes may still be chosen."""
LIVE: Final = (COMMITTED, REVEALED)
_PAGE: Final = 500
_PAGES_MOST: Final = 100

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reservations:
    """One funder's quotes that nobody has decided on."""

    read_model: ReadModel
    outbox: Outbox
    state: LedgerState
    member: str

    async def by_issuer(self, without: str = "") -> dict[str, int]:
        """
        Faces of outstanding quotes by issuer, in fen; each financing once, however often it was quoted for, and `without` not at all.

        Raises `GATEWAY_LIMIT_NOT_KNOWN` where they cannot be counted whole, `GATEWAY_LEDGER_NOT_REACHED`.
        """
        # Asked first: what ends in the outbox meanwhile is then still found there, or stands in the rows already.
        height = (await self.read_model.as_of()).height
        quoted = {name: (voucher, face) async for name, voucher, face in self._on_the_ledger()}
        for frame in await self.outbox.unseen(QUOTE, height):
            signed = codec.decode_frame(SignedOperation, frame)
            args = codec.trusted(CommitQuote, bytes(codec.decode(Body, signed.body).args))
            financing = await self.state.get(FINANCINGS, args.financing)
            # What the ledger knows no more is refused there, and adds nothing.
            if financing is not None and args.financing not in quoted:
                quoted[args.financing] = (financing.voucher, financing.units.length)
        quoted.pop(without, None)
        found: dict[str, int] = defaultdict(int)
        for voucher, face in quoted.values():
            row = await self.read_model.get("vouchers", [voucher], ())
            if row is None:
                raise Problem("GATEWAY_LIMIT_NOT_KNOWN")
            found[str(row["issuer"])] += face
        return dict(sorted(found.items()))

    async def _on_the_ledger(self) -> AsyncIterator[tuple[str, str, int]]:
        for status in UNDECIDED:
            async for row in self._financings(status):
                name = str(row["financing"])
                if self.member not in str(row["funders"]).split(", "):
                    continue
                quote = await self.read_model.get("financing_quotes", [name, self.member], ())
                if quote is not None and quote["state"] in LIVE:
                    yield name, str(row["voucher"]), int(row["face"])

    async def _financings(self, status: str) -> AsyncIterator[Row]:
        cursor = ""
        for _ in range(_PAGES_MOST):
            page = await self.read_model.list("financings", {"status": status}, (), cursor, _PAGE)
            for row in page.rows:
                yield row
            cursor = page.cursor
            if not cursor:
                return
        raise Problem("GATEWAY_LIMIT_NOT_KNOWN")
