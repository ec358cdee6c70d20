from collections.abc import Iterable

from tallychain.contracts.members import CONTRACT
from tallychain.contracts.members.events import MemberHeldBack, MemberLetGo
from tallychain.contracts.members.genesis import founders
from tallychain.contracts.members.operations import (
    KeyRevoke,
    Restore,
    SealingKeyRotate,
    SetGateway,
    Suspend,
)
from tallychain.contracts.members.tests.strategies import Book, key_text, raw, sealing_text, section
from tallychain.contracts.members.views import (
    KEYS_VIEW,
    MEMBERS_VIEW,
    REVIEW_MISSED,
    SEALING_KEYS_VIEW,
    VIEWS,
)
from tallychain.ledger.contract import Event
from tallychain.ledger.identity import ACTIVE, MEMBERS, SUSPENDED
from tallychain.ledger.timeline import Timeline, settled
from tallychain.ledger.views import Fact, RowWrite, Value

Rows = dict[tuple[str, tuple[str | int, ...]], dict[str, Value]]


def projected(rows: Rows, events: Iterable[Event], book: Book) -> Rows:
    for event in events:
        fact = Fact(event, "", "", "", book.height, 0, book.time_ms)
        for view in VIEWS:
            assert view.project is not None
            for write in view.project(fact):
                assert isinstance(write, RowWrite)
                assert write.view == view.name
                assert write.values is not None
                rows.setdefault((view.name, write.key), {}).update(write.values)
    return rows


def test_rows_have_exactly_the_declared_columns() -> None:
    rows = projected({}, founders(raw(section())).events, Book())

    for view in (MEMBERS_VIEW, KEYS_VIEW, SEALING_KEYS_VIEW):
        declared = [column.name for column in view.columns]
        found = {tuple(values) for (name, _), values in rows.items() if name == view.name}
        assert found == {tuple(declared[len(view.key) :])}
        assert tuple(declared[: len(view.key)]) == view.key
    key, sealing = rows["keys", (key_text("bank-a-0"),)], rows["sealing_keys", ("bank-a", 1)]
    assert (key["valid_from"], key["revoked_at"], key["rights"]) == (0, 0, "maker")
    assert (sealing["since_ms"], sealing["replaced_at_ms"]) == (0, 0)


def test_rows_follow_what_happens_to_a_member() -> None:
    book = Book().founded()
    rows = projected({}, founders(raw(section())).events, book)

    def ask(name: str, args: object, by: str) -> None:
        projected(rows, book.ask(name, args, by), book)  # type: ignore[arg-type]  # arguments of several types

    ask("member.key_revoke", KeyRevoke(key_text("bank-a-0"), 15, "left"), "bank-a")
    ask("member.sealing_key_rotate", SealingKeyRotate(sealing_text("second")), "bank-a")
    ask("member.gateway_set", SetGateway("https://new.example"), "bank-a")
    ask("member.suspend", Suspend("bank-a", "licence"), "supervisor")

    row = rows["members", ("bank-a",)]
    assert isinstance(row["status"], Timeline)
    assert row["status"] == book.member("bank-a").standing
    assert (row["gateway"], row["suspended_by"], row["reason"]) == (
        "https://new.example",
        "supervisor",
        "licence",
    )
    assert rows["keys", (key_text("bank-a-0"),)]["revoked_at"] == 15
    assert rows["sealing_keys", ("bank-a", 1)]["replaced_at_ms"] == book.time_ms
    assert rows["sealing_keys", ("bank-a", 2)]["key"] == sealing_text("second")

    ask("member.restore", Restore("bank-a"), "supervisor")
    assert (row["status"], row["suspended_by"], row["reason"]) == (settled(ACTIVE), "", "")


def test_a_lapse_clears_the_reason() -> None:
    book = Book().founded()
    rows = projected({}, book.ask("member.suspend", Suspend("ce-a", "licence"), "supervisor"), book)
    row = rows["members", ("ce-a",)]
    assert isinstance(row["status"], Timeline)
    assert row["status"].status == SUSPENDED

    projected(rows, book.next_block(book.time_ms + 5 * 86_400_000), book)

    assert (row["status"], row["reason"]) == (settled(ACTIVE), "")


def test_a_missed_review_and_one_that_was_made_are_rows() -> None:
    book = Book().founded()
    rows = projected({}, [MemberHeldBack("ce-a")], book)
    row = rows["members", ("ce-a",)]
    assert row == {"status": settled(SUSPENDED), "suspended_by": "", "reason": REVIEW_MISSED}

    projected(rows, [MemberLetGo("ce-a")], book)

    assert row == {"status": settled(ACTIVE), "suspended_by": "", "reason": ""}


def test_the_declared_tables_begin_with_members() -> None:
    assert CONTRACT.tables[0] is MEMBERS
