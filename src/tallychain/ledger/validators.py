"""Which validators and nodes the alliance has decided on, and what an engine of several validators is told of them.

Votes change what is *governed*; the engine is told of it step by step, because a set that changes too fast is one that nobody outside can
follow, and an engine that is told something it cannot do stops for ever (list of attacks, number 26).  One function, `engine_step`, compares
what is governed with what was *last sent*, so however many decisions act in one block, each key is told once.

A chain on the embedded engine has none of these rows.  Source: design page "ledger", section Engines.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from tallychain.ledger.contract import Change, Event
from tallychain.ledger.identity import ACTIVE, MEMBERS, SUSPENDED
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Table, Write
from tallychain.ledger.timeline import Moment
from tallychain.ledger.types import Count, MemberName

LEAST_VALIDATORS: Final = 4
"""The fewest that go on when one of them fails; once there are so many, no removal leaves fewer."""

MOST_VALIDATORS: Final = 100
"""Every commit carries a signature of each; the engine itself was tried with 175."""

MOST_POWER: Final = 1_000_000
"""Of one validator; so all powers together stay far below what the engine can count (2^60)."""

WINDOW_BLOCKS: Final = 100
"""In so many blocks at most a third of the power joins, and at most a third leaves."""

NODES_OF_ONE_MEMBER: Final = 16

NodeId = Annotated[str, Meta(pattern="^[0-9a-f]{40}$(?!\\n)")]
"""Name of a node among nodes: the first 20 bytes of the SHA-256 of its public key."""

ConsensusKey = Annotated[str, Meta(pattern="^ed25519:[0-9a-f]{64}$(?!\\n)")]
"""The only scheme that the engine's validators sign with."""

Power = Annotated[int, Meta(ge=1, le=MOST_POWER)]

VALIDATOR: Final = "validator"
OBSERVER: Final = "observer"
NodeKind = Literal["validator", "observer"]

_NODE_ID: Final = re.compile("[0-9a-f]{40}")


class Validator(Struct, frozen=True, forbid_unknown_fields=True):
    """A validator as it was decided."""

    key: ConsensusKey
    member: MemberName
    power: Power
    node: NodeId
    """The node that signs with this key."""
    since_height: Count
    """When this row was decided; who was decided first is told first."""
    leaving: bool
    """Decided to go, and not out of the engine's set yet."""

    @property
    def target(self) -> int:
        """The power that the engine shall know in the end; 0 for none."""
        return 0 if self.leaving else self.power


class Node(Struct, frozen=True, forbid_unknown_fields=True):
    """A node that others connect to."""

    node: NodeId
    member: MemberName
    kind: NodeKind
    since_height: Count


class Sent(Struct, frozen=True, forbid_unknown_fields=True):
    """A validator as the engine was last told of it."""

    key: ConsensusKey
    power: Power


class Moved(Struct, frozen=True, forbid_unknown_fields=True):
    """How much power one block changed; forgotten when it no longer counts."""

    height: Count
    total: Count
    """All power before it."""
    joined: Count
    left: Count


VALIDATORS: Final = Table("validator", Validator, lambda row: (row.key,), prefix=("governed",))
SENT: Final = Table("validator", Sent, lambda row: (row.key,), prefix=("sent",))
MOVED: Final = Table("validator", Moved, lambda row: (row.height,), prefix=("moved",))
NODES: Final = Table("node", Node, lambda row: (row.node,))


class ValidatorSet(Event, frozen=True, tag="validator.was_set"):
    """What was decided of a validator, and what the engine was told of it; its whole row, so the last one is what holds."""

    key: ConsensusKey
    member: MemberName
    node: NodeId
    decided: Count
    """The power that it shall have; 0 where it is to leave."""
    told: Count
    """The power that the engine knows or, told in this block, counts from the second block after; 0 where it does not."""


class NodeSet(Event, frozen=True, tag="node.was_set"):
    """Whether others connect to a node, and as what."""

    node: NodeId
    member: MemberName
    kind: str
    """`validator`, `observer`, or empty where nobody connects to it any longer."""


@dataclass(frozen=True, slots=True)
class ValidatorUpdate:
    """What the engine is told of one validator: its key and its power, 0 to remove it."""

    key: str
    power: int


@dataclass(frozen=True, slots=True)
class EngineStep:
    """What one block tells the engine, and the Change that remembers it."""

    updates: tuple[ValidatorUpdate, ...] = ()
    """Each key once, in the order of keys."""
    change: Change = field(default_factory=Change)


def engine_step(state: Reader, now: Moment) -> EngineStep:
    """
    What the engine is told at the end of this block; called once, after everything else in it.

    It goes towards what is governed as far as the guards let it: within 100 blocks at most a third of the power joins and at most a
    third leaves, and once there are four validators, four stay.  What they do not let through waits for a later block.  Nothing is written
    where nothing is told, so an idle chain stays at rest.
    """
    governed = {row.key: row for row in state.scan(VALIDATORS)}
    sent = {row.key: row.power for row in state.scan(SENT)}
    if sent == {key: row.target for key, row in governed.items() if row.target}:
        return EngineStep()
    moved = state.scan(MOVED)
    recent = [row for row in moved if row.height > now.height - WINDOW_BLOCKS]
    after = _next_set(governed, sent, recent)
    if after == sent:
        return EngineStep()
    changed = [key for key in sorted(governed) if after.get(key, 0) != sent.get(key, 0)]
    updates = tuple(ValidatorUpdate(key, after.get(key, 0)) for key in changed)
    writes: list[Write] = [MOVED.delete(row) for row in moved if row not in recent]
    writes.append(MOVED.put(_moved(sent, after, now)))
    events: list[Event] = []
    for update in updates:
        row = governed[update.key]
        writes.append(
            SENT.put(Sent(row.key, update.power)) if update.power else SENT.delete(Sent(row.key, 1))
        )
        events.append(ValidatorSet(row.key, row.member, row.node, row.target, update.power))
    change = Change(tuple(writes), tuple(events))
    for key in changed:
        if key not in after:
            change += _left(governed[key], state, now, stays=takes_part(state, governed[key].member, now))
    return EngineStep(updates, change)


def may_connect(state: Reader, node: str, now: Moment) -> bool:
    """
    Whether other nodes accept this one.

    Only a node of record, of a member that takes part; where the member is gone, only as long as its validator still counts, because cutting
    it off before would cost the others their majority.  Whatever is not certain is a no.
    """
    if _NODE_ID.fullmatch(node) is None:
        return False
    row = state.get(NODES, node)
    return row is not None and (takes_part(state, row.member, now) or row.kind == VALIDATOR)


def takes_part(state: Reader, member: str, now: Moment) -> bool:
    """Whether a member has nodes at all: in good standing or suspended, not revoked and not gone."""
    found = state.get(MEMBERS, member)
    return found is not None and found.status_at(now) in (ACTIVE, SUSPENDED)


def leaving(validator: Validator, state: Reader, now: Moment, *, stays: bool) -> Change:
    """
    A validator is decided to go: it leaves with the engine's next steps or, where the engine never knew it, at once.

    `stays` says whether its member takes part afterwards.
    """
    told = told_power(state, validator.key)
    event = ValidatorSet(validator.key, validator.member, validator.node, 0, told)
    if not told:
        return Change((), (event,)) + _left(validator, state, now, stays=stays)
    row = replace(validator, leaving=True, since_height=now.height)
    return Change((VALIDATORS.put(row),), (event,))


def decided(row: Validator, state: Reader) -> Change:
    """A validator is decided to be there with a power; the engine is told by and by."""
    event = ValidatorSet(row.key, row.member, row.node, row.power, told_power(state, row.key))
    return Change((VALIDATORS.put(row),), (event,))


def node_set(row: Node) -> Change:
    """A node is admitted, or is of another kind from now on."""
    return Change((NODES.put(row),), (NodeSet(row.node, row.member, row.kind),))


def node_removed(row: Node) -> Change:
    """Nobody connects to a node any longer."""
    return Change((NODES.delete(row),), (NodeSet(row.node, row.member, ""),))


def told_power(state: Reader, key: str) -> int:
    """The power that the engine was last told for a key; 0 for none."""
    row = state.get(SENT, key)
    return 0 if row is None else row.power


def staying(state: Reader) -> list[Validator]:
    """The validators that are decided to be there, whether or not the engine knows each yet."""
    return [row for row in state.scan(VALIDATORS) if not row.leaving]


def concentrates(before: Sequence[int], after: Sequence[int]) -> bool:
    """
    Whether a change of powers lets one validator stop all others, and more so than before.

    With a third of the power one validator alone prevents every block.  Of fewer than four that is always so.
    """
    if len(after) < LEAST_VALIDATORS:
        return False
    largest, total = max(after), sum(after)
    return 3 * largest >= total and largest * sum(before) > max(before) * total


def _next_set(
    governed: Mapping[str, Validator], sent: Mapping[str, int], recent: Sequence[Moved]
) -> dict[str, int]:
    """The set that the engine knows after this block, by key."""
    after = dict(sent)
    order = sorted(governed.values(), key=lambda row: (row.since_height, row.key))
    least_total = min([sum(sent.values()), *(row.total for row in recent)])
    allowed = max(1, least_total // 3)
    room = allowed - sum(row.joined for row in recent)
    for row in order:
        step = min(row.target - after.get(row.key, 0), room)
        if step > 0:
            after[row.key] = after.get(row.key, 0) + step
            room -= step
    room = allowed - sum(row.left for row in recent)
    may_go = _removable(len(after))
    for row in order:
        power = after.get(row.key, 0)
        if row.target < power and row.leaving:
            may_go -= 1
        step = min(power - row.target, room)
        if step <= 0 or (row.leaving and may_go < 0):
            continue
        room -= step
        after[row.key] = power - step
    return {key: power for key, power in after.items() if power}


def _removable(count: int) -> int:
    """How many of so many validators may go: down to four, or to one where there are fewer."""
    return count - (LEAST_VALIDATORS if count >= LEAST_VALIDATORS else 1)


def _moved(sent: Mapping[str, int], after: Mapping[str, int], now: Moment) -> Moved:
    steps = [after.get(key, 0) - sent.get(key, 0) for key in sorted({*sent, *after})]
    return Moved(
        height=now.height,
        total=sum(sent.values()),
        joined=sum(step for step in steps if step > 0),
        left=-sum(step for step in steps if step < 0),
    )


def _left(validator: Validator, state: Reader, now: Moment, *, stays: bool) -> Change:
    """The validator is out: its row ends, and its node observes from now on or, where the member is gone, is no node any longer."""
    change = Change((VALIDATORS.delete(validator),))
    node = state.get(NODES, validator.node)
    if node is None:
        return change
    if not stays:
        return change + node_removed(node)
    return change + node_set(replace(node, kind=OBSERVER, since_height=now.height))


def founding_rows(validators: Iterable[Validator], nodes: Iterable[Node]) -> Change:
    """The rows with which a chain begins; the engine knows the same set from its own genesis."""
    writes: list[Write] = []
    for validator in validators:
        writes += [VALIDATORS.put(validator), SENT.put(Sent(validator.key, validator.power))]
    return Change((*writes, *(NODES.put(node) for node in nodes)))
