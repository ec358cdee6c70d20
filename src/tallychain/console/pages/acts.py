"""Every act that a contract declares, by a form made from its declaration; frequent ones have pages of their own besides."""

from dataclasses import dataclass, replace
from typing import Any, Final

from tallychain.console.declared import Box, boxes_of, row_boxes, rows_shown, spoken
from tallychain.console.fields import reading
from tallychain.console.forms import media_type_of
from tallychain.console.names import names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get, post
from tallychain.console.signing import act, new_key
from tallychain.console.typed import as_text, is_filled, plain_of
from tallychain.console.visits import PageRefused, Reply, Visit
from tallychain.gateway.permissions import MAKES
from tallychain.gateway.problems import Problem
from tallychain.ledger.contract import AnyOperation
from tallychain.sdk.build import IDENTITY

ARGS: Final = "args"
SEALED: Final = "sealed"
_MORE: Final = "more:"


@dataclass(frozen=True, slots=True)
class Part:
    """One sealed part of a form."""

    label: str
    boxes: tuple[Box, ...]
    required: bool


@dataclass(frozen=True, slots=True)
class Form:
    """The form of one operation."""

    kind: AnyOperation
    boxes: tuple[Box, ...]
    parts: tuple[Part, ...]

    @property
    def all_boxes(self) -> tuple[Box, ...]:
        """Those of the arguments, then those of the sealed parts."""
        return (*self.boxes, *(box for part in self.parts for box in part.boxes))


async def acts(visit: Visit) -> Reply:
    """Every operation of every contract, and which of them the visitor may begin."""
    contracts = [
        (contract, [(kind, may_make(visit, kind)) for kind in _newest(contract.operations)])
        for contract in visit.gateway.catalogue.contracts
    ]
    return await page(visit, "acts.html", active="acts", contracts=contracts)


async def form(visit: Visit) -> Reply:
    """The form, filled in as far as the address says."""
    made = _form(visit)
    values = {
        name if name.startswith(f"{SEALED}.") else f"{ARGS}.{name}": text
        for name, text in visit.query.items()
    }
    values["key"] = new_key()
    return await _shown(visit, made, values, {})


async def check(visit: Visit) -> Reply:
    """The form again, with its faults or another row, or everything as it is about to be signed."""
    made = _form(visit)
    visit = await _with_documents(visit)
    args, sealed, faults = read(visit, made)
    step = visit.text("step")
    if faults or step == "change" or step.startswith(_MORE):
        return await _shown(visit, made, typed(visit), {} if step.startswith(_MORE) else faults)
    return await _review(visit, made, args, sealed)


async def sign(visit: Visit) -> Reply:
    """Sign and submit; what needs a second person becomes a draft."""
    made = _form(visit)
    args, sealed, faults = read(visit, made)
    if faults or visit.text("step") == "change":
        return await _shown(visit, made, typed(visit), faults)
    try:
        return await act(visit, made.kind.name, args, sealed)
    except Problem as problem:
        return await _review(visit, made, args, sealed, problem)


async def _with_documents(visit: Visit) -> Visit:
    """Keep the files that came along, and put the digest of each where it belongs."""
    digests = {}
    for upload in visit.files:
        if upload.content and upload.field.startswith((f"{ARGS}.", f"{SEALED}.")):
            name = "".join(
                letter for letter in upload.name if letter.isascii() and (letter.isalnum() or letter in "-_.")
            )
            stored = await visit.desk.post_file(
                name or "document", upload.content, media_type_of(upload.name)
            )
            digests[upload.field] = str(stored["digest"])
    return replace(visit, form={**visit.form, **digests})


def may_make(visit: Visit, kind: AnyOperation) -> bool:
    """Whether the visitor may begin such an act."""
    return visit.may(*MAKES[kind.authority])


def form_of(visit: Visit, kind: AnyOperation) -> Form:
    """The form of an operation, in the visitor's language."""
    language = visit.words.language
    parts = tuple(
        Part(rule.label, boxes_of(rule.content, f"{SEALED}.{rule.label}", language), rule.required)
        for rule in kind.seals
        if rule.label != IDENTITY
    )
    return Form(kind, boxes_of(kind.args, ARGS, language), parts)


def read(visit: Visit, made: Form) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    """Arguments, sealed parts and faults; a part that may be left out and was left empty is left out."""
    given = reading(visit)
    args = plain_of(made.boxes, given)
    sealed = {
        part.label: plain_of(part.boxes, given)
        for part in made.parts
        if part.required or is_filled(part.boxes, visit.form)
    }
    return args, sealed, given.faults


def typed(visit: Visit) -> dict[str, str]:
    """What stands in the form, to be shown or carried along."""
    prefixes = (f"{ARGS}.", f"{SEALED}.")
    kept = {name: text for name, text in visit.form.items() if name.startswith(prefixes) and text.strip()}
    return kept | {"key": visit.text("key")}


def _form(visit: Visit) -> Form:
    kind = visit.gateway.acts.kind(visit.path["type"])
    if not may_make(visit, kind):
        raise PageRefused("CONSOLE_NOT_YOUR_ACT", 403)
    return form_of(visit, kind)


def _newest(kinds: tuple[AnyOperation, ...]) -> list[AnyOperation]:
    return list({kind.name: kind for kind in sorted(kinds, key=lambda kind: kind.version)}.values())


async def _shown(visit: Visit, made: Form, values: dict[str, str], faults: dict[str, str]) -> Reply:
    return await page(
        visit,
        "act.html",
        status=422 if faults else 200,
        active="acts",
        form=made,
        contract=visit.gateway.catalogue.owner(made.kind.name).name,
        values=values,
        faults=faults,
        more=visit.text("step").removeprefix(_MORE),
        members=await visit.desk.rows("members"),
        rows_shown=rows_shown,
        row_boxes=row_boxes,
    )


async def _review(
    visit: Visit, made: Form, args: dict[str, Any], sealed: dict[str, Any], problem: Problem | None = None
) -> Reply:
    values = typed(visit)
    return await page(
        visit,
        "act_review.html",
        status=200 if problem is None else problem.status,
        active="acts",
        form=made,
        contract=visit.gateway.catalogue.owner(made.kind.name).name,
        values=values,
        lines=spoken(made.all_boxes, values),
        text=as_text({"args": args, "sealed": sealed}),
        names=await names_for(visit),
        members=(),
        problem=problem,
    )


ROUTES: Final[tuple[Route, ...]] = (
    get("/acts", acts),
    get("/acts/{type:str}", form),
    post("/acts/{type:str}", check, takes_files=True),
    post("/acts/{type:str}/sign", sign),
)
