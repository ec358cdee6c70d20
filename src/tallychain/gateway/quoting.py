"""
Quotes whose terms a gateway keeps itself, from the first person's draft to the delivery.

A caller gives the terms in the place of the commitment: `{"quote": {…}}` in a `financing.quote`.  The gateway builds the reveal that will deliver
them, commits to its sealed part, and keeps the reveal encrypted under the member's own secret; `quotes` delivers it when its time has come.  The nonce
follows from the request's `Idempotency-Key` and the salts from the content, so a member that has lost its tables delivers the same by hand: a
`financing.reveal` with that key and these terms.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from tallychain.contracts.vouchers.financing import refusals
from tallychain.contracts.vouchers.financing.contents import QuoteContent
from tallychain.contracts.vouchers.financing.state import FINANCINGS, LAPSED, QUOTES, REVEALING, Financing
from tallychain.contracts.vouchers.financing.terms import Price, PriceNotPossible, priced
from tallychain.crypto import hkdf, kept
from tallychain.crypto.digest import sha256
from tallychain.crypto.errors import CryptoRefusal
from tallychain.crypto.wallet import nonce
from tallychain.gateway import building
from tallychain.gateway.building import Builder, Plan
from tallychain.gateway.concern import Concerns
from tallychain.gateway.database import Connection
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.problems import Problem
from tallychain.gateway.sealingkeys import SealingKeys
from tallychain.gateway.sentences import local_time, would_be_refused
from tallychain.ledger import codec
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.operation import Body
from tallychain.ledger.timeline import later_statuses
from tallychain.ledger.types import Author
from tallychain.sdk.opening import open_part, part_context, part_keys

QUOTE: Final = "financing.quote"
REVEAL: Final = "financing.reveal"
CHALLENGE: Final = "financing.challenge"
_SHOWN: Final = ("context", "salt", "content")
_GIVEN: Final = frozenset({"quote"})
_PURPOSE: Final = b"tally/1/quote-salt"
_PLACE: Final = "quote_kept"
_PPM_OF_PERCENT: Final = 10_000


class Terms(Struct, frozen=True):
    """What a quote says, as the second person reads it before signing: beside the fields themselves what follows from them."""

    yearly: Annotated[str, Meta(title="Annual rate", extra={"zh": "年化利率"})]
    fees: Annotated[int, Meta(title="Fees", extra={"zh": "费用", "unit": "fen"})]
    net: Annotated[int, Meta(title="Net proceeds", extra={"zh": "融资净额", "unit": "fen"})]
    all_in: Annotated[str, Meta(title="All-in rate a year", extra={"zh": "综合年化成本"})]
    valid_until: Annotated[
        str, Meta(title="Valid until (the seller may choose it)", extra={"zh": "有效期至（卖方可选定）"})
    ]
    face: Annotated[int, Meta(title="Face", extra={"zh": "金额", "unit": "fen"})]
    interest: Annotated[int, Meta(title="Interest", extra={"zh": "利息", "unit": "fen"})]
    value_date: Annotated[str, Meta(title="Value date", extra={"zh": "放款日"})]
    maturity: Annotated[str, Meta(title="Maturity reckoned with", extra={"zh": "计息到期日"})]
    days: Annotated[int, Meta(title="Days", extra={"zh": "计息天数"})]
    day_count: Annotated[str, Meta(title="Day count", extra={"zh": "计息基准"})]
    contract: Annotated[str, Meta(title="Financing contract", extra={"zh": "融资合同编号"})]


class Promised(Struct, frozen=True):
    """A quote that was committed to: what will deliver it, and its terms in words."""

    plan: Plan
    terms: Terms
    financing: str
    voucher: str
    commitment: str
    closes_ms: int
    """From when on it can be delivered."""


def salts(secret: bytes, act_nonce: bytes) -> Callable[[bytes], bytes]:
    """The salts of an act that is sealed twice: one for each content, and nobody without the secret can tell them."""
    return lambda content: hkdf.derive(secret, _PURPOSE + act_nonce + sha256(content), building.SALT_BYTES)


def stored(promised: Promised | None, secret: bytes) -> bytes:
    """A promise as it lies in a draft or in the table of kept quotes: nobody reads terms from a stolen database."""
    return b"" if promised is None else kept.keep(secret, msgspec.msgpack.encode(promised), _PLACE)


def read(text: bytes, secret: bytes) -> Promised | None:
    """The promise behind stored bytes; raises `KeptDamaged`."""
    return msgspec.msgpack.decode(kept.reveal(secret, text, _PLACE), type=Promised) if text else None


def insert(db: Connection, promised: Promised, kept: bytes, approval: str) -> None:
    """Keep a quote within the change in which its operation is kept; `kept` is the promise as it lies in its draft."""
    db.execute(
        "INSERT INTO quote_kept (commitment, financing, closes_ms, approval, kept, reveal, state, why, ended_ms) "
        "VALUES (?, ?, ?, ?, ?, '', 'kept', '', 0) ON CONFLICT DO NOTHING",
        (promised.commitment, promised.financing, promised.closes_ms, approval, kept),
    )


@dataclass(frozen=True, slots=True)
class Quoting:
    """Turns terms into a commitment, and a delivered quote into what shows that it is false."""

    builder: Builder
    state: LedgerState
    secret: bytes
    """The member's own."""
    concerns: Concerns
    sealing: SealingKeys

    async def fill(
        self, args: dict[str, Any], key: str, reveal: AnyOperation, author: Author
    ) -> Promised | None:
        """
        Put the commitment in the place of the terms of a quote; what else stands there is left as it is, and nothing is promised.

        Raises `GATEWAY_QUOTE_NOT_TRUE` where the figures do not follow from rate, fees and days, and what building a `financing.reveal` raises.
        """
        given = args.get("commitment")
        if not isinstance(given, dict) or set(given) != _GIVEN:
            return None
        named = {name: args.get(name, "") for name in ("voucher", "financing")}
        asked = building.wish(reveal, named, {"quote": given["quote"]}, {})
        content = asked.contents["quote"]
        act_nonce = nonce(self.secret, REVEAL, key)
        plan = await self.builder.plan(asked, author, None, act_nonce, salts(self.secret, act_nonce))
        financing = await self.state.get(FINANCINGS, str(named["financing"]))
        if financing is None or not isinstance(content, QuoteContent):
            raise Problem("GATEWAY_NOT_FOUND")
        terms = _terms(content, financing)
        body = codec.decode(Body, building.sealed(plan, reveal).body)
        args["commitment"] = body.sealed[0].commitment
        return Promised(
            plan=plan,
            terms=terms,
            financing=financing.id,
            voucher=financing.voucher,
            commitment=body.sealed[0].commitment,
            closes_ms=_when(financing, REVEALING),
        )

    async def fill_challenge(self, args: dict[str, Any], seat: str) -> None:
        """
        Put in what shows a delivered quote to be false, opened with the seller's own key; what a caller gives itself is left as it is.

        Raises `GATEWAY_WOULD_BE_REFUSED` where nothing was delivered, `GATEWAY_NOT_FOUND` for whoever cannot open it, `GATEWAY_WRAPS_DIFFER`.
        """
        if any(args.get(name) for name in _SHOWN):
            return
        financing, funder = str(args.get("financing", "")), str(args.get("funder", ""))
        quote = await self.state.get(QUOTES, financing, funder)
        if quote is None:
            raise would_be_refused(refusals.QuoteNotFound(funder, financing))
        signed = await self.concerns.operation(quote.revealed) if quote.revealed else None
        if signed is None:
            raise would_be_refused(refusals.QuoteNotUsable(funder))
        body = codec.decode(Body, signed.body)
        part = body.sealed[0]
        own = await self.sealing.own(part, seat)
        if own is None:
            raise Problem("GATEWAY_NOT_FOUND")
        try:
            keys = part_keys(part, await self.sealing.of_members(part))
            opened = open_part(body, part, signed.boxes[part.box], keys, own.name, own.key)
        except (CryptoRefusal, KeyError) as error:
            raise Problem("GATEWAY_WRAPS_DIFFER", operation=quote.revealed, detail=str(error)) from None
        args["context"] = part_context(body, part).hex()
        args["salt"], args["content"] = opened.salt.hex(), opened.content.hex()


def _terms(content: QuoteContent, financing: Financing) -> Terms:
    face = financing.units.length
    try:
        price = priced(
            face,
            financing.maturity,
            rate=content.rate,
            fees=content.fees,
            value_date=content.value_date,
            day_count=content.day_count,
        )
    except PriceNotPossible as wrong:
        raise Problem("GATEWAY_QUOTE_NOT_TRUE", detail=str(wrong).rstrip(".")) from None
    _check_figures(content, price)
    until_ms = _when(financing, LAPSED)
    return Terms(
        yearly=_percent(content.rate),
        fees=content.fees,
        net=content.net,
        all_in=_percent(price.all_in),
        valid_until=local_time(until_ms) if until_ms else "",
        face=face,
        interest=content.interest,
        value_date=content.value_date,
        maturity=financing.maturity,
        days=content.days,
        day_count=content.day_count,
        contract=content.contract,
    )


def _check_figures(content: QuoteContent, price: Price) -> None:
    """A quote whose figures do not follow would be void as soon as its seller shows it, for everybody to see."""
    for name in ("days", "interest", "net"):
        said, right = getattr(content, name), getattr(price, name)
        if said != right:
            raise Problem("GATEWAY_QUOTE_NOT_TRUE", detail=f"{name} is {right}, not {said}")


def _when(financing: Financing, status: str) -> int:
    """When time alone brings a financing into a status; 0 if it does not."""
    found = [at_ms for at_ms, later in later_statuses(financing.timeline, ()) if later == status]
    return found[0] if found else 0


def _percent(ppm: int) -> str:
    return f"{ppm // _PPM_OF_PERCENT}.{ppm % _PPM_OF_PERCENT:04d} %"
