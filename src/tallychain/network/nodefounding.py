"""The nodes of founders: each institution makes the keys of its own, hands over their public halves, and checks the genesis document for all of them.

What leaves the machine stands in `FounderNode`.  The ids of nodes and the keys of validators are in the genesis document; where the nodes can be reached is not,
because addresses change, so every founder needs every other founder's file.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from tallychain.crypto.digest import Tag, digest
from tallychain.crypto.schemes import verify
from tallychain.crypto.tlspins import PinNotValid, read_pin
from tallychain.engine.cometbft.home import Home
from tallychain.engine.cometbft.nodekeys import EngineKey, node_id_of
from tallychain.engine.cometbft.settings import EngineSettings, EngineSettingsRefused, checked
from tallychain.engine.tls import OWN, TlsRefused, add_peer, make_folder
from tallychain.ledger.founders import COMETBFT, EMBEDDED, GenesisNode, GenesisValidator
from tallychain.ledger.genesis import Genesis
from tallychain.ledger.validators import VALIDATOR
from tallychain.network.founding import FounderFile, FounderNode, FoundingNode, ProductionRefused

HOME: Final = "engine"
TLS: Final = "tls"


def make_founder_node(root: Path, node: FoundingNode, chain: str, member: str) -> FounderNode:
    """Make the keys of a founder's node in `root/engine`; their public halves.  Raises `ProductionRefused`."""
    engine_settings(node, ())
    consensus, own = EngineKey.generate(), EngineKey.generate()
    home = Home(root / HOME)
    home.make(consensus, own)
    make_folder(root / TLS, member, chain)
    votes = node.kind == VALIDATOR
    public = FounderNode(
        kind=node.kind,
        address=node.address,
        node_key=own.public,
        consensus_key=consensus.public if votes else "",
        power=node.power if votes else 0,
        remote=node.remote_address,
        certificate=(root / TLS / OWN).read_text(),
        proofs=(),
    )
    said = _statement(chain, member, public)
    keys = (own, consensus) if votes else (own,)
    return msgspec.structs.replace(public, proofs=tuple(key.signing.sign(said).hex() for key in keys))


def check_founder_node(file: FounderFile, path: Path) -> None:
    """Refuse a node whose keys its founder does not hold, or that is not what it says; raises `ProductionRefused`."""
    node = file.node
    if node is None:
        return
    votes = node.kind == VALIDATOR
    keys = [node.node_key, node.consensus_key] if votes else [node.node_key]
    if votes != bool(node.consensus_key) or votes != bool(node.power):
        raise ProductionRefused(f"{path} describes a node that is neither a validator nor an observer.")
    try:
        pin = read_pin(node.certificate.encode())
    except PinNotValid as refusal:
        raise ProductionRefused(f"{path}: {refusal}") from None
    if (pin.member, pin.chain) != (file.record.member, file.chain):
        raise ProductionRefused(f"{path} holds a certificate of {pin.member} for the chain {pin.chain}.")
    said = _statement(file.chain, file.record.member, node)
    proven = len(keys) == len(node.proofs) and all(
        verify(key, said, bytes.fromhex(proof)) for key, proof in zip(keys, node.proofs, strict=True)
    )
    if not proven:
        raise ProductionRefused(f"{path} names keys of a node, and does not prove that its founder has them.")


def check_same_engine(founders: Sequence[FounderFile]) -> None:
    """Refuse founders of whom some have a node and some have none; raises `ProductionRefused`."""
    without = [file.record.member for file in founders if file.node is None]
    if without and len(without) < len(founders):
        raise ProductionRefused(
            f"{without[0]} has no [node] in its founding.toml, and others have: on a chain of several validators every founder has one."
        )


def engine_of(own: FounderFile) -> str:
    """The engine of the chain that these founders begin."""
    return EMBEDDED if own.node is None else COMETBFT


def founding_rows(
    founders: Sequence[FounderFile],
) -> tuple[tuple[GenesisValidator, ...], tuple[GenesisNode, ...]]:
    """The validators and nodes of the genesis document, in the order of their members."""
    files = sorted(founders, key=lambda file: file.record.member)
    pairs = [(file.record.member, file.node) for file in files if file.node is not None]
    validators = tuple(
        GenesisValidator(member, node.consensus_key, node.power)
        for member, node in pairs
        if node.kind == VALIDATOR
    )
    return validators, tuple(
        GenesisNode(node_id_of(node.node_key), member, node.kind) for member, node in pairs
    )


def check_nodes_in(genesis: Genesis, members: Sequence[str], founders: Sequence[FounderFile]) -> None:
    """
    Refuse a genesis document whose validators and nodes are not exactly those of the founders' files; raises `ProductionRefused`.

    So no founder has to believe whoever built the document.
    """
    if genesis.engine == EMBEDDED:
        return
    known = {file.record.member for file in founders}
    missing = sorted(set(members) - known)
    if missing:
        raise ProductionRefused(
            f"The file of {missing[0]} is missing: give the member file of every other founder with --founders."
        )
    if (genesis.validators, genesis.nodes) != founding_rows(founders):
        raise ProductionRefused(
            "The validators and nodes of the genesis document are not those of the founders' files."
        )


def tolerated(powers: Sequence[int]) -> int:
    """How many validators may fail, whichever they are, while more than two thirds of the power go on."""
    left, count = sum(powers), 0
    for power in sorted(powers, reverse=True):
        left -= power
        if 3 * left <= 2 * sum(powers):
            break
        count += 1
    return count


def engine_settings(node: FoundingNode, founders: Sequence[FounderFile], own: str = "") -> EngineSettings:
    """The table `[engine]` of this founder's `node.toml`; raises `ProductionRefused`."""
    peers = tuple(
        f"{node_id_of(file.node.node_key)}@{file.node.address}"
        for file in sorted(founders, key=lambda file: file.record.member)
        if file.node is not None and file.record.member != own
    )
    try:
        return checked(
            EngineSettings(
                home=HOME,
                listen=node.listen,
                external=node.address,
                peers=peers,
                rpc_port=node.rpc_port,
                metrics_port=node.metrics_port,
                network=node.network,
            )
        )
    except EngineSettingsRefused as refused:
        raise ProductionRefused(str(refused)) from None


def endpoint_settings(node: FoundingNode) -> dict[str, str]:
    """Of `node.toml`, where gateways of other members are served; nothing where they are not."""
    return {"remote_listen": node.remote_listen, "tls": TLS} if node.remote_address else {}


def take_certificates(root: Path, founders: Sequence[FounderFile], own: str = "") -> list[str]:
    """
    Lay the certificates of the other founders into `root/tls`; how this institution's gateway names their nodes.  Raises `ProductionRefused`.

    What an earlier attempt laid there is no hindrance, if it is the same.
    """
    named = []
    for file in founders:
        if file.node is None or file.record.member == own:
            continue
        try:
            add_peer(root / TLS, file.node.certificate.encode(), file.chain)
        except TlsRefused as refused:
            raise ProductionRefused(
                f"The certificate of {file.record.member} cannot be used: {refused}"
            ) from None
        if file.node.remote:
            named.append(f"tls://{file.record.member}@{file.node.remote}")
    return named


def engine_table(settings: EngineSettings) -> list[str]:
    """The lines of the table, for a file that people read and change."""
    plain = {
        "home": settings.home,
        "listen": settings.listen,
        "external": settings.external,
        "rpc_port": settings.rpc_port,
        "metrics_port": settings.metrics_port,
        "network": settings.network,
    }
    lines = [f"{name} = {msgspec.json.encode(value).decode()}" for name, value in plain.items()]
    peers = [f"    {msgspec.json.encode(peer).decode()}," for peer in settings.peers]
    return ["", "[engine]", *lines, "peers = [", *peers, "]"]


def _statement(chain: str, member: str, node: FounderNode) -> bytes:
    """What the keys of a founder's node sign: for which chain and member they stand, and as what."""
    parts = (
        *(chain, member, node.kind, node.address, node.node_key, node.consensus_key, str(node.power)),
        *(node.remote, node.certificate),
    )
    return digest(Tag.STATEMENT, b"founding-node", *(part.encode() for part in parts))
