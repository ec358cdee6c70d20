"""Why an act of settlement is refused, in order of precedence.  A code never changes once published."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Governed, Refused


@dataclass(eq=False)
class SettlementNotAgreed(Refused):
    """The issuer and the settlement bank have no agreement in force."""

    code = "SETTLEMENT_NOT_AGREED"
    en = "{issuer} has no settlement agreement in force with {bank}."
    zh = "{issuer} 与 {bank} 之间没有生效的清分协议。"
    issuer: str
    bank: str


@dataclass(eq=False)
class AgreementExists(Refused):
    """The pair has an agreement, or a proposal of one waits."""

    code = "AGREEMENT_EXISTS"
    en = "The settlement agreement of {issuer} with {bank} is {status} already."
    zh = "{issuer} 与 {bank} 的清分协议已处于 {status} 状态。"
    issuer: str
    bank: str
    status: str


@dataclass(eq=False)
class AgreementNotFound(Refused):
    """The pair has no agreement, and none waits."""

    code = "AGREEMENT_NOT_FOUND"
    en = "{issuer} and {bank} have no settlement agreement, and none is proposed."
    zh = "{issuer} 与 {bank} 之间没有清分协议，也没有待答复的提议。"
    issuer: str
    bank: str


@dataclass(eq=False)
class AgreementNotPending(Refused):
    """No proposal of this name waits for the bank."""

    code = "AGREEMENT_NOT_PENDING"
    en = "The proposal {proposal} of {issuer} does not wait for an answer."
    zh = "{issuer} 的提议 {proposal} 不在等待答复。"
    issuer: str
    proposal: str


@dataclass(eq=False)
class NotAParty(Refused):
    """Only the two sides end their agreement."""

    code = "NOT_A_PARTY"
    en = "The settlement agreement of {issuer} with {bank} is between others."
    zh = "{issuer} 与 {bank} 的清分协议与该成员无关。"
    issuer: str
    bank: str


@dataclass(eq=False)
class NotTheSettlementBank(Refused):
    """Only the settlement bank of the voucher says what was paid."""

    code = "NOT_THE_SETTLEMENT_BANK"
    en = "The settlement bank of the voucher {voucher} is {bank}."
    zh = "凭证 {voucher} 的清分行是 {bank}。"
    voucher: str
    bank: str


@dataclass(eq=False)
class BeforeBlackOut(Refused):
    """Payees are named from the black-out on, when holdings do not change any more."""

    code = "BEFORE_BLACKOUT"
    en = "The black-out of the voucher {voucher} begins on {blackout}; payees are named from then on."
    zh = "凭证 {voucher} 自 {blackout} 起停止转让，此后方可登记收款账户。"
    voucher: str
    blackout: str


@dataclass(eq=False)
class PayeeTooLate(Governed):
    """The time for naming payees is over, and nothing of this holding waits for one."""

    code = "PAYEE_TOO_LATE"
    rests_on = ("SETTLEMENT", "payee_lead_hours")
    en = "Payees of the voucher {voucher} were taken until {hours} hours before its maturity."
    zh = "凭证 {voucher} 的收款账户须在到期前 {hours} 小时登记。"
    voucher: str
    hours: int
    article: str


@dataclass(eq=False)
class VoucherNotDue(Refused):
    """Nothing is settled of a voucher that is not due."""

    code = "VOUCHER_NOT_DUE"
    en = "The voucher {voucher} is not due; it is {status}."
    zh = "凭证 {voucher} 未到期，当前状态为 {status}。"
    voucher: str
    status: str


@dataclass(eq=False)
class BookingTimeNotPossible(Refused):
    """Money was booked after the voucher was issued and not later than now."""

    code = "BOOKING_TIME_NOT_POSSIBLE"
    en = "The booking time {booked_ms} lies before the voucher was issued, or in the future."
    zh = "入账时间 {booked_ms} 早于凭证开立日或晚于当前时间。"
    booked_ms: int


@dataclass(eq=False)
class BankReferenceUsed(Refused):
    """One booking counts once."""

    code = "BANK_REFERENCE_USED"
    en = "The bank reference {reference} has been used for the voucher {voucher}."
    zh = "银行流水号 {reference} 已用于凭证 {voucher}。"
    reference: str
    voucher: str


@dataclass(eq=False)
class TooManyAttestations(Governed):
    """The voucher has as many attestations as it may have."""

    code = "TOO_MANY_ATTESTATIONS"
    rests_on = ("SETTLEMENT", "attestations_max")
    en = "The voucher {voucher} has {limit} attestations already."
    zh = "凭证 {voucher} 已有 {limit} 笔入账确认。"
    voucher: str
    limit: int
    article: str


@dataclass(eq=False)
class NothingAttested(Refused):
    """Nothing of the voucher can be paid out before money was attested."""

    code = "NOTHING_ATTESTED"
    en = "No money has been attested for the voucher {voucher}."
    zh = "凭证 {voucher} 尚无入账确认。"
    voucher: str


@dataclass(eq=False)
class PayoutNamedTwice(Refused):
    """Two rows pay the same holding, or carry the same reference."""

    code = "PAYOUT_NAMED_TWICE"
    en = "Two rows pay the holding that begins with unit {holding}, or name one reference."
    zh = "起始单位为 {holding} 的持有份额或其流水号出现两次。"
    holding: int


@dataclass(eq=False)
class HoldingWithheld(Refused):
    """Its payee is missing, came late, or somebody has a right in it."""

    code = "HOLDING_WITHHELD"
    en = "The holding {holding} is withheld: no payee in time, or something binds it."
    zh = "持有份额 {holding} 暂缓支付：收款账户未按时登记，或存在权利负担。"
    holding: str


@dataclass(eq=False)
class AlreadyPaid(Refused):
    """The holding has nothing coming that was not paid out."""

    code = "ALREADY_PAID"
    en = "The holding {holding} has been paid all that was attested for it."
    zh = "持有份额 {holding} 已付清其应得款项。"
    holding: str


@dataclass(eq=False)
class PayoutDiffers(Refused):
    """A payout pays exactly what the holding has coming."""

    code = "PAYOUT_DIFFERS"
    en = "The holding {holding} has {payable} coming, not {amount}."
    zh = "持有份额 {holding} 的应付金额为 {payable}，而非 {amount}。"
    holding: str
    payable: int
    amount: int


@dataclass(eq=False)
class PayoutNotFound(Refused):
    """The last payout to the holding has another reference."""

    code = "PAYOUT_NOT_FOUND"
    en = "The last payout to the holding {holding} is not {reference}."
    zh = "持有份额 {holding} 的最近一笔付款不是 {reference}。"
    holding: str
    reference: str


@dataclass(eq=False)
class NotWithheld(Refused):
    """Only what is withheld can be released."""

    code = "NOT_WITHHELD"
    en = "The holding {holding} is not withheld; it is {status}."
    zh = "持有份额 {holding} 未被暂缓支付，当前状态为 {status}。"
    holding: str
    status: str


@dataclass(eq=False)
class PayeeMissing(Refused):
    """Without a payee nothing can be paid."""

    code = "PAYEE_MISSING"
    en = "No account has been named for the holding {holding}."
    zh = "持有份额 {holding} 尚未登记收款账户。"
    holding: str


@dataclass(eq=False)
class UnitsBound(Refused):
    """A court or a pledgee has a right in the units."""

    code = "UNITS_BOUND"
    en = "The holding {holding} carries a {kind}."
    zh = "持有份额 {holding} 上存在 {kind}。"
    holding: str
    kind: str


@dataclass(eq=False)
class ExcessNotFound(Refused):
    """Nothing of this attestation is to be returned."""

    code = "EXCESS_NOT_FOUND"
    en = "Nothing of the attestation {attestation} is to be returned."
    zh = "入账确认 {attestation} 没有待退回的余款。"
    attestation: str


@dataclass(eq=False)
class LateInterestExceeded(Governed):
    """More late interest than has accrued and was not paid."""

    code = "LATE_INTEREST_EXCEEDED"
    rests_on = ("SETTLEMENT", "late_ppm_per_day")
    en = "Late interest of {open} is open on the voucher {voucher}, not {amount}."
    zh = "凭证 {voucher} 未付的逾期利息为 {open}，而非 {amount}。"
    voucher: str
    open: int
    amount: int
    article: str


@dataclass(eq=False)
class VoucherNotOwed(Refused):
    """What is settled, was given up or was never accepted needs no payee, no other settlement bank and no payment outside."""

    code = "VOUCHER_NOT_OWED"
    en = "Nothing is owed on the voucher {voucher}; it is {status}."
    zh = "凭证 {voucher} 无应付余额，当前状态为 {status}。"
    voucher: str
    status: str


@dataclass(eq=False)
class SameBank(Refused):
    """The bank named is the settlement bank already."""

    code = "SAME_SETTLEMENT_BANK"
    en = "{bank} is the settlement bank of the voucher {voucher} already."
    zh = "{bank} 已是凭证 {voucher} 的清分行。"
    voucher: str
    bank: str


@dataclass(eq=False)
class MoneyWithBank(Refused):
    """The settlement bank has money of this voucher; only it can pay that out."""

    code = "MONEY_WITH_BANK"
    en = "{bank} has {amount} for the voucher {voucher} and has not paid it out."
    zh = "{bank} 尚有凭证 {voucher} 的款项 {amount} 未兑付。"
    voucher: str
    bank: str
    amount: int


@dataclass(eq=False)
class ProposalNotPending(Refused):
    """No such proposal waits for this party."""

    code = "PROPOSAL_NOT_PENDING"
    en = "The proposal {proposal} does not wait for an answer of this party."
    zh = "提议 {proposal} 不在等待该方答复。"
    proposal: str


@dataclass(eq=False)
class OutsideTooLate(Governed):
    """So short before maturity the settlement bank already prepares its payments."""

    code = "OUTSIDE_TOO_LATE"
    rests_on = ("SETTLEMENT", "outside_business_days")
    en = "Payments outside of the voucher {voucher} were to be agreed before {last}."
    zh = "凭证 {voucher} 的场外付款须在 {last} 之前确认。"
    voucher: str
    last: str
    article: str


@dataclass(eq=False)
class HoldingPaid(Refused):
    """The holding was paid outside; nothing of it can be passed on."""

    code = "HOLDING_PAID"
    en = "The holding {holding} has been paid."
    zh = "持有份额 {holding} 已兑付。"
    holding: str


@dataclass(eq=False)
class NotOverdue(Refused):
    """Only what is overdue is written off."""

    code = "NOT_OVERDUE"
    en = "The voucher {voucher} is not overdue; it is {status}."
    zh = "凭证 {voucher} 未逾期，当前状态为 {status}。"
    voucher: str
    status: str


@dataclass(eq=False)
class AlreadyWrittenOff(Refused):
    """The holding has been written off."""

    code = "ALREADY_WRITTEN_OFF"
    en = "The holding {holding} has been written off already."
    zh = "持有份额 {holding} 已核销。"
    holding: str


@dataclass(eq=False)
class ReleaseExceeded(Refused):
    """No more can be released than is owed."""

    code = "RELEASE_EXCEEDED"
    en = "{owed} is owed on the holding {holding}, not {amount}."
    zh = "持有份额 {holding} 的未付余额为 {owed}，而非 {amount}。"
    holding: str
    owed: int
    amount: int


@dataclass(eq=False)
class ReleasePending(Refused):
    """One release at a time; the last one may still be taken back, or is being written down."""

    code = "RELEASE_PENDING"
    en = "A release of the holding {holding} is not final yet."
    zh = "持有份额 {holding} 的债务豁免尚未生效。"
    holding: str


@dataclass(eq=False)
class ReleaseNotPending(Refused):
    """No release waits that could be taken back."""

    code = "RELEASE_NOT_PENDING"
    en = "No release of the holding {holding} can be taken back."
    zh = "持有份额 {holding} 没有可撤销的债务豁免。"
    holding: str
