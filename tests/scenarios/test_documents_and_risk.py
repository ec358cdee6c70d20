"""Documents and risk on the real machine: signed, sealed, ordered, with a small contract above them that uses both as vouchers do."""

from collections.abc import Callable

import msgspec
import pytest
from msgspec import Struct
from msgspec.structs import replace

from tallychain.contracts import documents, governance, members, risk
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
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.ledger import codec
from tallychain.ledger.contract import (
    AnyOperation,
    Authority,
    Call,
    Change,
    Contract,
    Event,
    OperationType,
    Words,
)
from tallychain.ledger.genesis import Genesis
from tallychain.ledger.holder import Receiver
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.receipt import Receipt
from tallychain.ledger.state import Reader
from tallychain.ledger.types import MemberId
from tallychain.testkit.genesis import trial_genesis
from tallychain.testkit.world import Answer, Variation, World

INV_1, INV_2 = "f1" * 32, "f2" * 32
DAY_MS = 86_400_000


class Promise(Struct, frozen=True, forbid_unknown_fields=True):
    """Promise a face, as a voucher does."""

    voucher: str
    receiver: Receiver
    face: int
    payable: str
    parts: tuple[AllocatedPart, ...]


class Ended(Struct, frozen=True, forbid_unknown_fields=True):
    """End a promise without title."""

    voucher: str
    face: int


class Promised(Event, frozen=True, tag="promise.made"):
    """A promise was made."""

    voucher: str


def make(args: Promise, call: Call, state: Reader) -> Change:
    issuer = str(call.member)
    risks.check_may_issue(state, issuer, call.now)
    backing = papers.Backing(
        voucher=args.voucher,
        issuer=issuer,
        receiver=args.receiver,
        face=args.face,
        payable=args.payable,
        parts=args.parts,
        until_ms=call.now.time_ms + 10 * DAY_MS,
    )
    return (
        Change(events=(Promised(args.voucher),))
        + papers.allocate(state, backing, call.now)
        + risks.use(state, issuer, args.face, call.now)
    )


def end(args: Ended, call: Call, state: Reader) -> Change:
    return papers.release(state, args.voucher, call.now) + risks.give_back(state, str(call.member), args.face)


def operation(name: str, example: Struct, rule: Callable[..., Change]) -> AnyOperation:
    words = Words("Trial", "试验")
    return OperationType(
        name=name,
        args=type(example),
        authority=Authority.TWO_PERSONS,
        title=words,
        summary=words,
        rule=rule,
        refusals=(),
        example=example,
    )


SOMEBODY = Receiver("ed25519:" + "0" * 64, "x25519:" + "0" * 64, MemberId("bank-a"))
PROMISES = Contract(
    name="promises",
    title=Words("Promises", "承诺"),
    operations=(
        operation("promise.make", Promise("EV1", SOMEBODY, 1, "0" * 64, ()), make),
        operation("promise.end", Ended("EV1", 1), end),
    ),
    events=(Promised,),
    tables=(),
)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """The trial alliance on a chain that runs documents, risk and the small contract too."""
    catalogue = Catalogue(
        [members.CONTRACT, governance.CONTRACT, documents.CONTRACT, risk.CONTRACT, PROMISES]
    )

    def with_policies(*args: object, **more: object) -> bytes:
        genesis = codec.decode(Genesis, trial_genesis(*args, **more))  # type: ignore[arg-type]  # handed through as it came
        kept = tuple(policy for policy in genesis.policies if policy.kind not in ("DOCUMENTS", "RISK"))
        usual = papers.usual_policies("2026-01-01") + risks.usual_policies("2026-01-01")
        return codec.encode(replace(genesis, policies=kept + usual))

    monkeypatch.setattr("tallychain.testkit.world.CATALOGUE", catalogue)
    monkeypatch.setattr("tallychain.testkit.world.trial_genesis", with_policies)
    return World()


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


def test_from_a_presented_payable_to_a_red_letter_on_the_real_machine(world: World) -> None:
    args = presenting(world)
    payable = done(world.do("payable.present", args, by=args.presenter.tag))
    done(world.do("payable.confirm", Confirm(payable, 112_000_000), by="ce-a"))
    parts = (AllocatedPart(INV_1, 60_000_000), AllocatedPart(INV_2, 40_000_000))
    promise = Promise("EV1", args.presenter, 100_000_000, payable, parts)
    assert world.do("promise.make", promise, by="ce-a").code == "CEILING_EXCEEDED"
    ceiling = done(world.do("ceiling.grant", granting(100_000_000), by="bank-a"))
    done(world.do("promise.make", promise, by="ce-a"))
    assert risks.free(world.reader, "ce-a", world.state.moment()) == 0
    assert world.do("ceiling.reduce", Reduce("ce-a", ceiling, 1), by="bank-b").code == "NOT_THE_GRANTOR"
    done(world.do("ceiling.reduce", Reduce("ce-a", ceiling, 1), by="bank-a"))

    credit = RecordCredit(INV_2, "c1" * 32, 20_000_000)
    done(world.do("invoice.credit", credit, by="bank-a", content={"reason": WordContent(reason="退货")}))
    assert papers.is_under_review(world.reader, "EV1", world.state.moment())
    for name in ("ce-a", "bank-a"):
        done(world.do("invoice.review", Review(INV_2, "STANDS"), by=name))
    assert not papers.is_under_review(world.reader, "EV1", world.state.moment())
    done(world.do("promise.end", Ended("EV1", 100_000_000), by="ce-a"))

    assert risks.used(world.reader, "ce-a") == 0
    assert world.check() == []


def test_two_promises_of_one_block_get_no_more_than_there_is(world: World) -> None:
    args = presenting(world)
    payable = done(world.do("payable.present", args, by=args.presenter.tag))
    done(world.do("payable.confirm", Confirm(payable, 112_000_000), by="ce-a"))
    done(world.do("ceiling.grant", granting(200_000_000), by="bank-a"))
    acts = [
        world.act(
            "promise.make",
            Promise(name, args.presenter, 60_000_000, payable, (AllocatedPart(INV_1, 60_000_000),)),
            by="ce-a",
        )
        for name in ("EV1", "EV2")
    ]

    answers = world.submit(acts, carrier="ce-a")

    assert [answer.code for answer in answers] == ["DONE", "INVOICE_OVERALLOCATED"]
    assert risks.used(world.reader, "ce-a") == 60_000_000


def test_a_promise_that_is_refused_by_one_contract_leaves_nothing_in_the_other(world: World) -> None:
    args = presenting(world)
    payable = done(world.do("payable.present", args, by=args.presenter.tag))
    done(world.do("payable.confirm", Confirm(payable, 112_000_000), by="ce-a"))
    before = papers.fingerprint(world.reader, INV_1)

    promise = Promise("EV1", args.presenter, 1, payable, (AllocatedPart(INV_1, 1),))

    assert world.do("promise.make", promise, by="ce-a").code == "CEILING_EXCEEDED"
    assert papers.fingerprint(world.reader, INV_1) == before


def test_a_defect_in_a_contract_above_gives_nothing_back_that_was_not_taken(world: World) -> None:
    answer = world.do("promise.end", Ended("EV1", 1), by="ce-a")

    assert answer.code.startswith("INTERNAL_")
    assert risks.used(world.reader, "ce-a") == 0


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
