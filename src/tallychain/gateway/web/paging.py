"""Lists in pages: one limit, one opaque cursor and one `Link` header, the same for every list of the API.

A cursor names the last row of the page before, not a number of rows, so that it stays good while rows are added or end.  The answer
names the next page in `Link: <?…>; rel="next"` (RFC 8288); without one the list is at its end.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import msgspec
from msgspec import Meta

from tallychain.gateway.problems import Problem
from tallychain.gateway.web.endpoints import Answer, Asked, Parameter, json

_Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_NUMBER: Final[Any] = _Number
_STAMPED: Final[Any] = tuple[_Number, str]

DEFAULT: Final = 50
MOST: Final = 500
_CURSOR_LETTERS: Final = 2000

NEXT: Final = '<?...>; rel="next": where the list goes on; absent at its end'
CURSOR: Final = Parameter("cursor", "where to go on, as the Link of the page before says")
LIMIT: Final = Parameter("limit", f"rows, 1 to {MOST}", "integer", low=1, high=MOST)
PAGING: Final = (CURSOR, LIMIT)


def rows_asked(asked: Asked) -> int:
    """How many rows the caller wants; raises `GATEWAY_QUERY_NOT_VALID`."""
    return asked.number("limit", DEFAULT, low=1, high=MOST)


def after_name(asked: Asked) -> str:
    """The name behind which the page begins, empty for the first page; raises `GATEWAY_QUERY_NOT_VALID`."""
    return str(_after(asked, str) or "")


def after_number(asked: Asked) -> int | None:
    """The same for a list that is ordered by a number; None for the first page."""
    found = _after(asked, _NUMBER)
    return None if found is None else int(found)


def after_time(asked: Asked) -> tuple[int, str] | None:
    """The same for a list that is ordered by time and id."""
    found = _after(asked, _STAMPED)
    return None if found is None else (int(found[0]), str(found[1]))


def _after(asked: Asked, shape: Any) -> Any:
    text = asked.query.get("cursor", "")
    if not text:
        return None
    try:
        if len(text) > _CURSOR_LETTERS:
            raise ValueError
        plain = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)
        place = msgspec.json.decode(plain, type=shape)
        if _written(place) != text:
            raise ValueError
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise Problem(
            "GATEWAY_QUERY_NOT_VALID", detail="the cursor is not one that this list gave out"
        ) from None
    return place


def page(asked: Asked, rows: Sequence[Any], place: object = None) -> Answer:
    """Some rows; `place` is that of the last one where more may follow, else None."""
    return json(rows, headers=link(asked, "" if place is None else _written(place)))


def link(asked: Asked, cursor: str) -> Mapping[str, str]:
    """The header that names the next page: the same question with its cursor."""
    if not cursor:
        return {}
    query = urlencode({**asked.query, "cursor": cursor})
    return {"Link": f'<?{query}>; rel="next"'}


def _written(place: object) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")
