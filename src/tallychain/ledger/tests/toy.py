"""A contract small enough to be understood at a glance: boxes that are opened, filled and end by themselves."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from tallychain.ledger import codec
from tallychain.ledger.contract import (
    Authority,
    Call,
    Change,
    Contract,
    DueKind,
    Event,
    OperationType,
    SealRule,
    Words,
)
from tallychain.ledger.identity import BANK, KEYS, MEMBERS, Key, Member
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.quarantine import QUARANTINE
from tallychain.ledger.refusals import InvariantBroken, Refused
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Step, Timeline, after_next_step, settled, status_at
from tallychain.ledger.types import (
    AuthorName,
    Count,
    Identifier,
    Instant,
    KeyText,
    MemberName,
    PublicText,
)

OPEN, ENDED = "OPEN", "ENDED"
FULL = 12
"""More units in one box break invariant 7."""
CALM_BUDGET = 2
URGENT_BUDGET = 3
WORDS = Words("box", "箱")


class Box(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A box with units in it, until it ends."""

    box: Identifier
    owner: AuthorName
    units: Count
    life: Timeline


class Alarm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that must be written down in time, whatever else is due."""

    alarm: Identifier
    life: Timeline


BOXES = Table("payable", Box, lambda row: (row.box,))
ALARMS = Table("fingerprint", Alarm, lambda row: (row.alarm,))
DEFECT = "DEFECT"
"""How the name of an alarm begins that, when it rings, would put too much into a box of its name."""


class OpenBox(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Open a box that ends at an instant (0: never)."""

    box: Identifier
    amount: Count
    ends: Instant
    note: PublicText


class FillBox(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Put units into a box."""

    box: Identifier
    units: Count


class SetAlarm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Have something written down at an instant."""

    alarm: Identifier
    at: Instant


class EndKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """End a key at a height."""

    key: KeyText
    height: Count


class SetStanding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Give a member another standing, perhaps until an instant."""

    member: MemberName
    status: str
    until: Instant


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Content of a sealed part."""

    text: str


class BoxOpened(Event, frozen=True, tag="box.opened"):
    box: str


class BoxFilled(Event, frozen=True, tag="box.filled"):
    box: str
    units: int


class BoxEnded(Event, frozen=True, tag="box.ended"):
    box: str
    at_ms: int


class AlarmRang(Event, frozen=True, tag="alarm.rang"):
    alarm: str


@dataclass(eq=False)
class BoxKnown(Refused):
    code = "BOX_KNOWN"
    en = "There is a box {box} already."
    zh = "箱 {box} 已存在。"
    box: str


@dataclass(eq=False)
class BoxNotOpen(Refused):
    code = "BOX_NOT_OPEN"
    en = "The box {box} is {status}."
    zh = "箱 {box} 的状态为 {status}。"
    box: str
    status: str


def open_box(args: OpenBox, call: Call, state: Reader) -> Change:
    if state.get(BOXES, args.box) is not None:
        raise BoxKnown(args.box)
    steps = (Step(args.ends, ENDED),) if args.ends else ()
    box = Box(args.box, call.author, 0, Timeline(OPEN, steps))
    return Change((BOXES.put(box),), (BoxOpened(args.box),))


def fill_box(args: FillBox, call: Call, state: Reader) -> Change:
    box = state.get(BOXES, args.box)
    status = "ABSENT" if box is None else status_at(box.life, call.now)
    if box is None or status != OPEN:
        raise BoxNotOpen(args.box, status)
    filled = msgspec.structs.replace(box, units=box.units + args.units)
    return Change((BOXES.put(filled),), (BoxFilled(args.box, args.units),))


def remove_box(args: FillBox, call: Call, state: Reader) -> Change:
    box = state.get(BOXES, args.box)
    if box is None:
        raise BoxNotOpen(args.box, "ABSENT")
    return Change((BOXES.delete(box),))


def write_twice(args: FillBox, call: Call, state: Reader) -> Change:
    box = Box(args.box, call.author, 0, settled(OPEN))
    return Change((BOXES.put(box), BOXES.put(box)))


def spoil_box(args: FillBox, call: Call, state: Reader) -> Change:
    spoiled = Box(args.box, call.author, -args.units, settled(OPEN))
    other = Box(f"{args.box}-2", call.author, 0, settled(OPEN))
    return Change((BOXES.put(other), BOXES.put(spoiled)), (BoxFilled(args.box, args.units),))


def release(args: FillBox, call: Call, state: Reader) -> Change:
    """End every quarantine."""
    rows = state.scan(QUARANTINE)
    return Change(tuple(QUARANTINE.delete(row) for row in rows))


def never_works(args: FillBox, call: Call, state: Reader) -> Change:
    raise InvariantBroken(8, "found before the change was made")


def set_alarm(args: SetAlarm, call: Call, state: Reader) -> Change:
    return Change((ALARMS.put(Alarm(args.alarm, Timeline("SET", (Step(args.at, "RUNG"),)))),))


def end_key(args: EndKey, call: Call, state: Reader) -> Change:
    key = state.get(KEYS, args.key)
    if key is None:
        raise BoxNotOpen(args.key, "ABSENT")
    return Change((KEYS.put(msgspec.structs.replace(key, revoked_at=args.height)),))


def set_standing(args: SetStanding, call: Call, state: Reader) -> Change:
    member = state.get(MEMBERS, args.member)
    if member is None:
        raise BoxNotOpen(args.member, "ABSENT")
    steps = (Step(args.until, "ACTIVE"),) if args.until else ()
    changed = msgspec.structs.replace(member, standing=Timeline(args.status, steps))
    return Change((MEMBERS.put(changed),))


def box_ended(box: Box, at_ms: int, now: Moment, state: Reader) -> Change:
    row = msgspec.structs.replace(box, life=after_next_step(box.life))
    return Change((BOXES.put(row),), (BoxEnded(box.box, at_ms),))


def alarm_rang(alarm: Alarm, at_ms: int, now: Moment, state: Reader) -> Change:
    row = msgspec.structs.replace(alarm, life=after_next_step(alarm.life))
    change = Change((ALARMS.put(row),), (AlarmRang(alarm.alarm),))
    if alarm.alarm.startswith(DEFECT):
        change += Change((BOXES.put(Box(alarm.alarm, "member:bank-a", FULL + 1, settled(OPEN))),))
    return change


def no_box_is_too_full(change: Change, before: Reader, after: Reader) -> Iterable[tuple[int, str]]:
    for write in change.writes:
        if isinstance(write.value, Box) and write.value.units > FULL:
            yield 7, f"{write.value.box} holds {write.value.units}"


def first_rows(section: msgspec.Raw) -> Change:
    members, keys = codec.decode(tuple[tuple[Member, ...], tuple[Key, ...]], bytes(section))
    return Change(
        tuple(MEMBERS.put(member) for member in members) + tuple(KEYS.put(key) for key in keys),
    )


def _system(name: str, rule: object, args: type, example: object, **more: object) -> OperationType:  # type: ignore[type-arg]  # operations of several types
    return OperationType(
        name=name,
        args=args,
        authority=Authority.SYSTEM,
        title=WORDS,
        summary=WORDS,
        rule=rule,  # type: ignore[arg-type]  # rules of several types
        refusals=(BoxNotOpen,),
        example=example,
        **more,  # type: ignore[arg-type]  # the rest of the declaration
    )


FILL = FillBox("A", 1)
OPERATIONS = (
    OperationType(
        name="box.open",
        args=OpenBox,
        authority=Authority.TWO_PERSONS,
        title=WORDS,
        summary=WORDS,
        rule=open_box,
        refusals=(BoxKnown,),
        example=OpenBox("A", 1, 0, "why"),
        kinds=(BANK,),
        amount=lambda args: args.amount,
        primary=lambda args: args.box,
    ),
    _system("box.fill", fill_box, FillBox, FILL, begins=False, primary=lambda args: args.box),
    _system("box.remove", remove_box, FillBox, FILL),
    _system("box.twice", write_twice, FillBox, FILL),
    _system("box.spoil", spoil_box, FillBox, FILL, primary=lambda args: args.box),
    _system("box.never", never_works, FillBox, FILL),
    _system("box.release", release, FillBox, FILL),
    _system("alarm.set", set_alarm, SetAlarm, SetAlarm("A", 1)),
    _system("member.stand", set_standing, SetStanding, SetStanding("bank-a", "SUSPENDED", 0)),
    OperationType(
        name="key.end",
        args=EndKey,
        authority=Authority.TWO_ADMINS,
        title=WORDS,
        summary=WORDS,
        rule=end_key,
        refusals=(BoxNotOpen,),
        example=EndKey("ed25519:" + "00" * 32, 1),
        begins=False,
    ),
    OperationType(
        name="box.carry",
        args=FillBox,
        authority=Authority.HOLDER,
        title=WORDS,
        summary=WORDS,
        rule=fill_box,
        refusals=(BoxNotOpen,),
        example=FILL,
        seals=(
            SealRule("note", Note, lambda args, call, state: ("member:supervisor", *own_key(call))),
            SealRule("extra", Note, lambda args, call, state: (), required=False),
        ),
    ),
)


def own_key(call: Call) -> tuple[str, ...]:
    """The tag's sealing key, if the box is named after it; here a fixed one."""
    return (TAG_SEALING,)


TAG_SEALING = "x25519:" + "5e" * 32

CONTRACT = Contract(
    name="boxes",
    title=WORDS,
    operations=OPERATIONS,
    events=(BoxOpened, BoxFilled, BoxEnded, AlarmRang),
    tables=(BOXES, ALARMS),
    due=(
        DueKind(
            name="alarm",
            table=ALARMS,
            budget=URGENT_BUDGET,
            timeline=lambda row: row.life,
            change=alarm_rang,
        ),
        DueKind(name="box", table=BOXES, budget=CALM_BUDGET, timeline=lambda row: row.life, change=box_ended),
    ),
    touched=no_box_is_too_full,
    genesis=first_rows,
)

PLAIN = Contract(
    name="plain",
    title=WORDS,
    operations=(_system("plain.twice", fill_box, FillBox, FILL),),
    events=(),
    tables=(),
)
"""A contract without invariants, due work or genesis."""

CATALOGUE = Catalogue([CONTRACT, PLAIN])
