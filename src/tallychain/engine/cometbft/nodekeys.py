"""The two keys of a node of the engine, in the files that the engine reads.

The *consensus key* signs votes on blocks; whoever has it can vote in the validator's name, and two machines that use it at once are
punished as one that lies.  The *node key* authenticates the connections between nodes; its public half gives the node its id.
"""

import base64
import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tallychain.crypto.digest import sha256
from tallychain.crypto.keys import SEED_BYTES, SigningKey, signing_key_from_seed
from tallychain.crypto.schemes import ED25519, key_bytes

_PRIVATE_TYPE: Final = "tendermint/PrivKeyEd25519"
_PUBLIC_TYPE: Final = "tendermint/PubKeyEd25519"
_ADDRESS_BYTES: Final = 20


class EngineKeyRefused(Exception):
    """A key file of the engine cannot be used, or would be overwritten; the text is one sentence."""

    code = "ENGINE_KEY_REFUSED"


@dataclass(frozen=True, slots=True)
class EngineKey:
    """An Ed25519 key of a node of the engine."""

    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> "EngineKey":
        """A fresh key from the system's randomness."""
        return cls(secrets.token_bytes(SEED_BYTES))

    @property
    def signing(self) -> SigningKey:
        """The key as it signs."""
        return signing_key_from_seed(ED25519, self.seed)

    @property
    def public(self) -> str:
        """The public half as the ledger writes it: `ed25519:<hex>`."""
        return self.signing.public


def address_of(public: str) -> str:
    """The engine's address of a validator: 40 capital hex digits, from its consensus key `ed25519:<hex>`."""
    return sha256(key_bytes(public))[:_ADDRESS_BYTES].hex().upper()


def node_id_of(public: str) -> str:
    """The id of a node: 40 hex digits, from its node key `ed25519:<hex>`."""
    return sha256(key_bytes(public))[:_ADDRESS_BYTES].hex()


def public_json(public: str) -> dict[str, str]:
    """A public key as the engine's files have it."""
    return {"type": _PUBLIC_TYPE, "value": base64.b64encode(key_bytes(public)).decode()}


def write_consensus_key(path: Path, key: EngineKey) -> None:
    """Write a consensus key for the engine, for its owner alone; raises `EngineKeyRefused` where a file is there already."""
    document = {
        "address": address_of(key.public),
        "pub_key": public_json(key.public),
        "priv_key": _private_json(key),
    }
    _write_new(path, document)


def write_node_key(path: Path, key: EngineKey) -> None:
    """Write a node key for the engine, for its owner alone; raises `EngineKeyRefused` where a file is there already."""
    _write_new(path, {"priv_key": _private_json(key)})


def read_engine_key(path: Path) -> EngineKey:
    """The key in a file of the engine, a consensus key or a node key; raises `EngineKeyRefused`."""
    try:
        if path.stat().st_mode & 0o077:
            raise EngineKeyRefused(f"{path} may be read by others: run chmod 600 {path}.")
        private = json.loads(path.read_bytes())["priv_key"]
        kind, raw = private["type"], base64.b64decode(private["value"], validate=True)
    except OSError as error:
        raise EngineKeyRefused(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError):
        raise EngineKeyRefused(f"{path} is no key file of the engine.") from None
    key = EngineKey(raw[:SEED_BYTES]) if kind == _PRIVATE_TYPE and len(raw) == 2 * SEED_BYTES else None
    if key is None or key_bytes(key.public) != raw[SEED_BYTES:]:
        raise EngineKeyRefused(f"{path} holds no Ed25519 key of the engine.")
    return key


def _private_json(key: EngineKey) -> dict[str, str]:
    raw = key.seed + key_bytes(key.public)
    return {"type": _PRIVATE_TYPE, "value": base64.b64encode(raw).decode()}


def _write_new(path: Path, document: dict[str, Any]) -> None:
    data = json.dumps(document, indent=2).encode() + b"\n"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise EngineKeyRefused(f"There is already a key in {path}; it is not overwritten.") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise
