"""A further node of a trial alliance: made while the others run, put to the vote, and started beside them."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from tallychain.crypto.keys import SigningKey
from tallychain.engine.cometbft.nodekeys import EngineKey
from tallychain.engine.cometbft.settings import SyncSettings
from tallychain.engine.cometbft.snapshots import newest_offered
from tallychain.ledger.founders import EMBEDDED
from tallychain.ledger.genesis import chain_facts
from tallychain.ledger.possession import statement
from tallychain.ledger.validators import OBSERVER, VALIDATOR
from tallychain.network.genesis import POWER
from tallychain.network.keys import KeySource
from tallychain.network.layout import Layout, MemberPlace, Network, write_readable
from tallychain.network.nodes import PORTS_OF_A_NODE, make_node, node_place
from tallychain.network.ports import free_ports
from tallychain.node.engineview import trusted_header

_SERVERS: Final = 2
_NO_SNAPSHOT: Final = "No node has made a snapshot yet (snapshot_interval in node.toml says how many blocks lie between two): without --snapshot the node begins with block 1."


class NodeRefused(Exception):
    """A node cannot be added like this; the text is one sentence."""

    code = "NODE_REFUSED"


class NodeAdded(Struct, frozen=True):
    """A node that was made, and what its member proposes so that the others connect to it."""

    member: str
    node: str
    """Its id among nodes."""
    kind: str
    folder: str
    proposal: dict[str, str | int]
    """The change to put to the vote; both keys have signed that the member has them."""
    synced_from: int
    """The height from whose header on a snapshot is trusted; 0 where it begins with the first block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """Which node."""

    member: str
    validator: bool = False
    """Whether it is to vote on blocks; else it observes."""
    snapshot: bool = False
    """Whether it begins from a snapshot of the others instead of the first block."""


def add_node(root: Path, joining: Joining) -> NodeAdded:
    """
    Make a node for a member that has none; nothing is started, and nobody connects to it before the vote.

    With `snapshot` two nodes must run and have made a snapshot; the new node trusts its header.  Raises `NotANetwork`, `NodeRefused`, `NoFreePorts`.
    """
    layout = Layout(root)
    network = layout.read()
    place = _place(network, joining.member)
    kind = VALIDATOR if joining.validator else OBSERVER
    keys = _keys(network, joining.member)
    sync = _trusted(layout, network) if joining.snapshot else None
    added = msgspec.structs.replace(place, node=node_place(keys[1], kind, free_ports(PORTS_OF_A_NODE)))
    places = tuple(added if one.id == place.id else one for one in network.members)
    make_node(layout, added, places, keys, sync)
    for other in network.nodes:
        _name_peer(layout.node_file(other.id), added)
    write_readable(layout.network, msgspec.structs.replace(network, members=places))
    proposal = _proposal(layout, joining, keys)
    node = "" if added.node is None else added.node.id
    folder = str(layout.node(place.id))
    return NodeAdded(place.id, node, kind, folder, proposal, 0 if sync is None else sync.height)


def _place(network: Network, member: str) -> MemberPlace:
    if network.engine == EMBEDDED:
        raise NodeRefused("This alliance has the embedded engine, which is one process and has no nodes.")
    for place in network.members:
        if place.id == member:
            if place.node is not None:
                raise NodeRefused(f"{member} has a node already.")
            return place
    raise NodeRefused(f"There is no member {member} in this alliance.")


def _keys(network: Network, member: str) -> tuple[EngineKey, EngineKey]:
    if network.seed is None:
        return EngineKey.generate(), EngineKey.generate()
    return KeySource(network.seed).engine(member)


def _trusted(layout: Layout, network: Network) -> SyncSettings:
    """The header of the newest snapshot, of a running node, and nodes that each say what the others say; raises `NodeRefused`."""
    nodes = {place.id: place.node for place in network.nodes if place.node is not None}
    height = max((newest_offered(layout.node(member) / "ledger") for member in nodes), default=0)
    servers = tuple(f"127.0.0.1:{node.rpc}" for node in nodes.values())
    for server in servers:
        found = asyncio.run(trusted_header(f"http://{server}", height))
        if found is not None and len(servers) >= _SERVERS:
            if not height:
                raise NodeRefused(_NO_SNAPSHOT)
            return SyncSettings(height=found[0], hash=found[1], servers=servers[:10])
    raise NodeRefused("No node answers of which a header could be trusted: start the alliance first.")


def _name_peer(file: Path, added: MemberPlace) -> None:
    """Have a node connect to the new one too from its next start on; everything else in its settings stays."""
    if added.node is not None:
        text = file.read_text()
        file.write_text(text.replace("peers = [\n", f'peers = [\n    "{added.node.address}",\n', 1))


def _proposal(layout: Layout, joining: Joining, keys: tuple[EngineKey, EngineKey]) -> dict[str, str | int]:
    """What the member puts to the vote, as `proposal.open` takes it."""
    consensus, node = keys
    facts = chain_facts(layout.genesis.read_bytes())
    consensus_key = consensus.public if joining.validator else ""
    said = statement(facts, joining.member, node.public, consensus_key)
    change: dict[str, str | int] = {
        "kind": "VALIDATOR_ADMIT" if joining.validator else "NODE_ADMIT",
        "member": joining.member,
    }
    if joining.validator:
        change |= {"key": consensus.public, "key_proof": _proof(consensus.signing, said)}
    change |= {"node_key": node.public, "node_proof": _proof(node.signing, said)}
    return change | ({"power": POWER} if joining.validator else {})


def _proof(key: SigningKey, said: bytes) -> str:
    return key.sign(said).hex()
