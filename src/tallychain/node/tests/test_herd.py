"""Programs of one kind are forked from one that has loaded their code, and are kept like all others."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tallychain.node.processes import Process, is_alive, process
from tallychain.node.record import READY, RunFolder
from tallychain.node.supervisor import Program, StartFailed, supervise
from tallychain.testkit.ports import free_ports

MODULE = "tallychain.node.tests.program"


def herd(folder: Path, count: int, mode: str = "http") -> list[Program]:
    """Some programs that share their code."""
    return [
        Program(
            f"p{port}",
            MODULE,
            (mode, str(port)),
            folder / f"p{port}.log",
            health=f"http://127.0.0.1:{port}/",
            preloaded=MODULE,
        )
        for port in free_ports(count)
    ]


def running(folder: Path) -> dict[str, Process]:
    """What the record says that runs."""
    record = RunFolder(folder).read()
    return {} if record is None else {item.name: item.process for item in record.programs}


def parent(pid: int) -> int:
    """The parent of a process."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(90):
        while not holds():  # noqa: ASYNC110 - it is other processes that are waited for
            await asyncio.sleep(0.02)


async def supervised(folder: Path, programs: list[Program], said: list[str]) -> "asyncio.Task[None]":
    """Supervision under way, every program ready."""
    task = asyncio.create_task(supervise(programs, RunFolder(folder), said.append, patience_s=60))

    def is_ready() -> bool:
        record = RunFolder(folder).read()
        return task.done() or (record is not None and record.state == READY)

    await until(is_ready)
    return task


def test_a_herd_has_one_parent_and_ends_together(tmp_path: Path) -> None:
    async def story() -> None:
        task = await supervised(tmp_path, herd(tmp_path, 3), [])
        processes = running(tmp_path)
        parents = {parent(one.pid) for one in processes.values()}

        assert len(processes) == 3
        assert len(parents) == 1
        assert parents != {os.getpid()}
        os.kill(os.getpid(), signal.SIGTERM)
        await task
        assert [one for one in processes.values() if is_alive(one)] == []
        assert process(parents.pop()) is None

    asyncio.run(story())


def test_one_of_a_herd_that_is_killed_is_started_again_alone(tmp_path: Path) -> None:
    async def story() -> None:
        said: list[str] = []
        task = await supervised(tmp_path, herd(tmp_path, 2), said)
        name, first = next(iter(running(tmp_path).items()))

        os.kill(first.pid, signal.SIGKILL)
        await until(lambda: f"{name} serves again." in said)

        assert parent(running(tmp_path)[name].pid) == os.getpid()
        os.kill(os.getpid(), signal.SIGTERM)
        await task

    asyncio.run(story())


def test_a_herd_whose_parent_is_killed_is_started_again_one_by_one(tmp_path: Path) -> None:
    async def story() -> None:
        said: list[str] = []
        task = await supervised(tmp_path, herd(tmp_path, 2), said)
        before = running(tmp_path)

        os.kill(parent(next(iter(before.values())).pid), signal.SIGKILL)
        await until(lambda: sum("serves again" in sentence for sentence in said) == 2)

        assert [one for one in before.values() if is_alive(one)] == []
        os.kill(os.getpid(), signal.SIGTERM)
        await task

    asyncio.run(story())


def test_one_of_a_herd_that_cannot_start_ends_all_with_its_last_words(tmp_path: Path) -> None:
    programs = [*herd(tmp_path, 1), *herd(tmp_path, 1, "fail")]

    with pytest.raises(StartFailed, match=r"exit status 2.*The key file is missing\."):
        asyncio.run(supervise(programs, RunFolder(tmp_path), print, patience_s=60))

    assert list(tmp_path.glob("run.*")) == []


def test_a_start_that_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        task = asyncio.create_task(supervise(herd(tmp_path, 2), RunFolder(tmp_path), print, patience_s=60))
        await until((tmp_path / "run.json").exists)
        before = running(tmp_path)
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(StartFailed, match="interrupted"):
            await task
        assert [one for one in before.values() if is_alive(one)] == []

    asyncio.run(story())
