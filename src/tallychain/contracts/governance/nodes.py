"""What votes do to validators, nodes and the protocol.

They change what is governed; the engine is told by `ledger.validators.engine_step`, in steps that it can follow.  What a vote refuses here is
what would leave a set that nobody should want: too few validators, one that stops all, a key that nobody has.

Source: design pages "alliance" and "ledger", section Engines; list of attacks, number 26.
"""

from msgspec.structs import replace

from tallychain.contracts.governance.events import ProtocolScheduled
from tallychain.contracts.governance.nodechanges import (
    ActivateProtocol,
    AdmitNode,
    AdmitValidator,
    RemoveNode,
    RemoveValidator,
    SetValidatorPower,
)
from tallychain.contracts.governance.noderefusals import (
    EngineOfOneOperator,
    HeightTooEarly,
    KeyInUse,
    MemberTakesNoPart,
    NodeUnknown,
    NodeValidates,
    NoValidator,
    PossessionNotProven,
    PowerStepTooLarge,
    PowerTooConcentrated,
    PowerUnchanged,
    ProtocolNotNext,
    TooFewValidators,
    TooManyNodes,
    TooManyValidators,
)
from tallychain.contracts.members import api as members
from tallychain.contracts.members.api import KeyNotAdmissible, MemberUnknown
from tallychain.crypto.schemes import KeyNotAdmissible as OddKey
from tallychain.crypto.schemes import admit_key
from tallychain.ledger.contract import Change
from tallychain.ledger.identity import ACTIVE, KEYS
from tallychain.ledger.parameters import facts_of
from tallychain.ledger.possession import is_proven, node_id, statement
from tallychain.ledger.protocol import ACTIVATIONS, NOTICE_BLOCKS, Activation, next_protocol
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment
from tallychain.ledger.validators import (
    LEAST_VALIDATORS,
    MOST_VALIDATORS,
    NODES,
    NODES_OF_ONE_MEMBER,
    OBSERVER,
    VALIDATOR,
    VALIDATORS,
    Node,
    Validator,
    concentrates,
    decided,
    leaving,
    node_removed,
    node_set,
    staying,
)


def validator_admitted(change: AdmitValidator, state: Reader, now: Moment) -> Change:
    """A member validates from now on; where it did so with another key, that one leaves as the new one comes."""
    _check_engine(state)
    _check_member(change.member, state, now)
    _check_keys((change.key, change.node_key), change.member, state)
    said = statement(facts_of(state), change.member, change.node_key, change.key)
    _check_possession(change.key, change.key_proof, said)
    _check_possession(change.node_key, change.node_proof, said)
    name = node_id(change.node_key)
    _check_room(name, change.member, state)
    before = _of(change.member, state)
    stay = staying(state)
    if len(stay) - (before is not None) >= MOST_VALIDATORS:
        raise TooManyValidators(MOST_VALIDATORS)
    row = Validator(change.key, change.member, change.power, name, now.height, leaving=False)
    _check_powers(stay, [one for one in stay if one != before] + [row])
    done = decided(row, state) + node_set(Node(name, change.member, VALIDATOR, now.height))
    return done if before is None else done + leaving(before, state, now, stays=True)


def power_set(change: SetValidatorPower, state: Reader, now: Moment) -> Change:
    """A validator counts more or less."""
    before = _the_validator(change.member, state)
    if before.power == change.power:
        raise PowerUnchanged(change.member, change.power)
    stay = staying(state)
    row = replace(before, power=change.power, since_height=now.height)
    _check_powers(stay, [row if one == before else one for one in stay])
    return decided(row, state)


def validator_removed(change: RemoveValidator, state: Reader, now: Moment) -> Change:
    """A validator leaves; its member takes part as before."""
    before = _the_validator(change.member, state)
    stay = staying(state)
    left = [one for one in stay if one != before]
    least = LEAST_VALIDATORS if len(state.scan(VALIDATORS)) >= LEAST_VALIDATORS else 1
    if len(left) < least:
        raise TooFewValidators(len(left), least)
    _check_powers(stay, left)
    return leaving(before, state, now, stays=True)


def node_admitted(change: AdmitNode, state: Reader, now: Moment) -> Change:
    """A node observes from now on."""
    _check_engine(state)
    _check_member(change.member, state, now)
    _check_keys((change.node_key,), change.member, state)
    name = node_id(change.node_key)
    if state.get(NODES, name) is not None:
        raise KeyInUse(change.node_key)
    said = statement(facts_of(state), change.member, change.node_key)
    _check_possession(change.node_key, change.node_proof, said)
    _check_room(name, change.member, state)
    return node_set(Node(name, change.member, OBSERVER, now.height))


def observer_removed(change: RemoveNode, state: Reader) -> Change:
    """Nobody connects to an observer any longer."""
    row = state.get(NODES, change.node)
    if row is None:
        raise NodeUnknown(change.node)
    if row.kind == VALIDATOR:
        raise NodeValidates(row.node, row.member)
    return node_removed(row)


def scheduled(change: ActivateProtocol, state: Reader, now: Moment) -> Change:
    """
    Another protocol holds from a height on.

    Never asks what this build can run: builds differ, and all nodes must decide this alike.
    """
    following = next_protocol(state)
    if change.protocol != following:
        raise ProtocolNotNext(following)
    last = state.get(ACTIVATIONS, following - 1)
    earliest = max(now.height + NOTICE_BLOCKS, 0 if last is None else last.from_height + 1)
    if change.from_height < earliest:
        raise HeightTooEarly(earliest)
    row = Activation(change.protocol, change.from_height, change.release, change.source, change.build)
    return Change((ACTIVATIONS.put(row),), (ProtocolScheduled(row),))


def member_gone(member: str, state: Reader, now: Moment) -> Change:
    """
    The nodes of a member that was revoked or left go with it.

    A validator that the engine knows leaves as fast as the guards let it, and its node with it; whatever else it has, at once.
    """
    change = Change()
    needed: list[str] = []
    for row in state.scan(VALIDATORS):
        if row.member != member:
            continue
        needed.append(row.node)
        if not row.leaving:
            change += leaving(row, state, now, stays=False)
    for node in _nodes_of(member, state):
        if node.node not in needed:
            change += node_removed(node)
    return change


def _of(member: str, state: Reader) -> Validator | None:
    return next((row for row in staying(state) if row.member == member), None)


def _the_validator(member: str, state: Reader) -> Validator:
    _check_engine(state)
    found = _of(member, state)
    if found is None:
        raise NoValidator(member)
    return found


def _nodes_of(member: str, state: Reader) -> list[Node]:
    return [row for row in state.scan(NODES) if row.member == member]


def _check_engine(state: Reader) -> None:
    if not state.scan(VALIDATORS):
        raise EngineOfOneOperator


def _check_member(name: str, state: Reader, now: Moment) -> None:
    found = members.member(state, name)
    if found is None:
        raise MemberUnknown(name)
    if found.status_at(now) != ACTIVE:
        raise MemberTakesNoPart(name, found.status_at(now))


def _check_keys(keys: tuple[str, ...], member: str, state: Reader) -> None:
    """A key is admissible, and has no other task; an observer of the member may become its validator."""
    for key in keys:
        try:
            admit_key(key)
        except OddKey:
            raise KeyNotAdmissible(key) from None
        node = state.get(NODES, node_id(key))
        is_taken = node is not None and (node.member != member or node.kind == VALIDATOR)
        known = (state.get(KEYS, key), state.get(VALIDATORS, key))
        if is_taken or known != (None, None) or keys.count(key) > 1:
            raise KeyInUse(key)


def _check_possession(key: str, proof: str, said: bytes) -> None:
    if not is_proven(key, proof, said):
        raise PossessionNotProven(key)


def _check_room(name: str, member: str, state: Reader) -> None:
    others = [row for row in _nodes_of(member, state) if row.node != name]
    if len(others) >= NODES_OF_ONE_MEMBER:
        raise TooManyNodes(NODES_OF_ONE_MEMBER)


def _check_powers(before: list[Validator], after: list[Validator]) -> None:
    """At once at most a third joins and a third leaves, and nobody comes to a third of the whole."""
    was = {row.key: row.power for row in before}
    will = {row.key: row.power for row in after}
    steps = [will.get(key, 0) - was.get(key, 0) for key in sorted({*was, *will})]
    moved = max(sum(step for step in steps if step > 0), -sum(step for step in steps if step < 0))
    most = max(1, sum(was.values()) // 3)
    if moved > most:
        raise PowerStepTooLarge(moved, most)
    if concentrates(sorted(was.values()), sorted(will.values())):
        raise PowerTooConcentrated(max(will.values()), sum(will.values()))
