"""The tables as they were before there were revisions; a file of that time is taken over as it is."""

from tallychain.gateway.migrations.columns import index, key, number, octets, table, text, unique, whole

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make what is missing."""
    _people()
    _acts()
    _mail()
    _papers()


def _people() -> None:
    table("progress", text("name", key=True), whole("height"))
    table(
        "seat",
        text("id", key=True),
        text("name"),
        text("uscc"),
        whole("two_persons"),
        whole("findable"),
        whole("active"),
        whole("hosted"),
        whole("next_tag", default=0),
    )
    table(
        "account",
        text("id", key=True),
        text("name"),
        text("seat"),
        text("person"),
        text("roles"),
        text("key_file"),
        text("certificate"),
        whole("active"),
    )
    table(
        "token", octets("digest", key=True), text("account"), whole("expires_ms"), whole("revoked", default=0)
    )
    table(
        "tag",
        text("key", key=True),
        text("seat"),
        whole("counter"),
        text("sealing"),
        octets("card", null=True),
        text("certificate", null=True),
        whole("valid_until_ms", default=0),
        whole("given"),
        unique("seat", "counter"),
    )
    index("tag_by_sealing", "tag", "sealing")
    table(
        "audit",
        number("number"),
        whole("at_ms"),
        text("account"),
        text("act"),
        text("object"),
        text("second_factor"),
    )


def _acts() -> None:
    table(
        "request",
        text("seat"),
        text("type"),
        text("key"),
        octets("digest"),
        text("draft"),
        text("operation"),
        key("seat", "type", "key"),
    )
    table(
        "draft",
        text("id", key=True),
        text("seat"),
        text("type"),
        text("maker"),
        whole("made_ms"),
        whole("expires_ms"),
        text("state"),
        octets("content"),
        text("decided_by", default=""),
        text("reason", default=""),
        text("operation", default=""),
    )
    index("draft_by_state", "draft", "state", "seat")
    table(
        "outbox",
        text("id", key=True),
        text("seat"),
        text("account"),
        text("type"),
        octets("frame"),
        whole("expires_ms"),
        whole("queued_ms"),
        text("state"),
        text("code", default=""),
        whole("height", default=0),
        text("first", default=""),
        octets("answer", empty=True),
    )
    index("outbox_open", "outbox", "expires_ms", where="state = 'queued'")


def _mail() -> None:
    table("introduction", text("certificate"), text("member"), key("certificate", "member"))
    table(
        "card_request",
        text("id", key=True),
        text("seat"),
        text("place"),
        text("sponsor"),
        text("uscc"),
        text("state"),
        octets("card", null=True),
        text("certificate", null=True),
        whole("asked_ms"),
        unique("seat", "place"),
    )
    table("card_waiting", text("member"), text("id"), text("seat"), whole("asked_ms"), key("member", "id"))
    table(
        "letter_in",
        text("sender"),
        text("id"),
        octets("digest"),
        octets("acknowledgement"),
        whole("received_ms"),
        key("sender", "id"),
    )
    table(
        "letter_out",
        text("id", key=True),
        text("receiver"),
        text("kind"),
        octets("text"),
        whole("expires_ms"),
        text("state"),
        whole("attempts", default=0),
    )
    index("letter_out_open", "letter_out", "expires_ms", where="state = 'waiting'")


def _papers() -> None:
    table(
        "certificate",
        text("digest", key=True),
        octets("der"),
        octets("intermediates"),
        text("name"),
        text("uscc"),
        text("sender"),
        whole("received_ms"),
    )
    table(
        "document",
        text("digest"),
        text("seat"),
        text("name"),
        text("media_type"),
        whole("size"),
        text("sender"),
        whole("stored_ms"),
        key("seat", "digest"),
    )
