"""What shows an identity part to be false: the act, and the part opened before everybody."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.contracts.vouchers.operations import NumberOfVoucher
from tallychain.ledger import limits
from tallychain.ledger.types import Digest

CONTENT_TEXT: Final = 2_048
"""The opened content in base64; an identity part has some five hundred bytes."""
CERTIFICATE_TEXT: Final = 4_096
"""A certificate in base64."""
BASE64: Final = "^[A-Za-z0-9+/]*={0,2}$(?!\\n)"


class ChallengeIdentity(Struct, frozen=True, forbid_unknown_fields=True):
    """Open the identity part of an act before everybody, and show that it is false."""

    voucher: NumberOfVoucher
    act: Annotated[
        Digest,
        Meta(
            title="Act",
            description="The operation whose identity part is false: an offer, or a request for money.",
            examples=["c7" * 32],
            extra={"zh": "被质疑操作"},
        ),
    ]
    body: Annotated[
        str,
        Meta(
            min_length=2,
            max_length=limits.BODY_BYTES,
            title="Text of the act",
            description="Its whole text, as it was signed; everybody has it already, the state only its digest.",
            examples=["{}"],
            extra={"zh": "被质疑操作原文"},
        ),
    ]
    salt: Annotated[
        Digest,
        Meta(
            title="Salt",
            description="The 32 secret bytes of the identity part, in hex.",
            examples=["5a" * 32],
            extra={"zh": "密封盐值"},
        ),
    ]
    content: Annotated[
        str,
        Meta(
            max_length=CONTENT_TEXT,
            pattern=BASE64,
            title="Content",
            description="What the identity part says, in base64.",
            examples=["e30="],
            extra={"zh": "密封内容（Base64）"},
        ),
    ]
    certificate: Annotated[
        str,
        Meta(
            max_length=CERTIFICATE_TEXT,
            pattern=BASE64,
            title="Certificate",
            description="The certificate that the identity part refers to, DER in base64; empty where the part has not even the form of one.",
            examples=["MIIB"],
            extra={"zh": "证书（DER，Base64）"},
        ),
    ] = ""
