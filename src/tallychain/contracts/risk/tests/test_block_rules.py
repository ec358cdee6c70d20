"""Who has missed a payment issues nothing from the cut-off on until it is made."""

import pytest

from tallychain.contracts.risk import api
from tallychain.contracts.risk.events import IssuerCured, IssuerWasBlocked
from tallychain.contracts.risk.state import BLOCKED, EXPECTED, MISSED
from tallychain.contracts.risk.tests.desk import V1, V2, V3, Desk, at
from tallychain.contracts.risk.tests.test_ceiling_rules import code_of
from tallychain.ledger.contract import Change
from tallychain.ledger.types import MemberId

CUTOFF_MS = at("2026-09-14", 17)


@pytest.mark.deadline("block: may issue -> blocked")
@pytest.mark.attack(5)
def test_the_block_begins_at_the_cut_off_even_if_nobody_has_written_it_down() -> None:
    desk = Desk()
    desk.grant(1_000)
    desk.expect(CUTOFF_MS)
    desk.now_ms = CUTOFF_MS - 1
    desk.use(1)
    assert not desk.is_blocked()

    desk.now_ms = CUTOFF_MS

    assert desk.is_blocked()
    assert desk.state.get(BLOCKED, "ce-a") is None
    assert code_of(lambda: desk.use(1), desk) == "ISSUER_BLOCKED"
    assert not desk.is_blocked("ce-b")


def test_a_payment_before_the_cut_off_leaves_nothing_to_miss() -> None:
    desk = Desk()
    desk.grant(1_000)
    desk.expect(CUTOFF_MS)
    desk.meet(CUTOFF_MS)
    desk.now_ms = CUTOFF_MS

    assert not desk.is_blocked()
    assert desk.state.get(EXPECTED, "ce-a", CUTOFF_MS) is None


def test_of_two_payments_by_one_cut_off_both_have_to_be_made() -> None:
    desk = Desk()
    desk.expect(CUTOFF_MS)
    desk.expect(CUTOFF_MS)
    desk.meet(CUTOFF_MS)
    desk.now_ms = CUTOFF_MS

    assert desk.is_blocked()
    desk.meet(CUTOFF_MS)
    assert not desk.is_blocked()


def test_a_later_cut_off_hides_no_earlier_one() -> None:
    desk = Desk()
    desk.expect(at("2026-12-14", 17))
    desk.expect(CUTOFF_MS)
    desk.now_ms = CUTOFF_MS

    assert desk.is_blocked()


def test_an_outage_at_the_cut_off_moves_it() -> None:
    desk = Desk()
    desk.expect(CUTOFF_MS)
    desk.outage(CUTOFF_MS - 3_600_000, CUTOFF_MS + 3_600_000, 1_800_000)

    desk.now_ms = CUTOFF_MS + 3_600_000
    assert not desk.is_blocked()
    desk.now_ms += 1_800_000
    assert desk.is_blocked()


def test_a_missed_payment_is_put_on_record_and_lifted_when_the_last_of_them_is_made() -> None:
    desk = Desk()
    desk.grant(1_000)
    desk.now_ms = CUTOFF_MS

    assert desk.block(V1).events == (IssuerWasBlocked("ce-a", V1, 1, CUTOFF_MS),)
    assert desk.block(V2).events == (IssuerWasBlocked("ce-a", V2, 2, CUTOFF_MS),)
    assert code_of(lambda: desk.use(1), desk) == "ISSUER_BLOCKED"
    assert desk.unblock(V1).events == (IssuerCured("ce-a", V1, 1),)
    assert desk.is_blocked()
    assert desk.unblock(V2).events == (IssuerCured("ce-a", V2, 0),)

    assert not desk.is_blocked()
    desk.use(1)
    assert desk.state.scan(MISSED) == []


def test_what_is_on_record_is_recorded_once_and_what_is_not_is_not_lifted() -> None:
    desk = Desk()
    desk.block(V1)

    assert desk.block(V1) == Change()
    assert desk.unblock(V3) == Change()
    assert desk.meet(CUTOFF_MS) == Change()
    assert desk.is_blocked()


def test_money_booked_in_time_and_attested_later_lifts_the_block() -> None:
    desk = Desk()
    desk.grant(1_000)
    desk.expect(CUTOFF_MS)
    desk.now_ms = CUTOFF_MS + 1
    desk.block(V1)
    desk.now_ms = CUTOFF_MS + 1_200_000

    # A voucher's rule adds both to its own Change: they write different rows.
    desk.adopt(
        api.meet(desk.state, MemberId("ce-a"), CUTOFF_MS) + api.unblock(desk.state, MemberId("ce-a"), V1)
    )

    assert not desk.is_blocked()
    desk.use(1)
