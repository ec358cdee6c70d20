"""Events become rows; a rebuild needs nothing else."""

from typing import Any

import pytest

from tallychain.contracts.risk import CONTRACT
from tallychain.contracts.risk.state import ENDED, IN_FORCE, PLANNED, STATUSES
from tallychain.contracts.risk.tests.desk import DAY_MS, V1, Desk, at
from tallychain.contracts.risk.views import WORDS
from tallychain.ledger.contract import Change
from tallychain.ledger.timeline import Moment, Timeline, status_at
from tallychain.ledger.views import Fact, RowWrite

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
                assert view.project is not None
                for made in view.project(fact):
                    assert isinstance(made, RowWrite)
                    assert made.view == view.name
                    assert made.values is not None
                    assert set(made.values) <= {column.name for column in view.columns}
                    assert len(made.key) == len(view.key)
                    self.rows.setdefault((made.view, made.key), {}).update(made.values)
        return change

    def status(self, ceiling: str) -> str:
        timeline = self.rows["ceilings", (ceiling,)]["status"]
        assert isinstance(timeline, Timeline)
        return status_at(timeline, self.now)

    def is_complete(self) -> bool:
        """Whether every row has every column of its view."""
        columns = {view.name: {c.name for c in view.columns} - set(view.key) for view in CONTRACT.views}
        return all(set(values) == columns[name] for (name, _), values in self.rows.items())


def test_rows_follow_ceilings_their_use_and_missed_payments() -> None:
    desk = Following()
    planned = desk.grant(100, valid_from="2026-03-17", valid_until="2026-03-18")
    ended = desk.grant(50)
    desk.reduce(ended, 40)
    assert desk.rows["ceilings", (ended,)]["amount"] == 40
    desk.use(30)
    assert desk.rows["ceiling_usage", ("ce-a",)] == {"used": 30}
    desk.give_back(30)
    assert desk.rows["ceiling_usage", ("ce-a",)] == {"used": 0}
    desk.reduce(ended, 0)
    assert (desk.status(planned), desk.status(ended)) == (PLANNED, ENDED)
    desk.now_ms = at("2026-03-17")
    before = desk.status(planned)
    desk.write_due()
    assert before == desk.status(planned) == IN_FORCE
    desk.now_ms = at("2026-03-19")
    before = desk.status(planned)
    desk.write_due()
    assert before == desk.status(planned) == ENDED

    desk.block(V1)
    assert desk.rows["missed_payments", ("ce-a", V1)] == {"since": desk.now_ms, "cured_at": 0}
    desk.now_ms += 5
    desk.unblock(V1)
    assert desk.rows["missed_payments", ("ce-a", V1)]["cured_at"] == desk.now_ms
    assert desk.is_complete()


def test_a_status_in_a_row_is_the_status_in_the_state_at_a_hundred_instants() -> None:
    desk = Following()
    names = [desk.grant(1), desk.grant(1, valid_from="2026-05-01", valid_until="2026-06-30")]

    for step in range(100):
        now = Moment(desk.now.height, desk.now.time_ms + step * 2 * DAY_MS, ())  # type: ignore[arg-type]  # plain sum of times
        for name in names:
            ceiling = desk.ceiling(name)
            assert ceiling is not None
            assert status_at(desk.rows["ceilings", (name,)]["status"], now) == ceiling.status_at(now)


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_words_in_both_languages(status: str) -> None:
    assert WORDS[status].en
    assert not WORDS[status].zh.isascii()
