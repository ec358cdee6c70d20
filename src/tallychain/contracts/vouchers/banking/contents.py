"""What is sealed about an account of record; `audiences` says who must be able to open it."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.contracts.vouchers.settling.contents import BankAccount


class CodeContent(Struct, frozen=True, forbid_unknown_fields=True):
    """The code that came with the penny (`code`), from the client back to the bank."""

    code: Annotated[
        str,
        Meta(
            pattern="^[0-9]{6}$(?!\\n)",
            title="Code",
            description="Six digits in the remark of the payment.",
            examples=["274016"],
            extra={"zh": "验证码"},
        ),
    ]


class PennyContent(Struct, frozen=True, forbid_unknown_fields=True):
    """The code that goes with the penny (`code`), from the bank to itself, so that it is fixed."""

    code: Annotated[
        str,
        Meta(
            pattern="^([0-9]{6})?$(?!\\n)",
            title="Code",
            description="Six digits for the remark of the payment; left empty, the gateway draws them.",
            examples=[""],
            extra={"zh": "验证码（留空由网关生成）"},
        ),
    ] = ""


class AccountContent(BankAccount, frozen=True, forbid_unknown_fields=True):
    """To which account a client wants to be paid (`account`)."""
