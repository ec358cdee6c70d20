"""Health, readiness, figures, the description of this API, and what waits for the caller today."""

import asyncio
from typing import Any, Final

import msgspec
from msgspec import Struct

from tallychain.engine.port import Engine, EngineError
from tallychain.gateway import hookqueue, metrics, permissions
from tallychain.gateway.database import DatabaseLost
from tallychain.gateway.outbox import QUEUED, REFUSED, TURNED_AWAY
from tallychain.gateway.readmodel_port import ReadModel
from tallychain.gateway.web.acting import DraftView, draft_view
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, json

FAILED: Final = "failed"
_PATIENCE_S: Final = 1.0


class Health(Struct, frozen=True):
    """The process answers."""

    status: str


class Ready(Struct, frozen=True):
    """Whether acts are worth sending here."""

    ready: bool
    ledger: bool
    """Whether committed blocks arrive."""
    database: bool
    """Whether the gateway's tables can be read and written."""
    read_model: str
    """following, failed (its rows are old, and the process is about to end), or none."""
    read_model_behind: int
    """Blocks that the read model has still to project; -1 without one."""
    outbox_open: int


class Unfinished(Struct, frozen=True):
    """An operation worth a look."""

    operation: str
    type: str
    state: str
    code: str


class Today(Struct, frozen=True):
    """What waits for the caller."""

    drafts: list[DraftView]
    """That the caller may approve."""
    own_drafts: int
    operations: list[Unfinished]
    """Queued, refused or turned away, newest first."""
    card_requests_waiting: int
    """Givers who wait for a tag card of this seat; signing any act, or refilling the stock, answers them."""
    cards: int
    letters_waiting: int
    webhooks_off: int
    """Webhooks of this seat that were switched off because nobody listened."""
    height: int
    day_without_calendar: str
    """The first day within the next 30 whose year has no published calendar; empty if there is none."""
    time_ms: int
    """The chain's time as this gateway knows it."""
    demo: bool


async def health(_: Asked) -> Answer:
    """The process answers."""
    return json(Health("ok"))


async def ready(asked: Asked) -> Answer:
    """200 if acts are worth sending here, else 503."""
    gateway = asked.gateway
    behind, database = -1, not gateway.database.is_lost
    if gateway.read_model is not None:
        try:
            behind = max(0, gateway.clock.height - (await gateway.read_model.as_of()).height)
        except DatabaseLost:
            database = False
    ledger = gateway.follower.connected and await _answers(gateway.engine)
    read_model = _standing(gateway.read_model)
    has_room = gateway.outbox.open < gateway.settings.outbox_limit
    is_ready = ledger and database and read_model != FAILED and has_room
    answer = Ready(is_ready, ledger, database, read_model, behind, gateway.outbox.open)
    return json(answer, 200 if is_ready else 503)


def _standing(read_model: ReadModel | None) -> str:
    if read_model is None:
        return "none"
    return "following" if read_model.failed is None else FAILED


async def _answers(engine: Engine) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await engine.status()
    except (EngineError, TimeoutError):
        return False
    return True


async def figures(asked: Asked) -> Answer:
    """Figures in the text format of Prometheus."""
    gateway = asked.gateway
    gateway.metrics.outbox.set(gateway.outbox.open)
    gateway.metrics.letters.set(await gateway.postbox.waiting())
    counts = await gateway.telling.queue.counts()
    for state in hookqueue.STATES:
        gateway.metrics.webhooks.labels(state).set(counts.get(state, 0))
    gateway.metrics.streams.set(0 if gateway.streams is None else gateway.streams.count)
    return Answer(gateway.metrics.text(), 200, metrics.MEDIA_TYPE)


async def today(asked: Asked) -> Answer:
    """What waits for the caller."""
    gateway, account = asked.gateway, asked.caller
    drafts = await gateway.drafts.open_of(account.seat)
    decidable = [
        draft
        for draft in drafts
        if draft.maker != account.id
        and account.classes & permissions.DECIDES[gateway.acts.kind(draft.type).authority]
    ]
    newest = await gateway.outbox.newest(account.seat, 50)
    waiting = await gateway.database.read(
        lambda db: db.execute("SELECT count(*) FROM card_waiting WHERE seat = ?", (account.seat,)).fetchone()
    )
    return json(
        Today(
            drafts=[draft_view(asked, draft) for draft in decidable],
            own_drafts=sum(1 for draft in drafts if draft.maker == account.id),
            operations=[
                Unfinished(item.id, item.type, item.state, item.code)
                for item in newest
                if item.state in (QUEUED, REFUSED, TURNED_AWAY)
            ],
            card_requests_waiting=int(waiting[0]),
            cards=await gateway.cards.free(account.seat),
            webhooks_off=await gateway.telling.hooks.count_off(account.seat),
            letters_waiting=await gateway.postbox.waiting() if account.is_staff else 0,
            height=gateway.clock.height,
            day_without_calendar=await gateway.foresight.day_without_calendar(),
            time_ms=gateway.clock.now_ms(),
            demo=gateway.facts.demo,
        )
    )


def described_by(document: dict[str, object]) -> Endpoint:
    """The endpoint that gives out the description of all endpoints."""
    text = msgspec.json.encode(document)

    async def describe(_: Asked) -> Answer:
        return Answer(text)

    return Endpoint(
        name="openapi",
        method="GET",
        path="/openapi.json",
        summary="This description",
        handler=describe,
        response=dict[str, Any],
        has_etag=True,
        tag="operating",
    )


ENDPOINTS: Final = (
    Endpoint(
        name="health",
        method="GET",
        path="/v1/health",
        summary="The process answers",
        handler=health,
        response=Health,
        tag="operating",
    ),
    Endpoint(
        name="ready",
        method="GET",
        path="/v1/ready",
        summary="Whether acts are worth sending here",
        handler=ready,
        response=Ready,
        also={503: Ready},
        tag="operating",
    ),
    Endpoint(
        name="metrics",
        method="GET",
        path="/metrics",
        summary="Figures for Prometheus",
        handler=figures,
        response=str,
        media_type="text/plain",
        tag="operating",
    ),
    Endpoint(
        name="today",
        method="GET",
        path="/v1/today",
        summary="What waits for the caller",
        handler=today,
        response=Today,
        tag="operating",
    ),
)
