"""Certificates of the short story, on a chain of one operator or of four validators, as a gateway would make them."""

import asyncio
from dataclasses import dataclass

from tallychain.contracts.vouchers.state import HOLDINGS, VOUCHERS
from tallychain.integrations.sheets import code_of, draw
from tallychain.ledger import codec
from tallychain.ledger.identity import KEYS, MEMBERS
from tallychain.sdk.certificate import About, checked, make_certificate, seal
from tallychain.sdk.proof import Shown, gather, make_bundle
from tallychain.sdk.tests.story import Story

MAKER = "bank-a"


@dataclass
class Certifying:
    """Makes certificates of a told story."""

    story: Story

    def attachment(self, kind: str = "holding") -> bytes:
        """The attached file of a certificate on the story's first voucher, or on the holding that s4 took of it."""
        world = self.story.world
        number = self.number()
        key = world.members[MAKER].staff["system"].key.public
        wanted = [("voucher", VOUCHERS.key(number))]
        subject = number
        if kind == "holding":
            subject = f"{number}:1-1000:2"
            wanted.append(("holding", HOLDINGS.key(number, 1)))
        wanted += [("member", MEMBERS.key(name)) for name in ("bank-a", "bank-b", "ce-a", "settle-a")]
        wanted.append(("key", KEYS.key(key)))
        shown = Shown(
            opened=(self.story.opened_by_member("issue", "trade", "ce-a"),) if kind == "voucher" else (),
            certificates=self.story.certificates(),
        )
        material = asyncio.run(
            gather(self.story.engine, self.story.id("issue"), self.story.genesis, shown, stating=wanted)
        )
        more = make_bundle(self.story.everything("take" if kind == "holding" else "accept"))
        return make_certificate(About(kind, subject, MAKER, key), material, [more])

    def number(self) -> str:
        """The story's first voucher."""
        receipt = asyncio.run(self.story.engine.receipt(self.story.id("issue")))
        assert receipt is not None
        return str(codec.trusted(dict, receipt.receipt)["events"][0]["voucher"])

    def unsealed(self, attachment: bytes) -> bytes:
        """The drawn page of an attached file."""
        stated = checked(attachment)
        code = code_of(attachment, stated.chain, stated.genesis, stated.height)
        return draw(stated.page, attachment, code, stated.time_ms, stated.maker)

    def sheet(self, kind: str = "holding") -> bytes:
        """A sealed certificate."""
        return seal(self.unsealed(self.attachment(kind)), self.story.world.members[MAKER].staff["system"].key)
