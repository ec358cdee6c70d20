"""Restore drills: a machine, a gateway or a ledger is lost while vouchers pass through, and comes back from a backup."""

import asyncio
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tallychain.catalogue import CATALOGUE
from tallychain.crypto.pool import VerifierPool
from tallychain.engine.embedded.checks import check
from tallychain.engine.embedded.opening import open_chain
from tallychain.node.backup import BackupChoice, BackupMade, backup_node
from tallychain.node.config import load_node
from tallychain.node.restore import Restored, restore_node
from tallychain.node.rewinding import rewind_gateway
from tests.faults.load import Told, under_load
from tests.faults.test_kill_alliance import MEMBERS, receipts_in, used_nonces
from tests.running import PATIENCE_S, Caller, Processes, calling, caught_up, described, running

SEED = 20_261_127
pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


def node_file(processes: Processes, member: str) -> Path:
    """Settings of a node: the alliance's ledger with the gateway of one member."""
    layout = processes.layout
    path = layout.member(member) / "node.toml"
    path.write_text(
        "\n".join(
            [
                f'ledger = "{layout.ledger}"',
                f'genesis = "{layout.genesis}"',
                f'sequencer_key = "{layout.sequencer_key}"',
                f'passphrase_file = "{layout.passphrase}"',
            ]
        )
    )
    return path


async def backed_up(processes: Processes, folder: Path, *members: str) -> dict[str, BackupMade]:
    """A backup of each of these nodes, one after another, while they run."""
    made = {}
    for member in members:
        node = load_node(node_file(processes, member))
        made[member] = await backup_node(node, BackupChoice(destination=folder))
    return made


async def restored(made: BackupMade, target: Path, part: str) -> Restored:
    shutil.rmtree(target)
    found: Restored = await asyncio.to_thread(restore_node, Path(made.folder), target, part=part)  # type: ignore[arg-type]  # one of the parts
    return found


async def all_settled(processes: Processes) -> None:
    """Every gateway has rows of the newest block and nothing without an end."""
    for member in MEMBERS:
        async with calling(processes, member, "maker") as (maker,):
            await caught_up(processes, maker)
            deadline = time.monotonic() + PATIENCE_S
            while (await ready(maker))["outbox_open"]:
                assert time.monotonic() < deadline, await ready(maker)
                await asyncio.sleep(0.1)


async def ready(caller: Caller) -> dict[str, int]:
    found: dict[str, int] = (await caller.get("/v1/ready")).json()
    return found


def receipts(processes: Processes) -> Counter[str]:
    """How often each operation has a receipt, on a chain that holds in every respect; one nonce is one operation."""
    with VerifierPool(0) as pool:
        chain = open_chain(processes.layout.ledger, CATALOGUE, processes.keys.sequencer, pool)
        try:
            assert check(chain).failures == []
            blocks = [chain.block(height) for height in range(1, chain.height + 1)]
        finally:
            chain.close()
    found = Counter(receipt.operation for block in blocks for receipt in receipts_in(block))
    nonces = used_nonces(blocks, set(found))
    assert len(set(nonces)) == len(found), "one request became two operations"
    return found


def once(found: Counter[str], acknowledged: set[str]) -> None:
    """Nothing that was acknowledged is lost, and nothing was done twice."""
    assert set(found.values()) == {1}, "an operation was applied twice"
    assert acknowledged <= set(found), f"{len(acknowledged - set(found))} acknowledged operations are lost"


async def ends(processes: Processes, member: str) -> int:
    """The exit status of a gateway that is started and does not stay."""
    processes._spawn(member)
    process = processes.kept[member].process
    assert process is not None
    return await asyncio.to_thread(process.wait, PATIENCE_S)


def test_after_the_loss_of_the_machine_nothing_of_the_backup_is_lost_and_nothing_is_doubled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story() -> tuple[set[str], Told, dict[str, BackupMade], Restored, Counter[str]]:
        async with running(tmp_path / "net", described(MEMBERS)) as processes:
            async with under_load(processes, SEED) as told:
                await told.grows(60)
                acknowledged = set(told.operations)
                made = await backed_up(processes, tmp_path / "backups", *MEMBERS)
                await told.grows(40)
            assert len(told.operations) > len(acknowledged) > 0
            processes.end_hard()
            layout = processes.layout
            # The last copy of the ledger is the one that is behind no gateway.
            ledger = await restored(made[MEMBERS[-1]], layout.ledger, "ledger")
            for member in MEMBERS:
                await restored(made[member], layout.member(member), "gateway")
            await processes.start()
            await all_settled(processes)
            async with under_load(processes, SEED + 1, "later") as later:
                await later.grows(30)
            assert later.stories > 0
            await all_settled(processes)
            await processes.stop()
            found = receipts(processes)
            once(found, acknowledged | set(later.operations))
            return acknowledged, told, made, ledger, found

    acknowledged, told, made, ledger, found = asyncio.run(story())
    last = made[MEMBERS[-1]]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(acknowledged)} acts acknowledged before the backups, {len(told.operations)} before the loss, {sum(found.values())} receipts at the end;"
            f" backup of a node {last.seconds} s for {last.bytes // 1024} KiB at block {last.height}, ledger restored and checked in {ledger.seconds} s\n"
        )


def test_a_gateway_that_comes_back_from_an_older_copy_doubles_nothing_on_the_ledger_that_stayed(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with running(tmp_path / "net", described(MEMBERS)) as processes:
            async with under_load(processes, SEED + 2) as told:
                await told.grows(40)
                made = await backed_up(processes, tmp_path / "backups", "bank-a", "ce-a")
                await told.grows(40)
            # Idle, so that all that was acknowledged has left the outboxes: what has not is lost with the disk.
            await all_settled(processes)
            processes.kill("bank-a", "ce-a")
            for member, one in made.items():
                await restored(one, processes.layout.member(member), "gateway")
            await processes.start("bank-a", "ce-a")
            await all_settled(processes)
            async with under_load(processes, SEED + 3, "later") as later:
                await later.grows(30)
            assert later.stories > 0
            await all_settled(processes)
            await processes.stop()
            once(receipts(processes), set(told.operations) | set(later.operations))

    asyncio.run(story())


def test_a_gateway_says_that_an_older_copy_of_the_ledger_was_put_back_and_goes_on_only_when_told(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with running(tmp_path / "net", described(MEMBERS)) as processes:
            async with under_load(processes, SEED + 4) as told:
                await told.grows(40)
                before = set(told.operations)
                made = (await backed_up(processes, tmp_path / "backups", "bank-a"))["bank-a"]
                await told.grows(40)
            await all_settled(processes)
            await processes.stop()
            await restored(made, processes.layout.ledger, "ledger")
            await processes.start("ledger")
            for member in MEMBERS:
                assert await ends(processes, member) == 2
                assert "an older copy of the ledger was put back" in processes.log(member)
                done = await rewind_gateway(load_node(node_file(processes, member)))
                # A chain at rest closes its last block with an empty one, which may be the same as before.
                assert made.height <= done.common <= made.height + 1 < done.seen
            await processes.start(*MEMBERS)
            await all_settled(processes)
            await processes.stop()
            found = receipts(processes)
            once(found, before)
            # On a driven clock nothing is out of time, so what was gone with the blocks is there again.
            assert set(told.operations) <= set(found)

    asyncio.run(story())
