"""Who must be able to open which part."""

import pytest

from tallychain.contracts.vouchers import audiences, refusals
from tallychain.contracts.vouchers.cancelling.operations import Consent
from tallychain.contracts.vouchers.composed import OPERATIONS
from tallychain.contracts.vouchers.contents import NoTradeRelation, TradeContent, check_trade
from tallychain.contracts.vouchers.declared import MAKE_OFFER
from tallychain.contracts.vouchers.operations import (
    MAX_ROWS,
    TRADE_LABELS,
    Accept,
    Decline,
    Issue,
    MakeOffer,
    Recall,
    Reject,
    Take,
)
from tallychain.contracts.vouchers.sponsoring.operations import ClaimSponsorIdle, Port
from tallychain.contracts.vouchers.tests.desk import V1_FACE, Desk, person, row, units
from tallychain.ledger import limits
from tallychain.ledger.types import MemberId, member_author

S1, S2, S3 = person("s1"), person("s2"), person("s3", "bank-b")


def test_the_papers_of_a_transfer_name_a_contract_or_an_invoice() -> None:
    check_trade(TradeContent("CG-1", (), "", ""))
    check_trade(TradeContent("", ("26992000000000000005",), "", ""))
    with pytest.raises(NoTradeRelation):
        check_trade(TradeContent(" ", (), "货款", "300,000.00"))


def test_a_promise_is_open_to_issuer_receiver_and_the_receivers_sponsor() -> None:
    desk = Desk()
    backing = desk.backing(S3, V1_FACE)
    args = Issue("0" * 32, S3, "CNY", units(V1_FACE), "2026-09-14", MemberId("settle-a"), *backing)
    call = desk.call(member_author(MemberId("ce-a")), "ce-a")

    assert audiences.promise(args, call, desk.state) == ("member:bank-b", "member:ce-a", S3.sealing)


def test_an_answer_shows_who_answers_to_sponsor_issuer_and_supervisor() -> None:
    desk = Desk()
    voucher = desk.issue(receiver=S3)
    call = desk.by_tag(S3)
    known = ("member:bank-b", "member:ce-a", "member:supervisor", S3.sealing)

    assert audiences.answer(Accept(voucher.number, voucher.promise), call, desk.state) == known
    assert audiences.answer(Reject(voucher.number), call, desk.state) == known
    assert audiences.rejection(Reject(voucher.number), call, desk.state) == (
        "member:bank-b",
        "member:ce-a",
        S3.sealing,
    )


def test_an_offer_shows_the_holder_to_every_receiver_and_each_trade_to_its_own_only() -> None:
    desk = Desk()
    voucher = desk.active()
    args = MakeOffer(voucher.number, units(1), (row(1, 5, S2), row(6, 9, S3)))
    call = desk.by_tag(S1)

    assert audiences.offering(args, call, desk.state) == tuple(
        sorted(["member:bank-a", "member:ce-a", "member:supervisor", S1.sealing, S2.sealing, S3.sealing])
    )
    first, second, third = (audiences.trade_of_row(n)(args, call, desk.state) for n in range(3))
    assert first == tuple(sorted(["member:bank-a", S1.sealing, S2.sealing]))
    assert second == tuple(sorted(["member:bank-a", "member:bank-b", S1.sealing, S3.sealing]))
    assert third == ()


def test_acts_on_an_offer_show_who_acts_to_the_counterpart() -> None:
    desk = Desk()
    voucher = desk.active()
    (name,) = desk.offer(voucher.number, S1, row(1, 5, S3))
    call = desk.by_tag(S3)
    taking = tuple(sorted(["member:bank-b", "member:ce-a", "member:supervisor", S1.sealing, S3.sealing]))
    recalling = tuple(sorted(["member:bank-a", "member:ce-a", "member:supervisor", S1.sealing, S3.sealing]))
    both = tuple(sorted(["member:bank-a", "member:bank-b", S1.sealing, S3.sealing]))

    assert audiences.taking(Take(voucher.number, name), call, desk.state) == taking
    assert audiences.taking(Decline(voucher.number, name), call, desk.state) == taking
    assert audiences.recalling(Recall(voucher.number, name), desk.by_tag(S1), desk.state) == recalling
    assert audiences.declining(Decline(voucher.number, name), call, desk.state) == both


def test_whoever_carries_an_act_for_an_idle_sponsor_is_shown_who_acts() -> None:
    desk = Desk()
    voucher = desk.active()
    call = desk.by_tag(S1, via="bank-b")
    every = ["member:bank-a", "member:bank-b", "member:ce-a", "member:supervisor", S1.sealing]
    claim = ClaimSponsorIdle(voucher.number, 1, "")
    desk.claim(voucher.number, S1, "bank-b", holding=1)
    consent = Consent(voucher.number, "0" * 64, units(1))
    assert "member:bank-b" not in audiences.consenting(consent, call, desk.state)
    desk.now_ms += 3_600_000
    call = desk.by_tag(S1, via="bank-b")

    assert audiences.consenting(consent, call, desk.state) == tuple(sorted(every))
    assert audiences.claiming(claim, call, desk.state) == tuple(sorted(every[:-1]))


def test_the_sponsor_that_is_left_is_not_told_who_leaves() -> None:
    desk = Desk()
    voucher = desk.active()
    call = desk.by_tag(S1, via="bank-b")

    assert audiences.porting(Port(voucher.number, (units(1),)), call, desk.state) == tuple(
        sorted(["member:bank-b", "member:ce-a", "member:supervisor", S1.sealing])
    )


def test_what_does_not_exist_is_refused_before_anything_is_sealed() -> None:
    desk = Desk()
    missing = "EVTEST20260316000000000998"

    with pytest.raises(refusals.VoucherNotFound):
        audiences.answer(Reject(missing), desk.by_tag(S1), desk.state)
    with pytest.raises(refusals.OfferNotFound):
        audiences.declining(Decline(missing, "0" * 64 + ":1"), desk.by_tag(S1), desk.state)


def test_parts_and_recipients_of_the_largest_offer_are_within_the_limits() -> None:
    assert len(MAKE_OFFER.seals) == MAX_ROWS + 1 == limits.SEALED_PARTS
    assert len(TRADE_LABELS) == MAX_ROWS
    # Receivers, the holder, its sponsor, the issuer, and room for five supervisors.
    assert MAX_ROWS + 3 + 5 < limits.RECIPIENTS


def test_every_act_of_a_holder_shows_who_acts() -> None:
    for operation in OPERATIONS:
        labels = [rule.label for rule in operation.seals if rule.required]
        assert ("identity" in labels) == (operation.authority.roles == ("holder",))
