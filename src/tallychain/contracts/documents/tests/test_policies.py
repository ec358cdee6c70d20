"""Figures that are voted on are checked before they hold, so that no rule fails for its parameters."""

import pytest
from msgspec.structs import replace

from tallychain.contracts.documents import CONTRACT, api
from tallychain.contracts.documents.policies import DOCUMENTS, documents_policy
from tallychain.contracts.documents.tests.desk import Desk, at
from tallychain.ledger.parameters import POLICIES, Policy, PolicyMissing

(USUAL,) = api.usual_policies("2026-01-01", "Rules")
GOOD: dict[str, int | str] = {
    "answer_business_days": 60,
    "review_business_days": 1,
    "due_months_max": 120,
    "sme_days": 366,
}


def found(desk: Desk) -> list[str]:
    assert CONTRACT.parameter_faults is not None
    return list(CONTRACT.parameter_faults(desk.state))


def test_the_usual_figures_and_those_at_the_bounds_are_in_order() -> None:
    desk = Desk()
    desk.state.write([POLICIES.put(Policy(DOCUMENTS, 2, "2027-01-01", GOOD, ""))])

    assert found(desk) == []


@pytest.mark.parametrize("value", [0, 121, "12"])
def test_a_figure_outside_its_bounds_is_named(value: int | str) -> None:
    desk = Desk()
    desk.state.write([POLICIES.put(Policy(DOCUMENTS, 2, "2027-01-01", GOOD | {"due_months_max": value}, ""))])

    assert found(desk) == [
        "The figure due_months_max of the policy DOCUMENTS, version 2, is not from 1 to 120."
    ]


def test_a_chain_without_the_policy_is_found_before_it_begins() -> None:
    desk = Desk()
    desk.state.write([POLICIES.delete(USUAL)])

    assert found(desk) == ["There is no policy DOCUMENTS."]
    with pytest.raises(PolicyMissing):
        documents_policy(desk.state, desk.now)


def test_a_missing_figure_is_our_own_mistake() -> None:
    desk = Desk()
    desk.state.write([POLICIES.put(replace(USUAL, values={}))])

    with pytest.raises(PolicyMissing):
        documents_policy(desk.state, desk.now)


def test_the_first_version_holds_from_the_first_day_and_a_later_one_from_its_own() -> None:
    desk = Desk()
    desk.state.write(
        [
            POLICIES.put(replace(USUAL, effective_from="2026-04-01")),
            POLICIES.put(Policy(DOCUMENTS, 2, "2026-05-01", GOOD, "")),
        ]
    )

    assert documents_policy(desk.state, desk.now).due_months_max == USUAL.values["due_months_max"]
    desk.now_ms = at("2026-04-30", 23)
    assert documents_policy(desk.state, desk.now).due_months_max == USUAL.values["due_months_max"]
    desk.now_ms = at("2026-05-01", 0)
    assert documents_policy(desk.state, desk.now).due_months_max == 120
