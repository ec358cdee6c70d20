"""Status that time changes, without anybody having to act.

A record holds its status and up to three later steps `(instant, status)`, fixed when it was written.  What is true now is
always asked through `status_at`; due work only writes down later what is already true (design page "ledger", State machine).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from tallychain.ledger.types import Height, Instant, TimeMs


class Outage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A time in which no block was made."""

    since_ms: Instant
    """Time of the last block before it."""
    until_ms: Instant
    """Time of the first block after it."""
    grace_ms: Instant
    """How long after its end a deadline inside it runs on."""


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From `at_ms` on the status is `status`."""

    at_ms: Instant
    status: str


class Timeline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A status and what time will make of it."""

    status: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """When a rule is asked: the block's height and time, and the outages that move deadlines."""

    height: Height
    time_ms: TimeMs
    outages: tuple[Outage, ...] = field(default=())


def shifted(at_ms: int, outages: Sequence[Outage]) -> int:
    """A deadline, moved to the end of an outage plus its grace if it fell inside one."""
    for outage in outages:
        if outage.since_ms < at_ms <= outage.until_ms:
            at_ms = outage.until_ms + outage.grace_ms
    return at_ms


def has_passed(at_ms: int, now: Moment) -> bool:
    """Whether a deadline is over at this moment."""
    return shifted(at_ms, now.outages) <= now.time_ms


def status_at(timeline: Timeline, now: Moment) -> str:
    """The status that holds at this moment, whether or not it has been written down yet."""
    status = timeline.status
    for step in timeline.steps:
        if has_passed(step.at_ms, now):
            status = step.status
    return status


def settled(status: str) -> Timeline:
    """A timeline on which nothing more happens by itself."""
    return Timeline(status)


def next_step_ms(timeline: Timeline, outages: Sequence[Outage]) -> int | None:
    """When the next unwritten step is due, or None."""
    return shifted(timeline.steps[0].at_ms, outages) if timeline.steps else None


def later_statuses(timeline: Timeline, outages: Sequence[Outage]) -> tuple[tuple[int, str], ...]:
    """Every unwritten step as instant and status, for a reader that asks later: what `status_at` would have said."""
    return tuple((shifted(step.at_ms, outages), step.status) for step in timeline.steps)


def after_next_step(timeline: Timeline) -> Timeline:
    """The timeline once its next step has been written down."""
    return Timeline(timeline.steps[0].status, timeline.steps[1:])


def local_day_number(time_ms: int) -> int:
    """Days since 1970-01-01 in local time, UTC + 8 hours."""
    return (time_ms + 8 * 3_600_000) // 86_400_000
