"""Documents say which account stored them."""

from tallychain.gateway.migrations.columns import add, text

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add what is missing; of documents of before it is not known."""
    add("document", text("account", default=""))
