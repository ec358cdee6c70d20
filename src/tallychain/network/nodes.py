"""The folder of one member's node on a chain of several validators: keys, and the settings from which everything else follows."""

from collections.abc import Sequence
from typing import Final

from tallychain.engine.cometbft.home import Home
from tallychain.engine.cometbft.nodekeys import EngineKey, node_id_of
from tallychain.engine.cometbft.settings import SyncSettings
from tallychain.engine.tls import OWN
from tallychain.network.layout import Layout, MemberPlace, NodePlace
from tallychain.node.config import SOCKET_PATH_MAX

PORTS_OF_A_NODE: Final = 5
"""Other nodes, the engine's RPC, the engine's figures, the ledger's figures, gateways of other members."""
_LONGEST_SOCKET: Final = "ledger/ledger.sock"
_SNAPSHOT_INTERVAL: Final = 100
"""A trial's state is small and its chain is short: who joins it is to find a snapshot."""


class FolderTooDeep(Exception):
    """The sockets of a node would have longer paths than the system allows."""

    code = "FOLDER_TOO_DEEP"


def node_place(key: EngineKey, kind: str, ports: Sequence[int]) -> NodePlace:
    """The node with this node key, on five ports."""
    p2p, rpc, engine_metrics, ledger_metrics, remote = ports
    return NodePlace(node_id_of(key.public), kind, p2p, rpc, engine_metrics, ledger_metrics, remote)


def make_node(
    layout: Layout,
    place: MemberPlace,
    places: Sequence[MemberPlace],
    keys: tuple[EngineKey, EngineKey],
    sync: SyncSettings | None = None,
) -> None:
    """Make the folder of a member's node with its consensus key and node key.  Raises `FolderTooDeep`."""
    folder = layout.node(place.id)
    if len(str(folder / _LONGEST_SOCKET).encode()) > SOCKET_PATH_MAX:
        raise FolderTooDeep(
            f"The path {folder / _LONGEST_SOCKET} of a socket would be longer than {SOCKET_PATH_MAX} bytes: choose a folder nearer to the root."
        )
    (folder / "ledger").mkdir(mode=0o700, parents=True)
    Home(folder / "engine").make(*keys)
    write_settings(layout, place, places, sync)


def write_settings(
    layout: Layout, place: MemberPlace, places: Sequence[MemberPlace], sync: SyncSettings | None = None
) -> None:
    """Write `node.toml` of a member's node: with whom it connects, and the ports that it uses."""
    node = place.node
    if node is None:
        raise ValueError(f"{place.id} has no node.")
    peers = [other.node.address for other in places if other.node is not None and other.id != place.id]
    lines = [
        'ledger = "ledger"',
        f'genesis = "{layout.genesis}"',
        # A trial's load is small: to verify in the one process costs less than a second one.
        "workers = 0",
        f"ledger_metrics_port = {node.ledger_metrics}",
        f"snapshot_interval = {_SNAPSHOT_INTERVAL}",
        # Not in an alliance that was made before members had certificates.
        *(_endpoint(node) if (layout.tls(place.id) / OWN).exists() else ()),
        'gateway = "../gateway.toml"',
        f'logs = "{layout.logs}"',
        "",
        "[engine]",
        'home = "engine"',
        f'listen = "127.0.0.1:{node.p2p}"',
        "peers = [",
        *(f'    "{peer}",' for peer in peers),
        "]",
        f"rpc_port = {node.rpc}",
        f"metrics_port = {node.engine_metrics}",
        "same_machine = true",
    ]
    if sync is not None:
        lines += [
            "",
            "[engine.sync]",
            f"height = {sync.height}",
            f'hash = "{sync.hash}"',
            "servers = [" + ", ".join(f'"{server}"' for server in sync.servers) + "]",
        ]
    layout.node_file(place.id).write_text("\n".join(lines) + "\n")


def _endpoint(node: NodePlace) -> tuple[str, str]:
    return f'remote_listen = "127.0.0.1:{node.remote}"', 'tls = "../tls"'
