"""The backup of docs/postgresql.md, played by its own two commands: a database is lost, restored, and the gateway goes on."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tallychain.gateway.tests.alliance import Running, alliance, in_loop
from tallychain.gateway.tests.test_lost_database import end_of, issue, settled
from tallychain.gateway.tests.test_story import backed
from tallychain.testkit import back_ends
from tallychain.testkit.postgres_server import PostgresServer, postgres_server

pytestmark = [pytest.mark.slow, pytest.mark.databases]
PAGE = Path("docs/postgresql.md")
PLACE = "postgresql://tally_bank_a@db.bank-a.example/tally_bank_a"
KEPT = ("account", "audit", "draft", "outbox", "seat", "tag")


@pytest.fixture
def servers() -> Iterator[tuple[PostgresServer, PostgresServer]]:
    """The server that is lost, and the one on which the backup is restored."""
    with postgres_server() as first, postgres_server() as second:
        back_ends.use(first)
        yield first, second
        back_ends.use(None)


def play(command: str, url: str, dump: Path) -> None:
    """Run one command of the page, with the test's database and file in place of the example's."""
    (line,) = re.findall(rf"^{command} .*$", PAGE.read_text(), re.MULTILINE)
    words = shlex.split(line.replace(PLACE, url).replace("gateway.dump", str(dump)))
    assert url in words
    assert shutil.which(words[0]), f"{words[0]} is missing: run apt install postgresql"
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """What must come back exactly."""
    with psycopg.connect(url) as connection:
        return {
            name: sorted(
                connection.execute(
                    psycopg.sql.SQL("SELECT * FROM gateway.{}").format(psycopg.sql.Identifier(name))
                ).fetchall(),
                key=repr,
            )
            for name in KEPT
        }


async def issued(issuer: Running, backing: dict[str, Any], numbers: range) -> list[str]:
    maker, checker = await issuer.as_account("maker"), await issuer.as_account("checker")
    operations = [await issue(backing, maker, checker, number) for number in numbers]
    assert [(await end_of(maker, operation))["state"] for operation in operations] == ["done"] * len(numbers)
    await settled(issuer)
    return operations


@in_loop
async def test_a_lost_database_is_restored_from_its_dump_and_nothing_is_lost_or_done_twice(
    tmp_path: Path, servers: tuple[PostgresServer, PostgresServer]
) -> None:
    first, second = servers
    dump = tmp_path / "gateway.dump"
    async with alliance(tmp_path) as there:
        async with there.gateway("ce-a") as issuer:
            async with there.gateway("bank-a"):
                backing = await backed(there, issuer, "s1", amount=1_200_000_000)
            before = await issued(issuer, backing, range(3))
            url = issuer.gateway.settings.database
            play("pg_dump", url, dump)
            kept = rows(url)
            # What came after the dump is on the ledger, though not in it.
            after = await issued(issuer, backing, range(3, 5))
        first.stop()
        restored = second.new_database("restored")
        play("pg_restore", restored, dump)
        assert rows(restored) == kept
        async with there.gateway("ce-a", database=restored) as issuer:
            await settled(issuer)
            maker, checker = await issuer.as_account("maker"), await issuer.as_account("checker")
            assert [(await end_of(maker, operation))["state"] for operation in before] == ["done"] * 3
            again = [await issue(backing, maker, checker, number) for number in range(5)]
            assert again[:3] == before
            # Only the ledger knows of what came after the dump: the same key is the same nonce, which was used.
            ends = [await end_of(maker, operation) for operation in again[3:]]
            assert [(end["state"], end["code"], end["first"]) for end in ends] == [
                ("turned_away", "NONCE_USED", operation) for operation in after
            ]
            assert await issued(issuer, backing, range(5, 6))
            listed = (await maker.get("/v1/vouchers?limit=100")).json()["rows"]
            assert len(listed) == 6
