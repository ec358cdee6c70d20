"""Pages from templates: every value is escaped, every word comes from the catalogue."""

from pathlib import Path
from typing import Any, Final

import jinja2

from tallychain.console import figures, shown
from tallychain.console.navigation import navigation_for
from tallychain.console.visits import Reply, Visit
from tallychain.sdk.quotes import percent

_FOLDER: Final = Path(__file__).parent / "templates"

ENVIRONMENT: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_FOLDER),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.filters |= {
    "amount": shown.amount,
    "instant": shown.instant,
    "day": shown.day,
    "short": shown.short,
    "shape": shown.shape,
    "pretty": shown.pretty,
    "bytes": shown.size,
    "slug": shown.slug,
    "percent": percent,
    "figure_text": figures.figure_text,
}


async def page(visit: Visit, template: str, *, status: int = 200, **values: Any) -> Reply:
    """
    A whole page with header, navigation and, on a demonstration chain, its banner.

    A page that follows the ledger and has nothing new to show is answered with 204 and stays as it is.
    """
    height = visit.gateway.clock.height
    if visit.gateway.read_model is not None:
        height = (await visit.gateway.read_model.as_of()).height
    if visit.is_poll and visit.query.get("seen") == str(height):
        return Reply(b"", 204)
    own = await _own_record(visit)
    navigation = navigation_for(visit, str(own.get("kinds", "")), _place(values))
    made = ENVIRONMENT.get_template(template).render(
        visit=visit,
        t=visit.words,
        figure_label=figures.figure_label,
        account=visit.account,
        member=visit.gateway.member,
        own_name=str(own.get("name", visit.gateway.member)),
        navigation=navigation,
        may_issue=navigation.has("issue"),
        facts=visit.gateway.facts,
        now_ms=visit.gateway.clock.now_ms(),
        height=height,
        **values,
    )
    return Reply(made.encode(), status)


def _place(values: dict[str, Any]) -> str:
    """Which entry of the navigation a page belongs to."""
    active = str(values.get("active", ""))
    return "proposals" if active == "governance" else active


async def _own_record(visit: Visit) -> dict[str, Any]:
    """The public record of the member that this console belongs to; empty before the read model has it."""
    if visit.gateway.read_model is None:
        return {}
    return await visit.gateway.read_model.get("members", [visit.gateway.member], ()) or {}
