"""Quotes that are kept until they are delivered, as the gateways of funders keep them."""

from dataclasses import dataclass, field, replace

import msgspec

from tallychain.contracts.vouchers.financing.contents import QuoteContent
from tallychain.contracts.vouchers.financing.operations import RevealQuote
from tallychain.contracts.vouchers.financing.state import QUOTES
from tallychain.contracts.vouchers.tests.acts import CLIENTS, Planned
from tallychain.ledger import codec
from tallychain.ledger.holder import Receiver
from tallychain.ledger.operation import Body
from tallychain.ledger.state import Reader
from tallychain.ledger.types import MemberId
from tallychain.sdk.opening import part_context
from tallychain.testkit.world import Variation
from tests.simulation.financing import Promise
from tests.simulation.run import Run


@dataclass
class Promising(Run):
    """The planner of a simulation: it signs like the random run, learns of decided blocks instead of making its own, and keeps quotes."""

    promises: dict[str, Promise] = field(init=False, default_factory=dict)
    """Commitment to what will deliver it."""

    def __post_init__(self) -> None:
        """The world and everything else is set by who plans."""

    @property
    def reader(self) -> Reader:
        """The rows as of the last decided block."""
        return self.world.reader

    def fresh(self) -> str:
        """32 bytes that nobody used, in hex."""
        raise NotImplementedError

    def taker(self, funder: str) -> Receiver:
        """A fresh tag that a funder holds for itself."""
        made = self.receiver(self.random.choice(CLIENTS))
        self.made[made.tag] = msgspec.structs.replace(made, sponsor=MemberId(funder))
        return self.made[made.tag]

    def promised(self, voucher: str, name: str, funder: str, content: QuoteContent) -> Promise:
        """What will deliver a quote: sealed once to see its commitment, and to the same bytes again when it is time."""
        salt = bytes.fromhex(self.fresh())
        vary = Variation(nonce=salt[:16], salt=salt)
        args = RevealQuote(voucher, name)
        signed = self.world.act("financing.reveal", args, by=funder, content={"quote": content}, vary=vary)
        body = codec.decode(Body, signed.body)
        part = body.sealed[0]
        promise = Promise(salt[:16], salt, content, part.commitment, part_context(body, part))
        self.promises[part.commitment] = promise
        return promise

    def variation(self, planned: Planned, carrier: str) -> Variation:
        """A quote is delivered as it was committed to, unless something else is delivered."""
        vary = super().variation(planned, carrier)
        if not isinstance(planned.args, RevealQuote):
            return vary
        quote = self.reader.get(QUOTES, planned.args.financing, planned.by)
        promise = None if quote is None else self.promises.get(quote.commitment)
        if promise is None or planned.content.get("quote") != promise.content:
            return vary
        return replace(vary, nonce=promise.nonce, salt=promise.salt)
