"""Why a cancellation or a consent is refused, in order of precedence."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Refused


@dataclass(eq=False)
class HoldersMissing(Refused):
    """The issuer asks again while holders have not consented; silence never cancels."""

    code = "HOLDERS_MISSING"
    en = "The voucher {voucher} is not cancelled: {missing} of its holdings lack their holder's consent."
    zh = "凭证 {voucher} 未注销：尚有 {missing} 份持有份额的持有人未同意。"
    voucher: str
    missing: int


@dataclass(eq=False)
class TooManyHoldings(Refused):
    """A voucher in very many hands is not cancelled: each consent looks at all holdings."""

    code = "TOO_MANY_HOLDINGS"
    en = "The voucher {voucher} is in more than {limit} holdings and cannot be cancelled."
    zh = "凭证 {voucher} 的持有份额超过 {limit} 份，不能注销。"
    voucher: str
    limit: int


@dataclass(eq=False)
class CancellationNotPending(Refused):
    """This cancellation was never proposed, has lapsed, or was agreed."""

    code = "CANCELLATION_NOT_PENDING"
    en = "No such cancellation of the voucher {voucher} waits for consents."
    zh = "凭证 {voucher} 没有等待同意的此项注销提议。"
    voucher: str
