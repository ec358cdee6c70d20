"""A guarantor, an issuer and a settlement bank at work on a world: each act by its rightful author."""

from dataclasses import dataclass
from typing import Final

import msgspec

from tallychain.contracts.vouchers.guaranteeing import operations as guaranteeing
from tallychain.contracts.vouchers.settling.operations import Attest
from tallychain.contracts.vouchers.state import Voucher
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.ledger.identity import GUARANTOR
from tests.deals import FACE, PROMISE, Deals, done
from tests.payments import BANK, DOCUMENT, ISSUER, TERMS

GUARANTORS: Final = {"guar-a": (GUARANTOR,)}
"""A founder whom every world with guarantees needs."""
NAME: Final = "guar-a"
OVERDUE_DAY: Final = "2026-09-18"


@dataclass(slots=True)
class Guarantees:
    """What guar-a does for vouchers of ce-a."""

    deals: Deals

    def do(self, kind: str, args: msgspec.Struct, by: str) -> str:
        """An act that is done; its name."""
        return done(self.deals.world.do(kind, args, by=by)).operation

    def giving(self, limit: int = 2 * FACE) -> guaranteeing.GiveGuarantee:
        """The arguments of standing for ce-a."""
        return guaranteeing.GiveGuarantee(ISSUER, limit, "2026-12-31", 10, TERMS)

    def given(self) -> None:
        """guar-a stands for ce-a."""
        self.do("guarantee.give", self.giving(), NAME)

    def issued(self) -> Voucher:
        """A voucher of ce-a that guar-a guarantees, and that s1 holds."""
        args = msgspec.structs.replace(self.deals.promise(self.deals.world.receiver("s1")), guarantor=NAME)
        receipt = done(self.deals.world.do("voucher.issue", args, by=ISSUER, content={"trade": PROMISE}))
        voucher = self.deals.voucher(receipt)
        done(self.deals.accept(voucher))
        return voucher

    def called(self) -> Voucher:
        """The same, and nobody has paid it."""
        self.given()
        voucher = self.issued()
        self.deals.world.advance(instant_ms(parse_date(OVERDUE_DAY), 12))
        return voucher

    def payment(self, voucher: Voucher, amount: int = FACE) -> guaranteeing.PayAsGuarantor:
        """The arguments of saying that guar-a's money came just now."""
        now_ms = self.deals.world.time_ms
        return guaranteeing.PayAsGuarantor(voucher.number, amount, now_ms, f"DC-{now_ms}", DOCUMENT)

    def paid(self) -> Voucher:
        """guar-a has paid everything."""
        voucher = self.called()
        self.do("guarantor.pay", self.payment(voucher), BANK)
        return voucher

    def repaid(self, voucher: Voucher) -> str:
        """ce-a pays it back; the attestation."""
        now_ms = self.deals.world.time_ms
        return self.do(
            "settlement.attest", Attest(voucher.number, FACE, now_ms, f"CH-{now_ms}", DOCUMENT), BANK
        )

    def passing_on(self, voucher: Voucher, attestation: str) -> guaranteeing.PassOn:
        """The arguments of saying that guar-a has it."""
        now_ms = self.deals.world.time_ms
        return guaranteeing.PassOn(voucher.number, attestation, f"ZF-{now_ms}", now_ms, DOCUMENT)
