"""Sentences about what everybody may know of an issuer, month by month."""

import re
from collections.abc import Callable

import msgspec

from tallychain.contracts.disclosure.state import RECORDS, Record
from tallychain.instruments.money import format_amount
from tests.scenarios.story import Story

NAME = r"[a-z][a-z0-9-]*"
MONEY = r"[0-9,]+\.[0-9]{2}"
MONTH = r"\d{4}-\d\d"

DISCLOSED = "disclosure.voucher"

Act = Callable[[Story, re.Match[str], str], None]


def record_of(story: Story, issuer: str, month: str) -> Record:
    """What is disclosed of an issuer for a month."""
    found = story.world.reader.get(RECORDS, issuer, month)
    if found is None:
        raise AssertionError(f"there is no record of {issuer} for {month}")
    return found


def expect_record(story: Story, match: re.Match[str], _code: str) -> None:
    """The base figures of a month."""
    issuer, month, *figures, events = match.groups()
    row = record_of(story, issuer, month)
    found = [format_amount(fen) for fen in (row.accepted, row.balance, row.overdue, row.overdue_balance)]
    story.same((found, row.overdue_events), (figures, int(events)))


def expect_persistent(story: Story, issuer: str, month: str, since: str) -> None:
    """Whether the issuer is persistently overdue, and since which month."""
    story.same(record_of(story, issuer, month).persistent_since, since)


def expect_disclosed(story: Story, name: str, amount: str) -> None:
    """A voucher is on the list that everybody may read."""
    number, found = story.numbers[name], []
    for block in story.world.history:
        for row in (row for result in block.results for row in result):
            events = msgspec.json.decode(row).get("events", [])
            found += [e["face"] for e in events if (e["event"], e.get("voucher")) == (DISCLOSED, number)]
    story.same([format_amount(face) for face in found], [amount])


FIGURES = (
    rf"the record of ({NAME}) for ({MONTH}) says accepted ({MONEY}), balance ({MONEY}),"
    rf" overdue ({MONEY}) of which ({MONEY}) are open, (\d+) events"
)
PATTERNS: tuple[tuple[str, Act], ...] = (
    (rf"(\w+) is disclosed with ({MONEY})", lambda s, m, _: expect_disclosed(s, m[1], m[2])),
    (FIGURES, expect_record),
    (
        rf"the record of ({NAME}) for ({MONTH}) finds it not persistently overdue",
        lambda s, m, _: expect_persistent(s, m[1], m[2], ""),
    ),
    (
        rf"the record of ({NAME}) for ({MONTH}) finds it persistently overdue since ({MONTH})",
        lambda s, m, _: expect_persistent(s, m[1], m[2], m[3]),
    ),
)
