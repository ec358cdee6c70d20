"""Health, readiness, figures, the description of this API, and what waits for the caller today."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec import Struct

from tallychain.gateway import hookqueue, metrics, permissions
from tallychain.gateway.outbox import QUEUED, REFUSED, TURNED_AWAY
from tallychain.gateway.registry import Report
from tallychain.gateway.standing import ALARMS, Ready, standing
from tallychain.gateway.web import registering, reporting
from tallychain.gateway.web.acting import DraftView, draft_view
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, json


class Health(Struct, frozen=True):
    """The process answers."""

    status: str


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
    key_leavers: list[str]
    """Members that have left and may have the newest fingerprint key; a new one is due by vote."""
    movements: int
    """For staff: bursts of splits and circles to look at, as of the last minute."""
    registry: Report | None
    """For staff of a funder: what is due at the movable-property registry, and where its newest list differs from the ledger."""
    time_ms: int
    """The chain's time as this gateway knows it."""
    demo: bool


async def health(_: Asked) -> Answer:
    """The process answers."""
    return json(Health("ok"))


async def ready(asked: Asked) -> Answer:
    """200 if acts are worth sending here, else 503."""
    found = await standing(asked.gateway)
    return json(found, 200 if found.ready else 503)


async def figures(asked: Asked) -> Answer:
    """Figures in the text format of Prometheus."""
    gateway = asked.gateway
    now, shown = await standing(gateway), gateway.metrics
    shown.outbox.set(now.outbox_open)
    shown.outbox_age.set(now.outbox_oldest_s)
    if now.database:
        shown.letters.set(await gateway.postbox.waiting())
        counts = await gateway.telling.queue.counts()
        for state in hookqueue.STATES:
            shown.webhooks.labels(state).set(counts.get(state, 0))
    shown.streams.set(0 if gateway.streams is None else gateway.streams.count)
    shown.ready.set(int(now.ready))
    shown.disk_free.set(now.disk_free_bytes)
    shown.validators_silent.set(now.validators_silent)
    shown.payouts_late.set(now.payouts_late)
    shown.returns_late.set(now.returns_late)
    shown.payees_missing.set(now.payees_missing)
    shown.ledger_lag.set(max(0, now.read_model_behind))
    shown.rows_height.set(gateway.clock.height - max(0, now.read_model_behind))
    for kind in ALARMS:
        shown.alarms.labels(kind).set(int(kind in now.alarms))
    return Answer(shown.text(), 200, metrics.MEDIA_TYPE)


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
            key_leavers=list(await gateway.foresight.key_leavers()),
            movements=await reporting.today(asked),
            registry=await registering.today(asked),
            time_ms=gateway.clock.now_ms(),
            demo=gateway.facts.demo,
        )
    )


def described_by(document: Callable[..., dict[str, object]]) -> Endpoint:
    """The endpoint that gives out the description of all endpoints, which is made when it is first asked for."""
    text = lru_cache(maxsize=4)(
        lambda member, chain: msgspec.json.encode(document(member=member, chain=chain))
    )

    async def describe(asked: Asked) -> Answer:
        return Answer(text(asked.gateway.member, asked.gateway.facts.chain))

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
        name="healthz",
        method="GET",
        path="/healthz",
        summary="As /v1/health, where probes look for it",
        handler=health,
        response=Health,
        tag="operating",
    ),
    Endpoint(
        name="readyz",
        method="GET",
        path="/readyz",
        summary="As /v1/ready, where probes look for it",
        handler=ready,
        response=Ready,
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
