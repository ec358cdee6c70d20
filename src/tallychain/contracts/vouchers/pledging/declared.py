"""The operations of pledges."""

from tallychain.contracts.documents import api as documents
from tallychain.contracts.vouchers import audiences, declared
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.contents import ReasonContent
from tallychain.contracts.vouchers.pledging import operations, refusals, rules
from tallychain.contracts.vouchers.pledging.contents import ClaimContent, TermsContent
from tallychain.contracts.vouchers.settling.refusals import HoldingPaid
from tallychain.instruments.money import Units
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, SealRule, Words
from tallychain.ledger.holder import IdentityContent

PLEDGE = "7e" * 32
FOUND = (general.VoucherNotFound, refusals.PledgeNotFound)
HOLDER_SIDE = (*FOUND, general.NotTheHolder, general.NotTheSponsor)
PLEDGEE_SIDE = (*FOUND, refusals.NotThePledgee)
IDENTITY = SealRule("identity", IdentityContent, audiences.pledged, example=declared.IDENTITY_EXAMPLE)

CREATE = OperationType(
    name="pledge.create",
    args=operations.CreatePledge,
    authority=Authority.HOLDER,
    title=Words("Pledge a holding", "质押凭证"),
    summary=Words(
        "Offer a whole holding as security; it is bound until the pledgee answers or the time for that is over.",
        "以整份持有份额设立质押；质权人答复或逾期之前，该份额不得转让。",
    ),
    rule=rules.create,
    refusals=(
        general.VoucherNotFound,
        general.HoldingNotFound,
        general.NotTheHolder,
        general.NotTheSponsor,
        general.VoucherNotActive,
        general.BlackOut,
        documents.VoucherUnderReview,
        HoldingPaid,
        general.UnitsNotFree,
        refusals.PledgeeNotEligible,
        general.DateNotValid,
        refusals.PledgeEndNotPossible,
    ),
    seals=(
        SealRule("identity", IdentityContent, audiences.pledging, example=declared.IDENTITY_EXAMPLE),
        SealRule(
            "terms",
            TermsContent,
            audiences.secured,
            example=TermsContent(secured=10_200_000, contract="ZY-2026-0512"),
        ),
    ),
    primary=lambda args: args.voucher,
    example=operations.CreatePledge(
        voucher=declared.VOUCHER, holding=Units(30_000_001), pledgee="bank-b", until="2026-09-30"
    ),
)

RECALL = OperationType(
    name="pledge.recall",
    args=operations.RecallPledge,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Take a pledge back", "撤回质押申请"),
    summary=Words(
        "Free a holding whose pledge was not accepted.", "撤回质权人尚未接受的质押，份额恢复自由。"
    ),
    rule=rules.recall,
    refusals=(*HOLDER_SIDE, refusals.PledgeNotPending),
    seals=(IDENTITY,),
    primary=lambda args: args.voucher,
    example=operations.RecallPledge(voucher=declared.VOUCHER, pledge=PLEDGE),
)

ACCEPT = OperationType(
    name="pledge.accept",
    args=operations.AcceptPledge,
    authority=Authority.TWO_PERSONS,
    kinds=rules.PLEDGEE_KINDS,
    title=Words("Accept a pledge", "接受质押"),
    summary=Words(
        "Hold the pledge, which was registered before; the holding moves by the pledgee's word only.",
        "质押已办理动产融资统一登记，接受后非经质权人解除，份额不得转让。",
    ),
    rule=rules.accept,
    refusals=(
        *PLEDGEE_SIDE,
        general.VoucherNotActive,
        general.BlackOut,
        documents.VoucherUnderReview,
        refusals.PledgeNotPending,
    ),
    primary=lambda args: args.voucher,
    example=operations.AcceptPledge(voucher=declared.VOUCHER, pledge=PLEDGE, registration="c7" * 32),
)

RELEASE = OperationType(
    name="pledge.release",
    args=operations.ReleasePledge,
    authority=Authority.TWO_PERSONS,
    begins=False,
    title=Words("Release a pledge", "解除质押"),
    summary=Words("Let a pledged holding go, or turn a proposal down.", "解除质押，或拒绝接受质押申请。"),
    rule=rules.release,
    refusals=(*PLEDGEE_SIDE, refusals.PledgeNotInForce),
    primary=lambda args: args.voucher,
    example=operations.ReleasePledge(voucher=declared.VOUCHER, pledge=PLEDGE),
)

CLAIM = OperationType(
    name="pledge.claim",
    args=operations.ClaimPledge,
    authority=Authority.TWO_PERSONS,
    begins=False,
    title=Words("Claim from a pledge", "主张质权"),
    summary=Words(
        "Say how much of what is paid on the holding is the pledgee's; it stands unless the holder contests it in time.",
        "声明兑付款中归质权人的金额；持有人逾期未提出异议的，主张成立。",
    ),
    rule=rules.claim,
    refusals=(
        *PLEDGEE_SIDE,
        refusals.PledgeNotInForce,
        refusals.TooManyClaims,
    ),
    seals=(
        SealRule(
            "claim",
            ClaimContent,
            audiences.claimed,
            example=ClaimContent(
                amount=10_200_000,
                contract="ZY-2026-0512",
                bank_code="103290000000",
                account="6209876543210987654",
            ),
        ),
    ),
    primary=lambda args: args.voucher,
    example=operations.ClaimPledge(voucher=declared.VOUCHER, pledge=PLEDGE),
)

CONTEST = OperationType(
    name="pledge.contest",
    args=operations.ContestClaim,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Contest a claim", "对质权主张提出异议"),
    summary=Words(
        "Deny what the pledgee claims; the money stays with the settlement bank.",
        "否认质权人主张的金额；款项由清分行暂缓支付。",
    ),
    rule=rules.contest,
    refusals=(*HOLDER_SIDE, refusals.ClaimNotContestable),
    seals=(
        IDENTITY,
        SealRule(
            "reason",
            ReasonContent,
            audiences.contesting,
            required=False,
            example=declared.REASON_EXAMPLE,
        ),
    ),
    primary=lambda args: args.voucher,
    example=operations.ContestClaim(voucher=declared.VOUCHER, pledge=PLEDGE, claim="7f" * 32),
)

ENFORCE = OperationType(
    name="pledge.enforce",
    args=operations.EnforcePledge,
    authority=Authority.TWO_PERSONS,
    begins=False,
    title=Words("Show that a court decides", "登记诉讼或仲裁受理"),
    summary=Words(
        "Keep the right in a contested claim for as long as a court or an arbitration decides.",
        "登记受理通知书，使有异议的质权在诉讼或仲裁期间继续有效。",
    ),
    rule=rules.enforce,
    refusals=(*PLEDGEE_SIDE, refusals.PledgeNotInForce),
    primary=lambda args: args.voucher,
    example=operations.EnforcePledge(voucher=declared.VOUCHER, pledge=PLEDGE, document="d0" * 32),
)

OPERATIONS: tuple[AnyOperation, ...] = (CREATE, RECALL, ACCEPT, RELEASE, CLAIM, CONTEST, ENFORCE)
