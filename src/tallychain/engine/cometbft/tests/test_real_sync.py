"""A second node that takes the state over from the first, on the real engine."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tallychain.engine.client import LedgerClient
from tallychain.engine.cometbft.home import EngineValidator, Home, engine_genesis
from tallychain.engine.cometbft.nodekeys import EngineKey, node_id_of
from tallychain.engine.cometbft.settings import EngineSettings, SyncSettings
from tallychain.engine.cometbft.template import config_text
from tallychain.engine.cometbft.tests.driving import document
from tallychain.engine.cometbft.tests.onenode import PATIENCE_S, STORY_S, OneNode, submitted
from tallychain.engine.port import EngineRefused
from tallychain.ledger.founders import GenesisNode, GenesisValidator
from tallychain.ledger.genesis import genesis_digest, read_genesis
from tallychain.ledger.validators import OBSERVER, VALIDATOR
from tallychain.testkit.ports import free_port

pytestmark = pytest.mark.slow

KEYS = [EngineKey(name.ljust(32, b".")) for name in (b"sync consensus 1", b"sync consensus 2")]
NODE_KEYS = [EngineKey(name.ljust(32, b".")) for name in (b"sync node 1", b"sync node 2")]
IDS = [node_id_of(key.public) for key in NODE_KEYS]
TEXT = document(
    validators=(GenesisValidator("bank-a", KEYS[0].public, 10),),
    nodes=(GenesisNode(IDS[0], "bank-a", VALIDATOR), GenesisNode(IDS[1], "bank-b", OBSERVER)),
)


TRUSTED = 5
"""Not block 1, whose time is that of genesis, long before what a header may be trusted for."""


async def reached(client: LedgerClient, height: int) -> None:
    while (await client.status()).height < height:  # noqa: ASYNC110  # another process is waited for
        await asyncio.sleep(0.2)


@dataclass
class Node(OneNode):
    """One of two nodes that know each other."""

    number: int = 0
    p2p_port: int = field(default_factory=free_port)

    def prepare(self, *, peer: "Node | None" = None, sync: SyncSettings | None = None) -> None:
        self.root.mkdir()
        home = Home(self.root / "e")
        home.make(KEYS[self.number], NODE_KEYS[self.number])
        settings = EngineSettings(
            listen=f"127.0.0.1:{self.p2p_port}",
            rpc_port=self.rpc_port,
            metrics_port=0,
            same_machine=True,
            idle_ms=1_000,
            log_level="*:info",
            peers=() if peer is None else (f"{IDS[peer.number]}@127.0.0.1:{peer.p2p_port}",),
            sync=sync,
        )
        genesis = read_genesis(TEXT)
        validators = tuple(EngineValidator(one.member, one.key, one.power) for one in genesis.validators)
        begun = engine_genesis(genesis.chain, genesis.time_ms, genesis_digest(TEXT).hex(), validators)
        proxy = f"unix://{self.root / 'l' / 'abci.sock'}"
        home.put_in_order(config_text(settings, moniker=f"n{self.number}", proxy_app=proxy), begun)
        (self.root / "genesis.json").write_bytes(TEXT)

    def hash_at(self, height: int) -> str:
        found = httpx.get(f"{self.rpc}/commit?height={height}", timeout=120, trust_env=False).json()
        return str(found["result"]["signed_header"]["commit"]["block_id"]["hash"])


def test_a_joining_node_takes_a_snapshot_over_and_goes_on_with_the_chain(tmp_path: Path) -> None:
    async def story() -> None:
        first, second = Node(tmp_path / "1", TEXT), Node(tmp_path / "2", TEXT, number=1)
        try:
            first.prepare()
            first.start_ledger("--snapshot-interval", "3")
            first.start_engine()
            giving = first.client()
            for _ in range(8):
                await submitted(giving, first)
            trusted = await asyncio.to_thread(first.hash_at, TRUSTED)
            servers = (f"127.0.0.1:{first.rpc_port}",) * 2
            second.prepare(peer=first, sync=SyncSettings(height=TRUSTED, hash=trusted, servers=servers))
            second.start()
            taking = second.client(patience_s=PATIENCE_S)
            target = (await giving.status()).height
            await reached(taking, target)
            with pytest.raises(EngineRefused, match="BLOCK_NOT_KEPT"):
                await taking.block(1)
            answer, operation = await submitted(giving, first)
            await reached(taking, answer.height)
            receipt = await taking.receipt(operation)
            assert receipt is not None
            assert receipt.receipt == answer.results[0]
            assert (await taking.check()).failures == []
            await giving.close()
            await taking.close()
        finally:
            for node in (second, first):
                node.kill_engine()
                node.kill_ledger()

    asyncio.run(asyncio.wait_for(story(), STORY_S))
