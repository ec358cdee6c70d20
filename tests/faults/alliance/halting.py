"""What tests of halts ask: whether those who are left can go no further, what the ledger has recorded, and operations that expire while nobody decides."""

import random

import httpx
import msgspec

from tallychain.crypto.keys import SealingKey, signing_key_from_seed
from tallychain.crypto.schemes import ED25519
from tallychain.engine.client import LedgerClient
from tallychain.ledger import codec
from tallychain.ledger.genesis import read_genesis
from tallychain.ledger.outages import OUTAGES, OutageRow
from tallychain.network.keys import KeySource
from tests.faults.alliance.four import MEMBERS, SEED, Four
from tests.faults.load import Maker
from tests.nodes import until
from tests.running import Caller, Processes, described

AUTHOR = "ce-a"
AWAY = ("bank-b", "settle-a")
PREVOTE = 4
"""The number of this step in the engine; those before it still wait for a proposal."""


def dated(four: Four, time_ms: int) -> None:
    """Have the chain begin at this time: its first block carries it, as the first block after a halt carries the time before it."""
    genesis = read_genesis(four.layout.genesis.read_bytes())
    four.layout.genesis.write_bytes(codec.encode(msgspec.structs.replace(genesis, time_ms=time_ms)))


def processes_of(four: Four) -> Processes:
    """The alliance as helpers of other tests know one."""
    return Processes(four.layout, four.layout.read(), described(MEMBERS), KeySource(SEED))


def signer(four: Four) -> Maker:
    """Signs issues of a voucher with the author's own keys; what they lean on does not exist."""
    tag = signing_key_from_seed(ED25519, bytes(32)).public
    receiver = {"tag": tag, "sealing": SealingKey.from_seed(bytes(32)).public, "sponsor": "bank-a"}
    unbacked = {"receiver": receiver, "payable": "0" * 64, "invoices": [{"fingerprint": "0" * 64}]}
    return Maker(processes_of(four), random.Random(SEED), [unbacked])


async def newest_ms(caller: Caller) -> int:
    """The time of the newest block that a gateway knows; 0 before the first."""
    rows = (await caller.insist("GET", "/v1/blocks?limit=1")).json()
    return int(rows[0]["time_ms"]) if rows else 0


async def outages(four: Four) -> list[OutageRow]:
    """The outages that the ledger has recorded."""
    client = LedgerClient(four.layout.node_socket(AUTHOR))
    try:
        answer = await client.scan(OUTAGES.key())
        return [codec.decode(OutageRow, row) for _, row in answer.rows]
    finally:
        await client.close()


def until_it_stands(four: Four) -> None:
    """Wait until those who are left have voted, on a proposal or on none, and can go no further."""
    before: list[str] = []

    def stands() -> bool:
        nonlocal before
        last, before = before, [_step(four.rpc(member)) for member in MEMBERS if member not in AWAY]
        return last == before and all(int(step.rpartition("/")[2]) >= PREVOTE for step in before)

    until(stands, pause_s=1)


def _step(rpc: str) -> str:
    """Height, round and step of an engine's consensus, with slashes between."""
    answer = httpx.get(f"{rpc}/consensus_state", timeout=20, trust_env=False).json()
    return str(answer["result"]["round_state"]["height/round/step"])
