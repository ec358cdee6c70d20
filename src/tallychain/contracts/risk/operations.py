"""What may be asked of the contract: the fields of each operation, with their bounds."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.contracts.risk.state import Currency
from tallychain.ledger.types import Amount, Count, Day, Digest, MemberName

NamedIssuer = Annotated[
    MemberName,
    Meta(
        title="Issuer",
        description="The core enterprise whose vouchers it is about.",
        examples=["ce-a"],
        extra={"zh": "开立方"},
    ),
]


class Grant(Struct, frozen=True, forbid_unknown_fields=True):
    """Grant an issuer a ceiling for what it may have outstanding."""

    issuer: NamedIssuer
    amount: Annotated[
        Amount,
        Meta(
            title="Amount",
            description="What this bank adds to what the issuer may have outstanding.",
            examples=[5_000_000_000],
            extra={"zh": "额度", "unit": "fen"},
        ),
    ]
    currency: Annotated[
        Currency,
        Meta(title="Currency", description="CNY.", examples=["CNY"], extra={"zh": "币种"}),
    ]
    valid_from: Annotated[
        Day,
        Meta(
            title="Valid from",
            description="First day on which it holds; today or later.",
            examples=["2026-03-16"],
            extra={"zh": "生效日"},
        ),
    ]
    valid_until: Annotated[
        Day,
        Meta(
            title="Valid until",
            description="Last day on which it holds.",
            examples=["2027-03-15"],
            extra={"zh": "到期日"},
        ),
    ]


class Reduce(Struct, frozen=True, forbid_unknown_fields=True):
    """Lower a ceiling, or end it.  What is outstanding stays; nothing new is issued beyond what is left."""

    issuer: NamedIssuer
    ceiling: Annotated[
        Digest,
        Meta(
            title="Ceiling",
            description="The operation that granted it.",
            examples=["6e" * 32],
            extra={"zh": "额度编号"},
        ),
    ]
    amount: Annotated[
        Count,
        Meta(
            title="New amount",
            description="What it is lowered to; 0 ends it.",
            examples=[3_000_000_000],
            extra={"zh": "调减后额度", "unit": "fen"},
        ),
    ]
