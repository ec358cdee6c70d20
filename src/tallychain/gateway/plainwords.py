"""An act in plain words, in both languages: what a person reads before signing.

The words come from the declarations (titles of fields, units); the exact signed text stands beside them.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, Final

import msgspec
from msgspec.inspect import Field, IntType, Metadata, Type

from tallychain.ledger import limits
from tallychain.ledger.contract import AnyOperation, fields_of

LANGUAGES: Final = ("en", "zh")
_SHANGHAI: Final = timezone(timedelta(hours=8))
_INSTANT: Final = "instant"
"""Told as the time of clocks: whether money was booked by a cut-off is what a second person looks for."""
_YES: Final = {"en": ("yes", "no"), "zh": ("是", "否")}


def describe(
    kind: AnyOperation, args: msgspec.Struct, parts: dict[str, msgspec.Struct], language: str
) -> str:
    """Title, summary and every field with its value, one a line."""
    title = kind.title.zh if language == "zh" else kind.title.en
    summary = kind.summary.zh if language == "zh" else kind.summary.en
    lines = [f"{title} ({kind.name})", summary, *_lines(args, language, "")]
    for label, content in parts.items():
        sealed = "密封部分" if language == "zh" else "Sealed part"
        lines += [f"{sealed} {label}:", *_lines(content, language, "  ")]
    return "\n".join(lines)


def _lines(value: msgspec.Struct, language: str, indent: str) -> Iterator[str]:
    for field in fields_of(type(value)):
        title, unit = _title(field, language)
        inner = getattr(value, field.name)
        if isinstance(inner, msgspec.Struct):
            yield f"{indent}{title}:"
            yield from _lines(inner, language, indent + "  ")
        elif isinstance(inner, tuple) and inner and isinstance(inner[0], msgspec.Struct):
            for number, item in enumerate(inner, start=1):
                yield f"{indent}{title} {number}:"
                yield from _lines(item, language, indent + "  ")
        else:
            yield f"{indent}{title}: {_text(inner, unit, language)}"


def _title(field: Field, language: str) -> tuple[str, str]:
    titles = {"en": field.name.replace("_", " "), "zh": field.name.replace("_", " ")}
    unit = ""
    kind: Type = field.type
    while isinstance(kind, Metadata):
        schema = kind.extra_json_schema or {}
        extra: dict[str, Any] = kind.extra or {}
        titles["en"] = str(schema.get("title", titles["en"]))
        titles["zh"] = str(extra.get("zh", titles["zh"]))
        unit = str(extra.get("unit", unit))
        kind = kind.type
    if field.name.endswith("_ms") and isinstance(kind, IntType) and kind.le == limits.TIME_MS:
        unit = _INSTANT
    return titles[language], unit


def _text(value: Any, unit: str, language: str) -> str:
    if isinstance(value, bool):
        return _YES[language][0 if value else 1]
    if isinstance(value, int) and unit == "fen":
        yuan = "元" if language == "zh" else "yuan"
        return f"{value // 100:,}.{value % 100:02d} {yuan} ({value} fen)"
    if isinstance(value, int) and unit == _INSTANT:
        there = datetime.fromtimestamp(value // 1000, _SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
        clocks = "北京时间" if language == "zh" else "Shanghai time"
        return f"{there}.{value % 1000:03d} {clocks} ({value})"
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    return str(value) if unit in ("", "fen") else f"{value} {unit}"
