"""Which policies the contract can work with, and who answers for founders."""

import msgspec
import pytest

from tallychain.contracts.admission import CONTRACT
from tallychain.contracts.admission.api import FoundingReview, founding_section, usual_policies
from tallychain.contracts.admission.genesis import founded, founding_events
from tallychain.contracts.admission.policies import parameter_faults
from tallychain.contracts.admission.tests.desk import Desk, at
from tallychain.contracts.members.tests.strategies import raw
from tallychain.ledger.genesis import GenesisRefused
from tallychain.ledger.parameters import POLICIES


def faults(**changed: int | str) -> list[str]:
    desk = Desk(has_policy=False)
    policy = usual_policies("2026-01-01")[0]
    values = {**policy.values, **changed}
    desk.state.write([POLICIES.put(msgspec.structs.replace(policy, values=values))])
    return list(parameter_faults(desk.state))


def test_the_usual_policy_is_sound_and_so_is_one_that_wants_nothing() -> None:
    assert faults() == []
    assert faults(fields="", papers="") == []


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        ("fields", "Business"),
        ("fields", "B A"),
        ("papers", "CAPITAL CAPITAL"),
        ("introduction_days", 9),
        ("review_months", 0),
        ("another", 1),
    ],
)
def test_a_policy_that_the_contract_could_not_work_with_is_found(figure: str, value: int | str) -> None:
    assert len(faults(**{figure: value})) == 1


def test_founding_banks_answer_for_founding_enterprises_in_turn_and_never_for_themselves() -> None:
    section = founding_section(["ce-a", "ce-bank", "ce-c"], ["bank-a", "ce-bank"], at("2026-03-16"))

    assert [(one.member, one.bank) for one in section] == [
        ("ce-a", "bank-a"),
        ("ce-bank", "bank-a"),
        ("ce-c", "bank-a"),
    ]
    assert {one.due for one in section} == {"2027-03-16"}
    assert founding_section(["ce-bank"], ["ce-bank"], 0) == ()


def test_a_founder_is_reviewed_until_the_day_that_the_document_names() -> None:
    desk = Desk()
    desk.adopt(founded(raw((FoundingReview("ce-a", "bank-a", "2026-06-30"),))))
    assert founding_events(desk.state) == ()
    assert desk.rows["reviews", ("ce-a",)]["reviews"] == 0
    desk.until("2026-07-01")

    assert desk.status() == "MISSED"


@pytest.mark.parametrize(
    "section",
    [
        {"member": "ce-a"},
        (FoundingReview("ce-a", "bank-a", "2026-06-31"),),
        (FoundingReview("ce-a", "bank-a", "2026-06-30"), FoundingReview("ce-a", "bank-b", "2026-06-30")),
    ],
)
def test_a_section_that_is_not_valid_is_refused_with_a_sentence(section: object) -> None:
    with pytest.raises(GenesisRefused):
        founded(raw(section))


@pytest.mark.parametrize(
    ("member", "bank"), [("nobody", "bank-a"), ("bank-b", "bank-a"), ("ce-a", "ce-a"), ("ce-bank", "ce-bank")]
)
def test_a_document_whose_banks_or_enterprises_are_none_is_refused(member: str, bank: str) -> None:
    desk = Desk()
    desk.state.write(founded(raw((FoundingReview(member, bank, "2026-06-30"),))).writes)

    with pytest.raises(GenesisRefused):
        founding_events(desk.state)
    assert CONTRACT.founding_events is founding_events
