"""Rows of what stands behind vouchers: confirmed payables, their invoices, ceilings."""

from tallychain.contracts.documents.state import (
    CONFIRMED,
    FINGERPRINTS,
    IN_ORDER,
    INVOICE,
    PAYABLES,
    Fingerprint,
    Invoice,
    Payable,
)
from tallychain.contracts.risk.state import IN_FORCE, Ceiling
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.ledger.holder import Receiver
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import settled

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
    record = Fingerprint(invoice, amount, (), "", (), (), (), settled(IN_ORDER))
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
