"""Small parts: rates, the chain's clock, the database's group commit, the pulse."""

import asyncio
from pathlib import Path

import pytest

from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.problems import Problem, document
from tallychain.gateway.pulse import Pulse
from tallychain.gateway.rates import Rates
from tallychain.gateway.reasons import REASONS
from tallychain.gateway.requests import Name, Requests, check_key
from tallychain.gateway.tests.alliance import in_loop
from tallychain.testkit import back_ends


class Hands:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_and_fills_again() -> None:
    hands = Hands()
    rates = Rates(2, 3, hands)
    for _ in range(3):
        rates.take("a")
    with pytest.raises(Problem) as caught:
        rates.take("a")
    assert (caught.value.status, caught.value.retry_after_s) == (429, 1)
    rates.take("b")
    hands.now = 0.5
    rates.take("a")


def test_buckets_that_nobody_uses_are_forgotten() -> None:
    rates = Rates(1, 1, Hands())
    for number in range(10_050):
        rates.take(str(number))
    assert len(rates._buckets) == 10_000


def test_chain_time_goes_on_between_blocks_and_never_back() -> None:
    hands = Hands()
    clock = ChainClock(driven=False, monotonic=hands)
    clock.saw(5, 1000)
    hands.now = 2.5
    assert clock.now_ms() == 3500
    clock.saw(4, 900)
    assert (clock.height, clock.now_ms()) == (5, 3500)


def test_who_begins_while_the_chain_stands_still_takes_the_machines_time_until_a_block_comes() -> None:
    hands = Hands()
    clock = ChainClock(driven=False, monotonic=hands, wall_ms=lambda: 7_201_000)
    clock.saw(5, 1000)
    assert (clock.block_time_ms, clock.now_ms()) == (1000, 7_201_000)
    hands.now = 2.5
    assert clock.now_ms() == 7_203_500
    clock.saw(6, 7_100_000)
    assert clock.now_ms() == 7_100_000


def test_a_machine_whose_clock_is_behind_does_not_put_the_chain_back() -> None:
    clock = ChainClock(driven=False, monotonic=Hands(), wall_ms=lambda: 10)
    clock.saw(5, 1000)
    assert clock.now_ms() == 1000


def test_on_a_driven_chain_no_time_passes_by_itself() -> None:
    hands = Hands()
    clock = ChainClock(driven=True, monotonic=hands, wall_ms=lambda: 7_201_000)
    clock.saw(1, 1000)
    hands.now = 100
    assert clock.now_ms() == 1000


@in_loop
async def test_a_failed_write_undoes_itself_and_nobody_elses(tmp_path: Path) -> None:
    database = Database(back_ends.own_tables(tmp_path / "g.sqlite"))

    def fails(db: Connection) -> None:
        db.execute("INSERT INTO progress VALUES ('bad', 1)")
        raise Problem("GATEWAY_NOT_FOUND")

    writes = [
        database.write(lambda db: db.execute("INSERT INTO progress VALUES ('one', 1)")),
        database.write(fails),
        database.write(lambda db: db.execute("INSERT INTO progress VALUES ('two', 2)")),
        database.write(lambda db: db.execute("INSERT INTO nothing VALUES (1)")),
    ]
    answers = await asyncio.gather(*writes, return_exceptions=True)
    assert [isinstance(answer, Exception) for answer in answers] == [False, True, False, True]
    rows = await database.read(lambda db: db.execute("SELECT name FROM progress ORDER BY name").fetchall())
    assert rows == [("one",), ("two",)]
    database.close()
    again = Database(back_ends.own_tables(tmp_path / "g.sqlite"))
    assert await again.read(lambda db: db.execute("SELECT count(*) FROM progress").fetchone()) == (2,)
    again.close()


@pytest.mark.databases
@in_loop
async def test_a_write_is_on_the_disk_before_it_is_acknowledged(tmp_path: Path) -> None:
    database = Database(back_ends.own_tables(tmp_path / "g.sqlite"))
    modes = await database.read(
        lambda db: (db.execute("PRAGMA journal_mode").fetchone(), db.execute("PRAGMA synchronous").fetchone())
    )
    assert modes == (("wal",), (2,))
    database.close()


@in_loop
async def test_a_beat_wakes_everybody_who_waits() -> None:
    pulse = Pulse()
    waiting = [asyncio.create_task(pulse.wait(120)) for _ in range(3)]
    await asyncio.sleep(0)
    pulse.beat()
    await asyncio.wait_for(asyncio.gather(*waiting), 60)
    await pulse.wait(0.01)


@in_loop
async def test_equal_requests_wait_for_each_other(tmp_path: Path) -> None:
    requests = Requests(Database(back_ends.own_tables(tmp_path / "g.sqlite")))
    name = Name("s1", "voucher.offer", "key-0001")
    inside = 0

    async def enter() -> None:
        nonlocal inside
        async with requests.one_at_a_time(name):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0.001)
            inside -= 1

    await asyncio.gather(*(enter() for _ in range(5)))
    assert requests._locks == {}
    requests._database.close()


@pytest.mark.parametrize("key", [None, "", "short", "x" * 65, "with space 1", "with/slash1", "schlüssel1"])
def test_an_idempotency_key_is_plain_and_bounded(key: str | None) -> None:
    with pytest.raises(Problem) as caught:
        check_key(key)
    assert caught.value.code == "GATEWAY_IDEMPOTENCY_KEY_MISSING"


@pytest.mark.parametrize("code", sorted(REASONS))
def test_every_problem_is_a_document_with_sentences_in_both_languages(code: str) -> None:
    reason = REASONS[code]
    names = {name.partition("}")[0] for name in (reason.en + reason.zh).split("{")[1:]}
    problem = Problem(code, retry_after_s=1, **dict.fromkeys(names, "x"))
    text = document(problem, "urn:x").decode()
    assert f'"code":"{code}"' in text
    assert "{" not in problem.sentence() + problem.sentence("zh")
    assert 400 <= problem.status < 600
