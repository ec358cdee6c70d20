"""The movable-property registry by files: the table that goes there, its list read back, and both beside each other."""

from typing import Final

from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.problems import Problem
from tallychain.gateway.registry import ListRead, Report
from tallychain.gateway.web.endpoints import BYTES, Answer, Asked, Endpoint, Parameter, json

_NAME: Final = "registry.csv"
_YES: Final = {"": False, "true": True, "false": False}


async def export(asked: Asked) -> Answer:
    """What is to be registered or taken back, as a table with the text of each description."""
    everything = _flag(asked, "everything")
    made = await asked.gateway.filing.registry.export(asked.read_model, everything=everything)
    await asked.gateway.unlocking.audit(asked.caller.id, "registry-export", _NAME)
    return Answer(made, 200, BYTES, {"Content-Disposition": f"attachment; filename={_NAME}"})


async def take(asked: Asked) -> Answer:
    """The registry's list: compared, and kept as the newest one unless it is a dry run or a row cannot be read."""
    dry = _flag(asked, "dry_run")
    read = await asked.gateway.filing.registry.take(asked.read_model, asked.body, dry=dry)
    if read.taken:
        await asked.gateway.unlocking.audit(asked.caller.id, "registry-list", read.report.list_digest)
    return json(read)


async def reconciliation(asked: Asked) -> Answer:
    """What is due, and everything in which ledger and registry differ."""
    return json(await asked.gateway.filing.registry.report(asked.read_model))


async def today(asked: Asked) -> Report | None:
    """What the page of today says of it, for the member's own staff."""
    if asked.caller.seat != HOUSE or asked.gateway.read_model is None:
        return None
    return await asked.gateway.filing.registry.today(asked.read_model)


def _flag(asked: Asked, name: str) -> bool:
    found = _YES.get(asked.query.get(name, ""))
    if found is None:
        raise Problem("GATEWAY_QUERY_NOT_VALID", detail=f"{name} is true or false")
    return found


ENDPOINTS: Final = (
    Endpoint(
        name="registry-export",
        method="GET",
        path="/v1/registry/export",
        summary="Financings to be registered or taken back, as a table for the movable-property registry",
        handler=export,
        response=bytes,
        media_type=BYTES,
        parameters=(Parameter("everything", "true: what stands and what is over too"),),
        tag="registry",
        problems=("GATEWAY_QUERY_NOT_VALID", "GATEWAY_LEDGER_NOT_REACHED"),
    ),
    Endpoint(
        name="registry-list",
        method="POST",
        path="/v1/registry/list",
        summary="The registry's list (CSV or XLSX), compared and kept",
        handler=take,
        request=bytes,
        response=ListRead,
        parameters=(Parameter("dry_run", "true: compare, keep nothing"),),
        tag="registry",
        body_limit=lambda gateway: gateway.settings.document_bytes,
        problems=("GATEWAY_QUERY_NOT_VALID", "GATEWAY_STORE_FULL", "GATEWAY_LEDGER_NOT_REACHED"),
    ),
    Endpoint(
        name="registry-reconciliation",
        method="GET",
        path="/v1/registry/reconciliation",
        summary="What is due at the registry, and where ledger and registry differ",
        handler=reconciliation,
        response=Report,
        tag="registry",
        problems=("GATEWAY_LEDGER_NOT_REACHED",),
    ),
)
