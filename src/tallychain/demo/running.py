"""The whole demonstration: a fresh alliance, the story, the summary, and an end that leaves nothing behind."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tallychain.demo.figures import summary
from tallychain.demo.proofs import prove
from tallychain.demo.script import STUDY_SEED
from tallychain.demo.stage import Interrupted, Row, Say, Stage
from tallychain.demo.story import Story
from tallychain.ledger.founders import EMBEDDED
from tallychain.network import running
from tallychain.network.alliance import read_alliance, read_calendar
from tallychain.network.layout import Layout
from tallychain.network.making import Making, make

Show = Callable[[Stage, Story, Row], None]
"""Shows the summary; called while everything runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """What to play, and where."""

    data: Path
    seed: int = STUDY_SEED
    directory: Path | None = None
    """Where the alliance is made; a temporary folder unless given."""
    keep: bool = False
    """Whether the folder stays; one that was given always does."""
    leave: bool = False
    """Whether to end after the story instead of waiting for Ctrl-C."""
    engine: str = EMBEDDED
    """Or `cometbft`: a node for each validator."""


def demonstrate(wanted: Demonstration, say: Say, show: Show) -> Path | None:
    """Play the demonstration until its end or SIGINT; the folder, if it was kept."""
    folder = wanted.directory or Path(tempfile.mkdtemp(prefix="tally-demo-"))
    kept = wanted.keep or wanted.directory is not None
    try:
        began = time.monotonic()
        _make(wanted, folder)
        timings = {"make": time.monotonic() - began}
        say(f"Made an alliance in {folder} in {timings['make']:.1f} s; starting it …")
        asyncio.run(_run(wanted, folder, timings, say, show))
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)
    return folder if kept else None


def _make(wanted: Demonstration, folder: Path) -> None:
    alliance = read_alliance(wanted.data / "alliance.json")
    calendar = read_calendar(wanted.data / "calendar-2026.json")
    making = Making(
        alliance=alliance, calendar=calendar, chain="demo-1", seed=wanted.seed, engine=wanted.engine
    )
    make(folder, making)


async def _run(wanted: Demonstration, folder: Path, timings: dict[str, float], say: Say, show: Show) -> None:
    began = time.monotonic()

    async def during() -> None:
        timings["start"] = time.monotonic() - began
        what = "the ledger" if wanted.engine == EMBEDDED else "every node"
        say(f"Started {what} and every gateway in {timings['start']:.1f} s.")
        stage = Stage(Layout(folder), say)
        working = asyncio.create_task(asyncio.to_thread(_play, stage, wanted, timings, show))
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            # The thread notices at its next act; its connections fail as soon as the gateways are gone.
            stage.ended = True
            raise
        if not wanted.leave:
            await asyncio.Event().wait()

    await running.run(Layout(folder), say, during)


def _play(stage: Stage, wanted: Demonstration, timings: dict[str, float], show: Show) -> None:
    began = time.monotonic()
    story = Story(stage, wanted.data, wanted.seed, whole=wanted.leave)
    try:
        story.play()
        proof = prove(stage, "s2", story.moves["s1", "s2"])
        timings["story"] = time.monotonic() - began
        timings["total"] = sum(timings.values())
        rounded = {name: round(seconds, 2) for name, seconds in timings.items()}
        show(stage, story, summary(stage, story, proof, rounded))
    except Interrupted:
        stage.say("Interrupted.")
    finally:
        stage.close()
