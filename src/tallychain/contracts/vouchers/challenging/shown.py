"""What an opened identity part shows: by rules that every node can check, with nothing but the act, the part and a certificate."""

import base64
import binascii

from tallychain.contracts.vouchers.challenging.state import FORM, PERSON, SIGNATURE
from tallychain.crypto import sealing
from tallychain.crypto.certificates import CertificateNotValid, certificate_digest, certificate_subject
from tallychain.crypto.digest import sha256
from tallychain.crypto.identity import identity_statement, verify_identity
from tallychain.ledger import codec
from tallychain.ledger.codec import Malformed
from tallychain.ledger.holder import IdentityContent
from tallychain.ledger.operation import Body, SealedPart, encode_recipients

IDENTITY = "identity"
TRUE = "TRUE"
UNKNOWN = "UNKNOWN"
"""It has its form, and the certificate that it refers to is not at hand."""


def identity_part(body: Body) -> SealedPart | None:
    """The identity part of an act, if it has one."""
    return next((part for part in body.sealed if part.label == IDENTITY), None)


def is_opened(body: Body, part: SealedPart, salt: str, content: bytes) -> bool:
    """Whether salt and content are what this part of this act commits to."""
    context = sealing.context(
        body.chain,
        body.type,
        body.version,
        body.author,
        body.via,
        bytes.fromhex(body.nonce),
        part.label,
        sha256(bytes(body.args)),
        encode_recipients(part.to),
    )
    return sealing.check_opening(bytes.fromhex(part.commitment), context, bytes.fromhex(salt), content)


def verdict(body: Body, content: bytes, certificate: bytes) -> str:
    """
    What is wrong with an opened identity part, `TRUE`, or `UNKNOWN`.

    The certificate has to be one that the part itself refers to: nobody makes a true part false by showing another one.
    """
    try:
        said = codec.decode(IdentityContent, content)
        codec.check_texts(content)
    except Malformed:
        return FORM
    if not has_form(said):
        return FORM
    signatures = {said.checker_certificate: said.checker_signature, said.certificate: said.signature}
    signature = signatures.get(certificate_digest(certificate))
    if signature is None:
        return UNKNOWN
    try:
        subject = certificate_subject(certificate)
    except CertificateNotValid:
        return UNKNOWN
    if (subject.kind, subject.name, subject.identifier) != ("enterprise", said.name, said.uscc):
        return PERSON
    is_signed = verify_identity(certificate, statement_of(body), bytes.fromhex(signature))
    return TRUE if is_signed else SIGNATURE


def has_form(said: IdentityContent) -> bool:
    """Whether signatures and digests are hex, and a second person is there as a whole or not at all."""
    is_whole = bool(said.checker_certificate) == bool(said.checker_signature)
    return is_whole and all(
        _is_hex(text) for text in (said.signature, said.checker_certificate, said.checker_signature)
    )


def statement_of(body: Body) -> bytes:
    """What the person's own signature must cover: the whole act with every other sealed part."""
    others = [(part.label, bytes.fromhex(part.commitment)) for part in body.sealed if part.label != IDENTITY]
    return identity_statement(
        body.chain,
        body.type,
        body.version,
        body.author,
        body.via,
        bytes.fromhex(body.nonce),
        body.expires,
        sha256(bytes(body.args)),
        others,
    )


def from_base64(text: str) -> bytes | None:
    """The bytes of a text in base64, or None for what no encoder writes."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
    return data if to_base64(data) == text else None


def to_base64(data: bytes) -> str:
    """A text in base64."""
    return base64.b64encode(data).decode()


def _is_hex(text: str) -> bool:
    return len(text) % 2 == 0 and all(letter in "0123456789abcdefABCDEF" for letter in text)
