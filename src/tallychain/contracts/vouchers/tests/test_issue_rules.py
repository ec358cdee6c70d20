"""A promise is made and answered: every refusal, and what is written when there is none."""

import pytest

from tallychain.contracts.vouchers import refusals
from tallychain.contracts.vouchers.declared import ISSUE
from tallychain.contracts.vouchers.policies import SPLIT, TERM, figure, split_policy
from tallychain.contracts.vouchers.rules.find import read_day
from tallychain.contracts.vouchers.rules.issue import _next_serial
from tallychain.contracts.vouchers.state import (
    ACTIVE,
    DUE,
    DUE_UNDATED,
    EXPIRED,
    ISSUED,
    PROVISIONAL,
    REFERENCES,
    REJECTED,
    WITHDRAWN,
)
from tallychain.contracts.vouchers.tests.desk import (
    DAY_MS,
    MORNING_MS,
    V1_FACE,
    Desk,
    at,
    fields_of,
    hex_of,
    person,
)
from tallychain.ledger import identity, limits
from tallychain.ledger.holder import Receiver
from tallychain.ledger.parameters import CALENDARS, CalendarYear, Policy, PolicyMissing
from tallychain.ledger.refusals import Refused

SMALL_ORDER = "ed25519:" + "01" + "00" * 31
WEAK_SEALING = "x25519:" + "00" * 32


def test_the_studys_voucher_is_issued_and_waits_ten_days_for_its_receiver() -> None:
    desk = Desk()

    voucher = desk.issue()

    assert voucher.number == "EVTEST20260316000000000197"
    assert (voucher.face, voucher.issue_day, voucher.nominal_maturity) == (
        V1_FACE,
        "2026-03-16",
        "2026-09-14",
    )
    assert (voucher.effective_maturity, voucher.maturity) == ("2026-09-14", "FIRM")
    assert voucher.blackout_ms == at("2026-09-09", 0)
    assert voucher.due_ms == at("2026-09-14", 0)
    assert voucher.status_at(desk.now) == ISSUED
    desk.now_ms = MORNING_MS + 10 * DAY_MS - 1
    assert voucher.status_at(desk.now) == ISSUED
    desk.now_ms += 1
    assert voucher.status_at(desk.now) == EXPIRED


def test_the_receiver_holds_the_whole_face_and_the_voucher_falls_due_on_its_day() -> None:
    desk = Desk()
    voucher = desk.active()

    (holding,) = desk.holdings(voucher.number)

    assert (holding.id, holding.layer, holding.parent) == (f"{voucher.number}:1-100000000:1", 1, "")
    assert holding.tag == person("s1").tag
    assert voucher.status_at(desk.now) == ACTIVE
    desk.now_ms = at("2026-09-14", 0)
    assert voucher.status_at(desk.now) == DUE


@pytest.mark.parametrize(
    ("nominal", "effective", "blackout"),
    [
        ("2026-09-12", "2026-09-14", "2026-09-09"),  # a Saturday
        ("2026-09-16", "2026-09-16", "2026-09-11"),  # a Wednesday, over a weekend
    ],
)
def test_the_effective_day_follows_the_published_calendar(
    nominal: str, effective: str, blackout: str
) -> None:
    voucher = Desk().issue(nominal_maturity=nominal)

    assert (voucher.effective_maturity, voucher.blackout_ms) == (effective, at(blackout, 0))


def test_scenario_10_a_make_up_saturday_is_a_business_day() -> None:
    desk = Desk(at("2026-06-01"))

    assert desk.issue(nominal_maturity="2026-10-10").effective_maturity == "2026-10-10"
    assert desk.issue(nominal_maturity="2026-10-04").effective_maturity == "2026-10-08"


def test_without_the_years_calendar_nothing_is_guessed() -> None:
    desk = Desk(at("2026-10-09"))

    voucher = desk.active(nominal_maturity="2027-02-08")

    assert (voucher.effective_maturity, voucher.maturity) == ("2027-02-08", "PROVISIONAL")
    assert voucher.blackout_ms == at("2027-02-05", 0)
    desk.now_ms = at("2027-02-08", 0)
    assert voucher.status_at(desk.now) == DUE_UNDATED


def test_a_neighbouring_year_counts_where_it_is_published() -> None:
    desk = Desk(at("2026-10-09"))
    desk.state.write([CALENDARS.put(CalendarYear(2027, 1, ("2027-01-01",), ()))])

    voucher = desk.issue(nominal_maturity="2027-01-04")

    assert (voucher.effective_maturity, voucher.blackout_ms) == ("2027-01-04", at("2026-12-29", 0))


def test_no_black_out_days_let_title_move_until_the_voucher_is_due() -> None:
    desk = Desk()
    desk.policy(SPLIT, 2, blackout_business_days=0)

    voucher = desk.issue()

    assert (voucher.split_policy, voucher.blackout_ms) == (2, voucher.due_ms)


def test_a_short_promise_is_answered_before_it_is_due() -> None:
    desk = Desk()
    voucher = desk.issue(nominal_maturity="2026-03-18")

    desk.now_ms = at("2026-03-18", 0)

    assert voucher.status_at(desk.now) == EXPIRED


def test_serials_count_within_a_local_day() -> None:
    desk = Desk(at("2026-03-16", 23, 59))
    first, second = desk.issue(), desk.issue()
    desk.now_ms = at("2026-03-17", 0)
    third = desk.issue()

    assert [v.number[14:24] for v in (first, second, third)] == ["0000000001", "0000000002", "0000000001"]
    assert third.number[6:14] == "20260317"
    assert _next_serial("2026-03-17", desk.state).last == 2


@pytest.mark.parametrize(
    ("changed", "refusal", "fields"),
    [
        ({"currency": "USD"}, refusals.CurrencyNotTaken, {"currency": "USD"}),
        (
            {"face": 100_000_000_001},
            refusals.FaceExceeded,
            {"face": 100_000_000_001, "limit": 100_000_000_000, "article": "Rules 7.8"},
        ),
        ({"nominal_maturity": "2026-02-30"}, refusals.DateNotValid, {"day": "2026-02-30"}),
        (
            {"nominal_maturity": "2026-03-16"},
            refusals.MaturityNotAfterIssue,
            {"nominal": "2026-03-16", "today": "2026-03-16"},
        ),
        (
            {"nominal_maturity": "2026-09-17"},
            refusals.TermExceeded,
            {"nominal": "2026-09-17", "latest": "2026-09-16", "article": "Rules 7.8"},
        ),
        ({"settlement_bank": "bank-a"}, refusals.SettlementBankNotEligible, {"member": "bank-a"}),
        ({"settlement_bank": "bank-z"}, refusals.SettlementBankNotEligible, {"member": "bank-z"}),
        ({"receiver": person("s1", "bank-z")}, refusals.RecipientNotEligible, {"sponsor": "bank-z"}),
        ({"receiver": person("s1", "supervisor")}, refusals.RecipientNotEligible, {"sponsor": "supervisor"}),
        (
            {"receiver": Receiver(SMALL_ORDER, person("s1").sealing, "bank-a")},
            refusals.KeyNotAdmitted,
            {"key": SMALL_ORDER},
        ),
        (
            {"receiver": Receiver(person("s1").tag, WEAK_SEALING, "bank-a")},
            refusals.KeyNotAdmitted,
            {"key": WEAK_SEALING},
        ),
    ],
)
def test_a_promise_that_cannot_be_made_is_refused(
    changed: dict[str, object], refusal: type[Refused], fields: dict[str, object]
) -> None:
    desk = Desk()
    backed = desk.backed_for({"receiver": person("s1"), "face": V1_FACE, **changed})
    before = desk.content()

    with pytest.raises(refusal) as refused:
        desk.issue(**changed, **backed)

    assert fields_of(refused.value) == fields
    assert desk.content() == before


@pytest.mark.parametrize("member", ["settle-a", "bank-a"])
def test_a_suspended_member_is_named_in_no_new_promise(member: str) -> None:
    desk = Desk()
    desk.standing(member, identity.SUSPENDED)

    with pytest.raises((refusals.SettlementBankNotEligible, refusals.RecipientNotEligible)):
        desk.issue()


def test_scenario_11_the_term_ends_with_a_short_month() -> None:
    desk = Desk(at("2026-08-31"))

    with pytest.raises(refusals.TermExceeded) as refused:
        desk.issue(nominal_maturity="2027-03-01")
    voucher = desk.issue(nominal_maturity="2027-02-28")

    assert refused.value.latest == "2027-02-28"
    assert voucher.nominal_maturity == "2027-02-28"


def test_a_later_policy_holds_from_its_day_and_for_new_promises_only() -> None:
    desk = Desk()
    voucher = desk.issue(nominal_maturity="2026-09-14")
    desk.policy(TERM, 2, "2026-03-17", term_months=3)
    desk.now_ms += DAY_MS

    with pytest.raises(refusals.TermExceeded):
        desk.issue(nominal_maturity="2026-09-14")

    desk.accept(voucher)
    assert desk.voucher(voucher.number).term_policy == 1


def test_a_reference_stands_for_one_living_voucher() -> None:
    desk = Desk()
    voucher = desk.issue(reference=hex_of(7, 32))

    with pytest.raises(refusals.ReferenceUsed) as refused:
        desk.issue(reference=hex_of(7, 32))

    assert fields_of(refused.value) == {"reference": hex_of(7, 32), "voucher": voucher.number}


def test_a_reference_is_free_again_after_every_end_without_title() -> None:
    desk = Desk()
    desk.withdraw(desk.issue(reference=hex_of(7, 32)).number)
    assert desk.state.get(REFERENCES, "ce-a", hex_of(7, 32)) is None
    desk.reject(desk.issue(reference=hex_of(7, 32)).number, person("s1"))
    assert desk.state.get(REFERENCES, "ce-a", hex_of(7, 32)) is None
    expired = desk.issue(reference=hex_of(7, 32))
    desk.now_ms += 10 * DAY_MS

    again = desk.issue(reference=hex_of(7, 32))
    desk.write_due()

    kept = desk.state.get(REFERENCES, "ce-a", hex_of(7, 32))
    assert kept is not None
    assert kept.voucher == again.number != expired.number


def test_an_expired_promise_frees_its_reference_when_that_is_written_down() -> None:
    desk = Desk()
    desk.issue(reference=hex_of(7, 32))
    desk.now_ms += 10 * DAY_MS

    desk.write_due()

    assert desk.state.get(REFERENCES, "ce-a", hex_of(7, 32)) is None


def test_scenario_29_an_unaccepted_voucher_is_withdrawn_and_then_nobody_accepts_it() -> None:
    desk = Desk()
    voucher = desk.issue()

    desk.withdraw(voucher.number)

    assert desk.voucher(voucher.number).status_at(desk.now) == WITHDRAWN
    with pytest.raises(refusals.VoucherNotPending) as refused:
        desk.accept(voucher)
    assert fields_of(refused.value) == {"voucher": voucher.number, "status": WITHDRAWN}


def test_an_accepted_voucher_is_not_withdrawn() -> None:
    desk = Desk()
    voucher = desk.active()

    with pytest.raises(refusals.VoucherNotPending):
        desk.withdraw(voucher.number)


def test_only_the_issuer_withdraws_its_voucher() -> None:
    desk = Desk()
    voucher = desk.issue()

    with pytest.raises(refusals.NotTheIssuer) as refused:
        desk.withdraw(voucher.number, "ce-b")

    assert fields_of(refused.value) == {"voucher": voucher.number}


def test_an_answer_counts_from_the_named_tag_through_its_sponsor_in_time_and_to_the_text_shown() -> None:
    desk = Desk()
    voucher = desk.issue()

    with pytest.raises(refusals.NotTheNamedReceiver):
        desk.accept(voucher, by=person("s2"))
    with pytest.raises(refusals.NotTheNamedReceiver):
        desk.reject(voucher.number, person("s2"))
    with pytest.raises(refusals.NotTheSponsor) as sponsor:
        desk.accept(voucher, via="bank-b")
    assert fields_of(sponsor.value) == {"sponsor": "bank-a"}
    with pytest.raises(refusals.ConsentDiffers):
        desk.accept(voucher, consent=hex_of(5, 64))
    desk.standing("bank-a", identity.SUSPENDED)
    with pytest.raises(refusals.RecipientNotEligible):
        desk.accept(voucher)
    desk.now_ms += 10 * DAY_MS
    with pytest.raises(refusals.VoucherNotPending) as late:
        desk.accept(voucher)
    assert fields_of(late.value) == {"voucher": voucher.number, "status": EXPIRED}
    with pytest.raises(refusals.VoucherNotFound):
        desk.reject("EVTEST20260316000000000998", person("s1"))


def test_a_rejected_voucher_is_held_by_nobody() -> None:
    desk = Desk()
    voucher = desk.issue()

    desk.reject(voucher.number, person("s1"))

    assert desk.voucher(voucher.number).status_at(desk.now) == REJECTED
    assert desk.holdings(voucher.number) == []


def test_an_outage_at_the_deadline_moves_it() -> None:
    desk = Desk()
    voucher = desk.issue()
    end_ms = MORNING_MS + 10 * DAY_MS
    desk.outage(end_ms - 1000, end_ms + 5000, 60_000)

    desk.now_ms = end_ms + 5000

    assert voucher.status_at(desk.now) == ISSUED


def test_a_policy_without_its_figures_is_a_defect_and_no_refusal() -> None:
    desk = Desk()

    with pytest.raises(PolicyMissing):
        split_policy(desk.state, 9)
    with pytest.raises(PolicyMissing):
        figure(Policy(TERM, 1, "2026-01-01", {"term_months": "six"}, ""), "term_months")


def test_a_sentence_cites_the_article_where_there_is_one() -> None:
    assert str(refusals.TermExceeded("2027-03-01", "2027-02-28", "Notice 77, art. 6")).endswith(
        "(Notice 77, art. 6, policy TERM)"
    )
    assert (
        refusals.TermExceeded("2027-03-01", "2027-02-28", "第六条")
        .sentence("zh")
        .endswith("（第六条，政策 TERM）")
    )
    assert str(refusals.TermExceeded("2027-03-01", "2027-02-28", "")).endswith("issued today.")


def test_a_day_that_does_not_exist_is_refused() -> None:
    with pytest.raises(refusals.DateNotValid):
        read_day("2026-13-01")


def test_a_maturity_beyond_the_last_instant_of_the_ledger_is_refused() -> None:
    desk = Desk(now_ms=at("2099-08-01"))
    assert desk.issue(nominal_maturity="2100-01-01").maturity == PROVISIONAL

    with pytest.raises(refusals.MaturityOutOfRange) as refused:
        desk.issue(nominal_maturity="2100-01-02")

    assert fields_of(refused.value) == {"effective": "2100-01-02", "last": "2100-01-01"}


def test_what_has_ended_near_the_last_instant_of_the_ledger_is_kept_until_then() -> None:
    desk = Desk(now_ms=at("2099-12-20"))
    voucher = desk.issue(nominal_maturity="2100-01-01")

    desk.withdraw(voucher.number)

    assert desk.voucher(voucher.number).timeline.steps[0].at_ms == limits.TIME_MS


def test_a_defect_met_by_an_issue_closes_that_reference_only() -> None:
    assert ISSUE.primary is not None
    assert ISSUE.primary(ISSUE.example) == f"voucher-reference {'7b' * 16}"
