"""An account of record: who tests it, how it changes, how its client stops it, and how it ends whoever is silent."""

import msgspec
import pytest

from tallychain.contracts.vouchers import CONTRACT
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.banking import audiences, refusals
from tallychain.contracts.vouchers.banking.contents import PennyContent
from tallychain.contracts.vouchers.banking.declared import (
    ACCOUNT_EXAMPLE,
    CHANGE,
    CODE_EXAMPLE,
    CONFIRM,
    RETURN,
    SEND,
    SET,
)
from tallychain.contracts.vouchers.banking.events import AccountEnded, AccountInForce
from tallychain.contracts.vouchers.banking.operations import (
    ChangeAccount,
    RefuseAccount,
    ReturnCode,
    SendPenny,
    SetAccount,
    StopAccount,
)
from tallychain.contracts.vouchers.banking.state import STATUSES
from tallychain.contracts.vouchers.banking.tests.desk import CLIENT, OPENS, TESTED, Desk
from tallychain.contracts.vouchers.banking.views import CODES_VIEW, DETAILS_VIEW
from tallychain.contracts.vouchers.pledging.tests.desk import refused
from tallychain.contracts.vouchers.settling.tests.test_views import Following as SettlingFollowing
from tallychain.contracts.vouchers.tests.desk import at, person
from tallychain.ledger.views import Opening

VIEW = "client_accounts"
THIEF = person("thief")
PARTIES = {CLIENT.sealing, "member:bank-a", "member:bank-b"}


class Following(SettlingFollowing, Desk):
    """A desk of accounts of record whose events are projected as they come."""


@pytest.mark.deadline("client_account: TESTED -> IN_FORCE")
def test_an_account_is_in_force_three_business_days_after_its_penny_came_back() -> None:
    desk = Following()
    name = desk.confirmed(desk.set_account())
    assert desk.row(VIEW, name)["tested_at"] == TESTED
    desk.now_ms = OPENS - 1
    assert (desk.account_status(), desk.record()) == ("TESTED", "")
    desk.now_ms = OPENS
    assert (desk.account_status(), desk.record()) == ("IN_FORCE", name)

    (told,) = desk.write_due()

    assert told == AccountInForce(name, CLIENT.tag, "", OPENS)
    assert (desk.status_of(VIEW, name), desk.row(VIEW, name)["in_force_at"]) == ("IN_FORCE", OPENS)
    assert desk.account().latest.tries == 0


def test_an_account_that_is_changed_stays_in_force_until_the_other_is_tested_and_its_time_is_over() -> None:
    desk = Following()
    first = desk.in_force()
    second = desk.change_account(first)
    assert refused(refusals.AccountStands, desk.change_account, first)["status"] == "STATED"
    desk.confirmed(second)
    assert desk.record() == first
    desk.now_ms = at("2026-03-26", 0)

    assert desk.record() == second
    (told,) = desk.write_due()
    assert told == AccountInForce(second, CLIENT.tag, first, desk.now_ms)
    assert (desk.status_of(VIEW, first), desk.status_of(VIEW, second)) == ("SUPERSEDED", "IN_FORCE")
    refused(refusals.AccountNotFound, desk.change_account, first)


def test_what_time_has_brought_into_force_is_told_before_it_is_changed_itself() -> None:
    desk = Following()
    first = desk.confirmed(desk.set_account())
    desk.now_ms = OPENS

    second = desk.change_account(first)

    assert isinstance(desk.events[0], AccountInForce)
    assert (desk.record(), desk.account().latest.id) == (first, second)
    assert desk.write_due() == []


def test_whatever_becomes_of_a_change_the_account_before_stays_and_can_be_changed_again() -> None:
    desk = Following()
    first = desk.in_force()
    desk.refuse_account(desk.change_account(first))
    desk.stop_account(desk.confirmed(desk.change_account(first)), via="settle-a")
    desk.change_account(first)
    desk.now_ms += 10 * 86_400_000
    assert (desk.account_status(), desk.record()) == ("LAPSED", first)
    assert refused(refusals.AccountStands, desk.set_account)["account"] == first
    last = desk.change_account(first)
    assert desk.account_status() == desk.status_of(VIEW, last) == "STATED"


@pytest.mark.attack(37)
def test_an_account_that_a_sponsor_has_stated_for_its_client_is_stopped_through_any_member() -> None:
    desk = Following()
    first = desk.in_force()
    other = desk.confirmed(desk.change_account(first))
    refused(general.NotTheHolder, desk.stop_account, other, by=THIEF)

    (told,) = desk.stop_account(other, via="bank-b").events

    assert isinstance(told, AccountEnded)
    assert (told.status, desk.record(), desk.status_of(VIEW, other)) == ("STOPPED", first, "STOPPED")
    desk.now_ms = at("2026-04-20")
    assert desk.record() == first
    refused(refusals.AccountNotPending, desk.stop_account, other)


@pytest.mark.attack(37)
@pytest.mark.parametrize("bank", ["bank-a", "ce-a", "supervisor", "nobody"])
def test_no_sponsor_tests_the_account_of_its_own_client(bank: str) -> None:
    desk = Desk()
    assert refused(refusals.TestingBankNotEligible, desk.set_account, bank=bank)["bank"] == bank
    first = desk.in_force()
    refused(refusals.TestingBankNotEligible, desk.change_account, first, bank=bank)


def test_nobody_states_an_account_for_somebody_else() -> None:
    desk = Desk()
    assert refused(refusals.AccountTagDiffers, desk.set_account, by=THIEF)["tag"] == CLIENT.tag
    refused(general.NotTheSponsor, desk.set_account, via="bank-b")
    first = desk.in_force()
    refused(general.NotTheHolder, desk.change_account, first, by=THIEF)
    refused(general.NotTheSponsor, desk.change_account, first, via="bank-b")
    refused(refusals.AccountNotFound, desk.change_account, "0" * 64)
    second = desk.change_account(first)
    for act in (desk.send_penny, desk.confirm_account, desk.refuse_account):
        assert refused(refusals.NotTheTestingBank, act, second, by="settle-a")["bank"] == "bank-b"
        refused(refusals.AccountNotFound, act, first)
    desk.send_penny(second)
    refused(general.NotTheHolder, desk.return_code, second, by=THIEF)
    refused(general.NotTheSponsor, desk.return_code, second, via="settle-a")


@pytest.mark.attack(37)
def test_a_code_is_said_three_times_and_no_more() -> None:
    desk = Following()
    name = desk.returned(desk.set_account())
    for tries in (1, 2):
        desk.refuse_account(name, wrong_code=True)
        assert (desk.account_status(), desk.row(VIEW, name)["tries"]) == ("PENNY_SENT", tries)
        refused(refusals.AccountNotPending, desk.refuse_account, name, wrong_code=True)
        desk.return_code(name)

    desk.refuse_account(name, wrong_code=True)

    assert (desk.account_status(), desk.row(VIEW, name)["tries"]) == ("REFUSED", 3)
    refused(refusals.AccountNotPending, desk.return_code, name)
    assert desk.set_account() != name


@pytest.mark.deadline("client_account: STATED -> LAPSED")
@pytest.mark.deadline("client_account: PENNY_SENT -> LAPSED")
@pytest.mark.deadline("client_account: CODE_RETURNED -> LAPSED")
@pytest.mark.parametrize(("acts", "day"), [(0, "2026-03-20"), (1, "2026-03-24"), (2, "2026-03-20")])
def test_whoever_is_silent_an_account_that_is_not_tested_lapses(acts: int, day: str) -> None:
    desk = Following()
    name = desk.set_account()
    for act in (desk.send_penny, desk.return_code)[:acts]:
        act(name)
    desk.now_ms = at(day, 0) - 1
    assert desk.write_due() == []
    desk.now_ms += 1

    (told,) = desk.write_due()

    assert told == AccountEnded(name, CLIENT.tag, "LAPSED", 0, desk.now_ms)
    assert desk.account_status() == desk.status_of(VIEW, name) == "LAPSED"
    assert refused(refusals.AccountNotPending, desk.refuse_account, name)["status"] == "LAPSED"


def test_a_sponsor_that_may_sponsor_nobody_carries_no_account() -> None:
    desk = Desk()
    first = desk.in_force()
    desk.suspended("bank-a")
    refused(general.RecipientNotEligible, desk.set_account)
    refused(general.RecipientNotEligible, desk.change_account, first)


def test_only_the_bank_reads_the_code_and_the_sponsor_does_not() -> None:
    desk = Desk()
    first = desk.in_force()
    call = desk.by_tag(CLIENT)
    setting, changing = SetAccount(CLIENT, "bank-b"), ChangeAccount(CLIENT.tag, first, "settle-a")
    named = (CLIENT.tag, first)

    assert set(audiences.setting(setting, call, desk.state)) == PARTIES
    assert set(audiences.set_by(setting, call, desk.state)) == {*PARTIES, "member:supervisor"}
    other = {CLIENT.sealing, "member:bank-a", "member:settle-a"}
    assert set(audiences.changing(changing, call, desk.state)) == other
    assert set(audiences.changed_by(changing, call, desk.state)) == {*PARTIES, *other, "member:supervisor"}
    bank = desk.by("bank-b")
    assert audiences.sending(SendPenny(*named), bank, desk.state) == ("member:bank-b",)
    returning = ReturnCode(*named)
    assert set(audiences.returning(returning, call, desk.state)) == {CLIENT.sealing, "member:bank-b"}
    assert set(audiences.returned_by(returning, call, desk.state)) == {*PARTIES, "member:supervisor"}
    assert set(audiences.refusing(RefuseAccount(*named, wrong_code=False), bank, desk.state)) == PARTIES
    away = desk.by_tag(CLIENT, "settle-a")
    assert set(audiences.stopping(StopAccount(*named), away, desk.state)) == {
        *PARTIES,
        "member:settle-a",
        "member:supervisor",
    }


def opening(seat: str, kind: str, args: msgspec.Struct, content: msgspec.Struct) -> Opening:
    return Opening(content, args, kind, "x", "ac" * 32, "tag:x", seat, 7, 9)


def test_what_was_opened_is_a_row_of_the_seat_that_opened_it() -> None:
    assert DETAILS_VIEW.project_opening is not None
    assert CODES_VIEW.project_opening is not None
    for kind, tag in ((SET, CLIENT.tag), (CHANGE, CHANGE.example.tag)):
        args = SetAccount(CLIENT, "bank-b") if kind is SET else kind.example
        (row,) = DETAILS_VIEW.project_opening(opening("s1", kind.name, args, ACCOUNT_EXAMPLE))
        assert row.values is not None
        assert (row.key, row.values["tag"], row.values["number"]) == (
            ("s1", "ac" * 32),
            tag,
            ACCOUNT_EXAMPLE.account,
        )
    for said, content in ((SEND, PennyContent("274016")), (RETURN, CODE_EXAMPLE)):
        (row,) = CODES_VIEW.project_opening(opening("member", said.name, said.example, content))
        assert row.values is not None
        assert (row.values["act"], row.values["code"]) == (said.name, "274016")
    assert (
        list(CODES_VIEW.project_opening(opening("s1", CONFIRM.name, CONFIRM.example, ACCOUNT_EXAMPLE))) == []
    )
    assert list(DETAILS_VIEW.project_opening(opening("s1", SEND.name, SEND.example, CODE_EXAMPLE))) == []


def test_every_status_has_words() -> None:
    assert {*STATUSES, "SUPERSEDED"} <= {*CONTRACT.words, "LAPSED"}
