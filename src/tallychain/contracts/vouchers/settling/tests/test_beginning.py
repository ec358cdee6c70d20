"""Agreements of the genesis document, and the figures that a chain begins with."""

import msgspec
import pytest

from tallychain.contracts.vouchers import api
from tallychain.contracts.vouchers.settling.events import AgreementMade
from tallychain.contracts.vouchers.settling.genesis import founded
from tallychain.contracts.vouchers.settling.policies import (
    SETTLEMENT,
    SETTLEMENT_DEFAULTS,
    settlement_policy,
    settlement_policy_on,
)
from tallychain.contracts.vouchers.settling.tests.desk import Desk
from tallychain.ledger import codec
from tallychain.ledger.genesis import GenesisRefused
from tallychain.ledger.parameters import POLICIES, Policy, PolicyMissing
from tallychain.ledger.state import Committed, MemoryBacking, Overlay


def section(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def test_founding_agreements_are_in_force_from_the_first_block() -> None:
    given = api.founding_section(["ce-a", "ce-b"], ["settle-a"])
    change = founded(msgspec.Raw(codec.encode(given)))
    state = Overlay(Committed(MemoryBacking()))
    state.write(change.writes)

    assert api.is_agreed("ce-a", "settle-a", state, Desk().now)
    assert api.is_agreed("ce-b", "settle-a", state, Desk().now)
    assert not api.is_agreed("settle-a", "ce-a", state, Desk().now)
    assert [type(event) for event in change.events] == [AgreementMade, AgreementMade]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"agreements": 1}, "not valid"),
        ({"agreements": [{"issuer": "ce-a", "bank": "settle-a", "terms": "0" * 64}] * 2}, "twice"),
    ],
)
def test_a_section_that_cannot_stand_is_refused(given: object, sentence: str) -> None:
    with pytest.raises(GenesisRefused, match=sentence):
        founded(section(given))


def test_a_voucher_keeps_the_version_of_its_day() -> None:
    desk = Desk()
    desk.policy(SETTLEMENT, 2, "2026-06-01", cutoff_minutes=16 * 60)

    assert settlement_policy_on(desk.state, "2025-01-01").version == 1
    assert settlement_policy_on(desk.state, "2026-05-31").version == 1
    assert settlement_policy_on(desk.state, "2026-06-01").cutoff_minutes == 960
    assert settlement_policy(desk.state, 1).cutoff_minutes == SETTLEMENT_DEFAULTS["cutoff_minutes"]


def test_a_policy_or_figure_that_is_not_there_is_a_mistake_of_ours() -> None:
    empty = Overlay(Committed(MemoryBacking()))
    with pytest.raises(PolicyMissing):
        settlement_policy(empty, 1)
    empty.write([POLICIES.put(Policy(SETTLEMENT, 1, "2026-01-01", {"cutoff_minutes": "x"}, ""))])
    with pytest.raises(PolicyMissing, match="cutoff_minutes"):
        settlement_policy(empty, 1)
