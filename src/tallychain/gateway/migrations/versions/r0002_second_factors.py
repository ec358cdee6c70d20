"""Second factors, one-time enrolment, locks after failed attempts, and changes of accounts that two persons decide."""

from tallychain.gateway.migrations.columns import add, index, key, octets, table, text, whole

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make what is missing."""
    add(
        "token",
        text("id", default=""),
        whole("made_ms", default=0),
        text("key", default=""),
        text("roles", default=""),
    )
    index("token_by_account", "token", "account")
    table(
        "factor",
        text("account", key=True),
        octets("secret"),
        octets("pending"),
        whole("last_step"),
        octets("salt"),
    )
    table("recovery", text("account"), octets("digest"), key("account", "digest"))
    table("enrolment_code", text("account", key=True), octets("salt"), octets("digest"), whole("expires_ms"))
    table("attempt", text("account", key=True), whole("failed"), whole("locked_until_ms"))
    table(
        "account_change",
        text("id", key=True),
        text("kind"),
        text("account"),
        octets("content"),
        text("asked_by"),
        whole("asked_ms"),
        whole("expires_ms"),
        text("state"),
        text("decided_by", default=""),
    )
