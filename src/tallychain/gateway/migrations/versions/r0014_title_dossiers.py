"""Identities of earlier holders that issuers gave to funders: what went out, what came in, and each link of it."""

from tallychain.gateway.migrations.columns import index, key, octets, table, text, whole

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make what is missing."""
    table(
        "dossier_given",
        text("id", key=True),
        text("financing"),
        text("member"),
        whole("given_ms"),
        whole("links"),
        whole("missing"),
        text("why", default=""),
    )
    index("dossier_given_of", "dossier_given", "given_ms", "id")
    table("dossier_got", text("financing", key=True), whole("got_ms"), text("why", default=""))
    table(
        "dossier_link",
        text("financing"),
        text("tag"),
        text("operation"),
        text("why", default=""),
        octets("kept"),
        key("financing", "tag"),
    )
