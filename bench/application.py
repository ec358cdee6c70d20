"""What each of the engine's calls costs one node: processor time an operation, through the engine's own messages and without an engine.

``python -m bench.application --operations 4000 --json build/application.json``

Processor time is what is compared: it is nearly the same on a machine with other work.
"""

import argparse
import cProfile
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import msgspec
from google.protobuf.timestamp_pb2 import Timestamp

from bench.alliance import load
from bench.machine import machine
from tallychain.catalogue import CATALOGUE
from tallychain.contracts.vouchers.state import VOUCHERS
from tallychain.crypto.digest import sha256
from tallychain.crypto.pool import VerifierPool
from tallychain.engine.admissions import Admissions
from tallychain.engine.cometbft import translate
from tallychain.engine.cometbft.application import Application
from tallychain.engine.cometbft.opening import open_application
from tallychain.engine.cometbft.stubs import abci_pb2 as abci
from tallychain.engine.memory import settle_memory

TREE_DEPTH = 18


class Driver:
    """An engine's questions in an engine's order, with the processor time of each."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.spent: dict[str, float] = defaultdict(float)

    def block(self, envelopes: Sequence[bytes]) -> None:
        """Envelopes arrive, are proposed, voted on, decided and written."""
        for tx in envelopes:
            self._ask("check_tx", abci.Request(check_tx=abci.RequestCheckTx(tx=tx)))
        height, now = self.application.height + 1, Timestamp()
        now.FromMilliseconds(load.wall_ms())
        asked = abci.RequestPrepareProposal(height=height, time=now, txs=envelopes, max_tx_bytes=4_000_000)
        txs = self._ask("prepare_proposal", abci.Request(prepare_proposal=asked)).prepare_proposal.txs
        if len(txs) != len(envelopes):
            raise RuntimeError("not everything was proposed")
        name = sha256(height.to_bytes(8, "big"))
        proposed = abci.RequestProcessProposal(height=height, time=now, hash=name, txs=txs)
        answer = self._ask("process_proposal", abci.Request(process_proposal=proposed))
        if answer.process_proposal.status != abci.ResponseProcessProposal.ACCEPT:
            raise RuntimeError("the block was not accepted")
        decided = abci.RequestFinalizeBlock(height=height, time=now, hash=name, txs=txs)
        self._ask("finalize_block", abci.Request(finalize_block=decided))
        self._ask("commit", abci.Request(commit=abci.RequestCommit()))
        for answers in self.application.reading.block(height).results:
            if any(b'"done"' not in answer for answer in answers):
                raise RuntimeError(f"an operation of the load was not done: {answers[0]!r}")

    def _ask(self, name: str, request: abci.Request) -> abci.Response:
        raw = request.SerializeToString()
        begun = time.process_time()
        response = translate.answer(self.application, abci.Request.FromString(raw))
        answered = response.SerializeToString()
        self.spent[name] += time.process_time() - begun
        return abci.Response.FromString(answered)


def main() -> None:
    """Measure, print, and write JSON if asked to."""
    options = _options()
    world = load.world_of_now(4)
    document = world.genesis(TREE_DEPTH)
    maker = load.Maker(world, "first")
    preparing = list(maker.vouchers(load.ENVELOPE_OPERATIONS * options.lines))
    lines = load.lines(world, list(world.reader.iterate(VOUCHERS)), options.operations, options.makers)
    with tempfile.TemporaryDirectory() as folder, VerifierPool(0) as pool:
        application = open_application(
            Path(folder), CATALOGUE, Admissions(pool), load.wall_ms, genesis=document
        )
        settle_memory()
        driver = Driver(application)
        profile = cProfile.Profile()
        try:
            for group in preparing:
                for start in range(0, len(group), options.lines):
                    driver.block(group[start : start + options.lines])
            driver.spent.clear()
            if options.profile is not None:
                profile.enable()
            for envelopes in zip(*lines, strict=True):
                driver.block(envelopes)
            profile.disable()
        finally:
            application.close()
    if options.profile is not None:
        profile.dump_stats(options.profile)
    operations = load.ENVELOPE_OPERATIONS * sum(map(len, lines))
    report: dict[str, object] = {
        "machine": machine(),
        "operations": operations,
        "block_operations": load.ENVELOPE_OPERATIONS * options.lines,
        "cpu_ms_per_operation": {
            name: round(1_000 * spent / operations, 4) for name, spent in driver.spent.items()
        },
        "cpu_ms_per_operation_of_all": round(1_000 * sum(driver.spent.values()) / operations, 4),
    }
    text = msgspec.json.format(msgspec.json.encode(report), indent=2)
    sys.stdout.buffer.write(text + b"\n")
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_bytes(text + b"\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.application", description=__doc__)
    parser.add_argument("--operations", type=int, default=8_000)
    parser.add_argument("--lines", type=int, default=10, help="envelopes of 100 operations in a block")
    parser.add_argument("--makers", type=int, default=2, help="processes that seal beforehand")
    parser.add_argument("--profile", type=Path, metavar="FILE", help="with cProfile, whose figures go there")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
