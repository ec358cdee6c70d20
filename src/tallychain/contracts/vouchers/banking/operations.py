"""What may be asked about an account of record: the fields of each operation, with their bounds."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.ledger.holder import Receiver
from tallychain.ledger.types import Digest, KeyText, MemberName

TagField = Annotated[
    KeyText,
    Meta(
        title="Tag of the account",
        description="The tag that speaks for the account.",
        extra={"zh": "账户标签"},
    ),
]
AccountField = Annotated[
    Digest,
    Meta(
        title="Account",
        description="The operation that stated it.",
        examples=["ac" * 32],
        extra={"zh": "账户备案编号"},
    ),
]
BankField = Annotated[
    MemberName,
    Meta(
        title="Testing bank",
        description="The bank that sends the penny; it is not the sponsor.",
        examples=["bank-b"],
        extra={"zh": "验证银行"},
    ),
]


class SetAccount(Struct, frozen=True, forbid_unknown_fields=True):
    """State an account for the first time under this tag; which one stands in the sealed part."""

    holder: Annotated[
        Receiver,
        Meta(
            title="Tag of the account",
            description="A fresh tag of the client, which signs this and speaks for the account from now on.",
            extra={"zh": "账户标签"},
        ),
    ]
    bank: BankField


class ChangeAccount(Struct, frozen=True, forbid_unknown_fields=True):
    """State another account in the place of the one in force, which stays until the other is tested and three business days have passed."""

    tag: TagField
    account: AccountField
    bank: BankField


class SendPenny(Struct, frozen=True, forbid_unknown_fields=True):
    """State as the testing bank that a penny with a code was sent to the account."""

    tag: TagField
    account: AccountField


class ReturnCode(Struct, frozen=True, forbid_unknown_fields=True):
    """Say as the client which code came with the penny."""

    tag: TagField
    account: AccountField


class ConfirmAccount(Struct, frozen=True, forbid_unknown_fields=True):
    """State as the testing bank that the account is that of the certified client and that the code came back."""

    tag: TagField
    account: AccountField


class RefuseAccount(Struct, frozen=True, forbid_unknown_fields=True):
    """State as the testing bank that the code is wrong, or that the account is not the client's."""

    tag: TagField
    account: AccountField
    wrong_code: Annotated[
        bool,
        Meta(
            title="The code was wrong",
            description="The client may say it again, three times in all; else the account is refused.",
            examples=[False],
            extra={"zh": "验证码不符"},
        ),
    ]


class StopAccount(Struct, frozen=True, forbid_unknown_fields=True):
    """Stop an account that is not in force yet, through any member; the one before stays."""

    tag: TagField
    account: AccountField
