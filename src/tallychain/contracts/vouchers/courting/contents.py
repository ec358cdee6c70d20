"""What is written in the sealed parts of courts; `audiences` says who must be able to open them."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.ledger import limits


class OrderContent(Struct, frozen=True, forbid_unknown_fields=True):
    """Which court ordered what: for the holder, its sponsor, the issuer, the settlement bank, pledgees and supervisors."""

    court: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=limits.TEXT_CODE_POINTS,
            title="Court",
            description="Name of the court.",
            examples=["上海金融法院"],
            extra={"zh": "法院名称"},
        ),
    ]
    number: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=limits.TEXT_CODE_POINTS,
            title="Order number",
            description="Number of the order as the court writes it.",
            examples=["（2026）沪74执123号"],
            extra={"zh": "案号"},
        ),
    ]
    note: Annotated[
        str,
        Meta(
            max_length=limits.TEXT_CODE_POINTS,
            title="Note",
            description="What else the parties should know; may be empty.",
            examples=["协助执行通知书"],
            extra={"zh": "备注"},
        ),
    ] = ""
