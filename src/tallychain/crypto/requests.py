"""What a key needs from outside before it stands on a ledger: a request to an authority, or a certificate of its own.

A person's key is certified by a licensed authority, which is asked with a request of PKCS #10 (RFC 2986).  The key of a member's own system may begin
under a certificate that it has signed itself: its member vouches for it by putting the digest on its record.
"""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tallychain.crypto.certificates import PSEUDONYM
from tallychain.crypto.keys import P256SigningKey, signing_key_from_seed

_Private = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


def certificate_request(scheme: str, seed: bytes, pseudonym: str) -> bytes:
    """A request (PEM) for a certificate of the person known by a pseudonym; raises `SeedNotUsable`.

    Signing it shows the authority that whoever asks has the key.
    """
    private = _private(scheme, seed)
    builder = x509.CertificateSigningRequestBuilder(_subject(pseudonym))
    return builder.sign(private, _hash(private)).public_bytes(Encoding.PEM)


def own_certificate(scheme: str, seed: bytes, pseudonym: str, from_ms: int, until_ms: int) -> bytes:
    """A certificate (DER) that a system's key has signed for itself; times are UTC milliseconds.  Raises `SeedNotUsable`."""
    private = _private(scheme, seed)
    name = _subject(pseudonym)
    built = (
        x509.CertificateBuilder(name, name, private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.fromtimestamp(from_ms // 1000, UTC))
        .not_valid_after(datetime.fromtimestamp(until_ms // 1000, UTC))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    return built.sign(private, _hash(private)).public_bytes(Encoding.DER)


def _private(scheme: str, seed: bytes) -> _Private:
    key = signing_key_from_seed(scheme, seed)
    return (
        key.private if isinstance(key, P256SigningKey) else ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    )


def _hash(private: _Private) -> hashes.SHA256 | None:
    return None if isinstance(private, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def _subject(pseudonym: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, pseudonym), x509.NameAttribute(PSEUDONYM, pseudonym)]
    )
