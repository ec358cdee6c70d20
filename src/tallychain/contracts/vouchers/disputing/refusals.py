"""Why an act on a dispute is refused, in order of precedence."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Refused


@dataclass(eq=False)
class DisputeNotFound(Refused):
    """Nothing of this name was disputed on this voucher."""

    code = "DISPUTE_NOT_FOUND"
    en = "The voucher {voucher} has no dispute {dispute}."
    zh = "凭证 {voucher} 没有争议 {dispute}。"
    voucher: str
    dispute: str


@dataclass(eq=False)
class NotTheFirstHolder(Refused):
    """Whoever took title from the first holder is paid whatever the issuer has against that one."""

    code = "NOT_THE_FIRST_HOLDER"
    en = "The holding {holding} has passed on; an issuer disputes what its first holder has."
    zh = "持有份额 {holding} 已经转让；开立方仅可对首手持有人的份额提出争议。"
    holding: str


@dataclass(eq=False)
class DisputeExceedsEvidence(Refused):
    """More is disputed than the evidence covers."""

    code = "DISPUTE_EXCEEDS_EVIDENCE"
    en = "{asked} fen are disputed and the evidence covers {covered}."
    zh = "争议金额 {asked} 分，证据所及仅 {covered} 分。"
    asked: int
    covered: int


@dataclass(eq=False)
class TooManyDisputes(Refused):
    """A holder is not kept from passing on without end."""

    code = "TOO_MANY_DISPUTES"
    en = "Of the voucher {voucher} {limit} disputes were opened, and no more is taken."
    zh = "凭证 {voucher} 已提出 {limit} 次争议，不再受理。"
    voucher: str
    limit: int


@dataclass(eq=False)
class DisputeNotOpen(Refused):
    """The dispute is over, or was answered."""

    code = "DISPUTE_NOT_OPEN"
    en = "This cannot be done with the dispute {dispute}; it is {status}."
    zh = "争议 {dispute} 当前为 {status}，不能办理该操作。"
    dispute: str
    status: str
