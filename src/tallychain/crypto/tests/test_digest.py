import hashlib
import hmac
import re
from pathlib import Path
from typing import Any

import pytest

from tallychain.crypto.digest import Tag, digest, equal, framed, keyed, sha256, standard_mac
from tallychain.crypto.tests.vectors import cases, unhex

PACKAGE = Path(__file__).parents[2]
LITERAL_TAG = re.compile(r"\b(?:digest|keyed)\(\s*(?:\w+,\s*)?\"([a-z0-9-]+)\"")


@pytest.mark.parametrize("case", cases("digest"))
def test_every_digest_vector_holds(case: dict[str, Any]) -> None:
    parts = [unhex(part) for part in case["parts"]]
    assert framed(case["tag"], *parts).hex() == case["framed"]
    assert digest(case["tag"], *parts).hex() == case["digest"]
    assert keyed(unhex(case["key"]), case["tag"], *parts).hex() == case["keyed"]


def test_the_framing_is_prefix_tag_zero_then_length_and_part() -> None:
    expected = b"tally/1/ballot\x00" + b"\x00\x00\x00\x02ab" + b"\x00\x00\x00\x00"
    assert framed("ballot", b"ab", b"") == expected
    assert digest("ballot", b"ab", b"") == hashlib.sha256(expected).digest()
    assert keyed(b"k", "ballot", b"ab", b"") == hmac.new(b"k", expected, "sha256").digest()


def test_moving_a_byte_between_parts_changes_the_digest() -> None:
    assert digest("journal", b"a", b"bc") != digest("journal", b"ab", b"c")


def test_one_content_under_two_tags_has_two_digests() -> None:
    values = {digest(tag, b"content") for tag in Tag}
    assert len(values) == len(Tag)


def test_a_tag_may_be_given_as_word_or_as_member_of_the_list() -> None:
    assert digest("operation", b"x") == digest(Tag.OPERATION, b"x")


@pytest.mark.parametrize("tag", ["", "Operation", "a\0b", "opération", "x" * 41, "a/b"])
def test_a_tag_that_could_blur_the_framing_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="is not a domain tag"):
        digest(tag, b"x")


def test_a_tag_has_at_most_forty_letters() -> None:
    assert framed("x" * 40) == b"tally/1/" + b"x" * 40 + b"\0"


def test_every_literal_tag_in_the_code_is_on_the_list() -> None:
    used = {
        tag: path
        for path in PACKAGE.rglob("*.py")
        if "tests" not in path.parts
        for tag in LITERAL_TAG.findall(path.read_text())
    }
    unlisted = {tag: str(path) for tag, path in used.items() if tag not in set(Tag)}
    assert not unlisted, f"add these to Tag in crypto/digest.py: {unlisted}"


def test_sha256_is_plain() -> None:
    assert sha256(b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_standard_mac_is_that_of_rfc_4231() -> None:
    mac = standard_mac(b"Jefe", b"what do ya want for nothing?")
    assert mac.hex() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_equal_compares_bytes() -> None:
    assert equal(b"ab", b"ab")
    assert not equal(b"ab", b"ac")
    assert not equal(b"ab", b"abc")
