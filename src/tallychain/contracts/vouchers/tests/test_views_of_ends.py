"""Rows of cancellations and claims, and what calendars, cancelling and porting change in the other rows."""

from tallychain.contracts.vouchers import CONTRACT
from tallychain.contracts.vouchers.cancelling.state import AGREED, CANCELLATION_STATUSES, LAPSED, PENDING
from tallychain.contracts.vouchers.dating.state import RUNNING
from tallychain.contracts.vouchers.sponsoring.state import ANSWERED, CLAIM_STATUSES, FREE, OVER, WAITING
from tallychain.contracts.vouchers.state import ACTIVE, CANCELLED, DUE, FIRM, LIVE
from tallychain.contracts.vouchers.tests.desk import CALENDAR_2027, DAY_MS, at, person, row
from tallychain.contracts.vouchers.tests.test_views import Following
from tallychain.ledger.timeline import Timeline, status_at

S1, S2 = person("s1"), person("s2", "bank-b")
HOUR_MS = 3_600_000


def status(desk: Following, view: str, key: str) -> str:
    timeline = desk.rows[view, (key,)]["status"]
    assert isinstance(timeline, Timeline)
    return status_at(timeline, desk.now)


def test_a_cancellation_shows_how_many_consents_are_missing_until_it_is_agreed() -> None:
    desk = Following()
    voucher = desk.active()
    desk.pass_on(voucher.number, S1, row(1, 10, S2))
    proposal = desk.cancel(voucher.number)
    shown = desk.rows["cancellations", (proposal,)]
    assert (shown["voucher"], shown["holdings"], shown["missing"]) == (voucher.number, 2, 2)
    assert status(desk, "cancellations", proposal) == PENDING

    desk.consent(voucher.number, proposal, S2)
    assert desk.rows["cancellations", (proposal,)]["missing"] == 1
    (given,) = desk.of("cancellation_consents")
    assert given == (proposal, desk.holdings(voucher.number)[0].id)
    desk.consent(voucher.number, proposal, S1, holding=11)

    assert status(desk, "cancellations", proposal) == AGREED
    assert status(desk, "vouchers", voucher.number) == CANCELLED
    assert {status(desk, "holdings", held.id) for held in desk.holdings(voucher.number)} == {CANCELLED}


def test_a_cancellation_that_lapses_is_shown_so_before_it_is_written_down_and_after() -> None:
    desk = Following()
    proposal = desk.cancel(desk.active().number)

    desk.now_ms += 5 * DAY_MS
    assert status(desk, "cancellations", proposal) == LAPSED
    desk.write_due()

    assert status(desk, "cancellations", proposal) == LAPSED
    assert desk.rows["cancellations", (proposal,)]["missing"] == 1


def test_a_claim_is_shown_with_what_became_of_it() -> None:
    desk = Following()
    number = desk.active().number
    desk.claim(number, S1, "bank-b", holding=1)
    shown = desk.rows["claims", (S1.tag,)]
    assert (shown["sponsor"], status(desk, "claims", S1.tag)) == ("bank-a", WAITING)
    desk.now_ms += HOUR_MS
    desk.write_due()
    assert status(desk, "claims", S1.tag) == FREE
    desk.now_ms += 24 * HOUR_MS
    desk.write_due()
    assert status(desk, "claims", S1.tag) == OVER

    desk.claim(number, S1, "bank-b", holding=1)
    desk.answer_claim(S1.tag, "bank-a")

    assert status(desk, "claims", S1.tag) == ANSWERED


def test_a_holding_that_is_ported_shows_its_sponsor_and_so_do_its_open_offers() -> None:
    desk = Following()
    voucher = desk.active()
    (offer,) = desk.offer(voucher.number, S1, row(1, 5, S2))

    desk.port(voucher.number, S1, "settle-a")

    (holding,) = desk.holdings(voucher.number)
    assert desk.rows["holdings", (holding.id,)]["sponsor"] == "settle-a"
    assert desk.rows["offers", (offer,)]["giver_sponsor"] == "settle-a"


def test_a_calendar_moves_the_days_of_voucher_and_holdings() -> None:
    desk = Following()
    desk.now_ms = at("2026-10-09")
    voucher = desk.active(nominal_maturity="2027-02-08")
    desk.publish(CALENDAR_2027)
    desk.write_due()
    (holding,) = desk.holdings(voucher.number)
    shown = desk.rows["vouchers", (voucher.number,)]
    assert (shown["effective_maturity"], shown["maturity"]) == ("2027-02-12", FIRM)

    desk.now_ms = at("2027-02-11")
    assert (status(desk, "vouchers", voucher.number), status(desk, "holdings", holding.id)) == (ACTIVE, LIVE)
    desk.now_ms = at("2027-02-12", 0)
    assert (status(desk, "vouchers", voucher.number), status(desk, "holdings", holding.id)) == (DUE, DUE)


def test_every_status_of_cancellations_and_claims_has_words_in_both_languages() -> None:
    for name in (*CANCELLATION_STATUSES, *CLAIM_STATUSES, CANCELLED):
        assert CONTRACT.words[name].en
        assert CONTRACT.words[name].zh
    assert RUNNING not in CONTRACT.words
