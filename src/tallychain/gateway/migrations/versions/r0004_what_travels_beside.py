"""What still has to travel beside the ledger: introductions, papers behind payables, the fingerprint key; and what came of them."""

import sqlalchemy as sa
from alembic import op

from tallychain.gateway.migrations.columns import index, key, table, text, whole

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make what is missing; papers of payables that were presented before are sent once."""
    table(
        "introduction_due",
        text("certificate"),
        text("member"),
        text("seat"),
        key("certificate", "member"),
    )
    table("presented", text("operation", key=True), text("seat"), whole("is_read", default=0))
    index("presented_unread", "presented", "operation", where="is_read = 0")
    table(
        "enclosure",
        text("operation"),
        text("digest"),
        text("seat"),
        text("receiver"),
        text("letter", default=""),
        key("operation", "digest"),
    )
    index("enclosure_unsent", "enclosure", "seat", "digest", where="letter = ''")
    table(
        "arrival",
        text("payable"),
        text("digest"),
        text("found"),
        text("sender"),
        whole("received_ms"),
        key("payable", "digest"),
    )
    table(
        "key_handed",
        text("member"),
        whole("epoch"),
        whole("attempt", default=0),
        text("letter"),
        key("member", "epoch"),
    )
    op.execute(
        sa.text(
            "INSERT INTO presented (operation, seat) SELECT id, seat FROM outbox WHERE type = 'payable.present' AND state = 'done' "
            "AND NOT EXISTS (SELECT 1 FROM presented WHERE presented.operation = outbox.id)"
        )
    )
