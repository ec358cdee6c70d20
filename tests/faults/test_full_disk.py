"""A gateway whose disk is full, or whose folder cannot be written: one clear sentence, nothing lost, and it goes on when there is room."""

import asyncio
import os
import resource
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.running import (
    PATIENCE_S,
    Caller,
    Processes,
    calling,
    caught_up,
    confirmed,
    described,
    granted,
    running,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
MEMBERS = ("ce-a", "bank-a", "settle-a", "supervisor")
ROOM = "48m"
FACE = 1_000_000
CODES = {"GATEWAY_DATABASE_NOT_REACHED", "GATEWAY_OUTBOX_FULL", "GATEWAY_NOT_READY"}
PROMISE = {
    "promise": "We pay.",
    "contract": "HT-1",
    "invoices": [],
    "purpose": "brackets",
    "amount": "10,000.00",
}


@contextmanager
def own_disk(folder: Path) -> Iterator[None]:
    """A small disk in place of a folder, with what the folder held."""
    kept = folder.with_name(folder.name + "-kept")
    folder.rename(kept)
    folder.mkdir(mode=0o700)
    _run("mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=0700", "tmpfs", str(folder))
    try:
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        yield
    finally:
        _run("umount", "--lazy", str(folder))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


class SmallDisk:
    """The gateway's folder lies on a disk of its own, which a file of nothing fills."""

    def __init__(self, processes: Processes, member: str) -> None:
        self._ballast = processes.layout.member(member) / "ballast"

    def fill(self) -> None:
        with self._ballast.open("wb", buffering=0) as file:
            for size in (1 << 20, 4096):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    continue

    def empty(self) -> None:
        self._ballast.unlink()


class NoGrowth:
    """No file of the gateway may grow: what anybody can do to a process of one's own, without a disk to spare."""

    def __init__(self, processes: Processes, member: str) -> None:
        process = processes.kept[member].process
        assert process is not None
        self._pid = process.pid
        self._usual = resource.prlimit(self._pid, resource.RLIMIT_FSIZE)

    def fill(self) -> None:
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (4096, self._usual[1]))

    def empty(self) -> None:
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, self._usual)


@asynccontextmanager
async def alliance(root: Path, *, disk: bool) -> AsyncIterator[Processes]:
    """A running alliance, where the gateway of ce-a has a small disk of its own."""
    async with running(root, described(MEMBERS), start=False) as processes:
        if not disk:
            await processes.start()
            yield processes
            return
        with own_disk(processes.layout.member("ce-a")):
            await processes.start()
            try:
                yield processes
            finally:
                processes.end_hard()


async def issue(maker: Caller, checker: Caller, backing: dict[str, Any], number: int) -> tuple[str, str]:
    """Begin and approve an issue under its own key; the operation, or the code of the refusal."""
    key = f"issue-{number:04d}"
    args = {
        "reference": {"keyed": key},
        "receiver": backing["receiver"],
        "currency": "CNY",
        "face": FACE,
        "nominal_maturity": "2026-09-14",
        "settlement_bank": "settle-a",
        "payable": backing["payable"],
        "invoices": [{**backing["invoices"][0], "amount": FACE}],
    }
    begun = await maker.act("voucher.issue", args, key=key, sealed={"trade": PROMISE})
    if begun.status_code != 202:
        return "", str(begun.json()["code"])
    draft = begun.json()["draft"]
    approved = await checker.approve(draft)
    if approved.status_code == 409:
        approved = await maker.get(f"/v1/drafts/{draft}")
    found = approved.json()
    return (found["operation"], "") if approved.status_code in (200, 202) else ("", str(found["code"]))


async def standing(caller: Caller) -> dict[str, Any]:
    found: dict[str, Any] = (await caller.get("/v1/ready")).json()
    return found


async def listed(caller: Caller, wanted: int) -> int:
    """How many vouchers the gateway lists, once there are so many: an act may be done before its block is in the read model."""
    rows: list[Any] = []
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while asyncio.get_running_loop().time() < deadline:
        rows = (await caller.get("/v1/vouchers", params={"limit": "100"})).json()["rows"]
        if len(rows) >= wanted:
            break
        await asyncio.sleep(0.1)
    return len(rows)


@pytest.mark.parametrize("kind", ["disk", "limit"])
def test_a_full_disk_is_said_in_one_sentence_and_what_was_acknowledged_ends_once(
    tmp_path: Path, kind: str
) -> None:
    # Only root has a disk to spare; for others the limit stands for it.
    disk = kind == "disk" and os.geteuid() == 0

    async def story() -> None:
        async with alliance(tmp_path / "net", disk=disk) as processes:
            await granted(processes, "ce-a", 10**10)
            async with calling(processes, "bank-a", "s1") as (s1,):
                cards = await s1.ask("POST", "/v1/cards", json={"unlock": {"passphrase": "demo"}})
                assert cards.status_code == 200, cards.text
            backing = await confirmed(processes, "ce-a", "bank-a", "s1", amount=FACE * 50)
            async with calling(processes, "ce-a", "maker", "checker", "admin-1") as (maker, checker, admin):
                operations = [(await issue(maker, checker, backing, number))[0] for number in range(3)]
                place = SmallDisk(processes, "ce-a") if disk else NoGrowth(processes, "ce-a")
                await asyncio.to_thread(place.fill)
                refused = [(await issue(maker, checker, backing, number)) for number in range(3, 9)]
                acknowledged = [operation for operation, _ in refused if operation]
                codes = {code for operation, code in refused if not operation}
                assert codes, "a full disk takes everything"
                assert codes <= CODES, codes
                if disk:
                    found = await standing(admin)
                    assert not found["ready"]
                    assert "DISK_LOW" in found["alarms"]
                assert "Traceback" not in processes.log("ce-a")
                await asyncio.to_thread(place.empty)
                await again(processes, "ce-a")
                operations += [await until_taken(maker, checker, backing, number) for number in range(3, 9)]
                assert set(acknowledged) <= set(operations), "an act under the same key became another"
                ends = [await maker.end_of(operation) for operation in operations]
                assert [end["state"] for end in ends] == ["done"] * 9
                assert len(set(operations)) == 9
                assert await listed(maker, 9) == 9
            await processes.stop()

    asyncio.run(story())


def test_a_folder_that_cannot_be_written_is_refused_at_the_start_in_one_sentence(tmp_path: Path) -> None:
    # Root may write whatever the mode says, so for root the disk itself is read-only.
    disk = os.geteuid() == 0

    async def story() -> None:
        async with alliance(tmp_path / "net", disk=disk) as processes:
            folder = processes.layout.member("ce-a")
            await granted(processes, "ce-a", 10**10)
            processes.kill("ce-a")
            with read_only(folder, disk=disk):
                processes._spawn("ce-a")
                process = processes.kept["ce-a"].process
                assert process is not None
                assert await asyncio.to_thread(process.wait, PATIENCE_S) == 2
                said = processes.log("ce-a").splitlines()[-1]
                assert f"{folder}/gateway.sqlite cannot be opened: " in said, said
                assert "Traceback" not in processes.log("ce-a")
            await processes.start("ce-a")
            async with calling(processes, "ce-a", "maker") as (maker,):
                await caught_up(processes, maker)
                (ceiling,) = (await maker.get("/v1/ceilings")).json()["rows"]
                assert ceiling["amount"] == 10**10
            await processes.stop()

    asyncio.run(story())


@contextmanager
def read_only(folder: Path, *, disk: bool) -> Iterator[None]:
    """Nothing in the folder can be changed."""
    if disk:
        _run("mount", "-o", "remount,ro", str(folder))
        try:
            yield
        finally:
            _run("mount", "-o", "remount,rw", str(folder))
        return
    paths = [folder, *folder.iterdir()]
    modes = [path.stat().st_mode for path in paths]
    for path in paths:
        path.chmod(0o500)
    try:
        yield
    finally:
        for path, mode in zip(paths, modes, strict=True):
            path.chmod(mode)


async def again(processes: Processes, member: str) -> None:
    """The gateway goes on by itself, or has ended with a sentence and is started again as its service manager would."""
    process = processes.kept[member].process
    assert process is not None
    if process.poll() is not None:
        await processes.start(member)


async def until_taken(maker: Caller, checker: Caller, backing: dict[str, Any], number: int) -> str:
    """Ask again under the same key until it is taken."""
    until = asyncio.get_running_loop().time() + PATIENCE_S
    while True:
        operation, code = await issue(maker, checker, backing, number)
        if operation:
            return operation
        assert asyncio.get_running_loop().time() < until, code
        await asyncio.sleep(0.2)
