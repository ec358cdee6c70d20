"""How a gateway stands: whether acts are worth sending here, and what its operator should look at before it becomes trouble."""

import asyncio
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from msgspec import Struct

from tallychain.contracts.governance.nodeviews import LEAVING
from tallychain.contracts.vouchers.settling import state as settlement
from tallychain.crypto.certificates import CertificateNotValid
from tallychain.engine import nodes
from tallychain.engine.client import LedgerClient
from tallychain.engine.port import Engine, EngineError
from tallychain.engine.several import SeveralNodes
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.database import DatabaseLost
from tallychain.gateway.readmodel_port import ReadModel
from tallychain.gateway.service import Gateway
from tallychain.instruments.calendar import local_day
from tallychain.ledger.parameters import CALENDARS

FAILED: Final = "failed"
LEDGER_LOST: Final = "LEDGER_LOST"
NODE_LIES: Final = nodes.LYING
NODE_AWAY: Final = "NODE_AWAY"
VALIDATOR_SILENT: Final = "VALIDATOR_SILENT"
DATABASE_LOST: Final = "DATABASE_LOST"
ROWS_BEHIND: Final = "ROWS_BEHIND"
OUTBOX_OLD: Final = "OUTBOX_OLD"
DISK_LOW: Final = "DISK_LOW"
CERTIFICATE_ENDS: Final = "CERTIFICATE_ENDS"
CALENDAR_MISSING: Final = "CALENDAR_MISSING"
RELEASE_MISSING: Final = "RELEASE_MISSING"
VALIDATOR_HELD: Final = "VALIDATOR_HELD"
PAYOUT_LATE: Final = settlement.PAYOUT_LATE
RETURN_LATE: Final = settlement.RETURN_LATE
PAYEE_MISSING: Final = "PAYEE_MISSING"
QUOTE_NOT_REVEALED: Final = "QUOTE_NOT_REVEALED"
ALARMS: Final = (
    LEDGER_LOST,
    NODE_LIES,
    NODE_AWAY,
    VALIDATOR_SILENT,
    DATABASE_LOST,
    ROWS_BEHIND,
    OUTBOX_OLD,
    DISK_LOW,
    CERTIFICATE_ENDS,
    CALENDAR_MISSING,
    RELEASE_MISSING,
    VALIDATOR_HELD,
    PAYOUT_LATE,
    RETURN_LATE,
    PAYEE_MISSING,
    QUOTE_NOT_REVEALED,
)

AHEAD_MS: Final = 30 * 86_400_000
"""How long before a certificate ends, or a year without a calendar begins, the alarm is raised."""
LEAST_FREE_BYTES: Final = 256 * 1024 * 1024
MOST_BEHIND: Final = 100
COUNTED: Final = 100
"""More late payments than these are not counted."""
OLDEST_S: Final = 60
_PATIENCE_S: Final = 1.0


class NodeStanding(Struct, frozen=True):
    """What is thought of one node that this gateway asks."""

    node: str
    """`node-1` is the nearest, in the order of the settings."""
    fault: str
    """Empty; `NODE_LIES` (it said what was not signed, and is not asked again), `NODE_LAGS` or `NODE_AWAY`."""
    followed: bool
    """Whether the last block was taken from it."""


class Ready(Struct, frozen=True):
    """Whether acts are worth sending here."""

    ready: bool
    ledger: bool
    """Whether committed blocks arrive."""
    nodes: list[NodeStanding]
    """What is thought of each node, the nearest first, on a chain with several validators."""
    validators_silent: int
    """Validators that have signed none of the last hundred blocks, on a chain with several."""
    database: bool
    """Whether the gateway's tables can be read and written."""
    read_model: str
    """following, failed (its rows are old, and the process is about to end), or none."""
    read_model_behind: int
    """Blocks that the read model has still to project; -1 without one."""
    outbox_open: int
    outbox_oldest_s: int
    """Age of the operation that waits longest, by the chain's time; 0 if none waits."""
    disk_free_bytes: int
    payouts_late: int
    """Vouchers of which holders wait although this settlement bank should have paid them out; counted up to 100."""
    returns_late: int
    """Amounts paid in too much that this settlement bank should have returned; counted up to 100."""
    payees_missing: int
    """Holdings of clients, in black-out or due, whose account this gateway should have named by itself and could not."""
    quotes_not_revealed: int
    """Quotes of this funder whose delivery is refused or kept up now, and those of the last day that were not delivered in time."""
    alarms: list[str]
    """What to look at: `LEDGER_LOST`, `NODE_LIES`, `NODE_AWAY`, `VALIDATOR_SILENT`, `DATABASE_LOST`, `ROWS_BEHIND`, `OUTBOX_OLD`, `DISK_LOW`, `CERTIFICATE_ENDS`, `CALENDAR_MISSING`, `RELEASE_MISSING`, `VALIDATOR_HELD`, `PAYOUT_LATE`, `RETURN_LATE`, `PAYEE_MISSING`, `QUOTE_NOT_REVEALED`."""


@dataclass(frozen=True, slots=True)
class _Tables:
    """What only tables know."""

    behind: int = -1
    oldest_s: int = 0
    certificate_ends: bool = False
    payouts_late: int = 0
    returns_late: int = 0
    release_missing: bool = False
    validator_held: bool = False


async def standing(gateway: Gateway) -> Ready:
    """How the gateway stands now."""
    tables = None if gateway.database.is_lost else await _tables(gateway)
    known = tables or _Tables()
    ledger = gateway.follower.connected and await _answers(gateway.engine)
    read_model = _followed(gateway.read_model)
    free = await asyncio.to_thread(_free_bytes, gateway)
    seen, silent = _nodes(gateway.engine), silent_validators(gateway.engine)
    raised = {
        LEDGER_LOST: not ledger,
        NODE_LIES: any(node.fault == nodes.LYING for node in seen),
        NODE_AWAY: any(node.fault in (nodes.AWAY, nodes.LAGGING) for node in seen),
        VALIDATOR_SILENT: silent > 0,
        DATABASE_LOST: tables is None,
        ROWS_BEHIND: known.behind > MOST_BEHIND,
        OUTBOX_OLD: known.oldest_s > OLDEST_S,
        DISK_LOW: free < LEAST_FREE_BYTES,
        CERTIFICATE_ENDS: known.certificate_ends
        or connection_ends(gateway.engine, time.time_ns() // 1_000_000),
        CALENDAR_MISSING: ledger and await _calendar_missing(gateway),
        RELEASE_MISSING: known.release_missing,
        VALIDATOR_HELD: known.validator_held,
        PAYOUT_LATE: known.payouts_late > 0,
        RETURN_LATE: known.returns_late > 0,
        PAYEE_MISSING: gateway.payees.missing > 0 or bool(gateway.payees.fault),
        QUOTE_NOT_REVEALED: gateway.quotes.missing > 0,
    }
    has_room = gateway.outbox.open < gateway.settings.outbox_limit and not raised[DISK_LOW]
    return Ready(
        ready=ledger and tables is not None and read_model != FAILED and has_room,
        ledger=ledger,
        nodes=seen,
        validators_silent=silent,
        database=tables is not None,
        read_model=read_model,
        read_model_behind=known.behind,
        outbox_open=gateway.outbox.open,
        outbox_oldest_s=known.oldest_s,
        disk_free_bytes=free,
        payouts_late=known.payouts_late,
        returns_late=known.returns_late,
        payees_missing=gateway.payees.missing,
        quotes_not_revealed=gateway.quotes.missing,
        alarms=[name for name in ALARMS if raised[name]],
    )


def _nodes(engine: Engine) -> list[NodeStanding]:
    if not isinstance(engine, SeveralNodes):
        return []
    return [NodeStanding(node.name, node.fault, node.name == engine.followed) for node in engine.nodes]


def votes_missed(engine: Engine) -> dict[str, int]:
    """For each validator, by its key, how many blocks in a row it has not signed; nothing on a chain of one operator."""
    return dict(engine.voting.missed) if isinstance(engine, SeveralNodes) else {}


def silent_validators(engine: Engine) -> int:
    """How many validators have not signed for long."""
    return len(engine.voting.silent) if isinstance(engine, SeveralNodes) else 0


async def _tables(gateway: Gateway) -> _Tables | None:
    """None where the tables cannot be read."""
    try:
        behind = -1
        if gateway.read_model is not None:
            behind = max(0, gateway.clock.height - (await gateway.read_model.as_of()).height)
        oldest = await gateway.outbox.oldest_ms()
        oldest_s = max(0, gateway.clock.now_ms() - oldest) // 1000 if oldest else 0
        return _Tables(
            behind,
            oldest_s,
            await _certificate_ends(gateway),
            await _late(gateway, "settlements", PAYOUT_LATE),
            await _late(gateway, "excesses", RETURN_LATE),
            await _release_missing(gateway),
            bool(await _rows(gateway, "validators", standing=LEAVING)),
        )
    except DatabaseLost:
        return None


async def _late(gateway: Gateway, view: str, status: str) -> int:
    """How many rows of this settlement bank are late."""
    return len(await _rows(gateway, view, bank=gateway.member, status=status))


async def _release_missing(gateway: Gateway) -> bool:
    """Whether a protocol was decided that this build cannot run: its node will stop at that height."""
    known = gateway.catalogue.protocols
    return any(int(row["protocol"]) not in known for row in await _rows(gateway, "protocols"))


async def _rows(gateway: Gateway, view: str, **filters: str) -> Sequence[Mapping[str, Any]]:
    """Some rows of a public view, none without a read model."""
    if gateway.read_model is None:
        return ()
    return (await gateway.read_model.list(view, filters, (), "", COUNTED)).rows


def connection_ends(engine: Engine, now_ms: int) -> bool:
    """Whether a node of another member can soon not be asked any more, because a certificate of the connection ends."""
    nodes_asked = engine.nodes if isinstance(engine, SeveralNodes) else ()
    clients = [node.engine for node in nodes_asked if isinstance(node.engine, LedgerClient)]
    return any(client.ends_ms and client.ends_ms - now_ms < AHEAD_MS for client in clients)


def _followed(read_model: ReadModel | None) -> str:
    if read_model is None:
        return "none"
    return "following" if read_model.failed is None else FAILED


def _free_bytes(gateway: Gateway) -> int:
    try:
        return shutil.disk_usage(gateway.folder.root).free
    except OSError:
        return 0


async def _answers(engine: Engine) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await engine.status()
    except (EngineError, TimeoutError):
        return False
    return True


async def _certificate_ends(gateway: Gateway) -> bool:
    """Whether a person of the staff will soon not be able to show who it is; clients see it on their own pages."""
    for account in await gateway.accounts.of_seat(HOUSE):
        chain = await gateway.certificates.get(account.certificate) if account.certificate else None
        if chain is None or not account.active:
            continue
        try:
            until = gateway.authorities.subject(chain).not_after_ms
        except CertificateNotValid:
            return True
        if until - gateway.clock.now_ms() < AHEAD_MS:
            return True
    return False


async def _calendar_missing(gateway: Gateway) -> bool:
    """Whether a year without a calendar begins within 30 days: nothing that falls due in it can be dated."""
    year = local_day(gateway.clock.now_ms() + AHEAD_MS).year
    try:
        return await gateway.state.get(CALENDARS, year) is None
    except EngineError:
        return False
