"""X.509 certificates of the persons and enterprises behind keys.

A licensed authority says whose key signs; the ledger stores only the digest of its certificate.
``verify_chain`` follows RFC 5280 as far as such certificates go and refuses what it does not know.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtensionOID, NameOID

from tallychain.crypto.digest import sha256
from tallychain.crypto.errors import CryptoRefusal
from tallychain.crypto.schemes import ED25519, P256, KeyNotAdmissible, admit_key, key_text

CERTIFICATE_MAX: Final = 8 * 1024
CHAIN_MAX: Final = 4
TEST_MARK: Final = "TEST"
PSEUDONYM: Final = NameOID.PSEUDONYM
_UNDERSTOOD: Final = frozenset(
    {ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE}
)
_HASHES: Final = (hashes.SHA256, hashes.SHA384, hashes.SHA512)

UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What the library raises for bytes that are no certificate, or none that it knows; a rule of the ledger reads what anybody has made up."""

_Extension = TypeVar("_Extension", x509.BasicConstraints, x509.KeyUsage)

# (digest of the issuing certificate in hex, serial number)
Revoked = tuple[str, int]


class CertificateNotValid(CryptoRefusal):
    """A certificate does not show whose key it is, at that time.  ``reason`` is a short phrase."""

    code = "CERTIFICATE_NOT_VALID"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The certificate is not valid: {reason}.")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a certificate names.

    ``identifier`` is the unified social credit code of an enterprise, or the pseudonym of a person.
    Times are UTC milliseconds, both ends included.
    """

    kind: Literal["enterprise", "person"]
    name: str
    identifier: str
    key: str
    certificate: str
    not_before_ms: int
    not_after_ms: int
    is_test: bool


def certificate_digest(der: bytes) -> str:
    """SHA-256 of a certificate in DER, in hex: how the ledger refers to it."""
    return sha256(der).hex()


def verify_chain(
    certificate: bytes,
    trusted_roots: Collection[bytes],
    at_ms: int,
    revoked: Collection[Revoked] = (),
    *,
    intermediates: Sequence[bytes] = (),
    allow_test: bool = False,
) -> Subject:
    """Whom ``certificate`` (DER) names, if a trusted authority vouched for it at ``at_ms``.

    Every certificate of the chain must be in its validity, unrevoked and allowed to do what it does.
    Certificates of a test authority pass only with ``allow_test``.  Raises ``CertificateNotValid``.
    """
    if len(intermediates) >= CHAIN_MAX:
        raise CertificateNotValid("too many certificates came with it")
    leaf = _load(certificate)
    chain = _chain(leaf, [_load(root) for root in trusted_roots], [_load(der) for der in intermediates])
    for depth, (issued, issuer) in enumerate(pairwise(chain)):
        _check_issuer(issuer, cas_below=depth)
        if (certificate_digest(issuer.public_bytes(Encoding.DER)), issued.serial_number) in revoked:
            raise CertificateNotValid("it, or one above it, has been revoked")
    for member in chain:
        _check_validity(member, at_ms)
        _check_extensions(member)
    _check_leaf(leaf)
    is_test = any(_is_test(member) for member in chain)
    if is_test and not allow_test:
        raise CertificateNotValid("it comes from a test authority")
    return _subject(leaf, certificate, is_test=is_test)


def revoked_by(crl: bytes, issuer: bytes, at_ms: int) -> frozenset[Revoked]:
    """What an authority's revocation list (DER) revokes; it must be signed by it and current."""
    authority = _load(issuer)
    try:
        listing = x509.load_der_x509_crl(crl)
        signed = listing.is_signature_valid(authority.public_key())  # type: ignore[arg-type]  # key kinds a list cannot be signed with raise TypeError
    except UNREADABLE:
        raise CertificateNotValid("the revocation list cannot be read") from None
    if not signed or listing.issuer != authority.subject:
        raise CertificateNotValid("the revocation list is not signed by its authority")
    until = listing.next_update_utc
    if until is None or not _ms(listing.last_update_utc) <= at_ms <= _ms(until):
        raise CertificateNotValid("the revocation list is not of that time")
    digest = certificate_digest(issuer)
    return frozenset((digest, entry.serial_number) for entry in listing)


def certificate_subject(certificate: bytes) -> Subject:
    """Whom a certificate (DER) names, whoever vouches for it and when; raises ``CertificateNotValid``.

    For those who have no trusted authorities of their own to ask: it says what the text says and nothing more.
    """
    return _subject(_load(certificate), certificate, is_test=False)


@lru_cache(maxsize=4096)
def certificate_key(certificate: bytes) -> str:
    """The signing key that a certificate (DER) names, as text; raises ``CertificateNotValid``."""
    return _key(_load(certificate))


def _load(der: bytes) -> x509.Certificate:
    if len(der) > CERTIFICATE_MAX:
        raise CertificateNotValid("it is too long")
    try:
        loaded = x509.load_der_x509_certificate(der)
        # Parsed on first use: read them here, where what cannot be read is refused, such as a validity in the year 0.
        _ = loaded.extensions, loaded.subject, loaded.issuer
        _ = loaded.not_valid_before_utc, loaded.not_valid_after_utc
    except UNREADABLE:
        raise CertificateNotValid("it cannot be read") from None
    # RFC 5280, 4.1.2.2.  The library still reads others, and says that a later version will not: nodes must not differ by that.
    if loaded.serial_number <= 0:
        raise CertificateNotValid("its serial number is not positive")
    return loaded


def _chain(
    leaf: x509.Certificate, roots: list[x509.Certificate], intermediates: list[x509.Certificate]
) -> list[x509.Certificate]:
    """The path from the leaf to a trusted root, each signed by the next."""
    chain = [leaf]
    while len(chain) < CHAIN_MAX:
        for root in roots:
            if _issued_by(chain[-1], root):
                return [*chain, root]
        above = next((ca for ca in intermediates if ca not in chain and _issued_by(chain[-1], ca)), None)
        if above is None:
            break
        chain.append(above)
    raise CertificateNotValid("no trusted authority has issued it")


def _issued_by(issued: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        strong = issued.signature_hash_algorithm is None or isinstance(
            issued.signature_hash_algorithm, _HASHES
        )
        issued.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return strong


def _check_issuer(issuer: x509.Certificate, *, cas_below: int) -> None:
    constraints = _extension(issuer, x509.BasicConstraints)
    usage = _extension(issuer, x509.KeyUsage)
    if constraints is None or not constraints.ca or usage is None or not usage.key_cert_sign:
        raise CertificateNotValid("its issuer may not issue certificates")
    if constraints.path_length is not None and cas_below > constraints.path_length:
        raise CertificateNotValid("its chain is longer than its issuer allows")


def _check_validity(certificate: x509.Certificate, at_ms: int) -> None:
    if not _ms(certificate.not_valid_before_utc) <= at_ms <= _ms(certificate.not_valid_after_utc):
        raise CertificateNotValid("it, or one above it, is not valid at that time")


def _check_extensions(certificate: x509.Certificate) -> None:
    for extension in certificate.extensions:
        if extension.critical and extension.oid not in _UNDERSTOOD:
            raise CertificateNotValid(f"its critical extension {extension.oid.dotted_string} is unknown")


def _check_leaf(leaf: x509.Certificate) -> None:
    constraints = _extension(leaf, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        raise CertificateNotValid("it is an authority's own")
    usage = _extension(leaf, x509.KeyUsage)
    if usage is None or not usage.digital_signature:
        raise CertificateNotValid("its key is not meant for signatures")


def _subject(leaf: x509.Certificate, der: bytes, *, is_test: bool) -> Subject:
    code = _attribute(leaf.subject, NameOID.SERIAL_NUMBER)
    pseudonym = _attribute(leaf.subject, PSEUDONYM)
    if (code is None) == (pseudonym is None):
        raise CertificateNotValid("it names neither an enterprise by its code nor a person by a pseudonym")
    return Subject(
        kind="enterprise" if pseudonym is None else "person",
        name=_attribute(leaf.subject, NameOID.COMMON_NAME) or "",
        identifier=code or pseudonym or "",
        key=_key(leaf),
        certificate=certificate_digest(der),
        not_before_ms=_ms(leaf.not_valid_before_utc),
        not_after_ms=_ms(leaf.not_valid_after_utc),
        is_test=is_test,
    )


def _key(certificate: x509.Certificate) -> str:
    try:
        public = certificate.public_key()
    except UNREADABLE:
        raise CertificateNotValid("its key cannot be read") from None
    if isinstance(public, ed25519.Ed25519PublicKey):
        key = key_text(ED25519, public.public_bytes_raw())
    elif isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1):
        key = key_text(P256, public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))
    else:
        raise CertificateNotValid("its key is neither Ed25519 nor P-256")
    try:
        admit_key(key)
    except KeyNotAdmissible as error:
        raise CertificateNotValid(f"its key is not admissible: {error.reason}") from None
    return key


def _is_test(certificate: x509.Certificate) -> bool:
    return _attribute(certificate.subject, NameOID.ORGANIZATIONAL_UNIT_NAME) == TEST_MARK


def _attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> str | None:
    """The value of an attribute that stands exactly once; twice is as good as not at all."""
    found = name.get_attributes_for_oid(oid)
    value = found[0].value if len(found) == 1 else None
    return value if isinstance(value, str) else None


def _extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
