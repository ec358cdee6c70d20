"""What governs: policies in all their versions, the calendar of a year, the constitution and who has which vote."""

from calendar import Calendar as Weeks
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import msgspec

from tallychain.console.desk import Row
from tallychain.console.names import names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get
from tallychain.console.visits import PageRefused, Reply, Visit
from tallychain.contracts.governance.constitution import FLOORS
from tallychain.instruments.calendar import local_day
from tallychain.integrations.rulepacks import RulePackUnknown, rule_pack, rule_packs

_FIRST: Final = 2000
_LAST: Final = 2099


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of the grid."""

    day: int
    kind: str
    """work, weekend, holiday or makeup; empty for a place before the first or after the last day of the month."""
    is_today: bool


async def policies(visit: Visit) -> Reply:
    """Every policy with its versions, newest first, and what each changed."""
    rows = await visit.desk.rows("policy_versions")
    by_policy: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda item: (item["policy"], -int(item["version"]))):
        by_policy.setdefault(row["policy"], []).append(
            {
                **row,
                "figures": msgspec.json.decode(str(row["settings"])),
                "cited": msgspec.json.decode(str(row["articles"])),
            }
        )
    today = local_day(visit.gateway.clock.now_ms()).isoformat()
    return await page(
        visit,
        "policies.html",
        active="governance",
        waiting=await visit.desk.get("today"),
        epochs=sorted(await visit.desk.rows("key_epochs"), key=lambda row: -int(row["epoch"])),
        policies={name: _with_changes(versions, today) for name, versions in by_policy.items()},
        packs=rule_packs(),
        adopted={str(row["pack"]) for row in rows},
        may_open=visit.may("staff:maker"),
    )


async def rule_pack_page(visit: Visit) -> Reply:
    """One rule pack that comes with this version: its document, its values with their articles, and what the ledger holds anyway."""
    try:
        pack = rule_pack(visit.path["pack"])
    except RulePackUnknown:
        raise PageRefused("CONSOLE_PAGE_UNKNOWN", 404) from None
    return await page(
        visit, "rulepack.html", active="governance", pack=pack, may_open=visit.may("staff:maker")
    )


async def calendar(visit: Visit) -> Reply:
    """The year as twelve grids, with holidays and make-up working days; a year that nobody has published says so."""
    today = local_day(visit.gateway.clock.now_ms())
    text = visit.path.get("year", str(today.year))
    if not (text.isascii() and text.isdigit() and len(text) == 4 and _FIRST <= int(text) <= _LAST):
        raise PageRefused("CONSOLE_PAGE_UNKNOWN", 404)
    year = int(text)
    rows = {int(row["year"]): row for row in await visit.desk.rows("calendars")}
    waiting = await visit.desk.get("today")
    return await page(
        visit,
        "calendar.html",
        active="governance",
        year=year,
        row=rows.get(year),
        published=sorted(rows),
        months=_months(year, rows.get(year), today),
        alarm=waiting["day_without_calendar"],
        may_open=visit.may("staff:maker"),
    )


async def constitution(visit: Visit) -> Reply:
    """How each kind of proposal is decided, with the floors in code, and the voting weights of now."""
    weights: dict[str, Row] = {}
    for row in await visit.desk.rows("weights"):
        if row["member"] not in weights or int(row["from_height"]) > int(
            weights[row["member"]]["from_height"]
        ):
            weights[row["member"]] = row
    return await page(
        visit,
        "constitution.html",
        active="governance",
        rules=await visit.desk.rows("constitution"),
        floors=FLOORS,
        weights=[weights[name] for name in sorted(weights)],
        names=await names_for(visit),
        may_open=visit.may("staff:maker"),
    )


def _with_changes(versions: list[Row], today: str) -> list[Row]:
    """Each version with the figures that differ from the one before, and whether it holds today."""
    found: list[dict[str, Any]] = []
    holding = next(
        (row["version"] for row in versions if row["effective_from"] <= today), versions[-1]["version"]
    )
    for number, row in enumerate(versions):
        before = versions[number + 1]["figures"] if number + 1 < len(versions) else {}
        changed = (
            {name for name, value in row["figures"].items() if before.get(name) != value} if before else set()
        )
        state = "planned" if row["effective_from"] > today and row["version"] != holding else "past"
        found.append({**row, "changed": changed, "state": "holds" if row["version"] == holding else state})
    return found


def _months(year: int, row: Row | None, today: date) -> list[list[list[Cell]]]:
    holidays = set(str(row["holidays"]).split()) if row else set()
    working = set(str(row["make_up_working_days"]).split()) if row else set()

    def cell(day: date, month: int) -> Cell:
        if day.month != month or day.year != year:
            return Cell(0, "", is_today=False)
        text = day.isoformat()
        weekend = day.weekday() >= 5
        kind = (
            "makeup"
            if text in working
            else "holiday"
            if text in holidays
            else "weekend"
            if weekend
            else "work"
        )
        return Cell(day.day, kind, is_today=day == today)

    weeks = Weeks()
    return [
        [[cell(day, month) for day in week] for week in weeks.monthdatescalendar(year, month)]
        for month in range(1, 13)
    ]


ROUTES: Final[tuple[Route, ...]] = (
    get("/policies", policies),
    get("/policies/packs/{pack:str}", rule_pack_page),
    get("/calendar", calendar),
    get("/calendar/{year:str}", calendar),
    get("/constitution", constitution),
)
