"""How a chain begins: one document that every founder checks, turned into state by the same Changes as later operations.

The digest of the document stands in header 1, so a chain with another beginning is another chain.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from tallychain.crypto.digest import digest
from tallychain.ledger import codec
from tallychain.ledger.contract import Change
from tallychain.ledger.engineparameters import ENGINE
from tallychain.ledger.founders import (
    COMETBFT,
    MOST_FOUNDING_NODES,
    EngineName,
    GenesisNode,
    GenesisValidator,
    founders_fault,
    founding_nodes,
)
from tallychain.ledger.identity import MEMBERS, SUPERVISOR
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.outages import CLOCK, Clock
from tallychain.ledger.parameters import CALENDARS, FACTS, POLICIES, CalendarYear, ChainFacts, Policy
from tallychain.ledger.state import Committed, MemoryBacking, Overlay, Reader
from tallychain.ledger.tree import BucketTree
from tallychain.ledger.types import ChainName, Count, Instant, MemberName
from tallychain.ledger.validators import MOST_VALIDATORS


class Genesis(Struct, frozen=True, forbid_unknown_fields=True):
    """The document."""

    chain: ChainName
    alliance: Annotated[str, Meta(pattern="^[A-Z0-9]{4}$(?!\\n)")]
    time_ms: Instant
    demo: bool
    clock: Annotated[str, Meta(pattern="^(system|driven)$(?!\\n)")]
    tree_depth: Annotated[int, Meta(ge=1, le=20)]
    outages: bool
    outage_grace_ms: Count
    engine: EngineName
    """What orders the chain: `embedded`, one operator, or `cometbft`, the validators below."""
    sequencer: Annotated[str, Meta(pattern="^([a-z0-9]{2,12}:[0-9a-f]{64,130})?$(?!\\n)")]
    """Key under which the embedded engine signs headers; empty with another engine."""
    validators: Annotated[tuple[GenesisValidator, ...], Meta(max_length=MOST_VALIDATORS)]
    """The set with which the engine begins; empty with the embedded engine."""
    nodes: Annotated[tuple[GenesisNode, ...], Meta(max_length=MOST_FOUNDING_NODES)]
    """The nodes that connect to each other from the beginning; of each validator's member exactly one validates."""
    supervisors: tuple[MemberName, ...]
    policies: tuple[Policy, ...]
    calendars: tuple[CalendarYear, ...]
    contracts: dict[str, msgspec.Raw]
    """One section per contract, in the order of the catalogue."""


class GenesisRefused(Exception):
    """A genesis document that this software does not begin a chain from."""


def genesis_digest(document: bytes) -> bytes:
    """The digest that stands in header 1."""
    return digest("genesis", document)


def read_genesis(document: bytes) -> Genesis:
    """The document in these bytes; raises `GenesisRefused` with a sentence."""
    try:
        codec.check_texts(document)
        return codec.decode(Genesis, document)
    except codec.Malformed as error:
        raise GenesisRefused(f"The genesis document is not valid: {error.detail}") from None


def chain_facts(document: bytes) -> ChainFacts:
    """What the document fixes for the chain.  Raises `GenesisRefused`."""
    genesis = read_genesis(document)
    return ChainFacts(
        chain=genesis.chain,
        alliance=genesis.alliance,
        genesis=genesis_digest(document).hex(),
        demo=genesis.demo,
        clock=genesis.clock,
        tree_depth=genesis.tree_depth,
        outage_grace_ms=genesis.outage_grace_ms,
        outages=genesis.outages,
        supervisors=genesis.supervisors,
    )


def beginning(document: bytes, catalogue: Catalogue) -> Change:
    """
    The Change of height 0, with its events.

    Raises `GenesisRefused` if a section belongs to no contract, a supervisor is none, or a policy or calendar is one that a contract could not work with.
    """
    genesis = read_genesis(document)
    unknown = sorted(set(genesis.contracts) - {contract.name for contract in catalogue.contracts})
    if unknown:
        raise GenesisRefused(f"The genesis document has a section for an unknown contract: {unknown[0]}")
    _check_versions(genesis)
    change = Change((FACTS.put(chain_facts(document)),))
    change += Change(tuple(POLICIES.put(policy) for policy in genesis.policies))
    change += Change(tuple(CALENDARS.put(calendar) for calendar in genesis.calendars))
    for contract in catalogue.contracts:
        if contract.genesis is not None and contract.name in genesis.contracts:
            change += contract.genesis(genesis.contracts[contract.name])
    change += founding_nodes(genesis.validators, genesis.nodes)
    if genesis.engine == COMETBFT:
        change += Change((CLOCK.put(Clock(0, 0, 0)),))
    state = Overlay(Committed(MemoryBacking()))
    state.write(change.writes)
    _check(genesis, state, catalogue)
    for contract in catalogue.contracts:
        if contract.founding_events is not None:
            change += Change((), contract.founding_events(state))
    return change


def _check_versions(genesis: Genesis) -> None:
    versions: dict[str, int] = {}
    for policy in genesis.policies:
        versions[policy.kind] = versions.get(policy.kind, 0) + 1
        if policy.version != versions[policy.kind]:
            raise GenesisRefused(f"The versions of the policy {policy.kind} do not count from 1.")
    years = [calendar.year for calendar in genesis.calendars]
    if len(set(years)) != len(years):
        raise GenesisRefused("The genesis document has two calendars of one year.")


def _check(genesis: Genesis, state: Reader, catalogue: Catalogue) -> None:
    for supervisor in genesis.supervisors:
        member = state.get(MEMBERS, supervisor)
        if member is None or SUPERVISOR not in member.kinds:
            raise GenesisRefused(f"The supervisor {supervisor} is no member admitted as SUPERVISOR.")
    fault = _engine_fault(genesis, state)
    if fault:
        raise GenesisRefused(fault)
    for contract in catalogue.contracts:
        if contract.parameter_faults is not None:
            for sentence in contract.parameter_faults(state):
                raise GenesisRefused(sentence)


def _engine_fault(genesis: Genesis, state: Reader) -> str:
    if genesis.engine == COMETBFT:
        return (
            "The sequencer is the embedded engine's."
            if genesis.sequencer
            else founders_fault(genesis.validators, genesis.nodes, state)
        )
    if not genesis.sequencer:
        return "The embedded engine needs the sequencer's key."
    return (
        "The embedded engine has neither validators nor nodes, nor parameters of its own."
        if genesis.validators or genesis.nodes or any(policy.kind == ENGINE for policy in genesis.policies)
        else ""
    )


def initial_rows(document: bytes, catalogue: Catalogue) -> dict[bytes, bytes]:
    """The rows of height 0.  Raises `GenesisRefused`."""
    writes = beginning(document, catalogue).writes
    return {write.key: codec.encode(write.value) for write in writes if write.value is not None}


def initial_tree(document: bytes, rows: dict[bytes, bytes]) -> BucketTree:
    """The state tree of height 0."""
    return BucketTree(read_genesis(document).tree_depth, sorted(rows.items()))
