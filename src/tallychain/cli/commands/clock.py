"""`tally clock`: the time of a trial chain."""

import asyncio
import re
from typing import Final

import click

from tallychain.cli import output
from tallychain.cli.base import Group
from tallychain.cli.failures import NotPossible
from tallychain.cli.profile import network_folder
from tallychain.cli.times import local
from tallychain.cli.values import INSTANT

_SPAN: Final = re.compile(r"([1-9][0-9]{0,4})([smhd])")
_UNIT_MS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class Span(click.ParamType[int]):
    """A span such as `6d` or `90m`, in milliseconds."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Milliseconds."""
        found = _SPAN.fullmatch(str(value))
        if found is None:
            self.fail(f"{value!r} is not a span such as 6d, 2h, 90m or 30s.", param, ctx)
        return int(found[1]) * _UNIT_MS[found[2]]


@click.group(cls=Group)
def clock() -> None:
    """Look at and move the time of a trial chain whose clock is driven."""


@clock.command(examples=["tally --network my-trial clock show"])
def show() -> None:
    """The chain's time."""
    _show(asyncio.run(_now()))


@clock.command(
    examples=[
        "tally --network my-trial clock advance --by 6d",
        'tally --network my-trial clock advance --to "2026-09-09 00:00:03"',
    ]
)
@click.option("--to", "instant", type=INSTANT, help="Instant in Shanghai's time.")
@click.option("--by", "span", type=Span(), help="Span: 6d, 2h, 90m, 30s.")
def advance(instant: int | None, span: int | None) -> None:
    """Move the chain's time forward; what falls due on the way is done."""
    from tallychain.network import looking

    if (instant is None) == (span is None):
        raise click.UsageError("Give either --to or --by.")
    target = instant if instant is not None else asyncio.run(_now()) + (span or 0)
    asyncio.run(looking.advance(network_folder(), target))
    _show(asyncio.run(_now()))


async def _now() -> int:
    from tallychain.network import looking

    found = (await looking.status(network_folder())).ledger
    if found is None:
        raise NotPossible("LEDGER_NOT_REACHED", "The ledger process does not answer.")
    return found.time_ms


def _show(time_ms: int) -> None:
    output.print_record(
        {"time_ms": time_ms, "local": local(time_ms)}, [("Time", f"{local(time_ms)} (Asia/Shanghai)")]
    )
