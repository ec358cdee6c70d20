"""What lies in the folder of a real node: its paths, the keys that act without a person, and the settings of gateway and node."""

import secrets
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from tallychain.contracts.members.record import RecordKey
from tallychain.crypto.certificates import certificate_digest
from tallychain.crypto.keyfile import Kind, StoredSecret, write_key_file
from tallychain.crypto.keys import SEED_BYTES, SealingKey, signing_key_from_seed
from tallychain.crypto.requests import own_certificate
from tallychain.crypto.schemes import ED25519
from tallychain.gateway import config
from tallychain.gateway.config import Folder
from tallychain.ledger.identity import SYSTEM
from tallychain.network.founding import Common, FounderFile, Founding, ProductionRefused
from tallychain.network.nodefounding import (
    TLS,
    endpoint_settings,
    engine_settings,
    engine_table,
    take_certificates,
)
from tallychain.sql.places import Place

_GATEWAY_FILE: Final = "gateway.toml"
_YEAR_MS: Final = 366 * 86_400_000


class ProductionLayout:
    """Where everything of a real node lies."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.node = self.root / "node.toml"
        self.genesis = self.root / "genesis.json"
        self.member = self.root / "member.json"
        self.common = self.root / "founding.json"
        self.sequencer_key = self.root / "sequencer.key"
        self.fingerprint_key = self.root / "fingerprint-key.json"

    def keys(self) -> Path:
        """The folder of the gateway's keys, wherever the node's settings put the gateway."""
        settings = self.root / tomllib.loads(self.node.read_text())["gateway"]
        return Folder(settings.parent).keys


def node_keys(
    layout: ProductionLayout, folder: Folder, secret: bytes, passphrase: str, founding: Founding
) -> tuple[RecordKey, str]:
    """The keys that act without a person: the record of the system's key, and the sealing key."""

    def keep(path: Path, kind: Kind, public: str, secret: bytes) -> None:
        write_key_file(path, StoredSecret(kind, public, secret), passphrase)

    system, sealing, sequencer = (secrets.token_bytes(SEED_BYTES) for _ in range(3))
    public = signing_key_from_seed(ED25519, system).public
    sealing_public = SealingKey.from_seed(sealing).public
    keep(folder.keys / "system.key", "signing", public, system)
    keep(folder.keys / "sealing-1.key", "sealing", sealing_public, sealing)
    keep(folder.keys / "secret.key", "secret", "", secret)
    if founding.node is None:
        keep(layout.sequencer_key, "signing", signing_key_from_seed(ED25519, sequencer).public, sequencer)
    person, now_ms = secrets.token_hex(8), time.time_ns() // 1_000_000
    # Its member vouches for its own machine: the digest of this certificate stands on the member's record.
    certificate = own_certificate(ED25519, system, person, now_ms, now_ms + 10 * _YEAR_MS)
    (folder.keys / "system.der").write_bytes(certificate)
    return RecordKey(public, person, (SYSTEM,), 0, certificate_digest(certificate)), sealing_public


def tables(folder: Folder) -> Place:
    """Where the gateway will look for its tables, by the very settings that were written for it."""
    try:
        settings, _ = config.load(folder.root / _GATEWAY_FILE, {})
        return config.own_tables(settings, folder)
    except config.ConfigRefused as refused:
        raise ProductionRefused(str(refused)) from None


def write_settings(layout: ProductionLayout, folder: Folder, founding: Founding, base: Path) -> None:
    """Write `gateway.toml` and `node.toml`."""
    ledger = layout.root / founding.ledger
    ledger.mkdir(mode=0o700, parents=True, exist_ok=True)
    texts = {
        "member": founding.member,
        "engine": str(ledger / "ledger.sock"),
        "genesis": str(layout.genesis),
        "listen_host": founding.listen_host,
        "public_url": founding.gateway_url,
        "database": founding.database,
        **({} if founding.node is None else {"tls": str(layout.root / TLS)}),
    }
    if founding.database_password_file:
        texts["database_password_file"] = str((base / founding.database_password_file).absolute())
    lines = [f"{name} = {msgspec.json.encode(text).decode()}" for name, text in texts.items()]
    lines.append(f"listen_port = {founding.listen_port}")
    (folder.root / _GATEWAY_FILE).write_text("\n".join(lines) + "\n")
    places = {
        "ledger": founding.ledger,
        "genesis": layout.genesis.name,
        **(
            {"sequencer_key": layout.sequencer_key.name, "passphrase_file": ""}
            if founding.node is None
            else {}
        ),
        "gateway": f"{founding.gateway}/{_GATEWAY_FILE}",
        **({} if founding.node is None else endpoint_settings(founding.node)),
    }
    lines = [f"{name} = {msgspec.json.encode(text).decode()}" for name, text in places.items()]
    if founding.node is not None:
        lines.append(f"ledger_metrics_port = {founding.node.ledger_metrics_port}")
        lines.append(f"workers = {founding.node.workers}")
    layout.node.write_text("\n".join(lines) + "\n")


def name_peers(
    layout: ProductionLayout, common: Common, own: FounderFile, founders: Sequence[FounderFile]
) -> None:
    """
    Add to `node.toml` with whom the node connects, and to `gateway.toml` which nodes of others it asks beside its own, with their certificates.

    Nothing to do where the ledger process is the engine too.
    """
    if common.node is None:
        return
    table = engine_table(engine_settings(common.node, founders, own.record.member))
    # What an earlier attempt wrote is written again.
    above = layout.node.read_text().partition("\n[engine]\n")[0]
    layout.node.write_text(above.rstrip("\n") + "\n" + "\n".join(table) + "\n")
    nodes = take_certificates(layout.root, founders, own.record.member)
    gateway = layout.keys().parent / _GATEWAY_FILE
    lines = [line for line in gateway.read_text().splitlines() if not line.startswith("ledger = ")]
    if nodes:
        lines.append(f"ledger = {msgspec.json.encode(nodes).decode()}")
    gateway.write_text("\n".join(lines) + "\n")
