"""Which headers a light client takes, from the founders on, and which lies it names."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import field as has
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallychain.sdk.tests.quorum import START_MS, Alliance, Decided, key_of, set_of, signers, vote
from tallychain.sdk.verify import headers
from tallychain.sdk.verify.basics import Broken
from tallychain.sdk.verify.headers import FOR_BLOCK, FOR_NIL, Commit, CommitRow, Header, Validators
from tallychain.sdk.verify.light import Final, Light, Vote, founding, one_by_one

STORED: dict[str, Any] = json.loads((Path(__file__).parent / "engine_vectors.json").read_text())
FOUR = {"a": 1, "b": 1, "c": 1, "d": 1}
DAY_MS = 86_400_000


def real(height: int) -> tuple[bytes, bytes, Validators]:
    """A height of the real engine's chain."""
    block = STORED["blocks"][height - 1]
    validators = headers.decode_validators(bytes.fromhex(block["validators"]))
    return bytes.fromhex(block["header"]), bytes.fromhex(block["commit"]), validators


def client_of_the_real_chain() -> Light:
    return Light(STORED["chain"], founding(real(1)[2], 0))


def client(chain: Alliance, **options: Any) -> Light:
    return Light(chain.chain, founding(chain.founders, chain.start_ms), **options)


def take(light: Light, decided: Decided, now_ms: int = 0) -> Final:
    return light.accept(decided.header_bytes, decided.commit_bytes, decided.validators, now_ms=now_ms)


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(Broken) as caught:
        act()
    assert "{" not in str(caught.value)
    return caught.value.code


def outcome(light: Light, decided: Decided) -> str:
    """The code of a refusal, or nothing."""
    try:
        take(light, decided)
    except Broken as broken:
        return broken.code
    return ""


def test_every_header_of_a_real_chain_is_taken_one_after_the_other() -> None:
    light = client_of_the_real_chain()
    for height in range(1, len(STORED["blocks"]) + 1):
        found = light.accept(*real(height))
        assert found.hash.hex() == STORED["blocks"][height - 1]["hash"]
        assert light.trust.height == height


def test_heights_may_be_passed_over_while_a_third_of_the_trusted_set_signs() -> None:
    light = client_of_the_real_chain()
    assert light.accept(*real(13)).power == 41
    assert light.accept(*real(18)).power == 21
    assert light.accept(*real(20)).power == 11


def test_a_real_set_that_shares_too_little_with_the_founders_needs_a_step_between() -> None:
    light = client_of_the_real_chain()
    assert refusal(lambda: light.accept(*real(20))) == "VALIDATORS_NOT_TRUSTED"
    assert light.trust.height == 0
    assert refusal(lambda: Light("another", light.trust).accept(*real(1))) == "OTHER_CHAIN"


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_changed_byte_in_a_real_header_or_its_votes_is_never_taken(data: st.DataObject) -> None:
    header, commit, validators = real(data.draw(st.sampled_from([2, 9, 13])))
    changed = bytearray(header + commit)
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    light, first = client_of_the_real_chain(), bytes(changed[: len(header)])
    assert refusal(lambda: light.accept(first, bytes(changed[len(header) :]), validators)) != "OTHER"


def forged(decided: Decided, place: int = 0, **changes: Any) -> Commit:
    rows = list(decided.commit.rows)
    rows[place] = rows[place]._replace(**changes)
    return decided.commit._replace(rows=tuple(rows))


def stamped(chain: Alliance) -> Header:
    return chain.decided[-1].header


@dataclass(frozen=True)
class Lie:
    """One thing that is wrong with the second height of a chain, and the code that names it."""

    name: str
    code: str
    tell: Callable[[Alliance], Decided]
    now_ms: int = 0
    options: dict[str, Any] = has(default_factory=dict)


def second(chain: Alliance, **options: Any) -> Decided:
    return chain.grow(**options)


def with_commit(make: Callable[[Decided], Commit]) -> Callable[[Alliance], Decided]:
    def tell(chain: Alliance) -> Decided:
        decided = chain.grow()
        return Decided(decided.powers, decided.header, make(decided))

    return tell


def with_header(**changes: Any) -> Callable[[Alliance], Decided]:
    """A header that the validators themselves signed so."""

    def tell(chain: Alliance) -> Decided:
        header = chain.header()._replace(**changes)
        return Decided(FOUR, header, vote(header, FOUR))

    return tell


def by_others(powers: dict[str, int]) -> Callable[[Alliance], Decided]:
    def tell(chain: Alliance) -> Decided:
        chain.powers = powers
        return chain.grow()

    return tell


def swapped(decided: Decided) -> Commit:
    rows = decided.commit.rows
    return decided.commit._replace(rows=(rows[1], rows[0], *rows[2:]))


def doubled(decided: Decided) -> Commit:
    """One validator's vote stands for two."""
    rows = decided.commit.rows
    return decided.commit._replace(rows=(rows[0], rows[0], *rows[2:]))


def for_another(decided: Decided) -> Commit:
    other = decided.header._replace(app_hash=b"\1" * 32)
    return vote(other, FOUR)


def _relabelled(chain: Alliance) -> Decided:
    decided = chain.grow(none=("a",))
    place = [item.key for item in decided.validators.rows].index(key_of("a").public)
    return Decided(FOUR, decided.header, forged(decided, place, flag=FOR_BLOCK))


LIES = [
    Lie("false signature", "COMMIT_SIGNATURE_FALSE", with_commit(lambda d: forged(d, signature=bytes(64)))),
    Lie(
        "a later false signature",
        "COMMIT_SIGNATURE_FALSE",
        with_commit(lambda d: forged(d, 3, signature=b"\1" * 64)),
    ),
    Lie("time of a vote", "COMMIT_SIGNATURE_FALSE", with_commit(lambda d: forged(d, time=headers.Stamp(7)))),
    Lie("a nil vote as one for it", "COMMIT_SIGNATURE_FALSE", _relabelled),
    Lie("another round", "COMMIT_SIGNATURE_FALSE", with_commit(lambda d: d.commit._replace(round=1))),
    Lie("half of the votes", "COMMIT_TOO_WEAK", lambda chain: chain.grow(absent=("a", "b"))),
    Lie("nil votes do not count", "COMMIT_TOO_WEAK", lambda chain: chain.grow(none=("a", "b"))),
    Lie(
        "a row too few", "COMMIT_OF_OTHERS", with_commit(lambda d: d.commit._replace(rows=d.commit.rows[:3]))
    ),
    Lie(
        "a row too many", "COMMIT_OF_OTHERS", with_commit(lambda d: d.commit._replace(rows=d.commit.rows * 2))
    ),
    Lie("rows in another order", "COMMIT_OF_OTHERS", with_commit(swapped)),
    Lie("one validator twice", "COMMIT_OF_OTHERS", with_commit(doubled)),
    Lie("votes on another header", "COMMIT_OF_OTHER_BLOCK", with_commit(for_another)),
    Lie(
        "votes of another height", "COMMIT_OF_OTHER_BLOCK", with_commit(lambda d: d.commit._replace(height=3))
    ),
    Lie("another chain", "OTHER_CHAIN", with_header(chain="trial-2")),
    Lie("not the set that was named", "VALIDATORS_NOT_TRUSTED", by_others({"x": 1, "y": 1, "z": 1})),
    Lie("powers changed at once", "VALIDATORS_NOT_TRUSTED", by_others({**FOUR, "a": 9})),
    Lie(
        "another header before",
        "HEADERS_NOT_LINKED",
        with_header(last_block=headers.BlockId(b"\1" * 32, 1, b"\1" * 32)),
    ),
    Lie("time stands still", "HEADER_TIME_WRONG", lambda chain: chain.grow(time_ms=START_MS)),
    Lie("time ahead of the clock", "HEADER_TIME_WRONG", second, now_ms=START_MS - DAY_MS),
    Lie("a set not the header's", "VALIDATORS_DIFFER", with_header(validators_hash=b"\1" * 32)),
    Lie("a trust too old", "TRUST_EXPIRED", second, now_ms=START_MS + DAY_MS, options={"period_ms": DAY_MS}),
]


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.name)
def test_a_lie_about_a_header_is_named_and_changes_nothing(lie: Lie) -> None:
    chain = Alliance("trial-1", FOUR)
    light = client(chain, **lie.options)
    take(light, chain.grow())
    before = light.trust
    told = lie.tell(chain)
    assert refusal(lambda: take(light, told, lie.now_ms)) == lie.code
    assert light.trust == before


@pytest.mark.parametrize(("signed", "taken"), [(20, False), (21, True)])
def test_exactly_two_thirds_of_the_votes_are_not_enough(signed: int, taken: bool) -> None:
    chain = Alliance("trial-1", {"a": signed, "b": 30 - signed})
    light, decided = client(chain), chain.grow(absent=("b",))
    if taken:
        assert take(light, decided).power == signed
    else:
        assert refusal(lambda: take(light, decided)) == "COMMIT_TOO_WEAK"


@pytest.mark.parametrize(("kept", "taken"), [(10, False), (11, True)])
def test_exactly_a_third_of_the_trusted_votes_is_not_enough_to_pass_heights_over(
    kept: int, taken: bool
) -> None:
    chain = Alliance("trial-1", {"a": kept, "b": 30 - kept})
    light = client(chain)
    take(light, chain.grow())
    chain.grow(then={"a": kept, "x": 1})
    decided = chain.grow(absent=("x",))
    if taken:
        assert take(light, decided).power == kept
    else:
        assert refusal(lambda: take(light, decided)) == "VALIDATORS_NOT_TRUSTED"


def test_votes_for_no_block_and_missing_ones_stand_beside_the_others() -> None:
    chain = Alliance("trial-1", {**FOUR, "e": 1, "f": 1, "g": 1})
    found = take(client(chain), chain.grow(absent=("a",), none=("g",)))
    assert (found.power, found.total) == (5, 7)
    assert found.signers == signers("bcdef")


def test_a_false_signature_for_no_block_is_refused_as_well() -> None:
    chain = Alliance("trial-1", {**FOUR, "e": 1, "f": 1, "g": 1})
    decided = chain.grow(none=("g",))
    place = [row.flag for row in decided.commit.rows].index(FOR_NIL)
    told = Decided(decided.powers, decided.header, forged(decided, place, signature=b"\1" * 64))
    assert refusal(lambda: take(client(chain), told)) == "COMMIT_SIGNATURE_FALSE"


def test_an_earlier_header_is_not_taken_after_a_later_one() -> None:
    chain = Alliance("trial-1", FOUR)
    light = client(chain)
    early, _, late = (chain.grow() for _ in range(3))
    take(light, late)
    assert refusal(lambda: take(light, early)) == "HEADER_NOT_LATER"


def test_two_headers_of_one_height_are_reported_with_those_who_signed_both() -> None:
    chain = Alliance("trial-1", FOUR)
    light, honest = client(chain), chain.grow(absent=("a",))
    take(light, honest)
    other = honest.header._replace(app_hash=b"\1" * 32)
    told = Decided(FOUR, other, vote(other, FOUR, absent=("b",)))
    with pytest.raises(Broken) as caught:
        take(light, told)
    assert caught.value.code == "HEADERS_CONFLICT"
    assert all(key_of(name).public in str(caught.value) for name in "cd")
    assert not any(key_of(name).public in str(caught.value) for name in "ab")
    assert light.trust.hash == headers.header_hash(honest.header)


def test_an_unsigned_other_header_of_a_known_height_is_a_plain_lie() -> None:
    chain = Alliance("trial-1", FOUR)
    light, honest = client(chain), chain.grow()
    take(light, honest)
    other = honest.header._replace(app_hash=b"\1" * 32)
    commit = vote(other, FOUR)
    rows = tuple(row._replace(signature=bytes(64)) for row in commit.rows)
    told = Decided(FOUR, other, commit._replace(rows=rows))
    assert refusal(lambda: take(light, told)) == "COMMIT_SIGNATURE_FALSE"


def test_each_signature_is_checked_once_and_none_before_what_costs_nothing() -> None:
    asked: list[Vote] = []

    def counted(votes: Sequence[Vote]) -> Sequence[bool]:
        asked.extend(votes)
        return one_by_one(votes)

    chain = Alliance("trial-1", FOUR)
    light, decided = client(chain, check=counted), chain.grow()
    for _ in range(3):
        take(light, decided)
    assert len(asked) == len(set(asked)) == 4
    refusal(lambda: take(light, chain.grow(absent=("a", "b"))))
    assert len(asked) == 4


def test_only_so_many_heights_are_remembered() -> None:
    chain = Alliance("trial-1", {"a": 1})
    light = client(chain)
    first = chain.grow()
    take(light, first)
    for _ in range(300):
        take(light, chain.grow())
    assert len(light._kept) == 256
    assert refusal(lambda: take(light, first)) == "HEADER_NOT_LATER"


def test_a_vote_by_zip_215_counts_as_it_does_for_the_engine() -> None:
    """The engine takes odd encodings that other libraries refuse; a light client that refused them would stop where the chain goes on."""
    small = "ed25519:" + "01" + "00" * 31
    assert one_by_one([(small, b"whatever", bytes.fromhex("01" + "00" * 63))]) == [True]
    assert one_by_one([("ed25519:00", b"", bytes(64)), (small, b"", bytes(63))]) == [False, False]


CHANGES = st.lists(
    st.dictionaries(st.sampled_from("abcdefg"), st.integers(1, 20), min_size=1, max_size=7), max_size=6
)


@settings(max_examples=40, deadline=None)
@given(changes=CHANGES, picks=st.data())
def test_whoever_follows_in_any_steps_ends_at_the_same_header_or_stops(
    changes: list[dict[str, int]], picks: st.DataObject
) -> None:
    """Passing heights over takes nothing that following each would not; and following each always gets through."""
    chain = Alliance("trial-1", FOUR)
    for then in changes:
        chain.grow(then=then)
    chain.grow()
    whole, some = client(chain), client(chain)
    for decided in chain.decided:
        take(whole, decided)
        if picks.draw(st.booleans()):
            code = outcome(some, decided)
            assert code in ("", "VALIDATORS_NOT_TRUSTED")
            if code:
                return
            assert some.trust.hash == whole.trust.hash


@settings(max_examples=60, deadline=None)
@given(
    powers=st.dictionaries(st.sampled_from("abcdefg"), st.integers(1, 30), min_size=1, max_size=7),
    data=st.data(),
)
def test_a_header_counts_exactly_with_more_than_two_thirds(
    powers: dict[str, int], data: st.DataObject
) -> None:
    absent = data.draw(st.sets(st.sampled_from(sorted(powers))))
    none = data.draw(st.sets(st.sampled_from(sorted(powers)))) - absent
    chain = Alliance("trial-1", powers)
    decided = chain.grow(absent=absent, none=none)
    signed = sum(power for name, power in powers.items() if name not in absent | none)
    enough = 3 * signed > 2 * sum(powers.values())
    assert outcome(client(chain), decided) == ("" if enough else "COMMIT_TOO_WEAK")


def test_rows_say_absent_with_nothing_else_in_them() -> None:
    assert CommitRow(headers.ABSENT).time.seconds < 0
    assert set_of(FOUR).total == 4
