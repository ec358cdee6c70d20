"""Months are closed a few issuers a block, and what is not there is no mistake."""

from tallychain.contracts.disclosure import api
from tallychain.contracts.disclosure.events import VoucherDisclosed
from tallychain.contracts.disclosure.months import closes_ms, last_day, shifted
from tallychain.contracts.disclosure.rules.bench import until_closed
from tallychain.contracts.disclosure.rules.closing import ISSUERS_PER_BLOCK
from tallychain.contracts.disclosure.rules.facts import accepted as accept
from tallychain.contracts.disclosure.state import RECORDS
from tallychain.contracts.disclosure.tests.desk import Desk
from tallychain.contracts.vouchers.tests.desk import at
from tallychain.ledger.contract import Change
from tallychain.ledger.timeline import Moment
from tallychain.ledger.types import Height, TimeMs


def test_as_many_issuers_as_a_block_closes_are_closed_in_one_and_the_rest_in_the_next() -> None:
    desk = Desk()
    for number in range(ISSUERS_PER_BLOCK + 1):
        promise = api.Promise(f"i{number}", "EV", "bank-a", 100, "2026-03-16", "2026-04-16")
        change = accept(desk.state, promise, desk.now)
        desk.state.write(change.writes)
        for write in change.writes:
            desk.due.note(write.key, write.value, ())
    desk.now_ms = at("2026-04-05", 0)
    for expected in (ISSUERS_PER_BLOCK, ISSUERS_PER_BLOCK + 1):
        for queue in desk.due.queues:
            for due in queue.run(desk.state, desk.now):
                _write(desk, due.change)
        assert len(list(desk.state.iterate(RECORDS))) == expected
    assert {row.balance for row in desk.state.iterate(RECORDS)} == {100}


def _write(desk: Desk, change: Change) -> None:
    desk.state.write(change.writes)
    for write in change.writes:
        desk.due.note(write.key, write.value, ())


def test_an_acceptance_of_an_issuer_that_is_no_member_any_more_has_no_name() -> None:
    desk = Desk()
    promise = api.Promise("gone", "EV", "bank-a", 100, "2026-03-16", "2026-04-16")
    now = Moment(Height(1), TimeMs(desk.now_ms), ())
    events = accept(desk.state, promise, now).events

    assert [(e.name, e.uscc) for e in events if isinstance(e, VoucherDisclosed)] == [("", "")]


def test_the_last_month_of_all_time_stays_open() -> None:
    state = Desk().state

    assert until_closed("2099-11", state).steps
    assert not until_closed("2099-12", state).steps


def test_months_are_reckoned_over_the_end_of_a_year() -> None:
    assert (shifted("2026-11", 3), shifted("2027-02", -3), shifted("2026-01", -1)) == (
        "2027-02",
        "2026-11",
        "2025-12",
    )
    assert (last_day("2028-02"), last_day("2026-12")) == ("2028-02-29", "2026-12-31")
    assert closes_ms("2026-12", 5) == at("2027-01-05", 0)
