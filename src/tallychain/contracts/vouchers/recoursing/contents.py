"""What is written in the sealed parts of recourse; `audiences` says who must be able to open them."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.ledger.types import Amount, Count, Day


class RecourseContent(Struct, frozen=True, forbid_unknown_fields=True):
    """
    What a funder claims from the seller, in figures that anybody who reads them can compute again (`terms`).

    The funder, the seller and the bank that is paid read it; what a financing costs is nobody else's business afterwards either.
    """

    principal: Annotated[
        Amount,
        Meta(
            title="Principal",
            description="At most what the issuer has not paid of the holding's face, in fen.",
            examples=[12_000_000],
            extra={"zh": "追索本金", "unit": "fen"},
        ),
    ]
    until: Annotated[
        Day,
        Meta(
            title="Interest until",
            description="The day until which interest is claimed; it is not counted, the maturity is.",
            examples=["2026-09-24"],
            extra={"zh": "计息截止日"},
        ),
    ]
    days: Annotated[
        Count,
        Meta(
            title="Days",
            description="From the effective maturity to that day.",
            examples=[10],
            extra={"zh": "天数"},
        ),
    ]
    interest: Annotated[
        Count,
        Meta(
            title="Interest",
            description="At most the voucher's late interest on the principal for those days, in fen, rounded half up once.",
            examples=[60_000],
            extra={"zh": "利息", "unit": "fen"},
        ),
    ]
    amount: Annotated[
        Amount,
        Meta(
            title="Claimed",
            description="Principal and interest, in fen: exactly this is paid for the holding.",
            examples=[12_060_000],
            extra={"zh": "追索金额", "unit": "fen"},
        ),
    ]
    contract: Annotated[
        str,
        Meta(
            max_length=100,
            title="Contract",
            description="Number of the financing contract whose recourse clause is relied on.",
            examples=["BL-2026-0416"],
            extra={"zh": "融资合同编号"},
        ),
    ] = ""
