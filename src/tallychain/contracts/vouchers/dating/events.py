"""What is published when a calendar dates a voucher again."""

from tallychain.ledger.contract import Event
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Day, Instant, MemberName


class MaturitySet(Event, frozen=True, tag="voucher.maturity_set"):
    """A published calendar gave the voucher another maturity, or made a provisional one firm; for its issuer and all who hold it."""

    voucher: str
    issuer: MemberName
    nominal_maturity: Day
    effective_maturity: Day
    maturity: str
    blackout_ms: Instant
    due_ms: Instant
    cutoff_ms: Instant
    """0 while the maturity is provisional."""
    timeline: Timeline
    holdings: tuple[str, ...]
    """Ids of all holdings: each of them falls due on the new day."""
