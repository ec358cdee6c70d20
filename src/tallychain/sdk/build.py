"""From a wish to signed bytes: body, sealed parts, signatures, envelope.

Nothing here decides whether an operation is allowed; that is the ledger's.  The same inputs give the same bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from tallychain.crypto import sealing
from tallychain.crypto.digest import sha256
from tallychain.crypto.identity import identity_statement
from tallychain.crypto.keys import SigningKey
from tallychain.ledger import codec
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.envelope import Envelope, build_header, envelope_message
from tallychain.ledger.operation import (
    Body,
    SealedPart,
    Signature,
    SignedOperation,
    encode_recipients,
    operation_id,
    signing_message,
)
from tallychain.ledger.types import OperationId

IDENTITY = "identity"

IdentityWriter = Callable[[bytes], msgspec.Struct]
"""Given the identity statement of an act, the content of its `identity` part, signed by the certified key."""


class Recipient(NamedTuple):
    """One who shall open a part: the name that stands in `to`, and the sealing key behind it."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part to be sealed; the content of an `identity` part is written by the `IdentityWriter`."""

    label: str
    content: msgspec.Struct | None
    to: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What shall be asked of the ledger, before anything is sealed or signed."""

    chain: str
    kind: AnyOperation
    args: msgspec.Struct
    author: str
    via: str
    nonce: bytes
    """16 bytes; the same for every attempt at the same act."""
    expires_ms: int
    parts: tuple[Part, ...] = ()
    identity: IdentityWriter | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation ready to be signed."""

    id: OperationId
    kind: AnyOperation
    body: bytes
    boxes: dict[str, bytes]


class ActIncomplete(Exception):
    """A part has no content, or an identity part has no writer."""


def prepare(act: Act, salt: Callable[[], bytes]) -> Prepared:
    """
    Seal the parts and write the body.

    `salt` gives 32 fresh random bytes a call.  The identity part is sealed last, because its signature covers the
    commitments of all others.  Raises `ActIncomplete`, and `CannotSeal` for a part that is too large.
    """
    args = codec.encode(act.args)
    sealed: dict[str, tuple[SealedPart, bytes]] = {}
    for part in act.parts:
        if part.label != IDENTITY:
            if part.content is None:
                raise ActIncomplete(f"The sealed part {part.label} has no content.")
            sealed[part.label] = _seal(act, args, part, part.content, salt())
    for part in act.parts:
        if part.label == IDENTITY:
            sealed[part.label] = _seal(act, args, part, _identity(act, args, sealed), salt())
    parts = tuple(sealed[part.label][0] for part in act.parts)
    body = codec.encode(
        Body(
            chain=act.chain,
            type=act.kind.name,
            version=act.kind.version,
            author=act.author,
            via=act.via,
            nonce=act.nonce.hex(),
            expires=act.expires_ms,
            args=msgspec.Raw(args),
            sealed=parts,
        )
    )
    return Prepared(operation_id(body), act.kind, body, {part.box: box for part, box in sealed.values()})


def signature(prepared: Prepared, role: str, key: SigningKey) -> Signature:
    """One signature under a prepared operation."""
    return Signature(role, key.public, key.sign(signing_message(prepared.id, role, key.public)))


def assemble(prepared: Prepared, signatures: Sequence[Signature]) -> SignedOperation:
    """The operation on the wire."""
    return SignedOperation(prepared.body, tuple(signatures), prepared.boxes)


def sign(prepared: Prepared, keys: Sequence[SigningKey]) -> SignedOperation:
    """Sign with one key for each role that the type demands, in its order."""
    roles = prepared.kind.authority.roles
    return assemble(prepared, [signature(prepared, role, key) for role, key in zip(roles, keys, strict=True)])


def pack(
    operations: Sequence[SignedOperation], *, chain: str, member: str, key: SigningKey, expires_ms: int
) -> bytes:
    """The envelope in which a member submits these operations."""
    kept = tuple(operations)
    header = build_header(chain=chain, member=member, key=key.public, expires=expires_ms, operations=kept)
    return codec.encode_frame(Envelope(header, kept, key.sign(envelope_message(header))))


def _identity(act: Act, args: bytes, sealed: dict[str, tuple[SealedPart, bytes]]) -> msgspec.Struct:
    if act.identity is None:
        raise ActIncomplete("The act needs an identity signature.")
    others = [
        (part.label, bytes.fromhex(sealed[part.label][0].commitment))
        for part in act.parts
        if part.label != IDENTITY
    ]
    return act.identity(
        identity_statement(
            act.chain,
            act.kind.name,
            act.kind.version,
            act.author,
            act.via,
            act.nonce,
            act.expires_ms,
            sha256(args),
            others,
        )
    )


def _seal(
    act: Act, args: bytes, part: Part, content: msgspec.Struct, salt: bytes
) -> tuple[SealedPart, bytes]:
    recipients = sorted(set(part.to))
    names = tuple(recipient.name for recipient in recipients)
    context = sealing.context(
        act.chain,
        act.kind.name,
        act.kind.version,
        act.author,
        act.via,
        act.nonce,
        part.label,
        sha256(args),
        encode_recipients(names),
    )
    made = sealing.seal(codec.encode(content), salt, context, [recipient.key for recipient in recipients])
    return SealedPart(part.label, made.commitment.hex(), sha256(made.box).hex(), names), made.box
