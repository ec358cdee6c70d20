"""Certificates with which the processes of two institutions know each other on a connection: self-signed, and believed because each side holds the other's.

Such a certificate names the member and the chain.  No authority stands above it: whoever holds the file of another member has it from that member,
and whether the member may still connect is for the ledger to say.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tallychain.crypto.certificates import UNREADABLE
from tallychain.crypto.digest import sha256
from tallychain.crypto.errors import CryptoRefusal

_PEM_MAX: Final = 16 * 1024


class PinNotValid(CryptoRefusal):
    """A file is not a certificate with which a member's processes show themselves."""

    code = "TLS_CERTIFICATE_NOT_VALID"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The certificate of a connection is not valid: {reason}.")


@dataclass(frozen=True, slots=True)
class Pin:
    """A member's certificate, as the other side holds it.  Times are UTC milliseconds."""

    member: str
    chain: str
    """Name of the chain: founders make their certificates before there is a genesis document."""
    fingerprint: str
    """SHA-256 of the certificate in DER, in hex: what two people compare by telephone."""
    not_before_ms: int
    not_after_ms: int


def new_tls_identity(
    member: str, chain: str, from_ms: int, until_ms: int, seed: bytes = b""
) -> tuple[bytes, bytes]:
    """A private key and its certificate, both PEM; the key belongs into a file of mode 0600.  It is a fresh one, or follows from a seed of 32 bytes."""
    key = ed25519.Ed25519PrivateKey.from_private_bytes(seed) if seed else ed25519.Ed25519PrivateKey.generate()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, member),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, chain),
        ]
    )
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_moment(from_ms))
        .not_valid_after(_moment(until_ms))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, None)
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secret, certificate.public_bytes(Encoding.PEM)


def read_pin(pem: bytes) -> Pin:
    """What a member's certificate (PEM) says; raises ``PinNotValid``."""
    if len(pem) > _PEM_MAX:
        raise PinNotValid("it is too long")
    if pem.count(b"-----BEGIN") != 1:
        raise PinNotValid("the file does not hold one certificate and nothing else")
    try:
        found = x509.load_pem_x509_certificate(pem)
        found.verify_directly_issued_by(found)
        member, chain = _one(found, NameOID.COMMON_NAME), _one(found, NameOID.ORGANIZATIONAL_UNIT_NAME)
    except (*UNREADABLE, InvalidSignature):
        raise PinNotValid("it cannot be read, or did not sign itself") from None
    return Pin(
        member=member,
        chain=chain,
        fingerprint=sha256(found.public_bytes(Encoding.DER)).hex(),
        not_before_ms=_ms(found.not_valid_before_utc),
        not_after_ms=_ms(found.not_valid_after_utc),
    )


def _one(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    values = [item.value for item in certificate.subject.get_attributes_for_oid(oid)]
    if len(values) != 1 or not isinstance(values[0], str):
        raise PinNotValid("it does not name one member and one chain")
    return values[0]


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms // 1000, UTC)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
