"""What is written in the sealed parts of financings; `audiences` says who must be able to open them."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from tallychain.ledger import limits
from tallychain.ledger.types import Amount, Count, Day, PublicText


class AskContent(Struct, frozen=True, forbid_unknown_fields=True):
    """Why money is asked for, and on what the units rest: for the funders that were asked, and nobody else."""

    contract: Annotated[
        str,
        Meta(
            max_length=limits.TEXT_CODE_POINTS,
            title="Contract",
            description="Number of the contract behind the units.",
            examples=["CG-2026-0401"],
            extra={"zh": "贸易合同编号"},
        ),
    ]
    invoices: Annotated[
        tuple[PublicText, ...],
        Meta(
            max_length=50,
            title="Invoices",
            description="Numbers of the invoices behind the units.",
            extra={"zh": "发票号码"},
        ),
    ]
    purpose: Annotated[
        str,
        Meta(
            max_length=limits.TEXT_CODE_POINTS,
            title="Purpose",
            description="What the money is for.",
            examples=["采购原材料"],
            extra={"zh": "融资用途"},
        ),
    ]


class QuoteContent(Struct, frozen=True, forbid_unknown_fields=True):
    """
    What a funder offers, in figures that anybody who reads them can compute again (`terms`).

    The seller alone can read it, and only when the time for quotes is over.
    """

    rate: Annotated[
        int,
        Meta(
            ge=0,
            le=1_000_000,
            title="Annual rate",
            description="In parts per million: 36500 is 3.65 %.",
            examples=[36_500],
            extra={"zh": "年化利率（百万分之一）"},
        ),
    ]
    day_count: Annotated[
        Literal["ACT_360", "ACT_365"],
        Meta(
            title="Day count",
            description="Days of the year that the rate is for.",
            examples=["ACT_360"],
            extra={"zh": "计息基准"},
        ),
    ]
    value_date: Annotated[
        Day,
        Meta(
            title="Value date",
            description="The day on which the money goes and interest begins; the effective maturity is not counted.",
            examples=["2026-04-16"],
            extra={"zh": "放款日"},
        ),
    ]
    days: Annotated[
        Count,
        Meta(
            title="Days",
            description="From the value date to the effective maturity.",
            examples=[151],
            extra={"zh": "计息天数"},
        ),
    ]
    interest: Annotated[
        Count,
        Meta(
            title="Interest",
            description="On the face, in fen, rounded half up once.",
            examples=[459_292],
            extra={"zh": "利息", "unit": "fen"},
        ),
    ]
    fees: Annotated[
        Count,
        Meta(
            title="Fees",
            description="All fees of the seller, in fen.",
            examples=[0],
            extra={"zh": "费用", "unit": "fen"},
        ),
    ]
    net: Annotated[
        Amount,
        Meta(
            title="Net proceeds",
            description="What the seller gets: the face without interest and fees, in fen.",
            examples=[29_540_708],
            extra={"zh": "融资净额", "unit": "fen"},
        ),
    ]
    contract: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=limits.TEXT_CODE_POINTS,
            title="Financing contract",
            description="Number of the contract that the award concludes.",
            examples=["BL-2026-0416"],
            extra={"zh": "融资合同编号"},
        ),
    ]


class PaymentContent(Struct, frozen=True, forbid_unknown_fields=True):
    """How much is paid to the seller, and to which account: for the two sides and the two banks between them."""

    amount: Annotated[
        Amount,
        Meta(
            title="Amount",
            description="The net proceeds of the chosen quote, in fen.",
            examples=[29_540_708],
            extra={"zh": "放款金额", "unit": "fen"},
        ),
    ]
    name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=limits.TEXT_CODE_POINTS,
            title="Name",
            description="Legal name of the seller; the account is in this name.",
            examples=["某某供应有限公司"],
            extra={"zh": "户名"},
        ),
    ]
    bank_code: Annotated[
        str,
        Meta(
            max_length=12,
            title="Bank code",
            description="Number in the payment system of the bank that keeps the account, 12 digits.",
            examples=["102290000000"],
            extra={"zh": "联行号"},
        ),
    ]
    account: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=40,
            title="Account",
            description="Number of the account.",
            examples=["1001234567890123456"],
            extra={"zh": "账号"},
        ),
    ]
