"""What was typed into the boxes of a declared form, as plain values for an act."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from tallychain.console.declared import LONGEST, ROWS_MAX, Box, row_boxes
from tallychain.console.fields import Reading
from tallychain.console.signing import one_line
from tallychain.gateway.problems import Problem
from tallychain.gateway.strictjson import parse
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.instruments.errors import InstrumentError
from tallychain.instruments.money import parse_amount

_INTEGER: Final = re.compile(r"[0-9]{1,16}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")
_HEX32: Final = re.compile(r"[0-9a-f]{32}")
_PAIR: Final = re.compile(r"\s*([A-Za-z0-9_]{1,60})\s*[=＝:：]\s*(.*?)\s*")


def plain_of(boxes: tuple[Box, ...], given: Reading) -> dict[str, Any]:
    """The plain value of a structure; what is wrong is noted in `given`.  Fields that may be left out and were are left out."""
    found: dict[str, Any] = {}
    for box in boxes:
        value = _plain(box, given)
        if value is not None:
            found[box.field] = value
    return found


def is_filled(boxes: tuple[Box, ...], values: Mapping[str, str]) -> bool:
    """Whether anything was typed into these boxes."""
    return any(
        text.strip()
        for box in boxes
        for name, text in values.items()
        if name == box.name or name.startswith(f"{box.name}.")
    )


def _plain(box: Box, given: Reading) -> Any:
    if box.kind == "group":
        return plain_of(box.boxes, given)
    if box.kind == "rows":
        return _rows(box, given)
    if box.kind == "receiver":
        return {"sponsor": given.needed(f"{box.name}.sponsor", 32), "uscc": given.uscc(f"{box.name}.uscc")}
    text = given.visit.text(box.name)
    if len(text) > LONGEST:
        given.fault(box.name, "long", longest=LONGEST)
        return None
    if box.kind == "flag":
        return bool(text)
    if box.kind == "lines":
        return [one_line(line) for line in re.split(r"[\n,，、]", text) if line.strip()]
    if not text:
        if box.required:
            given.fault(box.name, "missing")
        return None if box.kind != "text" or box.required else ""
    return _value(box, text, given)


def _rows(box: Box, given: Reading) -> list[dict[str, Any]]:
    found = []
    for number in range(ROWS_MAX):
        boxes = row_boxes(box, number)
        if is_filled(boxes, given.visit.form):
            found.append(plain_of(boxes, given))
    return found


def _value(box: Box, text: str, given: Reading) -> Any:
    """One box that holds something; None where it is wrong, which is noted."""
    if box.kind == "reference":
        return text if _HEX32.fullmatch(text) else {"keyed": one_line(text)}
    if box.kind == "choice":
        value: Any = text if text in box.choices else None
    elif box.kind in _READ:
        value = _READ[box.kind](text)
    else:
        return one_line(text)
    if value is None:
        given.fault(box.name, box.kind)
    return value


def _amount(text: str) -> int | None:
    try:
        return int(parse_amount(text.replace("，", ",")))
    except InstrumentError:
        return None


def _json(text: str) -> Any:
    try:
        return parse(text.encode())
    except (Problem, UnicodeEncodeError):
        return None


def _pairs(text: str) -> dict[str, Any] | None:
    """`name = value`, one a line; whole numbers are numbers."""
    found: dict[str, Any] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        pair = _PAIR.fullmatch(line)
        if pair is None or pair[1] in found:
            return None
        found[pair[1]] = int(pair[2]) if _INTEGER.fullmatch(pair[2]) else pair[2]
    return found


def instant_of(text: str) -> int | None:
    """A local time such as `2026-09-14 16:30` as UTC milliseconds."""
    found = _INSTANT.fullmatch(text)
    try:
        if found is None or int(found[2]) > 23 or int(found[3]) > 59 or int(found[4] or 0) > 59:
            return None
        return instant_ms(parse_date(found[1]), int(found[2]), int(found[3])) + 1000 * int(found[4] or 0)
    except InstrumentError:
        return None


def as_text(value: object) -> str:
    """A plain value as it stands in the exact text of an act."""
    return msgspec.json.encode(value).decode()


_READ: Final[dict[str, Callable[[str], Any]]] = {
    "amount": _amount,
    "integer": lambda text: int(text) if _INTEGER.fullmatch(text) else None,
    "day": lambda text: text if _DAY.fullmatch(text) else None,
    "instant": instant_of,
    "pairs": _pairs,
    "json": _json,
}
"""How the text of a box is read; None is wrong, and the word for that is `fault.<kind>`."""
