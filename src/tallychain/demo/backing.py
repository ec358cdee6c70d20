"""What stands behind the vouchers of the story: ceilings of banks, and payables that the issuer has confirmed to its suppliers."""

from typing import Final

from tallychain.demo.script import Papers, PlannedVoucher
from tallychain.demo.stage import Stage, StoryBroken
from tallychain.instruments.calendar import format_date, local_day
from tallychain.instruments.money import format_amount
from tallychain.sdk.payables import Paper, parts_of, presenting

CEILINGS: Final = (("bank-a", 120_000_000), ("bank-b", 80_000_000))
"""What banks let the issuer have outstanding, in fen."""
_CEILINGS_UNTIL: Final = "2027-03-15"
_PAYABLES_DUE: Final = "2026-12-31"


class Backing:
    """Grants, presents and confirms, and says what a voucher may take."""

    def __init__(self, stage: Stage, issuer: str) -> None:
        self._stage = stage
        self._issuer = issuer
        self.payables: dict[str, str] = {}
        """Supplier to the payable that the issuer has confirmed to it."""

    def grant_ceilings(self) -> None:
        """Banks let the issuer have so much outstanding."""
        now = int(self._stage.client(f"{self._issuer}-maker").get("/v1/today")["time_ms"])
        for bank, amount in CEILINGS:
            args = {
                "issuer": self._issuer,
                "amount": amount,
                "currency": "CNY",
                "valid_from": format_date(local_day(now)),
                "valid_until": _CEILINGS_UNTIL,
            }
            self._stage.together(bank, "ceiling.grant", args)
            self._stage.say(f"  {bank} grants {format_amount(amount)}")

    def confirm(self, planned: PlannedVoucher, papers: Papers) -> None:
        """A supplier presents the invoices behind a voucher, and the issuer confirms that it owes them."""
        invoices = [papers.invoices[item.invoice] for item in planned.allocations]
        total = papers.backing(planned)
        holder = planned.first_holder
        args, sealed = presenting(
            reference=f"HT-{planned.reference}",
            issuer=self._issuer,
            presenter=self._stage.receiver(holder),
            amount=total,
            due_day=_PAYABLES_DUE,
            papers=[
                Paper(item.number, item.seller.uscc, item.issue_date.isoformat(), item.total_fen)
                for item in invoices
            ],
            relation=f"HT-{planned.issue_date}-{holder}",
            purpose=invoices[0].lines[0].name[:100],
        )
        found = self._stage.do(holder, "payable.present", args, sealed)
        payable = str(found["operation"])
        self._stage.caught_up(f"{self._issuer}-maker", int(found["height"]))
        self._stage.together(self._issuer, "payable.confirm", {"payable": payable, "amount": total})
        self.payables[holder] = payable
        self._stage.say(f"  {holder} presents {format_amount(total)}, due on {_PAYABLES_DUE}")

    def parts(self, holder: str, face: int) -> list[dict[str, object]]:
        """What a voucher to a supplier takes of the invoices behind its payable; raises `StoryBroken` where they do not suffice."""
        maker = self._stage.reader(f"{self._issuer}-maker")
        papers = list(maker.rows("payable_invoices", payable=self.payables[holder]))
        names = [str(row["invoice"]) for row in papers]
        invoices = [row for name in names for row in maker.rows("invoices", invoice=name)]
        allocations = [row for name in names for row in maker.rows("allocations", invoice=name)]
        parts = parts_of(papers, invoices, allocations, face)
        if parts is None:
            raise StoryBroken(f"The invoices of {holder} do not leave {format_amount(face)}.")
        return parts
