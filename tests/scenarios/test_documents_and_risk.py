"""Documents and risk on the real machine: signed, sealed, ordered, and used by vouchers."""

import msgspec
import pytest

from tallychain.contracts.documents import api as papers
from tallychain.contracts.documents.contents import WordContent
from tallychain.contracts.documents.operations import (
    Confirm,
    Contest,
    Present,
    RecordCredit,
    Review,
    Withdraw,
)
from tallychain.contracts.documents.state import AllocatedPart, Invoice
from tallychain.contracts.risk import api as risks
from tallychain.contracts.risk.operations import Grant, Reduce
from tallychain.contracts.vouchers import operations as vouchers
from tallychain.contracts.vouchers.state import VOUCHERS
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.instruments.money import Units
from tallychain.ledger.holder import Receiver
from tallychain.ledger.receipt import Receipt
from tallychain.testkit.world import Answer, Variation, World

INV_1, INV_2 = "f1" * 32, "f2" * 32


@pytest.fixture
def world() -> World:
    """The trial alliance before any bank has granted a ceiling."""
    return World(ceilings=())


def presenting(world: World, client: str = "s1", **changed: object) -> Present:
    fields: dict[str, object] = {
        "reference": "7b" * 16,
        "issuer": "ce-a",
        "presenter": world.receiver(client),
        "kind": "INVOICE",
        "amount": 112_000_000,
        "due_day": "2026-09-14",
        "epoch": 1,
        "invoices": (Invoice(INV_1, (), 60_000_000, ()), Invoice(INV_2, (), 52_000_000, ())),
    }
    return msgspec.convert({**fields, **changed}, Present, from_attributes=True)


def done(answer: Answer) -> str:
    assert isinstance(answer, Receipt)
    assert answer.code == "DONE", (answer.code, answer.fields)
    return answer.operation


def granting(amount: int) -> Grant:
    return Grant("ce-a", amount, "CNY", "2026-03-16", "2027-03-15")


def promise(
    receiver: Receiver, payable: str, *parts: tuple[str, int], reference: str = "5c" * 16
) -> vouchers.Issue:
    return vouchers.Issue(
        reference=reference,
        receiver=receiver,
        currency="CNY",
        face=Units(sum(amount for _, amount in parts)),
        nominal_maturity="2026-09-14",
        settlement_bank="settle-a",
        payable=payable,
        invoices=tuple(AllocatedPart(name, amount) for name, amount in parts),
    )


def issued(world: World) -> str:
    """The number of the newest voucher."""
    return max(row.number for row in world.reader.scan(VOUCHERS))


def test_from_a_presented_payable_to_a_red_letter_on_the_real_machine(world: World) -> None:
    args = presenting(world)
    payable = done(world.do("payable.present", args, by=args.presenter.tag))
    done(world.do("payable.confirm", Confirm(payable, 112_000_000), by="ce-a"))
    made = promise(args.presenter, payable, (INV_1, 60_000_000), (INV_2, 40_000_000))
    assert world.do("voucher.issue", made, by="ce-a").code == "CEILING_EXCEEDED"
    ceiling = done(world.do("ceiling.grant", granting(100_000_000), by="bank-a"))
    done(world.do("voucher.issue", made, by="ce-a"))
    number = issued(world)
    assert risks.free(world.reader, "ce-a", world.state.moment()) == 0
    assert world.do("ceiling.reduce", Reduce("ce-a", ceiling, 1), by="bank-b").code == "NOT_THE_GRANTOR"
    done(world.do("ceiling.reduce", Reduce("ce-a", ceiling, 1), by="bank-a"))

    credit = RecordCredit(INV_2, "c1" * 32, 1, 20_000_000)
    done(world.do("invoice.credit", credit, by="bank-a", content={"reason": WordContent(reason="退货")}))
    assert papers.is_under_review(world.reader, number, world.state.moment())
    for name in ("ce-a", "bank-a"):
        done(world.do("invoice.review", Review(INV_2, "STANDS"), by=name))
    assert not papers.is_under_review(world.reader, number, world.state.moment())
    done(world.do("voucher.withdraw", vouchers.Withdraw(number), by="ce-a"))

    assert risks.used(world.reader, "ce-a") == 0
    assert world.check() == []


def test_two_promises_of_one_block_get_no_more_than_there_is(world: World) -> None:
    args = presenting(world)
    payable = done(world.do("payable.present", args, by=args.presenter.tag))
    done(world.do("payable.confirm", Confirm(payable, 112_000_000), by="ce-a"))
    done(world.do("ceiling.grant", granting(200_000_000), by="bank-a"))
    acts = [
        world.act(
            "voucher.issue",
            promise(args.presenter, payable, (INV_1, 60_000_000), reference=reference),
            by="ce-a",
        )
        for reference in ("1" * 32, "2" * 32)
    ]

    answers = world.submit(acts, carrier="ce-a")

    assert [answer.code for answer in answers] == ["DONE", "INVOICE_OVERALLOCATED"]
    assert risks.used(world.reader, "ce-a") == 60_000_000


def test_a_promise_that_is_refused_by_one_contract_leaves_nothing_in_the_other(world: World) -> None:
    args = presenting(world)
    payable = done(world.do("payable.present", args, by=args.presenter.tag))
    done(world.do("payable.confirm", Confirm(payable, 112_000_000), by="ce-a"))
    before = papers.fingerprint(world.reader, INV_1)

    made = promise(args.presenter, payable, (INV_1, 1))

    assert world.do("voucher.issue", made, by="ce-a").code == "CEILING_EXCEEDED"
    assert papers.fingerprint(world.reader, INV_1) == before


def test_an_answer_ends_the_waiting_and_a_silent_debtor_ends_it_too(world: World) -> None:
    withdrawn = presenting(world)
    payable = done(world.do("payable.present", withdrawn, by=withdrawn.presenter.tag))
    done(world.do("payable.withdraw", Withdraw(payable), by=withdrawn.presenter.tag))
    contested = presenting(world)
    payable = done(world.do("payable.present", contested, by=contested.presenter.tag))
    done(world.do("payable.contest", Contest(payable), by="ce-a"))
    silent = presenting(world)
    payable = done(world.do("payable.present", silent, by=silent.presenter.tag))

    world.advance(instant_ms(parse_date("2026-03-31")))

    row = papers.payable(world.reader, payable)
    assert row is not None
    assert row.status_at(world.state.moment()) == "LAPSED"
    late = world.do("payable.confirm", Confirm(payable, 112_000_000), by="ce-a")
    assert late.code == "PAYABLE_NOT_PRESENTED"


@pytest.mark.parametrize(
    ("vary", "code"),
    [
        (Variation(without=frozenset({"member:ce-a"})), "RECIPIENT_MISSING"),
        (Variation(without=frozenset({"member:supervisor"})), "RECIPIENT_MISSING"),
        (Variation(leave_out=frozenset({"papers"})), "PART_MISSING"),
        (Variation(leave_out=frozenset({"identity"})), "PART_MISSING"),
        (Variation(via="bank-b"), "CARD_SPONSOR_DIFFERS"),
    ],
)
def test_a_payable_that_its_debtor_could_not_read_or_another_sponsor_carries_is_refused(
    world: World, vary: Variation, code: str
) -> None:
    args = presenting(world)

    assert world.do("payable.present", args, by=args.presenter.tag, vary=vary).code == code


def test_only_banks_grant_and_only_core_enterprises_confirm(world: World) -> None:
    args = presenting(world)
    payable = done(world.do("payable.present", args, by=args.presenter.tag))

    assert world.do("payable.confirm", Confirm(payable, 112_000_000), by="bank-a").code == "NOT_LICENSED"
    assert world.do("ceiling.grant", granting(1), by="factor-a").code == "NOT_LICENSED"
    assert world.do("payable.confirm", Confirm(payable, 112_000_000), by="ce-b").code == "NOT_THE_DEBTOR"
