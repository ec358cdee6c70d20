"""Documents have a commitment that may stand in the open, and the salt that it is made with; who asked for papers of others is written down."""

from tallychain.gateway.migrations.columns import add, octets, text

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add what is missing; documents of before get theirs when the gateway tidies."""
    add("document", text("commitment", default=""), octets("salt", empty=True))
