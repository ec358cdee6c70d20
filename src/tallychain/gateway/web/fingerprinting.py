"""A new fingerprint key of the alliance: made here before it is proposed.  The key itself never leaves the gateway but by sealed letter."""

from typing import Final

from msgspec import Struct

from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, json


class MadeKey(Struct, frozen=True):
    """What a proposal names of the key."""

    epoch: int
    commitment: str


async def make(asked: Asked) -> Answer:
    """Make a key for the epoch that follows."""
    key = await asked.gateway.hand_over.make()
    return json(MadeKey(key.epoch, key.commitment()), 201)


ENDPOINTS: Final = (
    Endpoint(
        name="fingerprint-key-make",
        method="POST",
        path="/v1/fingerprint-keys",
        summary="Make a fingerprint key for the next epoch, to be proposed; it goes to the others once it is",
        handler=make,
        response=MadeKey,
        status=201,
        tag="acts",
        problems=("GATEWAY_LEDGER_NOT_REACHED", "GATEWAY_NOT_FOUND"),
    ),
)
