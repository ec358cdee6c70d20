"""What is written in the sealed parts of disputes; `audiences` says who must be able to open them."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.ledger import limits


class GroundContent(Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is disputed: for the two sides, the sponsor, the settlement bank and supervisors."""

    ground: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=limits.TEXT_CODE_POINTS,
            title="Ground",
            description="Why this is not owed, or what was decided.",
            examples=["到货批次 3 检验不合格"],
            extra={"zh": "争议事由"},
        ),
    ]
    number: Annotated[
        str,
        Meta(
            max_length=limits.TEXT_CODE_POINTS,
            title="Case number",
            description="Number of the case at a court or an arbitration; empty before there is one.",
            examples=["（2026）沪0115民初456号"],
            extra={"zh": "案号"},
        ),
    ] = ""
