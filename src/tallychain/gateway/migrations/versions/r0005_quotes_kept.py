"""Quotes that a funder's gateway delivers by itself when the time for quotes is over; their terms lie here encrypted."""

from tallychain.gateway.migrations.columns import index, octets, table, text, whole

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make what is missing."""
    table(
        "quote_kept",
        text("commitment", key=True),
        text("financing"),
        whole("closes_ms"),
        text("approval"),
        octets("kept"),
        text("reveal"),
        text("state"),
        text("why"),
        whole("ended_ms"),
    )
    index("quote_kept_due", "quote_kept", "closes_ms", where="state = 'kept'")
