"""What an engine of several validators is told: each key once, never too much at once, never too few left."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tallychain.ledger.identity import ACTIVE, EXITED, MEMBERS, REVOKED, SUSPENDED, Member, SealingKey
from tallychain.ledger.state import Committed, MemoryBacking, Overlay
from tallychain.ledger.timeline import Moment, settled
from tallychain.ledger.types import Height, TimeMs
from tallychain.ledger.validators import (
    LEAST_VALIDATORS,
    MOVED,
    NODES,
    OBSERVER,
    SENT,
    VALIDATOR,
    VALIDATORS,
    WINDOW_BLOCKS,
    EngineStep,
    Node,
    NodeSet,
    Validator,
    ValidatorSet,
    ValidatorUpdate,
    concentrates,
    decided,
    engine_step,
    founding_rows,
    leaving,
    may_connect,
    node_set,
    staying,
    takes_part,
)


def at(height: int) -> Moment:
    return Moment(Height(height), TimeMs(1_000 * height))


def key_of(number: int) -> str:
    return f"ed25519:{number:064x}"


def node_of(number: int) -> str:
    return f"{number:040x}"


def member_of(number: int) -> str:
    return f"bank-{number}"


def validator(number: int, power: int = 10, since: int = 0) -> Validator:
    return Validator(key_of(number), member_of(number), power, node_of(number), since, leaving=False)


def record(number: int, status: str = ACTIVE) -> Member:
    sealing = (SealingKey(1, "x25519:" + "0" * 64, 0),)
    return Member(member_of(number), "Bank", "", ("BANK",), (), settled(status), sealing, "", 0)


class Engine:
    """What the engine would do with what it is told; it halts where the stock engine does."""

    def __init__(self, powers: dict[str, int]) -> None:
        self.powers = powers

    def told(self, updates: Sequence[ValidatorUpdate]) -> None:
        keys = [update.key for update in updates]
        if len(set(keys)) != len(keys):
            raise AssertionError("a key twice")
        for update in updates:
            if update.power:
                self.powers[update.key] = update.power
            else:
                del self.powers[update.key]
        if updates and not self.powers:
            raise AssertionError("nobody left")


class Chain:
    """A state with members, validators and nodes, and the engine that follows it."""

    def __init__(self, powers: Sequence[int]) -> None:
        self.state = Overlay(Committed(MemoryBacking()))
        self.height = 0
        founders = [validator(number, power) for number, power in enumerate(powers)]
        nodes = [Node(row.node, row.member, VALIDATOR, 0) for row in founders]
        self.state.write(founding_rows(founders, nodes).writes)
        self.state.write([MEMBERS.put(record(number)) for number in range(20)])
        self.engine = Engine({row.key: row.power for row in founders})

    def decide(self, row: Validator) -> None:
        """A vote puts a validator in, or gives it another power."""
        change = decided(row, self.state) + node_set(Node(row.node, row.member, VALIDATOR, self.height))
        self.state.write(change.writes)

    def let_go(self, number: int) -> None:
        row = self.state.get(VALIDATORS, key_of(number))
        if row is not None and not row.leaving:
            stays = takes_part(self.state, row.member, at(self.height))
            self.state.write(leaving(row, self.state, at(self.height), stays=stays).writes)

    def block(self) -> EngineStep:
        self.height += 1
        step = engine_step(self.state, at(self.height))
        self.engine.told(step.updates)
        self.state.write(step.change.writes)
        return step

    def blocks(self, count: int) -> list[EngineStep]:
        return [self.block() for _ in range(count)]


# -- one step ------------------------------------------------------------------------------------------------------


def test_nothing_is_told_and_nothing_written_while_nothing_was_decided() -> None:
    chain = Chain([10, 10, 10, 10])

    assert chain.block() == EngineStep()
    assert Chain([]).block() == EngineStep()


def test_a_fifth_validator_is_told_once_and_then_the_chain_rests() -> None:
    chain = Chain([10, 10, 10, 10])
    chain.decide(validator(4, since=1))

    step = chain.block()

    assert step.updates == (ValidatorUpdate(key_of(4), 10),)
    assert step.change.events == (ValidatorSet(key_of(4), "bank-4", node_of(4), 10, 10),)
    assert chain.block() == EngineStep()
    assert len(staying(chain.state)) == 5


@pytest.mark.attack(26)
def test_two_decisions_on_one_validator_in_one_block_are_told_as_one() -> None:
    chain = Chain([30, 30, 30, 30])
    chain.decide(validator(1, 35, since=1))
    chain.decide(validator(1, 25, since=1))

    assert chain.block().updates == (ValidatorUpdate(key_of(1), 25),)


@pytest.mark.attack(26)
def test_a_validator_that_comes_and_goes_in_one_block_is_never_told() -> None:
    chain = Chain([10, 10, 10, 10])
    chain.decide(validator(4, since=1))
    chain.let_go(4)

    assert chain.block() == EngineStep()
    assert chain.state.get(VALIDATORS, key_of(4)) is None
    node = chain.state.get(NODES, node_of(4))
    assert node is not None
    assert node.kind == OBSERVER


@pytest.mark.attack(26)
def test_too_much_power_at_once_is_told_in_parts_a_third_in_100_blocks() -> None:
    chain = Chain([100, 10, 10, 10, 10])
    chain.let_go(0)

    steps = chain.blocks(400)

    told = [(number + 1, step.updates[0].power) for number, step in enumerate(steps) if step.updates]
    assert told == [(1, 54), (101, 23), (201, 2), (301, 0)]
    assert chain.state.get(VALIDATORS, key_of(0)) is None
    assert sum(chain.engine.powers.values()) == 40


def test_who_was_decided_first_is_told_first() -> None:
    chain = Chain([10, 10, 10, 10])
    chain.decide(validator(6, 10, since=1))
    chain.decide(validator(5, 10, since=2))

    assert chain.block().updates == (ValidatorUpdate(key_of(5), 3), ValidatorUpdate(key_of(6), 10))
    assert not any(step.updates for step in chain.blocks(99))
    assert chain.block().updates == (ValidatorUpdate(key_of(5), 10),)


def test_a_key_is_replaced_by_another_of_equal_power_in_one_block() -> None:
    chain = Chain([10, 10, 10, 10])
    chain.decide(replace(validator(9, since=1), member=member_of(0)))
    chain.let_go(0)

    assert chain.block().updates == (ValidatorUpdate(key_of(0), 0), ValidatorUpdate(key_of(9), 10))


@pytest.mark.attack(26)
def test_four_stay_until_a_fifth_has_come() -> None:
    chain = Chain([10, 10, 10, 10])
    chain.let_go(2)
    assert not any(step.updates for step in chain.blocks(500))
    assert [row.leaving for row in chain.state.scan(VALIDATORS)] == [False, False, True, False]

    chain.decide(validator(4, since=500))
    assert chain.block().updates == (ValidatorUpdate(key_of(2), 0), ValidatorUpdate(key_of(4), 10))
    assert len(chain.engine.powers) == LEAST_VALIDATORS


def test_of_two_that_leave_together_only_as_many_go_as_four_allow() -> None:
    chain = Chain([10, 10, 10, 10, 10])
    chain.let_go(0)
    chain.let_go(1)

    chain.blocks(500)

    assert sorted(chain.engine.powers) == [key_of(number) for number in (1, 2, 3, 4)]
    assert chain.engine.powers[key_of(1)] == 10


def test_a_trial_chain_of_one_grows_and_never_loses_its_last_validator() -> None:
    chain = Chain([1])
    chain.decide(validator(1, 1, since=1))
    chain.blocks(2)
    assert len(chain.engine.powers) == 2

    chain.let_go(0)
    chain.let_go(1)
    chain.blocks(500)
    assert chain.engine.powers == {key_of(1): 1}


def test_what_no_longer_counts_is_forgotten_with_the_next_step() -> None:
    chain = Chain([10, 10, 10, 10])
    chain.decide(validator(4, since=1))
    chain.blocks(WINDOW_BLOCKS)
    assert [row.height for row in chain.state.scan(MOVED)] == [1]

    chain.decide(validator(5, since=WINDOW_BLOCKS))
    chain.block()
    assert [(row.height, row.joined, row.left) for row in chain.state.scan(MOVED)] == [(101, 10, 0)]


# -- the guard against a model -------------------------------------------------------------------------------------

decisions = st.lists(
    st.tuples(
        st.sampled_from(["decide", "leave"]),
        st.integers(0, 7),
        st.integers(1, 60),
        st.sampled_from([0, 1, 1, 7, 30]),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(powers=st.lists(st.integers(1, 40), min_size=1, max_size=6), acts=decisions)
@pytest.mark.attack(26)
def test_whatever_is_decided_the_engine_never_halts_and_the_guards_hold_in_every_window(
    powers: list[int], acts: list[tuple[str, int, int, int]]
) -> None:
    chain = Chain(powers)
    joined: dict[int, int] = {}
    left: dict[int, int] = {}
    totals: dict[int, int] = {}

    def run(blocks: int, pause: int = 0) -> None:
        for _ in range(blocks):
            chain.height += pause
            before = dict(chain.engine.powers)
            chain.block()
            after = chain.engine.powers
            steps = [after.get(key, 0) - before.get(key, 0) for key in {*before, *after}]
            totals[chain.height] = sum(before.values())
            joined[chain.height] = sum(step for step in steps if step > 0)
            left[chain.height] = -sum(step for step in steps if step < 0)
            if len(before) >= LEAST_VALIDATORS and len(after) < LEAST_VALIDATORS:
                raise AssertionError("fewer than four")

    for act, number, power, blocks in acts:
        if act == "decide":
            chain.decide(validator(number, power, since=chain.height))
        else:
            chain.let_go(number)
        run(blocks)
    run(12, pause=24)

    for moves in (joined, left):
        changed = [height for height in moves if moves[height]]
        for first in changed:
            moved = sum(moves[height] for height in changed if first <= height < first + WINDOW_BLOCKS)
            if moved > max(1, totals[first] // 3):
                raise AssertionError((first, moved, totals[first]))
    sent = {row.key: row.power for row in chain.state.scan(SENT)}
    assert sent == chain.engine.powers


@settings(max_examples=30, deadline=None)
@given(
    powers=st.lists(st.integers(1, 9), min_size=4, max_size=6),
    wanted=st.lists(st.integers(0, 9), min_size=8, max_size=8),
)
def test_in_the_end_the_engine_knows_what_was_decided_unless_four_would_not_stay(
    powers: list[int], wanted: list[int]
) -> None:
    chain = Chain(powers)
    for number, power in enumerate(wanted):
        if power:
            chain.decide(validator(number, power, since=number))
        else:
            chain.let_go(number)

    for _ in range(16):
        chain.height += WINDOW_BLOCKS - 1
        chain.block()

    decided = {row.key: row.power for row in staying(chain.state)}
    held = {row.key for row in chain.state.scan(VALIDATORS) if row.leaving}
    known = {key: power for key, power in chain.engine.powers.items() if key not in held}
    assert known == decided
    assert len(held) <= max(0, LEAST_VALIDATORS - len(decided))


@pytest.mark.parametrize(
    ("status", "connects"), [(ACTIVE, True), (SUSPENDED, True), (REVOKED, False), (EXITED, False)]
)
def test_an_observer_connects_as_long_as_its_member_takes_part(status: str, connects: bool) -> None:
    chain = Chain([10] * 4)
    chain.state.write([NODES.put(Node(node_of(40), "bank-4", OBSERVER, 1))])
    chain.state.write([MEMBERS.put(record(4, status))])

    assert may_connect(chain.state, node_of(40), at(2)) is connects
    assert takes_part(chain.state, "bank-4", at(2)) is connects


def test_a_revoked_members_node_connects_as_long_as_its_validator_counts_and_then_no_more() -> None:
    chain = Chain([10] * 4)
    chain.state.write([MEMBERS.put(record(0, REVOKED))])
    chain.let_go(0)
    chain.block()
    assert may_connect(chain.state, node_of(0), at(chain.height))

    chain.decide(validator(4, since=chain.height))
    step = chain.block()

    assert step.change.events[-1] == NodeSet(node_of(0), "bank-0", "")
    assert not may_connect(chain.state, node_of(0), at(chain.height))


def test_the_node_of_a_member_in_good_standing_observes_when_its_validator_has_left() -> None:
    chain = Chain([10] * 5)
    chain.let_go(0)

    step = chain.block()

    assert step.change.events[-1] == NodeSet(node_of(0), "bank-0", OBSERVER)
    assert chain.state.get(NODES, node_of(0)) == Node(node_of(0), "bank-0", OBSERVER, 1)
    assert may_connect(chain.state, node_of(0), at(2))


def test_a_validator_whose_node_was_taken_off_leaves_all_the_same() -> None:
    chain = Chain([10] * 5)
    node = chain.state.get(NODES, node_of(0))
    assert node is not None
    chain.state.write([NODES.delete(node)])
    chain.let_go(0)

    assert chain.block().updates == (ValidatorUpdate(key_of(0), 0),)


@pytest.mark.parametrize(
    "name", ["", "ab", node_of(77), node_of(0).upper() + "A", node_of(0) + "\n", "\ud800" * 40, "é" * 40]
)
def test_whatever_is_no_node_of_record_does_not_connect(name: str) -> None:
    assert not may_connect(Chain([10] * 4).state, name, at(1))


def test_a_node_of_nobody_does_not_connect() -> None:
    chain = Chain([10] * 4)
    chain.state.write([NODES.put(Node(node_of(50), "nobody", OBSERVER, 1))])

    assert not may_connect(chain.state, node_of(50), at(1))


@pytest.mark.parametrize(
    ("before", "after", "too_much"),
    [
        ([10] * 4, [10] * 5, False),
        ([10] * 4, [10, 10, 10, 14], False),
        ([10] * 4, [10, 10, 10, 15], True),
        ([1] * 4, [1, 1, 1, 2], True),
        ([40, 10, 10, 10], [40, 10, 10, 10, 10], False),
        ([40, 10, 10, 10], [41, 10, 10, 10, 10], False),
        ([40, 10, 10, 10], [50, 10, 10, 10], True),
        ([1], [1, 1, 1], False),
    ],
)
def test_one_validator_never_comes_to_a_third_of_the_power_by_a_decision(
    before: list[int], after: list[int], too_much: bool
) -> None:
    assert concentrates(before, after) is too_much
