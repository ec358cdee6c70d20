"""What stands behind the vouchers of the story: ceilings of banks, and payables that the issuer has confirmed to its suppliers."""

from datetime import date
from typing import Final

from tallychain.demo.script import Papers, PlannedVoucher
from tallychain.demo.stage import Row, Stage, StoryBroken
from tallychain.instruments.calendar import format_date, local_day
from tallychain.instruments.money import format_amount
from tallychain.integrations.einvoice import EInvoice
from tallychain.sdk import calls
from tallychain.sdk.payables import Paper, parts_of, presenting, record_of

CEILINGS: Final = (("bank-a", 120_000_000), ("bank-b", 40_000_000))
"""What banks let the issuer have outstanding, in fen."""
PROMISE: Final = "本公司承诺于到期日向本凭证的最终持有人无条件支付票面金额。"
_CONTESTED: Final = "26992000000000000004"
"""The invoice behind the payable that the issuer does not owe as it stands."""
_CEILINGS_UNTIL: Final = "2027-03-15"
_PAYABLES_DUE: Final = "2026-12-31"
_LITTLE_FEN: Final = 100
_SHORT_TERM_DAYS: Final = 30


class Backing:
    """Grants, presents and confirms, and says what a voucher may take."""

    def __init__(self, stage: Stage, issuer: str) -> None:
        self._stage = stage
        self._issuer = issuer
        self.payables: dict[str, str] = {}
        """Supplier to the payable that the issuer has confirmed to it."""

    def grant_ceilings(self) -> None:
        """Banks let the issuer have so much outstanding."""
        now = int(self._stage.reader(f"{self._issuer}-maker").get("/v1/today")["time_ms"])
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
            papers=[self._paper(holder, papers, item) for item in invoices],
            relation=f"HT-{planned.issue_date}-{holder}",
            purpose=invoices[0].lines[0].name[:100],
        )
        found = self._stage.do(holder, "payable.present", args, sealed)
        payable = str(found["operation"])
        self._stage.caught_up(f"{self._issuer}-maker", int(found["height"]))
        self._stage.together(self._issuer, "payable.confirm", {"payable": payable, "amount": total})
        self.payables[holder] = payable
        self._stage.say(f"  {holder} presents {format_amount(total)}, due on {_PAYABLES_DUE}")

    def _paper(self, holder: str, papers: Papers, item: EInvoice) -> Paper:
        """An invoice with its file, which the supplier keeps at its gateway and which follows the payable to the issuer's."""
        call = calls.store_document(f"{item.number}.xml", "application/xml", papers.files[item.number])
        stored = self._stage.client(holder).ask(call)
        return Paper(
            item.number,
            item.seller.uscc,
            item.issue_date.isoformat(),
            item.total_fen,
            document=str(stored["digest"]),
        )

    def contest(self, holder: str, papers: Papers) -> None:
        """A supplier presents one more invoice, and the issuer says that it is not owed so."""
        paper = papers.invoices[_CONTESTED]
        args, sealed = presenting(
            reference="HT-CONTESTED",
            issuer=self._issuer,
            presenter=self._stage.receiver(holder),
            amount=paper.total_fen,
            due_day=_PAYABLES_DUE,
            papers=[self._paper(holder, papers, paper)],
            relation="HT-CONTESTED",
            purpose=paper.lines[0].name[:100],
        )
        found = self._stage.do(holder, "payable.present", args, sealed)
        self._stage.caught_up(f"{self._issuer}-maker", int(found["height"]))
        reason = {"reason": {"reason": "数量与收货单不符"}}
        self._stage.together(self._issuer, "payable.contest", {"payable": found["operation"]}, reason)
        self._stage.say(f"  {holder} presents {format_amount(paper.total_fen)}, which the issuer contests")

    def promise(
        self, planned: PlannedVoucher, papers: Papers, face: int, reference: str = ""
    ) -> tuple[Row, Row]:
        """Arguments and sealed part of a voucher to a supplier; the reference is the planned one unless given."""
        payable = self.payables[planned.first_holder]
        args = {
            "reference": {"keyed": reference or planned.reference},
            "receiver": {"payable": payable},
            "currency": "CNY",
            "face": face,
            "nominal_maturity": planned.maturity.isoformat(),
            "settlement_bank": planned.settlement_bank,
            "payable": payable,
            "invoices": self.parts(planned.first_holder, face),
        }
        if reference:
            day = local_day(int(self._stage.reader(f"{self._issuer}-maker").get("/v1/today")["time_ms"]))
            args["nominal_maturity"] = format_date(date.fromordinal(day.toordinal() + _SHORT_TERM_DAYS))
        invoices = [item.invoice for item in planned.allocations]
        content = {
            "promise": PROMISE,
            "contract": f"HT-{planned.issue_date}-{planned.first_holder}",
            "invoices": invoices,
            "purpose": papers.invoices[invoices[0]].lines[0].name[:100],
            "amount": format_amount(papers.backing(planned)),
        }
        return args, {"trade": content}

    def tried_in_vain(self, planned: list[PlannedVoucher], papers: Papers) -> None:
        """An invoice is used for more than its total, and more is promised than the banks' ceilings leave."""
        first, second = planned
        args, sealed = self.promise(first, papers, _LITTLE_FEN, "TWICE")
        left = sum(
            int(str(part["amount"])) for part in self.parts(first.first_holder, self._left(first, papers))
        )
        part = self.parts(first.first_holder, _LITTLE_FEN)[0]
        args |= {"face": left + 1, "invoices": [{**part, "amount": left + 1}]}
        self._refused("an invoice is used for more than its total", args, sealed)
        face = self._left(second, papers)
        self._refused(
            "more is promised than ceilings leave", *self.promise(second, papers, face, "BEYOND-CEILINGS")
        )

    def _left(self, planned: PlannedVoucher, papers: Papers) -> int:
        return papers.backing(planned) - planned.face_fen

    def _refused(self, tried: str, args: Row, sealed: Row) -> None:
        self._stage.refused(
            tried,
            self._issuer,
            lambda: self._stage.try_together(self._issuer, "voucher.issue", args, sealed),
        )

    def parts(self, holder: str, face: int) -> list[dict[str, object]]:
        """What a voucher to a supplier takes of the invoices behind its payable; raises `StoryBroken` where they do not suffice."""
        maker = self._stage.reader(f"{self._issuer}-maker")
        papers = list(maker.rows("payable_invoices", payable=self.payables[holder]))
        names = [record_of(row) for row in papers]
        invoices = [row for name in names for row in maker.rows("invoices", invoice=name)]
        allocations = [row for name in names for row in maker.rows("allocations", invoice=name)]
        parts = parts_of(papers, invoices, allocations, face)
        if parts is None:
            raise StoryBroken(f"The invoices of {holder} do not leave {format_amount(face)}.")
        return parts
