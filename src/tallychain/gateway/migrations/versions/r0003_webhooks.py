"""Webhooks, and what they are to be told."""

from tallychain.gateway.migrations.columns import index, number, octets, table, text, unique, whole

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make what is missing."""
    table(
        "webhook",
        text("id", key=True),
        text("seat"),
        text("url"),
        text("kinds"),
        whole("own"),
        octets("nonce"),
        octets("old_nonce"),
        whole("old_until_ms"),
        whole("made_ms"),
        text("made_by"),
        text("state"),
        text("reason"),
        whole("failing_since_ms"),
        whole("after_height"),
    )
    index("webhook_by_seat", "webhook", "seat", "state")
    table(
        "webhook_delivery",
        number("number"),
        text("id"),
        text("webhook"),
        text("kind"),
        whole("made_ms"),
        octets("body"),
        text("state"),
        whole("attempts", default=0),
        whole("due_ms"),
        whole("status", default=0),
        text("why", default=""),
        unique("id"),
    )
    index("webhook_delivery_by_webhook", "webhook_delivery", "webhook", "state", "number")
