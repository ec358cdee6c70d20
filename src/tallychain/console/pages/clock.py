"""The clock of a demonstration: moved to a date, to a voucher's black-out, or to its maturity."""

from typing import Final

from tallychain.console.desk import Row
from tallychain.console.routes import Route, post
from tallychain.console.visits import PageRefused, Reply, Visit, go_to
from tallychain.engine.port import EngineRefused
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.instruments.errors import InstrumentError

_DRIVEN: Final = "driven"
OPENING_HOUR: Final = 9
"""Of a day to which the clock is moved: local time at which banks open."""
POINTS: Final = ("blackout", "maturity", "cutoff")
"""To which the clock is moved by a button."""
_LIVING: Final = ("ISSUED", "ACTIVE", "DUE", "UNPAID_PENDING")
_FARTHEST_MS: Final = 4 * 366 * 86_400_000


async def advance(visit: Visit) -> Reply:
    """Move the time of the chain forward, for everybody on it."""
    facts = visit.gateway.facts
    if not facts.demo or facts.clock != _DRIVEN:
        raise PageRefused("CONSOLE_CLOCK_NOT_OURS", 403)
    to_ms = await _wanted(visit)
    now = visit.gateway.clock.now_ms()
    if to_ms <= now:
        raise PageRefused("CONSOLE_CLOCK_ONLY_FORWARD", 422)
    if to_ms > now + _FARTHEST_MS:
        raise PageRefused("CONSOLE_DAY_NOT_VALID", 422)
    try:
        await visit.gateway.engine.advance(to_ms)
    except EngineRefused:
        raise PageRefused("CONSOLE_CLOCK_ONLY_FORWARD", 422) from None
    await visit.gateway.unlocking.audit(visit.caller.id, "clock", str(to_ms))
    back = visit.text("back")
    return go_to(back if back.startswith("/vouchers/") else "/today")


async def _wanted(visit: Visit) -> int:
    number, point = visit.text("voucher"), visit.text("to")
    if number:
        return instant_of(await visit.desk.row("vouchers", number), point)
    if point in POINTS:
        return await _next(visit, point)
    try:
        return instant_ms(parse_date(visit.text("day")), OPENING_HOUR)
    except InstrumentError:
        raise PageRefused("CONSOLE_DAY_NOT_VALID", 422) from None


def instant_of(voucher: Row, point: str) -> int:
    """A point of a voucher: its black-out, its maturity when banks open, or the cut-off of that day."""
    if point in ("blackout", "cutoff"):
        return int(voucher[point] or 0)
    return instant_ms(parse_date(str(voucher["effective_maturity"])), OPENING_HOUR)


async def _next(visit: Visit, point: str) -> int:
    """The earliest such point of any voucher that lies ahead."""
    now = visit.gateway.clock.now_ms()
    living = [row for status in _LIVING for row in await visit.desk.rows("vouchers", status=status)]
    ahead = [at for at in (instant_of(row, point) for row in living) if at > now]
    if not ahead:
        raise PageRefused("CONSOLE_NO_POINT_AHEAD", 409)
    return min(ahead)


ROUTES: Final[tuple[Route, ...]] = (post("/clock", advance),)
