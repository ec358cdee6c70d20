"""Proposals: what is put to the vote, in plain words and as data; ballots; and opening one, with a dry run before it is signed."""

from typing import Any, Final

import msgspec

from tallychain.console.declared import Box, boxes_of, row_boxes, rows_shown, shown_values, spoken
from tallychain.console.desk import Row
from tallychain.console.fields import reading
from tallychain.console.names import names_for
from tallychain.console.pagemaker import page
from tallychain.console.pages.nodes import facts_in_words
from tallychain.console.routes import Route, get, post
from tallychain.console.signing import act, new_key
from tallychain.console.typed import as_text, plain_of
from tallychain.console.visits import PageRefused, Reply, Visit, go_to
from tallychain.contracts.governance.changes import ProposedChange
from tallychain.contracts.governance.constitution import KINDS, WHOLE_PPM
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.problems import Problem
from tallychain.integrations.rulepacks import Changed, RulePackUnknown, changed, rule_pack
from tallychain.ledger.limits import TEXT_CODE_POINTS
from tallychain.ledger.protocol import FIRST_PROTOCOL

CHOICES: Final = ("yes", "no", "abstain")
CHANGES: Final[dict[str, type[msgspec.Struct]]] = {
    str(kind.__struct_config__.tag): kind for kind in ProposedChange.__args__
}
"""The type of each kind of change."""
STATUSES: Final = ("VOTING", "PASSED", "ENACTED", "REJECTED", "FAILED", "WITHDRAWN")
_DATA: Final = "data"
_MORE: Final = "more:"
_WORDS: Final = ("words_zh", "words_en")


async def proposals(visit: Visit) -> Reply:
    """The proposals that the filters of the address ask for, newest first."""
    query = {name: visit.query[name] for name in ("status", "kind") if visit.query.get(name)}
    rows = await visit.desk.rows("proposals", at_most=2000, **query)
    return await page(
        visit,
        "proposals.html",
        active="governance",
        contract="governance",
        rows=sorted(rows, key=lambda row: int(row["opened_height"]), reverse=True),
        wanted=query,
        kinds=KINDS,
        statuses=STATUSES,
        names=await names_for(visit),
        voted=await own_ballots(visit),
    )


async def proposal(visit: Visit) -> Reply:
    """One proposal with its change, its count and its ballots."""
    row = await visit.desk.row("proposals", visit.path["proposal"])
    ballots = await visit.desk.rows("ballots", proposal=row["proposal"])
    return await page(
        visit,
        "proposal.html",
        active="governance",
        contract="governance",
        row=row,
        lines=change_lines(visit, row),
        ballots=ballots,
        counted=_counted(row),
        names=await names_for(visit),
        may_vote=_may_vote(visit, row, ballots),
        is_own=row["proposer"] == visit.gateway.member and visit.caller.seat == HOUSE,
        choices=CHOICES,
        members=(),
    )


async def ballot(visit: Visit) -> Reply:
    """What a ballot signs, before it is signed."""
    return await _ballot(visit)


async def vote(visit: Visit) -> Reply:
    """Sign a ballot as the maker; another person of the member approves it."""
    row, choice = await _named(visit)
    try:
        return await act(visit, "ballot.cast", _cast(row, choice), {})
    except Problem as problem:
        return await _ballot(visit, problem)


async def kinds(visit: Visit) -> Reply:
    """The kinds of proposals, and how each is decided."""
    rules = await visit.desk.rows("constitution")
    return await page(
        visit,
        "proposal_kinds.html",
        active="governance",
        contract="governance",
        rules={row["kind"]: row for row in rules},
        kinds=KINDS,
        may_open=visit.may("staff:maker"),
    )


async def form(visit: Visit) -> Reply:
    """The form of one kind, filled in with what holds now where that helps."""
    boxes = _boxes(visit)
    values = shown_values(boxes, await _begin(visit)) | dict.fromkeys(_WORDS, "") | {"key": new_key()}
    return await _form(visit, boxes, values, {})


async def make_key(visit: Visit) -> Reply:
    """Have the gateway make a fingerprint key, and go on to its proposal."""
    if not visit.may("staff:maker"):
        raise PageRefused("CONSOLE_NOT_YOUR_ACT", 403)
    made = await visit.desk.post("fingerprint-key-make", {})
    return go_to(
        "/proposals/new/FINGERPRINT_KEY", epoch=str(made["epoch"]), commitment=str(made["commitment"])
    )


async def check(visit: Visit) -> Reply:
    """The form again with its faults, or the dry run and the text that is about to be signed."""
    boxes = _boxes(visit)
    args, faults = _read(visit, boxes)
    step = visit.text("step")
    if faults or step == "change" or step.startswith(_MORE):
        return await _form(visit, boxes, _typed(visit), {} if step.startswith(_MORE) else faults)
    return await _review(visit, boxes, args)


async def sign(visit: Visit) -> Reply:
    """Sign as the maker; another person of the member approves it."""
    boxes = _boxes(visit)
    args, faults = _read(visit, boxes)
    if faults or visit.text("step") == "change":
        return await _form(visit, boxes, _typed(visit), faults)
    try:
        return await act(visit, "proposal.open", args, {})
    except Problem as problem:
        return await _review(visit, boxes, args, problem)


async def own_ballots(visit: Visit) -> dict[str, str]:
    """How the visitor's member has voted, by proposal."""
    rows = await visit.desk.rows("ballots", member=visit.gateway.member)
    return {row["proposal"]: row["choice"] for row in rows}


async def to_vote(visit: Visit) -> list[Row]:
    """Open proposals on which the visitor's member has a vote and has not voted."""
    weights = await visit.desk.rows("weights", member=visit.gateway.member)
    voted = await own_ballots(visit)
    return [
        row
        for row in await visit.desk.rows("proposals", status="VOTING")
        if row["proposal"] not in voted and _weight_at(weights, int(row["opened_height"]))
    ]


def change_lines(visit: Visit, row: Row) -> list[tuple[str, Box, str]]:
    """The change of a proposal as labels and texts."""
    data = msgspec.json.decode(str(row["data"]))
    boxes = boxes_of(CHANGES[row["kind"]], _DATA, visit.words.language)
    return spoken(boxes, shown_values(boxes, data))


def _weight_at(weights: list[Row], height: int) -> int:
    held = [row for row in weights if int(row["from_height"]) <= height]
    return int(max(held, key=lambda row: int(row["from_height"]))["weight"]) if held else 0


def _counted(row: Row) -> dict[str, Any]:
    """The count in percent, as the constitution reads it."""
    yes, no, abstain, total = (int(row[name]) for name in ("yes", "no", "abstain", "total"))
    return {
        "turnout": 100 * (yes + no + abstain) / total if total else 0,
        "share": 100 * yes / (yes + no) if yes + no else 0,
        "turnout_needed": 100 * int(row["turnout_ppm"]) / WHOLE_PPM,
        "share_needed": 100 * int(row["share_ppm"]) / WHOLE_PPM,
        "missing": total - yes - no - abstain,
    }


def _may_vote(visit: Visit, row: Row, ballots: list[Row]) -> bool:
    has_voted = any(item["member"] == visit.gateway.member for item in ballots)
    return row["status"] == "VOTING" and not has_voted and visit.may("staff:maker")


async def _named(visit: Visit) -> tuple[Row, str]:
    choice = visit.path["choice"]
    if choice not in CHOICES:
        raise PageRefused("CONSOLE_PAGE_UNKNOWN", 404)
    return await visit.desk.row("proposals", visit.path["proposal"]), choice


def _cast(row: Row, choice: str) -> dict[str, str]:
    return {"proposal": row["proposal"], "digest": row["digest"], "choice": choice}


async def _ballot(visit: Visit, problem: Problem | None = None) -> Reply:
    row, choice = await _named(visit)
    return await page(
        visit,
        "ballot.html",
        status=200 if problem is None else problem.status,
        active="governance",
        contract="governance",
        row=row,
        choice=choice,
        lines=change_lines(visit, row),
        names=await names_for(visit),
        text=as_text(_cast(row, choice)),
        key=visit.text("key") or new_key(),
        members=(),
        problem=problem,
    )


def _boxes(visit: Visit) -> tuple[Box, ...]:
    kind = visit.path["kind"]
    if kind not in CHANGES:
        raise PageRefused("CONSOLE_PAGE_UNKNOWN", 404)
    if not visit.may("staff:maker"):
        raise PageRefused("CONSOLE_NOT_YOUR_ACT", 403)
    return boxes_of(CHANGES[kind], _DATA, visit.words.language)


async def _begin(visit: Visit) -> dict[str, Any]:
    """With what a form begins: the address, and where a version follows another, what holds now."""
    kind, found = visit.path["kind"], dict[str, Any](visit.query)
    if kind == "CALENDAR":
        years = {int(row["year"]): row for row in await visit.desk.rows("calendars")}
        text = visit.query.get("year", "")
        year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else max([*years, 1999]) + 1
        row = years.get(year)
        found |= {"year": year, "version": 1 if row is None else int(row["version"]) + 1}
        if row is not None:
            found |= {name: str(row[name]).split() for name in ("holidays", "make_up_working_days")}
    elif kind == "POLICY" and visit.query.get("policy"):
        versions = await visit.desk.rows("policy_versions", policy=visit.query["policy"])
        if versions:
            last = max(versions, key=lambda row: int(row["version"]))
            found |= {"values": msgspec.json.decode(str(last["settings"])), "article": last["article"]}
    elif kind == "RULE_PACK" and visit.query.get("pack"):
        found |= _pack_named(visit.query["pack"])
    elif kind == "PROTOCOL":
        protocols = await visit.desk.rows("protocols")
        found |= {"protocol": max([FIRST_PROTOCOL, *(int(row["protocol"]) for row in protocols)]) + 1}
    elif kind == "CONSTITUTION":
        found["rules"] = [
            row for row in await visit.desk.rows("constitution") if row["kind"] == visit.query.get("of")
        ]
    return found


def _pack_named(name: str) -> dict[str, Any]:
    """The change that adopts a pack; its first day is chosen by whoever proposes it."""
    try:
        return rule_pack(name).change("")
    except RulePackUnknown:
        raise PageRefused("CONSOLE_PAGE_UNKNOWN", 404) from None


def _read(visit: Visit, boxes: tuple[Box, ...]) -> tuple[dict[str, Any], dict[str, str]]:
    given = reading(visit)
    kind = visit.path["kind"]
    data = {"kind": kind, **plain_of(boxes, given)}
    words = {name: given.needed(name, TEXT_CODE_POINTS) for name in _WORDS}
    return {"kind": kind, **words, _DATA: data}, given.faults


def _typed(visit: Visit) -> dict[str, str]:
    kept = {name: text for name, text in visit.form.items() if name.startswith(f"{_DATA}.") and text.strip()}
    return kept | {name: visit.text(name) for name in (*_WORDS, "key")}


async def _form(
    visit: Visit, boxes: tuple[Box, ...], values: dict[str, str], faults: dict[str, str]
) -> Reply:
    return await page(
        visit,
        "proposal_form.html",
        status=422 if faults else 200,
        active="governance",
        contract="governance",
        kind=visit.path["kind"],
        boxes=boxes,
        values=values,
        faults=faults,
        more=visit.text("step").removeprefix(_MORE),
        members=await visit.desk.rows("members"),
        rows_shown=rows_shown,
        row_boxes=row_boxes,
    )


async def _review(
    visit: Visit, boxes: tuple[Box, ...], args: dict[str, Any], problem: Problem | None = None
) -> Reply:
    preview: Row | None = None
    try:
        preview = await visit.desk.post("preview", {"data": args[_DATA]})
    except Problem as refused:
        problem = problem or refused
    values = _typed(visit)
    return await page(
        visit,
        "proposal_review.html",
        status=200 if problem is None else problem.status,
        active="governance",
        contract="governance",
        kind=visit.path["kind"],
        values=values,
        lines=spoken(boxes, values),
        preview=preview,
        said=facts_in_words(visit, [] if preview is None else preview["facts"]),
        changes=await _changes(visit, preview),
        facts_text=as_text([] if preview is None else preview["facts"]),
        names=await names_for(visit),
        text=as_text(args),
        members=(),
        problem=problem,
    )


async def _changes(visit: Visit, preview: Row | None) -> list[Changed]:
    """Which values of policies would change, for proposals on policies."""
    if preview is None or visit.path["kind"] not in ("POLICY", "RULE_PACK"):
        return []
    return changed(preview["facts"], await visit.desk.rows("policy_versions"))


ROUTES: Final[tuple[Route, ...]] = (
    get("/proposals", proposals),
    get("/proposals/new", kinds),
    get("/proposals/new/{kind:str}", form),
    post("/proposals/new/{kind:str}", check),
    post("/proposals/new/FINGERPRINT_KEY/key", make_key),
    post("/proposals/new/{kind:str}/sign", sign),
    get("/proposals/{proposal:str}", proposal),
    get("/proposals/{proposal:str}/vote/{choice:str}", ballot),
    post("/proposals/{proposal:str}/vote/{choice:str}", vote),
)
