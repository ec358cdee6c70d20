"""What may be asked of the contract: the fields of each operation, with their bounds."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.contracts.disclosure.months import Month
from tallychain.ledger.types import PublicText


class Remark(Struct, frozen=True, forbid_unknown_fields=True):
    """Say something about one's own record of a month.  Figures are computed and stay as they are."""

    month: Annotated[
        Month,
        Meta(
            title="Month",
            description="The month of the record.",
            examples=["2026-09"],
            extra={"zh": "月份"},
        ),
    ]
    text: Annotated[
        PublicText,
        Meta(
            title="Remark",
            description="What everybody may read beside the figures; no personal data.",
            examples=["The payment of 14 September was delayed by an outage of our bank."],
            extra={"zh": "备注"},
        ),
    ]
