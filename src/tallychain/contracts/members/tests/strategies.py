"""A small alliance in memory, and what may happen to it; shared by the tests of this contract and by whoever drives it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import msgspec
import pytest
from hypothesis import strategies as st

from tallychain.contracts.members import CONTRACT
from tallychain.contracts.members.genesis import GenesisKey, GenesisMember
from tallychain.contracts.members.invariants import full, touched
from tallychain.crypto.digest import sha256
from tallychain.crypto.keys import SealingKey, signing_key_from_seed
from tallychain.crypto.schemes import ED25519
from tallychain.instruments.numbers import uscc_check_digit
from tallychain.ledger import codec
from tallychain.ledger.contract import Call, Change, Event
from tallychain.ledger.due import DueQueue
from tallychain.ledger.identity import (
    BANK,
    CORE_ENTERPRISE,
    FACTOR,
    KEYS,
    MEMBERS,
    SUPERVISOR,
    Key,
    Member,
)
from tallychain.ledger.parameters import FACTS, ChainFacts
from tallychain.ledger.refusals import Refused
from tallychain.ledger.state import Committed, MemoryBacking, Overlay
from tallychain.ledger.timeline import Moment, Outage
from tallychain.ledger.types import Height, MemberId, OperationId, TimeMs, member_author

MONDAY_NOON_MS = 1_794_801_600_000
"""2026-11-16 12:00 in Shanghai."""
KINDS = {
    "bank-a": BANK,
    "ce-a": CORE_ENTERPRISE,
    "factor-a": FACTOR,
    "supervisor": SUPERVISOR,
    "supervisor-b": SUPERVISOR,
}
STAFF = (("maker",), ("checker",), ("admin",), ("admin",), ("system",))


@cache
def key_text(name: str) -> str:
    """A signing key that follows from a name."""
    return signing_key_from_seed(ED25519, sha256(name.encode())).public


@cache
def sealing_text(name: str) -> str:
    """A sealing key that follows from a name."""
    return SealingKey.from_seed(sha256(b"sealing" + name.encode())).public


def person_of(name: str) -> str:
    """The id of a person that follows from a name."""
    return sha256(name.encode()).hex()[:16]


def certificate_of(name: str) -> str:
    """The digest of a certificate that follows from a name."""
    return sha256(b"certificate" + name.encode()).hex()


def uscc(number: int) -> str:
    """A unified social credit code that belongs to nobody."""
    body = f"91310000MA{number:07d}"
    return body + uscc_check_digit(body)


def founder(member: str, number: int = 1, kinds: tuple[str, ...] | None = None) -> GenesisMember:
    """One member of the genesis document; `<member>-<position>` names its staff."""
    names = [f"{member}-{position}" for position in range(len(STAFF))]
    return GenesisMember(
        member=member,
        name=f"The {member} company",
        uscc=uscc(number),
        kinds=kinds or (KINDS[member],),
        licences=("trial",),
        gateway=f"https://{member}.example",
        sealing=sealing_text(member),
        keys=tuple(
            GenesisKey(key_text(name), person_of(name), rights, 0, certificate_of(name))
            for name, rights in zip(names, STAFF, strict=True)
        ),
    )


def section() -> tuple[GenesisMember, ...]:
    """The founders of the trial alliance."""
    return tuple(founder(member, number) for number, member in enumerate(KINDS, start=1))


def raw(value: object) -> msgspec.Raw:
    """A value as a section of a genesis document."""
    return msgspec.Raw(codec.encode(value))


def refused(ask: Callable[[], object]) -> Refused:
    """The refusal that asking meets, checked to be a sentence in either language."""
    with pytest.raises(Refused) as caught:
        ask()
    assert caught.value.sentence() != caught.value.sentence("zh")
    return caught.value


@dataclass(slots=True)
class Book:
    """The state of the contract, block by block, as the ledger would keep it."""

    state: Overlay = field(default_factory=lambda: Overlay(Committed(MemoryBacking())))
    height: int = 10
    time_ms: int = MONDAY_NOON_MS
    outages: tuple[Outage, ...] = ()
    queue: DueQueue = field(default_factory=lambda: DueQueue(CONTRACT.due[0]))
    count: int = 0

    @property
    def now(self) -> Moment:
        """The moment at which the next operation is asked."""
        return Moment(Height(self.height), TimeMs(self.time_ms), self.outages)

    def founded(self) -> "Book":
        """This book with the founders in it."""
        assert CONTRACT.genesis is not None
        self.state.write(CONTRACT.genesis(raw(section())).writes)
        return self.in_earnest()

    def in_earnest(self, *, demo: bool = False) -> "Book":
        """This book on a chain that is no demonstration, unless it is to be one."""
        facts = ChainFacts("trial", "TRIA", "00" * 32, demo, "system", 8, 0, False, ("supervisor",))
        self.state.write([FACTS.put(facts)])
        return self

    def ask(self, name: str, args: msgspec.Struct, by: str) -> tuple[Event, ...]:
        """Ask as a member, with the authority taken for granted; raises what the rule raises."""
        kind = next(kind for kind in CONTRACT.operations if kind.name == name)
        change: Change = kind.rule(args, self.call(by), self.state)
        after = Overlay(self.state)
        after.write(change.writes)
        assert list(touched(change, self.state, after)) == []
        self._adopt(change)
        return change.events

    def call(self, by: str) -> Call:
        """A call of a member at this moment."""
        self.count += 1
        operation = OperationId(f"{self.count:064x}")
        member = MemberId(by)
        return Call(operation, member_author(member), member, None, member, self.now, (), ())

    def next_block(self, time_ms: int | None = None) -> tuple[Event, ...]:
        """Go one block on, to a time if one is given, and write down what is due."""
        self.height += 1
        self.time_ms = time_ms if time_ms is not None else self.time_ms + 1000
        events: tuple[Event, ...] = ()
        for _, change in self.queue.run(self.state, self.now):
            self._adopt(change)
            events += change.events
        return events

    def member(self, name: str) -> Member:
        """A member's record."""
        found = self.state.get(MEMBERS, name)
        assert found is not None
        return found

    def key(self, name: str) -> Key:
        """The record of the key that follows from a name."""
        found = self.state.get(KEYS, key_text(name))
        assert found is not None
        return found

    def status(self, name: str) -> str:
        """A member's standing at this moment."""
        return self.member(name).status_at(self.now)

    def check(self) -> None:
        """Every invariant over the whole state."""
        assert list(full(self.state)) == []

    def _adopt(self, change: Change) -> None:
        self.state.write(change.writes)
        for write in change.writes:
            if isinstance(write.value, Member):
                self.queue.note(write.key, write.value, self.outages)


members = st.sampled_from(["bank-a", "ce-a"])
supervisors = st.sampled_from(["supervisor", "supervisor-b"])
suspects = st.sampled_from(["bank-a", "ce-a", "factor-a", "supervisor", "nobody"])
key_names = st.sampled_from([f"{member}-{n}" for member in ("bank-a", "ce-a") for n in range(9)])
person_names = st.sampled_from([f"{member}-{n}" for member in ("bank-a", "ce-a") for n in range(6)])
right_sets = st.sampled_from([("maker",), ("checker", "maker"), ("admin",), ("system",), ("admin", "look")])
heights_ahead = st.sampled_from([-1, 0, 1, 2, 5])
pauses_ms = st.sampled_from([1000, 3_600_000, 86_400_000, 5 * 86_400_000, 31 * 86_400_000])
