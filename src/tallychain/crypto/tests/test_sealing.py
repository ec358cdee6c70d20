from dataclasses import replace
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from tallychain.crypto import hkdf, sealing
from tallychain.crypto.digest import digest
from tallychain.crypto.keys import SealingKey
from tallychain.crypto.schemes import KeyNotAdmissible
from tallychain.crypto.sealing import (
    BOX_MAX,
    CannotOpen,
    CannotSeal,
    Opened,
    SealedBox,
    WrapsDiffer,
    check_opening,
    context,
    open_box,
    padded_length,
    recompute_wraps,
    seal,
)
from tallychain.crypto.tests.vectors import cases, unhex

KEYS = tuple(SealingKey.from_seed(bytes([i]) * 32) for i in (1, 2, 3, 4))
TO = tuple(key.public for key in KEYS)
SALT = bytes(range(32))
CONTENT = '{"price":973000000,"purpose":"货款"}'.encode()
PLACE: dict[str, Any] = {
    "chain": "alliance-1",
    "type": "voucher.offer",
    "version": 1,
    "author": "tag:ed25519:aa",
    "via": "bank-a",
    "nonce": bytes(16),
    "label": "terms",
    "args_digest": bytes(32),
    "recipients": b'["x","y"]',
}
CONTEXT = context(**PLACE)
STOCK = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def sealed(content: bytes = CONTENT) -> SealedBox:
    return seal(content, SALT, CONTEXT, TO)


def opened(part: SealedBox, reader: int = 0, **changes: Any) -> Opened:
    arguments: dict[str, Any] = {
        "box": part.box,
        "commitment": part.commitment,
        "context": CONTEXT,
        "recipients": TO,
        "key": KEYS[reader],
        "position": reader,
    }
    return open_box(**{**arguments, **changes})


def boxed(padded: bytes, wrapped: bytes = SALT, key_salt: bytes = SALT) -> bytes:
    """A box made by hand, as a dishonest author would."""
    enc = sealing._ephemeral_key(key_salt).public_key().public_bytes_raw()
    ciphertext = AESGCM(sealing._data_key(key_salt)).encrypt(bytes(12), padded, CONTEXT)
    ephemeral = sealing._ephemeral_key(key_salt)
    return enc + ciphertext + b"".join(sealing._wrap(wrapped, ephemeral, enc, to, CONTEXT) for to in TO)


@pytest.mark.parametrize("case", cases("sealing"))
def test_every_sealing_vector_holds(case: dict[str, Any]) -> None:
    place = case["place"]
    at = context(
        place["chain"],
        place["type"],
        place["version"],
        place["author"],
        place["via"],
        unhex(place["nonce"]),
        place["label"],
        unhex(place["args_digest"]),
        place["recipients"].encode(),
    )
    assert at.hex() == case["context"]
    box = seal(unhex(case["content"]), unhex(case["salt"]), at, case["recipients"])
    assert box.box.hex() == case["box"]
    assert box.commitment.hex() == case["commitment"]
    for position, seed in enumerate(case["recipient_seeds"]):
        key = SealingKey.from_seed(unhex(seed))
        found = open_box(box.box, box.commitment, at, case["recipients"], key, position)
        assert found == Opened(unhex(case["salt"]), unhex(case["content"]))


def test_the_key_pair_and_key_schedule_are_those_of_the_standard() -> None:
    # RFC 9180, A.1.1; nothing below depends on the cipher of that suite.
    ephemeral = hkdf.derive_key_pair(
        unhex("7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234")
    )
    assert ephemeral.private_bytes_raw().hex() == (
        "52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736"
    )
    assert ephemeral.public_key().public_bytes_raw().hex() == (
        "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"
    )


@pytest.mark.parametrize("length", [16, 32, 42, 64, 100])
def test_key_derivation_agrees_with_the_library(length: int) -> None:
    expected = HKDF(SHA256(), length, None, b"purpose").derive(SALT)
    assert hkdf.derive(SALT, b"purpose", length) == expected


def test_the_stock_hpke_opener_opens_every_wrap_and_the_stock_cipher_the_content() -> None:
    box = sealed().box
    wraps_at = len(box) - 48 * len(KEYS)
    for i, key in enumerate(KEYS):
        wrap = box[wraps_at + 48 * i : wraps_at + 48 * (i + 1)]
        salt = STOCK.decrypt(box[:32] + wrap, key.private, CONTEXT)
        assert salt == SALT
        data_key = HKDF(SHA256(), 32, None, b"tally/1/sealing/data-key").derive(salt)
        plain = AESGCM(data_key).decrypt(bytes(12), box[32:wraps_at], CONTEXT)
        assert plain == len(CONTENT).to_bytes(4, "big") + CONTENT + bytes(256 - 4 - len(CONTENT))


def test_every_recipient_opens_the_same_content_and_finds_that_all_others_can() -> None:
    box = sealed()
    for position in range(len(KEYS)):
        found = opened(box, position)
        assert found == Opened(SALT, CONTENT)
        recompute_wraps(box.box, found, CONTEXT, TO)


def test_sealing_is_a_function_of_its_arguments() -> None:
    assert sealed() == sealed()
    assert seal(CONTENT, bytes(32), CONTEXT, TO).box != sealed().box


@given(st.binary(max_size=3000), st.binary(min_size=32, max_size=32))
def test_what_was_sealed_is_opened(content: bytes, salt: bytes) -> None:
    box = seal(content, salt, CONTEXT, TO[:1])
    found = open_box(box.box, box.commitment, CONTEXT, TO[:1], KEYS[0], 0)
    assert found == Opened(salt, content)


@pytest.mark.attack(9)
@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("chain", "trial-1"),
        ("type", "voucher.take"),
        ("version", 2),
        ("author", "member:bank-b"),
        ("via", "bank-b"),
        ("nonce", bytes(15) + b"\1"),
        ("label", "trade"),
        ("args_digest", bytes(31) + b"\1"),
        ("recipients", b'["x"]'),
    ],
)
def test_a_part_copied_to_another_place_opens_nowhere(field: str, other: object) -> None:
    elsewhere = context(**{**PLACE, field: other})
    assert elsewhere != CONTEXT
    box = sealed()
    with pytest.raises(CannotOpen, match="not for this key and this operation"):
        opened(box, context=elsewhere)
    assert not check_opening(box.commitment, elsewhere, SALT, CONTENT)


@pytest.mark.attack(10)
@pytest.mark.parametrize("position", range(1, 4))
def test_a_wrong_wrap_for_another_recipient_is_found_by_the_one_who_can_open(position: int) -> None:
    box = sealed()
    wraps_at = len(box.box) - 48 * len(TO)
    ephemeral = sealing._ephemeral_key(SALT)
    bad = sealing._wrap(bytes(32), ephemeral, box.box[:32], TO[position], CONTEXT)
    start = wraps_at + 48 * position
    forged = replace(box, box=box.box[:start] + bad + box.box[start + 48 :])
    found = opened(forged, 0)
    with pytest.raises(WrapsDiffer, match=f"recipient {position} differs") as refused:
        recompute_wraps(forged.box, found, CONTEXT, TO)
    assert refused.value.position == position
    with pytest.raises(CannotOpen):
        opened(forged, position)


@pytest.mark.attack(10)
def test_a_wrap_to_another_key_than_the_one_named_is_found() -> None:
    stranger = SealingKey.from_seed(bytes([9]) * 32).public
    box = seal(CONTENT, SALT, CONTEXT, (*TO[:3], stranger))
    found = opened(box, 1)
    with pytest.raises(WrapsDiffer) as refused:
        recompute_wraps(box.box, found, CONTEXT, TO)
    assert refused.value.position == 3


@pytest.mark.attack(10)
def test_an_ephemeral_key_that_does_not_follow_from_the_salt_is_found() -> None:
    own = x25519.X25519PrivateKey.from_private_bytes(bytes([7]) * 32)
    enc = own.public_key().public_bytes_raw()
    honest = sealed()
    ciphertext = honest.box[32 : len(honest.box) - 48 * len(TO)]
    box = enc + ciphertext + b"".join(sealing._wrap(SALT, own, enc, to, CONTEXT) for to in TO)
    found = opened(replace(honest, box=box))
    with pytest.raises(WrapsDiffer, match="common to all") as refused:
        recompute_wraps(box, found, CONTEXT, TO)
    assert refused.value.position is None


def test_a_box_of_another_length_than_its_content_determines_is_found() -> None:
    found = opened(sealed())
    for box in (sealed().box + bytes(48), sealed().box[:-48], sealed(bytes(1000)).box):
        with pytest.raises(WrapsDiffer) as refused:
            recompute_wraps(box, found, CONTEXT, TO)
        assert refused.value.position is None


@pytest.mark.parametrize("byte", [0, 31, 32, 303, -1])
def test_one_changed_byte_of_the_box_does_not_pass(byte: int) -> None:
    box = bytearray(sealed().box)
    box[byte] ^= 1
    last = len(KEYS) - 1
    with pytest.raises(CannotOpen):
        opened(sealed(), last, box=bytes(box))


def test_a_content_under_another_key_than_the_wrapped_one_is_refused() -> None:
    box = boxed(sealing._pad(CONTENT), wrapped=bytes(32))
    with pytest.raises(CannotOpen, match="does not belong to the wrapped key"):
        opened(sealed(), box=box)


@pytest.mark.parametrize(
    "padded",
    [
        sealing._pad(CONTENT)[:-1] + b"\1",
        sealing._pad(CONTENT) + bytes(16),
        (300).to_bytes(4, "big") + bytes(252),
        b"\xff\xff\xff\xff" + bytes(252),
    ],
)
def test_a_second_message_in_the_padding_is_refused(padded: bytes) -> None:
    with pytest.raises(CannotOpen, match="padding is not canonical"):
        opened(sealed(), box=boxed(padded))


def test_another_content_than_the_committed_one_is_refused() -> None:
    with pytest.raises(CannotOpen, match="not what the operation commits to"):
        opened(sealed(), commitment=digest("commitment", b"another"))


@pytest.mark.parametrize("position", [-1, 1, 4])
def test_a_key_in_a_place_that_is_not_its_own_is_refused(position: int) -> None:
    with pytest.raises(CannotOpen, match="not the recipient in that place"):
        opened(sealed(), 0, position=position)


def test_a_box_too_short_or_too_long_is_refused() -> None:
    box = sealed().box
    for short in (b"", box[:300], box[1:]):
        with pytest.raises(CannotOpen, match="too short"):
            opened(sealed(), box=short)
    assert opened(sealed(), box_max=len(box)).content == CONTENT
    with pytest.raises(CannotOpen, match="longer than allowed"):
        opened(sealed(), box_max=len(box) - 1)
    with pytest.raises(CannotOpen) as refused:
        opened(sealed(), box=bytes(BOX_MAX + 1))
    assert refused.value.code == "CANNOT_OPEN"


@pytest.mark.parametrize("raw", [bytes(32), (1).to_bytes(32, "little")])
def test_a_small_order_ephemeral_key_opens_nothing(raw: bytes) -> None:
    with pytest.raises(CannotOpen):
        opened(sealed(), box=raw + sealed().box[32:])


def test_sealing_refuses_a_bad_salt_no_recipient_and_a_box_above_its_limit() -> None:
    with pytest.raises(CannotSeal, match="32 bytes, not 31"):
        seal(CONTENT, bytes(31), CONTEXT, TO)
    with pytest.raises(CannotSeal, match="needs a recipient"):
        seal(CONTENT, SALT, CONTEXT, ())
    with pytest.raises(CannotSeal, match="at most 32768"):
        seal(bytes(BOX_MAX), SALT, CONTEXT, TO)
    size = len(sealed().box)
    assert seal(CONTENT, SALT, CONTEXT, TO, box_max=size) == sealed()
    with pytest.raises(CannotSeal):
        seal(CONTENT, SALT, CONTEXT, TO, box_max=size - 1)


def test_nothing_is_sealed_to_a_key_that_would_leak_the_salt() -> None:
    with pytest.raises(KeyNotAdmissible):
        seal(CONTENT, SALT, CONTEXT, (*TO, "x25519:" + "00" * 32))


def test_an_opening_shown_later_is_checked_against_the_commitment() -> None:
    box = sealed()
    assert check_opening(box.commitment, CONTEXT, SALT, CONTENT)
    assert not check_opening(box.commitment, CONTEXT, bytes(32), CONTENT)
    assert not check_opening(box.commitment, CONTEXT, SALT, CONTENT + b" ")


def test_padding_adds_at_most_twelve_percent_above_256_bytes() -> None:
    assert padded_length(0) == padded_length(252) == 256
    assert padded_length(253) == 272
    for length in range(253, 40_000):
        padded = padded_length(length)
        assert length + 4 <= padded <= (length + 4) * 1.12
        assert padded_length(padded - 4) == padded


def test_padding_leaves_few_lengths_to_tell_apart() -> None:
    assert len({padded_length(length) for length in range(32_000)}) < 120


def test_an_opened_part_does_not_show_itself() -> None:
    assert repr(opened(sealed())) == f"<opened part of {len(CONTENT)} bytes>"


def test_what_sealing_gives_is_frozen() -> None:
    for value, field in ((sealed(), "box"), (opened(sealed()), "salt")):
        with pytest.raises(AttributeError):
            setattr(value, field, b"")


def test_a_wrap_does_not_open_with_another_key() -> None:
    box = sealed().box
    with pytest.raises(InvalidTag):
        STOCK.decrypt(box[:32] + box[-48:], KEYS[0].private, CONTEXT)
