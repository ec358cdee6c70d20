from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.crypto import schemes
from tallychain.crypto.keys import generate_signing_key, signing_key_from_seed
from tallychain.crypto.schemes import KeyNotAdmissible, admit_key, admit_sealing_key, verify
from tallychain.crypto.tests import edwards
from tallychain.crypto.tests.vectors import cases, unhex

TORSION = edwards.torsion()
SMALL_ORDER = list(edwards.every_encoding(TORSION))


def ed(raw: bytes) -> str:
    return f"ed25519:{raw.hex()}"


def admitted(key: str) -> bool:
    try:
        admit_key(key)
    except KeyNotAdmissible:
        return False
    return True


@pytest.mark.parametrize("case", cases("acceptance"), ids=lambda case: str(case["name"]))
def test_every_acceptance_vector_holds(case: dict[str, Any]) -> None:
    assert verify(case["key"], unhex(case["message"]), unhex(case["signature"])) is case["accepted"]
    assert admitted(case["key"]) is case["admitted"]


def test_the_small_order_points_have_fourteen_spellings_of_eight_points() -> None:
    assert len(SMALL_ORDER) == 14
    assert {edwards.decode(raw) for raw in SMALL_ORDER} == set(TORSION)
    assert all(edwards.multiply(8, point) == edwards.IDENTITY for point in TORSION)


def test_zip_215_accepts_every_pair_of_small_order_key_and_r() -> None:
    zero = bytes(32)
    pairs = [(a, r) for a in SMALL_ORDER for r in SMALL_ORDER]
    assert len(pairs) == 196
    assert all(verify(ed(a), b"Zcash", r + zero) for a, r in pairs)


@pytest.mark.attack(13)
@pytest.mark.parametrize("raw", SMALL_ORDER, ids=bytes.hex)
def test_a_small_order_key_is_refused(raw: bytes) -> None:
    with pytest.raises(KeyNotAdmissible, match=r"small order|not canonical"):
        admit_key(ed(raw))


@pytest.mark.attack(13)
@pytest.mark.parametrize("torsion", TORSION[1:])
def test_a_mixed_order_key_is_refused(torsion: edwards.Point) -> None:
    good = edwards.decode(schemes.key_bytes(signing_key_from_seed("ed25519", bytes(32)).public))
    assert good is not None
    mixed = edwards.add(good, torsion)
    assert edwards.multiply(edwards.ORDER, mixed) != edwards.IDENTITY
    with pytest.raises(KeyNotAdmissible, match="prime order"):
        admit_key(ed(edwards.encode(mixed)))


def test_the_twist_has_no_point_that_the_test_of_prime_order_would_pass() -> None:
    # The order of the curve is 8 L; together curve and twist have 2 p + 2 points.
    twist_prime = (2 * edwards.P + 2 - 8 * edwards.ORDER) // 4
    assert pow(2, twist_prime - 1, twist_prime) == 1  # a prime, as RFC 7748 says
    assert 5 * edwards.ORDER % twist_prime
    assert (5 * edwards.ORDER - 2) % twist_prime


def test_a_y_that_belongs_to_no_point_is_refused() -> None:
    pointless = [y for y in range(200) if edwards.decode(y.to_bytes(32, "little")) is None]
    assert len(pointless) > 60
    for y in pointless:
        with pytest.raises(KeyNotAdmissible, match="not a point of prime order on the curve"):
            admit_key(ed(y.to_bytes(32, "little")))


@given(st.binary(min_size=32, max_size=32))
def test_admission_agrees_with_plain_arithmetic(raw: bytes) -> None:
    point = edwards.decode(raw)
    expected = (
        point is not None
        and edwards.encode(point) == raw
        and point != edwards.IDENTITY
        and edwards.multiply(edwards.ORDER, point) == edwards.IDENTITY
    )
    assert admitted(ed(raw)) is expected


@given(st.integers(min_value=1, max_value=edwards.ORDER - 1), st.integers(min_value=0, max_value=7))
def test_exactly_the_prime_order_part_of_a_coset_is_admitted(scalar: int, index: int) -> None:
    point = edwards.add(edwards.multiply(scalar, edwards.BASE), TORSION[index])
    assert admitted(ed(edwards.encode(point))) is (index == 0)


@pytest.mark.parametrize("y", range(19))
def test_a_y_above_the_field_is_refused(y: int) -> None:
    with pytest.raises(KeyNotAdmissible, match="not canonical"):
        admit_key(ed((edwards.P + y).to_bytes(32, "little")))


@pytest.mark.parametrize("excess", range(8))
def test_a_p256_x_above_the_field_is_refused(excess: int) -> None:
    field = 2**256 - 2**224 + 2**192 + 2**96 - 1
    for prefix in ("02", "03"):
        with pytest.raises(KeyNotAdmissible, match="compressed point"):
            admit_key(f"p256:{prefix}{field + excess:064x}")


@pytest.mark.parametrize("case", cases("sealing-keys"), ids=lambda case: str(case["name"]))
def test_every_sealing_key_vector_holds(case: dict[str, Any]) -> None:
    if case["admitted"]:
        admit_sealing_key(case["key"])
    else:
        with pytest.raises(KeyNotAdmissible):
            admit_sealing_key(case["key"])


def test_a_signing_key_is_no_sealing_key_and_the_reverse() -> None:
    with pytest.raises(KeyNotAdmissible, match="not a sealing scheme"):
        admit_sealing_key(generate_signing_key().public)
    with pytest.raises(KeyNotAdmissible, match="not a signing scheme"):
        admit_key("x25519:" + "09" + "00" * 31)


def test_the_refusal_of_a_key_has_a_stable_code_and_a_sentence() -> None:
    with pytest.raises(KeyNotAdmissible) as refused:
        admit_key("rsa:00")
    assert refused.value.code == "KEY_NOT_ADMISSIBLE"
    assert str(refused.value) == "The key is not admissible: its scheme is unknown."


@given(st.text(max_size=200), st.binary(max_size=80), st.binary(max_size=80))
def test_verify_never_raises(key: str, message: bytes, signature: bytes) -> None:
    assert verify(key, message, signature) is False
    for scheme, size in (("ed25519", 64), ("p256", 66)):
        assert verify(f"{scheme}:{key}", message, signature.ljust(64, b"\0")[:64]) in (False, True)
        assert verify(f"{scheme}:{'0' * size}", message, signature) in (False, True)


def test_only_well_formed_keys_are_remembered() -> None:
    before = schemes._p256_point.cache_info().currsize
    assert not verify("p256:" + "0" * 10_000, b"", bytes(64))
    assert schemes._p256_point.cache_info().currsize == before


@pytest.mark.parametrize("scheme", schemes.SIGNING_SCHEMES)
def test_one_flipped_bit_anywhere_spoils_a_signature(scheme: str) -> None:
    key = signing_key_from_seed(scheme, bytes(32))
    signature = key.sign(b"message")
    assert verify(key.public, b"message", signature)
    for bit in range(512):
        spoiled = (int.from_bytes(signature, "big") ^ 1 << bit).to_bytes(64, "big")
        assert not verify(key.public, b"message", spoiled)


def test_the_scheme_of_a_key_is_its_first_word() -> None:
    assert schemes.scheme_of("sm2:02ab") == "sm2"
    assert schemes.scheme_of(generate_signing_key("p256").public) == "p256"
