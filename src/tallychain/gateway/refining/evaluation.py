"""Evaluates a refinement in a process that is thrown away: what fails, crashes or takes too long is a refusal, never a yes."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from tallychain.gateway.problems import Problem
from tallychain.gateway.refining.language import VARIABLES, check_source, not_valid
from tallychain.gateway.refining.worker import CPU_S, NOT_INSTALLED, NOT_READ

Values = Mapping[str, str | int | bool]

WALL_S: Final = 60.0
"""Until a process that is not let run is given up; what it may use itself is bounded by processor time."""
ROWS_MOST: Final = 500
ALWAYS: Final = "true"
"""The expression that refines nothing, so that two persons can end a refinement; it needs no library."""
EXAMPLE: Final[Values] = {name: kind() for name, (kind, _, _) in VARIABLES.items()}


async def evaluated(source: str, rows: Sequence[Values]) -> list[bool | str]:
    """
    What an expression says of each row: true, false, or a text where it fails.

    Raises `GATEWAY_REFINEMENT_NOT_VALID`, `GATEWAY_REFINEMENT_FAILED`, `GATEWAY_REFINEMENT_NOT_INSTALLED`.
    """
    check_source(source)
    if source.strip() == ALWAYS:
        return [True] * len(rows)
    given = msgspec.json.encode({"expression": source, "rows": [dict(row) for row in rows[:ROWS_MOST]]})
    code, answer = await _run(given)
    if code == NOT_INSTALLED:
        raise Problem("GATEWAY_REFINEMENT_NOT_INSTALLED")
    if code == NOT_READ:
        raise not_valid(answer.decode(errors="replace"))
    if code != 0:
        raise Problem("GATEWAY_REFINEMENT_FAILED", detail=f"it ended its process or took more than {CPU_S} s")
    return msgspec.json.decode(answer, type=list[bool | str])


async def check_whole(source: str) -> None:
    """Refuse what the library does not read, or what is neither true nor false for an ordinary row; raises as `evaluated`."""
    (answer,) = await evaluated(source, [EXAMPLE])
    # A division by what is 0 in the example, say, is no fault of the expression's form.
    if isinstance(answer, str) and "neither" in answer:
        raise not_valid(answer)


async def _run(given: bytes) -> tuple[int, bytes]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tallychain.gateway.refining.worker",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        answer, _ = await asyncio.wait_for(process.communicate(given), WALL_S)
    except TimeoutError:
        return -1, b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, answer
