"""A new fingerprint key: how it begins, when an earlier one ends, and that no invoice is promised twice through it."""

from typing import Any

import pytest
from msgspec.structs import replace

from tallychain.contracts.documents import api
from tallychain.contracts.documents.events import (
    InvoiceNamedToo,
    KeyEpochBegun,
    KeyEpochEnded,
    KeyEpochEnding,
    PayableConfirmed,
)
from tallychain.contracts.documents.genesis import founding_events
from tallychain.contracts.documents.state import (
    FINGERPRINTS,
    INVOICE_NAMES,
    KEY_ENDED,
    KEY_EPOCHS,
    LIKENESSES,
    NAMED,
    PAYABLES,
    Credit,
    Invoice,
    InvoiceName,
)
from tallychain.contracts.documents.tests.desk import DAY_MS, S2, V1, V2, Desk, at, hex_of, paper
from tallychain.contracts.documents.tests.test_invariants import faults
from tallychain.contracts.documents.tests.test_payable_rules import code_of, refused
from tallychain.contracts.documents.tests.test_views import Following
from tallychain.contracts.members.state import FALLS, Fall
from tallychain.ledger.contract import Change
from tallychain.ledger.identity import EXITED, REVOKED, SUSPENDED
from tallychain.ledger.parameters import POLICIES, Policy
from tallychain.ledger.timeline import Step, Timeline, settled

TERM = Policy("TERM", 1, "2026-01-01", {"term_months": 6}, "")
PAPER = 7


def name_of(number: int, epoch: int) -> str:
    """The name of a paper under the key of an epoch."""
    return hex_of(number * 0x100 + epoch, 64)


def invoice_of(number: int, *epochs: int, total: int = 100) -> Invoice:
    """A paper as a gateway names it under these epochs, oldest first."""
    names = [name_of(number, epoch) for epoch in epochs]
    near = tuple(hex_of(number * 0x100 + epoch, 16) for epoch in epochs)
    return Invoice(names[-1], tuple(names[:-1]), total, near)


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.found_keys()
    made.state.write([POLICIES.put(TERM)])
    return made


def present(desk: Desk, *epochs: int, number: int = PAPER, **more: object) -> str:
    """A payable over 100 on one paper, named under these epochs."""
    fields: dict[str, object] = {
        "invoices": (invoice_of(number, *epochs),),
        "amount": 100,
        "epoch": epochs[-1],
    }
    return desk.present(**{**fields, **more})  # type: ignore[arg-type]  # fields of several types


# -- how epochs follow each other ------------------------------------------------------------------------


def test_the_keys_of_the_genesis_document_are_published_with_the_chain(desk: Desk) -> None:
    assert founding_events(desk.state) == (KeyEpochBegun(1, hex_of(0xE1, 64), 0),)


def test_another_epoch_gives_every_earlier_one_an_end(desk: Desk) -> None:
    change = desk.begin_epoch(passed_ms=desk.now_ms - DAY_MS)

    ends_ms = at(
        "2029-09-17", 0
    )  # 24 months to the due day, 6 for the voucher, 12 for what comes late, and the day is over
    ending = Timeline(NAMED, (Step(ends_ms, KEY_ENDED),))
    assert change.events == (
        KeyEpochBegun(2, hex_of(0xE2, 64), desk.now_ms),
        KeyEpochEnding(1, ends_ms, ending),
    )
    assert (desk.epoch(2).passed_ms, desk.epoch(2).begun_ms) == (desk.now_ms - DAY_MS, desk.now_ms)
    assert api.named_epochs(desk.state, desk.now) == (1, 2)
    assert api.newest_epoch(desk.state) == desk.epoch(2)


@pytest.mark.deadline("key_epoch: NAMED -> KEY_ENDED")
def test_an_earlier_key_is_named_to_its_instant_and_its_end_is_written_down(desk: Desk) -> None:
    desk.begin_epoch()
    desk.now_ms = desk.epoch(1).ends_ms - 1
    assert (api.named_epochs(desk.state, desk.now), desk.write_due()) == ((1, 2), [])

    desk.now_ms += 1

    assert api.named_epochs(desk.state, desk.now) == (2,)
    assert desk.write_due() == [KeyEpochEnded(1, desk.now_ms)]
    assert api.named_epochs(desk.state, desk.now) == (2,)
    assert api.key_epoch(desk.state, 1) is not None


def test_an_epoch_that_cannot_begin_is_refused(desk: Desk) -> None:
    assert code_of(lambda: desk.begin_epoch(3), desk) == "KEY_EPOCH_NOT_NEXT"
    assert code_of(lambda: desk.begin_epoch(1), desk) == "KEY_EPOCH_NOT_NEXT"
    assert code_of(lambda: desk.begin_epoch(2, hex_of(0xE1, 64)), desk) == "KEY_COMMITMENT_KNOWN"
    for epoch in (2, 3, 4):
        desk.begin_epoch(epoch)
        desk.now_ms += DAY_MS
    refusal = refused(lambda: desk.begin_epoch(5), desk)
    assert (refusal.code, refusal.typed_fields()["day"]) == ("TOO_MANY_KEY_EPOCHS", "2029-09-17")

    desk.now_ms = desk.epoch(1).ends_ms

    # Its end is true before it is written down, and is written down with the next beginning at the latest.
    change = desk.begin_epoch(5)
    assert change.events[0] == KeyEpochEnded(1, desk.epoch(1).ends_ms)
    assert api.named_epochs(desk.state, desk.now) == (2, 3, 4, 5)
    unfounded = Desk()
    assert code_of(unfounded.begin_epoch, unfounded) == "NO_FOUNDING_KEY"


def test_every_key_of_a_genesis_document_with_several_has_an_end_once_another_begins() -> None:
    desk = Desk()
    desk.found_keys(2)
    assert api.named_epochs(desk.state, desk.now) == (1, 2)
    desk.begin_epoch(3)
    assert desk.epoch(1).ends_ms == desk.epoch(2).ends_ms > 0


def test_a_policy_that_lets_vouchers_last_longer_moves_the_ends_away_and_none_comes_nearer(
    desk: Desk,
) -> None:
    desk.begin_epoch()
    before = desk.epoch(1)
    assert api.prolong_epochs(desk.state, desk.now).events == ()

    desk.state.write([POLICIES.put(Policy("TERM", 2, "2027-01-01", {"term_months": 18}, ""))])
    desk.adopt(api.prolong_epochs(desk.state, desk.now))

    assert desk.epoch(1).ends_ms == at("2030-09-17", 0) > before.ends_ms
    desk.state.write([POLICIES.put(Policy("TERM", 3, "2027-02-01", {"term_months": 3}, ""))])
    assert api.prolong_epochs(desk.state, desk.now).events == ()
    # What was presented before the change was presented under the policies of before it.
    figures: dict[str, int | str] = {
        "answer_business_days": 10,
        "review_business_days": 10,
        "due_months_max": 100,
    }
    desk.state.write([POLICIES.put(Policy("DOCUMENTS", 2, "2026-03-17", figures, ""))])
    assert api.prolong_epochs(desk.state, desk.now).events == ()


def test_an_end_never_lies_beyond_the_days_that_the_ledger_reckons_with(desk: Desk) -> None:
    desk.now_ms = at("2099-06-01")
    desk.begin_epoch()
    assert desk.epoch(1).ends_ms == at("2100-01-02", 0)


def test_rows_follow_the_epochs_and_the_names() -> None:
    desk = Following()
    desk.found_keys()
    desk.adopt(Change(events=founding_events(desk.state)))
    assert desk.row("key_epochs", 1)["commitment"] == hex_of(0xE1, 64)
    first = desk.present(invoices=(invoice_of(PAPER, 1),), amount=100)
    assert desk.row("payable_invoices", first, 1)["record"] == ""
    desk.confirm(first)
    desk.begin_epoch()
    assert desk.row("key_epochs", 1)["ends_at"] == desk.epoch(1).ends_ms
    second = present(desk, 1, 2)
    desk.confirm(second)

    assert desk.row("payable_invoices", second, 1)["record"] == name_of(PAPER, 1)
    assert desk.row("invoice_names", name_of(PAPER, 2))["invoice"] == name_of(PAPER, 1)
    desk.now_ms = desk.epoch(1).ends_ms
    assert desk.status("key_epochs", 1) == KEY_ENDED
    desk.write_due()
    assert (desk.status("key_epochs", 1), desk.status("key_epochs", 2)) == (KEY_ENDED, NAMED)


# -- who may know the newest key -------------------------------------------------------------------------


def test_members_that_have_left_with_the_newest_key_are_named_until_another_begins(desk: Desk) -> None:
    assert api.key_leavers(Desk().state, desk.now) == ()
    assert api.key_leavers(desk.state, desk.now) == ()
    for name, standing in (("bank-b", EXITED), ("ce-b", REVOKED), ("bank-a", SUSPENDED)):
        desk.standing(name, standing)
        desk.state.write([FALLS.put(Fall(name, desk.now_ms))])
    assert api.key_leavers(desk.state, desk.now) == ("bank-b", "ce-b")

    desk.begin_epoch(passed_ms=desk.now_ms + 1)

    assert api.key_leavers(desk.state, desk.now) == ()
    # Gone while the next key was being passed on: it may have that one, too.
    desk.begin_epoch(3, passed_ms=desk.now_ms - 1)
    assert api.key_leavers(desk.state, desk.now) == ("bank-b", "ce-b")


# -- names and records -----------------------------------------------------------------------------------


def test_papers_are_named_under_the_newest_key_and_each_earlier_one_that_is_still_named(desk: Desk) -> None:
    desk.begin_epoch()

    late = refused(lambda: present(desk, 1), desk)
    assert (late.code, late.typed_fields()) == ("KEY_EPOCH_NOT_NEWEST", {"epoch": 1, "newest": 2})
    assert code_of(lambda: present(desk, 1, 2, 3), desk) == "KEY_EPOCH_NOT_NEWEST"
    few = refused(lambda: present(desk, 2), desk)
    assert (few.code, few.typed_fields()["due"]) == ("EARLIER_NAMES_DIFFER", 1)
    desk.confirm(present(desk, 1, 2))
    desk.now_ms = desk.epoch(1).ends_ms
    late_due: dict[str, Any] = {"due_day": "2030-01-02"}
    assert code_of(lambda: present(desk, 1, 2, **late_due), desk) == "EARLIER_NAMES_DIFFER"
    present(desk, 2, **late_due)
    assert code_of(lambda: desk.present(kind="ORDER", invoices=(), epoch=1, **late_due), desk) == (
        "KEY_EPOCH_NOT_NEWEST"
    )


def test_a_payable_of_before_a_change_finds_the_record_that_another_made_meanwhile(desk: Desk) -> None:
    before = present(desk, 1)
    desk.begin_epoch()
    after = desk.confirmed(by=S2, invoices=(invoice_of(PAPER, 1, 2),), amount=100, epoch=2)
    desk.allocate(after, V1, (name_of(PAPER, 2), 60))

    change = desk.confirm(before)

    assert change.events == (
        PayableConfirmed(before, "ce-a", (name_of(PAPER, 2),), desk.payable(before).timeline),
    )
    assert (
        code_of(lambda: desk.allocate(before, V2, (name_of(PAPER, 1), 41)), desk) == "INVOICE_OVERALLOCATED"
    )
    desk.allocate(before, V2, (name_of(PAPER, 1), 40))
    assert desk.invoice(name_of(PAPER, 2)).headroom(desk.now) == 0
    assert desk.state.get(FINGERPRINTS, name_of(PAPER, 1)) is None


def test_a_payable_of_after_a_change_finds_the_record_of_before_and_another_issuer_is_refused(
    desk: Desk,
) -> None:
    before = present(desk, 1)
    desk.begin_epoch()
    desk.confirm(before)
    desk.taken(before, V1, (name_of(PAPER, 1), 60))

    assert code_of(lambda: present(desk, 1, 2, issuer="ce-b"), desk) == "INVOICE_ALREADY_USED"
    change = desk.confirm(present(desk, 1, 2))

    assert (
        InvoiceNamedToo(name_of(PAPER, 1), (name_of(PAPER, 2),), invoice_of(PAPER, 1, 2).near)
        in change.events
    )
    # Once the first key has ended, the second name still leads to the record.
    desk.now_ms += DAY_MS
    desk.begin_epoch(3)
    desk.now_ms = desk.epoch(1).ends_ms
    assert (
        code_of(lambda: present(desk, 2, 3, issuer="ce-b", due_day="2030-01-02"), desk)
        == "INVOICE_ALREADY_USED"
    )
    likeness = desk.state.get(LIKENESSES, hex_of(PAPER * 0x100 + 2, 16))
    assert likeness is not None
    assert likeness.fingerprints == (name_of(PAPER, 1),)


def test_names_that_lead_to_two_records_and_papers_that_lead_to_one_are_refused(desk: Desk) -> None:
    desk.confirm(present(desk, 1))
    desk.confirm(present(desk, 1, number=8))
    desk.begin_epoch()
    waiting = desk.present(
        invoices=(
            paper(name_of(PAPER, 2), 100, earlier=("a1" * 32,)),
            paper("a2" * 32, 100, earlier=("a3" * 32,)),
        ),
        amount=1,
        epoch=2,
    )
    twisted = present(desk, 1, 2, invoices=(paper("b2" * 32, 100, earlier=(name_of(9, 1),)),))
    desk.confirm(present(desk, 1, 2))
    desk.confirm(present(desk, 1, 2, number=9))

    mixed = paper(name_of(PAPER, 2), 100, earlier=(name_of(8, 1),))
    assert code_of(lambda: present(desk, 1, 2, invoices=(mixed,)), desk) == "INVOICE_NAMES_DIFFER"
    both = (invoice_of(PAPER, 1, 2), paper("c2" * 32, 100, earlier=("c1" * 32,)))
    present(desk, 1, 2, invoices=both)
    twins = (
        paper(name_of(PAPER, 2), 100, earlier=("d1" * 32,)),
        paper("d2" * 32, 100, earlier=(name_of(PAPER, 1),)),
    )
    assert code_of(lambda: present(desk, 1, 2, invoices=twins), desk) == "INVOICE_TWICE"
    desk.confirm(waiting)
    desk.confirm(twisted)
    assert desk.invoice(name_of(9, 2)).fingerprint == name_of(9, 2)


def test_papers_that_came_to_lead_to_one_record_while_a_payable_waited_are_refused_at_its_confirmation(
    desk: Desk,
) -> None:
    desk.begin_epoch()
    twins = (paper("d2" * 32, 100, earlier=("d1" * 32,)), paper("e2" * 32, 100, earlier=("e1" * 32,)))
    waiting = desk.present(invoices=twins, amount=1, epoch=2)
    crossed = paper("d2" * 32, 100, earlier=("e1" * 32,))
    desk.confirm(present(desk, 1, 2, invoices=(crossed,)))

    assert code_of(lambda: desk.confirm(waiting), desk) == "INVOICE_TWICE"


# -- red letters -----------------------------------------------------------------------------------------


def test_a_red_letter_is_named_with_the_key_of_the_record_and_counts_once(desk: Desk) -> None:
    desk.confirm(present(desk, 1))
    desk.begin_epoch()
    desk.confirm(present(desk, 1, 2))
    record = name_of(PAPER, 1)
    desk.credit(record, 10, letter="c1" * 32)

    other = refused(lambda: desk.credit(record, 10, letter="c2" * 32, epoch=2), desk)
    assert (other.code, other.typed_fields()["epoch"]) == ("CREDIT_EPOCH_DIFFERS", 1)
    assert code_of(lambda: desk.credit(record, 10, letter="c1" * 32), desk) == "CREDIT_KNOWN"
    assert code_of(lambda: desk.credit(name_of(PAPER, 2), 10, epoch=2), desk) == "INVOICE_NOT_KNOWN"
    assert api.record_under(name_of(PAPER, 2), desk.state) == desk.invoice(record)
    assert desk.invoice(record).credited() == 10


# -- invariants ------------------------------------------------------------------------------------------


def two_names(desk: Desk) -> str:
    """A record with two names."""
    desk.confirm(present(desk, 1))
    desk.begin_epoch()
    payable = present(desk, 1, 2)
    desk.confirm(payable)
    return payable


def test_a_name_that_leads_nowhere_or_elsewhere_is_found(desk: Desk) -> None:
    payable = two_names(desk)
    desk.confirm(present(desk, 1, 2, number=8))
    other = name_of(PAPER, 2)

    assert faults(desk, INVOICE_NAMES.put(InvoiceName(other, "0" * 64))) == ({204}, {204})
    assert faults(desk, INVOICE_NAMES.put(InvoiceName(other, name_of(8, 2)))) == ({204}, {204})
    own = desk.invoice(name_of(PAPER, 1))
    assert faults(desk, FINGERPRINTS.put(replace(own, fingerprint=other))) == ({204}, {204})
    row = desk.payable(payable)
    assert faults(desk, PAYABLES.put(replace(row, invoices=(invoice_of(8, 1, 2), invoice_of(8, 1, 2))))) == (
        {204},
        {204},
    )
    assert faults(desk, PAYABLES.put(replace(row, invoices=(invoice_of(77, 1),)))) == ({204}, {204})


def test_a_red_letter_that_counts_twice_or_under_no_key_of_record_is_found(desk: Desk) -> None:
    two_names(desk)
    row = desk.invoice(name_of(PAPER, 1))

    twice = (Credit("c1" * 32, 1, "ce-a"), Credit("c1" * 32, 2, "ce-a"))
    assert faults(desk, FINGERPRINTS.put(replace(row, credits=twice))) == ({205}, {205})
    new = replace(row, fingerprint="d9" * 32, epoch=9)
    assert faults(desk, FINGERPRINTS.put(new)) == ({205}, {205})


def test_epochs_that_do_not_follow_each_other_are_found(desk: Desk) -> None:
    two_names(desk)
    newest = desk.epoch(2)

    for row in (
        replace(newest, epoch=4, commitment="44" * 32),
        replace(newest, epoch=3),
        replace(newest, epoch=3, commitment="33" * 32),
    ):
        assert faults(desk, KEY_EPOCHS.put(row)) == ({206}, {206})
    many = [
        replace(newest, epoch=n, commitment=hex_of(n, 64), begun_ms=0, timeline=settled(NAMED))
        for n in (3, 4, 5)
    ]
    assert faults(desk, *(KEY_EPOCHS.put(row) for row in many)) == ({206}, {206})
