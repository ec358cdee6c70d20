"""Forms from declarations: the boxes of any declared structure, and what was typed into them as plain values.

Labels, units and choices come from the contracts, so that a new operation has its form by being declared.  Whether values are in order is
decided where it always is, by the gateway and the ledger; here only what a person cannot have meant is caught.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
from msgspec.inspect import (
    BoolType,
    DictType,
    Field,
    IntType,
    LiteralType,
    Metadata,
    StrType,
    StructType,
    Type,
    VarTupleType,
)

from tallychain.ledger import limits
from tallychain.ledger.contract import fields_of
from tallychain.ledger.holder import Receiver
from tallychain.ledger.types import Day, Digest, KeyText, MemberName, Nonce

ROWS_MAX: Final = 40
LONGEST: Final = 20_000
_FEN: Final = "fen"
_WORDS_ONLY: Final = re.compile(r"\^\(([A-Z_]+(?:\|[A-Z_]+)+)\)\$.*")


def _pattern(kind: object) -> str:
    return str(kind.__metadata__[0].pattern)  # type: ignore[attr-defined]  # an Annotated type has it


_MEMBER, _DAY, _NONCE, _KEY, _DIGEST = (_pattern(kind) for kind in (MemberName, Day, Nonce, KeyText, Digest))
_DOCUMENTS: Final = frozenset({"document", "terms"})
"""Fields that hold the digest of a file, so that the file itself may be given."""


@dataclass(frozen=True, slots=True)
class Box:
    """
    One input, or a group of them.

    `kind`: text, area (long text), amount, integer, day, choice, member, flag, lines (a list of texts), pairs (names with values),
    instant (a local time), document (a file, or its digest), receiver (sponsor and credit code), reference (a business number), json, group, rows (a group that may come several times).
    """

    name: str
    """Dotted path, the name of the input."""
    label: str
    hint: str
    kind: str
    required: bool = True
    unit: str = ""
    choices: tuple[str, ...] = ()
    boxes: tuple["Box", ...] = ()

    @property
    def field(self) -> str:
        """Name of the field that it fills."""
        return self.name.rpartition(".")[2]

    def under(self, prefix: str) -> "Box":
        """The same box further down: in the row of a group."""
        return replace(
            self,
            name=f"{prefix}.{self.field}",
            boxes=tuple(box.under(f"{prefix}.{self.field}") for box in self.boxes),
        )


def boxes_of(kind: type[msgspec.Struct], prefix: str, language: str) -> tuple[Box, ...]:
    """The boxes of a declared structure, in its order."""
    return tuple(_box(field, prefix, language) for field in fields_of(kind))


def row_boxes(box: Box, number: int) -> tuple[Box, ...]:
    """The boxes of one row of a group that may come several times."""
    return tuple(item.under(f"{box.name}.{number}") for item in box.boxes)


def rows_shown(box: Box, values: Mapping[str, str], *, more: bool) -> int:
    """How many rows a form shows: all that hold something, at least one, and another if it was asked for."""
    filled = [
        number
        for number in range(ROWS_MAX)
        if any(text.strip() for name, text in values.items() if name.startswith(f"{box.name}.{number}."))
    ]
    return min(ROWS_MAX, max([1, *(number + 1 for number in filled)]) + more)


def shown_values(boxes: tuple[Box, ...], plain: Mapping[str, Any]) -> dict[str, str]:
    """A plain value as the texts of a form, for forms that begin filled in."""
    found: dict[str, str] = {}
    for box in boxes:
        value = plain.get(box.field)
        if value is None:
            continue
        if box.kind == "group":
            found |= shown_values(box.boxes, value)
        elif box.kind == "rows":
            for number, item in enumerate(value):
                found |= shown_values(row_boxes(box, number), item)
        elif box.kind == "pairs":
            found[box.name] = "\n".join(f"{name} = {item}" for name, item in value.items())
        elif box.kind == "lines":
            found[box.name] = "\n".join(str(item) for item in value)
        elif box.kind == "amount":
            found[box.name] = f"{int(value) // 100:,}.{int(value) % 100:02d}"
        elif box.kind not in ("receiver", "json"):
            found[box.name] = str(value)
    return found


def spoken(boxes: tuple[Box, ...], values: Mapping[str, str]) -> list[tuple[str, Box, str]]:
    """Everything that was typed in, as label, box and text, for reading before it is signed."""
    found: list[tuple[str, Box, str]] = []
    for box in boxes:
        if box.kind == "group":
            found += [
                (f"{box.label} · {label}", item, text) for label, item, text in spoken(box.boxes, values)
            ]
        elif box.kind == "rows":
            for number in range(ROWS_MAX):
                inner = spoken(row_boxes(box, number), values)
                found += [(f"{box.label} {number + 1} · {label}", item, text) for label, item, text in inner]
        elif box.kind == "receiver":
            parts = (values.get(f"{box.name}.uscc", ""), values.get(f"{box.name}.sponsor", ""))
            found.append((box.label, box, " · ".join(parts)))
        elif values.get(box.name, "").strip():
            found.append((box.label, box, values[box.name].strip()))
    return found


def _box(field: Field, prefix: str, language: str) -> Box:
    kind, title, hint, unit = _described(field, language)
    name = f"{prefix}.{field.name}"
    made = Box(name, title, hint, "text", field.required, unit)
    match kind:
        case StructType():
            if kind.cls is Receiver:
                return replace(made, kind="receiver")
            return replace(made, kind="group", boxes=boxes_of(kind.cls, name, language))
        case VarTupleType():
            inner = _bare(kind.item_type)
            if isinstance(inner, StructType):
                return replace(made, kind="rows", boxes=boxes_of(inner.cls, name, language))
            return replace(made, kind="lines" if isinstance(inner, StrType) else "json")
        case LiteralType():
            return replace(made, kind="choice", choices=tuple(str(value) for value in kind.values))
        case IntType() if kind.le == limits.TIME_MS:
            return replace(made, kind="instant", unit="")
        case IntType():
            return replace(
                made, kind="amount" if unit == _FEN else "integer", unit="" if unit == _FEN else unit
            )
        case BoolType():
            return replace(made, kind="flag")
        case DictType():
            return replace(made, kind="pairs")
        case StrType():
            return _text_box(made, kind)
        case _:
            return replace(made, kind="json")


def _text_box(made: Box, kind: StrType) -> Box:
    named = _WORDS_ONLY.fullmatch(kind.pattern or "")
    if named:
        return replace(made, kind="choice", choices=tuple(named[1].split("|")))
    if kind.pattern == _DIGEST and made.field in _DOCUMENTS:
        return replace(made, kind="document")
    special = {_MEMBER: "member", _DAY: "day", _NONCE: "reference", _KEY: "key"}.get(kind.pattern or "")
    if special:
        return replace(made, kind=special)
    optional = bool(kind.pattern and ")?$" in kind.pattern) or (kind.pattern is None and not kind.min_length)
    return replace(
        made,
        kind="area" if (kind.max_length or 0) >= 200 else "text",
        required=made.required and not optional,
    )


def _bare(kind: Type) -> Type:
    while isinstance(kind, Metadata):
        kind = kind.type
    return kind


def _described(field: Field, language: str) -> tuple[Type, str, str, str]:
    """A field's bare type, its label, its hint and its unit.  Descriptions are declared in English only."""
    kind, title, hint, zh, unit = field.type, "", "", "", ""
    while isinstance(kind, Metadata):
        schema, extra = kind.extra_json_schema or {}, kind.extra or {}
        title = title or str(schema.get("title", ""))
        hint = hint or str(schema.get("description", ""))
        zh = zh or str(extra.get("zh", ""))
        unit = unit or str(extra.get("unit", ""))
        kind = kind.type
    if language == "zh":
        return kind, zh or title or field.name, "", unit
    return kind, title or field.name.replace("_", " "), hint, unit
