"""
Quotes that are committed to now and delivered later, to the same bytes.

What a reveal seals follows from the member's secret, the reveal's `Idempotency-Key` and the terms, so the gateway keeps nothing: `{"quote": {…}, "key": …}`
stands in a `financing.quote` where its commitment belongs, and a `financing.reveal` with that key and these terms delivers what was committed to.
"""

from collections.abc import Callable
from typing import Any, Final

from tallychain.crypto import hkdf
from tallychain.crypto.digest import sha256
from tallychain.crypto.wallet import nonce
from tallychain.gateway import building
from tallychain.gateway.building import Builder
from tallychain.ledger import codec
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.operation import Body
from tallychain.ledger.types import Author

QUOTE: Final = "financing.quote"
REVEAL: Final = "financing.reveal"
_GIVEN: Final = frozenset({"quote", "key"})
_PURPOSE: Final = b"tally/1/quote-salt"


def salts(secret: bytes, act_nonce: bytes) -> Callable[[bytes], bytes]:
    """The salts of an act that is sealed twice: one for each content, and nobody without the secret can tell them."""
    return lambda content: hkdf.derive(secret, _PURPOSE + act_nonce + sha256(content), building.SALT_BYTES)


async def fill_commitment(
    args: dict[str, Any], reveal: AnyOperation, builder: Builder, author: Author, secret: bytes
) -> None:
    """
    Put the commitment in the place of the terms of a quote; what else stands there is left as it is.

    Raises what building a `financing.reveal` raises.
    """
    given = args.get("commitment")
    if not isinstance(given, dict) or set(given) != _GIVEN or not isinstance(given["key"], str):
        return
    named = {name: args.get(name, "") for name in ("voucher", "financing")}
    asked = building.wish(reveal, named, {"quote": given["quote"]}, {})
    act_nonce = nonce(secret, REVEAL, given["key"])
    plan = await builder.plan(asked, author, None, act_nonce, salts(secret, act_nonce))
    body = codec.decode(Body, building.sealed(plan, reveal).body)
    args["commitment"] = body.sealed[0].commitment
