from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.crypto.digest import digest
from tallychain.crypto.keys import (
    SealingKey,
    SeedNotUsable,
    SigningKey,
    generate_signing_key,
    signing_key_from_seed,
)
from tallychain.crypto.schemes import P256_ORDER, SIGNING_SCHEMES, admit_key, admit_sealing_key, verify
from tallychain.crypto.tests.vectors import cases, unhex


@pytest.mark.parametrize("case", cases("operation-signature"))
def test_every_operation_signature_vector_holds(case: dict[str, Any]) -> None:
    key = signing_key_from_seed(case["scheme"], unhex(case["seed"]))
    message = digest(
        "operation-signature", case["role"].encode(), case["key"].encode(), unhex(case["operation"])
    )
    assert key.public == case["key"]
    assert message.hex() == case["message"]
    assert key.sign(message).hex() == case["signature"]
    assert verify(key.public, message, unhex(case["signature"]))


def test_an_ed25519_seed_is_the_private_key_of_the_standard() -> None:
    # RFC 8032, 7.1, test 1
    seed = unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    key = signing_key_from_seed("ed25519", seed)
    assert key.public == "ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert key.sign(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )


@pytest.mark.parametrize("scheme", SIGNING_SCHEMES)
def test_a_generated_key_is_admissible_and_its_signature_good(scheme: str) -> None:
    key = generate_signing_key(scheme)
    admit_key(key.public)
    assert verify(key.public, b"text", key.sign(b"text"))
    assert generate_signing_key(scheme).public != key.public


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=64))
def test_a_p256_signature_has_low_s_and_is_the_same_each_time(seed: bytes, message: bytes) -> None:
    key = signing_key_from_seed("p256", seed)
    signature = key.sign(message)
    assert int.from_bytes(signature[32:], "big") <= P256_ORDER // 2
    assert signature == key.sign(message)
    assert verify(key.public, message, signature)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_seed_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(SeedNotUsable, match=f"32 bytes, not {size}"):
        signing_key_from_seed("ed25519", bytes(size))
    with pytest.raises(SeedNotUsable):
        SealingKey.from_seed(bytes(size))


def test_an_unknown_scheme_makes_no_key() -> None:
    with pytest.raises(SeedNotUsable, match="no signing scheme 'x25519'"):
        signing_key_from_seed("x25519", bytes(32))


def test_a_sealing_key_is_admissible_and_follows_from_its_seed() -> None:
    # RFC 7748, 6.1: Alice
    seed = unhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
    key = SealingKey.from_seed(seed)
    assert key.public == "x25519:8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
    admit_sealing_key(SealingKey.generate().public)


def test_no_private_key_shows_itself() -> None:
    seed = bytes(range(32))
    keys: list[SigningKey | SealingKey] = [signing_key_from_seed(scheme, seed) for scheme in SIGNING_SCHEMES]
    for key in (*keys, SealingKey.from_seed(seed)):
        assert repr(key).endswith(f"key of {key.public}>")
        assert seed.hex() not in repr(key)
