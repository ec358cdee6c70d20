"""The alliance's fingerprint key: compared with the ledger at start, and handed to a member that was admitted later."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tallychain.contracts.members.events import MemberAdmitted
from tallychain.crypto.keyfile import StoredSecret, read_key_file, write_key_file
from tallychain.engine.port import CommittedBlock, Engine, ScanAnswer
from tallychain.gateway.config import ConfigRefused, Folder
from tallychain.gateway.letters import SentFingerprintKey
from tallychain.gateway.problems import Problem
from tallychain.gateway.tests.alliance import COST, PASSPHRASE, SEED, Alliance, Running, alliance, in_loop
from tallychain.ledger import codec
from tallychain.ledger.identity import Member
from tallychain.testkit.people import derived

MEMBERS = ["ce-a", "bank-a", "bank-b", "supervisor"]
KEY = derived(SEED, "fingerprint")


class AdmittedLater:
    """A ledger on which bank-b was admitted after the beginning."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def scan(self, prefix: bytes) -> ScanAnswer:
        answer = await self._engine.scan(prefix)
        return ScanAnswer(answer.height, [(key, self._later(row)) for key, row in answer.rows])

    def _later(self, row: bytes) -> bytes:
        member = codec.trusted(Member, row)
        if member.member != "bank-b":
            return row
        return codec.encode(msgspec.structs.replace(member, admitted_height=5))


def look(running: Running) -> None:
    """A block comes in which bank-b is admitted."""
    gateway = running.gateway
    engine: Any = AdmittedLater(gateway.engine)
    gateway.hand_over._engine = engine
    event = codec.encode(MemberAdmitted("bank-b", "x", "x", (), (), "x"))
    assert gateway.hand_over.seen(CommittedBlock(1, 1, b"", b"", [], [], [], [event]))
    gateway.chores.poke()


async def letters_of(running: Running) -> list[str]:
    rows = await running.gateway.database.read(
        lambda db: db.execute(
            "SELECT state FROM letter_out WHERE kind = 'fingerprint.key' ORDER BY id"
        ).fetchall()
    )
    return [str(row[0]) for row in rows]


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(6_000):
        if await is_so():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it does not happen")


def put_key(there: Alliance, member: str, secret: bytes, epoch: int = 1) -> None:
    """Another fingerprint key in place of the member's."""
    path = Folder(there.root / member).keys / f"fingerprint-{epoch}.key"
    path.unlink(missing_ok=True)
    write_key_file(path, StoredSecret("secret", "", secret), PASSPHRASE, n=COST)


@in_loop
async def test_a_gateway_with_another_fingerprint_key_than_the_alliances_does_not_start(
    tmp_path: Path,
) -> None:
    async with alliance(tmp_path, ["ce-a", "bank-a", "supervisor"]) as there:
        there.furnish("ce-a")
        put_key(there, "ce-a", b"x" * 32)
        with pytest.raises(ConfigRefused, match="not the alliance's fingerprint key"):
            async with there.gateway("ce-a"):
                pass


@in_loop
async def test_a_fingerprint_key_of_an_epoch_that_is_not_on_record_is_refused(tmp_path: Path) -> None:
    async with alliance(tmp_path, ["ce-a", "bank-a", "supervisor"]) as there:
        there.furnish("ce-a")
        put_key(there, "ce-a", b"x" * 32, epoch=2)
        with pytest.raises(ConfigRefused, match="not on record"):
            async with there.gateway("ce-a"):
                pass


@in_loop
async def test_a_member_that_was_admitted_later_gets_the_key_from_whoever_has_it_once_from_each(
    tmp_path: Path,
) -> None:
    async with alliance(tmp_path, MEMBERS) as there:
        there.furnish("bank-b")
        path = Folder(there.root / "bank-b").keys / "fingerprint-1.key"
        path.unlink()
        async with there.gateway("ce-a") as issuer:
            look(issuer)  # the newcomer's gateway is not there yet
            await until(lambda: _are(issuer, ["waiting"]))
        async with there.gateway("ce-a") as issuer, there.gateway("bank-b") as newcomer:
            look(issuer)
            await until(lambda: _are(issuer, ["delivered"]))
            assert [key.key for key in newcomer.gateway.fingerprints.all()] == [KEY]
            assert read_key_file(path, PASSPHRASE).secret == KEY
            assert KEY.hex() not in repr(newcomer.gateway.fingerprints)
            async with there.gateway("bank-a") as bank:
                look(bank)
                await until(lambda: _are(bank, ["delivered"]))
            assert [key.key for key in newcomer.gateway.fingerprints.all()] == [KEY]
            assert await letters_of(newcomer) == []
        async with there.gateway("bank-b") as newcomer:  # the file is the alliance's, so it starts
            assert [key.key for key in newcomer.gateway.fingerprints.all()] == [KEY]


async def _are(running: Running, states: list[str]) -> bool:
    return await letters_of(running) == states


@in_loop
async def test_a_key_whose_letter_was_too_old_is_sent_again(tmp_path: Path) -> None:
    async with alliance(tmp_path, MEMBERS) as there, there.gateway("ce-a") as issuer:
        look(issuer)
        await until(lambda: _are(issuer, ["waiting"]))
        look(issuer)
        await asyncio.sleep(0.2)
        assert await letters_of(issuer) == ["waiting"]
        await issuer.gateway.postbox.close()
        await issuer.gateway.database.write(lambda db: db.execute("UPDATE letter_out SET state = 'expired'"))
        look(issuer)

        async def again() -> bool:
            return sorted(await letters_of(issuer)) == ["expired", "waiting"]

        await until(again)


@in_loop
async def test_nobody_is_handed_a_key_at_the_beginning_or_takes_one_that_is_not_the_alliances(
    tmp_path: Path,
) -> None:
    async with alliance(tmp_path, MEMBERS) as there, there.gateway("ce-a") as issuer:
        await asyncio.sleep(0.2)
        assert await letters_of(issuer) == []
        for epoch, key in ((1, b"x" * 32), (2, KEY), (1, KEY[:31])):
            with pytest.raises(Problem) as caught:
                await issuer.gateway.hand_over.take("bank-a", SentFingerprintKey(epoch, key))
            assert caught.value.code == "GATEWAY_LETTER_NOT_VALID"
            assert key.hex() not in str(caught.value.fields)
        await issuer.gateway.hand_over.take("bank-a", SentFingerprintKey(1, KEY))
        assert [key.epoch for key in issuer.gateway.fingerprints.all()] == [1]
