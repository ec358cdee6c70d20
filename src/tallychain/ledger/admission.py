"""Whether an envelope may stand in a block at all.

One pure function answers for every caller (an engine's CheckTx, PrepareProposal, ProcessProposal and FinalizeBlock alike): two answers
could differ, and one member could then stop the chain.  It judges form and signatures; everything else is decided
per operation inside the block.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import msgspec

from tallychain.crypto.digest import sha256
from tallychain.ledger import codec, limits
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.envelope import Envelope, EnvelopeHeader, envelope_message, envelope_root
from tallychain.ledger.operation import Body, SignedOperation, operation_id, signing_message
from tallychain.ledger.refusals import Inadmissible
from tallychain.ledger.types import MemberId, OperationId


class SignatureCheck(NamedTuple):
    """One signature to be verified."""

    key: str
    message: bytes
    signature: bytes


VerifyAll = Callable[[Sequence[SignatureCheck]], bool]
"""Whether every one of these signatures is good."""


class Registry(Protocol):
    """What admission knows of the chain, as of the last committed height."""

    @property
    def chain(self) -> str:
        """The chain's name."""

    def is_system_key(self, member: MemberId, key: str) -> bool:
        """Whether this member's system signs with this key."""

    def operation_type(self, name: str, version: int) -> AnyOperation | None:
        """The declared type of an operation, if this chain runs it."""


@dataclass(frozen=True, slots=True)
class AdmittedOperation:
    """An operation whose form and signatures are good."""

    id: OperationId
    body: Body
    args: msgspec.Struct
    kind: AnyOperation
    signed: SignedOperation


@dataclass(frozen=True, slots=True)
class AdmittedEnvelope:
    """An envelope whose form and signatures are good."""

    member: MemberId
    expires: int
    operations: tuple[AdmittedOperation, ...]


def admissible(data: bytes, registry: Registry, verify_all: VerifyAll) -> AdmittedEnvelope:
    """
    The envelope in these bytes, if it may stand in a block.

    Raises `Inadmissible`: `ENVELOPE_TOO_LARGE`, `ENVELOPE_MALFORMED`, `WRONG_CHAIN`, `ENVELOPE_KEY_UNKNOWN`, `ENVELOPE_ROOT_DIFFERS`,
    `OPERATION_MALFORMED`, `TYPE_UNKNOWN`, `WRONG_CARRIER`, `BOX_MISSING`, `BOX_DIFFERS`, `OPERATION_TWICE`, `SIGNATURE_FALSE`.
    """
    envelope, checks = parse(data, registry)
    if not verify_all(checks):
        raise Inadmissible("SIGNATURE_FALSE", "a signature does not fit its key")
    return envelope


def parse(data: bytes, registry: Registry) -> tuple[AdmittedEnvelope, list[SignatureCheck]]:
    """The envelope in these bytes and the signatures still to be verified; raises `Inadmissible`."""
    if len(data) > limits.ENVELOPE_BYTES:
        raise Inadmissible("ENVELOPE_TOO_LARGE", f"an envelope has at most {limits.ENVELOPE_BYTES} bytes")
    try:
        envelope = codec.decode_frame(Envelope, data)
        header = codec.decode(EnvelopeHeader, envelope.header)
    except codec.Malformed as error:
        raise Inadmissible("ENVELOPE_MALFORMED", error.detail) from None
    if header.chain != registry.chain:
        raise Inadmissible("WRONG_CHAIN", f"this is the chain {registry.chain}")
    member = MemberId(header.member)
    if not registry.is_system_key(member, header.key):
        raise Inadmissible("ENVELOPE_KEY_UNKNOWN", f"not a system key of {member} in force")
    if header.count != len(envelope.operations) or header.root != envelope_root(envelope.operations):
        raise Inadmissible("ENVELOPE_ROOT_DIFFERS", "the header does not cover these operations")

    checks = [SignatureCheck(header.key, envelope_message(envelope.header), envelope.signature)]
    operations = tuple(_parse_operation(signed, member, registry, checks) for signed in envelope.operations)
    if len({operation.id for operation in operations}) != len(operations):
        raise Inadmissible("OPERATION_TWICE", "one operation stands twice in the envelope")
    return AdmittedEnvelope(member, header.expires, operations), checks


def _parse_operation(
    signed: SignedOperation, member: MemberId, registry: Registry, checks: list[SignatureCheck]
) -> AdmittedOperation:
    operation = read_operation(signed, registry)
    if operation.body.via != member:
        raise Inadmissible("WRONG_CARRIER", f"the operation names {operation.body.via} as its carrier")
    for signature in signed.signatures:
        message = signing_message(operation.id, signature.role, signature.key)
        checks.append(SignatureCheck(signature.key, message, signature.signature))
    return operation


def read_operation(signed: SignedOperation, registry: Registry) -> AdmittedOperation:
    """
    The operation in a signed frame, its form checked and its signatures not.

    Raises `Inadmissible`; a gateway uses it before it takes an operation for submission.
    """
    try:
        body = codec.decode(Body, signed.body)
        codec.check_texts(signed.body)
    except codec.Malformed as error:
        raise Inadmissible("OPERATION_MALFORMED", error.detail) from None
    if body.chain != registry.chain:
        raise Inadmissible("WRONG_CHAIN", f"this is the chain {registry.chain}")
    kind = registry.operation_type(body.type, body.version)
    if kind is None:
        raise Inadmissible("TYPE_UNKNOWN", f"this chain does not run {body.type} version {body.version}")
    try:
        args: msgspec.Struct = codec.decode(kind.args, bytes(body.args))
    except codec.Malformed as error:
        raise Inadmissible("OPERATION_MALFORMED", error.detail) from None
    _check_sealed(signed, body)
    return AdmittedOperation(operation_id(signed.body), body, args, kind, signed)


def _check_sealed(signed: SignedOperation, body: Body) -> None:
    named = {part.box for part in body.sealed}
    for digest, box in signed.boxes.items():
        if digest not in named or sha256(box).hex() != digest:
            raise Inadmissible("BOX_DIFFERS", "a sealed box is not the one that the body names")
    for part in body.sealed:
        if part.box not in signed.boxes:
            raise Inadmissible("BOX_MISSING", f"the box of the sealed part {part.label} is missing")
        if tuple(sorted(set(part.to))) != part.to:
            raise Inadmissible("OPERATION_MALFORMED", "recipients must be sorted and unique")
    role_keys = [(signature.role, signature.key) for signature in signed.signatures]
    if len({key for _, key in role_keys}) != len(role_keys):
        raise Inadmissible("OPERATION_MALFORMED", "one key signed twice")
