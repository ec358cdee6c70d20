"""The papers behind a payable follow it to the debtor by themselves: once, whatever ends in between, and for those who may read them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tallychain.crypto.digest import sha256
from tallychain.gateway import letters
from tallychain.gateway.database import Database, DatabaseLost
from tallychain.gateway.enclosures import Enclosures
from tallychain.gateway.letters import SentDocument
from tallychain.gateway.postbox import Postbox
from tallychain.gateway.problems import Problem
from tallychain.gateway.tests.alliance import Caller, Running, alliance, code, in_loop
from tallychain.gateway.tests.test_story import presented

PDF = b"%PDF-1.7 an invoice"
DIGEST = sha256(PDF).hex()
HEADERS = {"Content-Type": "application/pdf"}


async def store(running: Running, account: str, content: bytes = PDF) -> str:
    """A client keeps a file at its gateway."""
    owner = await running.as_account(account)
    stored = await owner.send("POST", "/v1/documents?name=发票.pdf", content=content, headers=HEADERS)
    assert stored.status_code == 201, stored.text
    return str(stored.json()["digest"])


async def states(caller: Caller, payable: str) -> list[str]:
    """What is said of each paper."""
    answer = await caller.get(f"/v1/payable-papers/{payable}")
    assert answer.status_code == 200, answer.text
    return [row["state"] for row in answer.json()]


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(6_000):
        if await is_so():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it does not happen")


async def until_here(caller: Caller, payable: str) -> None:
    async def here() -> bool:
        return await states(caller, payable) == ["here"]

    await until(here)


async def letters_out(running: Running) -> list[tuple[str, str]]:
    """The documents that were sent, and how their letters ended."""
    rows = await running.gateway.database.read(
        lambda db: db.execute("SELECT id, state FROM letter_out WHERE kind = 'document'").fetchall()
    )
    return [(str(row[0]), str(row[1])) for row in rows]


@in_loop
async def test_a_paper_goes_to_the_debtor_by_itself_and_only_those_concerned_read_it(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(alliance(tmp_path))
        issuer = await stack.enter_async_context(there.gateway("ce-a"))
        bank = await stack.enter_async_context(there.gateway("bank-a"))
        await store(bank, "s1")
        payable, _ = await presented(there, "s1", "HT-1", document=DIGEST)
        maker, s1 = await issuer.as_account("maker"), await bank.as_account("s1")
        await until_here(maker, payable)
        row = (await maker.get(f"/v1/payable-papers/{payable}")).json()[0]
        assert (row["document"], row["name"], row["size"]) == (DIGEST, "发票.pdf", len(PDF))
        assert row["number"] == "s1 HT-1"
        path = f"/v1/payable-papers/{payable}/{DIGEST}"
        for reader in (maker, await issuer.as_account("checker"), s1):
            assert await states(reader, payable) == ["here"]
            assert (await reader.get(path)).content == PDF
        await until(lambda: _ended(s1, payable, "delivered"))

        for name in ("admin-1", "robot", "looker"):
            other = await issuer.as_account(name)
            assert code(await other.get(path)) == "GATEWAY_FORBIDDEN"
            assert code(await other.get(f"/v1/payable-papers/{payable}")) == "GATEWAY_FORBIDDEN"
            assert code(await other.get(f"/v1/documents/{DIGEST}")) == "GATEWAY_NOT_FOUND"
            assert (await other.get("/v1/documents")).json() == []
        for other in (await bank.as_account("s2"), await bank.as_account("maker")):
            assert code(await other.get(path)) == "GATEWAY_NOT_FOUND"
            assert code(await other.get(f"/v1/payable-papers/{payable}")) == "GATEWAY_NOT_FOUND"
        assert code(await maker.get(f"/v1/payable-papers/{payable}/{'0' * 64}")) == "GATEWAY_NOT_FOUND"
        assert code(await maker.get(f"/v1/payable-papers/{'0' * 64}")) == "GATEWAY_NOT_FOUND"


async def _ended(presenter: Caller, payable: str, state: str) -> bool:
    rows = (await presenter.get(f"/v1/payable-papers/{payable}")).json()
    return [row["letter"] for row in rows] == [state]


@in_loop
async def test_a_paper_that_differs_is_noted_and_not_kept_and_the_right_one_still_arrives(
    tmp_path: Path,
) -> None:
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(alliance(tmp_path))
        issuer = await stack.enter_async_context(there.gateway("ce-a"))
        bank = await stack.enter_async_context(there.gateway("bank-a"))
        payable, _ = await presented(there, "s1", "HT-1", document=DIGEST)
        unnamed, _ = await presented(there, "s1", "HT-2")
        maker, s1 = await issuer.as_account("maker"), await bank.as_account("s1")
        assert await states(maker, unnamed) == ["unnamed"]
        assert await states(maker, payable) == await states(s1, payable) == ["missing"]
        assert await letters_out(bank) == []

        uscc = (await issuer.gateway.state.member("ce-a")).uscc
        other = SentDocument(uscc, "a.pdf", "application/pdf", b"%PDF another", payable, DIGEST)
        await bank.gateway.postbox.send("ce-a", "document", other)

        async def differs() -> bool:
            return await states(maker, payable) == ["differs"]

        await until(differs)
        row = (await maker.get(f"/v1/payable-papers/{payable}")).json()[0]
        assert row["found"] == sha256(b"%PDF another").hex()
        assert code(await maker.get(f"/v1/payable-papers/{payable}/{DIGEST}")) == "GATEWAY_NOT_FOUND"

        await store(bank, "s1")  # what was named comes to the sponsor only now, and goes on at once
        await until_here(maker, payable)
        await bank.gateway.postbox.send("ce-a", "document", other)
        await asyncio.sleep(0.2)
        assert await states(maker, payable) == ["here"]


@in_loop
async def test_a_paper_that_no_payable_of_its_sender_names_is_refused(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(alliance(tmp_path))
        issuer = await stack.enter_async_context(there.gateway("ce-a"))
        await stack.enter_async_context(there.gateway("bank-a"))
        payable, _ = await presented(there, "s1", "HT-1", document=DIGEST)

        async def refusal(sender: str, **change: str) -> str:
            sent = SentDocument(
                "u",
                "a.pdf",
                "application/pdf",
                PDF,
                change.get("payable", payable),
                change.get("digest", DIGEST),
            )
            with pytest.raises(Problem) as caught:
                await issuer.gateway.filing.arrivals.take(sender, sent)
            assert caught.value.sentence() != caught.value.sentence("zh")
            return caught.value.code

        assert await refusal("bank-b") == "GATEWAY_LETTER_NOT_VALID"
        assert await refusal("bank-a", digest="0" * 64) == "GATEWAY_LETTER_NOT_VALID"
        assert await refusal("bank-a", payable="0" * 64) == "GATEWAY_PAYABLE_NOT_SEEN"
        await issuer.gateway.filing.arrivals.take(
            "bank-a", SentDocument("u", "a.pdf", "application/pdf", PDF, payable, DIGEST)
        )


@in_loop
async def test_papers_reach_a_debtor_that_was_away_for_two_days_though_the_sender_began_again(
    tmp_path: Path,
) -> None:
    async with alliance(tmp_path) as there:
        async with there.gateway("bank-a") as bank:
            await bank.gateway.chores.close()  # the process ends as soon as the payable stands on the ledger
            await store(bank, "s1")
            payable, _ = await presented(there, "s1", "HT-1", document=DIGEST)
            assert await letters_out(bank) == []
        async with there.gateway("bank-a") as bank:
            await until(lambda: _sent(bank, "waiting"))
        async with there.gateway("bank-a") as bank:
            pass_days(bank, 2)
            async with there.gateway("ce-a") as issuer:
                pass_days(issuer, 2)
                await until_here(await issuer.as_account("maker"), payable)
                await until(lambda: _sent(bank, "delivered"))
        async with there.gateway("bank-a") as bank:
            await asyncio.sleep(0.2)
            assert len(await letters_out(bank)) == 1


def pass_days(running: Running, days: int) -> None:
    clock = running.gateway.clock
    clock.saw(clock.height, clock.block_time_ms + days * letters.LETTER_LIFE_MS)


async def _sent(running: Running, state: str) -> bool:
    return [letter[1] for letter in await letters_out(running)] == [state]


class Ends(Exception):
    """The process ends here."""


class Fragile:
    """A database and a postbox of which the n-th use is the last: it is made, or not made, and then the process ends."""

    def __init__(self, database: Database, postbox: Postbox, left: int, *, made: bool) -> None:
        self._database = database
        self._postbox = postbox
        self._left = left
        self._made = made

    async def read(self, work: Any) -> Any:
        return await self._use(lambda: self._database.read(work))

    async def write(self, work: Any) -> Any:
        return await self._use(lambda: self._database.write(work))

    async def send(self, *args: Any, **more: Any) -> Any:
        return await self._use(lambda: self._postbox.send(*args, **more))

    async def _use(self, work: Callable[[], Awaitable[Any]]) -> Any:
        self._left -= 1
        if self._left >= 0:
            return await work()
        if self._made and self._left == -1:
            await work()
        raise Ends


@in_loop
async def test_a_process_that_ends_after_any_step_sends_every_paper_once(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(alliance(tmp_path))
        bank = await stack.enter_async_context(there.gateway("bank-a"))
        gateway = bank.gateway
        await gateway.chores.close()
        await store(bank, "s1")

        async def ended_after(step: int, *, made: bool) -> bool:
            number = f"HT-{step}-{made}"
            payable, _ = await presented(there, "s1", number, document=DIGEST)
            before = len(await letters_out(bank))
            fragile: Any = Fragile(gateway.database, gateway.postbox, step, made=made)
            ended = False
            try:
                await enclosures(bank, fragile).send_due()
            except Ends:
                ended = True
            await enclosures(bank, gateway).send_due()
            await enclosures(bank, gateway).send_due()
            assert len(await letters_out(bank)) == before + 1, (step, made)
            rows = await gateway.database.read(
                lambda db: db.execute(
                    "SELECT letter FROM enclosure WHERE operation = ?", (payable,)
                ).fetchall()
            )
            assert len(rows) == 1
            assert rows[0][0]
            return ended

        steps = 0
        while await ended_after(steps, made=True):
            assert await ended_after(steps, made=False)
            steps += 1
        assert steps >= 5


def enclosures(bank: Running, over: Any) -> Enclosures:
    """The bank's enclosures, over a fragile database and postbox or over its own."""
    gateway = bank.gateway
    postbox: Any = over if isinstance(over, Fragile) else over.postbox
    database: Any = over if isinstance(over, Fragile) else over.database
    return Enclosures(
        "bank-a",
        gateway.state,
        gateway.sealing,
        gateway.documents,
        gateway.filing.arrivals,
        postbox,
        database,
    )


@in_loop
async def test_a_client_is_introduced_though_the_process_ends_right_after_its_act_was_kept(
    tmp_path: Path,
) -> None:
    async with alliance(tmp_path) as there:
        async with there.gateway("bank-a") as bank:
            await bank.gateway.chores.close()
            introductions: Any = bank.gateway.introductions
            introductions.send_due = _ends
            payable, _ = await presented(there, "s1", "HT-1")
            account = await bank.gateway.accounts.get("s1")
            assert account is not None
        async with there.gateway("bank-a") as bank, there.gateway("ce-a") as issuer:

            async def introduced() -> bool:
                return await issuer.gateway.certificates.introduced(account.certificate) is not None

            await until(introduced)
            await presented(there, "s1", "HT-2")
            rows = await bank.gateway.database.read(
                lambda db: db.execute(
                    "SELECT receiver FROM letter_out WHERE kind = 'client.introduce' ORDER BY receiver"
                ).fetchall()
            )
            assert [row[0] for row in rows] == ["ce-a", "supervisor"]
            due = await bank.gateway.database.read(
                lambda db: db.execute("SELECT count(*) FROM introduction_due").fetchone()
            )
            assert due == (0,)
            assert payable


async def _ends() -> None:
    raise DatabaseLost("the process ends here")


@in_loop
async def test_a_file_that_the_disk_has_changed_is_not_given_out_and_is_mended_by_storing_it_again(
    tmp_path: Path,
) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        s1 = await bank.as_account("s1")
        await store(bank, "s1")
        bank.gateway.documents.path_of(DIGEST).write_bytes(b"%PDF another")
        assert code(await s1.get(f"/v1/documents/{DIGEST}")) == "GATEWAY_DOCUMENT_DAMAGED"
        await store(bank, "s1")
        assert (await s1.get(f"/v1/documents/{DIGEST}")).content == PDF
