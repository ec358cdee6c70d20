"""Why the contract says no, in order of precedence; a code never changes once it is published."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Refused


@dataclass(eq=False)
class RightUnknown(Refused):
    """A right that the alliance does not know was asked for."""

    code = "RIGHT_UNKNOWN"
    en = "There is no right {right}; the rights are maker, checker, admin, system and look."
    zh = "不存在权限 {right}；可用权限为 maker、checker、admin、system 和 look。"
    right: str


@dataclass(eq=False)
class RightsDoNotMix(Refused):
    """A system's key would also sign for a person."""

    code = "RIGHTS_DO_NOT_MIX"
    en = "A key with the right system signs for no person, so it has no other right."
    zh = "具有 system 权限的密钥不代表任何人员，因此不得具有其他权限。"


@dataclass(eq=False)
class KeyNotAdmissible(Refused):
    """Under such a key anybody's signature might fit, or one signer might have several spellings."""

    code = "KEY_NOT_ADMISSIBLE"
    en = "The key {key} is not admissible: it is not the one spelling of a point of prime order."
    zh = "密钥 {key} 不可接受：它不是素数阶点的唯一编码。"
    key: str


@dataclass(eq=False)
class KeyKnown(Refused):
    """The key is registered already, here or elsewhere, or was once revoked."""

    code = "KEY_KNOWN"
    en = "The key {key} stands on the ledger already; a key is registered once and never again."
    zh = "密钥 {key} 已在账本登记；密钥只能登记一次，不得再次登记。"
    key: str


@dataclass(eq=False)
class CertificateOfAnotherPerson(Refused):
    """One certificate would stand for two persons, so that one human could be maker and checker."""

    code = "CERTIFICATE_OF_ANOTHER_PERSON"
    en = "The certificate belongs to the person {person}; another person needs a certificate of its own."
    zh = "该证书属于人员 {person}；另一人员须持有其本人的证书。"
    person: str


@dataclass(eq=False)
class TooManyKeys(Refused):
    """The member has used up the number of keys that the ledger keeps for it."""

    code = "TOO_MANY_KEYS"
    en = "A member registers at most {limit} keys of this sort."
    zh = "每个成员最多登记 {limit} 个此类密钥。"
    limit: int


@dataclass(eq=False)
class KeyUnknown(Refused):
    """The member has no such key."""

    code = "KEY_UNKNOWN"
    en = "The member {member} has no key {key}."
    zh = "成员 {member} 没有密钥 {key}。"
    member: str
    key: str


@dataclass(eq=False)
class KeyNotInForce(Refused):
    """The key ends by then already."""

    code = "KEY_NOT_IN_FORCE"
    en = "The key {key} no longer signs from height {revoked_at} on."
    zh = "密钥 {key} 自高度 {revoked_at} 起已不再有效。"
    key: str
    revoked_at: int


@dataclass(eq=False)
class HeightOutOfRange(Refused):
    """A key would begin or end in the past, or too far ahead."""

    code = "HEIGHT_OUT_OF_RANGE"
    en = "The height {height} is not between {first} and {last}."
    zh = "高度 {height} 不在 {first} 与 {last} 之间。"
    height: int
    first: int
    last: int


@dataclass(eq=False)
class LastAdmins(Refused):
    """The member could no longer act: fewer than two persons would be its admins."""

    code = "LAST_ADMINS"
    en = "Without this key {member} would have {admins} admins; it needs two persons at any time."
    zh = "若无此密钥，成员 {member} 仅剩 {admins} 名管理员；任何时候均须有两人。"
    member: str
    admins: int


@dataclass(eq=False)
class SealingKeyReplacedRecently(Refused):
    """The key replaced last is still taken; a second replacement would end that before its time."""

    code = "SEALING_KEY_REPLACED_RECENTLY"
    en = (
        "The sealing key replaced last is taken until {until_ms}; a sealing key is replaced once in 48 hours."
    )
    zh = "上次被替换的加密密钥在 {until_ms} 之前仍可使用；加密密钥每 48 小时仅可替换一次。"
    until_ms: int


@dataclass(eq=False)
class GatewayNotPublic(Refused):
    """Other members' gateways would be made to call a machine of their own, or would speak in the clear."""

    code = "GATEWAY_NOT_PUBLIC"
    en = "{address} is no public address: a gateway is reached by https under a name or address of the public network."
    zh = "{address} 不是公开地址：网关须以 https 通过公共网络的域名或地址访问。"
    address: str


@dataclass(eq=False)
class MemberUnknown(Refused):
    """No such member was ever admitted."""

    code = "MEMBER_UNKNOWN"
    en = "There is no member {member}."
    zh = "不存在成员 {member}。"
    member: str


@dataclass(eq=False)
class SuspendedByVoteOnly(Refused):
    """Supervisors do not suspend each other or themselves."""

    code = "SUSPENDED_BY_VOTE_ONLY"
    en = "The member {member} is a supervisor; only a vote suspends it."
    zh = "成员 {member} 为监管机构，仅可经表决中止其资格。"
    member: str


@dataclass(eq=False)
class NotInGoodStanding(Refused):
    """The member is suspended, revoked or has left already."""

    code = "NOT_IN_GOOD_STANDING"
    en = "The member {member} is {status} already."
    zh = "成员 {member} 的状态已为 {status}。"
    member: str
    status: str


@dataclass(eq=False)
class AnotherIsSuspended(Refused):
    """Supervisors suspend one member at a time, so that they cannot stop the alliance."""

    code = "ANOTHER_IS_SUSPENDED"
    en = "The member {member} is suspended; supervisors suspend one member at a time."
    zh = "成员 {member} 正处于中止状态；监管机构每次只能中止一个成员。"
    member: str


@dataclass(eq=False)
class SuspendedRecently(Refused):
    """A suspension that lapsed or was lifted is not simply ordered again."""

    code = "SUSPENDED_RECENTLY"
    en = "The last suspension of {member} ended without a vote; a supervisor suspends it again after {after_ms}."
    zh = "成员 {member} 的上次中止未经表决已结束；监管机构须在 {after_ms} 之后方可再次中止。"
    member: str
    after_ms: int


@dataclass(eq=False)
class NotSuspended(Refused):
    """There is no suspension to lift."""

    code = "NOT_SUSPENDED"
    en = "The member {member} is {status}, not suspended."
    zh = "成员 {member} 的状态为 {status}，并未中止。"
    member: str
    status: str


@dataclass(eq=False)
class NotYourSuspension(Refused):
    """The suspension was ordered by somebody else."""

    code = "NOT_YOUR_SUSPENSION"
    en = "The suspension of {member} was not ordered by {supervisor}; only who ordered it lifts it."
    zh = "成员 {member} 的中止并非由 {supervisor} 作出；仅作出者可以解除。"
    member: str
    supervisor: str


# What only a vote meets.


@dataclass(eq=False)
class CodeNotValid(Refused):
    """The institution's code is misspelt or invented."""

    code = "CODE_NOT_VALID"
    en = "{uscc} is no unified social credit code and no LEI: its check digits do not fit."
    zh = "{uscc} 不是有效的统一社会信用代码或 LEI：校验位不符。"
    uscc: str


@dataclass(eq=False)
class KindUnknown(Refused):
    """The alliance admits nobody as this."""

    code = "KIND_UNKNOWN"
    en = "There is no kind of member {kind}."
    zh = "不存在成员类别 {kind}。"
    kind: str


@dataclass(eq=False)
class OperatorHoldsNothing(Refused):
    """Who runs infrastructure for others never holds claims itself."""

    code = "OPERATOR_HOLDS_NOTHING"
    en = "{member} would be an operator, and an operator is never a bank or factor."
    zh = "{member} 拟作为信息服务机构，不得同时为银行或保理商。"
    member: str


@dataclass(eq=False)
class AdminsMissing(Refused):
    """Fewer than two persons would be admins of the member."""

    code = "ADMINS_MISSING"
    en = "{member} would have {admins} admins; it needs two persons with certificates of their own."
    zh = "{member} 将仅有 {admins} 名管理员；必须有持有各自证书的两个人。"
    member: str
    admins: int


@dataclass(eq=False)
class MemberKnown(Refused):
    """The name belongs to a member of record already, whatever its standing."""

    code = "MEMBER_KNOWN"
    en = "There is a member {member} already; one that was revoked or has left is restored, not admitted again."
    zh = "成员 {member} 已存在；被撤销或已退出的成员应予恢复，而非再次准入。"
    member: str


@dataclass(eq=False)
class InstitutionKnown(Refused):
    """The institution takes part already under another name."""

    code = "INSTITUTION_KNOWN"
    en = "The code {uscc} belongs to the member {member}."
    zh = "代码 {uscc} 属于成员 {member}。"
    uscc: str
    member: str


@dataclass(eq=False)
class AdminKeyOnly(Refused):
    """The admins of a member replace its other keys themselves."""

    code = "ADMIN_KEY_ONLY"
    en = "The key {key} is no admin's; a vote replaces lost admin keys only."
    zh = "密钥 {key} 不属于管理员；表决仅用于替换遗失的管理员密钥。"
    key: str
