"""Certificates with which the members of a trial alliance reach each other's nodes: one for each member, and all given to all."""

from collections.abc import Sequence

from tallychain.engine.tls import OWN, add_peer, make_folder
from tallychain.network.keys import VALID_MS, KeySource
from tallychain.network.layout import Layout, MemberPlace


def give_certificates(layout: Layout, members: Sequence[str], source: KeySource, chain: str) -> None:
    """Make a key and certificate for each member, whether it has a node or asks those of others, and give each certificate to all others."""
    for member in members:
        make_folder(layout.tls(member), member, chain, seed=source.connection(member), valid_ms=VALID_MS)
    for giver in members:
        certificate = (layout.tls(giver) / OWN).read_bytes()
        for taker in members:
            if taker != giver:
                add_peer(layout.tls(taker), certificate, chain)


def nodes_to_ask(layout: Layout, place: MemberPlace, places: dict[str, MemberPlace]) -> tuple[str, list[str]]:
    """The socket of a member's own node, empty where it has none, and the endpoints of the others' nodes in the order in which it asks them."""
    nearest, others = "", []
    for name in place.follows:
        node = places[name].node
        if name == place.id:
            nearest = str(layout.node_socket(name))
        elif node is not None:
            others.append(f"tls://{name}@127.0.0.1:{node.remote}")
    return nearest, others
