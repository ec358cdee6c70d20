"""Events and opened parts become rows; a rebuild needs nothing else."""

from typing import Any

import msgspec
import pytest

from tallychain.contracts.documents import CONTRACT
from tallychain.contracts.documents.declared import (
    CONTEST,
    IDENTITY_EXAMPLE,
    PAPERS_EXAMPLE,
    PRESENT,
    PRESENTER,
    WORD_EXAMPLE,
)
from tallychain.contracts.documents.state import (
    ANSWERS,
    CONFIRMED,
    CONTESTED,
    COUNTED,
    FREED,
    IN_ORDER,
    IN_REVIEW,
    KINDS,
    LAPSED,
    PAST_DUE,
    PAYABLE_STATUSES,
    PENDING,
    REVIEW_LAPSED,
    REVIEW_STATUSES,
    REVIEWED,
    WITHDRAWN,
)
from tallychain.contracts.documents.tests.desk import DAY_MS, INV_1, INV_2, V1, V2, Desk, at, paper
from tallychain.contracts.documents.words import WORDS
from tallychain.ledger.contract import Change
from tallychain.ledger.timeline import Moment, Timeline, status_at
from tallychain.ledger.views import Fact, Opening, RowWrite

Rows = dict[tuple[str, tuple[str | int, ...]], dict[str, Any]]


class Following(Desk):
    """A desk whose events are projected as they come."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: Rows = {}

    def adopt(self, change: Change) -> Change:
        super().adopt(change)
        for index, event in enumerate(change.events):
            fact = Fact(event, "op", "author", "bank-a", 1, index, self.now_ms)
            for view in CONTRACT.views:
                for made in view.project(fact) if view.project is not None else ():
                    assert isinstance(made, RowWrite)
                    assert made.view == view.name
                    assert made.values is not None
                    assert set(made.values) <= {column.name for column in view.columns}
                    assert len(made.key) == len(view.key)
                    self.rows.setdefault((made.view, made.key), {}).update(made.values)
        return change

    def row(self, view: str, *key: str | int) -> dict[str, Any]:
        return self.rows[view, key]

    def status(self, view: str, *key: str | int) -> str:
        timeline = self.row(view, *key)["status"]
        assert isinstance(timeline, Timeline)
        return status_at(timeline, self.now)

    def is_complete(self) -> bool:
        """Whether every row has every column of its view."""
        columns = {view.name: {c.name for c in view.columns} - set(view.key) for view in CONTRACT.views}
        return all(set(values) == columns[name] for (name, _), values in self.rows.items())


def test_rows_follow_a_payable_to_each_of_its_ends() -> None:
    desk = Following()
    confirmed, contested, withdrawn, lapsed = (desk.present() for _ in range(4))
    desk.confirm(confirmed)
    desk.contest(contested)
    desk.withdraw(withdrawn)
    assert desk.is_complete()
    assert [desk.status("payables", n) for n in (confirmed, contested, withdrawn)] == [
        CONFIRMED,
        CONTESTED,
        WITHDRAWN,
    ]
    desk.now_ms = at("2026-09-14", 0)

    before = [desk.status("payables", n) for n in (confirmed, lapsed)]
    desk.write_due()

    assert before == [desk.status("payables", n) for n in (confirmed, lapsed)] == [PAST_DUE, LAPSED]
    first = desk.row("payable_invoices", confirmed, 1)
    assert (first["invoice"], first["total"], first["answer"]) == (INV_1, 60_000_000, "CLEAR")
    assert desk.row("payables", confirmed)["amount"] == 112_000_000


@pytest.mark.deadline("allocation: PENDING -> FREED")
def test_rows_follow_an_invoice_and_what_vouchers_take_of_it() -> None:
    desk = Following()
    payable = desk.confirmed(invoices=(paper(INV_1, 100, "a1" * 8), paper(INV_2, 50)), amount=150)
    assert desk.row("invoices", INV_1) | {"status": None} == {
        "epoch": 1,
        "total": 100,
        "credited": 0,
        "allocated": 0,
        "issuer": "",
        "payable": payable,
        "status": None,
    }
    assert ("invoice_likenesses", ("a1" * 8, INV_1)) in desk.rows
    desk.allocate(payable, V1, (INV_1, 60))
    assert (desk.status("allocations", V1, INV_1), desk.row("invoices", INV_1)["allocated"]) == (PENDING, 0)
    desk.count(V1)
    desk.allocate(payable, V2, (INV_1, 40))

    assert desk.status("allocations", V1, INV_1) == COUNTED
    assert (desk.row("invoices", INV_1)["allocated"], desk.row("invoices", INV_1)["issuer"]) == (60, "ce-a")
    desk.now_ms += 10 * DAY_MS
    assert desk.status("allocations", V2, INV_1) == FREED
    desk.release(V1)
    desk.release(V2)
    assert desk.status("allocations", V1, INV_1) == FREED
    assert (desk.row("invoices", INV_1)["allocated"], desk.row("invoices", INV_1)["issuer"]) == (0, "")
    assert desk.is_complete()


def test_rows_follow_red_letters_and_their_reviews() -> None:
    desk = Following()
    payable = desk.confirmed()
    desk.taken(payable, V1, (INV_1, 60_000_000))
    desk.credit(INV_1, 5, letter="c1" * 32)
    assert desk.row("invoices", INV_1)["credited"] == 5
    assert desk.row("invoice_credits", INV_1, "c1" * 32)["by"] == "bank-a"
    assert desk.status("invoices", INV_1) == IN_REVIEW
    desk.review(INV_1, "ce-a", "REPLACED")
    assert desk.row("invoice_reviews", INV_1, "ce-a")["finding"] == "REPLACED"
    assert desk.row("invoice_reviews", INV_1, "bank-a")["finding"] == ""
    desk.review(INV_1, "bank-a")
    assert desk.status("invoices", INV_1) == REVIEWED

    desk.credit(INV_1, 5)
    desk.now_ms = at("2026-03-31", 0)
    before = desk.status("invoices", INV_1)
    desk.write_due()

    assert before == desk.status("invoices", INV_1) == REVIEW_LAPSED
    assert desk.is_complete()


def opened(content: msgspec.Struct, args: msgspec.Struct, kind: str, label: str) -> list[dict[str, Any]]:
    opening = Opening(content, args, kind, label, "op", f"tag:{PRESENTER.tag}", "member", 1, 5)
    found = []
    for view in CONTRACT.views:
        for made in view.project_opening(opening) if view.project_opening is not None else ():
            assert view.private
            assert made.view == view.name
            assert made.values is not None
            row = {**dict(zip(view.key, made.key, strict=True)), **made.values}
            assert list(row) == [column.name for column in view.columns]
            found.append(row)
    return found


def test_opened_papers_become_one_row_a_paper() -> None:
    rows = opened(PAPERS_EXAMPLE, PRESENT.example, "payable.present", "papers")

    assert [row["number"] for row in rows] == ["26312000000000000018", "26312000000000000026"]
    assert [row["row"] for row in rows] == [1, 2]
    assert {row["seat"] for row in rows} == {"member"}


def test_an_order_without_papers_shows_its_relation() -> None:
    order = msgspec.structs.replace(PAPERS_EXAMPLE, papers=())

    (row,) = opened(order, PRESENT.example, "payable.present", "papers")

    assert (row["row"], row["relation"], row["number"]) == (0, "HT-2026-0316", "")


def test_an_opened_reason_becomes_a_row_and_an_identity_is_no_row_here() -> None:
    (row,) = opened(WORD_EXAMPLE, CONTEST.example, "payable.contest", "reason")

    assert row["reason"] == WORD_EXAMPLE.reason
    assert opened(IDENTITY_EXAMPLE, PRESENT.example, "payable.present", "identity") == []


def test_a_status_in_a_row_is_the_status_in_the_state_at_a_hundred_instants() -> None:
    desk = Following()
    waiting = desk.present()
    confirmed = desk.confirmed()
    desk.taken(confirmed, V1, (INV_1, 60_000_000))
    desk.credit(INV_1, 5)

    for step in range(100):
        now = Moment(desk.now.height, desk.now.time_ms + step * 2 * DAY_MS, ())  # type: ignore[arg-type]  # plain sum of times
        for name in (waiting, confirmed):
            assert status_at(desk.row("payables", name)["status"], now) == desk.payable(name).status_at(now)
        assert status_at(desk.row("invoices", INV_1)["status"], now) == desk.invoice(INV_1).review_at(now)


@pytest.mark.parametrize(
    "word", [*PAYABLE_STATUSES, *REVIEW_STATUSES, *KINDS, *ANSWERS, PENDING, COUNTED, FREED, IN_ORDER]
)
def test_every_status_and_kind_has_words_in_both_languages(word: str) -> None:
    assert WORDS[word].en
    assert not WORDS[word].zh.isascii()
