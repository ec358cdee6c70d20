"""Who asked whom for the papers behind a payable, what came of it, and which seats share their papers with the funders of later holders."""

from tallychain.gateway.migrations.columns import index, octets, table, text, whole

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make what is missing."""
    table(
        "papers_asked",
        text("id", key=True),
        text("payable"),
        text("financing"),
        text("sponsor"),
        text("account"),
        whole("asked_ms"),
        text("state", default="asked"),
        text("why", default=""),
        octets("kept", empty=True),
    )
    index("papers_asked_of", "papers_asked", "payable", "asked_ms")
    table(
        "papers_given",
        text("id", key=True),
        text("payable"),
        text("financing"),
        text("member"),
        text("seat"),
        whole("given_ms"),
        text("why", default=""),
    )
    index("papers_given_of", "papers_given", "payable", "given_ms")
    table("papers_consent", text("seat", key=True), whole("since_ms"))
