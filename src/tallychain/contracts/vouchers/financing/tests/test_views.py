"""Events of financings become rows, and every row says the same as the state; opened parts stand in rows of their seat."""

from collections.abc import Callable

from tallychain.contracts.vouchers import CONTRACT
from tallychain.contracts.vouchers.financing.declared import ASK, AWARD, REVEAL
from tallychain.contracts.vouchers.financing.state import FINANCING_STATUSES
from tallychain.contracts.vouchers.financing.tests.desk import HOUR_MS, TAKERS, Desk
from tallychain.contracts.vouchers.financing.views import (
    FINANCINGS_VIEW,
    PAYMENTS_VIEW,
    REASONS_VIEW,
    TERMS_VIEW,
)
from tallychain.contracts.vouchers.settling.tests.desk import S1
from tallychain.contracts.vouchers.settling.tests.test_views import Following as SettlingFollowing
from tallychain.contracts.vouchers.tests.desk import DAY_MS
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.views import Opening, RowWrite


class Following(SettlingFollowing, Desk):
    """A desk of financings whose events are projected as they come."""

    def agrees_on(self, name: str) -> bool:
        """Whether the row says what the state says."""
        return self.status_of("financings", name) == self.financing_status(name)


def test_the_row_of_a_financing_says_at_every_moment_what_the_state_says() -> None:
    desk = Following()
    number = desk.active().number
    whole = desk.holdings(number)[0].id
    name = desk.ask(number)
    row = desk.row("financings", name)
    assert (row["face"], row["funders"], row["recourse"]) == (30_000_000, "bank-a, bank-b, factor-a", 0)
    desk.commit(number, name)
    desk.commit(number, name, "bank-a")
    desk.now_ms += HOUR_MS
    assert desk.agrees_on(name)
    desk.reveal(number, name)
    desk.now_ms += HOUR_MS
    desk.write_due()
    assert row["unrevealed"] == "bank-a"
    states = [desk.row("financing_quotes", name, funder)["state"] for funder in ("bank-a", "bank-b")]
    assert states == ["UNREVEALED", "REVEALED"]
    acts: tuple[Callable[[], object], ...] = (
        lambda: desk.award(number, name),
        lambda: desk.register(number, name),
        lambda: desk.disburse(number, name),
        lambda: desk.refute(number, name),
        lambda: desk.attest_receipt(number, name, came=False),
        lambda: desk.decide(number, name, paid=True),
    )
    for act in acts:
        act()
        assert desk.agrees_on(name)
        assert desk.agrees(number)
    (move,) = [key for view, key in desk.rows if view == "title_moves"]
    assert move == (name,)
    assert desk.row("title_moves", name)["receiver"] == TAKERS["bank-b"].tag
    assert row["to_holding"] == desk.holdings(number)[0].id
    assert desk.row("holdings", whole)["status"].status == "SPENT"


def test_rows_of_what_fails_lapses_is_closed_or_disputed_agree_too() -> None:
    desk = Following()
    number = desk.active().number
    names = [desk.ask(number) for _ in range(2)]
    desk.close(number, names[0])
    names.append(desk.chosen(number, holding=1, first=30_000_001, last=40_000_000))
    names.append(desk.chosen(number, holding=40_000_001, first=40_000_001, last=50_000_000))
    desk.register(number, names[-1])
    names.append(
        desk.paid_for(number, holding=50_000_001, first=50_000_001, last=60_000_000, paying_bank="bank-b")
    )
    for _ in range(20):
        assert all(desk.agrees_on(name) for name in names)
        desk.write_due()
        assert all(desk.agrees_on(name) for name in names)
        desk.now_ms += DAY_MS
    desk.deregister(number, names[3])
    assert [desk.financing_status(name) for name in names] == [
        "CLOSED",
        "LAPSED",
        "FAILED",
        "FAILED",
        "DEREGISTER_LATE",
    ]
    assert all(desk.agrees_on(name) for name in names)
    assert desk.agrees(number)
    assert desk.holdings(number)[0].tag == S1.tag


def test_a_void_quote_and_a_loan_are_rows_too() -> None:
    desk = Following()
    number = desk.active().number
    name = desk.ask(number)
    desk.commit(number, name, content=b"false")
    desk.now_ms += HOUR_MS
    desk.reveal(number, name)
    desk.challenge(number, name)
    assert desk.row("financing_quotes", name, "bank-b")["state"] == "VOID"
    loan = desk.paid_for(number, form="PLEDGE", last=100_000_000)
    desk.complete(number, loan)
    assert desk.status_of("pledges", loan) == "PLEDGED"
    assert desk.agrees(number)


def opening(kind: AnyOperation, label: str) -> Opening:
    content = next(part.example for part in kind.seals if part.label == label)
    assert content is not None
    return Opening(content, kind.example, kind.name, label, "op", "member:bank-b", "house", 1, 5)


def test_opened_parts_are_rows_of_their_seat() -> None:
    reasons, terms, payment = opening(ASK, "reasons"), opening(REVEAL, "quote"), opening(AWARD, "payment")
    name = REVEAL.example.financing
    for view, own, other, key in (
        (REASONS_VIEW, reasons, terms, ("house", "op")),
        (TERMS_VIEW, terms, payment, ("house", name, "bank-b")),
        (PAYMENTS_VIEW, payment, reasons, ("house", name)),
    ):
        assert view.project_opening is not None
        (row,) = view.project_opening(own)
        assert isinstance(row, RowWrite)
        assert row.key == key
        assert row.values is not None
        assert set(row.values) <= {column.name for column in view.columns}
        assert list(view.project_opening(other)) == []


def test_every_status_of_a_financing_has_words_in_both_languages() -> None:
    for status in FINANCING_STATUSES:
        words = CONTRACT.words[status]
        assert words.en
        assert not words.zh.isascii()
    assert FINANCINGS_VIEW.timeline
