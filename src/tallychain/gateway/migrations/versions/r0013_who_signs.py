"""Wishes that two persons, or one, sign for a seat, and what became of them."""

from tallychain.gateway.migrations.columns import index, table, text, whole

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make what is missing."""
    table(
        "seat_change",
        text("id", key=True),
        text("seat"),
        whole("two_persons"),
        whole("by_sponsor"),
        text("reason"),
        text("asked_by"),
        whole("asked_ms"),
        whole("expires_ms"),
        text("state"),
        text("decided_by"),
    )
    index("seat_change_of", "seat_change", "seat", "asked_ms")
