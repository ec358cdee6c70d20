"""A small contract with which the engine is tried: counters that are added to, and alarms that time sets off."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from tallychain.crypto.keys import SigningKey, signing_key_from_seed
from tallychain.ledger import codec, envelope, identity, operation
from tallychain.ledger.contract import (
    Authority,
    Call,
    Change,
    Contract,
    DueKind,
    Event,
    OperationType,
    Words,
)
from tallychain.ledger.envelope import Envelope
from tallychain.ledger.identity import KEYS, MEMBERS, Key, Member
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.operation import Body, Signature, SignedOperation
from tallychain.ledger.refusals import Refused
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Step, Timeline, after_next_step, settled
from tallychain.ledger.types import Instant
from tallychain.ledger.validators import VALIDATORS

CHAIN: Final = "toy-chain"
START_MS: Final = 1_795_000_000_000
MEMBERS_OF_RECORD: Final = ("bank-a", "bank-b", "bank-c", "court-a")


class Counter(Struct, frozen=True):
    name: str
    total: int
    additions: int


class Alarm(Struct, frozen=True):
    name: str
    timeline: Timeline


COUNTERS: Final = Table("holding", Counter, lambda row: (row.name,))
ALARMS: Final = Table("offer", Alarm, lambda row: (row.name,))


class Add(Struct, frozen=True, forbid_unknown_fields=True):
    counter: str
    amount: Annotated[int, Meta(ge=0, le=1_000)]


class SetAlarm(Struct, frozen=True, forbid_unknown_fields=True):
    alarm: str
    at_ms: Instant


class Revoke(Struct, frozen=True, forbid_unknown_fields=True):
    key: str


class SetPower(Struct, frozen=True, forbid_unknown_fields=True):
    key: str
    power: int


class Added(Event, frozen=True, tag="toy.added"):
    counter: str
    total: int


class WentOff(Event, frozen=True, tag="toy.went_off"):
    alarm: str
    at_ms: int
    height: int


class NothingToAdd(Refused):
    code = "NOTHING_TO_ADD"
    en = "Nothing is added."
    zh = "未增加。"


class Defect(Exception):
    """Our own mistake, planted."""


def _add(args: Add, call: Call, state: Reader) -> Change:
    if args.amount == 0:
        raise NothingToAdd
    if args.counter == "defect":
        raise Defect
    before = state.get(COUNTERS, args.counter) or Counter(args.counter, 0, 0)
    after = Counter(args.counter, before.total + args.amount, before.additions + 1)
    return Change((COUNTERS.put(after),), (Added(args.counter, after.total),))


def _set_alarm(args: SetAlarm, call: Call, state: Reader) -> Change:
    return Change((ALARMS.put(Alarm(args.alarm, Timeline("SET", (Step(args.at_ms, "WENT_OFF"),)))),))


def _revoke(args: Revoke, call: Call, state: Reader) -> Change:
    key = state.get(KEYS, args.key)
    assert key is not None
    return Change((KEYS.put(msgspec.structs.replace(key, revoked_at=call.now.height + 1)),))


def _went_off(row: Alarm, at_ms: int, now: Moment, state: Reader) -> Change:
    after = Alarm(row.name, after_next_step(row.timeline))
    return Change((ALARMS.put(after),), (WentOff(row.name, at_ms, now.height),))


def _full(state: Reader) -> list[tuple[int, str]]:
    return [(1, f"{row.name} is negative") for row in state.iterate(COUNTERS) if row.total < 0]


class ToyGenesis(Struct, frozen=True):
    members: tuple[Member, ...]
    keys: tuple[Key, ...]


def _set_power(args: SetPower, call: Call, state: Reader) -> Change:
    row = state.get(VALIDATORS, args.key)
    if row is None:
        raise NothingToAdd
    return Change((VALIDATORS.put(msgspec.structs.replace(row, power=args.power)),))


def _genesis(section: msgspec.Raw) -> Change:
    content = msgspec.json.decode(bytes(section), type=ToyGenesis)
    return Change(
        tuple(MEMBERS.put(member) for member in content.members)
        + tuple(KEYS.put(key) for key in content.keys)
    )


_NOTHING = Words("", "")
TOY: Final = Contract(
    name="toy",
    title=_NOTHING,
    operations=(
        OperationType(
            name="toy.add",
            args=Add,
            authority=Authority.SYSTEM,
            title=_NOTHING,
            summary=_NOTHING,
            rule=_add,
            refusals=(NothingToAdd,),
            example=Add("a", 1),
        ),
        OperationType(
            name="toy.set_alarm",
            args=SetAlarm,
            authority=Authority.SYSTEM,
            title=_NOTHING,
            summary=_NOTHING,
            rule=_set_alarm,
            refusals=(),
            example=SetAlarm("a", 1),
        ),
        OperationType(
            name="toy.set_power",
            args=SetPower,
            authority=Authority.SYSTEM,
            title=_NOTHING,
            summary=_NOTHING,
            rule=_set_power,
            refusals=(NothingToAdd,),
            example=SetPower("k", 1),
        ),
        OperationType(
            name="toy.revoke",
            args=Revoke,
            authority=Authority.SYSTEM,
            title=_NOTHING,
            summary=_NOTHING,
            rule=_revoke,
            refusals=(),
            example=Revoke("k"),
        ),
    ),
    events=(Added, WentOff),
    tables=(COUNTERS, ALARMS),
    due=(DueKind("alarms", ALARMS, 2, lambda row: row.timeline, _went_off),),
    full=_full,
    genesis=_genesis,
)
CATALOGUE: Final = Catalogue([TOY])


def key_of(name: str) -> SigningKey:
    return signing_key_from_seed("ed25519", name.encode().ljust(32, b"."))


SEQUENCER: Final = key_of("sequencer")
SEQUENCER_SEED: Final = b"sequencer".ljust(32, b".")


def genesis_document(
    *,
    clock: str = "system",
    outages: bool = False,
    chain: str = CHAIN,
    standings: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    from tallychain.ledger.founders import EMBEDDED
    from tallychain.ledger.genesis import Genesis

    members = tuple(_member(name, standings.get(name, identity.ACTIVE)) for name in MEMBERS_OF_RECORD)
    keys = tuple(_key(name, name) for name in MEMBERS_OF_RECORD) + (_key("bank-a", "bank-a-2"),)
    section = msgspec.Raw(codec.encode(ToyGenesis(members, keys)))
    return codec.encode(
        Genesis(
            chain,
            "TOYS",
            START_MS,
            True,
            clock,
            8,
            outages,
            0,
            EMBEDDED,
            SEQUENCER.public,
            (),
            (),
            (),
            (),
            (),
            {"toy": section},
        )
    )


def _member(name: str, standing: str) -> Member:
    kinds = (identity.COURT_GATEWAY,) if name.startswith("court") else (identity.BANK,)
    return Member(name, name, "", kinds, (), settled(standing), (), "", 0)


def _key(member: str, name: str) -> Key:
    return Key(key_of(name).public, member, "0" * 16, (identity.SYSTEM,), 0, "0" * 64, 0, 0)


@dataclass(frozen=True, slots=True)
class Sample:
    """A signed operation with its id."""

    id: str
    signed: SignedOperation


def signed_operation(
    kind: str, args: Struct, nonce: int, *, now_ms: int = START_MS, member: str = "bank-a", chain: str = CHAIN
) -> Sample:
    key = key_of(member)
    body = codec.encode(
        Body(
            chain,
            kind,
            1,
            f"member:{member}",
            member,
            f"{nonce:032x}",
            now_ms + 300_000,
            msgspec.Raw(codec.encode(args)),
            (),
        )
    )
    number = operation.operation_id(body)
    message = operation.signing_message(number, "system", key.public)
    return Sample(number, SignedOperation(body, (Signature("system", key.public, key.sign(message)),), {}))


def add(
    counter: str,
    amount: int,
    nonce: int,
    *,
    now_ms: int = START_MS,
    member: str = "bank-a",
    chain: str = CHAIN,
) -> Sample:
    return signed_operation("toy.add", Add(counter, amount), nonce, now_ms=now_ms, member=member, chain=chain)


def sealed_envelope(
    *samples: Sample, now_ms: int = START_MS, member: str = "bank-a", key: str = "", chain: str = CHAIN
) -> bytes:
    signing = key_of(key or member)
    operations = tuple(sample.signed for sample in samples)
    header = envelope.build_header(
        chain=chain, member=member, key=signing.public, expires=now_ms + 100_000, operations=operations
    )
    return codec.encode_frame(Envelope(header, operations, signing.sign(envelope.envelope_message(header))))
