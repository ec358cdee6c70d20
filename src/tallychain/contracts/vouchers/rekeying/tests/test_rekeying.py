"""A lost wallet: who has to say so, how the old key says no, what goes along, and how it ends whoever is silent."""

import pytest
from msgspec.structs import replace

from tallychain.contracts.vouchers import CONTRACT
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.operations import MakeOffer
from tallychain.contracts.vouchers.pledging.tests.desk import refused
from tallychain.contracts.vouchers.rekeying import audiences, refusals
from tallychain.contracts.vouchers.rekeying.declared import CLIENT_EXAMPLE, CONSENT, PROPOSE, TAKE
from tallychain.contracts.vouchers.rekeying.events import HolderRekeyed, RekeyEnded, RekeyVetoed
from tallychain.contracts.vouchers.rekeying.operations import (
    ConsentRekey,
    ProposeRekey,
    TakeRekeyed,
    VetoRekey,
)
from tallychain.contracts.vouchers.rekeying.state import REKEY_STATUSES
from tallychain.contracts.vouchers.rekeying.tests.desk import NEW, OPENS, RULES, Desk, MoneyDesk
from tallychain.contracts.vouchers.rekeying.views import CLIENTS_VIEW
from tallychain.contracts.vouchers.settling import refusals as settling
from tallychain.contracts.vouchers.settling.tests.desk import S1, S2, S3
from tallychain.contracts.vouchers.settling.tests.test_views import Following as SettlingFollowing
from tallychain.contracts.vouchers.sponsoring.refusals import HoldingNamedTwice
from tallychain.contracts.vouchers.tests.desk import DAY_MS, at, person, row, units
from tallychain.ledger.types import MemberId
from tallychain.ledger.views import Opening

NO_VOUCHER = "EVTRIA20260316000000000180"


class Following(SettlingFollowing, Desk):
    """A desk of changes of keys whose events are projected as they come."""


def test_the_client_of_a_lost_wallet_has_its_holding_under_other_keys_after_three_business_days() -> None:
    desk = Following()
    number = desk.active().number
    (before,) = desk.holdings(number)
    name = desk.propose_rekey(number)
    desk.consent_rekey(number, name)
    desk.now_ms = OPENS - 1
    assert refused(refusals.RekeyNotPending, desk.take_rekeyed, number, name)["status"] == "CONSENTED"
    desk.now_ms = OPENS

    change = desk.take_rekeyed(number, name)

    (holding,) = desk.holdings(number)
    assert holding == replace(before, tag=NEW.tag, sealing=NEW.sealing)
    assert change.events == (HolderRekeyed(name, number, S1.tag, NEW, (holding.id,), (), ()),)
    assert desk.row("holdings", holding.id)["tag"] == NEW.tag
    assert desk.status_of("rekeys", name) == "REKEYED"
    refused(general.NotTheHolder, desk.offer, number, S1, row(1, 9, S2))
    desk.offer(number, NEW, row(1, 9, S2))


@pytest.mark.attack(28)
def test_a_sponsor_and_another_bank_that_want_a_clients_title_meet_its_objection_through_any_member() -> None:
    desk = Following()
    number = desk.active().number
    thief = person("thief")
    name = desk.propose_rekey(number, receiver=thief)
    desk.consent_rekey(number, name)
    desk.now_ms = OPENS - 1

    change = desk.veto_rekey(number, name, via="settle-a")

    (told,) = change.events
    assert isinstance(told, RekeyVetoed)
    assert (told.proposer, told.second) == ("bank-a", "bank-b")
    desk.now_ms = OPENS
    assert refused(refusals.RekeyNotPending, desk.take_rekeyed, number, name, by=thief)["status"] == "VETOED"
    assert desk.holdings(number)[0].tag == S1.tag
    assert desk.status_of("rekeys", name) == "VETOED"
    desk.now_ms = at("2026-04-18", 22)
    assert refused(refusals.RekeyStands, desk.propose_rekey, number)["status"] == "VETOED"


@pytest.mark.deadline("rekey: VETOED -> FORGOTTEN")
def test_thirty_days_after_an_objection_it_may_be_proposed_again() -> None:
    desk = Following()
    number = desk.active().number
    name = desk.propose_rekey(number)
    desk.veto_rekey(number, name)
    desk.now_ms += 30 * DAY_MS
    (ended,) = desk.write_due()
    assert isinstance(ended, RekeyEnded)
    assert (ended.status, ended.since_ms) == ("FORGOTTEN", desk.now_ms)
    desk.propose_rekey(number)


@pytest.mark.parametrize("days", [0, 3, 5])
def test_whatever_the_old_key_does_shows_that_it_is_not_lost(days: int) -> None:
    desk = Following()
    number = desk.active().number
    name = desk.propose_rekey(number)
    if days:
        desk.consent_rekey(number, name)
    desk.now_ms += days * DAY_MS
    call = desk.by_tag(S1, labels=("identity", "trade"))
    args = MakeOffer(number, units(1), (row(1, 9, S2),))

    change = desk.adopt(RULES["voucher.offer"](args, call, desk.state))

    assert isinstance(change.events[-1], RekeyVetoed)
    assert desk.rekey_status() == "VETOED"
    again = desk.by_tag(S1, labels=("identity", "trade"))
    later = MakeOffer(number, units(1), (row(11, 19, S2),))
    assert len(desk.adopt(RULES["voucher.offer"](later, again, desk.state)).events) == 1


@pytest.mark.deadline("rekey: PROPOSED -> LAPSED")
def test_a_second_bank_that_is_silent_for_five_days_ends_it() -> None:
    desk = Following()
    number = desk.active().number
    name = desk.propose_rekey(number)
    desk.now_ms += 5 * DAY_MS - 1
    assert desk.rekey_status() == "PROPOSED"
    desk.now_ms += 1
    assert refused(refusals.RekeyNotPending, desk.consent_rekey, number, name)["status"] == "LAPSED"
    (ended,) = desk.write_due()
    assert isinstance(ended, RekeyEnded)
    assert (ended.status, ended.since_ms) == ("LAPSED", desk.now_ms)
    assert desk.status_of("rekeys", name) == "LAPSED"


@pytest.mark.deadline("rekey: CONSENTED -> TAKEABLE")
@pytest.mark.deadline("rekey: TAKEABLE -> LAPSED")
def test_an_old_key_that_is_silent_lets_the_new_one_take_over_for_thirty_days_and_no_longer() -> None:
    desk = Following()
    number = desk.active().number
    name = desk.takeable(number)
    assert desk.write_due() == []
    assert desk.rekey_status() == desk.status_of("rekeys", name) == "TAKEABLE"
    desk.now_ms = OPENS + 30 * DAY_MS
    assert refused(refusals.RekeyNotPending, desk.take_rekeyed, number, name)["status"] == "LAPSED"
    (ended,) = desk.write_due()
    assert isinstance(ended, RekeyEnded)
    assert ended.status == "LAPSED"
    assert desk.holdings(number)[0].tag == S1.tag


def test_over_holidays_the_old_key_has_three_business_days_all_the_same() -> None:
    desk = Desk()
    number = desk.active().number
    desk.now_ms = at("2026-09-30", 10)
    name = desk.consented(number)
    desk.now_ms = at("2026-10-10", 23)
    assert desk.rekey_status() == "CONSENTED"
    desk.now_ms = at("2026-10-11", 0)
    desk.take_rekeyed(number, name)


def test_another_member_proposes_where_the_sponsor_is_suspended_and_sponsors_the_new_tag() -> None:
    desk = Following()
    number = desk.active().number
    elsewhere = person("s1-new", "bank-b")
    refused(
        general.NotTheSponsor, desk.propose_rekey, number, receiver=elsewhere, second="settle-a", by="bank-b"
    )
    desk.suspended("bank-a")
    refused(general.RecipientNotEligible, desk.propose_rekey, number)

    name = desk.propose_rekey(number, receiver=elsewhere, second="settle-a", by="bank-b")
    desk.consent_rekey(number, name, by="settle-a")
    desk.now_ms = OPENS
    desk.take_rekeyed(number, name, by=elsewhere)

    (holding,) = desk.holdings(number)
    assert (holding.tag, holding.sponsor) == (elsewhere.tag, "bank-b")
    assert desk.row("holdings", holding.id)["sponsor"] == "bank-b"


def test_a_sponsor_that_falls_meanwhile_gets_no_holding_and_another_member_proposes_anew() -> None:
    desk = Following()
    number = desk.active().number
    name = desk.takeable(number)
    desk.suspended("bank-a")
    assert refused(general.RecipientNotEligible, desk.take_rekeyed, number, name) == {"sponsor": "bank-a"}

    desk.propose_rekey(number, receiver=person("s1-new", "bank-b"), second="settle-a", by="bank-b")

    assert desk.status_of("rekeys", name) == "LAPSED"
    assert desk.rekey_status() == "PROPOSED"


def test_in_the_black_out_and_after_default_keys_are_changed_and_the_debt_is_collected() -> None:
    desk = Desk()
    number = desk.active().number
    desk.now_ms = at("2026-09-10", 12)
    name = desk.consented(number)
    desk.name_payee(number, 1)
    desk.now_ms = at("2026-09-16", 0)
    assert desk.status(number) == "UNPAID_PENDING"
    desk.write_due()
    desk.take_rekeyed(number, name)
    desk.attest(number, "1,000,000.00", booked_ms=desk.now_ms)
    assert desk.status(number) == "SETTLED_LATE"
    other = person("s1-third")
    found = refused(general.VoucherNotActive, desk.propose_rekey, number, receiver=other)
    assert found["status"] == "SETTLED_LATE"


def test_open_offers_and_wished_for_pledges_end_and_stale_locks_are_written_down() -> None:
    desk = Following()
    number = desk.active().number
    desk.now_ms = at("2026-04-13", 10)
    name = desk.consented(number)
    desk.now_ms = at("2026-04-17", 0)
    (stale,) = desk.offer(number, S1, row(1, 9, S2))
    desk.now_ms += 5 * DAY_MS
    (offer,) = desk.offer(number, S1, row(11, 19, S2))

    desk.take_rekeyed(number, name)

    assert desk.status_of("offers", offer) == "ENDED"
    assert desk.status_of("offers", stale) == "EXPIRED"
    assert desk.holdings(number)[0].encumbrances == ()
    refused(general.OfferNotOpen, desk.take, number, offer, S2)
    assert desk.write_due() == []


def test_a_pledge_that_is_not_accepted_ends_and_one_in_force_goes_along_with_its_holder() -> None:
    desk = Following()
    number = desk.active().number
    name = desk.takeable(number)
    asked = desk.pledge(number, pledgee="settle-a")
    desk.take_rekeyed(number, name)
    assert desk.status_of("pledges", asked) == "LAPSED"

    second = desk.active(reference="ab" * 16).number
    pledge = desk.pledged(second)
    held = desk.propose_rekey(second)
    desk.consent_rekey(second, held)
    desk.now_ms += 7 * DAY_MS
    change = desk.take_rekeyed(second, held)
    (told,) = [event for event in change.events if isinstance(event, HolderRekeyed)]
    assert told.pledges == (pledge,)
    assert desk.row("pledges", pledge)["tag"] == NEW.tag
    claim = desk.claim_pledge(second, pledge)
    refused(general.NotTheHolder, desk.contest, second, pledge, claim)
    desk.contest(second, pledge, claim, by=NEW)


def test_a_dispute_goes_along_and_the_new_key_answers_it() -> None:
    desk = Following()
    number = desk.active().number
    dispute = desk.dispute(number, 1, 10_000_000)
    name = desk.takeable(number)
    desk.take_rekeyed(number, name, 1, 10_000_001)
    assert [one.tag for one in desk.holdings(number)] == [NEW.tag, NEW.tag]
    assert desk.row("disputes", number, dispute)["tag"] == NEW.tag
    refused(general.NotTheHolder, desk.answer, number, dispute)
    desk.answer(number, dispute, admits=True, by=NEW)


@pytest.mark.parametrize("kind", ["FREEZE", "REDEMPTION"])
def test_a_court_and_money_on_its_way_come_first(kind: str) -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.takeable(number)
    if kind == "FREEZE":
        desk.freeze(number)
    else:
        desk.agreed(number)

    assert refused(settling.UnitsBound, desk.take_rekeyed, number, name)["kind"] == kind


def test_an_awarded_financing_comes_first() -> None:
    desk = MoneyDesk()
    number = desk.active().number
    name = desk.takeable(number)
    desk.chosen(number, last=100_000_000)

    assert refused(settling.UnitsBound, desk.take_rekeyed, number, name)["kind"] == "FINANCING"


def test_a_request_for_money_that_was_not_awarded_is_over_with_the_old_key() -> None:
    desk = MoneyDesk()
    number = desk.active().number
    name = desk.takeable(number)
    asked = desk.ask(number)
    desk.commit(number, asked)
    desk.take_rekeyed(number, name)
    desk.now_ms += 3_600_000
    desk.reveal(number, asked)
    refused(general.NotTheHolder, desk.award, number, asked, by=NEW)


def test_only_what_the_old_tag_still_holds_is_taken_over() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.takeable(number)
    desk.pass_on(number, S1, row(11, 20, S3))
    refused(general.HoldingNotFound, desk.take_rekeyed, number, name, 2)
    refused(general.NotTheHolder, desk.take_rekeyed, number, name, 11)
    refused(HoldingNamedTwice, desk.take_rekeyed, number, name, 1, 1)
    desk.take_rekeyed(number, name, 1, 21)
    assert [one.tag for one in desk.holdings(number)] == [NEW.tag, S3.tag, NEW.tag]


def test_a_proposal_is_refused_in_the_order_of_precedence() -> None:
    desk = Desk()
    number = desk.active().number
    refused(general.VoucherNotFound, desk.propose_rekey, NO_VOUCHER)
    refused(general.HoldingNotFound, desk.propose_rekey, number, 9, by="bank-b")
    refused(general.NotTheSponsor, desk.propose_rekey, number, by="bank-b")
    strange = replace(NEW, sponsor=MemberId("supervisor"))
    refused(general.RecipientNotEligible, desk.propose_rekey, number, receiver=strange)
    weak = replace(NEW, tag="ed25519:" + "00" * 32)
    refused(general.KeyNotAdmitted, desk.propose_rekey, number, receiver=weak)
    refused(general.NotTheSponsor, desk.propose_rekey, number, receiver=person("s1-new", "bank-b"))
    refused(general.ReceiverIsHolder, desk.propose_rekey, number, receiver=S1)
    for second in ("bank-a", "ce-a", "supervisor", "nobody"):
        found = refused(refusals.SecondBankNotEligible, desk.propose_rekey, number, second=second)
        assert found == {"second": second}
    name = desk.propose_rekey(number)
    found = refused(refusals.RekeyStands, desk.propose_rekey, number)
    assert found == {"tag": S1.tag, "rekey": name, "status": "PROPOSED"}


def test_acts_on_a_change_of_keys_are_refused_in_the_order_of_precedence() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.propose_rekey(number)
    for act in (
        desk.withdraw_rekey,
        desk.consent_rekey,
        desk.decline_rekey,
        desk.veto_rekey,
        desk.take_rekeyed,
    ):
        refused(refusals.RekeyNotFound, act, number, "ab" * 32)
        refused(refusals.RekeyNotFound, act, number, name, tag=S2.tag)
    refused(refusals.RekeyNotFound, desk.veto_rekey, NO_VOUCHER, name)
    refused(general.VoucherNotFound, desk.take_rekeyed, NO_VOUCHER, name)
    refused(refusals.NotTheProposer, desk.withdraw_rekey, number, name, by="bank-b")
    refused(refusals.NotTheSecondBank, desk.consent_rekey, number, name, by="bank-a")
    refused(refusals.NotTheSecondBank, desk.decline_rekey, number, name, by="settle-a")
    refused(general.NotTheHolder, desk.veto_rekey, number, name, by=S2)
    refused(general.NotTheNamedReceiver, desk.take_rekeyed, number, name, by=S1)
    refused(general.NotTheSponsor, desk.take_rekeyed, number, name, via="bank-b")
    assert refused(refusals.RekeyNotPending, desk.take_rekeyed, number, name)["status"] == "PROPOSED"
    desk.decline_rekey(number, name)
    for act in (desk.withdraw_rekey, desk.consent_rekey, desk.decline_rekey, desk.veto_rekey):
        assert refused(refusals.RekeyNotPending, act, number, name)["status"] == "DECLINED"


def test_statements_and_identities_are_for_all_who_can_tell_whether_it_is_the_same_person() -> None:
    desk = Desk()
    number = desk.active().number
    stated = ProposeRekey(number, units(1), NEW, "bank-b")
    members = {"member:bank-a", "member:bank-b", "member:ce-a", "member:supervisor"}
    parties = members | {S1.sealing, NEW.sealing}
    assert set(audiences.stating(stated, desk.by("bank-a"), desk.state)) == parties
    name = desk.propose_rekey(number)
    consent = ConsentRekey(number, S1.tag, name)
    assert set(audiences.confirming(consent, desk.by("bank-b"), desk.state)) == parties
    veto = VetoRekey(number, S1.tag, name)
    found = audiences.objecting(veto, desk.by_tag(S1, "settle-a"), desk.state)
    assert set(found) == parties | {"member:settle-a"}
    take = TakeRekeyed(number, S1.tag, name, (units(1),))
    assert set(audiences.taking(take, desk.by_tag(NEW), desk.state)) == parties


def test_opened_statements_are_rows_of_their_seat_and_statuses_have_words() -> None:
    assert CLIENTS_VIEW.project_opening is not None
    for kind, rekey in ((PROPOSE, "op"), (CONSENT, "7e" * 32)):
        said = Opening(CLIENT_EXAMPLE, kind.example, kind.name, "client", "op", "member:bank-a", "s1", 1, 5)
        (written,) = CLIENTS_VIEW.project_opening(said)
        assert written.key == ("s1", "op")
        assert written.values is not None
        assert written.values["rekey"] == rekey
    other = Opening(CLIENT_EXAMPLE, TAKE.example, TAKE.name, "client", "op", "tag:x", "s1", 1, 5)
    assert list(CLIENTS_VIEW.project_opening(other)) == []
    for status in REKEY_STATUSES:
        assert not CONTRACT.words[status].zh.isascii()
