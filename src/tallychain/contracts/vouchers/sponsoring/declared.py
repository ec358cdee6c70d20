"""The operations between a holder and its sponsor."""

from tallychain.contracts.vouchers import audiences, declared, refusals
from tallychain.contracts.vouchers.sponsoring import operations, rules
from tallychain.contracts.vouchers.sponsoring.refusals import (
    ClaimNotWaiting,
    ClaimStands,
    HoldingNamedTwice,
    SponsorCarries,
)
from tallychain.instruments.money import Units
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, SealRule, Words
from tallychain.ledger.holder import IdentityContent

PORT = OperationType(
    name="holder.port",
    args=operations.Port,
    authority=Authority.HOLDER,
    title=Words("Change the sponsor", "更换接入机构"),
    summary=Words(
        "Move holdings of one tag to the member that carries this act; the sponsor until now is not asked.",
        "将某一标签的持有份额转至提交本业务的成员，原接入机构无须同意。",
    ),
    rule=rules.port,
    refusals=(
        refusals.VoucherNotFound,
        refusals.HoldingNotFound,
        refusals.NotTheHolder,
        SponsorCarries,
        HoldingNamedTwice,
        refusals.RecipientNotEligible,
    ),
    seals=(SealRule("identity", IdentityContent, audiences.porting, example=declared.IDENTITY_EXAMPLE),),
    primary=lambda args: args.voucher,
    example=operations.Port(voucher=declared.VOUCHER, holdings=(Units(1),)),
)

CLAIM = OperationType(
    name="sponsor.claim",
    args=operations.ClaimSponsorIdle,
    authority=Authority.HOLDER,
    title=Words("Claim that the sponsor is idle", "申告接入机构不作为"),
    summary=Words(
        "Say through any member that the sponsor carries nothing; unanswered, any member may carry this tag's acts for a day.",
        "经任一成员申告接入机构不提交业务；逾期未答复的，一日内任一成员均可提交该标签的业务。",
    ),
    rule=rules.claim,
    refusals=(
        refusals.VoucherNotFound,
        refusals.OfferNotFound,
        refusals.HoldingNotFound,
        refusals.NotTheHolder,
        refusals.NotTheNamedReceiver,
        SponsorCarries,
        ClaimStands,
    ),
    seals=(SealRule("identity", IdentityContent, audiences.claiming, example=declared.IDENTITY_EXAMPLE),),
    primary=lambda args: args.voucher,
    example=operations.ClaimSponsorIdle(voucher=declared.VOUCHER, holding=1, offer=""),
)

ANSWER = OperationType(
    name="sponsor.answer",
    args=operations.AnswerClaim,
    authority=Authority.SYSTEM,
    begins=False,
    title=Words("Answer a holder's claim", "答复持有人申告"),
    summary=Words("The sponsor is there and carries the tag's acts.", "接入机构声明在岗并提交该标签的业务。"),
    rule=rules.answer,
    refusals=(ClaimNotWaiting,),
    primary=lambda args: f"claim {args.tag}",
    example=operations.AnswerClaim(tag=declared.RECEIVER.tag),
)

OPERATIONS: tuple[AnyOperation, ...] = (PORT, CLAIM, ANSWER)
