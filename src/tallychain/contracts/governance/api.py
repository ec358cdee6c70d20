"""What other contracts and gateways may ask about governance; nothing else of this folder is for them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tallychain.contracts.governance.changes import ProposedChange, kind_of
from tallychain.contracts.governance.constitution import KindName, KindRule
from tallychain.contracts.governance.effects import NO_OTHERS, Others, effect
from tallychain.contracts.governance.genesis import GovernanceSection, usual_section
from tallychain.contracts.governance.state import PROPOSALS, Proposal, Weight, rule_of, weight_at
from tallychain.instruments.calendar import format_date, local_day
from tallychain.ledger.contract import Change, Event
from tallychain.ledger.identity import Key, Member
from tallychain.ledger.parameters import CALENDARS
from tallychain.ledger.refusals import Refused
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment
from tallychain.ledger.types import TimeMs
from tallychain.ledger.validators import Node, Validator

__all__ = [
    "GovernanceSection",
    "Others",
    "Preview",
    "day_without_calendar",
    "preview",
    "proposal",
    "rule_of",
    "usual_section",
    "weight_at",
]

ALARM_DAYS: Final = 30
"""How long before the first day without a calendar the alliance is warned."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a proposal opened now would do, if nothing else happened before it acts."""

    kind: KindName
    rule: KindRule
    """How it would be decided."""
    closes_ms: int
    acts_ms: int
    members: tuple[str, ...]
    """Members whose records, keys, weights, validators or nodes it would write; empty where it concerns everybody alike."""
    facts: tuple[Event, ...]
    """What it would publish, in order: the new standing, key, policy version with all its values, calendar …"""
    refusal: Refused | None
    """Why it could not act, as things stand; then nothing is touched."""


def preview(state: Reader, data: ProposedChange, now: Moment, others: Others = NO_OTHERS) -> Preview:
    """Whom and what a change would touch: a dry run of the code by which it would act, at the instant at which it would."""
    kind = kind_of(data)
    rule = rule_of(state, kind)
    closes_ms = rule.closes_ms(now.time_ms)
    acts_ms = rule.acts_ms(closes_ms)
    change, refusal = Change(), None
    try:
        change = effect(data, state, Moment(now.height, TimeMs(acts_ms), now.outages), others, now.time_ms)
    except Refused as caught:
        refusal = caught
    concerned = {
        write.value.member
        for write in change.writes
        if isinstance(write.value, Member | Key | Weight | Validator | Node)
    }
    return Preview(kind, rule, closes_ms, acts_ms, tuple(sorted(concerned)), change.events, refusal)


def proposal(state: Reader, name: str) -> Proposal | None:
    """The proposal of this id; ask its `status_at`."""
    return state.get(PROPOSALS, name)


def day_without_calendar(state: Reader, now: Moment) -> str:
    """The first local day within the next 30 whose year has no calendar: an alarm; empty if there is none."""
    today = local_day(now.time_ms)
    for ahead in range(ALARM_DAYS + 1):
        day = today + timedelta(days=ahead)
        if state.get(CALENDARS, day.year) is None:
            return format_date(day)
    return ""
