"""The order of envelopes in a block."""

from hypothesis import given
from hypothesis import strategies as st

from tallychain.crypto.digest import sha256
from tallychain.ledger.ordering import Carried, block_order
from tallychain.ledger.types import Height, MemberId


def carried(number: int, member: str | None, *, court: bool = False) -> Carried:
    return Carried(sha256(bytes([number])), None if member is None else MemberId(member), court)


def test_no_envelopes_have_no_order() -> None:
    assert block_order(Height(1), []) == []


def test_courts_stand_first_by_digest() -> None:
    envelopes = [carried(1, "bank-a"), carried(2, "court-b", court=True), carried(3, "court-a", court=True)]
    first, second = sorted((1, 2), key=lambda position: envelopes[position].digest)
    assert block_order(Height(1), envelopes) == [first, second, 0]


def test_members_take_turns_and_keep_their_own_order() -> None:
    envelopes = [carried(number, member) for number, member in enumerate("aaab")]
    order = block_order(Height(1), envelopes)
    assert [envelopes[position].member for position in order] in (["a", "b", "a", "a"], ["b", "a", "a", "a"])
    assert [position for position in order if position != 3] == [0, 1, 2]


def test_who_begins_follows_from_the_height() -> None:
    envelopes = [carried(number, member) for number, member in enumerate("abc")]
    for height in range(1, 50):
        first = int.from_bytes(sha256(height.to_bytes(8, "big")), "big") % 3
        expected = [(first + turn) % 3 for turn in range(3)]
        assert block_order(Height(height), envelopes) == expected


def test_every_present_member_begins_some_block() -> None:
    envelopes = [carried(number, member) for number, member in enumerate("abcd")]
    assert {block_order(Height(height), envelopes)[0] for height in range(1, 60)} == {0, 1, 2, 3}


def test_what_is_not_admissible_stands_last() -> None:
    envelopes = [carried(1, None), carried(2, "a"), carried(3, None), carried(4, "c", court=True)]
    assert block_order(Height(9), envelopes) == [3, 1, 0, 2]


members = st.sampled_from(["a", "b", "c", "court", None])


@given(st.lists(members, max_size=30), st.integers(1, 1_000))
def test_no_members_next_envelope_stands_before_a_present_members_earlier_one(
    carriers: list[str | None], height: int
) -> None:
    envelopes = [carried(number, name, court=name == "court") for number, name in enumerate(carriers)]
    order = block_order(Height(height), envelopes)
    assert sorted(order) == list(range(len(envelopes)))
    seen: dict[str, int] = {}
    for position in order:
        envelope = envelopes[position]
        if envelope.member is None or envelope.court:
            continue
        seen[envelope.member] = seen.get(envelope.member, 0) + 1
        for other in {"a", "b", "c"} & set(carriers):
            has_more = carriers.count(other) > seen.get(other or "", 0)
            assert not has_more or seen[envelope.member] <= seen.get(other or "", 0) + 1


@given(st.lists(members, max_size=30), st.integers(1, 1_000))
def test_ordering_what_is_ordered_changes_nothing(carriers: list[str | None], height: int) -> None:
    envelopes = [carried(number, name, court=name == "court") for number, name in enumerate(carriers)]
    ordered = [envelopes[position] for position in block_order(Height(height), envelopes)]
    assert block_order(Height(height), ordered) == list(range(len(ordered)))
