"""By which expression a funder refines its own quoting, entered by two persons; it lies here and nowhere else."""

from tallychain.gateway.migrations.columns import index, table, text, whole

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make what is missing."""
    table(
        "own_refinement",
        text("id", key=True),
        text("expression"),
        text("asked_by"),
        whole("asked_ms"),
        text("state"),
        text("decided_by"),
        whole("decided_ms"),
    )
    index("own_refinement_state", "own_refinement", "state")
