"""The dry run of a proposal: whom and what it would touch, before anybody opens it.  Nothing is written and nothing is signed."""

from typing import Any, Final

import msgspec
from msgspec import Struct

from tallychain.contracts.governance.changes import ProposedChange
from tallychain.contracts.governance.constitution import KindRule
from tallychain.gateway import building
from tallychain.gateway.sentences import said
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, json


class Wanted(Struct, frozen=True, forbid_unknown_fields=True):
    """The change as data; its fields follow from its kind."""

    data: ProposedChange


class PreviewView(Struct, frozen=True):
    """What the proposal would do, if nothing else happened before it acts."""

    kind: str
    rule: KindRule
    closes_ms: int
    acts_ms: int
    members: list[str]
    """Members whose records, keys or weights it would write; empty where it concerns everybody alike."""
    facts: list[dict[str, Any]]
    """What it would publish, in order."""
    code: str
    """Why it could not act, as things stand; empty if it could."""
    sentence_en: str
    sentence_zh: str


async def preview(asked: Asked) -> Answer:
    """Run the change against the state of now."""
    wanted = asked.read(Wanted)
    building.check_texts(wanted)
    found = await asked.gateway.foresight.preview(wanted.data)
    refusal = found.refusal
    en, zh = ("", "") if refusal is None else said(type(refusal), refusal.typed_fields())
    return json(
        PreviewView(
            kind=found.kind,
            rule=found.rule,
            closes_ms=found.closes_ms,
            acts_ms=found.acts_ms,
            members=list(found.members),
            facts=[msgspec.to_builtins(fact) for fact in found.facts],
            code="" if refusal is None else refusal.code,
            sentence_en=en,
            sentence_zh=zh,
        )
    )


ENDPOINTS: Final = (
    Endpoint(
        name="preview",
        method="POST",
        path="/v1/previews",
        summary="Whom and what a proposal would touch: a dry run",
        handler=preview,
        request=Wanted,
        response=PreviewView,
        tag="queries",
        problems=("GATEWAY_CHARACTER_NOT_ALLOWED", "GATEWAY_PREVIEW_TOO_LARGE"),
    ),
)
