"""Operations that one member submits together.

One engine transaction is one envelope.  By its signature the member vouches for every operation in it that names it as sponsor.
"""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.crypto.digest import digest
from tallychain.ledger import codec, limits, merkle
from tallychain.ledger.operation import SignedOperation, signed_leaf
from tallychain.ledger.types import ChainName, Digest, Instant, KeyText, MemberName


class EnvelopeHeader(Struct, frozen=True, forbid_unknown_fields=True):
    """What the carrying member signs."""

    chain: ChainName
    member: MemberName
    key: KeyText
    """A system key of the member."""
    expires: Instant
    root: Digest
    """RFC 6962 root over each operation's body and signatures."""
    count: Annotated[int, Meta(ge=1, le=limits.ENVELOPE_OPERATIONS)]


class Envelope(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An envelope on the wire."""

    header: Annotated[bytes, Meta(max_length=limits.ENVELOPE_HEADER_BYTES)]
    operations: Annotated[
        tuple[SignedOperation, ...], Meta(min_length=1, max_length=limits.ENVELOPE_OPERATIONS)
    ]
    signature: Annotated[bytes, Meta(min_length=1, max_length=limits.SIGNATURE_BYTES)]


def envelope_root(operations: tuple[SignedOperation, ...]) -> str:
    """The root that the header names."""
    return merkle.root([signed_leaf(operation) for operation in operations]).hex()


def envelope_message(header: bytes) -> bytes:
    """What the signature under an envelope covers."""
    return digest("envelope", header)


def build_header(
    *, chain: str, member: str, key: str, expires: int, operations: tuple[SignedOperation, ...]
) -> bytes:
    """The canonical header for these operations, ready to be signed."""
    return codec.encode(
        EnvelopeHeader(chain, member, key, expires, envelope_root(operations), len(operations))
    )
