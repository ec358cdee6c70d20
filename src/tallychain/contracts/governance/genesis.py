"""The constitution and the voting weights with which a chain begins."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from tallychain.contracts.governance.changes import WeightField
from tallychain.contracts.governance.constitution import KINDS, USUAL, KindRule, check_rules
from tallychain.contracts.governance.events import CalendarPublished, PolicySet, RuleSet, WeightSet
from tallychain.contracts.governance.state import RULES, WEIGHTS, Weight
from tallychain.ledger import codec
from tallychain.ledger.contract import Change, Event
from tallychain.ledger.genesis import GenesisRefused
from tallychain.ledger.parameters import CALENDARS, POLICIES
from tallychain.ledger.refusals import Refused
from tallychain.ledger.state import Reader
from tallychain.ledger.types import MemberName
from tallychain.ledger.validators import NODES, VALIDATORS, NodeSet, ValidatorSet


class MemberWeight(Struct, frozen=True, forbid_unknown_fields=True):
    """A founder's voting weight; a founder that is not listed has none."""

    member: MemberName
    weight: WeightField


class GovernanceSection(Struct, frozen=True, forbid_unknown_fields=True):
    """The section `governance` of the genesis document."""

    constitution: Annotated[tuple[KindRule, ...], Meta(max_length=len(KINDS))]
    """One row for each kind, in the order of the kinds."""
    weights: Annotated[tuple[MemberWeight, ...], Meta(min_length=1, max_length=1_000)]


def usual_section(members: Sequence[str]) -> GovernanceSection:
    """With what an alliance usually begins: the usual constitution, and one vote for each of these members."""
    return GovernanceSection(
        tuple(USUAL[kind] for kind in KINDS), tuple(MemberWeight(member, 1) for member in members)
    )


def founding_events(state: Reader) -> tuple[Event, ...]:
    """The policies, calendars, validators and nodes with which the chain begins, published like those that votes bring."""
    policies = tuple(
        PolicySet(row.kind, row.version, row.effective_from, row.values, row.article, "", row.articles)
        for row in state.scan(POLICIES)
    )
    calendars = tuple(
        CalendarPublished(row.year, row.version, row.holidays, row.make_up_working_days)
        for row in state.scan(CALENDARS)
    )
    validators = tuple(
        ValidatorSet(row.key, row.member, row.node, row.target, row.target) for row in state.scan(VALIDATORS)
    )
    nodes = tuple(NodeSet(row.node, row.member, row.kind) for row in state.scan(NODES))
    return policies + calendars + validators + nodes


def founded(section: msgspec.Raw) -> Change:
    """The Change by which a constitution holds from height 0.  Raises `GenesisRefused` with a sentence."""
    try:
        given = codec.decode(GovernanceSection, bytes(section))
    except codec.Malformed as error:
        raise GenesisRefused(f"The governance in the genesis document is not valid: {error.detail}") from None
    if tuple(rule.kind for rule in given.constitution) != KINDS:
        raise GenesisRefused(f"The constitution needs one row for each of {', '.join(KINDS)}, in this order.")
    try:
        check_rules(given.constitution)
    except Refused as refusal:
        raise GenesisRefused(f"The constitution may not stand: {refusal}") from None
    names = [item.member for item in given.weights]
    if len(set(names)) != len(names):
        raise GenesisRefused("A member stands twice among the voting weights.")
    if not any(item.weight for item in given.weights):
        raise GenesisRefused("Nobody would have a vote.")
    weights = tuple(Weight(item.member, 0, item.weight) for item in given.weights)
    return Change(
        tuple(RULES.put(rule) for rule in given.constitution) + tuple(WEIGHTS.put(row) for row in weights),
        tuple(RuleSet(rule) for rule in given.constitution)
        + tuple(WeightSet(row.member, row.from_height, row.weight) for row in weights),
    )
