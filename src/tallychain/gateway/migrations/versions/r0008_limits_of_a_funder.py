"""What a funder lends at most, entered by two persons; it lies here and nowhere else."""

from tallychain.gateway.migrations.columns import index, table, text, whole

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make what is missing."""
    table(
        "own_limit",
        text("id", key=True),
        text("kind"),
        text("issuer"),
        whole("amount"),
        text("valid_until"),
        text("asked_by"),
        whole("asked_ms"),
        text("state"),
        text("decided_by"),
        whole("decided_ms"),
    )
    index("own_limit_state", "own_limit", "state")
