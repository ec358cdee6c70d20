"""Who must be able to open which part."""

import pytest

from tallychain.contracts.documents import audiences, refusals
from tallychain.contracts.documents.declared import OPERATIONS, PRESENT
from tallychain.contracts.documents.operations import Contest, RecordCredit, Review, Withdraw
from tallychain.contracts.documents.state import CONCERNED_MAX
from tallychain.contracts.documents.tests.desk import INV_1, INV_2, S1, S2, Desk
from tallychain.ledger import limits


def test_who_presents_is_known_to_sponsor_debtor_and_supervisor_and_the_papers_not_to_the_supervisor() -> (
    None
):
    desk = Desk()
    args = PRESENT.example
    own = (args.presenter.sealing, "member:bank-a", "member:ce-a")
    call = desk.by_tag(S1)

    assert set(audiences.presenting(args, call, desk.state)) == {*own, "member:supervisor"}
    assert audiences.papers(args, call, desk.state) == tuple(sorted(own))


def test_withdrawing_and_contesting_are_known_to_both_sides() -> None:
    desk = Desk()
    payable = desk.present(by=S2)
    call = desk.by_tag(S2)
    sides = {S2.sealing, "member:bank-b", "member:ce-a"}

    assert set(audiences.withdrawing(Withdraw(payable), call, desk.state)) == {*sides, "member:supervisor"}
    assert set(audiences.contesting(Contest(payable), call, desk.state)) == sides
    with pytest.raises(refusals.PayableNotFound):
        audiences.contesting(Contest("0" * 64), call, desk.state)


def test_why_an_invoice_was_credited_is_known_to_everybody_with_a_payable_on_it() -> None:
    desk = Desk()
    desk.confirmed()
    desk.confirmed(by=S2)
    call = desk.by_member("ce-a")
    known = ("member:bank-a", "member:bank-b", "member:ce-a")

    assert audiences.concerned(RecordCredit(INV_1, "c1" * 32, 1, 1), call, desk.state) == known
    assert audiences.concerned(Review(INV_2, "STANDS"), call, desk.state) == known
    with pytest.raises(refusals.InvoiceNotKnown):
        audiences.concerned(Review("0" * 64, "STANDS"), call, desk.state)


def test_the_recipients_of_a_reason_are_within_the_limit() -> None:
    assert CONCERNED_MAX < limits.RECIPIENTS


def test_every_act_of_a_holder_shows_who_acts() -> None:
    for operation in OPERATIONS:
        labels = [rule.label for rule in operation.seals if rule.required]
        assert ("identity" in labels) == (operation.authority.roles == ("holder",))
