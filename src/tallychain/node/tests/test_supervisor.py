"""Programs are started together, started again when they end, and ended in order, whatever happens."""

import asyncio
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import ParamSpec

import pytest

from tallychain.node import supervisor
from tallychain.node.processes import Process, end, is_alive, memory_bytes, process, send
from tallychain.node.record import READY, AlreadyRunning, RunFolder, Running, RunRecord
from tallychain.node.supervisor import Program, StartFailed, supervise

P = ParamSpec("P")

MODULE = "tallychain.node.tests.program"


def in_a_loop(test: Callable[P, Coroutine[None, None, None]]) -> Callable[P, None]:
    """Run a coroutine test in a loop of its own."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


def program(folder: Path, name: str, mode: str = "serve", stage: int = 0) -> Program:
    """A program of these tests."""
    return Program(name, MODULE, (mode,), folder / f"{name}.log", stage)


def processes(folder: Path) -> dict[str, Process]:
    """What the record says that runs."""
    record = RunFolder(folder).read()
    return {} if record is None else {item.name: item.process for item in record.programs}


def left(folder: Path) -> list[Path]:
    """Records and locks that were left behind."""
    return list(folder.glob("run.*"))


async def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(90):
        while not holds():  # noqa: ASYNC110 - it is other processes that are waited for
            await asyncio.sleep(0.02)


async def supervised(
    folder: Path, programs: list[Program], said: list[str], *, patience_s: float = 60
) -> "asyncio.Task[None]":
    """Supervision under way, every program ready."""
    task = asyncio.create_task(supervise(programs, RunFolder(folder), said.append, patience_s=patience_s))

    def is_ready() -> bool:
        record = RunFolder(folder).read()
        return task.done() or (record is not None and record.state == READY)

    await eventually(is_ready)
    return task


@in_a_loop
async def test_programs_run_until_somebody_asks_to_stop(tmp_path: Path) -> None:
    task = await supervised(tmp_path, [program(tmp_path, "a"), program(tmp_path, "b", stage=1)], [])
    running = processes(tmp_path)

    assert all(is_alive(one) for one in running.values())
    os.kill(os.getpid(), signal.SIGTERM)
    await task

    assert [one for one in running.values() if is_alive(one)] == []
    assert left(tmp_path) == []


@in_a_loop
async def test_a_program_that_is_killed_is_reported_and_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    task = await supervised(tmp_path, [program(tmp_path, "a")], said)
    first = processes(tmp_path)["a"]

    os.kill(first.pid, signal.SIGKILL)
    await eventually(lambda: "a serves again." in said)

    record = RunFolder(tmp_path).read()
    assert record is not None
    assert (record.programs[0].restarts, record.programs[0].process != first) == (1, True)
    assert said[0] == "a ended (killed by SIGKILL); it is started again in 0.25 s."
    os.kill(os.getpid(), signal.SIGTERM)
    await task


@in_a_loop
async def test_a_program_without_what_it_needs_is_begun_again_after_it(tmp_path: Path) -> None:
    said: list[str] = []
    ledger = program(tmp_path, "ledger")
    engine = replace(program(tmp_path, "engine", stage=1), needs="ledger")
    task = await supervised(tmp_path, [engine, ledger], said)
    before = processes(tmp_path)
    assert before["ledger"].born <= before["engine"].born

    send(before["ledger"], signal.SIGKILL)
    await eventually(lambda: "engine serves again." in said)
    after = processes(tmp_path)
    assert after["ledger"] != before["ledger"]
    assert after["engine"] != before["engine"]
    assert not is_alive(before["engine"])
    assert said.index("ledger serves again.") < said.index("engine serves again.")

    os.kill(os.getpid(), signal.SIGTERM)
    await task
    assert not any(is_alive(one) for one in after.values())


@in_a_loop
async def test_a_program_that_others_need_goes_on_when_one_of_them_ends(tmp_path: Path) -> None:
    said: list[str] = []
    ledger = program(tmp_path, "ledger")
    engine = replace(program(tmp_path, "engine", stage=1), needs="ledger")
    task = await supervised(tmp_path, [ledger, engine], said)
    before = processes(tmp_path)

    send(before["engine"], signal.SIGKILL)
    await eventually(lambda: "engine serves again." in said)
    assert processes(tmp_path)["ledger"] == before["ledger"]

    os.kill(os.getpid(), signal.SIGTERM)
    await task


@in_a_loop
async def test_nothing_waits_for_a_program_that_cannot_start(tmp_path: Path) -> None:
    ledger = program(tmp_path, "ledger", "fail")
    engine = replace(program(tmp_path, "engine", stage=1), needs="ledger")
    with pytest.raises(StartFailed, match=r"The key file is missing\."):
        await supervise([ledger, engine], RunFolder(tmp_path), list[str]().append, patience_s=60)
    assert left(tmp_path) == []


@in_a_loop
async def test_pauses_grow_while_a_program_keeps_ending(tmp_path: Path) -> None:
    said: list[str] = []
    task = await supervised(tmp_path, [program(tmp_path, "a", "short")], said)
    await eventually(lambda: any("in 1 s" in sentence for sentence in said))
    os.kill(os.getpid(), signal.SIGTERM)
    await task

    assert [sentence for sentence in said if "in 0.25 s" in sentence]
    assert [sentence for sentence in said if "in 0.5 s" in sentence]


@in_a_loop
async def test_a_program_that_cannot_start_ends_all_with_its_last_words(tmp_path: Path) -> None:
    programs = [program(tmp_path, "a"), program(tmp_path, "b", "fail")]

    with pytest.raises(StartFailed, match=r"b could not start \(exit status 2\).*The key file is missing\."):
        await supervise(programs, RunFolder(tmp_path), print, patience_s=60)

    assert left(tmp_path) == []


@in_a_loop
async def test_a_program_that_is_never_ready_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="Not ready after 1 s: a"):
        await supervise([program(tmp_path, "a", "silent")], RunFolder(tmp_path), print, patience_s=1)


@in_a_loop
async def test_a_program_that_ignores_the_wish_to_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_GRACE_S", 0.3)
    said: list[str] = []
    task = await supervised(tmp_path, [program(tmp_path, "a", "stubborn")], said)
    stubborn = processes(tmp_path)["a"]
    os.kill(os.getpid(), signal.SIGTERM)
    await task

    assert not is_alive(stubborn)
    assert said == ["a did not end in 0.3 s and is killed."]


@in_a_loop
async def test_work_that_fails_ends_every_program(tmp_path: Path) -> None:
    async def during() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await supervise([program(tmp_path, "a")], RunFolder(tmp_path), print, patience_s=60, during=during)

    assert left(tmp_path) == []


@in_a_loop
async def test_a_folder_has_one_supervisor_at_a_time(tmp_path: Path) -> None:
    with RunFolder(tmp_path).held(), pytest.raises(AlreadyRunning):
        await supervise([], RunFolder(tmp_path), print, patience_s=1)


def test_programs_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    code = (
        "import asyncio, pathlib\n"
        "from tallychain.node.record import RunFolder\n"
        "from tallychain.node.supervisor import Program, supervise\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        f"one = Program('a', {MODULE!r}, ('serve',), folder / 'a.log')\n"
        "asyncio.run(supervise([one], RunFolder(folder), print, patience_s=60))\n"
    )
    killed = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 90
    while (record := RunFolder(tmp_path).read()) is None or record.state != READY:
        assert time.monotonic() < deadline
        time.sleep(0.05)

    killed.kill()
    killed.wait()

    assert end([], 0) == []
    orphan = record.programs[0].process
    while is_alive(orphan):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert RunFolder(tmp_path).end(1.0) is not None
    assert left(tmp_path) == []


def test_a_record_that_is_damaged_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{")

    assert RunFolder(tmp_path).read() is None
    assert RunFolder(tmp_path).end() is None


def test_a_number_given_to_another_process_is_not_taken_for_ours(tmp_path: Path) -> None:
    sleeping = subprocess.Popen(["sleep", "60"])
    found = process(sleeping.pid)
    assert found is not None
    other = Process(found.pid, found.born + 1)

    send(other, signal.SIGKILL)
    RunFolder(tmp_path).write(RunRecord(READY, other, (Running("a", other, 0),)))
    RunFolder(tmp_path).end(0.2)

    assert is_alive(found)
    assert memory_bytes(found) > 0
    assert end([found], 5) == []
    assert sleeping.wait() == -signal.SIGTERM
    assert memory_bytes(found) == 0
    send(found, signal.SIGKILL)
