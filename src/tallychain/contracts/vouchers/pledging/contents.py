"""What is written in the sealed parts of pledges; `audiences` says who must be able to open them."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.ledger import limits
from tallychain.ledger.types import Amount

PledgeContract = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=limits.TEXT_CODE_POINTS,
        title="Contract",
        description="Number of the contract of pledge.",
        examples=["ZY-2026-0512"],
        extra={"zh": "质押合同编号"},
    ),
]


class TermsContent(Struct, frozen=True, forbid_unknown_fields=True):
    """What a pledge secures: between the holder and the pledgee."""

    secured: Annotated[
        Amount,
        Meta(
            title="Secured amount",
            description="The most that the holder owes under the contract, in fen.",
            examples=[10_200_000],
            extra={"zh": "担保金额", "unit": "fen"},
        ),
    ]
    contract: PledgeContract


class ClaimContent(Struct, frozen=True, forbid_unknown_fields=True):
    """How much the pledgee claims and where it is paid: for the bank that pays, and for the holder, who may contest it."""

    amount: Annotated[
        Amount,
        Meta(
            title="Amount",
            description="What is still owed under the contract of pledge, in fen.",
            examples=[10_200_000],
            extra={"zh": "主张金额", "unit": "fen"},
        ),
    ]
    contract: PledgeContract
    bank_code: Annotated[
        str,
        Meta(
            max_length=12,
            title="Bank code",
            description="Number in the payment system of the bank that keeps the pledgee's account, 12 digits.",
            examples=["103290000000"],
            extra={"zh": "联行号"},
        ),
    ]
    account: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=40,
            title="Account",
            description="Number of the pledgee's account.",
            examples=["6209876543210987654"],
            extra={"zh": "账号"},
        ),
    ]
