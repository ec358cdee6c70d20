"""Rows of what stands behind vouchers: confirmed payables, their invoices, ceilings."""

from collections.abc import Iterator

from msgspec.structs import replace

from tallychain.contracts.documents.state import (
    ALLOCATIONS,
    CONFIRMED,
    FINGERPRINTS,
    IN_ORDER,
    IN_REVIEW,
    INVOICE,
    PAYABLES,
    Credit,
    Fingerprint,
    Invoice,
    Payable,
)
from tallychain.contracts.risk.state import IN_FORCE, Ceiling
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.ledger.holder import Receiver
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import settled
from tallychain.ledger.types import MemberId

LATE = "2030-12-31"


def confirmed(name: str, invoice: str, receiver: Receiver, amount: int, issuer: str) -> tuple[Write, Write]:
    """A payable over one invoice that its debtor has confirmed."""
    payable = Payable(
        payable=name,
        issuer=issuer,
        presenter=receiver,
        kind=INVOICE,
        amount=amount,
        due_day=LATE,
        due_ms=instant_ms(parse_date(LATE)),
        reference=name[:32],
        epoch=1,
        papers="0" * 64,
        invoices=(Invoice(invoice, (), amount, ()),),
        uses=(),
        timeline=settled(CONFIRMED),
    )
    record = Fingerprint(invoice, 1, amount, (), "", (), (), (), settled(IN_ORDER))
    return PAYABLES.put(payable), FINGERPRINTS.put(record)


def ceiling(issuer: str, amount: int = 10**15) -> Ceiling:
    """A ceiling in force that no test reaches unless it wants to."""
    return Ceiling(
        ceiling=f"{ord(issuer[-1]):064x}",
        issuer=issuer,
        bank="bank-b",
        amount=amount,
        currency="CNY",
        valid_from="2026-01-01",
        valid_until=LATE,
        timeline=settled(IN_FORCE),
    )


def red_lettered(state: Reader, voucher: str) -> Iterator[Write]:
    """A red letter over each whole invoice that a voucher rests on, which waits for the issuer's review."""
    allocation = state.get(ALLOCATIONS, voucher)
    for part in () if allocation is None else allocation.parts:
        record = state.get(FINGERPRINTS, part.fingerprint)
        if record is not None:
            letters = (Credit("cc" * 32, record.total, MemberId("ce-a")),)
            waiting = (MemberId("ce-a"),)
            yield FINGERPRINTS.put(
                replace(record, credits=letters, waiting=waiting, review=settled(IN_REVIEW))
            )
