"""How old the trust may be with which a gateway begins."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tallychain.engine.tests.alliance import FOUR, FakeNode, SharedChain
from tallychain.gateway.config import ConfigRefused, Folder, Settings
from tallychain.gateway.ledgers import check_trust, connected, until_begun
from tallychain.gateway.readmodel_port import BlockRow
from tallychain.ledger import codec
from tallychain.sdk.verify.headers import decode_header, header_hash


def test_a_gateway_does_not_begin_with_trust_that_is_too_old_or_that_no_node_shows(tmp_path: Path) -> None:
    chain = SharedChain(FOUR)
    for _ in range(9):
        chain.make_block()
    third = f"3:{header_hash(decode_header(chain.blocks[2].header)).hex()}"
    (tmp_path / "genesis.json").write_bytes(chain.genesis)

    def begin(newest: int | None, **settings: str | int) -> None:
        given = Settings(member="bank-a", engine="a.sock", **settings)  # type: ignore[arg-type]  # each test gives what fits
        ledger = connected(given, Folder(tmp_path))
        for node in ledger.nodes:  # type: ignore[union-attr]  # the genesis document names validators
            node.engine = FakeNode(chain)
        block = None if newest is None else chain.blocks[newest - 1]
        row = None if block is None else BlockRow(block.height, block.time_ms, 0, block.header.hex())
        asyncio.run(check_trust(ledger, row))

    begin(None)
    begin(7, trusting_days=36_500)
    begin(None, trusting_days=36_500, trusted_header=third)
    with pytest.raises(ConfigRefused, match=r"TRUST_EXPIRED: .* the genesis document"):
        begin(None, trusting_days=1)
    with pytest.raises(ConfigRefused, match=r"TRUST_EXPIRED: .* block 7"):
        begin(7, trusting_days=1, trusted_header=third)
    with pytest.raises(ConfigRefused, match="No node shows the header"):
        begin(None, trusting_days=1, trusted_header=f"99:{'00' * 32}")


def test_a_gateway_of_which_every_node_has_another_header_than_the_trusted_one_does_not_wait_for_them(
    tmp_path: Path,
) -> None:
    chain = SharedChain(FOUR)
    for _ in range(3):
        chain.make_block()
    (tmp_path / "genesis.json").write_bytes(chain.genesis)
    settings = Settings(member="bank-a", engine="a.sock", trusted_header=f"2:{'00' * 32}")
    ledger = connected(settings, Folder(tmp_path))
    ledger.nodes[0].engine = FakeNode(chain)  # type: ignore[union-attr]  # the genesis document names validators
    with pytest.raises(ConfigRefused, match=r"No node can be believed. TRUSTED_HEADER_DIFFERS"):
        asyncio.run(until_begun(ledger, again_s=0.001))


@pytest.mark.parametrize("settings", [{"trusting_days": 30}, {"trusted_header": f"2:{'00' * 32}"}])
def test_a_chain_of_one_operator_has_no_trust_to_grow_old(tmp_path: Path, settings: dict[str, Any]) -> None:
    (tmp_path / "genesis.json").write_bytes(codec.encode({"chain": "trial-1", "time_ms": 0}))
    with pytest.raises(ConfigRefused, match="remove trusted_header and trusting_days"):
        connected(Settings(member="bank-a", engine="a.sock", **settings), Folder(tmp_path))
