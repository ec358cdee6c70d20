"""Opening the sealed parts that are meant for this gateway.

A gateway holds its member's sealing keys and, for hosted seats, their view roots.  Parts that name none of these keys stay shut.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import msgspec
import structlog

from tallychain.crypto.identity import verify_identity
from tallychain.crypto.keys import SealingKey
from tallychain.crypto.sealing import CannotOpen, Opened
from tallychain.ledger import codec
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.holder import IdentityContent
from tallychain.ledger.operation import Body, SealedPart
from tallychain.ledger.views import Opening
from tallychain.sdk.opening import open_part, statement_of

_LOG = structlog.get_logger()


class Introduced(NamedTuple):
    """A certificate that was introduced to this gateway and is believed, with whom it names."""

    certificate: bytes
    name: str
    uscc: str


class KeyRing(Protocol):
    """The sealing keys that this gateway holds, now and for parts of earlier days, and the certificates it believes."""

    def find(self, recipient: str, /) -> tuple[str, SealingKey] | None:
        """The seat (`member` or a client seat's id) and key behind a recipient name, or None."""

    def public_key(self, recipient: str, /) -> str | None:
        """The sealing key that a recipient name `member:<id>#<n>` stands for, of any member, or None."""

    def introduced(self, certificate: str, /) -> Introduced | None:
        """The believed certificate with this digest, or None."""


class NoKeys:
    """A gateway without keys: it sees the skeleton only."""

    def find(self, _: str, /) -> tuple[str, SealingKey] | None:
        """Nothing."""
        return None

    def public_key(self, _: str, /) -> str | None:
        """Nothing."""
        return None

    def introduced(self, _: str, /) -> Introduced | None:
        """Nothing."""
        return None


@dataclass(frozen=True, slots=True)
class OpenedPart:
    """One part opened for one seat."""

    seat: str
    label: str
    salt: bytes
    content: bytes


def open_parts(body: Body, boxes: Mapping[str, bytes], ring: KeyRing) -> Iterator[OpenedPart]:
    """
    Every part of an operation that this gateway can open, once per seat that may read it.

    A part that names a key of ours and does not open is a fault of its author; it stays shut and is logged by operation label only.
    """
    for part in body.sealed:
        box = boxes.get(part.box)
        if box is None:
            continue
        seats: set[str] = set()
        for recipient in part.to:
            found = ring.find(recipient)
            if found is None or found[0] in seats:
                continue
            opened = _open(body, part, box, recipient, found[1], ring)
            if opened is not None:
                seats.add(found[0])
                yield OpenedPart(found[0], part.label, opened.salt, opened.content)


def content_of(kind: AnyOperation, label: str, text: bytes) -> msgspec.Struct | None:
    """The typed content of an opened part, or None if its author did not write what the type declares."""
    for rule in kind.seals:
        if rule.label == label:
            try:
                content: msgspec.Struct = codec.decode(rule.content, text)
                codec.check_texts(text)
            except codec.Malformed:
                return None
            return content
    return None


def as_opening(
    part: OpenedPart,
    body: Body,
    args: msgspec.Struct,
    kind: AnyOperation,
    operation: str,
    height: int,
    time_ms: int,
    ring: KeyRing,
) -> Opening | None:
    """The opened part as views see it, or None if its content is not what the type declares."""
    content = content_of(kind, part.label, part.content)
    if content is None:
        return None
    return Opening(
        content=content,
        args=args,
        type=body.type,
        label=part.label,
        operation=operation,
        author=body.author,
        seat=part.seat,
        height=height,
        time_ms=time_ms,
        verified=isinstance(content, IdentityContent) and is_verified(body, content, ring),
    )


def is_verified(body: Body, content: IdentityContent, ring: KeyRing) -> bool:
    """Whether the enterprise named in an identity part really signed this operation, by all that was introduced here."""
    signed = [(content.certificate, content.signature)]
    if content.checker_certificate or content.checker_signature:
        signed.append((content.checker_certificate, content.checker_signature))
    return all(_signed_by(body, content, digest, text, ring) for digest, text in signed)


def _signed_by(body: Body, content: IdentityContent, digest: str, text: str, ring: KeyRing) -> bool:
    found = ring.introduced(digest)
    if found is None or (found.name, found.uscc) != (content.name, content.uscc):
        return False
    try:
        signature = bytes.fromhex(text)
    except ValueError:
        return False
    return verify_identity(found.certificate, statement_of(body), signature)


def _open(
    body: Body, part: SealedPart, box: bytes, recipient: str, key: SealingKey, ring: KeyRing
) -> Opened | None:
    keys = [name if name.startswith("x25519:") else (ring.public_key(name) or "") for name in part.to]
    try:
        return open_part(body, part, box, keys, recipient, key)
    except CannotOpen as error:
        _LOG.warning("part_stays_shut", type=body.type, label=part.label, reason=error.reason)
        return None
