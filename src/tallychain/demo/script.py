"""What the story is about: papers, vouchers and transfers from the example data, varied by a seed."""

import random
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from tallychain.demo.stage import StoryBroken
from tallychain.instruments.money import format_amount
from tallychain.integrations.einvoice import EInvoice, read_einvoice
from tallychain.integrations.payables import DryRun, dry_run

STUDY_SEED: Final = 1
"""With this seed the amounts are exactly those of the supply-chain study, section 8."""
_LEAST_PPM: Final = 800_000
_PPM: Final = 1_000_000


class Allocation(Struct, frozen=True):
    """How much of an invoice a voucher pays."""

    invoice: str
    amount_fen: int


class PlannedVoucher(Struct, frozen=True):
    """A voucher to be issued."""

    reference: str
    issuer: str
    first_holder: str
    face_fen: int
    issue_date: date
    maturity: date
    settlement_bank: str
    allocations: tuple[Allocation, ...]


class PlannedTransfer(Struct, frozen=True):
    """A part to be passed on, with the invoice that it pays."""

    voucher: str
    giver: str
    receiver: str
    amount_fen: int
    invoice: str


class Script(Struct, frozen=True):
    """Vouchers and transfers in their order."""

    vouchers: tuple[PlannedVoucher, ...]
    transfers: tuple[PlannedTransfer, ...]


@dataclass(frozen=True, slots=True)
class Papers:
    """The papers of the core enterprise."""

    payables: DryRun
    invoices: dict[str, EInvoice]
    files: dict[str, bytes]

    def backing(self, planned: PlannedVoucher) -> int:
        """What the invoices behind a voucher add up to; raises `StoryBroken` where the table of payables does not know one."""
        listed = {row.invoice_number: row.amount_fen for row in self.payables.accepted}
        total = 0
        for allocation in planned.allocations:
            invoice = self.invoices[allocation.invoice]
            if listed.get(invoice.number) != invoice.total_fen:
                raise StoryBroken(f"The invoice {invoice.number} does not stand in the table of payables.")
            total += invoice.total_fen
        return total


def read_papers(data: Path) -> Papers:
    """Table of payables and invoices of the core enterprise, as its accountants have them."""
    files = {path.stem: path.read_bytes() for path in sorted((data / "invoices").glob("*.xml"))}
    return Papers(
        payables=dry_run((data / "payables" / "core-a-sap.csv").read_bytes()),
        invoices={number: read_einvoice(content) for number, content in files.items()},
        files=files,
    )


def read_script(data: Path, seed: int) -> Script:
    """The story with the amounts of a seed: every transfer is at least four fifths of the study's, so parts always suffice."""
    script = msgspec.json.decode((data / "story.json").read_bytes(), type=Script)
    if seed == STUDY_SEED:
        return script
    chance = random.Random(seed)  # noqa: S311 - a story that can be told again, nothing secret

    def varied(transfer: PlannedTransfer) -> PlannedTransfer:
        amount = transfer.amount_fen * chance.randint(_LEAST_PPM, _PPM) // _PPM
        return msgspec.structs.replace(transfer, amount_fen=amount)

    return msgspec.structs.replace(script, transfers=tuple(varied(item) for item in script.transfers))


def small_amounts(seed: int) -> tuple[int, ...]:
    """Amounts (fen) of the vouchers and offers that come to nothing: rejected, withdrawn, declined, recalled, lapsed, raced for."""
    chance = random.Random(f"small-{seed}")  # noqa: S311 - as above
    return tuple(chance.randint(1_000_000, 2_000_000) for _ in range(6))


def trade(invoice: EInvoice, number: str) -> dict[str, object]:
    """The sealed content of a transfer that pays an invoice."""
    return {
        "contract": number,
        "invoices": [invoice.number],
        "purpose": invoice.lines[0].name[:100],
        "amount": format_amount(invoice.total_fen),
    }
