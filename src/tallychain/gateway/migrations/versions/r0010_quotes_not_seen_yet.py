"""Quotes that took effect and that the read model does not show yet are found without reading the whole outbox."""

from tallychain.gateway.migrations.columns import index

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make what is missing."""
    index("outbox_quotes", "outbox", "height", where="type = 'financing.quote'")
