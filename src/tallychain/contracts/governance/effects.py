"""What a proposal does when it acts.

One path for three questions: whether it may be opened (as things stand, it could act at its instant), what it would touch (preview), and
what it does.  A `Refused` says why it cannot; nothing else is ever raised, because due work must not stop a node.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from tallychain.contracts.admission import api as admission
from tallychain.contracts.documents import api as documents
from tallychain.contracts.governance import nodes
from tallychain.contracts.governance.changes import (
    Admit,
    AdoptRulePack,
    Amend,
    BeginKeyEpoch,
    Exit,
    ProposedChange,
    PublishCalendar,
    Release,
    ReplaceKey,
    Restore,
    Revoke,
    SetPolicy,
    Suspend,
)
from tallychain.contracts.governance.constitution import KINDS, check_rules
from tallychain.contracts.governance.events import CalendarPublished, QuarantineReleased, RuleSet, WeightSet
from tallychain.contracts.governance.nodechanges import (
    AdmitNode,
    AdmitValidator,
    NodeChange,
    RemoveNode,
    RemoveValidator,
    SetValidatorPower,
)
from tallychain.contracts.governance.policies import Source, next_version
from tallychain.contracts.governance.refusals import (
    CalendarDayPast,
    CalendarNotValid,
    CalendarVersionDiffers,
    KindTwice,
    LastVote,
    NotQuarantined,
    ParametersFaulty,
    PolicyTwice,
)
from tallychain.contracts.governance.state import (
    RULES,
    WEIGHTS,
    Weight,
    last_weight,
    rule_of,
    total_at,
    weight_at,
)
from tallychain.contracts.members import api as members
from tallychain.instruments.calendar import CalendarYear as BusinessDays
from tallychain.instruments.calendar import format_date, local_day, parse_date
from tallychain.instruments.errors import InstrumentError
from tallychain.ledger.contract import Change
from tallychain.ledger.identity import ACTIVE, CORE_ENTERPRISE, EXITED, REVOKED, SUSPENDED
from tallychain.ledger.parameters import CALENDARS, CalendarYear, Policy
from tallychain.ledger.quarantine import QUARANTINE
from tallychain.ledger.state import Overlay, Reader
from tallychain.ledger.timeline import Moment

ParameterFaults = Callable[[Reader], Iterable[str]]
"""What is wrong, as sentences, with the policies and calendars that a contract reads (`Contract.parameter_faults`)."""

CalendarHook = Callable[[CalendarYear, Reader, Moment], Change]
"""What follows at once from a year's new calendar, given the state with it: the first row of a bounded job, never the job itself."""


@dataclass(frozen=True, slots=True)
class Others:
    """What a chain's other contracts have to do with a decision; given when the catalogue is made."""

    parameter_faults: tuple[ParameterFaults, ...] = ()
    """So that no vote leaves a policy or calendar that one of them could not work with."""
    calendar_published: tuple[CalendarHook, ...] = ()
    """So that dates that rest on a calendar are computed again."""


NO_OTHERS: Final = Others()


def effect(
    change: ProposedChange, state: Reader, now: Moment, others: Others = NO_OTHERS, opened_ms: int = 0
) -> Change:
    """
    The Change that a proposal makes at this moment.  Raises a `Refused` when it cannot act.

    `opened_ms` is when it was put to the vote; 0 for now.
    """
    done = _effect(change, state, now, opened_ms)
    parameters = [write.value for write in done.writes if isinstance(write.value, Policy | CalendarYear)]
    if not parameters:
        return done
    after = Overlay(state)  # type: ignore[arg-type]  # whatever rules read from is a layer of the state
    after.write(done.writes)
    for faults_of in others.parameter_faults:
        for fault in faults_of(after):
            raise ParametersFaulty(fault)
    if any(isinstance(row, Policy) for row in parameters):
        done += documents.prolong_epochs(after, now)
    for row in parameters:
        if isinstance(row, CalendarYear):
            for follows in others.calendar_published:
                done += follows(row, after, now)
    return done


def _effect(change: ProposedChange, state: Reader, now: Moment, opened_ms: int) -> Change:
    match change:
        case Admit():
            return _admitted(change, state, now)
        case Suspend():
            suspended = members.standing_voted(change.member, SUSPENDED, change.reason, state, now)
            return suspended + admission.bank_gone(change.member, change.reason, state, now)
        case Restore():
            return _restored(change, state, now)
        case Revoke():
            return _gone(change.member, REVOKED, change.reason, state, now)
        case Exit():
            return _gone(change.member, EXITED, change.reason, state, now)
        case ReplaceKey():
            return members.key_replaced(
                change.member, change.old, change.key, change.person, change.certificate, state, now
            )
        case SetPolicy():
            source = Source(change.article)
            return next_version(change.policy, change.values, change.effective_from, source, state, now)
        case AdoptRulePack():
            return _adopted(change, state, now)
        case PublishCalendar():
            return _published(change, state, now)
        case Release():
            return _released(change, state)
        case BeginKeyEpoch():
            passed_ms = opened_ms or now.time_ms
            return documents.begin_epoch(change.epoch, change.commitment, passed_ms, state, now)
        case Amend():
            return _amended(change, state)
        case _:
            return _of_nodes(change, state, now)


def _of_nodes(change: NodeChange, state: Reader, now: Moment) -> Change:
    """What concerns validators, nodes and the protocol."""
    match change:
        case AdmitValidator():
            return nodes.validator_admitted(change, state, now)
        case SetValidatorPower():
            return nodes.power_set(change, state, now)
        case RemoveValidator():
            return nodes.validator_removed(change, state, now)
        case AdmitNode():
            return nodes.node_admitted(change, state, now)
        case RemoveNode():
            return nodes.observer_removed(change, state)
        case _:
            return nodes.scheduled(change, state, now)


def _admitted(change: Admit, state: Reader, now: Moment) -> Change:
    """A core enterprise needs a bank that answers for it; its introduction becomes the first review."""
    record = change.member
    admitted = members.admitted(record, state, now)
    if CORE_ENTERPRISE in record.kinds:
        admitted += admission.admitted(record.member, record.uscc, state, now)
    return admitted + _weight(record.member, change.weight, now)


def _weight(member: str, weight: int, now: Moment) -> Change:
    row = Weight(member, now.height, weight)
    return Change((WEIGHTS.put(row),), (WeightSet(member, row.from_height, weight),))


def _restored(change: Restore, state: Reader, now: Moment) -> Change:
    """Good standing again, with the weight that the member had before it was revoked or left."""
    restored = members.standing_voted(change.member, ACTIVE, change.reason, state, now)
    weight = last_weight(state, change.member)
    if weight == weight_at(state, change.member, now.height):
        return restored
    return restored + _weight(change.member, weight, now)


def _gone(member: str, status: str, reason: str, state: Reader, now: Moment) -> Change:
    """Revoked or left: no weight in votes opened from now on; what it voted before stands.  Its nodes go with it."""
    gone = members.standing_voted(member, status, reason, state, now) + nodes.member_gone(member, state, now)
    gone += admission.bank_gone(member, reason, state, now)
    weight = weight_at(state, member, now.height)
    if weight == 0:
        return gone
    if weight == total_at(state, now.height):
        raise LastVote(member)
    return gone + _weight(member, 0, now)


def _adopted(change: AdoptRulePack, state: Reader, now: Moment) -> Change:
    named = [item.policy for item in change.policies]
    for policy in named:
        if named.count(policy) > 1:
            raise PolicyTwice(policy)
    adopted = Change()
    for item in change.policies:
        source = Source(change.article, change.name, item.articles)
        adopted += next_version(item.policy, item.values, change.effective_from, source, state, now)
    return adopted


def _published(change: PublishCalendar, state: Reader, now: Moment) -> Change:
    """
    The business days of a year.

    A first publication may come late (days that were undated become dated); a correction changes later days only, so no day that has
    begun was ever two things.
    """
    before = state.get(CALENDARS, change.year)
    version = 1 if before is None else before.version + 1
    if change.version != version:
        raise CalendarVersionDiffers(change.year, version)
    holidays, working = change.holidays, change.make_up_working_days
    try:
        BusinessDays(change.year, _days(holidays), _days(working), version)
    except InstrumentError:
        raise CalendarNotValid(change.year) from None
    if before is not None:
        today = format_date(local_day(now.time_ms))
        old, new = before.holidays + before.make_up_working_days, holidays + working
        for day in old + new:
            if (day in old) != (day in new) and day <= today:
                raise CalendarDayPast(day, today)
    row = CalendarYear(change.year, version, holidays, working)
    return Change((CALENDARS.put(row),), (CalendarPublished(row.year, row.version, holidays, working),))


def _days(texts: tuple[str, ...]) -> tuple[date, ...]:
    return tuple(parse_date(text) for text in texts)


def _released(change: Release, state: Reader) -> Change:
    row = state.get(QUARANTINE, change.object)
    if row is None:
        raise NotQuarantined(change.object)
    return Change((QUARANTINE.delete(row),), (QuarantineReleased(change.object),))


def _amended(change: Amend, state: Reader) -> Change:
    named = [rule.kind for rule in change.rules]
    for kind in named:
        if named.count(kind) > 1:
            raise KindTwice(kind)
    check_rules([*(rule_of(state, kind) for kind in KINDS), *change.rules])
    return Change(
        tuple(RULES.put(rule) for rule in change.rules), tuple(RuleSet(rule) for rule in change.rules)
    )
