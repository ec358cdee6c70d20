"""Presenting, confirming, contesting and withdrawing a payable."""

from collections.abc import Callable

import pytest

from tallychain.contracts.documents import refusals
from tallychain.contracts.documents.events import (
    InvoiceRecorded,
    PayableConfirmed,
    PayableContested,
    PayablePresented,
    PayableWithdrawn,
)
from tallychain.contracts.documents.state import (
    ALIKE_MAX,
    CONFIRMED,
    CONTESTED,
    FINGERPRINTS,
    LAPSED,
    LIKENESSES,
    PRESENTED,
    REFERENCES,
    WITHDRAWN,
    Invoice,
)
from tallychain.contracts.documents.tests.desk import (
    INV_1,
    INV_2,
    INV_3,
    S1,
    S2,
    V1,
    Desk,
    at,
    hex_of,
    member_row,
    paper,
    person,
)
from tallychain.ledger import identity
from tallychain.ledger.holder import Receiver
from tallychain.ledger.identity import MEMBERS
from tallychain.ledger.refusals import Refused
from tallychain.ledger.types import MemberId


def refused(act: Callable[[], object], desk: Desk) -> Refused:
    before = desk.content()
    with pytest.raises(Refused) as caught:
        act()
    assert desk.content() == before
    for language in ("en", "zh"):
        assert caught.value.sentence(language)
    return caught.value


def code_of(act: Callable[[], object], desk: Desk) -> str:
    return refused(act, desk).code


def test_a_payable_waits_ten_business_days_for_its_debtor() -> None:
    desk = Desk()

    payable = desk.payable(desk.present())

    # Ten business days after Monday 2026-03-16 end with Monday 03-30.
    assert payable.status_at(desk.now) == PRESENTED
    desk.now_ms = at("2026-03-30", 23)
    assert payable.status_at(desk.now) == PRESENTED
    desk.now_ms = at("2026-03-31", 0)
    assert payable.status_at(desk.now) == LAPSED


def test_a_payable_due_earlier_waits_no_longer_than_to_its_due_day() -> None:
    desk = Desk()

    payable = desk.payable(desk.present(due_day="2026-03-18"))

    desk.now_ms = at("2026-03-18", 0)
    assert payable.status_at(desk.now) == LAPSED


def test_a_deadline_in_a_year_without_calendar_counts_mondays_to_fridays() -> None:
    desk = Desk(now_ms=at("2026-12-28"))

    payable = desk.payable(desk.present(due_day="2027-06-01"))

    desk.now_ms = at("2027-01-11", 23)
    assert payable.status_at(desk.now) == PRESENTED
    desk.now_ms = at("2027-01-12", 0)
    assert payable.status_at(desk.now) == LAPSED


def test_presenting_publishes_what_is_public_and_what_the_ledger_says_of_each_paper() -> None:
    desk = Desk()
    call_number = desk.acts + 1
    payable = desk.payable(desk.present())

    assert payable.payable == hex_of(call_number, 64)
    assert payable.papers == hex_of(call_number * 100 + 1, 64)
    assert (payable.issuer, payable.presenter, payable.amount) == ("ce-a", S1, 112_000_000)
    assert desk.state.get(FINGERPRINTS, INV_1) is None


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"presenter": S2}, "CARD_NOT_OWN"),
        ({"via": "bank-b"}, "CARD_SPONSOR_DIFFERS"),
        ({"issuer": "bank-a"}, "DEBTOR_NOT_ELIGIBLE"),
        ({"issuer": "nobody"}, "DEBTOR_NOT_ELIGIBLE"),
        ({"due_day": "2026-02-30"}, "DUE_DAY_NOT_VALID"),
        ({"due_day": "2026-03-16"}, "DUE_DAY_NOT_AHEAD"),
        ({"due_day": "2028-03-17"}, "DUE_DAY_TOO_FAR"),
        ({"kind": "ORDER"}, "PAPERS_DO_NOT_FIT"),
        ({"kind": "DELIVERY", "invoices": ()}, "PAPERS_DO_NOT_FIT"),
        ({"kind": "INVOICE", "invoices": ()}, "PAPERS_DO_NOT_FIT"),
        ({"invoices": (paper(INV_1, 1), paper(INV_1, 1))}, "INVOICE_TWICE"),
        ({"invoices": (paper(INV_1, 1, earlier=(INV_2,)),)}, "EARLIER_NAMES_DIFFER"),
        ({"epoch": 2}, "KEY_EPOCH_NOT_NEWEST"),
        ({"amount": 112_000_001}, "AMOUNT_ABOVE_PAPERS"),
    ],
)
def test_a_payable_that_cannot_be_is_refused(changed: dict[str, object], code: str) -> None:
    desk = Desk()

    assert code_of(lambda: desk.present(**changed), desk) == code  # type: ignore[arg-type]  # fields of several types


def test_the_last_allowed_due_day_and_the_whole_of_the_papers_are_accepted() -> None:
    desk = Desk()

    assert desk.present(due_day="2028-03-16")
    assert desk.present(due_day="2026-03-17")
    assert desk.present(kind="ORDER", invoices=())


def test_a_refusal_that_rests_on_a_policy_cites_its_article() -> None:
    desk = Desk()

    refusal = refused(lambda: desk.present(due_day="2028-03-17"), desk)

    assert refusal.sentence().endswith("(Rules 3, policy DOCUMENTS)")
    assert refusal.sentence("zh").endswith("（Rules 3，政策 DOCUMENTS）")
    assert not refusals.DueDayTooFar("2028-03-17", "2028-03-16", "").sentence().endswith(")")


def test_a_sponsor_that_is_suspended_and_a_weak_key_present_nothing() -> None:
    desk = Desk()
    weak = Receiver("ed25519:01" + "0" * 62, S1.sealing, MemberId("bank-a"))
    assert code_of(lambda: desk.present(by=weak), desk) == "CARD_KEY_NOT_ADMISSIBLE"
    weak_sealing = Receiver(S1.tag, "x25519:" + "0" * 64, MemberId("bank-a"))
    assert code_of(lambda: desk.present(by=weak_sealing), desk) == "CARD_KEY_NOT_ADMISSIBLE"

    desk.standing("bank-a", identity.SUSPENDED)

    assert code_of(desk.present, desk) == "SPONSOR_MAY_NOT_PRESENT"
    supervised = person("s1", "supervisor")
    assert code_of(lambda: desk.present(by=supervised), desk) == "SPONSOR_MAY_NOT_PRESENT"


def test_a_reference_stands_for_one_payable_until_that_has_ended() -> None:
    desk = Desk()
    first = desk.present(reference="7b" * 16)
    refusal = refused(lambda: desk.present(reference="7b" * 16), desk)
    assert refusal.typed_fields() == {"reference": "7b" * 16, "payable": first}
    assert desk.present(by=S2, reference="7b" * 16)

    desk.contest(first)
    assert desk.state.get(REFERENCES, "bank-a", "7b" * 16) is None
    second = desk.present(reference="7b" * 16)
    desk.withdraw(second)
    third = desk.present(reference="7b" * 16)
    desk.now_ms = at("2026-04-01")

    fourth = desk.present(reference="7b" * 16)
    desk.write_due()

    assert desk.payable(third).timeline.status == LAPSED
    assert code_of(lambda: desk.present(reference="7b" * 16), desk) == "PAYABLE_REFERENCE_USED"
    assert desk.payable(fourth).status_at(desk.now) == PRESENTED


def test_a_confirmed_payable_records_its_papers() -> None:
    desk = Desk()
    payable = desk.present(invoices=(paper(INV_1, 60_000_000, "a1" * 8), paper(INV_2, 52_000_000)))

    change = desk.confirm(payable)

    assert desk.payable(payable).status_at(desk.now) == CONFIRMED
    record = desk.invoice(INV_1)
    assert (record.total, record.headroom(desk.now), record.concerned) == (
        60_000_000,
        60_000_000,
        ("ce-a", "bank-a"),
    )
    assert isinstance(change.events[0], PayableConfirmed)
    assert change.events[1:] == (
        InvoiceRecorded(INV_1, 1, 60_000_000, payable, ("a1" * 8,)),
        InvoiceRecorded(INV_2, 1, 52_000_000, payable, ()),
    )


def test_only_the_named_debtor_answers_and_repeats_the_amount() -> None:
    desk = Desk()
    payable = desk.present()

    assert code_of(lambda: desk.confirm(payable, "ce-b"), desk) == "NOT_THE_DEBTOR"
    assert code_of(lambda: desk.contest(payable, "ce-b"), desk) == "NOT_THE_DEBTOR"
    assert code_of(lambda: desk.confirm(payable, amount=112_000_001), desk) == "AMOUNT_DIFFERS"
    assert code_of(lambda: desk.confirm("0" * 64, amount=1), desk) == "PAYABLE_NOT_FOUND"


def test_an_answer_ends_the_waiting() -> None:
    desk = Desk()
    confirmed, contested, withdrawn, lapsed = (desk.present() for _ in range(4))
    desk.confirm(confirmed)
    assert desk.contest(contested).events == (PayableContested(contested),)
    assert desk.withdraw(withdrawn).events == (PayableWithdrawn(withdrawn),)
    desk.now_ms = at("2026-03-31", 0)

    assert desk.payable(contested).status_at(desk.now) == CONTESTED
    assert desk.payable(withdrawn).status_at(desk.now) == WITHDRAWN
    for name in (confirmed, contested, withdrawn, lapsed):
        for act in (desk.confirm, desk.contest, desk.withdraw):
            assert code_of(lambda act=act, name=name: act(name), desk) == "PAYABLE_NOT_PRESENTED"  # type: ignore[misc]  # bound as defaults


def test_only_the_presenting_tag_withdraws_and_through_its_sponsor() -> None:
    desk = Desk()
    payable = desk.present()

    assert code_of(lambda: desk.withdraw(payable, S2), desk) == "NOT_THE_PRESENTER"
    assert code_of(lambda: desk.withdraw(payable, via="bank-b"), desk) == "CARD_SPONSOR_DIFFERS"


def test_a_paper_has_one_total_for_ever_once_a_payable_on_it_is_confirmed() -> None:
    desk = Desk()
    other = (paper(INV_1, 60_000_001),)
    waiting = desk.present(invoices=other, amount=1)
    desk.confirmed()

    assert code_of(lambda: desk.present(invoices=other, amount=1), desk) == "INVOICE_TOTAL_DIFFERS"
    assert code_of(lambda: desk.confirm(waiting), desk) == "INVOICE_TOTAL_DIFFERS"


def test_a_second_payable_on_a_recorded_paper_records_nothing_twice() -> None:
    desk = Desk()
    first = desk.confirmed()
    second = desk.present(by=S2)

    change = desk.confirm(second)

    assert len(change.events) == 1
    assert desk.invoice(INV_1).concerned == ("ce-a", "bank-a", "bank-b")
    assert first != second


def test_no_more_than_ten_members_are_kept_as_concerned() -> None:
    desk = Desk()
    for number in range(12):
        name = f"bank-{number:02}"
        desk.state.write([MEMBERS.put(member_row(name, (identity.BANK,)))])
        desk.confirmed(by=person(f"s-{name}", name))

    assert len(desk.invoice(INV_1).concerned) == 10


def answers(
    desk: Desk, *invoices: Invoice, by: Receiver = S1, issuer: str = "ce-a", epoch: int = 1
) -> list[str]:
    """What the ledger says of these papers when they are presented."""
    seen = len(desk.events)
    desk.present(by=by, issuer=issuer, invoices=invoices, amount=1, epoch=epoch)
    (event,) = desk.events[seen:]
    assert isinstance(event, PayablePresented)
    return [item.answer for item in event.invoices]


def test_the_ledger_says_clear_used_or_suspect_and_names_nobody() -> None:
    desk = Desk()
    desk.found_keys()
    near = "ab" * 8
    first = paper(INV_1, 60_000_000, near)
    like = paper(INV_2, 1_000, "cd" * 8, near)
    assert answers(desk, first, like) == ["CLEAR", "CLEAR"]
    payable = desk.confirmed(invoices=(first,), amount=60_000_000)
    assert answers(desk, first, like) == ["CLEAR", "CLEAR"]
    desk.taken(payable, V1, (INV_1, 10))

    assert answers(desk, first, like, paper(INV_3, 1)) == ["USED", "SUSPECT", "CLEAR"]
    assert answers(desk, like, by=S2, issuer="ce-b") == ["SUSPECT"]
    # The same paper under the next key is itself, and nothing that looks like it.
    desk.begin_epoch()
    again = paper("f4" * 32, 60_000_000, near, earlier=(INV_1,))
    assert answers(desk, again, epoch=2) == ["USED"]

    desk.release(V1)

    assert answers(desk, again, epoch=2) == ["CLEAR"]


def test_of_one_likeness_only_the_first_fingerprints_are_kept() -> None:
    desk = Desk()
    near = "ab" * 8
    papers = tuple(paper(hex_of(n, 64), 100, near, near) for n in range(1, ALIKE_MAX + 3))

    desk.confirmed(invoices=papers, amount=100)

    row = desk.state.get(LIKENESSES, near)
    assert row is not None
    assert row.fingerprints == tuple(hex_of(n, 64) for n in range(1, ALIKE_MAX + 1))
