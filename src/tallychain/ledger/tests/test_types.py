"""Names and quantities: what their types take, and that nothing stands behind their end."""

from typing import get_args

import msgspec
import pytest

from tallychain.ledger import codec, types
from tallychain.ledger.codec import Malformed
from tallychain.ledger.identity import Person
from tallychain.ledger.operation import Signature
from tallychain.ledger.receipt import NotTaken, Receipt

GOOD = {
    "Digest": ["ab" * 32],
    "Nonce": ["ab" * 16],
    "MemberName": ["bank-a"],
    "AuthorName": ["member:bank-a", "tag:ed25519:" + "ab" * 32, "tag:sm2:" + "ab" * 65],
    "KeyText": ["ed25519:" + "ab" * 32, "sm2:" + "ab" * 65],
    "SealingKeyText": ["x25519:" + "ab" * 32],
    "RecipientText": ["member:bank-a#1", "member:bank-a#999999", "x25519:" + "ab" * 32],
    "TypeName": ["box.open", "key.end.now_or"],
    "ChainName": ["toy-1"],
    "Label": ["note"],
    "Identifier": ["A-1"],
    "Day": ["2026-09-14"],
}
"""Examples of every type that has a pattern."""

BEHIND = ("\n", "\n\n", "\r", " ", "\u2028", "\nmore", "!")


def patterned() -> dict[str, object]:
    """The types of this module that have a pattern, by name."""
    return {
        name: value
        for name, value in vars(types).items()
        for item in get_args(value)
        if isinstance(item, msgspec.Meta) and item.pattern is not None
    }


def taken(kind: object, text: str) -> bool:
    try:
        codec.decode(kind, codec.encode(text))  # type: ignore[arg-type]  # an annotated type
    except Malformed:
        return False
    return True


def test_there_is_an_example_of_every_type_with_a_pattern() -> None:
    assert GOOD.keys() == patterned().keys()


@pytest.mark.parametrize("name", GOOD)
def test_a_name_ends_where_its_pattern_ends(name: str) -> None:
    kind = patterned()[name]
    for good in GOOD[name]:
        assert taken(kind, good)
        assert [text for end in BEHIND for text in (good + end, end + good) if taken(kind, text)] == []
        assert not taken(kind, "")


def test_a_person_is_16_digits_and_nothing_more() -> None:
    assert taken(Person, "ab" * 8)
    assert [end for end in BEHIND if taken(Person, "ab" * 8 + end)] == []


@pytest.mark.parametrize(
    "value",
    [
        Receipt("ab" * 32, "cd" * 32, types.Height(1), 0, "done", "DONE", {}, ()),
        NotTaken("ab" * 32, "REPEAT", ""),
    ],
)
def test_a_code_ends_where_its_pattern_ends(value: Receipt | NotTaken) -> None:
    assert codec.can_be_read(value)
    for end in BEHIND:
        assert not codec.can_be_read(msgspec.structs.replace(value, code=value.code + end))


def test_a_role_ends_where_its_pattern_ends() -> None:
    signature = Signature("maker", "ed25519:" + "ab" * 32, b"s" * 64)

    assert codec.decode_frame(Signature, codec.encode_frame(signature)) == signature
    for end in BEHIND:
        wrong = codec.encode_frame(msgspec.structs.replace(signature, role="maker" + end))
        with pytest.raises(Malformed):
            codec.decode_frame(Signature, wrong)
