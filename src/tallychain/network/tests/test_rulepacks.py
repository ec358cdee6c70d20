"""Rule packs that come with the package can be adopted as they are, name refusals that exist, and say how surely their text is known."""

import re
from datetime import date
from typing import Any

import msgspec
import pytest

from tallychain.catalogue import CATALOGUE
from tallychain.contracts.governance.changes import AdoptRulePack
from tallychain.contracts.governance.effects import Others, effect
from tallychain.integrations.rulepacks import (
    Changed,
    RulePack,
    RulePackUnknown,
    changed,
    rule_pack,
    rule_packs,
)
from tallychain.ledger.contract import Change
from tallychain.ledger.parameters import POLICIES, Policy
from tallychain.ledger.refusals import LEDGER_REFUSALS
from tallychain.ledger.state import Committed, MemoryBacking, Overlay
from tallychain.ledger.timeline import Moment
from tallychain.ledger.types import Height, TimeMs
from tallychain.network.policies import usual_policies

PACKS = rule_packs()
BY_VOTE = [pack for pack in PACKS if pack.values]
CODES = {refusal.code for kind in CATALOGUE.operation_types() for refusal in kind.refusals} | {
    refusal.code for refusal in LEDGER_REFUSALS
}
NOW = Moment(Height(7), TimeMs(1_773_630_000_000))
USUAL = usual_policies(CATALOGUE, "2026-01-01", "embedded")
OTHERS = Others(
    tuple(each.parameter_faults for each in CATALOGUE.contracts if each.parameter_faults is not None)
)


def adopted(pack: RulePack) -> Change:
    """What adopting a pack does on a chain with the usual policies."""
    state = Overlay(Committed(MemoryBacking()))
    state.write(POLICIES.put(policy) for policy in USUAL)
    return effect(msgspec.convert(pack.change("2027-01-01"), AdoptRulePack), state, NOW, OTHERS)


def test_the_packs_are_those_of_four_documents() -> None:
    assert [pack.name for pack in PACKS] == ["CN-205-2019", "CN-77-2025", "CN-802-2025", "CN-PBC-19-2020"]


@pytest.mark.parametrize("pack", BY_VOTE, ids=lambda pack: pack.name)
def test_a_pack_can_be_adopted_as_it_is_and_every_value_cites_pack_and_article(pack: RulePack) -> None:
    after = {row.value.kind: row.value for row in adopted(pack).writes if isinstance(row.value, Policy)}
    for item in pack.values:
        assert after[item.policy].values[item.value] == item.set
        assert after[item.policy].article_of(item.value) == f"{pack.title}: {item.article}"
    usual = {policy.kind: policy for policy in USUAL}
    named = {(item.policy, item.value) for item in pack.values}
    for kind, policy in after.items():
        for value, figure in policy.values.items():
            if (kind, value) not in named:
                assert (figure, policy.article_of(value)) == (usual[kind].values[value], "")


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_a_pack_has_dates_and_names_only_refusals_that_exist(pack: RulePack) -> None:
    for day in (pack.made, pack.issued, pack.in_force):
        assert date.fromisoformat(day).isoformat() == day
    assert {code for rule in pack.rules for code in rule.codes} <= CODES
    assert rule_pack(pack.name) is rule_pack(pack.title) is pack
    texts = (pack.zh, pack.caution_zh, *(item.zh for item in pack.values), *(item.zh for item in pack.rules))
    assert all(re.search("[\u4e00-\u9fff]", text) for text in texts)
    known = {item.confidence for item in pack.values} | {item.confidence for item in pack.rules}
    assert known == {"text"} or not pack.read_in_original


def test_nothing_an_issuer_signs_or_is_answered_with_has_a_fee_in_it() -> None:
    fees = {
        kind.name
        for kind in CATALOGUE.operation_types()
        for field in msgspec.structs.fields(kind.args)
        if "fee" in field.name.split("_") or "fees" in field.name.split("_")
    }
    assert not {name for name in fees if name.split(".")[0] in {"voucher", "payable", "redemption"}}


def test_an_unknown_pack_is_said_to_be_unknown() -> None:
    with pytest.raises(RulePackUnknown):
        rule_pack("CN-78-2025")


def test_a_dry_run_says_which_values_change_and_which_only_their_article() -> None:
    facts: list[dict[str, Any]] = [
        {"event": "other"},
        *(msgspec.to_builtins(event) for event in adopted(rule_pack("CN-802-2025")).events),
    ]
    rows = [
        {
            "policy": policy.kind,
            "version": policy.version,
            "settings": msgspec.json.encode(policy.values).decode(),
            "articles": "{}",
            "article": "",
        }
        for policy in USUAL
    ]
    cited = "CN-802-2025/1: 国务院令第802号, late interest"
    late = Changed("SETTLEMENT", "late_ppm_per_day", 500, 500, cited)
    assert late in changed(facts, rows)
    assert Changed("SETTLEMENT", "late_ppm_per_day", "", 500, cited) in changed(facts, [])
