"""An issuer may say something about a record, and what is wrong with figures that are voted on is said."""

import pytest
from msgspec.structs import replace

from tallychain.contracts.disclosure import CONTRACT, api, refusals
from tallychain.contracts.disclosure.invariants import full, touched
from tallychain.contracts.disclosure.policies import DISCLOSURE, article_on, figures_on
from tallychain.contracts.disclosure.rules.remark import REMARKS_MAX
from tallychain.contracts.disclosure.state import ACCOUNTS, RECORDS
from tallychain.contracts.disclosure.tests.desk import Desk
from tallychain.contracts.disclosure.views import WORDS
from tallychain.ledger.contract import Change
from tallychain.ledger.parameters import POLICIES, Policy
from tallychain.ledger.state import Overlay
from tallychain.ledger.tables import Write
from tallychain.ledger.views import Fact, RowWrite


def closed() -> Desk:
    desk = Desk()
    desk.due_in(2)
    desk.until("2026-04-05", 0)
    return desk


def test_words_stand_beside_the_figures_and_there_is_room_for_five() -> None:
    desk = closed()
    before = desk.state.get(RECORDS, "ce-a", "2026-03")
    assert before is not None
    for _ in range(REMARKS_MAX):
        desk.remark("2026-03")
    with pytest.raises(refusals.TooManyRemarks) as refused:
        desk.remark("2026-03")

    assert refused.value.sentence("zh")
    assert desk.state.get(RECORDS, "ce-a", "2026-03") == replace(before, remarks=REMARKS_MAX)


@pytest.mark.parametrize(("month", "by"), [("2026-04", "ce-a"), ("2026-03", "ce-b")])
def test_there_is_nothing_to_remark_on_before_a_month_is_closed_or_for_others(month: str, by: str) -> None:
    with pytest.raises(refusals.RecordNotFound):
        closed().remark(month, by=by)


def faults(desk: Desk, *writes: Write) -> tuple[set[int], set[int]]:
    after = Overlay(desk.state)
    after.write(writes)
    found = {number for number, _ in touched(Change(writes), desk.state, after)}
    return found, {number for number, _ in full(after)}


def test_each_invariant_finds_its_planted_fault() -> None:
    desk = closed()
    account, record = desk.state.get(ACCOUNTS, "ce-a"), desk.state.get(RECORDS, "ce-a", "2026-03")
    assert account is not None
    assert record is not None

    assert faults(desk, RECORDS.put(replace(record, balance=1))) == ({501}, set())
    assert faults(desk, RECORDS.put(replace(record, remarks=1, corrections=1))) == (set(), set())
    assert faults(desk, ACCOUNTS.put(replace(account, month="2026-05"))) == ({502}, set())
    assert faults(desk, ACCOUNTS.put(replace(account, month="2026-03")))[1] == {502}
    assert faults(desk, ACCOUNTS.delete(account)) == (set(), {502})
    assert faults(desk, ACCOUNTS.put(replace(account, overdue_balance=account.balance + 1))) == ({503}, {503})


def found(desk: Desk) -> list[str]:
    assert CONTRACT.parameter_faults is not None
    return list(CONTRACT.parameter_faults(desk.state))


def test_a_chain_without_the_policy_and_one_with_the_usual_or_the_example_are_in_order() -> None:
    desk = Desk()
    assert found(desk) == []
    (usual,) = api.usual_policies("2026-01-01", "Rules")
    desk.state.write([POLICIES.put(usual), POLICIES.put(api.example_policy(2, "2026-05-01"))])

    assert found(desk) == []
    assert not figures_on(desk.state, "2026-04-30")[0].grades
    assert figures_on(desk.state, "2026-05-01")[0].grades
    assert figures_on(desk.state, "2026-05-01")[1] == 2
    assert article_on(desk.state, "2026-05-01", "persistent_events") == "EXAMPLE"
    assert figures_on(desk.state, "2025-01-01")[1] == 1
    assert article_on(desk.state, "2025-01-01", "close_day") == "Rules"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"close_day": 11}, "a figure is not possible"),
        ({"close_day": "5"}, "a figure is not possible"),
        ({"weight_on_time": 59}, "the weights sum up to 99"),
        ({"grade_b": 90}, "a better grade needs no higher score"),
        ({"another": 1}, "are not those that the contract reads"),
    ],
)
def test_figures_that_cannot_be_are_named(changed: dict[str, int | str], said: str) -> None:
    desk = Desk()
    values = {**api.example_policy(1, "2026-01-01").values, **changed}
    desk.state.write([POLICIES.put(Policy(DISCLOSURE, 1, "2026-01-01", values, ""))])

    (fault,) = found(desk)
    assert said in fault


def test_every_fact_becomes_a_complete_row_for_everybody() -> None:
    desk = Desk()
    desk.enough()
    desk.until("2026-06-06")
    number = desk.state.scan(RECORDS, "ce-a")
    assert len(number) == 3
    desk.remark("2026-03")
    late = api.Shift(issuer="ce-a", voucher="EV1", overdue=api.Since(desk.now_ms - 90 * 86_400_000, 0))
    desk.adopt(api.shift(desk.state, late, desk.now))
    rows: dict[str, list[RowWrite]] = {view.name: [] for view in CONTRACT.views}
    for index, event in enumerate(desk.published):
        fact = Fact(event, "op", "author", "bank-a", 1, index, desk.now_ms)
        for view in CONTRACT.views:
            assert view.project is not None
            rows[view.name] += [made for made in view.project(fact) if isinstance(made, RowWrite)]

    for view in CONTRACT.views:
        assert rows[view.name]
        assert not view.private
        for made in rows[view.name]:
            assert made.values is not None
            assert {*view.key, *made.values} == {column.name for column in view.columns}
    assert {made.values["held_back"] for made in rows["disclosures"] if made.values} == {0}
    assert all(word.en and not word.zh.isascii() for word in WORDS.values())
