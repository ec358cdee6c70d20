"""How vouchers of the story end: payees, maturity, money booked at the settlement bank, shares, payouts, and a payment that comes too late."""

from datetime import date
from typing import Final

from tallychain.crypto.digest import sha256
from tallychain.demo.backing import Backing
from tallychain.demo.script import Papers, PlannedVoucher
from tallychain.demo.stage import Row, Stage, StoryBroken
from tallychain.instruments.calendar import instant_ms, local_day, parse_date
from tallychain.instruments.money import format_amount

_CUTOFF_HOUR: Final = 17
_IN_TIME_PARTS: Final = (3, 5)
"""What the issuer of V2 has in time, as a part of what it owes."""
_AFTER_BLOCK_FEN: Final = 1_000_000


class Paying:
    """Pays vouchers out, in full or not, as the persons of sponsors and of the settlement bank do it."""

    def __init__(self, stage: Stage, issuer: str, backing: Backing) -> None:
        self._stage = stage
        self._issuer = issuer
        self._backing = backing
        self._bookings = 0
        self.noted: list[Row] = []
        """What stood on the ledger after each step of paying, as the gateway of the settlement bank answered."""

    def name_payees(self, voucher: str, bank: str) -> None:
        """The sponsor of each holder names the account to which it is paid, sealed to the settlement bank and the issuer."""
        held = self._live(voucher, bank)
        for row in held:
            system = f"{row['sponsor']}-system"
            known = next(iter(self._stage.reader(system).rows("identities", tag=str(row["tag"]))))
            payee = {
                "name": known["name"],
                "uscc": known["uscc"],
                "bank": "示例银行",
                "bank_code": "102290000000",
                "account": f"6222{int(row['first']):012d}",
            }
            args = {"voucher": voucher, "holding": row["first"]}
            self._stage.do(system, "settlement.payee", args, {"payee": payee})
        self._stage.say(f"  {len(held)} accounts named by the sponsors of {voucher}'s holders")

    def in_full(self, voucher: str, bank: str) -> None:
        """On the day of maturity everything comes in, and every holder is paid."""
        row = self._voucher(voucher, bank)
        day = parse_date(str(row["effective_maturity"]))
        self._note("before maturity", voucher, bank)
        self._stage.advance(instant_ms(day, 10))
        self._attest(voucher, bank, int(row["face"]), instant_ms(day, 9, 30))
        self._note("money attested", voucher, bank)
        self._pay_out(voucher, bank, instant_ms(day, 9, 45))
        self._note("paid out", voucher, bank)

    def short(self, voucher: str, bank: str) -> None:
        """A part comes in on the day; the rest is owed at the cut-off, and the holders share what there is."""
        row = self._voucher(voucher, bank)
        day = parse_date(str(row["effective_maturity"]))
        part, whole = _IN_TIME_PARTS
        self._note("before maturity", voucher, bank)
        self._stage.advance(instant_ms(day, 10))
        self._attest(voucher, bank, int(row["face"]) * part // whole, instant_ms(day, 9, 30))
        self._pay_out(voucher, bank, instant_ms(day, 9, 45))
        self._note("a part paid out", voucher, bank)
        self._stage.advance(instant_ms(day, _CUTOFF_HOUR, 1))
        self._note("cut-off passed", voucher, bank)

    def blocked(self, planned: PlannedVoucher, papers: Papers, reference: str) -> None:
        """Whoever owes issues nothing."""
        self._stage.refused(
            "the core enterprise issues while a payment of it is missing",
            self._issuer,
            lambda: self._stage.try_together(
                self._issuer,
                "voucher.issue",
                *self._backing.promise(planned, papers, _AFTER_BLOCK_FEN, reference),
            ),
        )

    def late(self, voucher: str, bank: str) -> None:
        """The rest comes on the next morning: paid late, and the issuer may issue again."""
        row = self._voucher(voucher, bank)
        day = date.fromordinal(parse_date(str(row["effective_maturity"])).toordinal() + 1)
        self._stage.advance(instant_ms(day, 10))
        self._attest(voucher, bank, int(row["outstanding"]), instant_ms(day, 9, 30))
        self._pay_out(voucher, bank, instant_ms(day, 9, 45))
        self._note("the rest paid late", voucher, bank)

    def unblocked(self, planned: PlannedVoucher, papers: Papers, reference: str) -> None:
        """The issuer issues again, and takes it back, so that the story comes out even."""
        args, sealed = self._backing.promise(planned, papers, _AFTER_BLOCK_FEN, reference)
        found = self._stage.together(self._issuer, "voucher.issue", args, sealed)
        issued = next(item for item in found["receipt"]["events"] if item["event"] == "voucher.issued")
        self._stage.together(self._issuer, "voucher.withdraw", {"voucher": issued["voucher"]})
        self._stage.say("  the block is lifted: the core enterprise issues again")

    def _attest(self, voucher: str, bank: str, amount: int, booked_ms: int) -> None:
        args = {
            "voucher": voucher,
            "amount": amount,
            "received_ms": booked_ms,
            "reference": self._reference(booked_ms),
            "document": self._document(bank, f"{voucher} {format_amount(amount)} {booked_ms}"),
        }
        self._stage.together(bank, "settlement.attest", args)
        self._stage.say(f"  {bank} attests {format_amount(amount)} for {voucher}")

    def _pay_out(self, voucher: str, bank: str, paid_ms: int) -> None:
        """Pay every holder what it has coming, as the rows of shares say; raises `StoryBroken` where nobody has anything."""
        shares = list(self._stage.reader(f"{bank}-maker").rows("shares", voucher=voucher))
        coming = [row for row in shares if int(row["payable"] or 0)]
        if not coming:
            raise StoryBroken(f"Nobody has anything coming of {voucher}.")
        rows = [
            {"holding": row["first"], "amount": row["payable"], "reference": self._reference(paid_ms)}
            for row in coming
        ]
        args = {
            "voucher": voucher,
            "paid_ms": paid_ms,
            "document": self._document(bank, f"{voucher} {rows}"),
            "rows": rows,
        }
        self._stage.together(bank, "settlement.payout", args)
        paid = sum(int(row["payable"]) for row in coming)
        self._stage.say(f"  {bank} pays {len(coming)} holders {format_amount(paid)} in all")

    def _note(self, when: str, voucher: str, bank: str) -> None:
        """Ask what is so now: status, what is owed, the issuer's ceilings, and whether it is blocked."""
        reader = self._stage.reader(f"{bank}-maker")
        row = reader.row("vouchers", voucher)
        granted = [
            int(item["amount"])
            for item in reader.rows("ceilings", issuer=self._issuer)
            if item["status"] == "IN_FORCE"
        ]
        used = sum(int(item["used"]) for item in reader.rows("ceiling_usage", issuer=self._issuer))
        missed = [
            item for item in reader.rows("missed_payments", issuer=self._issuer) if not item["cured_at"]
        ]
        self.noted.append(
            {
                "voucher": voucher,
                "when": when,
                "status": row["status"],
                "outstanding_fen": row["outstanding"],
                "ceilings_fen": sum(granted),
                "used_fen": used,
                "free_fen": sum(granted) - used,
                "payments_missing": len(missed),
            }
        )

    def _voucher(self, voucher: str, bank: str) -> Row:
        return self._stage.reader(f"{bank}-maker").row("vouchers", voucher)

    def _live(self, voucher: str, bank: str) -> list[Row]:
        return list(self._stage.reader(f"{bank}-maker").rows("holdings", voucher=voucher, status="LIVE"))

    def _reference(self, at_ms: int) -> str:
        """The bank's next booking number."""
        self._bookings += 1
        return f"{local_day(at_ms):%Y%m%d}-{self._bookings:06d}"

    def _document(self, bank: str, text: str) -> str:
        """The digest of a bank slip; the slip stays with the bank."""
        return sha256(f"{bank}: {text}".encode()).hex()
