"""What is written in the sealed parts of settlement; `audiences` says who must be able to open them."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.ledger import limits


class BankAccount(Struct, frozen=True, forbid_unknown_fields=True):
    """An account of a holder."""

    name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=limits.TEXT_CODE_POINTS,
            title="Name",
            description="Legal name of the holder; the account is in this name.",
            extra={"zh": "户名"},
        ),
    ]
    uscc: Annotated[
        str,
        Meta(
            max_length=18,
            title="Unified social credit code",
            description="Of the holder.",
            examples=["91310000MA00000001"],
            extra={"zh": "统一社会信用代码"},
        ),
    ]
    bank: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=limits.TEXT_CODE_POINTS,
            title="Bank",
            description="Name of the branch that keeps the account.",
            extra={"zh": "开户行"},
        ),
    ]
    bank_code: Annotated[
        str,
        Meta(
            max_length=12,
            title="Bank code",
            description="Its number in the payment system, 12 digits.",
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


class PayeeContent(BankAccount, frozen=True, forbid_unknown_fields=True):
    """To which account the holder of a holding is paid, and what shows that it is the one of record."""

    record: Annotated[
        str,
        Meta(
            pattern="^([0-9a-f]{64}|OTHER)?$(?!\\n)",
            title="Account of record",
            description="The operation that stated it, which the gateway fills in; OTHER for another account on purpose, which the bank is told.",
            examples=[""],
            extra={"zh": "备案编号（可空；OTHER 为另行指定）"},
        ),
    ] = ""
    opening: Annotated[
        str,
        Meta(
            pattern="^([0-9a-f]{64})?$(?!\\n)",
            title="Opening of its commitment",
            description="Filled in by the gateway.",
            examples=[""],
            extra={"zh": "备案承诺的盐值（可空）"},
        ),
    ] = ""
