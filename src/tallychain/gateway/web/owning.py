"""For seats that keep their own keys: plans of acts, and the stock of tag cards that they have signed."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.gateway.ownkeys import DeliveredCard, PlanBody, PlanView
from tallychain.gateway.requests import check_key
from tallychain.gateway.web.acting import IDEMPOTENCY_KEY
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, json
from tallychain.gateway.web.enrolling import Stock


class Deliver(Struct, frozen=True, forbid_unknown_fields=True):
    """Tag cards, signed on the owner's machine."""

    cards: Annotated[tuple[DeliveredCard, ...], Meta(min_length=1, max_length=100)]


async def plan(asked: Asked) -> Answer:
    """What an act needs that only a gateway can find; nothing is signed and nothing submitted."""
    key = check_key(asked.headers.get("idempotency-key"))
    body = asked.read(PlanBody)
    found = await asked.gateway.own_keys.plan(asked.path["id"], body, asked.caller, key)
    return json(found)


async def deliver(asked: Asked) -> Answer:
    """Take signed tag cards into the stock."""
    free = await asked.gateway.own_keys.deliver(asked.caller, asked.read(Deliver).cards)
    return json(Stock(free))


ENDPOINTS: Final = (
    Endpoint(
        name="act-plan",
        method="POST",
        path="/v1/plans/{id}",
        summary="For a seat with keys of its own: what an act of this type needs",
        handler=plan,
        request=PlanBody,
        response=PlanView,
        parameters=(IDEMPOTENCY_KEY,),
        tag="acts",
        problems=(
            "GATEWAY_HOSTED",
            "GATEWAY_IDEMPOTENCY_KEY_MISSING",
            "GATEWAY_TYPE_UNKNOWN",
            "GATEWAY_TAG_UNKNOWN",
            "GATEWAY_TAG_AMBIGUOUS",
            "GATEWAY_CARD_PENDING",
            "GATEWAY_WOULD_BE_REFUSED",
            "GATEWAY_HELD_ELSEWHERE",
        ),
    ),
    Endpoint(
        name="cards-deliver",
        method="POST",
        path="/v1/cards/signed",
        summary="For a seat with keys of its own: deliver signed tag cards",
        handler=deliver,
        request=Deliver,
        response=Stock,
        tag="enrolment",
        problems=(
            "GATEWAY_HOSTED",
            "GATEWAY_EXISTS",
            "GATEWAY_CARD_NOT_VALID",
            "GATEWAY_IDENTITY_NOT_PROVEN",
        ),
    ),
)
