"""The operations of financings until a quote is chosen."""

from tallychain.contracts.documents import api as documents
from tallychain.contracts.vouchers import declared
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.financing import (
    asking,
    audiences,
    choosing,
    operations,
    refusals,
)
from tallychain.contracts.vouchers.financing.contents import AskContent, PaymentContent, QuoteContent
from tallychain.contracts.vouchers.financing.find import FUNDER_KINDS
from tallychain.contracts.vouchers.settling.refusals import HoldingPaid
from tallychain.instruments.money import Units
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, SealRule, Words
from tallychain.ledger.holder import IdentityContent

FINANCING = "f1" * 32
QUOTE = "c1" * 32
FOUND = (general.VoucherNotFound, refusals.FinancingNotFound)
SELLER_SIDE = (*FOUND, general.NotTheHolder, refusals.UnitsPassedOn, general.NotTheSponsor)
IDENTITY = SealRule("identity", IdentityContent, audiences.seller, example=declared.IDENTITY_EXAMPLE)

ASK = OperationType(
    name="financing.request",
    args=operations.AskFinancing,
    authority=Authority.HOLDER,
    title=Words("Ask for money", "申请融资"),
    summary=Words(
        "Ask some banks and factors for money against units of a holding; nothing is bound before one is chosen.",
        "就所持份额向若干银行或保理机构询价；选定报价之前，份额不受限制。",
    ),
    rule=asking.ask,
    refusals=(
        general.VoucherNotFound,
        general.HoldingNotFound,
        general.NotTheHolder,
        general.NotTheSponsor,
        general.VoucherNotActive,
        general.BlackOut,
        documents.VoucherUnderReview,
        HoldingPaid,
        general.UnitsOutsideHolding,
        general.UnitsNotFree,
        general.LayerLimit,
        refusals.FunderNotEligible,
        refusals.ClosingTimeNotPossible,
    ),
    seals=(
        SealRule("identity", IdentityContent, audiences.asking, example=declared.IDENTITY_EXAMPLE),
        SealRule(
            "reasons",
            AskContent,
            audiences.reasons,
            example=AskContent(
                contract="CG-2026-0401", invoices=("26312000000012345678",), purpose="采购原材料"
            ),
        ),
    ),
    primary=lambda args: args.voucher,
    example=operations.AskFinancing(
        voucher=declared.VOUCHER,
        holding=Units(1),
        first=Units(1),
        last=Units(30_000_000),
        form="FACTORING",
        recourse=False,
        funders=("bank-b", "factor-a"),
        closes_ms=1_776_240_000_000,
    ),
)

COMMIT = OperationType(
    name="financing.quote",
    args=operations.CommitQuote,
    authority=Authority.TWO_PERSONS,
    kinds=FUNDER_KINDS,
    title=Words("Commit to a quote", "提交报价承诺"),
    summary=Words(
        "Commit to a quote that nobody can read before the time for quotes is over.",
        "提交密封报价的承诺；报价截止之前任何人都无法读取。",
    ),
    rule=asking.commit,
    refusals=(
        *FOUND,
        refusals.FinancingStands,
        refusals.NotAsked,
        refusals.TooManyQuotes,
        refusals.ReceiverOfAnother,
        general.ReceiverIsHolder,
        general.RecipientNotEligible,
        general.KeyNotAdmitted,
        refusals.BankNotEligible,
    ),
    primary=lambda args: args.voucher,
    example=operations.CommitQuote(
        voucher=declared.VOUCHER,
        financing=FINANCING,
        commitment=QUOTE,
        receiver=declared.RECEIVER,
        paying_bank="settle-a",
    ),
)

REVEAL = OperationType(
    name="financing.reveal",
    args=operations.RevealQuote,
    authority=Authority.SYSTEM,
    begins=False,
    title=Words("Deliver a quote", "揭示报价"),
    summary=Words(
        "Deliver the quote that two persons have committed to, once the time for quotes is over.",
        "报价截止后，将经双人承诺的报价送达卖方。",
    ),
    rule=asking.reveal,
    refusals=(
        *FOUND,
        refusals.QuoteNotFound,
        refusals.QuoteDelivered,
        refusals.FinancingStands,
        refusals.QuoteDiffers,
    ),
    seals=(
        SealRule(
            "quote",
            QuoteContent,
            audiences.quote,
            example=QuoteContent(
                rate=36_500,
                day_count="ACT_360",
                value_date="2026-04-16",
                days=151,
                interest=459_292,
                fees=0,
                net=29_540_708,
                contract="BL-2026-0416",
            ),
        ),
    ),
    primary=lambda args: args.voucher,
    example=operations.RevealQuote(voucher=declared.VOUCHER, financing=FINANCING),
)

CHALLENGE = OperationType(
    name="financing.challenge",
    args=operations.ChallengeQuote,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Show that a quote is false", "质疑虚假报价"),
    summary=Words(
        "Open a delivered quote whose figures do not add up; it is void, and everybody sees why.",
        "公开金额不符的报价内容，使其作废。",
    ),
    rule=asking.challenge,
    refusals=(
        *SELLER_SIDE,
        refusals.FinancingStands,
        refusals.QuoteNotFound,
        refusals.QuoteNotUsable,
        refusals.ChallengeNotProven,
        refusals.QuoteIsTrue,
    ),
    seals=(IDENTITY,),
    primary=lambda args: args.voucher,
    example=operations.ChallengeQuote(
        voucher=declared.VOUCHER,
        financing=FINANCING,
        funder="bank-b",
        context="c2" * 32,
        salt="5a" * 32,
        content="7b7d",
    ),
)

AWARD = OperationType(
    name="financing.award",
    args=operations.Award,
    authority=Authority.HOLDER,
    title=Words("Choose a quote", "选定报价"),
    summary=Words(
        "Choose one quote; its units are bound until the money has come or has failed to.",
        "选定一项报价；放款完成或失败之前，相应份额被锁定。",
    ),
    rule=choosing.award,
    refusals=(
        *SELLER_SIDE,
        refusals.FinancingStands,
        general.VoucherNotActive,
        general.BlackOut,
        documents.VoucherUnderReview,
        HoldingPaid,
        general.UnitsNotFree,
        refusals.QuoteNotFound,
        refusals.QuoteNotUsable,
        refusals.FunderNotEligible,
        general.RecipientNotEligible,
        refusals.BankNotEligible,
        general.LayerLimit,
        general.SplitLimit,
        general.PartTooSmall,
    ),
    seals=(
        SealRule("identity", IdentityContent, audiences.awarding, example=declared.IDENTITY_EXAMPLE),
        SealRule(
            "payment",
            PaymentContent,
            audiences.payment,
            example=PaymentContent(
                amount=29_540_708,
                name="某某供应有限公司",
                bank_code="102290000000",
                account="1001234567890123456",
            ),
        ),
    ),
    primary=lambda args: args.voucher,
    example=operations.Award(
        voucher=declared.VOUCHER, financing=FINANCING, funder="bank-b", quote=QUOTE, seller_bank="bank-a"
    ),
)

CLOSE = OperationType(
    name="financing.close",
    args=operations.CloseFinancing,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Take no quote", "结束询价"),
    summary=Words("End a request without choosing anybody.", "不选定任何报价，结束询价。"),
    rule=choosing.close,
    refusals=(*SELLER_SIDE, refusals.FinancingStands),
    seals=(IDENTITY,),
    primary=lambda args: args.voucher,
    example=operations.CloseFinancing(voucher=declared.VOUCHER, financing=FINANCING),
)

OPERATIONS: tuple[AnyOperation, ...] = (ASK, COMMIT, REVEAL, CHALLENGE, AWARD, CLOSE)
