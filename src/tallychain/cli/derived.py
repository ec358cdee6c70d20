"""Options of `tally do`, derived from what contracts declare: one option for each argument, with its label, unit and example."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import click
import msgspec
from msgspec.inspect import (
    DictType,
    Field,
    IntType,
    Metadata,
    StrType,
    StructType,
    Type,
    UnionType,
    VarTupleType,
)

from tallychain.cli.values import AMOUNT, JSON, RECEIVER, reference
from tallychain.ledger.contract import AnyOperation, SealRule, fields_of
from tallychain.ledger.holder import Receiver
from tallychain.sdk.build import IDENTITY

FEN: Final = "fen"
_REFERENCE: Final = re.compile(r"\^\[0-9a-f\]\{32\}\$.*")


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of an operation, or one field of a sealed part, as an option."""

    field: str
    part: str
    """Label of the sealed part it belongs to; empty for an argument."""
    option: click.Option
    is_reference: bool


def arguments(kind: AnyOperation) -> Iterator[Argument]:
    """The options of an operation: its arguments, then the fields of the sealed parts that must be there."""
    for field in fields_of(kind.args):
        yield _argument(field, "", getattr(kind.example, field.name))
    for rule in parts(kind):
        if rule.required:
            for field in fields_of(rule.content):
                yield _argument(field, rule.label, getattr(rule.example, field.name, None))


def parts(kind: AnyOperation) -> list[SealRule]:
    """The sealed parts that the caller fills; who acts is filled in by the gateway."""
    return [rule for rule in kind.seals if rule.label != IDENTITY]


def example_request(kind: AnyOperation) -> dict[str, Any]:
    """A complete example of what is sent, to be changed and given to `--json`."""
    sealed = {rule.label: msgspec.to_builtins(rule.example) for rule in parts(kind) if rule.required}
    return {"args": msgspec.to_builtins(kind.example), "sealed": sealed}


def request(given: dict[str, Any], known: list[Argument]) -> dict[str, Any]:
    """Arguments and sealed parts from the options given; options that were not given are left out."""
    found: dict[str, Any] = {"args": {}, "sealed": {}}
    for argument in known:
        value = given.get(str(argument.option.name))
        if value is None or value == ():
            continue
        if isinstance(value, tuple):
            value = list(value)
        if argument.is_reference:
            value = reference(str(value))
        place = found["sealed"].setdefault(argument.part, {}) if argument.part else found["args"]
        place[argument.field] = value
    return found


def _argument(field: Field, part: str, example: object) -> Argument:
    kind, title, description, extra = _described(field.type)
    option_type, many, is_reference = _option_type(kind, extra, str(example or ""))
    name = "-".join(filter(None, (part, field.name.replace("_", "-"))))
    option = click.Option(
        [f"--{name}", f"{part}__{field.name}" if part else field.name],
        type=option_type,
        multiple=many,
        help=_help(title or field.name, description, extra, example, is_amount=option_type is AMOUNT),
    )
    return Argument(field.name, part, option, is_reference)


def _option_type(kind: Type, extra: dict[str, Any], example: str) -> tuple[click.ParamType[Any], bool, bool]:
    """How one field is typed in, whether it may be repeated, and whether it is a keyed reference."""
    if isinstance(kind, StructType):
        return (RECEIVER if kind.cls is Receiver else JSON), False, False
    if isinstance(kind, UnionType | DictType):
        return JSON, False, False
    if isinstance(kind, VarTupleType):
        inner = _described(kind.item_type)[0]
        return (click.STRING if isinstance(inner, StrType) else JSON), True, False
    if isinstance(kind, IntType):
        return (AMOUNT if extra.get("unit") == FEN else click.INT), False, False
    pattern = kind.pattern if isinstance(kind, StrType) else None
    is_reference = pattern is not None and _REFERENCE.fullmatch(pattern) is not None and len(example) == 32
    return click.STRING, False, is_reference


def _help(title: str, description: str, extra: dict[str, Any], example: object, *, is_amount: bool) -> str:
    label = f"{title} {extra['zh']}" if "zh" in extra else title
    pieces = [f"{label}.", description]
    if is_amount:
        pieces.append("In yuan: 300,000.00.")
    elif isinstance(example, str | int) and example != "":
        pieces.append(f"Example: {str(example)[:40]}.")
    return " ".join(piece for piece in pieces if piece)


def _described(kind: Type) -> tuple[Type, str, str, dict[str, Any]]:
    """A type without its metadata, and what the metadata say: title, description and the rest."""
    title, description, extra = "", "", dict[str, Any]()
    while isinstance(kind, Metadata):
        schema = kind.extra_json_schema or {}
        title = title or str(schema.get("title", ""))
        description = description or str(schema.get("description", ""))
        extra = {**(kind.extra or {}), **extra}
        kind = kind.type
    return kind, title, description, extra
