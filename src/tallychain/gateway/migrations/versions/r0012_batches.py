"""Tables of which each row becomes one operation: what was given, and what became of each row."""

from tallychain.gateway.migrations.columns import index, key, octets, table, text, whole

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make what is missing."""
    table(
        "batch",
        text("id", key=True),
        text("seat"),
        text("kind"),
        text("digest"),
        text("name"),
        whole("total"),
        text("maker"),
        whole("made_ms"),
        text("state"),
        text("decided_by"),
        whole("decided_ms"),
        text("reason"),
    )
    index("batch_seat", "batch", "seat", "made_ms")
    table(
        "batch_row",
        text("batch"),
        whole("line"),
        octets("cells"),
        octets("plan"),
        whole("attempt"),
        text("draft"),
        text("operation"),
        text("code"),
        text("why_en"),
        text("why_zh"),
        key("batch", "line"),
    )
    index("batch_row_draft", "batch_row", "draft")
