"""A validator whose folder is a copy follows the chain without its key, until nothing that it may have signed elsewhere can be signed again.

A copy of a validator's folder holds an older record of what its key signed.  Let to vote it could sign, for a height at which it has voted already, something else:
that is proven against it.  So the engine first runs with a key of nobody.  Once the others have made blocks that are newer than this start, every height
for which the key can have signed lies behind, if the validator ran nowhere else meanwhile; the record is raised to there, and only then the engine begins with the key.

Where the others cannot make a block without this validator it goes on following, and says so: then nobody but its operator can know whether it is safe.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from tallychain.engine.logs import Log
from tallychain.node.config import Node
from tallychain.node.engineview import Progress, progress_of

NEWER_S: Final = 5.0
"""How much newer than this start, by its own time, the first block that counts is: clocks of validators differ a little."""
BLOCKS: Final = 2
"""After that block: who voted last may have done so for the block after the newest that anybody has."""
_LOOK_S: Final = 0.25
_SAY_S: Final = 30.0
_GRACE_S: Final = 5.0


def why_to_follow(node: Node) -> str:
    """Why a node has to follow before it votes, as a sentence; empty where it need not."""
    if node.engine is None or node.engine.remote_signer or node.engine.follow_first == "never":
        return ""
    if node.engine.follow_first == "always":
        return "The settings ask for it (follow_first)."
    if node.home.is_copy:
        return "This folder was put here from another place, and its record of what was signed may be an older one."
    return ""


@dataclass(slots=True)
class Following:
    """Which block is waited for."""

    began_s: float
    counted: int = 0
    """Height of the first block that is newer than the start; 0 before it was seen."""

    def sees(self, now: Progress) -> int:
        """Take note of where the chain stands; the height up to which the key is held back, or 0 while it has to wait."""
        if now.catching_up:
            return 0
        if not self.counted and now.time_s >= self.began_s + NEWER_S:
            self.counted = now.height
        return now.height if self.counted and now.height >= self.counted + BLOCKS else 0


def follow(
    node: Node,
    log: Log,
    begin: Callable[[Node], "subprocess.Popen[bytes]"] | None = None,
    look: Callable[[str], Progress | None] | None = None,
) -> int:
    """Follow until it is safe to vote, and hold the key back up to there; the exit status of an engine that ended before, or 0."""
    process = (begin or _begin)(node)
    following, said_s = Following(time.time()), time.monotonic()
    while True:
        ended = process.poll()
        if ended is not None:
            # It ends with its ledger: nothing is known then, and the next start follows again.
            return ended or 1
        now = (look or _look)(node.rpc)
        height = 0 if now is None else following.sees(now)
        if height:
            break
        if time.monotonic() - said_s >= _SAY_S:
            said_s = time.monotonic()
            log.warning(
                "follows and does not vote: the others have made no three blocks since this start",
                height=0 if now is None else now.height,
                otherwise="if this validator certainly has voted nowhere since, set follow_first = never for one start",
            )
        time.sleep(_LOOK_S)
    _end(process)
    node.home.hold_back(height)
    node.home.settle()
    log.info("followed; votes again", after=height)
    return 0


def _begin(node: Node) -> "subprocess.Popen[bytes]":
    """The engine with a key of nobody, which the system ends when this process is gone."""
    child = ("tallychain.node.child", str(os.getpid()), "tallychain.node.engine")
    return subprocess.Popen(
        [sys.executable, "-m", *child, "--config", str(node.file), "--follower"], stdin=subprocess.DEVNULL
    )


def _look(rpc: str) -> Progress | None:
    return asyncio.run(progress_of(rpc))


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_S)
        return
    process.kill()
    process.wait()
