"""Why a challenge of an identity part is refused, in order of precedence."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Refused


@dataclass(eq=False)
class ActNotChallengeable(Refused):
    """The state remembers no offer and no request for money of this operation on this voucher, or the text is not its."""

    code = "ACT_NOT_CHALLENGEABLE"
    en = "{act} is no offer and no request for money on {voucher} that is remembered, or the text given is not its."
    zh = "{act} 不是凭证 {voucher} 上仍可查的转让要约或融资申请，或所附原文与之不符。"
    act: str
    voucher: str


@dataclass(eq=False)
class NotAnEntitledReader(Refused):
    """Only who may read an identity part shows that it is false."""

    code = "NOT_AN_ENTITLED_READER"
    en = "{member} is not among those who may read the identity part of {act}."
    zh = "{member} 无权查阅 {act} 的主体信息。"
    member: str
    act: str


@dataclass(eq=False)
class AlreadyShownFalse(Refused):
    """Once is enough."""

    code = "ALREADY_SHOWN_FALSE"
    en = "The identity part of {act} was shown to be false by {challenger}."
    zh = "{act} 的主体信息已由 {challenger} 证明为虚假。"
    act: str
    challenger: str


@dataclass(eq=False)
class IdentityNotOpened(Refused):
    """What was shown is not what the act commits to."""

    code = "IDENTITY_NOT_OPENED"
    en = "Salt and content are not those of the identity part of {act}."
    zh = "所附盐值与内容并非 {act} 的主体信息。"
    act: str


@dataclass(eq=False)
class FalsehoodNotShown(Refused):
    """Without the certificate that the part refers to nobody can tell."""

    code = "FALSEHOOD_NOT_SHOWN"
    en = "Nothing shows that the identity part of {act} is false: it has its form, and the certificate that it refers to was not given."
    zh = "未能证明 {act} 的主体信息为虚假：其格式正确，且未附其所指证书。"
    act: str


@dataclass(eq=False)
class IdentityIsTrue(Refused):
    """The key of that certificate has signed this very act, for whom the certificate names."""

    code = "IDENTITY_IS_TRUE"
    en = "The identity part of {act} is true: the certificate names this enterprise, and its key has signed this act."
    zh = "{act} 的主体信息属实：证书载明该企业，且其密钥已签署该操作。"
    act: str
