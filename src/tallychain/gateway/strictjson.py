"""JSON from outside, read so that it has one meaning only.

The usual reader takes the last of two equal keys, turns 1.0 into a number and reads a number of any length; each of these lets one
text mean different things to different readers.  A control, a character without width, a change of direction or half a pair is no text
either: what is shown to one who signs must be what was written.
"""

import json
import re
from typing import Any, Final, NoReturn, TypeVar

import msgspec

from tallychain.gateway.problems import Problem

T = TypeVar("T")

DEPTH: Final = 32
DIGITS: Final = 19
_HIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff0-\uffff]"
)


def parse(data: bytes) -> Any:
    """
    The plain value of a JSON text.

    Raises `Problem`: `GATEWAY_JSON_MALFORMED`, `GATEWAY_JSON_DUPLICATE_KEY`, `GATEWAY_JSON_FLOAT`, `GATEWAY_JSON_NUMBER_TOO_LARGE`,
    `GATEWAY_JSON_TOO_DEEP`, `GATEWAY_CHARACTER_NOT_ALLOWED`.
    """
    _check_depth(data)
    try:
        plain = json.loads(
            data.decode(),
            object_pairs_hook=_object,
            parse_float=_float,
            parse_int=_integer,
            parse_constant=_constant,
        )
    except UnicodeDecodeError:
        raise Problem("GATEWAY_JSON_MALFORMED", detail="it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise Problem("GATEWAY_JSON_MALFORMED", detail=f"{error.msg} at character {error.pos}") from None
    if not data.isascii() or b"\\" in data:
        _check_texts(plain)
    return plain


def hidden(text: str) -> str:
    """The first character of a text that nobody would see, as `U+202E`; empty if there is none."""
    found = _HIDDEN.search(text)
    return "" if found is None else f"U+{ord(found.group()):04X}"


def read(kind: type[T], data: bytes) -> T:
    """The value of a JSON text as a declared type; raises as `parse`, and `GATEWAY_FIELD_NOT_VALID`."""
    return convert(kind, parse(data))


def convert(kind: type[T], plain: Any) -> T:
    """A plain value as a declared type; raises `GATEWAY_FIELD_NOT_VALID`."""
    try:
        return msgspec.convert(plain, kind, strict=True)
    except msgspec.ValidationError as error:
        raise Problem("GATEWAY_FIELD_NOT_VALID", detail=str(error)[:200]) from None


def _check_depth(data: bytes) -> None:
    """Count brackets outside strings, so that no reader's recursion decides how deep is too deep."""
    depth = 0
    in_string = escaped = False
    for byte in data:
        if in_string:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_string = False
        elif byte == 0x22:
            in_string = True
        elif byte in b"[{":
            depth += 1
            if depth > DEPTH:
                raise Problem("GATEWAY_JSON_TOO_DEEP", limit=DEPTH)
        elif byte in b"]}":
            depth -= 1


def _check_texts(plain: Any) -> None:
    waiting = [plain]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and (code := hidden(value)):
            raise Problem("GATEWAY_CHARACTER_NOT_ALLOWED", detail=code)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise Problem("GATEWAY_JSON_DUPLICATE_KEY", key=key[:60])
        made[key] = value
    return made


def _float(text: str) -> NoReturn:
    raise Problem("GATEWAY_JSON_FLOAT", number=text[:30])


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > DIGITS:
        raise Problem("GATEWAY_JSON_NUMBER_TOO_LARGE", digits=len(text))
    return int(text)


def _constant(text: str) -> NoReturn:
    raise Problem("GATEWAY_JSON_FLOAT", number=text)
