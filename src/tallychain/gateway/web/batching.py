"""Batches: a table whose every row becomes an operation; tried first, signed by one person and released by another."""

import asyncio
import base64
import binascii
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.acts import UnlockBody
from tallychain.gateway.batches import Checked
from tallychain.gateway.batchfiles import Known, made_result, made_template
from tallychain.gateway.batchrows import Batch, BatchRow
from tallychain.gateway.problems import Problem
from tallychain.gateway.service import Gateway
from tallychain.gateway.strictjson import hidden
from tallychain.gateway.web import paging
from tallychain.gateway.web.endpoints import BYTES, Answer, Asked, Endpoint, Parameter, json
from tallychain.integrations.batchtables import ISSUE, MAX_BYTES, TABLES

_FORMS: Final = ("csv", "xlsx")
_LANGUAGES: Final = ("zh", "en")
_BASE64_BYTES: Final = MAX_BYTES * 4 // 3 + 65_536


class BatchBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A table that is signed as it was looked at."""

    kind: Literal["issue", "offer", "present"]
    content: Annotated[str, Meta(max_length=_BASE64_BYTES)]
    """The file, base64."""
    digest: Annotated[str, Meta(pattern="^[0-9a-f]{64}$(?!\\n)")]
    """SHA-256 of the file, as the dry run said it."""
    name: Annotated[str, Meta(max_length=120)] = ""
    unlock: UnlockBody | None = None


class SignBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What the maker gives to sign again."""

    unlock: UnlockBody | None = None


class ReleaseBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What the second person gives: the digest of the table that was looked at, and the unlock."""

    digest: Annotated[str, Meta(pattern="^[0-9a-f]{64}$(?!\\n)")]
    unlock: UnlockBody | None = None


class RefuseBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a batch is not released."""

    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class BatchView(Struct, frozen=True):
    """A batch and how its rows stand."""

    batch: Batch
    rows: int
    states: dict[str, int]


class RowView(Struct, frozen=True):
    """One row, and what became of it."""

    line: int
    reference: str
    to: str
    amount: int
    maturity: str
    state: str
    attempt: int
    draft: str
    operation: str
    height: int
    code: str
    why_en: str
    why_zh: str


async def template(asked: Asked) -> Answer:
    """A table to be filled in, with a row for each payable, holding or e-invoice that the seat has."""
    kind, form, language = _kind(asked.path["kind"]), _form(asked), _language(asked)
    if (asked.caller.seat == HOUSE) != (kind == ISSUE):
        raise Problem("GATEWAY_FORBIDDEN")
    gateway, seat = asked.gateway, asked.caller.seat
    known = Known(
        asked.read_model,
        gateway.member,
        await gateway.seats.get(seat),
        await gateway.seats.tags_of(seat),
        gateway.documents,
    )
    made = await made_template(kind, language, known, as_xlsx=form == "xlsx")
    return _file(f"{kind}.{form}", made)


async def check(asked: Asked) -> Answer:
    """The dry run: what each row would do, or why it cannot be; nothing is sent or kept."""
    return json(
        await asked.gateway.batches.check(_kind(asked.query.get("kind", "")), asked.body, asked.caller)
    )


async def make(asked: Asked) -> Answer:
    """Keep the table and sign each row; the same table again goes on where it stopped."""
    body = asked.read(BatchBody)
    if hidden(body.name):
        raise Problem("GATEWAY_CHARACTER_NOT_ALLOWED", detail="the name of the file")
    try:
        content = base64.b64decode(body.content.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        raise Problem("GATEWAY_FIELD_NOT_VALID", detail="the content is not base64") from None
    batches = asked.gateway.batches
    batch = await batches.take(body.kind, body.name, content, body.digest, asked.caller, body.unlock)
    return json(await _view(asked, batch), 202)


async def listed(asked: Asked) -> Answer:
    """The batches of the caller's seat, newest first."""
    limit = paging.rows_asked(asked)
    found = await asked.gateway.batches.rows.newest(asked.caller.seat, limit, paging.after_time(asked))
    following = (found[-1].made_ms, found[-1].id) if len(found) == limit else None
    return paging.page(asked, found, following)


async def show(asked: Asked) -> Answer:
    """One batch, its totals and how its rows stand."""
    return json(await _view(asked, await _batch(asked)))


async def rows(asked: Asked) -> Answer:
    """The rows of a batch in the order of the file."""
    limit = paging.rows_asked(asked)
    batch = await _batch(asked)
    found = await asked.gateway.batches.rows.page(batch, paging.after_number(asked) or 0, limit)
    following = found[-1].line if len(found) == limit else None
    return paging.page(asked, [row_view(row) for row in found], following)


async def result(asked: Asked) -> Answer:
    """Every row with its operation and block, and why one had no effect, as a file."""
    form, language = _form(asked), _language(asked)
    batch = await _batch(asked)
    found = await asked.gateway.batches.rows.all(batch)
    made = await asyncio.to_thread(made_result, found, language, as_xlsx=form == "xlsx")
    return _file(f"batch-{batch.id}.{form}", made)


async def sign(asked: Asked) -> Answer:
    """Sign what is not signed yet, and anew what ended without effect."""
    batch = await _batch(asked)
    return json(
        await _view(
            asked, await asked.gateway.batches.sign(batch, asked.caller, asked.read(SignBody).unlock)
        ),
        202,
    )


async def release(asked: Asked) -> Answer:
    """Sign every waiting row as the second person, and submit them."""
    batch = await _batch(asked)
    body = asked.read(ReleaseBody)
    made = await asked.gateway.batches.release(batch, body.digest, asked.caller, body.unlock)
    return json(await _view(asked, made), 202)


async def refuse(asked: Asked) -> Answer:
    """Close every row that nobody has released."""
    batch = await _batch(asked)
    reason = asked.read(RefuseBody).reason
    return json(await _view(asked, await asked.gateway.batches.refuse(batch, asked.caller, reason)))


def row_view(row: BatchRow) -> RowView:
    """A row as it is shown."""
    plan = row.plan
    return RowView(
        row.line, plan.reference, plan.to, plan.amount, plan.maturity, row.state, row.attempt, row.draft,
        row.operation, row.height, row.code, row.why_en, row.why_zh,
    )  # fmt: skip


async def _batch(asked: Asked) -> Batch:
    return await asked.gateway.batches.rows.need(asked.path["id"], asked.caller.seat)


async def _view(asked: Asked, batch: Batch) -> BatchView:
    states: dict[str, int] = {}
    found = await asked.gateway.batches.rows.all(batch)
    for row in found:
        states[row.state] = states.get(row.state, 0) + 1
    return BatchView(batch, len(found), states)


def _kind(name: str) -> str:
    if name not in TABLES:
        raise Problem("GATEWAY_QUERY_NOT_VALID", detail=f"kind is {' or '.join(TABLES)}")
    return name


def _form(asked: Asked) -> str:
    form = asked.query.get("form", "xlsx")
    if form not in _FORMS:
        raise Problem("GATEWAY_QUERY_NOT_VALID", detail="form is csv or xlsx")
    return form


def _language(asked: Asked) -> str:
    language = asked.query.get("language", "zh")
    if language not in _LANGUAGES:
        raise Problem("GATEWAY_QUERY_NOT_VALID", detail="language is zh or en")
    return language


def _file(name: str, content: bytes) -> Answer:
    return Answer(content, 200, BYTES, {"Content-Disposition": f"attachment; filename={name}"})


def _limit(_gateway: Gateway) -> int:
    return _BASE64_BYTES


_OF_FILE: Final = (Parameter("form", "csv or xlsx"), Parameter("language", "zh or en"))
_SIGNS: Final = ("GATEWAY_UNLOCK_REFUSED", "GATEWAY_OUTBOX_FULL", "GATEWAY_LEDGER_NOT_REACHED")

ENDPOINTS: Final = (
    Endpoint(
        name="batch-template",
        method="GET",
        path="/v1/batch-templates/{kind}",
        summary="A table to be filled in: issue, offer or present",
        handler=template,
        response=bytes,
        media_type=BYTES,
        parameters=_OF_FILE,
        tag="batches",
        problems=("GATEWAY_QUERY_NOT_VALID", "GATEWAY_LEDGER_NOT_REACHED"),
    ),
    Endpoint(
        name="batch-check",
        method="POST",
        path="/v1/batches/check",
        summary="The dry run of a table (CSV or XLSX): what each row would do",
        handler=check,
        request=bytes,
        response=Checked,
        parameters=(Parameter("kind", "issue, offer or present", required=True),),
        body_limit=_limit,
        tag="batches",
        problems=(
            "GATEWAY_QUERY_NOT_VALID", "GATEWAY_BATCH_NOT_READ", "GATEWAY_OWN_KEYS", "GATEWAY_LEDGER_NOT_REACHED"
        ),
    ),
    Endpoint(
        name="batch-make",
        method="POST",
        path="/v1/batches",
        summary="Keep a table and sign each row as the maker",
        handler=make,
        request=BatchBody,
        response=BatchView,
        status=202,
        body_limit=_limit,
        tag="batches",
        problems=(
            "GATEWAY_BATCH_NOT_READ", "GATEWAY_BATCH_DIFFERS", "GATEWAY_BATCH_ROWS_REFUSED", "GATEWAY_OWN_KEYS", *_SIGNS
        ),
    ),
    Endpoint(
        name="batch-list",
        method="GET",
        path="/v1/batches",
        summary="Batches of the caller's seat, newest first",
        handler=listed,
        response=list[Batch],
        parameters=paging.PAGING,
        tag="batches",
        problems=("GATEWAY_QUERY_NOT_VALID",),
    ),
    Endpoint(
        name="batch-show",
        method="GET",
        path="/v1/batches/{id}",
        summary="One batch, its totals and how its rows stand",
        handler=show,
        response=BatchView,
        tag="batches",
        problems=("GATEWAY_NOT_FOUND",),
    ),
    Endpoint(
        name="batch-rows",
        method="GET",
        path="/v1/batches/{id}/rows",
        summary="Rows of a batch",
        handler=rows,
        response=list[RowView],
        parameters=paging.PAGING,
        tag="batches",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_QUERY_NOT_VALID"),
    ),
    Endpoint(
        name="batch-result",
        method="GET",
        path="/v1/batches/{id}/result",
        summary="What became of each row, as a file",
        handler=result,
        response=bytes,
        media_type=BYTES,
        parameters=_OF_FILE,
        tag="batches",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_QUERY_NOT_VALID"),
    ),
    Endpoint(
        name="batch-sign",
        method="POST",
        path="/v1/batches/{id}/sign",
        summary="Sign rows that are not signed yet, and anew those that ended without effect",
        handler=sign,
        request=SignBody,
        response=BatchView,
        status=202,
        tag="batches",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_BATCH_NOTHING", *_SIGNS),
    ),
    Endpoint(
        name="batch-release",
        method="POST",
        path="/v1/batches/{id}/release",
        summary="Release every waiting row as the second person",
        handler=release,
        request=ReleaseBody,
        response=BatchView,
        status=202,
        tag="batches",
        problems=(
            "GATEWAY_NOT_FOUND", "GATEWAY_BATCH_NOTHING", "GATEWAY_BATCH_DIFFERS", "GATEWAY_SAME_PERSON", *_SIGNS
        ),
    ),
    Endpoint(
        name="batch-refuse",
        method="POST",
        path="/v1/batches/{id}/refuse",
        summary="Close every row that nobody has released",
        handler=refuse,
        request=RefuseBody,
        response=BatchView,
        tag="batches",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_BATCH_NOTHING"),
    ),
)  # fmt: skip
