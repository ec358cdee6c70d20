"""Voucher business in a world: one short call for one act, and its answer."""

from dataclasses import dataclass, field

import msgspec

from tallychain.contracts.documents.operations import Present
from tallychain.contracts.documents.state import AllocatedPart, Invoice
from tallychain.contracts.vouchers.contents import PromiseContent, ReasonContent, TradeContent
from tallychain.contracts.vouchers.operations import (
    TRADE_LABELS,
    Accept,
    Decline,
    Issue,
    MakeOffer,
    OfferRow,
    Recall,
    Reject,
    Take,
    Withdraw,
)
from tallychain.contracts.vouchers.state import VOUCHERS, Voucher
from tallychain.instruments.money import Units
from tallychain.ledger.holder import Receiver
from tallychain.ledger.journals import JOURNALS
from tallychain.ledger.receipt import Receipt
from tallychain.testkit.people import derived
from tallychain.testkit.world import HONEST, Answer, Backing, Variation, World

FACE = 100_000_000
UNBACKED = Backing("0" * 64, (AllocatedPart("0" * 64, FACE),))
"""What backs a promise that is refused for something else before."""
TRADE = TradeContent("CG-2026-0401", ("26312000000000000034",), "cold-rolled sheet", "300,000.00")
PROMISE = PromiseContent(
    "We pay the face at maturity.", "HT-2026-0316", ("26312000000000000018",), "brackets", "1,120,000.00"
)


@dataclass(slots=True)
class Deals:
    """Issues, accepts, offers and takes on one world."""

    world: World
    _references: int = field(init=False, default=0)

    def reference(self) -> str:
        """A fresh opaque reference."""
        self._references += 1
        return derived(self.world.seed, "reference", str(self._references)).hex()[:32]

    def promise(
        self,
        to: Receiver,
        *,
        face: int = FACE,
        maturity: str = "2026-09-14",
        reference: str = "",
        currency: str = "CNY",
        settlement_bank: str = "settle-a",
        by: str = "ce-a",
    ) -> Issue:
        """The arguments of an issue; what backs it is confirmed first, unless nobody could present it."""
        is_own = self.world.owner_of.get(to.tag) is not None and self.world.sealing_of[to.tag] == to.sealing
        backing = self.world.backed(to, face, by) if is_own else UNBACKED
        return Issue(
            reference=reference or self.reference(),
            receiver=to,
            currency=currency,
            face=Units(face),
            nominal_maturity=maturity,
            settlement_bank=settlement_bank,
            payable=backing.payable,
            invoices=backing.invoices,
        )

    def payable(self, presenter: Receiver, amount: int = FACE, issuer: str = "ce-a") -> Present:
        """The arguments of presenting a payable over one new invoice."""
        invoice = Invoice(derived(self.world.seed, "paper", self.reference()).hex(), (), amount, ())
        return Present(
            reference=self.reference(),
            issuer=issuer,
            presenter=presenter,
            kind="INVOICE",
            amount=amount,
            due_day="2026-09-14",
            epoch=1,
            invoices=(invoice,),
        )

    def presented(self, presenter: Receiver | None = None, amount: int = FACE) -> str:
        """A payable that waits for ce-a's answer; its name."""
        args = self.payable(presenter or self.world.receiver("s1"), amount)
        return done(self.world.do("payable.present", args, by=args.presenter.tag)).operation

    def issued(self, client: str = "s1", *, by: str = "ce-a", face: int = FACE) -> Voucher:
        """A voucher that waits for its receiver's answer."""
        args = self.promise(self.world.receiver(client), face=face, by=by)
        return self.voucher(done(self.world.do("voucher.issue", args, by=by, content={"trade": PROMISE})))

    def active(self, client: str = "s1", *, by: str = "ce-a", face: int = FACE) -> Voucher:
        """A voucher that its receiver holds whole."""
        voucher = self.issued(client, by=by, face=face)
        done(self.accept(voucher))
        return voucher

    def accept(self, voucher: Voucher, *, by: str = "", vary: Variation = HONEST) -> Answer:
        """Accept as the named receiver, or as somebody else."""
        args = Accept(voucher.number, voucher.promise)
        return self.world.do("voucher.accept", args, by=by or voucher.receiver.tag, vary=vary)

    def reject(self, voucher: Voucher, *, by: str = "", reason: str = "not ours") -> Answer:
        """Reject as the named receiver, or as somebody else."""
        content = {"reason": ReasonContent(reason)}
        return self.world.do(
            "voucher.reject", Reject(voucher.number), by=by or voucher.receiver.tag, content=content
        )

    def withdraw(self, voucher: Voucher, *, by: str = "") -> Answer:
        """Withdraw as the issuer, or as somebody else."""
        return self.world.do("voucher.withdraw", Withdraw(voucher.number), by=by or voucher.issuer)

    def offered(
        self, voucher: Voucher, *receivers: Receiver, by: str = "", units: int = 1_000, first: int = 1
    ) -> list[str]:
        """Offer `units` to each receiver, one range after the other from `first`; the offers' names."""
        receipt = done(self.offer(voucher, *receivers, by=by, units=units, first=first))
        return [f"{receipt.operation}:{row}" for row in range(1, len(receivers) + 1)]

    def offer(
        self,
        voucher: Voucher,
        *receivers: Receiver,
        by: str = "",
        units: int = 1_000,
        first: int = 1,
        value_date: str = "",
        holding: int = 1,
        vary: Variation = HONEST,
    ) -> Answer:
        """Offer as the holder, or as somebody else."""
        args = self.offer_args(
            voucher, *receivers, units=units, first=first, value_date=value_date, holding=holding
        )
        return self.world.do(
            "voucher.offer",
            args,
            by=by or voucher.receiver.tag,
            content=dict.fromkeys(TRADE_LABELS[: len(receivers)], TRADE),
            vary=vary,
        )

    def offer_args(
        self,
        voucher: Voucher,
        *receivers: Receiver,
        units: int = 1_000,
        first: int = 1,
        value_date: str = "",
        holding: int = 1,
    ) -> MakeOffer:
        """The arguments of an offer."""
        rows = tuple(
            OfferRow(
                Units(first + units * row),
                Units(first + units * (row + 1) - 1),
                receiver,
                self.reference(),
                value_date,
            )
            for row, receiver in enumerate(receivers)
        )
        return MakeOffer(voucher.number, Units(holding), rows)

    def take(self, voucher: Voucher, offer: str, *, by: str, vary: Variation = HONEST) -> Answer:
        """Take an offer."""
        return self.world.do("voucher.take", Take(voucher.number, offer), by=by, vary=vary)

    def decline(self, voucher: Voucher, offer: str, *, by: str, reason: str = "no need") -> Answer:
        """Decline an offer."""
        content = {"reason": ReasonContent(reason)}
        return self.world.do("voucher.decline", Decline(voucher.number, offer), by=by, content=content)

    def recall(self, voucher: Voucher, offer: str, *, by: str) -> Answer:
        """Recall an offer."""
        return self.world.do("voucher.recall", Recall(voucher.number, offer), by=by)

    def voucher(self, receipt: Receipt) -> Voucher:
        """The voucher that an issue made."""
        number = msgspec.json.decode(receipt.events[0])["voucher"]
        return self.found(number)

    def found(self, number: str) -> Voucher:
        """The voucher of this number."""
        row = self.world.reader.get(VOUCHERS, number)
        assert row is not None
        return row


def done(answer: Answer) -> Receipt:
    """The receipt of an operation that took effect."""
    assert isinstance(answer, Receipt), answer
    assert answer.outcome == "done", answer
    return answer


def code(answer: Answer) -> str:
    """The public code of an answer."""
    return answer.code


def content(world: World) -> dict[bytes, bytes]:
    """Every row of the state but the digests of journals: to show that nothing of the business has changed."""
    journals = JOURNALS.key()
    return {key: row for key, row in world.backing.content.items() if not key.startswith(journals)}
