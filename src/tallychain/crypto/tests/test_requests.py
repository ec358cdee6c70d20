"""Requests for certificates, and the certificate that a system signs for itself."""

import pytest
from cryptography import x509

from tallychain.crypto.certificates import certificate_key
from tallychain.crypto.keys import SeedNotUsable, signing_key_from_seed
from tallychain.crypto.requests import certificate_request, own_certificate
from tallychain.crypto.schemes import ED25519, P256

SEED = bytes(range(32))
FROM_MS, UNTIL_MS = 1_767_225_600_000, 1_798_761_600_000


@pytest.mark.parametrize("scheme", [ED25519, P256])
def test_a_request_names_the_person_and_shows_that_the_key_is_at_hand(scheme: str) -> None:
    request = x509.load_pem_x509_csr(certificate_request(scheme, SEED, "5f0c2ab19d3e7781"))

    assert request.is_signature_valid
    assert "5f0c2ab19d3e7781" in request.subject.rfc4514_string()


@pytest.mark.parametrize("scheme", [ED25519, P256])
def test_a_certificate_of_ones_own_names_the_key_that_signed_it(scheme: str) -> None:
    certificate = own_certificate(scheme, SEED, "5f0c2ab19d3e7781", FROM_MS, UNTIL_MS)

    loaded = x509.load_der_x509_certificate(certificate)
    loaded.verify_directly_issued_by(loaded)
    assert certificate_key(certificate) == signing_key_from_seed(scheme, SEED).public
    assert loaded.not_valid_before_utc.timestamp() * 1000 == FROM_MS


def test_a_seed_of_another_length_makes_no_request() -> None:
    with pytest.raises(SeedNotUsable):
        certificate_request(ED25519, b"short", "5f0c2ab19d3e7781")
