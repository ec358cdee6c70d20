"""One signed request to change the ledger.

The body is canonical JSON that a lawyer can read; signatures stand beside it, sealed boxes are referred to by digest.
The operation id is a digest of the body alone, so a repeat is recognised whatever its signatures.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from tallychain.crypto.digest import digest
from tallychain.ledger import codec, limits
from tallychain.ledger.types import (
    AuthorName,
    ChainName,
    Digest,
    Instant,
    KeyText,
    Label,
    MemberName,
    Nonce,
    OperationId,
    RecipientText,
    TypeName,
)


class SealedPart(Struct, frozen=True, forbid_unknown_fields=True):
    """What the body says of one sealed part; the box itself rides outside the body."""

    label: Label
    commitment: Digest
    """Digest over context, salt and content: what the author is bound to."""
    box: Digest
    """SHA-256 of the box."""
    to: Annotated[tuple[RecipientText, ...], Meta(min_length=1, max_length=limits.RECIPIENTS)]
    """Recipients' sealing keys, sorted and unique."""


class Body(Struct, frozen=True, forbid_unknown_fields=True):
    """The signed text of an operation."""

    chain: ChainName
    type: TypeName
    version: Annotated[int, Meta(ge=1, le=999)]
    author: AuthorName
    via: MemberName
    """The only member whose envelope may carry this operation."""
    nonce: Nonce
    expires: Instant
    """Block time from which the operation is no longer taken."""
    args: msgspec.Raw
    """Arguments as the type declares them."""
    sealed: Annotated[tuple[SealedPart, ...], Meta(max_length=limits.SEALED_PARTS)]


class Signature(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One signature: in which role, by which key."""

    role: Annotated[str, Meta(pattern="^[a-z]{2,12}$(?!\\n)")]
    key: KeyText
    signature: Annotated[bytes, Meta(min_length=1, max_length=limits.SIGNATURE_BYTES)]


class SignedOperation(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An operation on the wire: body, signatures in declared role order, boxes by their digest."""

    body: Annotated[bytes, Meta(min_length=2, max_length=limits.BODY_BYTES)]
    signatures: Annotated[tuple[Signature, ...], Meta(min_length=1, max_length=limits.SIGNATURES)]
    boxes: Annotated[
        dict[Digest, Annotated[bytes, Meta(max_length=limits.BOX_BYTES)]],
        Meta(max_length=limits.SEALED_PARTS),
    ]


def operation_id(body: bytes) -> OperationId:
    """The id of an operation: the digest of its body."""
    return OperationId(digest("operation", body).hex())


def signing_message(operation: OperationId, role: str, key: str) -> bytes:
    """What a signature under an operation covers: its role, its key and the operation id."""
    return digest("operation-signature", role.encode(), key.encode(), bytes.fromhex(operation))


def signed_leaf(operation: SignedOperation) -> bytes:
    """What the envelope's root covers of one operation: body and signatures, not the boxes."""
    return codec.encode_frame((operation.body, operation.signatures))


def encode_recipients(to: tuple[str, ...]) -> bytes:
    """The recipients of a part as they enter its context."""
    return codec.encode(to)
