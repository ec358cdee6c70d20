"""The home folder of a node of the engine: made once with its keys, and put in order before every start.

::

    config/config.toml               written again at every start
    config/genesis.json              how the chain begins, for the engine; follows from our own genesis document
    config/priv_validator_key.json   the consensus key (0600)
    config/node_key.json             the node key (0600)
    data/priv_validator_state.json   what the validator signed last; never put back to an older one
    data/                            blocks, state and the engine's own log of what it was about to do
"""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tallychain.engine.cometbft.nodekeys import (
    EngineKey,
    address_of,
    node_id_of,
    public_json,
    read_engine_key,
    write_consensus_key,
    write_node_key,
)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BLOCK_BYTES_MAX: Final = 4 * 1024 * 1024
_EVIDENCE_BLOCKS: Final = 100_000
_EVIDENCE_NS: Final = 14 * 86_400 * 1_000_000_000
"""Longer than the time for which a header may be trusted, so that who lies to a light client can still be shown to have lied."""
_EVIDENCE_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class EngineValidator:
    """A validator that the chain begins with."""

    member: str
    key: str
    """Consensus key, `ed25519:<hex>`."""
    power: int


class Home:
    """The folder and what lies in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config = root / "config" / "config.toml"
        self.genesis = root / "config" / "genesis.json"
        self.consensus_key = root / "config" / "priv_validator_key.json"
        self.node_key = root / "config" / "node_key.json"
        self.signed = root / "data" / "priv_validator_state.json"

    def make(self, consensus: EngineKey, node: EngineKey) -> None:
        """Make the folder with its keys, for its owner alone; raises `EngineKeyRefused` where keys are there already."""
        for folder in (self.root, self.config.parent, self.signed.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_consensus_key(self.consensus_key, consensus)
        write_node_key(self.node_key, node)
        if not self.signed.exists():
            _write(self.signed, json.dumps({"height": "0", "round": 0, "step": 0}, indent=2).encode() + b"\n")

    def consensus(self) -> EngineKey:
        """The consensus key; raises `EngineKeyRefused`."""
        return read_engine_key(self.consensus_key)

    def node(self) -> EngineKey:
        """The node key; raises `EngineKeyRefused`."""
        return read_engine_key(self.node_key)

    @property
    def node_id(self) -> str:
        """The id under which other nodes know this one; raises `EngineKeyRefused`."""
        return node_id_of(self.node().public)

    def put_in_order(self, config: str, genesis: bytes) -> None:
        """Write what the engine reads at its start; its keys and data are left as they are."""
        _write(self.config, config.encode())
        _write(self.genesis, genesis)


def engine_genesis(chain: str, time_ms: int, digest: str, validators: tuple[EngineValidator, ...]) -> bytes:
    """
    How the chain begins, for the engine: the same bytes on every node, because they follow from our genesis document alone.

    `digest` is the digest of that document; the ledger refuses to begin with an engine that names another.
    """
    document = {
        "genesis_time": _time_text(time_ms),
        "chain_id": chain,
        "initial_height": "1",
        "consensus_params": {
            "block": {"max_bytes": str(_BLOCK_BYTES_MAX), "max_gas": "-1"},
            "evidence": {
                "max_age_num_blocks": str(_EVIDENCE_BLOCKS),
                "max_age_duration": str(_EVIDENCE_NS),
                "max_bytes": str(_EVIDENCE_BYTES),
            },
            "validator": {"pub_key_types": ["ed25519"]},
            "version": {"app": "0"},
            "abci": {"vote_extensions_enable_height": "0"},
        },
        "validators": [
            {
                "address": address_of(one.key),
                "pub_key": public_json(one.key),
                "power": str(one.power),
                "name": one.member,
            }
            for one in validators
        ],
        "app_hash": "",
        "app_state": {"genesis": digest},
    }
    return json.dumps(document, indent=2).encode() + b"\n"


def _time_text(time_ms: int) -> str:
    moment = _EPOCH + timedelta(milliseconds=time_ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + f".{time_ms % 1000:03d}000000Z"


def _write(path: Path, data: bytes) -> None:
    """Replace a file, whole or not at all; for its owner alone."""
    partial = path.with_name(path.name + ".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
