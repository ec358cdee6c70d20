"""What is written in the sealed parts of redemptions; `audiences` says who must be able to open them."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.ledger.types import Amount, Count, Day


class RedemptionContent(Struct, frozen=True, forbid_unknown_fields=True):
    """
    What is paid now for what is owed at the maturity, in figures that anybody who reads them can compute again (`terms`).

    The issuer, the holder and the bank that pays read it; nobody else learns at what rate an issuer pays early.
    """

    rate: Annotated[
        int,
        Meta(
            ge=0,
            le=1_000_000,
            title="Annual rate",
            description="In parts per million, for the actual days of a year of 360: 30000 is 3.00 %.",
            examples=[30_000],
            extra={"zh": "年化折扣率（百万分之一）"},
        ),
    ]
    value_date: Annotated[
        Day,
        Meta(
            title="Value date",
            description="The day from which the discount is counted; the effective maturity is not counted.",
            examples=["2026-06-01"],
            extra={"zh": "起算日"},
        ),
    ]
    days: Annotated[
        Count,
        Meta(
            title="Days",
            description="From the value date to the effective maturity.",
            examples=[105],
            extra={"zh": "天数"},
        ),
    ]
    discount: Annotated[
        Count,
        Meta(
            title="Discount",
            description="What the holder leaves to the issuer, in fen, rounded half up once.",
            examples=[503_125],
            extra={"zh": "折扣金额", "unit": "fen"},
        ),
    ]
    net: Annotated[
        Amount,
        Meta(
            title="Paid",
            description="What the holder gets: the face without the discount, in fen.",
            examples=[56_996_874],
            extra={"zh": "实付金额", "unit": "fen"},
        ),
    ]
