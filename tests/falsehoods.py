"""Acts with a false identity part on a world, and what shows each to be false."""

import base64
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from tallychain.contracts.vouchers.challenging.operations import ChallengeIdentity
from tallychain.contracts.vouchers.challenging.shown import identity_part
from tallychain.contracts.vouchers.operations import TRADE_LABELS
from tallychain.contracts.vouchers.state import Voucher
from tallychain.ledger import codec
from tallychain.ledger.operation import Body, SignedOperation, operation_id
from tallychain.sdk.opening import open_part, part_keys
from tests.deals import TRADE, Deals, done
from tests.financings import Financings

SPONSOR, READER, LIAR = "bank-a", "ce-a", "s1"
ANOTHER_NAME = "Trial client nobody"


@dataclass(slots=True)
class Falsehoods:
    """Acts of s1 that show somebody else."""

    deals: Deals

    def do(self, kind: str, args: msgspec.Struct, by: str) -> str:
        """An act that is done; its name."""
        return done(self.deals.world.do(kind, args, by=by)).operation

    def offered(self, name: str = ANOTHER_NAME) -> tuple[Voucher, SignedOperation]:
        """Units that s1 offers to s2 under another name."""
        deals = self.deals
        voucher = deals.active(LIAR)
        args = deals.offer_args(voucher, deals.world.receiver("s2"))
        content = {TRADE_LABELS[0]: TRADE}
        return voucher, self._as(
            name,
            lambda: deals.world.act("voucher.offer", args, by=voucher.receiver.tag, content=content),
        )

    def asked(self, name: str = ANOTHER_NAME) -> tuple[Voucher, SignedOperation]:
        """Money that s1 asks for under another name."""
        voucher = self.deals.active(LIAR)
        args = Financings(self.deals).args(voucher)
        return voucher, self._as(
            name, lambda: self.deals.world.act("financing.request", args, by=voucher.receiver.tag)
        )

    def challenge(self, voucher: Voucher, signed: SignedOperation) -> ChallengeIdentity:
        """The arguments of showing it, as the issuer opens it."""
        world = self.deals.world
        body = codec.decode(Body, signed.body)
        part = identity_part(body)
        assert part is not None
        own = world.members[READER].sealing
        name = next(name for name in part.to if name.startswith(f"member:{READER}#"))
        # Of the others only their places count here.
        keys = part_keys(part, dict.fromkeys(part.to, own.public))
        opened = open_part(body, part, signed.boxes[part.box], keys, name, own)
        return ChallengeIdentity(
            voucher=voucher.number,
            act=operation_id(signed.body),
            body=signed.body.decode(),
            salt=opened.salt.hex(),
            content=_text(opened.content),
            certificate=_text(world.clients[LIAR].certificate),
        )

    def _as(self, name: str, act: Callable[[], SignedOperation]) -> SignedOperation:
        """Signed under another name, and done."""
        client = self.deals.world.clients[LIAR]
        own, client.name = client.name, name
        try:
            signed = act()
        finally:
            client.name = own
        done(self.deals.world.submit([signed], carrier=SPONSOR)[0])
        return signed


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
