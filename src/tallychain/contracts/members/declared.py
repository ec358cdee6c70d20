"""The operations with their texts, signers and refusals, and the contract's words in both languages."""

from typing import Final

from tallychain.contracts.members import refusals, rules
from tallychain.contracts.members.operations import (
    KeyRegister,
    KeyRevoke,
    KeyRotate,
    Restore,
    SealingKeyRotate,
    SetGateway,
    Suspend,
)
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, Words
from tallychain.ledger.identity import SUPERVISOR

_KEY: Final = "ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
_NEW_KEY: Final = "ed25519:3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
_SEALING_KEY: Final = "x25519:8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
_CERTIFICATE: Final = "9c" * 32
_PERSON: Final = "5f0c2ab19d3e7781"

OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    OperationType(
        name="member.key_register",
        args=KeyRegister,
        authority=Authority.TWO_ADMINS,
        title=Words("Register a key", "登记密钥"),
        summary=Words(
            "Two admins give a person or a system of their own member one more signing key.",
            "两名管理员为本机构的人员或系统登记一个签名密钥。",
        ),
        rule=rules.register_key,
        refusals=(
            refusals.RightUnknown,
            refusals.RightsDoNotMix,
            refusals.KeyNotAdmissible,
            refusals.KeyKnown,
            refusals.CertificateOfAnotherPerson,
            refusals.TooManyKeys,
            refusals.HeightOutOfRange,
        ),
        example=KeyRegister(_NEW_KEY, _PERSON, ("maker", "look"), 500_000_000, _CERTIFICATE, 0),
        begins=False,
    ),
    OperationType(
        name="member.key_rotate",
        args=KeyRotate,
        authority=Authority.TWO_ADMINS,
        title=Words("Rotate a key", "轮换密钥"),
        summary=Words(
            "Two admins put a new key in place of an old one, which signs until the height given.",
            "两名管理员以新密钥替换旧密钥；旧密钥在指定高度前仍有效。",
        ),
        rule=rules.rotate_key,
        refusals=(
            refusals.KeyUnknown,
            refusals.HeightOutOfRange,
            refusals.KeyNotInForce,
            refusals.KeyNotAdmissible,
            refusals.KeyKnown,
            refusals.CertificateOfAnotherPerson,
            refusals.TooManyKeys,
        ),
        example=KeyRotate(_KEY, _NEW_KEY, _CERTIFICATE, 0),
        begins=False,
    ),
    OperationType(
        name="member.key_revoke",
        args=KeyRevoke,
        authority=Authority.TWO_ADMINS,
        title=Words("Revoke a key", "撤销密钥"),
        summary=Words(
            "Two admins end a key of their own member; what it signed before stays valid.",
            "两名管理员撤销本机构的密钥；此前的签署仍然有效。",
        ),
        rule=rules.revoke_key,
        refusals=(
            refusals.KeyUnknown,
            refusals.HeightOutOfRange,
            refusals.KeyNotInForce,
            refusals.LastAdmins,
        ),
        example=KeyRevoke(_KEY, 0, "Device lost"),
        begins=False,
    ),
    OperationType(
        name="member.sealing_key_rotate",
        args=SealingKeyRotate,
        authority=Authority.TWO_ADMINS,
        title=Words("Rotate the sealing key", "轮换加密密钥"),
        summary=Words(
            "Two admins have new sealed parts sealed to a new key, once in 48 hours; the one before is taken for so long.",
            "两名管理员启用新的加密密钥，每 48 小时限一次；原密钥在此期间仍可使用。",
        ),
        rule=rules.rotate_sealing_key,
        refusals=(
            refusals.KeyNotAdmissible,
            refusals.KeyKnown,
            refusals.TooManyKeys,
            refusals.SealingKeyReplacedRecently,
        ),
        example=SealingKeyRotate(_SEALING_KEY),
        begins=False,
    ),
    OperationType(
        name="member.gateway_set",
        args=SetGateway,
        authority=Authority.TWO_ADMINS,
        title=Words("Set the gateway's address", "设置网关地址"),
        summary=Words(
            "Two admins say at which address other members reach their gateway.",
            "两名管理员设置其他成员访问本机构网关的地址。",
        ),
        rule=rules.set_gateway,
        refusals=(refusals.GatewayNotPublic,),
        example=SetGateway("https://gateway.bank-a.example"),
        begins=False,
    ),
    OperationType(
        name="member.suspend",
        args=Suspend,
        authority=Authority.TWO_PERSONS,
        title=Words("Suspend a member", "中止成员资格"),
        summary=Words(
            "A supervisor suspends one member at once, with a reason; it lapses after three business days.",
            "监管机构即时中止一个成员并说明理由；三个工作日后自动失效。",
        ),
        rule=rules.suspend,
        refusals=(
            refusals.MemberUnknown,
            refusals.SuspendedByVoteOnly,
            refusals.NotInGoodStanding,
            refusals.AnotherIsSuspended,
            refusals.SuspendedRecently,
        ),
        example=Suspend("factor-a", "Licence under investigation"),
        kinds=(SUPERVISOR,),
        primary=lambda args: args.member,
    ),
    OperationType(
        name="member.restore",
        args=Restore,
        authority=Authority.TWO_PERSONS,
        title=Words("Lift a suspension", "解除中止"),
        summary=Words(
            "The supervisor that suspended a member lifts the suspension before it lapses.",
            "作出中止的监管机构在其失效前解除中止。",
        ),
        rule=rules.restore,
        refusals=(refusals.MemberUnknown, refusals.NotSuspended, refusals.NotYourSuspension),
        example=Restore("factor-a"),
        kinds=(SUPERVISOR,),
        primary=lambda args: args.member,
    ),
)

WORDS: Final = {
    "ACTIVE": Words("active", "正常"),
    "SUSPENDED": Words("suspended", "中止"),
    "REVIEW_MISSED": Words("yearly review missed", "逾期未年审"),
    "REVOKED": Words("revoked", "撤销"),
    "EXITED": Words("exited", "退出"),
    "BANK": Words("bank", "银行"),
    "FACTOR": Words("factor", "保理商"),
    "CORE_ENTERPRISE": Words("core enterprise", "核心企业"),
    "GUARANTOR": Words("guarantor", "担保机构"),
    "SETTLEMENT_BANK": Words("settlement bank", "清分行"),
    "CLEARING_HOUSE": Words("clearing house", "清算机构"),
    "ARBITER": Words("arbiter", "仲裁机构"),
    "SUPERVISOR": Words("supervisor", "监管机构"),
    "COURT_GATEWAY": Words("court gateway", "司法网关"),
    "OPERATOR": Words("operator", "信息服务机构"),
    "maker": Words("maker", "经办"),
    "checker": Words("checker", "复核"),
    "admin": Words("admin", "管理员"),
    "system": Words("system", "系统"),
    "look": Words("look", "查看"),
}
