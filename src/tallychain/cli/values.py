"""What people type on the command line, read strictly: amounts in yuan, days, instants, receivers."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from tallychain.cli.failures import NotPossible
from tallychain.cli.profile import NETWORK

_RECEIVER: Final = re.compile(r"([0-9A-Z]{18})@([a-z][a-z0-9-]{1,31})")
_HEX32: Final = re.compile(r"[0-9a-f]{32}")
_INSTANT: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2}))?)?")
_FILE_BYTES: Final = 1024 * 1024


class Amount(click.ParamType[int]):
    """An amount in yuan such as `300,000.00`, as whole fen."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Fen; refuses whatever is not exactly an amount above zero."""
        from tallychain.instruments.errors import InstrumentError
        from tallychain.instruments.money import parse_amount

        if isinstance(value, int):
            return value
        try:
            fen = int(parse_amount(str(value)))
        except InstrumentError as error:
            self.fail(str(error), param, ctx)
        if fen == 0:
            self.fail("An amount is more than 0.00.", param, ctx)
        return fen


class Day(click.ParamType[str]):
    """A civil date `2026-09-14`."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The date as it was written."""
        from tallychain.instruments.calendar import parse_date
        from tallychain.instruments.errors import InstrumentError

        try:
            return parse_date(str(value)).isoformat()
        except InstrumentError as error:
            self.fail(str(error), param, ctx)


class Instant(click.ParamType[int]):
    """A local instant `2026-09-09 00:00:03` (Asia/Shanghai), as UTC milliseconds."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """UTC milliseconds."""
        from tallychain.instruments.calendar import instant_ms, parse_date
        from tallychain.instruments.errors import InstrumentError

        if isinstance(value, int):
            return value
        found = _INSTANT.fullmatch(str(value))
        if found is None:
            self.fail(f"{value!r} is not an instant such as 2026-09-09 00:00:03.", param, ctx)
        hour, minute, second = (int(part or 0) for part in found.groups()[1:])
        if hour > 23 or minute > 59 or second > 59:
            self.fail(f"{value!r} is not an instant such as 2026-09-09 00:00:03.", param, ctx)
        try:
            return instant_ms(parse_date(found[1]), hour, minute) + second * 1000
        except InstrumentError as error:
            self.fail(str(error), param, ctx)


class Receiver(click.ParamType[dict[str, str]]):
    """Who receives: `CODE@SPONSOR`, or in a trial alliance the name of a client or member."""

    name = "receiver"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, str]:
        """As acts take it: sponsor and unified social credit code."""
        from tallychain.instruments.errors import InstrumentError
        from tallychain.instruments.numbers import check_uscc

        if isinstance(value, dict):
            return value
        text = str(value)
        found = _RECEIVER.fullmatch(text)
        if found is None:
            return _by_name(text, lambda sentence: self.fail(sentence, param, ctx))
        try:
            check_uscc(found[1])
        except InstrumentError as error:
            self.fail(str(error), param, ctx)
        return {"sponsor": found[2], "uscc": found[1]}


class Percent(click.ParamType[int]):
    """A yearly rate in percent such as `3.65`, as whole parts per million."""

    name = "percent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parts per million; refuses more than four decimals and more than 100 %."""
        from tallychain.sdk.quotes import rate_of

        if isinstance(value, int):
            return value
        ppm = rate_of(str(value))
        if ppm is None:
            self.fail(f"{value!r} is not a rate in percent such as 3.65.", param, ctx)
        return ppm


class Json(click.ParamType[Any]):
    """JSON text, or `@FILE` with it."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value."""
        text = str(value)
        if text.startswith("@"):
            text = read_file(Path(text[1:])).decode("utf-8", errors="replace")
        try:
            return json.loads(text)
        except ValueError as error:
            self.fail(f"This is not valid JSON: {error}.", param, ctx)


AMOUNT: Final = Amount()
DAY: Final = Day()
INSTANT: Final = Instant()
PERCENT: Final = Percent()
RECEIVER: Final = Receiver()
JSON: Final = Json()


def reference(text: str) -> str | dict[str, str]:
    """A business number, which the gateway turns into an opaque reference; 32 hexadecimal digits are taken as they are."""
    return text if _HEX32.fullmatch(text) else {"keyed": text}


def read_file(path: Path, limit: int = _FILE_BYTES) -> bytes:
    """A file's content, bounded; raises `NotPossible`."""
    try:
        if path.stat().st_size > limit:
            raise NotPossible("FILE_TOO_LARGE", f"{path} is larger than {limit} bytes.")
        return path.read_bytes()
    except OSError as error:
        raise NotPossible("FILE_NOT_READABLE", f"{path} cannot be read: {error.strerror}.") from None


def _by_name(text: str, refuse: Callable[[str], NoReturn]) -> dict[str, str]:
    ctx = click.get_current_context(silent=True)
    folder = None if ctx is None else ctx.find_root().meta.get(NETWORK)
    if not folder and not Path("network.json").is_file():
        refuse(f"{text!r} is not CODE@SPONSOR, such as 91990202MA2Y2N021W@bank-b.")
    from tallychain.gateway.accounts import HOUSE
    from tallychain.network.layout import Layout

    for person in Layout(Path(folder or ".")).read_access():
        if text in (person.seat, person.member) and person.seat in (text, HOUSE):
            return {"sponsor": person.member, "uscc": person.uscc}
    return refuse(f"{text!r} is neither CODE@SPONSOR nor a client of this alliance.")
