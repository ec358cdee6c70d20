"""A small certificate authority for trials, demonstrations and tests; never for production.

Every certificate carries the organisational unit ``TEST``, and ``verify_chain`` refuses such a chain
unless it is told otherwise.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from tallychain.crypto.certificates import PSEUDONYM, TEST_MARK
from tallychain.crypto.digest import Tag, digest
from tallychain.crypto.keys import P256SigningKey
from tallychain.crypto.schemes import ED25519, admit_key, key_bytes, scheme_of

_PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey

_VALIDITY: Final = timedelta(days=3652)
_DAYS_7: Final = timedelta(days=7)


class TestAuthority:
    """A P-256 authority that follows from a seed; times are UTC milliseconds, cut to seconds.

    Equal requests give equal certificates, so that trials can be repeated byte by byte.
    """

    __test__ = False  # the name is no test case
    __slots__ = ("_key", "_name", "root")

    def __init__(self, seed: bytes, *, from_ms: int, name: str = "TEST authority") -> None:
        self._key = P256SigningKey(seed).private
        self._name = _name((NameOID.COMMON_NAME, name))
        self.root = self._issue(
            self._name, self._key.public_key(), _moment(from_ms), _moment(from_ms) + _VALIDITY, authority=True
        )

    def issue_enterprise(self, name: str, uscc: str, key: str, from_ms: int, until_ms: int) -> bytes:
        """A certificate (DER) for ``key`` of the enterprise with this unified social credit code."""
        subject = _name(
            (NameOID.COMMON_NAME, name),
            (NameOID.ORGANIZATION_NAME, name),
            (NameOID.SERIAL_NUMBER, uscc),
            (NameOID.ORGANIZATION_IDENTIFIER, f"NTRCN-{uscc}"),
        )
        return self._leaf(subject, key, from_ms, until_ms)

    def issue_person(self, pseudonym: str, key: str, from_ms: int, until_ms: int) -> bytes:
        """A certificate (DER) for ``key`` of a person known by a pseudonym."""
        return self._leaf(
            _name((NameOID.COMMON_NAME, pseudonym), (PSEUDONYM, pseudonym)), key, from_ms, until_ms
        )

    def revocation_list(self, certificates: Iterable[bytes], at_ms: int) -> bytes:
        """A revocation list (DER) over ``certificates``, good for seven days from ``at_ms``."""
        now = _moment(at_ms)
        builder = x509.CertificateRevocationListBuilder(self._name, now, now + _DAYS_7)
        for der in certificates:
            serial = x509.load_der_x509_certificate(der).serial_number
            builder = builder.add_revoked_certificate(x509.RevokedCertificateBuilder(serial, now).build())
        return builder.sign(self._key, hashes.SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)

    def _leaf(self, subject: x509.Name, key: str, from_ms: int, until_ms: int) -> bytes:
        return self._issue(subject, _public_key(key), _moment(from_ms), _moment(until_ms), authority=False)

    def _issue(
        self, subject: x509.Name, key: _PublicKey, start: datetime, end: datetime, *, authority: bool
    ) -> bytes:
        builder = (
            x509.CertificateBuilder(self._name, subject, key)
            .serial_number(_serial(subject, key, start, end))
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(authority, 0 if authority else None), critical=True)
            .add_extension(_usage(authority=authority), critical=True)
        )
        signed = builder.sign(self._key, hashes.SHA256(), ecdsa_deterministic=True)
        return signed.public_bytes(Encoding.DER)

    def __repr__(self) -> str:
        return "<test authority>"


def _name(*attributes: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    marked = (*attributes, (NameOID.ORGANIZATIONAL_UNIT_NAME, TEST_MARK))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in marked])


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _public_key(key: str) -> _PublicKey:
    admit_key(key)
    raw = key_bytes(key)
    if scheme_of(key) == ED25519:
        return ed25519.Ed25519PublicKey.from_public_bytes(raw)
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)


def _serial(subject: x509.Name, key: _PublicKey, start: datetime, end: datetime) -> int:
    """A serial number that follows from the contents, so that equal requests give equal certificates."""
    public = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    times = f"{start.isoformat()} {end.isoformat()}".encode()
    return int.from_bytes(digest(Tag.CERTIFICATE, subject.public_bytes(), public, times)[:15], "big") + 1


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms // 1000, UTC)
