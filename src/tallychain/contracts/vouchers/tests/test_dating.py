"""A calendar that is published, or corrected, dates vouchers: at once for whoever asks, soon in the record, once for whoever follows."""

import pytest

from tallychain.contracts.vouchers import api, refusals, rules
from tallychain.contracts.vouchers.composed import OPERATIONS
from tallychain.contracts.vouchers.dating.events import MaturitySet
from tallychain.contracts.vouchers.dating.rules import STEPS_PER_BLOCK, VOUCHERS_A_STEP, dated_first
from tallychain.contracts.vouchers.dating.state import REDATING
from tallychain.contracts.vouchers.events import VoucherFellDue
from tallychain.contracts.vouchers.operations import Accept, Issue, MakeOffer, Take, Withdraw
from tallychain.contracts.vouchers.state import (
    ACTIVE,
    DUE,
    DUE_UNDATED,
    FIRM,
    HOLDINGS,
    ISSUED,
    PROVISIONAL,
    VOUCHERS,
    Voucher,
)
from tallychain.contracts.vouchers.tests.desk import (
    CALENDAR_2026,
    CALENDAR_2027,
    DAY_MS,
    Desk,
    at,
    hex_of,
    person,
    row,
    units,
)
from tallychain.instruments.calendar import format_date, local_day
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.parameters import CalendarYear
from tallychain.ledger.state import Reader
from tallychain.ledger.types import MemberId, member_author

S1, S2 = person("s1"), person("s2", "bank-b")
RULES = {kind.name: kind.rule for kind in OPERATIONS}


def publish(desk: Desk, calendar: CalendarYear = CALENDAR_2027) -> None:
    desk.publish(calendar)


def autumn() -> Desk:
    return Desk(now_ms=at("2026-10-09"))


def current(desk: Desk, number: str) -> Voucher:
    found = api.voucher(desk.state, number)
    assert found is not None
    return found


def days_of(voucher: Voucher) -> tuple[str, str, str]:
    return voucher.effective_maturity, voucher.maturity, format_date(local_day(voucher.blackout_ms))


def test_a_provisional_maturity_is_firm_once_its_calendar_is_published_and_holders_are_told() -> None:
    desk = autumn()
    voucher = desk.active(nominal_maturity="2027-02-08")
    assert (voucher.maturity, voucher.effective_maturity) == (PROVISIONAL, "2027-02-08")
    desk.pass_on(voucher.number, S1, row(1, 10, S2))

    publish(desk)
    assert days_of(current(desk, voucher.number)) == ("2027-02-12", FIRM, "2027-02-02")
    (event,) = desk.write_due()

    assert isinstance(event, MaturitySet)
    assert (event.effective_maturity, event.issuer) == ("2027-02-12", "ce-a")
    assert event.holdings == tuple(holding.id for holding in desk.holdings(voucher.number))
    assert desk.voucher(voucher.number) == current(desk, voucher.number)
    assert desk.state.get(REDATING) is None
    desk.now_ms = at("2027-02-12", 0)
    assert desk.voucher(voucher.number).status_at(desk.now) == DUE


def test_a_promise_that_waits_for_its_answer_is_dated_too() -> None:
    desk = autumn()
    voucher = desk.issue(nominal_maturity="2027-02-08")

    publish(desk)
    desk.write_due()

    assert days_of(desk.voucher(voucher.number))[:2] == ("2027-02-12", FIRM)
    assert desk.voucher(voucher.number).status_at(desk.now) == ISSUED
    desk.now_ms += 10 * DAY_MS
    assert desk.voucher(voucher.number).status_at(desk.now) == "EXPIRED"


def test_an_act_before_the_job_reaches_the_voucher_meets_the_new_dates_and_tells_them() -> None:
    desk = autumn()
    voucher = desk.issue(nominal_maturity="2027-02-08")
    publish(desk)

    call = desk.by_tag(S1)
    change = desk.adopt(RULES["voucher.accept"](Accept(voucher.number, voucher.promise), call, desk.state))

    assert [type(event).__name__ for event in change.events] == [
        "MaturitySet",
        "VoucherAccepted",
        "AllocationCounted",
        "VoucherDisclosed",
    ]
    assert days_of(desk.voucher(voucher.number))[:2] == ("2027-02-12", FIRM)
    assert desk.voucher(voucher.number).status_at(desk.now) == ACTIVE
    assert desk.write_due() == []


def test_title_moves_by_the_new_black_out_before_the_record_says_it() -> None:
    desk = autumn()
    desk.policy("SPLIT", 2, "2026-10-01", blackout_business_days=0, offer_days=60)
    voucher = desk.active(nominal_maturity="2027-02-08")
    desk.now_ms = at("2027-02-07", 23)
    publish(desk)
    desk.now_ms = at("2027-02-09")
    args = MakeOffer(voucher.number, units(1), (row(1, 10, S2),))
    call = desk.by_tag(S1, labels=("identity", "trade"))
    with pytest.raises(refusals.VoucherNotActive):
        desk.adopt(rules.offer(args, call, desk.state))

    desk.adopt(RULES["voucher.offer"](args, call, desk.state))
    taken = desk.adopt(
        RULES["voucher.take"](Take(voucher.number, f"{call.operation}:1"), desk.by_tag(S2), desk.state)
    )

    assert [type(event).__name__ for event in taken.events] == ["TitleMoved"]
    assert desk.voucher(voucher.number).splits == 1


def test_title_and_new_dates_may_be_written_in_one_change() -> None:
    desk = autumn()
    desk.policy("SPLIT", 2, "2026-10-01", blackout_business_days=0, offer_days=60)
    voucher = desk.active(nominal_maturity="2027-02-08")
    desk.now_ms = at("2027-02-05")
    (name,) = desk.offer(voucher.number, S1, row(1, 10, S2))
    publish(desk)

    taken = desk.adopt(RULES["voucher.take"](Take(voucher.number, name), desk.by_tag(S2), desk.state))

    assert [type(event).__name__ for event in taken.events] == ["MaturitySet", "TitleMoved"]
    assert (desk.voucher(voucher.number).splits, desk.voucher(voucher.number).maturity) == (1, FIRM)


def test_due_work_dates_a_voucher_before_it_lets_it_fall_due() -> None:
    desk = autumn()
    voucher = desk.active(nominal_maturity="2027-02-08")
    desk.now_ms = at("2027-02-07", 23)
    publish(desk)
    desk.now_ms = at("2027-02-08", 1)
    queue = next(queue for queue in desk.due.queues if queue.kind.name == "voucher")

    events = [event for due in queue.run(desk.state, desk.now) for event in desk.adopt(due.change).events]

    assert [type(event) for event in events] == [MaturitySet]
    assert desk.voucher(voucher.number).status_at(desk.now) == ACTIVE


@pytest.mark.deadline(
    "voucher: ACTIVE (provisional) -> DUE_UNDATED", "voucher: DUE_UNDATED (calendar published) -> DUE"
)
def test_an_undated_voucher_gets_its_day_and_waits_for_it() -> None:
    desk = autumn()
    voucher = desk.active(nominal_maturity="2027-02-08")
    desk.now_ms = at("2027-02-09")
    assert [type(event) for event in desk.write_due()] == [VoucherFellDue]

    publish(desk)
    desk.write_due()

    assert days_of(desk.voucher(voucher.number))[:2] == ("2027-02-12", FIRM)
    assert desk.voucher(voucher.number).status_at(desk.now) == DUE_UNDATED
    desk.now_ms = at("2027-02-12", 0)
    assert desk.voucher(voucher.number).status_at(desk.now) == DUE


@pytest.mark.parametrize("is_written", [True, False])
def test_nobody_is_in_default_for_a_day_that_was_published_too_late(is_written: bool) -> None:
    desk = autumn()
    voucher = desk.active(nominal_maturity="2027-02-08")
    desk.now_ms = at("2027-02-12", 16)
    if is_written:
        desk.write_due()
    publish(desk)
    desk.now_ms += 2 * DAY_MS

    assert days_of(current(desk, voucher.number))[:2] == ("2027-02-15", FIRM)
    desk.write_due()

    assert current(desk, voucher.number) == desk.voucher(voucher.number)
    assert desk.voucher(voucher.number).status_at(desk.now) == DUE_UNDATED
    publish(desk, CalendarYear(2027, 2, CALENDAR_2027.holidays, ("2027-02-20",)))
    assert days_of(current(desk, voucher.number))[:2] == ("2027-02-15", FIRM)


def test_an_undated_voucher_whose_next_day_no_calendar_gives_stays_undated() -> None:
    desk = autumn()
    voucher = desk.active(nominal_maturity="2027-02-08")
    desk.now_ms = at("2028-01-05")

    publish(desk)
    desk.write_due()

    assert days_of(desk.voucher(voucher.number))[:2] == ("2027-02-08", PROVISIONAL)


def test_a_correction_moves_what_is_not_yet_due_and_nothing_else() -> None:
    desk = Desk(now_ms=at("2026-04-01"))
    due = desk.active(nominal_maturity="2026-04-20")
    moved = desk.active(nominal_maturity="2026-09-14")
    same = desk.active(nominal_maturity="2026-08-14")
    waiting = desk.issue(nominal_maturity="2026-09-14", receiver=S2)
    desk.now_ms = at("2026-04-25")
    publish(
        desk,
        CalendarYear(
            2026,
            2,
            tuple(sorted((*CALENDAR_2026.holidays, "2026-09-14"))),
            CALENDAR_2026.make_up_working_days,
        ),
    )

    dated = [event.voucher for event in desk.write_due() if isinstance(event, MaturitySet)]

    assert dated == [waiting.number, moved.number]
    assert days_of(desk.voucher(moved.number)) == ("2026-09-15", FIRM, "2026-09-09")
    assert desk.voucher(same.number) == same
    assert desk.voucher(due.number).effective_maturity == "2026-04-20"


def test_a_correction_may_bring_a_day_forward_but_never_before_the_nominal_one() -> None:
    desk = Desk(now_ms=at("2026-10-01"))
    late = desk.issue(nominal_maturity="2026-10-04", receiver=S2)
    assert late.effective_maturity == "2026-10-08"

    publish(desk, CalendarYear(2026, 2, CALENDAR_2026.holidays[:-2], CALENDAR_2026.make_up_working_days))
    desk.write_due()

    assert desk.voucher(late.number).effective_maturity == "2026-10-06"
    desk.now_ms = at("2026-10-06", 0)
    assert desk.voucher(late.number).status_at(desk.now) == "EXPIRED"


@pytest.mark.deadline("redating: RUNNING -> RUNNING", "redating: RUNNING -> (nothing)")
def test_the_job_goes_through_the_days_in_bounded_steps_and_a_second_publication_begins_it_anew() -> None:
    desk = Desk(now_ms=at("2026-08-28"))
    numbers = [desk.issue(nominal_maturity="2027-02-26").number for _ in range(60)]
    desk.now_ms = at("2026-08-31")
    numbers += [desk.issue(nominal_maturity="2027-02-26").number for _ in range(3)]
    publish(desk)
    job = next(queue for queue in desk.due.queues if queue.kind.name == "redating")
    steps = job.run(desk.state, desk.now)

    desk.adopt(next(steps).change)
    halfway = desk.state.get(REDATING)
    assert halfway is not None
    assert (halfway.day, halfway.serial) == ("2026-08-28", 60 + 3 - VOUCHERS_A_STEP)
    publish(desk, CalendarYear(2028, 1, (), ()))
    again = desk.state.get(REDATING)
    assert again is not None
    assert (again.first_year, again.last_year, again.day, again.serial) == (2026, 2029, "2026-08-31", 3)
    while desk.state.get(REDATING) is not None:
        desk.write_due()

    assert STEPS_PER_BLOCK * VOUCHERS_A_STEP == 500
    assert {desk.voucher(number).maturity for number in numbers} == {FIRM}


def test_a_calendar_of_an_empty_chain_begins_no_job_and_days_too_old_to_matter_are_not_looked_at() -> None:
    desk = autumn()
    publish(desk)
    assert desk.state.get(REDATING) is None
    desk.active(nominal_maturity="2027-02-08")
    desk.now_ms = at("2026-10-12")
    desk.active(nominal_maturity="2027-02-08")
    publish(desk, CalendarYear(2040, 1, (), ()))

    assert desk.write_due() == []
    assert desk.state.get(REDATING) is None


def test_vouchers_that_have_left_are_passed_over() -> None:
    desk = autumn()
    voucher = desk.issue(nominal_maturity="2027-02-08")
    desk.withdraw(voucher.number)
    desk.now_ms += 31 * DAY_MS
    desk.write_due()
    assert desk.state.get(VOUCHERS, voucher.number) is None

    publish(desk)
    call = desk.call(member_author(MemberId("ce-a")), "ce-a", ("trade",))
    backing = desk.backing(S1, 5)
    args = Issue(hex_of(7, 32), S1, "CNY", units(5), "2027-02-08", MemberId("settle-a"), *backing)
    desk.adopt(RULES["voucher.issue"](args, call, desk.state))

    assert desk.write_due() == []


def test_a_rule_sees_the_dated_voucher_among_the_rows_as_they_are() -> None:
    desk = autumn()
    voucher = desk.active(nominal_maturity="2027-02-08")
    publish(desk)

    def looking(args: Withdraw, _call: Call, state: Reader) -> Change:
        number = args.voucher
        found = state.get(VOUCHERS, number)
        assert found is not None
        assert found.effective_maturity == "2027-02-12"
        assert state.scan(HOLDINGS, number) == list(state.iterate(HOLDINGS, number)) == desk.holdings(number)
        return Change()

    rule = dated_first(looking, lambda args: args.voucher)
    change = rule(Withdraw(voucher.number), desk.by_tag(S1), desk.state)

    assert change.writes[0].key == VOUCHERS.key(voucher.number)
