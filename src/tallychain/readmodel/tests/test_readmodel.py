"""Rows follow the ledger, a rebuild gives the same rows, and statuses are those of the ledger at any instant."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from tallychain.catalogue import CATALOGUE
from tallychain.contracts.members.operations import Restore, Suspend
from tallychain.contracts.vouchers.contents import PromiseContent
from tallychain.contracts.vouchers.standing import offer_status
from tallychain.contracts.vouchers.state import HOLDINGS, OFFERS
from tallychain.crypto.certificates import certificate_digest
from tallychain.ledger import codec
from tallychain.ledger.timeline import Moment, Outage, Step, Timeline, later_statuses, status_at
from tallychain.ledger.types import Height, TimeMs
from tallychain.readmodel.database import open_database
from tallychain.readmodel.openings import KeyRing, NoKeys
from tallychain.readmodel.projector import OutOfOrder, Projector
from tallychain.readmodel.queries import Queries, QueryRefused
from tallychain.readmodel.schema import build_schema
from tallychain.readmodel.tests.story import FACE, Liar, Ring, issue, offer, take
from tallychain.sql.port import DatabaseLost
from tallychain.testkit import back_ends
from tallychain.testkit.genesis import trial_genesis
from tallychain.testkit.world import World

SCHEMA = build_schema(CATALOGUE.contracts)
PROMISE = codec.encode(PromiseContent("We pay.", "HT-1", (), "", ""))
DAY_MS = 86_400_000


def projector(world: World, path: Path, ring: KeyRing | None = None) -> tuple[Projector, Queries, sa.Engine]:
    engine = open_database(back_ends.row_tables(path))
    genesis = trial_genesis(world.seed, list(world.members.values()), world.start_ms)
    made = Projector(engine, SCHEMA, CATALOGUE, genesis, ring or NoKeys())
    return made, Queries(engine, SCHEMA), engine


def follow(made: Projector, world: World) -> None:
    for block in world.history:
        made.project(block)


def dump(engine: sa.Engine) -> dict[str, Sequence[tuple[object, ...]]]:
    with engine.connect() as connection:
        return {
            name: sorted(tuple(row) for row in connection.execute(sa.select(table)))
            for name, table in SCHEMA.metadata.tables.items()
        }


def story(world: World) -> str:
    number = issue(world)
    name, tag = offer(world, number, 1, 30_000_000, "s2")
    take(world, number, name, tag)
    return number


def test_members_of_genesis_are_listed_before_the_first_block(tmp_path: Path) -> None:
    world = World()

    _, queries, _ = projector(world, tmp_path / "r.sqlite")

    page = queries.page("members", filters={}, seats=())
    assert [row["member"] for row in page.rows] == sorted(world.members)


def test_policies_and_calendars_of_genesis_are_listed_before_the_first_vote(tmp_path: Path) -> None:
    world = World()

    _, queries, _ = projector(world, tmp_path / "r.sqlite")

    policies = queries.page("policy_versions", filters={}, seats=()).rows
    assert [(row["policy"], row["version"]) for row in policies] == [
        ("ADMISSION", 1),
        ("DISCLOSURE", 1),
        ("DOCUMENTS", 1),
        ("RISK", 1),
        ("SETTLEMENT", 1),
        ("SPLIT", 1),
        ("TERM", 1),
    ]
    assert [row["year"] for row in queries.page("calendars", filters={}, seats=()).rows] == [2026]


def test_holdings_in_rows_are_those_of_the_ledger(tmp_path: Path) -> None:
    world = World()
    made, queries, _ = projector(world, tmp_path / "r.sqlite")
    number = story(world)

    follow(made, world)

    rows = queries.page("holdings", filters={"voucher": number, "status": "LIVE"}, seats=()).rows
    ledger = world.reader.scan(HOLDINGS, number)
    assert [(row["first"], row["last"], row["tag"]) for row in rows] == [
        (holding.first, holding.last, holding.tag) for holding in ledger
    ]
    assert sum(holding.last - holding.first + 1 for holding in ledger) == FACE


def test_a_rebuild_gives_the_rows_of_the_live_one(tmp_path: Path) -> None:
    world = World()
    ring = Ring(world, "bank-a", ("s1", "s2"))
    live, _, live_engine = projector(world, tmp_path / "live.sqlite", ring)
    story(world)
    follow(live, world)
    before = dump(live_engine)

    rebuilt, _, engine = projector(world, tmp_path / "again.sqlite", ring)
    follow(rebuilt, world)
    live.clear()
    follow(live, world)

    assert dump(engine) == before
    assert dump(live_engine) == before
    assert before["openings"]


def test_a_read_model_goes_on_where_it_stopped(tmp_path: Path) -> None:
    world = World()
    made, _, engine = projector(world, tmp_path / "r.sqlite")
    story(world)
    for block in world.history[:2]:
        made.project(block)
    engine.dispose()

    again, queries, _ = projector(world, tmp_path / "r.sqlite")
    passed_over = [again.project(block) for block in world.history]

    assert passed_over[:2] == [False, False]
    assert all(passed_over[2:])
    assert queries.as_of().height == world.state.height


def test_a_missing_block_stops_the_projection(tmp_path: Path) -> None:
    world = World()
    made, _, _ = projector(world, tmp_path / "r.sqlite")
    story(world)

    with pytest.raises(OutOfOrder):
        made.project(world.history[1])


def test_parts_are_opened_for_the_seats_that_hold_a_key_and_for_nobody_else(tmp_path: Path) -> None:
    world = World()
    bank, bank_queries, _ = projector(world, tmp_path / "a.sqlite", Ring(world, "bank-a", ("s1", "s2")))
    other, other_queries, _ = projector(world, tmp_path / "b.sqlite", Ring(world, "bank-b", ("s4",)))
    story(world)

    follow(bank, world)
    follow(other, world)

    own = bank_queries.page("trades", filters={}, seats=("s1",)).rows
    assert own
    assert {row["seat"] for row in own} == {"s1"}
    assert not bank_queries.page("trades", filters={}, seats=("s3",)).rows
    assert not other_queries.page("trades", filters={}, seats=("member", "s4")).rows
    assert not other_queries.page("identities", filters={}, seats=("member", "s4")).rows


def test_statuses_in_rows_are_the_ledger_s_at_a_hundred_instants(tmp_path: Path) -> None:
    """Rows of offers that have left the state for good stay as history."""
    world = World(verify=False)
    made, queries, _ = projector(world, tmp_path / "r.sqlite")
    number = issue(world)
    seen, gone = set(), set()

    for instant in range(100):
        if instant < 60:
            offer(world, number, 1 + 1_000 * instant, 1_000 * (instant + 1), "s2")
        world.advance(world.time_ms + 2 * DAY_MS + instant)
        follow(made, world)

        now = world.state.moment()
        ledger = {row.id: row.status_at(now) for row in world.reader.iterate(OFFERS)}
        found = queries.page("offers", filters={}, seats=(), limit=500).rows
        rows = {row["offer"]: row["status"] for row in found}
        assert {name: rows[name] for name in ledger} == ledger
        ends = {row["offer"]: row["status_until"] for row in found}
        for row in world.reader.iterate(OFFERS):
            ahead = [at_ms for at_ms, _ in later_statuses(row.timeline, now.outages) if at_ms > now.time_ms]
            assert ends[row.id] == (ahead[0] if ledger[row.id] == "OPEN" else 0)
        gone |= rows.keys() - ledger.keys()
        assert {rows[name] for name in gone} <= {"EXPIRED"}
        seen |= set(ledger.values())

    assert seen == {"OPEN", "EXPIRED"}
    assert gone


def test_a_status_moves_by_its_stored_steps_and_not_by_due_events(tmp_path: Path) -> None:
    world = World(verify=False)
    made, queries, engine = projector(world, tmp_path / "r.sqlite")
    number = issue(world)
    name, _ = offer(world, number, 1, 1_000, "s2")
    follow(made, world)

    with engine.begin() as connection:
        later = str(world.time_ms + 6 * DAY_MS)
        connection.execute(
            sa.update(SCHEMA.progress).where(SCHEMA.progress.c.name == "time_ms").values(value=later)
        )

    operation, _, row = name.partition(":")
    del operation, row
    assert [found["status"] for found in queries.page("offers", filters={}, seats=()).rows] == ["EXPIRED"]


def test_lists_go_on_after_the_cursor_without_gap_or_repeat(tmp_path: Path) -> None:
    world = World(verify=False)
    made, queries, _ = projector(world, tmp_path / "r.sqlite")
    follow(made, world)

    seen: list[object] = []
    cursor: tuple[str | int, ...] | None = None
    while True:
        page = queries.page("keys", filters={}, seats=(), cursor=cursor, limit=7)
        seen += [row["key"] for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert len(seen) == len(set(seen)) == 5 * len(world.members)


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({"name": "nothing"}, "VIEW_UNKNOWN"),
        ({"filters": {"colour": "red"}}, "FILTER_UNKNOWN"),
        ({"name": "holdings", "filters": {"first": "one"}}, "FILTER_MALFORMED"),
        ({"limit": 0}, "LIMIT_OUT_OF_RANGE"),
        ({"limit": 501}, "LIMIT_OUT_OF_RANGE"),
        ({"cursor": (1, 2, 3)}, "CURSOR_MALFORMED"),
        ({"cursor": (1,)}, "CURSOR_MALFORMED"),
    ],
)
def test_an_odd_question_is_refused_with_a_code(
    tmp_path: Path, question: dict[str, object], code: str
) -> None:
    _, queries, _ = projector(World(), tmp_path / "r.sqlite")
    asked = {"name": "members", "filters": {}, "seats": (), **question}

    with pytest.raises(QueryRefused) as refused:
        queries.page(**asked)  # type: ignore[arg-type]  # a table of odd questions

    assert refused.value.code == code


def identities(queries: Queries) -> set[tuple[object, object]]:
    rows = queries.page("identities", filters={}, seats=("member", "s1", "s2"), limit=500).rows
    return {(row["name"], row["verified"]) for row in rows}


def test_an_identity_counts_as_verified_once_its_certificate_was_introduced(tmp_path: Path) -> None:
    world = World()
    ring = Ring(world, "bank-a", ("s1", "s2"))
    made, queries, engine = projector(world, tmp_path / "r.sqlite", ring)
    story(world)
    follow(made, world)
    assert identities(queries) == {("Trial client s1", 0), ("Trial client s2", 0)}

    ring.known = ("s1",)
    made.verify_again(certificate_digest(world.clients["s1"].certificate))

    assert identities(queries) == {("Trial client s1", 1), ("Trial client s2", 0)}
    before = dump(engine)
    made.clear()
    follow(made, world)
    assert dump(engine) == before


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Somebody else"},
        {"signature": "00" * 64},
        {"signature": "zz"},
        {"checker_signature": "00" * 64},
    ],
)
def test_a_claimed_identity_is_not_verified(tmp_path: Path, change: dict[str, str]) -> None:
    world = World()
    ring = Ring(world, "bank-a", ("s1", "s2"))
    ring.known = ("s1", "s2")
    made, queries, _ = projector(world, tmp_path / "r.sqlite", ring)
    world.clients["s1"] = Liar.like(world.clients["s1"], change)
    issue(world)

    follow(made, world)

    assert {verified for _, verified in identities(queries)} == {0}


@pytest.mark.parametrize("content", [b"\xff\xfe", b"{}", b'"', PROMISE.replace(b"HT", b"\\u0000")])
def test_a_part_that_is_not_what_it_should_be_stays_shut_and_stops_nobody(
    tmp_path: Path, content: bytes
) -> None:
    world = World()
    made, queries, engine = projector(world, tmp_path / "r.sqlite", Ring(world, "bank-a", ("s1", "s2")))
    issue(world, {"trade": msgspec.Raw(content)})  # type: ignore[dict-item]  # raw bytes in place of content

    follow(made, world)

    assert queries.as_of().height == world.state.height
    with engine.connect() as connection:
        labels = connection.execute(sa.select(SCHEMA.openings.c.label)).scalars().all()
    assert set(labels) == {"identity", "papers"}
    assert not queries.page("trades", filters={}, seats=("s1", "member")).rows


def test_another_schema_or_chain_empties_the_tables(tmp_path: Path) -> None:
    world = World()
    made, _, engine = projector(world, tmp_path / "r.sqlite")
    story(world)
    follow(made, world)
    engine.dispose()

    _, queries, _ = projector(World(seed=2), tmp_path / "r.sqlite")

    assert queries.as_of().height == 0
    assert not queries.page("vouchers", filters={}, seats=()).rows


def test_facts_come_in_order_from_any_position(tmp_path: Path) -> None:
    world = World()
    made, queries, _ = projector(world, tmp_path / "r.sqlite")
    story(world)
    follow(made, world)

    every = queries.facts(-1, 0, limit=500)
    later = queries.facts(int(every[3]["height"]), int(every[3]["number"]), limit=500)

    assert later == every[4:]
    assert [(row["height"], row["number"]) for row in every] == sorted(
        (row["height"], row["number"]) for row in every
    )


def test_an_outage_moves_the_stored_deadlines_as_it_moves_those_of_the_ledger() -> None:
    from tallychain.readmodel.rows import columns

    timeline = Timeline("OPEN", (Step(1_000, "EXPIRED"),))
    outage = Outage(500, 1_500, 60_000)

    stored = columns({"status": timeline}, (outage,))

    at_ms = int(stored["step1_at"])
    for time_ms in (999, 1_000, at_ms - 1, at_ms):
        now = Moment(Height(2), TimeMs(time_ms), (outage,))
        assert (status_at(timeline, now) == "EXPIRED") == (at_ms <= time_ms)


def test_rows_that_have_fallen_back_are_noticed_and_projected_again(tmp_path: Path) -> None:
    world = World()
    made, queries, engine = projector(world, tmp_path / "r.sqlite")
    story(world)
    follow(made, world)
    before = dump(engine)
    made.clear()
    for block in world.history[:-1]:
        made.project(block)
    # The server was replaced by its copy, which the last commit had not reached.
    made.height += 1

    with pytest.raises(DatabaseLost):
        made.project(replace(world.history[-1], height=made.height + 1))
    made.look_again()
    follow(made, world)

    assert dump(engine) == before
    assert queries.as_of().height == world.state.height


def test_offers_of_a_suspended_sponsor_are_listed_as_the_ledger_has_them(tmp_path: Path) -> None:
    world = World()
    made, queries, engine = projector(world, tmp_path / "r.sqlite")
    number = issue(world)
    offer(world, number, 1, 30_000_000, "s4")
    offer(world, number, 30_000_001, 40_000_000, "s2")
    for act in (Suspend("bank-b", "why"), Restore("bank-b")):
        world.do(f"member.{type(act).__name__.lower()}", act, by="supervisor")
        follow(made, world)
        now = Moment(Height(made.height), TimeMs(made.time_ms), made.outages)
        rows = queries.page("offers", filters={"voucher": number}, seats=()).rows
        assert {row["offer"]: row["status"] for row in rows} == {
            one.id: offer_status(one, world.reader, now) for one in world.reader.scan(OFFERS)
        }
        assert sorted(row["status"] for row in rows) == ["ENDED", "OPEN"]
    before = dump(engine)
    made.clear()
    follow(made, world)
    assert dump(engine) == before
