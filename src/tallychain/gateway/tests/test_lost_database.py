"""A PostgreSQL server that goes away in the middle: callers are told to ask again, and nothing is lost or done twice."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tallychain.gateway.database import Database, DatabaseLost
from tallychain.gateway.tests.alliance import PASSPHRASE, Caller, Running, alliance, code, in_loop
from tallychain.gateway.tests.test_story import PROMISE, backed
from tallychain.sql.places import PostgresSchema
from tallychain.sql.port import DatabaseRefused
from tallychain.testkit import back_ends
from tallychain.testkit.postgres_server import PostgresServer, postgres_server

pytestmark = [pytest.mark.slow, pytest.mark.databases]
PATIENCE = 4_000
RATES = ("account_burst", "account_rate_per_s", "member_burst", "member_rate_per_s")
PLENTY: dict[str, Any] = dict.fromkeys(RATES, 1_000_000)
"""Twelve who ask again and again, for as long as a server needs to come back, are not to be slowed."""


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server of the test's own, to be killed."""
    with postgres_server() as made:
        back_ends.use(made)
        yield made
        back_ends.use(None)


@asynccontextmanager
async def away(server: PostgresServer, how: signal.Signals) -> AsyncIterator[None]:
    """The server is gone; afterwards it is back."""
    await asyncio.to_thread(server.stop, how)
    yield
    await asyncio.to_thread(server.start)


async def patiently(caller: Caller, path: str, body: Any, key: str = "") -> dict[str, Any]:
    """Ask until the answer is not that something cannot be reached, as callers are told to."""
    for _ in range(PATIENCE):
        answer = await caller.post(path, body, key=key)
        if answer.status_code not in (429, 503):
            assert answer.status_code in (200, 202), answer.text
            found: dict[str, Any] = answer.json()
            return found
        # Who asks again while the server is long away has opened the key too often.
        assert code(answer) in ("GATEWAY_DATABASE_NOT_REACHED", "GATEWAY_RATE_EXCEEDED")
        assert answer.headers["retry-after"]
        await asyncio.sleep(0.05)
    raise AssertionError("it stays away")


async def issue(backing: dict[str, Any], maker: Caller, checker: Caller, number: int) -> str:
    """Issue a voucher on a payable that backs many; the operation's id."""
    key = f"issue-{number:04d}"
    unlock = {"unlock": {"passphrase": PASSPHRASE}}
    args = {**backing, "reference": {"keyed": key}}
    made = await patiently(
        maker, "/v1/acts/voucher.issue", {"args": args, "sealed": {"trade": PROMISE}, **unlock}, key
    )
    path = f"/v1/drafts/{made['draft']}"
    for _ in range(PATIENCE):
        answer = await checker.post(f"{path}/approve", unlock)
        if answer.status_code == 202:
            return str(answer.json()["operation"])
        if answer.status_code not in (429, 503):
            # Approved before, and the answer was lost.
            shown = await checker.get(path)
            if shown.status_code == 200 and shown.json().get("operation"):
                return str(shown.json()["operation"])
        await asyncio.sleep(0.05)
    raise AssertionError("it is not approved")


async def end_of(caller: Caller, operation: str) -> dict[str, Any]:
    for _ in range(PATIENCE):
        answer = await caller.get(f"/v1/operations/{operation}?wait=1")
        if answer.status_code == 200 and answer.json()["state"] not in ("queued", "submitted"):
            found: dict[str, Any] = answer.json()
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("it has no end")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
@in_loop
async def test_a_server_that_goes_away_while_vouchers_are_issued_loses_none_of_them(
    tmp_path: Path, server: PostgresServer, how: signal.Signals
) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a", **PLENTY) as issuer:
        async with there.gateway("bank-a"):
            backing = await backed(there, issuer, "s1", amount=1_200_000_000)
        maker, checker = await issuer.as_account("maker"), await issuer.as_account("checker")
        under_way = [asyncio.create_task(issue(backing, maker, checker, number)) for number in range(12)]
        for pause_s in (0.3, 0.5):
            await asyncio.sleep(pause_s)
            async with away(server, how):
                refused = await maker.get("/v1/me")
                assert (refused.status_code, code(refused)) == (503, "GATEWAY_DATABASE_NOT_REACHED")
                assert refused.headers["retry-after"] == "2"
                ready = (await issuer.http.get("/v1/ready")).json()
                assert (ready["ready"], ready["database"]) == (False, False)
        operations = await asyncio.gather(*under_way)
        assert len(set(operations)) == 12
        ends = [await end_of(maker, operation) for operation in operations]
        assert [end["state"] for end in ends] == ["done"] * 12, ends
        await settled(issuer)
        rows = (await maker.get("/v1/vouchers?limit=100")).json()["rows"]
        assert len(rows) == 12


async def settled(running: Running) -> None:
    """The rows are at the head, and everything has an end."""
    height = (await running.gateway.engine.status()).height
    for _ in range(PATIENCE):
        try:
            if (await running.read_model.as_of()).height >= height and running.gateway.outbox.open == 0:
                break
        except DatabaseLost:
            pass
        await asyncio.sleep(0.05)
    assert running.gateway.outbox.open == 0
    assert running.gateway.follower.failed is None
    assert running.read_model.failed is None
    assert (await running.http.get("/v1/ready")).status_code == 200


@in_loop
async def test_a_database_comes_back_without_anybody_asking_and_says_so(server: PostgresServer) -> None:
    database = Database(PostgresSchema(server.new_database("back"), "gateway"))
    back = asyncio.Event()
    loop = asyncio.get_running_loop()
    database.when_back = lambda: loop.call_soon_threadsafe(back.set)
    async with away(server, signal.SIGINT):
        with pytest.raises(DatabaseLost):
            await database.write(lambda db: db.execute("INSERT INTO progress VALUES ('a', 1)"))
        lost = database.is_lost
        assert lost
    await asyncio.wait_for(back.wait(), 120)
    await database.write(lambda db: db.execute("INSERT INTO progress VALUES ('a', 1)"))
    database.close()


@in_loop
async def test_a_gateway_whose_session_was_cut_off_writes_again_only_under_the_lock(
    server: PostgresServer,
) -> None:
    place = PostgresSchema(server.new_database("lock"), "gateway")
    first = Database(place)
    await first.read(lambda db: db.execute("SELECT 1").fetchone())

    def cut() -> None:
        import psycopg

        with psycopg.connect(server.url("lock"), autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'",
            )

    await asyncio.to_thread(cut)
    second = Database(place)
    with pytest.raises(DatabaseLost):
        await first.write(lambda db: db.execute("INSERT INTO progress VALUES ('a', 1)"))
    with pytest.raises(DatabaseLost):
        await first.write(lambda db: db.execute("INSERT INTO progress VALUES ('a', 1)"))
    second.close()
    for _ in range(PATIENCE):
        if not first.is_lost:
            break
        await asyncio.sleep(0.05)
    await first.write(lambda db: db.execute("INSERT INTO progress VALUES ('a', 2)"))
    with pytest.raises(DatabaseRefused):
        Database(place)
    first.close()
