"""Certificates of connections between members."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tallychain.crypto.tlspins import Pin, PinNotValid, new_tls_identity, read_pin


def test_a_certificate_names_its_member_its_chain_and_its_time() -> None:
    secret, certificate = new_tls_identity("bank-a", "trial-1", 1_000, 9_000)
    pin = read_pin(certificate)
    assert pin == Pin("bank-a", "trial-1", pin.fingerprint, 1_000, 9_000)
    assert secret.startswith(b"-----BEGIN PRIVATE KEY-----")


def test_with_a_seed_the_key_is_the_same_again() -> None:
    one, again = (new_tls_identity("bank-a", "trial-1", 1_000, 9_000, b"\x07" * 32)[0] for _ in range(2))
    assert one == again


@pytest.mark.parametrize("text", [b"", b"nothing", b"x" * 20_000, b"-----BEGIN CERTIFICATE-----\nxx"])
def test_what_is_no_certificate_is_refused(text: bytes) -> None:
    with pytest.raises(PinNotValid):
        read_pin(text)


def test_a_certificate_without_a_chain_is_refused() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bank-a")])
    _, usual = new_tls_identity("bank-a", "trial-1", 1_000, 9_000)
    times = x509.load_pem_x509_certificate(usual)
    bare = x509.CertificateBuilder(
        name, name, key.public_key(), 1, times.not_valid_before_utc, times.not_valid_after_utc
    ).sign(key, None)
    with pytest.raises(PinNotValid, match="one member and one chain"):
        read_pin(bare.public_bytes(Encoding.PEM))
