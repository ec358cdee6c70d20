"""A gateway that is killed in the middle of a table goes on where it stopped, and does no row twice."""

import asyncio
import contextlib
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tallychain.gateway.tests.alliance import PASSPHRASE, alliance, in_loop
from tallychain.gateway.tests.test_batches import body, file, issue_row
from tallychain.gateway.tests.test_process import (
    PATIENCE_S,
    answering,
    calling,
    ended,
    listed,
    process,
    signed_in,
)
from tallychain.gateway.tests.test_story import backed
from tallychain.integrations.batchtables import ISSUES
from tallychain.testkit.ports import free_port

ROWS = 12
UNLOCK = {"passphrase": PASSPHRASE}


async def until_some(http: httpx.AsyncClient, headers: dict[str, str], states: frozenset[str]) -> None:
    """Wait until rows of the newest batch are in one of these states; all of them may be there already."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        batches = (await http.get("/v1/batches", headers=headers)).json()
        if batches:
            found = (await http.get(f"/v1/batches/{batches[0]['id']}", headers=headers)).json()["states"]
            if sum(found.get(state, 0) for state in states) >= 3:
                return
        await asyncio.sleep(0.01)
    raise AssertionError("no row is signed")


async def killed_during(port: int, running: Any, path: str, asked: Any, states: frozenset[str]) -> None:
    """Ask for something, and kill the gateway once some rows of it are done."""
    await answering(port)
    async with calling(port) as http:
        maker, checker = await signed_in(http, "maker"), await signed_in(http, "checker")
        who = checker if path.endswith("/release") else maker
        work = asyncio.create_task(http.post(path, json=asked, headers=who))
        await until_some(http, maker, states)
        running.send_signal(signal.SIGKILL)
        running.wait()
        with contextlib.suppress(httpx.HTTPError):
            await work


@pytest.mark.faults
@pytest.mark.timeout(600)
@in_loop
async def test_a_gateway_killed_while_a_table_is_signed_and_released_does_no_row_twice(
    tmp_path: Path,
) -> None:
    async with alliance(tmp_path) as there:
        async with there.gateway("ce-a") as issuer, there.gateway("bank-a"):
            payable = str((await backed(there, issuer, "s1", amount=100_000_000))["payable"])
        content = file(ISSUES, [issue_row(payable, f"V-{n}", f"{n + 1}.01") for n in range(ROWS)])
        port = free_port()
        with process(there, "ce-a", port) as running:
            await killed_during(port, running, "/v1/batches", body("issue", content), frozenset({"waiting"}))
        with process(there, "ce-a", port) as running:
            await answering(port)
            async with calling(port) as http:
                made = await http.post(
                    "/v1/batches", json=body("issue", content), headers=await signed_in(http, "maker")
                )
                assert (made.status_code, made.json()["states"]) == (202, {"waiting": ROWS}), made.text
            batch = made.json()["batch"]
            path, release = f"/v1/batches/{batch['id']}", {"digest": batch["digest"], "unlock": UNLOCK}
            await killed_during(port, running, f"{path}/release", release, frozenset({"queued", "done"}))
        with process(there, "ce-a", port) as running:
            await answering(port)
            async with calling(port) as http:
                maker, checker = await signed_in(http, "maker"), await signed_in(http, "checker")
                again = await http.post(f"{path}/release", json=release, headers=checker)
                assert again.status_code in (202, 409), again.text
                rows = (await http.get(f"{path}/rows?limit=500", headers=maker)).json()
                assert {row["attempt"] for row in rows} == {1}
                assert [await ended(http, row["operation"], maker) for row in rows] == ["done"] * ROWS
                vouchers = await listed(http, maker, ROWS)
                assert sorted(row["face"] for row in vouchers) == [100 * (n + 1) + 1 for n in range(ROWS)]
