"""
Every operation that concerns a voucher, as rows: what it was about and of which units.

Made of what all events have in common, so that acts of any part of this contract are among them: whoever gathers evidence asks
for one voucher's rows and leaves none out.
"""

import re
from collections.abc import Iterator
from typing import Final

from tallychain.contracts.vouchers import columns
from tallychain.ledger.contract import Event, Words
from tallychain.ledger.views import Fact, RowWrite, View

SUBJECTS: Final = (
    "offer",
    "cancellation",
    "pledge",
    "freeze",
    "recourse",
    "financing",
    "dispute",
    "redemption",
    "rekey",
    "attestation",
    "proposal",
    "challenged",
    "holding",
)
"""Fields of events that name what an act is about, beside the voucher itself."""

_HOLDING: Final = re.compile(r".+:([1-9][0-9]{0,18})-([1-9][0-9]{0,18}):[0-9]+")
"""`<voucher>:<from>-<to>:<seq>`."""

_OF_HOLDINGS: Final = ("holding", "spent", "taken", "holdings", "pieces")


def _acts(fact: Fact) -> Iterator[RowWrite]:
    voucher = _text(fact.event, "voucher")
    if not voucher or not fact.operation:
        return
    subject = next((found for name in SUBJECTS if (found := _text(fact.event, name))), "")
    first, last = units_of(fact.event)
    yield RowWrite(
        "voucher_acts",
        (voucher, fact.operation, str(fact.event.__struct_config__.tag), subject),
        {
            "first": first,
            "last": last,
            "height": fact.height,
            "done_at": fact.time_ms,
        },
    )


def units_of(event: Event) -> tuple[int, int]:
    """The least range over all units that an event names; zeros where it names none, and so is about the whole or about its subject."""
    first, last = _number(event, "first"), _number(event, "last")
    if first and last:
        return first, last
    found = [ends for name in _OF_HOLDINGS for ends in _ranges(getattr(event, name, None))]
    return (min(ends[0] for ends in found), max(ends[1] for ends in found)) if found else (0, 0)


def _ranges(value: object) -> Iterator[tuple[int, int]]:
    if isinstance(value, tuple):
        for one in value:
            yield from _ranges(one)
    elif isinstance(value, str):
        match = _HOLDING.fullmatch(value)
        if match is not None:
            yield int(match[1]), int(match[2])
    elif _number(value, "first") and _number(value, "last"):
        yield _number(value, "first"), _number(value, "last")


def _text(value: object, name: str) -> str:
    found: object = getattr(value, name, "")
    return found if isinstance(found, str) else ""


def _number(value: object, name: str) -> int:
    found: object = getattr(value, name, 0)
    return found if isinstance(found, int) else 0


ACTS_VIEW = View(
    name="voucher_acts",
    title=Words("Acts on vouchers", "凭证操作记录"),
    key=("voucher", "operation", "act", "subject"),
    columns=(
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("operation", "Operation", "操作"),
        columns.text("act", "Fact", "结果事实"),
        columns.text("subject", "About", "所涉事项编号"),
        columns.units("first", "First unit, 0: no units named", "起始单位（0 为未指明）"),
        columns.units("last", "Last unit", "截止单位"),
        columns.units("height", "Height", "区块高度"),
        columns.time("done_at", "Done at", "操作时间"),
    ),
    project=_acts,
)
