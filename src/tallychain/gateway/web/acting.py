"""Acts and drafts: one endpoint for every operation of every contract, derived from its declaration."""

from typing import Any, Final

import msgspec
from msgspec import Struct

from tallychain.gateway import confirming, plainwords
from tallychain.gateway.acts import ActBody, UnlockBody
from tallychain.gateway.drafts import Draft
from tallychain.gateway.problems import Problem
from tallychain.gateway.quoting import Promised
from tallychain.gateway.requests import check_key
from tallychain.gateway.web import paging
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, Handler, Parameter, json
from tallychain.gateway.web.reporting import Warned, warned
from tallychain.ledger import codec
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.machine import Catalogue
from tallychain.sdk.build import IDENTITY

IDEMPOTENCY_KEY: Final = Parameter(
    "Idempotency-Key",
    "8 to 64 letters, digits, hyphens, underscores; the same for every attempt",
    header=True,
    required=True,
    pattern="^[A-Za-z0-9_-]{8,64}$",
)


class Begun(Struct, frozen=True):
    """What an act led to: a draft that waits for a second person, or an operation that is kept for submission."""

    state: str
    draft: str
    operation: str
    link: str
    warnings: list[Warned] = msgspec.field(default_factory=list)
    """What does not stop the act and should be known."""


class Decision(Struct, frozen=True, forbid_unknown_fields=True):
    """What the second person gives to sign."""

    unlock: UnlockBody | None = None


class Refusal(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a draft is not signed."""

    reason: str


class DraftView(Struct, frozen=True):
    """A draft as it is shown before it is signed: plain words in both languages, and the exact text."""

    id: str
    type: str
    state: str
    maker: str
    made_ms: int
    expires_ms: int
    decided_by: str
    reason: str
    operation: str
    words_en: str
    words_zh: str
    text: str
    """Canonical text that is signed; for a client's act its arguments, because the text still lacks the second signature."""
    sealed: dict[str, str]
    """Canonical text of each sealed part; of a quote that of the part which the gateway will deliver when the time for quotes is over."""
    rests_on: dict[str, str]
    """What a confirmation rests on, opened and made sure of: who presents the payable, and its papers."""


class TypeView(Struct, frozen=True):
    """One type of operation."""

    type: str
    version: int
    title_en: str
    title_zh: str
    summary_en: str
    summary_zh: str
    authority: str
    example: Any
    sealed: dict[str, bool]
    """Label of each sealed part that the caller fills, and whether it must be there."""
    refusals: dict[str, str]


def endpoints(catalogue: Catalogue) -> list[Endpoint]:
    """Everything about acts, for the operations of a catalogue."""
    newest = {kind.name: kind for kind in catalogue.operation_types()}
    return [*(_act(kind) for kind in newest.values()), *_FIXED]


def body_type(kind: AnyOperation) -> type[Struct]:
    """The declared body of an act, for the OpenAPI document."""
    parts = [
        (rule.label, rule.content)
        if rule.required
        else (rule.label, rule.content | msgspec.UnsetType, msgspec.UNSET)
        for rule in kind.seals
        if rule.label != IDENTITY
    ]
    name = "".join(word.title() for word in kind.name.replace(".", "_").split("_"))
    sealed: Any = msgspec.defstruct(f"{name}Sealed", parts, kw_only=True, frozen=True)
    return msgspec.defstruct(
        f"{name}Act",
        [
            ("args", kind.args),
            ("unlock", UnlockBody | msgspec.UnsetType, msgspec.UNSET),
            ("sealed", sealed | msgspec.UnsetType, msgspec.UNSET),
            ("to", dict[str, tuple[str, ...]] | msgspec.UnsetType, msgspec.UNSET),
            ("tag", str | msgspec.UnsetType, msgspec.UNSET),
        ],
        kw_only=True,
        frozen=True,
    )


async def list_drafts(asked: Asked) -> Answer:
    """The drafts of the caller's seat that wait for somebody."""
    limit = paging.rows_asked(asked)
    place = paging.after_time(asked)
    found = await asked.gateway.drafts.open_of(asked.caller.seat, limit, place)
    following = (found[-1].made_ms, found[-1].id) if len(found) == limit else None
    return paging.page(asked, [draft_view(asked, draft) for draft in found], following)


async def show_draft(asked: Asked) -> Answer:
    """One draft, with the exact text."""
    return json(draft_view(asked, await _draft(asked)))


async def approve_draft(asked: Asked) -> Answer:
    """Sign as the second person, and submit."""
    draft = await _draft(asked)
    operation = await asked.gateway.acts.approve(draft, asked.caller, asked.read(Decision).unlock)
    return _begun("", operation, [])


async def refuse_draft(asked: Asked) -> Answer:
    """Close a draft without an operation."""
    draft = await _draft(asked)
    asked.gateway.drafts.need_open(draft)
    reason = asked.read(Refusal).reason
    if not 1 <= len(reason) <= 200:
        raise Problem("GATEWAY_FIELD_NOT_VALID", detail="a reason has 1 to 200 letters")
    await asked.gateway.drafts.refuse(draft, asked.caller.id, reason)
    await asked.gateway.unlocking.audit(asked.caller.id, "refuse", draft.id)
    return json(draft_view(asked, await _draft(asked)))


async def show_catalogue(asked: Asked) -> Answer:
    """Every type of operation, with words, an example and its refusals."""
    return json([_type(kind) for kind in asked.gateway.catalogue.operation_types()])


def _act(kind: AnyOperation) -> Endpoint:
    return Endpoint(
        name="act",
        method="POST",
        path=f"/v1/acts/{kind.name}",
        summary=f"{kind.title.en} / {kind.title.zh}: {kind.summary.en}",
        handler=_handler(kind.name),
        request=body_type(kind),
        response=Begun,
        status=202,
        parameters=(IDEMPOTENCY_KEY,),
        problems=(
            "IDEMPOTENCY_CONFLICT",
            "GATEWAY_IDEMPOTENCY_KEY_MISSING",
            "GATEWAY_UNLOCK_REFUSED",
            "GATEWAY_WOULD_BE_REFUSED",
            "GATEWAY_HELD_ELSEWHERE",
            "GATEWAY_CARD_PENDING",
            "GATEWAY_PAPERS_DIFFER",
            "GATEWAY_QUOTE_NOT_TRUE",
            "GATEWAY_IDENTITY_NOT_PROVEN",
            "GATEWAY_OUTBOX_FULL",
        ),
        tag="acts",
        operation_id=f"act_{kind.name.replace('.', '_')}",
    )


def _handler(type_name: str) -> Handler:
    async def act(asked: Asked) -> Answer:
        key = check_key(asked.headers.get("idempotency-key"))
        body = asked.read(ActBody)
        warnings = await warned(asked, type_name, body.args)
        made = await asked.gateway.acts.make(type_name, body, asked.caller, key)
        return _begun(made.draft, made.operation, warnings)

    return act


def _begun(draft: str, operation: str, warnings: list[Warned]) -> Answer:
    if operation:
        return json(Begun("queued", draft, operation, f"/v1/operations/{operation}", warnings), 202)
    return json(Begun("draft", draft, "", f"/v1/drafts/{draft}", warnings), 202)


async def _draft(asked: Asked) -> Draft:
    draft = await asked.gateway.drafts.get(asked.path["id"])
    if draft is None or draft.seat != asked.caller.seat:
        raise Problem("GATEWAY_NOT_FOUND")
    return draft


def draft_view(asked: Asked, draft: Draft) -> DraftView:
    kind = asked.gateway.acts.kind(draft.type)
    plan = draft.content.plan
    args = codec.trusted(kind.args, plan.args)
    rules = {rule.label: rule for rule in kind.seals}
    contents = {
        part.label: codec.trusted(rules[part.label].content, part.content)
        for part in plan.parts
        if part.content
    }
    basis = confirming.shown(confirming.read(draft.content.basis))
    promised = _promised(asked, draft)
    told = {**contents, **basis}
    sealed = {part.label: part.content.decode() for part in plan.parts if part.content}
    if promised is not None:
        told["quote"] = promised.terms
        sealed |= {part.label: part.content.decode() for part in promised.plan.parts}
    return DraftView(
        id=draft.id,
        type=draft.type,
        state=draft.state,
        maker=draft.maker,
        made_ms=draft.made_ms,
        expires_ms=draft.expires_ms,
        decided_by=draft.decided_by,
        reason=draft.reason,
        operation=draft.operation,
        words_en=plainwords.describe(kind, args, told, "en"),
        words_zh=plainwords.describe(kind, args, told, "zh"),
        text=(draft.content.body or plan.args).decode(),
        sealed=sealed,
        rests_on={label: codec.encode(content).decode() for label, content in basis.items()},
    )


def _promised(asked: Asked, draft: Draft) -> Promised | None:
    """The quote of a draft; None where it does not open any more: the others are listed all the same, and this one is not approved."""
    try:
        return asked.gateway.acts.promised(draft)
    except Problem:
        return None


def _type(kind: AnyOperation) -> TypeView:
    return TypeView(
        type=kind.name,
        version=kind.version,
        title_en=kind.title.en,
        title_zh=kind.title.zh,
        summary_en=kind.summary.en,
        summary_zh=kind.summary.zh,
        authority=kind.authority.name,
        example=kind.example,
        sealed={rule.label: rule.required for rule in kind.seals if rule.label != IDENTITY},
        refusals={refusal.code: refusal.en for refusal in kind.refusals},
    )


_FIXED: Final = (
    Endpoint(
        name="catalogue",
        method="GET",
        path="/v1/catalogue",
        summary="Every type of operation",
        handler=show_catalogue,
        response=list[TypeView],
        has_etag=True,
        tag="acts",
    ),
    Endpoint(
        name="draft-list",
        method="GET",
        path="/v1/drafts",
        summary="Drafts that wait for a second person",
        handler=list_drafts,
        response=list[DraftView],
        parameters=paging.PAGING,
        tag="acts",
    ),
    Endpoint(
        name="draft-show",
        method="GET",
        path="/v1/drafts/{id}",
        summary="One draft with the exact text to be signed",
        handler=show_draft,
        response=DraftView,
        tag="acts",
        problems=("GATEWAY_NOT_FOUND",),
    ),
    Endpoint(
        name="draft-approve",
        method="POST",
        path="/v1/drafts/{id}/approve",
        summary="Sign a draft as the second person",
        handler=approve_draft,
        request=Decision,
        response=Begun,
        status=202,
        tag="acts",
        problems=(
            "GATEWAY_NOT_FOUND",
            "GATEWAY_DRAFT_CLOSED",
            "GATEWAY_SAME_PERSON",
            "GATEWAY_UNLOCK_REFUSED",
            "GATEWAY_PAPERS_DIFFER",
            "GATEWAY_IDENTITY_NOT_PROVEN",
        ),
    ),
    Endpoint(
        name="draft-refuse",
        method="POST",
        path="/v1/drafts/{id}/refuse",
        summary="Close a draft without an operation",
        handler=refuse_draft,
        request=Refusal,
        response=DraftView,
        tag="acts",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_DRAFT_CLOSED"),
    ),
)
