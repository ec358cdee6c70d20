"""A seller asks; funders commit, and deliver what they have committed to, and nothing else."""

import pytest
from msgspec.structs import replace

from tallychain.contracts.vouchers.financing import refusals
from tallychain.contracts.vouchers.financing.events import FinancingAsked, QuotesEnded, QuoteVoided
from tallychain.contracts.vouchers.financing.state import QUOTES_MAX
from tallychain.contracts.vouchers.financing.tests.desk import (
    FUNDERS,
    HOUR_MS,
    TRUE,
    Desk,
    quoted,
    sealed_as,
)
from tallychain.contracts.vouchers.pledging.tests.desk import refused
from tallychain.contracts.vouchers.settling.tests.desk import S1, S2
from tallychain.contracts.vouchers.tests.desk import DAY_MS, at, row
from tallychain.ledger import codec


def test_asking_binds_nothing_and_every_funder_sees_the_same() -> None:
    desk = Desk()
    number, _ = desk.second_asks()

    (asked,) = desk.events
    assert isinstance(asked, FinancingAsked)
    assert (asked.issuer, asked.funders, asked.maturity) == ("ce-a", FUNDERS, "2026-09-14")
    assert asked.last - asked.first + 1 == 30_000_000
    assert desk.holdings(number)[0].encumbrances == ()
    desk.offer(number, S2, row(1, 5, S1))


@pytest.mark.deadline("financing: BIDDING -> REVEALING", "financing: CHOOSING -> LAPSED")
def test_quotes_reveals_and_the_choice_have_their_times() -> None:
    desk = Desk()
    number, name = desk.second_asks()
    desk.commit(number, name)
    assert desk.financing_status(name) == "BIDDING"
    desk.now_ms = at("2026-04-15", 10) - 1
    desk.commit(number, name, "bank-a")
    assert refused(refusals.FinancingStands, desk.reveal, number, name)["status"] == "BIDDING"
    desk.now_ms += 1
    assert refused(refusals.FinancingStands, desk.commit, number, name)["status"] == "REVEALING"
    desk.reveal(number, name)
    desk.now_ms = at("2026-04-15", 10, 30) - 1
    assert desk.financing_status(name) == "REVEALING"
    desk.now_ms += 1
    assert refused(refusals.FinancingStands, desk.reveal, number, name, "bank-a")["status"] == "CHOOSING"
    desk.now_ms = at("2026-04-17", 0) - 1
    assert desk.financing_status(name) == "CHOOSING"
    desk.now_ms += 1
    assert desk.financing_status(name) == "LAPSED"


@pytest.mark.attack(21)
@pytest.mark.deadline("financing: REVEALING -> CHOOSING")
def test_who_does_not_deliver_is_on_record_and_cannot_be_chosen() -> None:
    desk = Desk()
    number, name = desk.second_asks()
    for funder in FUNDERS:
        desk.commit(number, name, funder)
    desk.now_ms += HOUR_MS
    desk.write_due()
    desk.reveal(number, name, "factor-a")
    desk.now_ms += HOUR_MS

    (ended,) = desk.write_due()

    assert isinstance(ended, QuotesEnded)
    assert ended.unrevealed == ("bank-a", "bank-b")
    refused(refusals.QuoteNotUsable, desk.award, number, name, by=S2)
    desk.award(number, name, "factor-a", by=S2)


def test_the_choice_begins_when_the_last_quote_has_come() -> None:
    desk = Desk()
    number, name = desk.second_asks()
    desk.commit(number, name, "bank-a")
    desk.commit(number, name, "bank-b")
    desk.now_ms += HOUR_MS
    desk.reveal(number, name, "bank-a")
    assert desk.financing_status(name) == "REVEALING"

    change = desk.reveal(number, name, "bank-b")

    assert [event.unrevealed for event in change.events if isinstance(event, QuotesEnded)] == [()]
    assert desk.financing_status(name) == "CHOOSING"


@pytest.mark.attack(21)
def test_a_later_quote_replaces_the_earlier_one_and_five_are_enough() -> None:
    desk = Desk()
    number, name = desk.second_asks()
    for rate in range(36_000, 36_000 + QUOTES_MAX):
        desk.commit(number, name, content=quoted(rate))
    refused(refusals.TooManyQuotes, desk.commit, number, name)
    assert desk.financing(name).committed == 1
    desk.now_ms += HOUR_MS

    refused(refusals.QuoteDiffers, desk.reveal, number, name, content=codec.encode(quoted(36_000)))
    desk.contents[name, "bank-b"] = codec.encode(quoted(36_000 + QUOTES_MAX - 1))
    desk.reveal(number, name)
    refused(refusals.QuoteDelivered, desk.reveal, number, name)


def test_scenario_17_another_rate_than_committed_is_not_delivered() -> None:
    desk = Desk()
    number, name = desk.second_asks()
    desk.commit(number, name, content=quoted(36_000))
    desk.now_ms += HOUR_MS

    before = desk.content()
    refused(refusals.QuoteDiffers, desk.reveal, number, name, content=codec.encode(quoted(37_000)))

    assert desk.content() == before
    assert desk.quote(name, "bank-b") is not None


@pytest.mark.attack(9)
def test_a_copied_commitment_cannot_be_delivered() -> None:
    """The commitment covers author and nonce of the reveal, so only its own author's part opens to it."""
    desk = Desk()
    number, name = desk.second_asks()
    desk.commit(number, name, "bank-a")
    desk.commit(number, name, "bank-b")
    copied = desk.quote(name, "bank-a")
    assert copied is not None
    assert copied.commitment == sealed_as(codec.encode(TRUE))
    desk.now_ms += HOUR_MS

    refused(refusals.QuoteDiffers, desk.reveal, number, name, "bank-b", content=b"{}")


FALSE = codec.encode(replace(TRUE, net=TRUE.net + 100))


@pytest.mark.parametrize("content", [FALSE, b"no quote at all"])
def test_a_false_quote_is_void_once_the_seller_has_shown_it(content: bytes) -> None:
    desk = Desk()
    number, name = desk.second_asks()
    desk.commit(number, name, content=content)
    desk.now_ms += HOUR_MS
    refused(refusals.QuoteNotUsable, desk.challenge, number, name, by=S2)
    desk.reveal(number, name)

    change = desk.challenge(number, name, by=S2)

    assert [type(event) for event in change.events] == [QuoteVoided]
    refused(refusals.QuoteNotUsable, desk.challenge, number, name, by=S2)
    refused(refusals.QuoteNotUsable, desk.award, number, name, by=S2)


def test_a_true_quote_is_not_void_and_nobody_shows_what_was_not_delivered() -> None:
    desk = Desk()
    number, name = desk.second_asks()
    desk.commit(number, name)
    desk.now_ms += HOUR_MS
    desk.reveal(number, name)

    refused(refusals.QuoteIsTrue, desk.challenge, number, name, by=S2)
    refused(refusals.ChallengeNotProven, desk.challenge, number, name, by=S2, content=FALSE)
    refused(refusals.QuoteNotFound, desk.challenge, number, name, "bank-a", by=S2)


def test_a_choice_in_time_says_who_did_not_deliver_though_due_work_is_late() -> None:
    desk = Desk()
    number, name = desk.second_asks()
    desk.commit(number, name, "bank-a")
    desk.commit(number, name, "bank-b")
    desk.now_ms += HOUR_MS
    desk.reveal(number, name)
    desk.now_ms += HOUR_MS

    change = desk.award(number, name, by=S2)

    assert [event.unrevealed for event in change.events if isinstance(event, QuotesEnded)] == [("bank-a",)]
    assert desk.quote(name, "bank-a") is None


@pytest.mark.deadline("financing: LAPSED -> GONE")
def test_what_nobody_chose_lapses_and_leaves() -> None:
    desk = Desk()
    number, name = desk.second_asks()
    desk.commit(number, name)
    desk.now_ms += HOUR_MS
    desk.reveal(number, name)
    desk.now_ms = at("2026-04-17", 0)
    desk.write_due()
    assert desk.quote(name, "bank-b") is None
    refused(refusals.FinancingStands, desk.award, number, name, by=S2)
    desk.now_ms = at("2026-05-17", 0)
    refused(refusals.FinancingNotFound, desk.award, number, name, by=S2)
    desk.write_due()
    assert desk.financing_status(name) == "GONE"


@pytest.mark.deadline("financing: CLOSED -> GONE")
def test_a_seller_may_take_none_of_the_quotes() -> None:
    desk = Desk()
    number, name = desk.second_asks()
    desk.commit(number, name)

    desk.close(number, name, by=S2)

    assert desk.financing_status(name) == "CLOSED"
    assert desk.quote(name, "bank-b") is None
    refused(refusals.FinancingStands, desk.close, number, name, by=S2)
    desk.now_ms += 30 * DAY_MS
    desk.write_due()
    assert desk.financing_status(name) == "GONE"


def test_the_black_out_ends_a_choice() -> None:
    desk = Desk()
    number = desk.active().number
    desk.now_ms = at("2026-09-08", 22)
    name = desk.ask(number)
    desk.commit(number, name)
    desk.now_ms += HOUR_MS
    desk.reveal(number, name)
    desk.now_ms = at("2026-09-09", 0)

    assert desk.financing_status(name) == "LAPSED"
