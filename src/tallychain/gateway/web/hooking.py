"""Webhooks of the caller's seat: subscriptions, their secret, what was delivered, and what is dead and may be tried again."""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from tallychain.gateway import hooks
from tallychain.gateway.hookfeed import kinds_of
from tallychain.gateway.hookqueue import STATES, Delivery
from tallychain.gateway.hooks import Webhook
from tallychain.gateway.problems import Problem
from tallychain.gateway.web import paging
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, Parameter, empty, json

Url = Annotated[str, Meta(min_length=8, max_length=500)]
Kind = Annotated[str, Meta(pattern="^([a-z_]{1,30}\\.){0,3}([a-z_]{1,30}|\\*)$(?!\\n)")]
Kinds = Annotated[tuple[Kind, ...], Meta(min_length=1, max_length=50)]


class AddWebhook(Struct, frozen=True, forbid_unknown_fields=True):
    """An address that is to be told what happens."""

    url: Url
    kinds: Kinds
    """Of `/v1/webhook-kinds`; `voucher.*` stands for all that begin so, `*` for all."""
    own: bool = True
    """Only facts that name this seat, or that its own operations caused."""


class ChangeWebhook(Struct, frozen=True, forbid_unknown_fields=True):
    """What changes; what is left out stays."""

    url: Url | None = None
    kinds: Kinds | None = None
    own: bool | None = None
    on: bool | None = None


class Redeliver(Struct, frozen=True, forbid_unknown_fields=True):
    """One dead delivery, or all of them."""

    delivery: Annotated[str, Meta(max_length=64)] = ""


class WebhookView(Struct, frozen=True):
    """A webhook; never its secret."""

    id: str
    url: str
    kinds: tuple[str, ...]
    own: bool
    state: Literal["on", "off"]
    reason: str
    """Why it is off: BY_OWNER, GONE (the receiver said so), FAILING (for too long), BEHIND (too much waits)."""
    failing_since_ms: int
    made_ms: int
    made_by: str


class WebhookMade(Struct, frozen=True):
    """A webhook and the secret that signs for it, shown this once."""

    webhook: WebhookView
    secret: str


class NewSecret(Struct, frozen=True):
    """Another secret, shown this once; the one before signs as well until then."""

    secret: str
    old_until_ms: int


class DeliveryView(Struct, frozen=True):
    """One thing that was or is to be told."""

    id: str
    type: str
    state: Literal["waiting", "delivered", "dead"]
    made_ms: int
    attempts: int
    due_ms: int
    """UTC milliseconds of the next attempt; while it waits."""
    status: int
    """HTTP status of the last attempt; 0 where there was no answer."""
    why: str
    body: Any
    """What was signed and sent."""


class Queued(Struct, frozen=True):
    """A delivery on its way."""

    delivery: str


class Again(Struct, frozen=True):
    """How many deliveries are tried again."""

    count: int


async def list_kinds(asked: Asked) -> Answer:
    """Every kind of event."""
    return json(kinds_of(asked.gateway.catalogue))


async def list_webhooks(asked: Asked) -> Answer:
    """The webhooks of the caller's seat."""
    limit = paging.rows_asked(asked)
    found = await asked.gateway.telling.hooks.page(asked.caller.seat, paging.after_name(asked), limit)
    return paging.page(asked, [_view(item) for item in found], found[-1].id if len(found) == limit else None)


async def add(asked: Asked) -> Answer:
    """Tell an address what happens from now on."""
    body = asked.read(AddWebhook)
    asked.gateway.telling.addresses.check(body.url)
    made, secret = await asked.gateway.telling.hooks.add(
        seat=asked.caller.seat,
        url=body.url,
        kinds=_known(asked, body.kinds),
        own=body.own,
        by=asked.caller.id,
        after_height=await _height(asked),
    )
    await asked.gateway.unlocking.audit(asked.caller.id, "webhook-add", made.id)
    return json(WebhookMade(_view(made), secret), 201, {"Cache-Control": "no-store"})


async def show(asked: Asked) -> Answer:
    """One webhook."""
    return json(_view(await _webhook(asked)))


async def change(asked: Asked) -> Answer:
    """Another address, other kinds, on or off."""
    body, webhook = asked.read(ChangeWebhook), await _webhook(asked)
    if body.url is not None:
        asked.gateway.telling.addresses.check(body.url)
    kinds = webhook.kinds if body.kinds is None else _known(asked, body.kinds)
    own = webhook.own if body.own is None else body.own
    await asked.gateway.telling.hooks.change(webhook, url=body.url or webhook.url, kinds=kinds, own=own)
    if body.on is not None:
        await asked.gateway.telling.hooks.switch(webhook, on=body.on, after_height=await _height(asked))
    await asked.gateway.unlocking.audit(asked.caller.id, "webhook-change", webhook.id)
    return json(_view(await _webhook(asked)))


async def remove(asked: Asked) -> Answer:
    """Forget a webhook and what waits for it."""
    webhook = await _webhook(asked)
    await asked.gateway.telling.hooks.remove(webhook)
    await asked.gateway.unlocking.audit(asked.caller.id, "webhook-remove", webhook.id)
    return empty()


async def new_secret(asked: Asked) -> Answer:
    """Another secret; for a day both sign, so that the receiver can change over."""
    webhook = await _webhook(asked)
    secret = await asked.gateway.telling.hooks.new_secret(webhook)
    await asked.gateway.unlocking.audit(asked.caller.id, "webhook-secret", webhook.id)
    until = (await _webhook(asked)).old_until_ms
    return json(NewSecret(secret, until), 201, {"Cache-Control": "no-store"})


async def test(asked: Asked) -> Answer:
    """Send something that means nothing, to see that it arrives."""
    webhook = await _webhook(asked)
    delivery = await asked.gateway.telling.queue.put(webhook.id, hooks.TEST, {"webhook": webhook.id})
    asked.gateway.pulse.beat()
    return json(Queued(delivery), 202)


async def list_deliveries(asked: Asked) -> Answer:
    """The newest deliveries of a webhook; with `state=dead` those that nobody took."""
    webhook, limit, state = await _webhook(asked), paging.rows_asked(asked), asked.query.get("state", "")
    if state and state not in STATES:
        raise Problem("GATEWAY_QUERY_NOT_VALID", detail=f"state is one of {', '.join(STATES)}")
    below = paging.after_number(asked)
    found = await asked.gateway.telling.queue.page(
        webhook.id, state, 2**63 - 1 if below is None else below, limit
    )
    place = found[-1].number if len(found) == limit else None
    return paging.page(asked, [_delivery(item) for item in found], place)


async def redeliver(asked: Asked) -> Answer:
    """Try one dead delivery again, or all of them."""
    webhook, body = await _webhook(asked), asked.read(Redeliver)
    count = await asked.gateway.telling.queue.again(webhook.id, body.delivery)
    if body.delivery and not count:
        raise Problem("GATEWAY_NOT_FOUND")
    asked.gateway.pulse.beat()
    await asked.gateway.unlocking.audit(asked.caller.id, "webhook-redeliver", webhook.id)
    return json(Again(count), 202)


async def _webhook(asked: Asked) -> Webhook:
    return await asked.gateway.telling.hooks.get(asked.path["id"], asked.caller.seat)


async def _height(asked: Asked) -> int:
    """The last block of which anything here knows: what comes later is told."""
    projected = 0 if asked.gateway.read_model is None else (await asked.gateway.read_model.as_of()).height
    return max(projected, asked.gateway.clock.height)


def _known(asked: Asked, kinds: tuple[str, ...]) -> tuple[str, ...]:
    there = kinds_of(asked.gateway.catalogue)
    for kind in kinds:
        if not any(hooks.wants((kind,), item) for item in there):
            raise Problem("GATEWAY_FIELD_NOT_VALID", detail=f"there is no kind of event {kind[:60]}")
    return tuple(dict.fromkeys(kinds))


def _view(webhook: Webhook) -> WebhookView:
    plain = {name: getattr(webhook, name) for name in WebhookView.__struct_fields__}
    return msgspec.convert(plain, WebhookView)


def _delivery(item: Delivery) -> DeliveryView:
    plain = {
        name: getattr(item, name) for name in DeliveryView.__struct_fields__ if name not in ("type", "body")
    }
    return msgspec.convert({**plain, "type": item.kind, "body": msgspec.json.decode(item.body)}, DeliveryView)


_TAG: Final = "webhooks"
_URL: Final = ("GATEWAY_WEBHOOK_URL",)

ENDPOINTS: Final = (
    Endpoint(name="webhook-kinds", method="GET", path="/v1/webhook-kinds", summary="Every kind of event that can be told",
             handler=list_kinds, response=list[str], tag=_TAG),
    Endpoint(name="webhook-list", method="GET", path="/v1/webhooks", summary="The webhooks of the own seat",
             handler=list_webhooks, response=list[WebhookView], parameters=paging.PAGING, tag=_TAG),
    Endpoint(name="webhook-add", method="POST", path="/v1/webhooks", summary="Tell an address what happens from now on",
             handler=add, request=AddWebhook, response=WebhookMade, status=201, tag=_TAG,
             problems=(*_URL, "GATEWAY_TOO_MANY")),
    Endpoint(name="webhook-show", method="GET", path="/v1/webhooks/{id}", summary="One webhook",
             handler=show, response=WebhookView, tag=_TAG),
    Endpoint(name="webhook-change", method="PATCH", path="/v1/webhooks/{id}", summary="Another address, other kinds, on or off",
             handler=change, request=ChangeWebhook, response=WebhookView, tag=_TAG, problems=_URL),
    Endpoint(name="webhook-remove", method="DELETE", path="/v1/webhooks/{id}", summary="Forget a webhook and what waits for it",
             handler=remove, status=204, tag=_TAG),
    Endpoint(name="webhook-secret", method="POST", path="/v1/webhooks/{id}/secret", summary="Another secret, shown once",
             handler=new_secret, response=NewSecret, status=201, tag=_TAG),
    Endpoint(name="webhook-test", method="POST", path="/v1/webhooks/{id}/test", summary="Send something that means nothing",
             handler=test, response=Queued, status=202, tag=_TAG),
    Endpoint(name="webhook-deliveries", method="GET", path="/v1/webhooks/{id}/deliveries", summary="What was told, waits, or is dead",
             handler=list_deliveries, response=list[DeliveryView], tag=_TAG,
             parameters=(Parameter("state", "waiting, delivered or dead", pattern="^(waiting|delivered|dead)?$"), *paging.PAGING)),
    Endpoint(name="webhook-redeliver", method="POST", path="/v1/webhooks/{id}/redeliver", summary="Try dead deliveries again",
             handler=redeliver, request=Redeliver, response=Again, status=202, tag=_TAG),
)  # fmt: skip
