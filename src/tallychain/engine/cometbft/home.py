"""The home folder of a node of the engine: made once with its keys, and put in order before every start.

::

    config/config.toml               written again at every start
    config/genesis.json              how the chain begins, for the engine; follows from our own genesis document
    config/priv_validator_key.json   the consensus key (0600)
    config/node_key.json             the node key (0600)
    data/priv_validator_state.json   what the validator signed last; never put back to an older one
    data/place.json, data/here       by which a copy of this folder is told from the folder itself
    config/follower_key.json         a key of no validator, with which a copy follows the chain first
    data/                            blocks, state and the engine's own log of what it was about to do
"""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from tallychain.engine.cometbft.nodekeys import (
    EngineKey,
    EngineKeyRefused,
    address_of,
    node_id_of,
    public_json,
    read_engine_key,
    write_consensus_key,
    write_node_key,
)
from tallychain.engine.cometbft.template import FOLLOWER_SIGNER
from tallychain.ledger.engineparameters import USUAL, EngineParameters

_LAST_ROUND: Final = 2**31 - 1
_LAST_STEP: Final = 3
"""Rounds of a height are 32-bit numbers, and its last vote is the third step: after these nothing of that height is signed."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR_NS: Final = 3_600 * 1_000_000_000


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
            _write(self.signed, _signed_text(0, 0, 0))
        self.settle()

    def consensus(self) -> EngineKey:
        """The consensus key; raises `EngineKeyRefused`."""
        return read_engine_key(self.consensus_key)

    @property
    def address(self) -> str:
        """Under which the engine names this validator in its votes, in small letters; raises `EngineKeyRefused`."""
        return address_of(self.consensus().public).lower()

    def node(self) -> EngineKey:
        """The node key; raises `EngineKeyRefused`."""
        return read_engine_key(self.node_key)

    @property
    def node_id(self) -> str:
        """The id under which other nodes know this one; raises `EngineKeyRefused`."""
        return node_id_of(self.node().public)

    @property
    def signed_height(self) -> int:
        """The height for which the consensus key signed last, as the record says; raises `EngineKeyRefused`."""
        try:
            return msgspec.json.decode(self.signed.read_bytes(), type=_Signed, strict=False).height
        except (OSError, msgspec.MsgspecError) as error:
            raise EngineKeyRefused(f"{self.signed} cannot be used: {error}") from None

    def settle(self) -> None:
        """Note that this folder is the validator's own, and no copy: which files lie here, by what a copy does not take along."""
        self._here.touch(mode=0o600)
        _write(self._place, msgspec.json.encode(self._found()))

    @property
    def is_copy(self) -> bool:
        """
        Whether the folder was put here from another place after its key had signed: restored, or moved to this machine.

        An image of a whole disk that is put back takes along what this looks at, so that it is not noticed.
        """
        try:
            noted = msgspec.json.decode(self._place.read_bytes(), type=_Place)
            return noted != self._found() and self.signed_height > 0
        except (OSError, msgspec.MsgspecError):
            return self.signed_height > 0

    def hold_back(self, height: int) -> None:
        """Have the consensus key sign nothing up to and with a height, by the record that the engine asks before it signs."""
        _write(self.signed, _signed_text(max(height, self.signed_height), _LAST_ROUND, _LAST_STEP))

    def make_follower(self) -> None:
        """A new key that is no validator's, for an engine that is to follow and not to vote."""
        key, signed = self.root / FOLLOWER_SIGNER.key_file, self.root / FOLLOWER_SIGNER.signed_file
        for path in (key, signed):
            path.unlink(missing_ok=True)
        write_consensus_key(key, EngineKey.generate())
        _write(signed, _signed_text(0, 0, 0))

    @property
    def _place(self) -> Path:
        return self.signed.parent / "place.json"

    @property
    def _here(self) -> Path:
        return self.signed.parent / "here"

    def _found(self) -> "_Place":
        files = [path.stat() for path in (self._here, self.consensus_key)]
        return _Place(address_of(self.consensus().public), [(one.st_ino, one.st_ctime_ns) for one in files])

    def put_in_order(self, config: str, genesis: bytes) -> None:
        """Write what the engine reads at its start; its keys and data are left as they are."""
        _write(self.config, config.encode())
        _write(self.genesis, genesis)


class _Signed(Struct, frozen=True):
    height: Annotated[int, Meta(ge=0)]


class _Place(Struct, frozen=True, forbid_unknown_fields=True):
    """A key, and the number and the last change of files that were made here: a copy has others."""

    address: str
    files: list[tuple[int, int]]


def _signed_text(height: int, turn: int, step: int) -> bytes:
    return json.dumps({"height": str(height), "round": turn, "step": step}, indent=2).encode() + b"\n"


def engine_genesis(
    chain: str,
    time_ms: int,
    digest: str,
    validators: tuple[EngineValidator, ...],
    parameters: EngineParameters = USUAL,
) -> bytes:
    """
    How the chain begins, for the engine: the same bytes on every node, because they follow from our genesis document alone.

    `digest` is the digest of that document; the ledger refuses to begin with an engine that names another.
    """
    document = {
        "genesis_time": _time_text(time_ms),
        "chain_id": chain,
        "initial_height": "1",
        "consensus_params": {
            "block": {"max_bytes": str(parameters.block_bytes_max), "max_gas": "-1"},
            "evidence": {
                "max_age_num_blocks": str(parameters.evidence_blocks),
                "max_age_duration": str(parameters.evidence_hours * _HOUR_NS),
                "max_bytes": str(parameters.evidence_bytes_max),
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
