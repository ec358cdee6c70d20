"""The nodes that a gateway speaks to: the ledger process of a chain with one operator, or several nodes of an alliance, each checked."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import structlog

from tallychain.engine import notify
from tallychain.engine.client import LedgerClient, Remote
from tallychain.engine.port import Engine, EngineError, EngineUnavailable
from tallychain.engine.several import SeveralNodes
from tallychain.engine.tls import Certificates, TlsRefused, split_address
from tallychain.engine.trail import BlockDiffers, Trail
from tallychain.engine.trust import TrustExpired, read_trusted
from tallychain.gateway.config import ConfigRefused, Folder, Settings
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.problems import Problem
from tallychain.gateway.readmodel_port import BlockRow
from tallychain.ledger.genesis import genesis_digest
from tallychain.sdk.headerpath import COMETBFT, founding_of
from tallychain.sdk.verify.basics import Broken

_PATIENCE_S: Final = 2.0
"""Of one node, where others can be asked; a socket that is there again is found by then."""
_DRIVEN: Final = "driven"
_TLS: Final = "tls://"
_AGAIN_S: Final = 0.5
_SAY_S: Final = 30.0
_LONGER: Final = "EXTEND_TIMEOUT_USEC=120000000"
"""To a service manager: the start takes longer, and is alive.  Said again within that time."""
Ledger = LedgerClient | SeveralNodes


def connected(settings: Settings, folder: Folder) -> Ledger:
    """
    The engine port over the sockets that the settings name; nothing is opened yet.

    Raises `ConfigRefused` for several sockets of a chain with one operator, and for a genesis document that cannot be read.
    """
    document = _document(folder.root / settings.genesis)
    digest = genesis_digest(document).hex()
    names = [name for name in dict.fromkeys((settings.engine, *settings.ledger)) if name]
    try:
        begun = founding_of(document)
        if begun.engine != COMETBFT:
            _refuse_trust(settings)
            return _of_one_operator(names, folder)
        trail = Trail(
            document,
            on_driven_clock=begun.clock == _DRIVEN,
            trusting=read_trusted(settings.trusted_header, settings.trusting_days),
        )
    except (msgspec.MsgspecError, Broken) as error:
        raise ConfigRefused(
            f"The genesis document {folder.root / settings.genesis} cannot be used: {error}"
        ) from None
    places = _places(names, settings, folder, begun.chain)
    nodes: list[tuple[str, Engine]] = [
        (f"node-{number}", LedgerClient(place, genesis=digest, patience_s=_PATIENCE_S))
        for number, place in enumerate(places, 1)
    ]
    return SeveralNodes(nodes, trail)


async def until_begun(
    ledger: Engine, *, again_s: float = _AGAIN_S, clock: Callable[[], float] = time.monotonic
) -> None:
    """
    Wait, without end, until some node shows what the validators have signed; a chain with one operator is not waited for.

    A founder starts its node before the others do, and its gateway can check nothing until more than two thirds of the power have made the
    first blocks.  The log says at once, and from time to time, that this is what is waited for.  Raises `ConfigRefused` where every node says what was not signed, or has
    another header than the trusted one.
    """
    if not isinstance(ledger, SeveralNodes):
        return
    said_s = -_SAY_S
    while not await _begun(ledger):
        if all(node.lies for node in ledger.nodes):
            raise ConfigRefused(f"No node can be believed. {ledger.nodes[0].why}")
        if clock() - said_s >= _SAY_S:
            said_s = clock()
            faults = {node.name: node.fault for node in ledger.nodes}
            structlog.get_logger("gateway").info(
                "waits for the chain: no node shows a block that the validators have signed", nodes=faults
            )
            notify.tell(_LONGER)
        await asyncio.sleep(again_s)


async def check_trust(ledger: Engine, newest: BlockRow | None) -> None:
    """
    See that a gateway of an alliance begins with trust that is young enough: in the newest block that it followed before, or in what its settings name.

    Raises `ConfigRefused`, also where no node shows that block.
    """
    if not isinstance(ledger, SeveralNodes):
        return None
    if newest is not None:
        ledger.trail.trust(newest.height, bytes.fromhex(newest.header))
    for node in ledger.nodes:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await ledger.trail.check_age(node.engine)
        except TrustExpired as expired:
            raise ConfigRefused(str(expired)) from None
        except (BlockDiffers, EngineError, TimeoutError):
            # It may be away, not reach as far yet, or have begun from a later snapshot.
            continue
    raise ConfigRefused("No node shows the header that is trusted of this chain; see trusted_header.")


async def _begun(ledger: Engine) -> bool:
    try:
        await ledger.status()
        await LedgerState(ledger).facts()
    except (EngineUnavailable, Problem):
        return False
    return True


def _places(names: Sequence[str], settings: Settings, folder: Folder, chain: str) -> list[Path | Remote]:
    """Sockets on this machine, and endpoints of other members; raises `ConfigRefused`."""
    certificates: Certificates | None = None
    places: list[Path | Remote] = []
    for name in names:
        if not name.startswith(_TLS):
            places.append(folder.root / name)
            continue
        member, _, address = name.removeprefix(_TLS).rpartition("@")
        try:
            host, port = split_address(address)
            certificates = certificates or Certificates(
                folder.root / settings.tls, chain, structlog.get_logger("tls")
            )
            certificates.asking(member)
        except TlsRefused as refused:
            raise ConfigRefused(f"The node {name} cannot be asked: {refused}") from None
        places.append(Remote(member, host, port, certificates))
    return places


def _refuse_trust(settings: Settings) -> None:
    if settings.trusted_header or settings.trusting_days:
        raise ConfigRefused(
            "This chain has one operator, whose signature is believed at any age: remove trusted_header and trusting_days."
        )


def _of_one_operator(names: Sequence[str], folder: Folder) -> LedgerClient:
    if len(names) > 1:
        raise ConfigRefused(
            "This chain has one operator: give one socket, under engine, and none under ledger."
        )
    if names[0].startswith(_TLS):
        raise ConfigRefused(
            f"This chain has one operator, whose ledger is asked on its own machine alone: give its socket instead of {names[0]}."
        )
    return LedgerClient(folder.root / names[0])


def _document(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigRefused(f"The genesis document {path} cannot be read: {error.strerror}.") from None
