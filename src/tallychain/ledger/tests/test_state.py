"""Layers of pending writes over what is committed, and how keys and journals are formed."""

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.ledger import codec, limits, state
from tallychain.ledger.identity import MEMBERS, member_of
from tallychain.ledger.journals import (
    JOURNALS,
    JournalWriter,
    ReplayIndex,
    extended,
    is_over,
    replay_journal,
    replay_row,
)
from tallychain.ledger.parameters import POLICIES, Policy, PolicyMissing, facts_of, policy_on
from tallychain.ledger.state import Committed, MemoryBacking, Overlay, ScanTooLong
from tallychain.ledger.tables import NUMBERS, Table, Write, encode_parts
from tallychain.ledger.tests.toy import ALARMS, BOXES, Alarm, Box
from tallychain.ledger.timeline import settled
from tallychain.ledger.types import (
    Author,
    MemberId,
    OperationId,
    author_member,
    author_tag_key,
    member_author,
    tag_author,
)


def box(name: str, units: int = 0) -> Box:
    return Box(name, "member:bank-a", units, settled("OPEN"))


def committed(*boxes: Box) -> tuple[MemoryBacking, Committed]:
    backing = MemoryBacking()
    backing.write((BOXES.put(row).key, codec.encode(row)) for row in boxes)
    return backing, Committed(backing)


def test_an_overlay_shows_pending_rows_in_place_of_committed_ones() -> None:
    _, below = committed(box("A"), box("B"), box("D"))
    overlay = Overlay(below)
    assert [row.box for row in overlay.scan(BOXES)] == ["A", "B", "D"]

    overlay.write([BOXES.put(box("C")), BOXES.delete(box("B")), BOXES.put(box("A", 5))])

    assert [(row.box, row.units) for row in overlay.scan(BOXES)] == [("A", 5), ("C", 0), ("D", 0)]
    assert [row.box for row in overlay.iterate(BOXES)] == ["A", "C", "D"]
    assert overlay.get(BOXES, "B") is None
    assert overlay.get(BOXES, "D") == box("D")
    upper = Overlay(overlay)
    assert upper.get(BOXES, "C") == box("C")
    assert upper.get(BOXES, "none") is None


def test_a_committed_row_is_decoded_once_and_follows_what_is_adopted() -> None:
    backing, below = committed(box("A"))
    assert below.get(BOXES, "A") is below.get(BOXES, "A")

    write = BOXES.put(box("A", 7))
    below.adopt([(write.key, write.value)])
    assert below.get(BOXES, "A") == box("A", 7)
    backing.write([(write.key, None), (b"absent", None)])
    below.adopt([(write.key, None)])
    assert below.get(BOXES, "A") is None


def test_decoded_rows_are_kept_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "_CACHED_ROWS", 2)
    _, below = committed(*(box(name) for name in "ABC"))

    first = below.get(BOXES, "A")
    for name in "BC":
        below.get(BOXES, name)

    assert below.get(BOXES, "A") == first
    assert below.get(BOXES, "A") is not first


def test_what_is_not_there_is_remembered_up_to_a_bound_and_until_the_next_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(state, "_CACHED_ROWS", 2)
    backing, below = committed()
    for name in "ABC":
        assert below.get(BOXES, name) is None
    # Rows that only the test's hand puts there, to see which were not looked for again.
    backing.write((BOXES.put(row).key, codec.encode(row)) for row in map(box, "ABC"))
    assert [below.get(BOXES, name) is None for name in "ABC"] == [True, True, False]
    below.adopt([])
    assert all(below.get(BOXES, name) is not None for name in "AB")


KINDS = st.sampled_from("ABCDE")
WRITES = st.lists(
    st.tuples(st.booleans(), KINDS, st.integers(1, 4), st.none() | st.integers(0, 9)), max_size=25
)


def write_of(is_policy: bool, kind: str, version: int, value: int | None) -> Write:
    """A version of a policy or an alarm, written or (without a value) deleted."""
    if is_policy:
        row = Policy(kind, version, "2026-01-01", {"days": value or 0}, "")
        return POLICIES.delete(row) if value is None else POLICIES.put(row)
    alarm = Alarm(f"{kind}{version}", settled(f"S{value}"))
    return ALARMS.delete(alarm) if value is None else ALARMS.put(alarm)


@given(WRITES, WRITES, WRITES)
def test_a_scan_through_layers_is_what_a_filter_of_all_rows_would_find(
    first: list[tuple[bool, str, int, int | None]],
    second: list[tuple[bool, str, int, int | None]],
    third: list[tuple[bool, str, int, int | None]],
) -> None:
    backing, below = committed()
    lower = Overlay(below)
    upper = Overlay(lower)
    plain: dict[bytes, msgspec.Struct | None] = {}
    for layer, rows in ((None, first), (lower, second), (upper, third)):
        for write in (write_of(*row) for row in rows):
            plain[write.key] = write.value
            if layer is None:
                backing.write([(write.key, None if write.value is None else codec.encode(write.value))])
            else:
                layer.write([write])

    def expected(prefix: bytes) -> list[msgspec.Struct | None]:
        return [plain[key] for key in sorted(plain) if key.startswith(prefix) and plain[key] is not None]

    assert upper.scan(ALARMS) == expected(ALARMS.key())
    assert upper.scan(POLICIES) == list(upper.iterate(POLICIES)) == expected(POLICIES.key())
    for kind in "ABCDE":
        assert upper.scan(POLICIES, kind) == expected(POLICIES.key(kind))
    assert upper.scan(BOXES) == []


class Watched(bytes):
    """A key that counts how often it is looked at."""

    looks = 0

    def startswith(self, *args: object) -> bool:
        Watched.looks += 1
        return super().startswith(*args)  # type: ignore[arg-type]  # as it was called

    def __lt__(self, other: bytes) -> bool:
        Watched.looks += 1
        return super().__lt__(other)


def test_a_scan_of_one_table_costs_nothing_for_writes_of_others() -> None:
    _, below = committed(box("A"))
    overlay = Overlay(below)
    alarms = [ALARMS.put(Alarm(f"N{number}", settled("SET"))) for number in range(500)]
    overlay.write(Write(Watched(write.key), write.value) for write in alarms)
    overlay.write([BOXES.put(box("B"))])

    Watched.looks = 0
    assert [row.box for row in overlay.scan(BOXES)] == ["A", "B"]
    assert Watched.looks == 0
    assert len(overlay.scan(ALARMS, "N7")) == 1
    assert 0 < Watched.looks < 40


def test_a_row_written_again_stands_once_in_a_scan() -> None:
    _, below = committed()
    overlay = Overlay(below)

    overlay.write([BOXES.put(box("A", 1)), BOXES.put(box("A", 2))])
    overlay.write([BOXES.delete(box("A")), BOXES.put(box("A", 3))])

    assert overlay.scan(BOXES) == [box("A", 3)]


@pytest.mark.parametrize(("extra", "fits"), [(-1, True), (0, True), (1, False)])
def test_a_scan_is_bounded_and_an_iteration_is_not(extra: int, fits: bool) -> None:
    count = limits.SCAN_ROWS + extra
    _, below = committed(*(box(f"N{number:06d}") for number in range(count)))

    if fits:
        assert len(below.scan(BOXES)) == count
    else:
        with pytest.raises(ScanTooLong):
            below.scan(BOXES)
    assert sum(1 for _ in below.iterate(BOXES)) == count


@given(st.lists(st.tuples(st.text(max_size=5), st.integers(0, 2**64 - 1)), unique=True, max_size=20))
def test_keys_of_different_parts_differ_and_none_begins_another(pairs: list[tuple[str, int]]) -> None:
    keys = [encode_parts(pair) for pair in pairs]

    assert len(set(keys)) == len(keys)
    for one in keys:
        assert [other for other in keys if other.startswith(one)] == [one]


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_numbers_in_keys_sort_as_numbers(one: int, other: int) -> None:
    assert (encode_parts((one,)) < encode_parts((other,))) == (one < other)


def test_table_numbers_are_frozen() -> None:
    numbers = list(NUMBERS.values())
    assert numbers[:33] == [*range(1, 29), *range(31, 36)]
    assert len(set(numbers)) == len(numbers)
    assert max(numbers) < 256
    assert (NUMBERS["member"], NUMBERS["voucher"], NUMBERS["meta"]) == (1, 12, 18)
    assert member_of(MemberId("bank-a")) == MEMBERS.key("bank-a") == b"\x01\x00\x06bank-a"


def test_small_tables_share_a_number_under_prefixes_of_their_own() -> None:
    one = Table("meta", Box, lambda row: (row.box,), prefix=("one",))
    two = Table("meta", Box, lambda row: (row.box,), prefix=("two",))

    assert one.put(box("A")).key != two.put(box("A")).key
    assert one.delete(box("A")) == Write(one.key("A"), None)


# -- names -----------------------------------------------------------------------------------------------------


def test_an_author_is_a_member_or_a_tag() -> None:
    member, tag = member_author(MemberId("bank-a")), tag_author("ed25519:ab")

    assert (author_member(member), author_tag_key(member)) == ("bank-a", None)
    assert (author_member(tag), author_tag_key(tag)) == (None, "ed25519:ab")
    assert author_member(Author("other")) is None


# -- journals --------------------------------------------------------------------------------------------------


def test_a_journals_digest_follows_from_its_rows_in_order() -> None:
    _, below = committed()
    writer = JournalWriter(below)
    writer.append("receipts/1", b"a")
    writer.append("receipts/1", b"b")
    writer.append("due/1", b"c")

    (due, receipts) = list(writer.writes())

    assert writer.appended == [("receipts/1", 0, b"a"), ("receipts/1", 1, b"b"), ("due/1", 0, b"c")]
    row = receipts.value
    assert row == msgspec.structs.replace(
        row,  # type: ignore[type-var]  # a struct, as every row is
        name="receipts/1",
        digest=extended(extended(bytes(32), b"a"), b"b").hex(),
        rows=2,
    )
    assert due.key == JOURNALS.key("due/1")


@pytest.mark.attack(6)
def test_a_missing_row_gives_a_journal_another_digest() -> None:
    rows = [b"a", b"b", b"c"]

    def digest_of(kept: list[bytes]) -> bytes:
        value = bytes(32)
        for row in kept:
            value = extended(value, row)
        return value

    others = [digest_of(rows[:n] + rows[n + 1 :]) for n in range(3)] + [digest_of(rows[::-1])]
    assert digest_of(rows) not in others


def test_a_replay_journal_is_over_when_its_whole_minute_has_passed() -> None:
    journal = replay_journal(61_000)

    assert journal == "replay/1"
    assert [is_over(journal, ms) for ms in (119_999, 120_000)] == [False, True]


def test_the_replay_index_forgets_whole_journals() -> None:
    index = ReplayIndex()
    operation = OperationId("ab" * 32)
    row, text = replay_row("member:bank-a", "00" * 16, "bank-a", operation)
    assert codec.encode(row) == text
    index.add("replay/1", row)
    index.add("replay/2", replay_row("member:bank-b", "00" * 16, "bank-b", operation)[0])

    assert index.first("member:bank-a", "00" * 16) == operation
    assert index.over(120_000) == ["replay/1"]
    assert [index.living(carrier) for carrier in ("bank-a", "bank-b", "bank-c")] == [1, 1, 0]
    index.drop("replay/1")
    assert [index.living(carrier) for carrier in ("bank-a", "bank-b", "bank-c")] == [0, 1, 0]
    assert index.first("member:bank-a", "00" * 16) is None
    assert index.first("member:bank-b", "00" * 16) == operation


def test_the_replay_index_knows_a_use_by_author_and_nonce_together() -> None:
    index = ReplayIndex()
    operation = OperationId("ab" * 32)
    for author in ("member:bank-a", f"tag:ed25519:{'ab' * 32}", f"tag:sm2:{'cd' * 65}"):
        assert index.first(author, "00" * 16) is None
        index.add("replay/1", replay_row(author, "00" * 16, "bank-a", operation)[0])

        assert index.first(author, "00" * 16) == operation
        assert index.first(author, "01" * 16) is None
    assert index.living("bank-a") == 3


# -- parameters ------------------------------------------------------------------------------------------------


def test_the_newest_policy_that_holds_on_a_day_is_the_one() -> None:
    backing, below = committed()
    for version, day in ((1, "2026-01-01"), (2, "2026-07-01")):
        write = POLICIES.put(Policy("TERM", version, day, {"days": version}, ""))
        backing.write([(write.key, codec.encode(write.value))])

    assert [policy_on(below, "TERM", day).version for day in ("2026-06-30", "2026-07-01")] == [1, 2]
    for kind, day in (("TERM", "2025-12-31"), ("SPLIT", "2026-07-01")):
        with pytest.raises(PolicyMissing):
            policy_on(below, kind, day)


def test_a_policy_is_found_by_asking_for_its_versions_one_by_one_from_1() -> None:
    class Unscanned(MemoryBacking):
        def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
            raise AssertionError("a rule would read every version of every kind")

    backing = Unscanned()
    for version, day in ((1, "2026-01-01"), (2, "2026-09-01"), (3, "2026-03-01"), (5, "2026-01-01")):
        write = POLICIES.put(Policy("TERM", version, day, {}, ""))
        backing.write([(write.key, codec.encode(write.value))])

    days = ("2026-02-28", "2026-03-01", "2026-08-31", "2026-09-01")
    assert [policy_on(Committed(backing), "TERM", day).version for day in days] == [1, 3, 3, 3]


def test_a_state_without_facts_is_no_chain() -> None:
    with pytest.raises(PolicyMissing):
        facts_of(committed()[1])
