"""What an issuer and its holders may ask to give a voucher up."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.contracts.vouchers.operations import NumberOfVoucher
from tallychain.instruments.money import Units
from tallychain.ledger.types import Digest


class Cancel(Struct, frozen=True, forbid_unknown_fields=True):
    """Propose to every holder that the promise ends unpaid."""

    voucher: NumberOfVoucher


class Consent(Struct, frozen=True, forbid_unknown_fields=True):
    """Agree, for one holding, that the promise ends unpaid."""

    voucher: NumberOfVoucher
    cancellation: Annotated[
        Digest,
        Meta(
            title="Cancellation",
            description="The operation that proposed it: a digest of its whole text.",
            examples=["6d" * 32],
            extra={"zh": "注销提议"},
        ),
    ]
    holding: Annotated[
        Units,
        Meta(
            title="Holding",
            description="First unit of the holding that is given up.",
            examples=[1],
            extra={"zh": "持有份额起始单位"},
        ),
    ]
