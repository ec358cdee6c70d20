"""The ledger process beside the engine, with the toy contract; the engine's calls are written down where `CALLS` says."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tallychain.engine.cometbft import grammar, process
from tallychain.engine.cometbft.calls import Begun, Block, Finalized, Info, InitChain, Proposal
from tallychain.engine.cometbft.driven import DrivenApplication
from tallychain.engine.cometbft.grammar import Called
from tallychain.engine.cometbft.main import main
from tallychain.engine.tests import toy

VARIABLE = "CALLS"


def _note(name: str, height: int = 0) -> None:
    with Path(os.environ[VARIABLE]).open("a") as file:
        file.write(f"{name} {height}\n")


def sessions(path: Path) -> list[list[Called]]:
    """The calls of one engine after the other; each begins by asking how the application stands."""
    found: list[list[Called]] = []
    for line in path.read_text().splitlines():
        name, height = line.split(" ")
        if name == grammar.INFO:
            found.append([])
        found[-1].append(Called(name, int(height)))
    return found


class _Noted(DrivenApplication):
    def info(self) -> Info:
        answer = super().info()
        _note(grammar.INFO, answer.height)
        return answer

    def init_chain(self, call: InitChain) -> Begun:
        _note(grammar.INIT_CHAIN)
        return super().init_chain(call)

    def prepare(self, call: Proposal) -> Sequence[bytes]:
        _note(grammar.PREPARE, call.height)
        return super().prepare(call)

    def process(self, call: Block) -> bool:
        _note(grammar.PROCESS, call.height)
        return super().process(call)

    def finalize(self, call: Block) -> Finalized:
        _note(grammar.FINALIZE, call.height)
        return super().finalize(call)

    def commit(self) -> int:
        answer = super().commit()
        _note(grammar.COMMIT, self.inner.height)
        return answer


if __name__ == "__main__":
    if VARIABLE in os.environ:
        # Every call is passed on as before.
        setattr(process, "DrivenApplication", _Noted)  # noqa: B010 - the name is not one that the module gives out
    sys.exit(main(sys.argv[1:], toy.CATALOGUE))
