"""Why an act on a guarantee is refused, in order of precedence."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Refused


@dataclass(eq=False)
class IssuerNotEligible(Refused):
    """Only a core enterprise in good standing issues vouchers that could be guaranteed."""

    code = "NOT_AN_ISSUER"
    en = "{issuer} is not an active member that issues vouchers."
    zh = "{issuer} 不是可以开立凭证的有效成员。"
    issuer: str


@dataclass(eq=False)
class FrameNotAhead(Refused):
    """A frame lasts until today at least."""

    code = "GUARANTEE_DAY_PAST"
    en = "{until} is before {today}: no voucher could be issued under this guarantee."
    zh = "额度有效期 {until} 早于今日 {today}，无法据此开立凭证。"
    until: str
    today: str


@dataclass(eq=False)
class FrameStands(Refused):
    """One frame at a time for each issuer."""

    code = "GUARANTEE_STANDS"
    en = "{guarantor} stands for vouchers of {issuer} already, until {until}; end that first."
    zh = "{guarantor} 对 {issuer} 的担保额度有效期至 {until}，须先终止。"
    guarantor: str
    issuer: str
    until: str


@dataclass(eq=False)
class LimitBelowExposure(Refused):
    """What is guaranteed already counts against the new limit."""

    code = "LIMIT_BELOW_EXPOSURE"
    en = "{exposure} is guaranteed already, which is more than the limit {limit}."
    zh = "已担保余额 {exposure} 超过拟设额度 {limit}。"
    exposure: int
    limit: int


@dataclass(eq=False)
class GuaranteeNotGiven(Refused):
    """The guarantor has to accept before the voucher is issued."""

    code = "GUARANTEE_NOT_GIVEN"
    en = "{guarantor} stands for no new vouchers of {issuer}."
    zh = "{guarantor} 目前不为 {issuer} 新开立的凭证提供担保。"
    guarantor: str
    issuer: str


@dataclass(eq=False)
class GuarantorNotEligible(Refused):
    """A guarantor that is suspended or has left takes no new vouchers."""

    code = "GUARANTOR_NOT_ELIGIBLE"
    en = "{guarantor} is not an active guarantor."
    zh = "{guarantor} 不是有效的担保机构成员。"
    guarantor: str


@dataclass(eq=False)
class GuarantorInDefault(Refused):
    """Who has not paid in time when it was called takes no new vouchers until it has."""

    code = "GUARANTOR_IN_DEFAULT"
    en = "{guarantor} has not paid in time for {vouchers} vouchers on which it was called, and takes no new ones before."
    zh = "{guarantor} 对 {vouchers} 张凭证逾期未代偿，暂不得新增担保。"
    guarantor: str
    vouchers: int


@dataclass(eq=False)
class GuaranteeExceeded(Refused):
    """What is guaranteed at once never exceeds the limit."""

    code = "GUARANTEE_EXCEEDED"
    en = "{free} of the limit of {guarantor} for {issuer} is free, and {face} is asked for."
    zh = "{guarantor} 对 {issuer} 的担保额度尚余 {free}，本次需要 {face}。"
    guarantor: str
    issuer: str
    free: int
    face: int


@dataclass(eq=False)
class GuaranteeNotFound(Refused):
    """Nobody stands for this voucher, or nothing is guaranteed of it any more."""

    code = "GUARANTEE_NOT_FOUND"
    en = "No guarantor has anything to pay on the voucher {voucher}."
    zh = "凭证 {voucher} 没有应由担保机构代偿的款项。"
    voucher: str


@dataclass(eq=False)
class MoreThanGuaranteed(Refused):
    """A guarantor pays holders what they are owed and no more; the rest goes back before it is attested."""

    code = "MORE_THAN_GUARANTEED"
    en = "{owed} is owed to the holders of {voucher}, and {amount} was paid for the guarantor."
    zh = "凭证 {voucher} 尚欠持有人 {owed}，代偿款为 {amount}。"
    voucher: str
    owed: int
    amount: int


@dataclass(eq=False)
class RepaymentNotFound(Refused):
    """Nothing of this attestation waits to be passed on to a guarantor."""

    code = "REPAYMENT_NOT_FOUND"
    en = "Nothing of the attestation {attestation} waits for a guarantor."
    zh = "入账确认 {attestation} 没有待转付担保机构的款项。"
    attestation: str


@dataclass(eq=False)
class NotTheReceivingBank(Refused):
    """The bank that has the money passes it on."""

    code = "NOT_THE_BANK_WITH_THE_MONEY"
    en = "The money of the attestation {attestation} is with {bank}."
    zh = "入账确认 {attestation} 的款项在 {bank}。"
    attestation: str
    bank: str
