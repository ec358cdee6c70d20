"""Makes a trial alliance in an empty folder: keys, genesis, and one folder for each member."""

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tallychain.crypto.keyfile import SCRYPT_N, StoredSecret, write_key_file
from tallychain.gateway.config import DEMO_PASSPHRASE
from tallychain.ledger.founders import EMBEDDED
from tallychain.ledger.parameters import CalendarYear
from tallychain.ledger.validators import VALIDATOR
from tallychain.network.alliance import Alliance, check_followed
from tallychain.network.certificates import give_certificates
from tallychain.network.genesis import DRIVEN, genesis_document
from tallychain.network.keys import KeySource
from tallychain.network.layout import Access, Layout, MemberPlace, Network, write_private, write_readable
from tallychain.network.nodes import PORTS_OF_A_NODE, make_node, node_place
from tallychain.network.ports import free_ports, ports_from
from tallychain.network.provision import Provision

_DEMO_SCRYPT_N: Final = 2**12
"""Everybody knows the passphrase of a demonstration, so to make trying it costly would only slow the demonstration down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How a trial alliance is made."""

    alliance: Alliance
    calendar: CalendarYear
    chain: str = "trial-1"
    seed: int | None = None
    demo: bool = True
    clock: str = DRIVEN
    first_port: int | None = None
    engine: str = EMBEDDED
    """Or `cometbft`: a validator node for each member that follows nobody."""


class FolderNotEmpty(Exception):
    """Something lies already where the alliance should be made."""

    code = "FOLDER_NOT_EMPTY"

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} is not empty: choose another folder.")


def make(root: Path, making: Making) -> Network:
    """
    Make everything that a trial alliance needs; nothing is started.

    Raises `FolderNotEmpty`, `NoFreePorts`; a folder that was begun and not finished is removed again.
    """
    if root.exists() and any(root.iterdir()):
        raise FolderNotEmpty(root)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        return _make(Layout(root), making)
    except BaseException:
        shutil.rmtree(root, ignore_errors=True)
        raise


def _make(layout: Layout, making: Making) -> Network:
    alliance, source = making.alliance, KeySource(making.seed)
    places = _places(making, source)
    passphrase = DEMO_PASSPHRASE if making.demo else secrets.token_urlsafe(24)
    cost = _DEMO_SCRYPT_N if making.demo else SCRYPT_N
    embedded = making.engine == EMBEDDED
    for folder in (layout.authority, layout.members, layout.logs, *((layout.ledger,) if embedded else ())):
        folder.mkdir(mode=0o700)
    (layout.authority / "root.der").write_bytes(source.authority.root)
    write_private(layout.passphrase, passphrase.encode() + b"\n")
    if embedded:
        stored = StoredSecret("signing", source.sequencer.public, source.sequencer_seed)
        write_key_file(layout.sequencer_key, stored, passphrase, n=cost)
    keys = {member.id: source.member(member) for member in alliance.members}
    document = genesis_document(
        making.chain,
        alliance,
        making.calendar,
        keys,
        places,
        source,
        demo=making.demo,
        clock=making.clock,
        engine=making.engine,
    )
    layout.genesis.write_bytes(document)
    provision, access = Provision(layout, passphrase, cost, places), list[Access]()
    for member in alliance.members:
        clients = [(client, source.client(client)) for client in alliance.clients_of(member.id)]
        access += provision.member(member, places[member.id], keys[member.id], clients, demo=making.demo)
    if not embedded:
        give_certificates(layout, list(places), source, making.chain)
    for place in places.values():
        if place.node is not None:
            make_node(layout, place, list(places.values()), source.engine(place.id))
    write_readable(layout.access, access)
    network = Network(
        making.chain,
        alliance.code,
        making.demo,
        making.clock,
        making.seed,
        tuple(places.values()),
        making.engine,
    )
    # Last: a folder with this file is complete.
    write_readable(layout.network, network)
    return network


def _places(making: Making, source: KeySource) -> dict[str, MemberPlace]:
    alliance = making.alliance
    validators = alliance.validators if making.engine != EMBEDDED else ()
    if making.engine != EMBEDDED:
        check_followed(alliance)
    count = len(alliance.members) + PORTS_OF_A_NODE * len(validators)
    ports = iter(free_ports(count) if making.first_port is None else ports_from(making.first_port, count))
    gateways = {member.id: next(ports) for member in alliance.members}
    nodes = {
        member.id: node_place(
            source.engine(member.id)[1], VALIDATOR, [next(ports) for _ in range(PORTS_OF_A_NODE)]
        )
        for member in validators
    }
    return {
        member.id: MemberPlace(
            member.id,
            member.name_zh,
            gateways[member.id],
            nodes.get(member.id),
            # The gateways of a trial reach every node, so each goes on when its own fails; those named, or its own, come first.
            tuple(dict.fromkeys([*(member.follows or (member.id,)), *nodes])) if nodes else (),
        )
        for member in alliance.members
    }
