"""What may be asked of the contract: the fields of each operation, with their bounds."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.ledger import limits
from tallychain.ledger.types import Count, Digest, KeyText, MemberName, SealingKeyText

RightName = Annotated[str, Meta(pattern="^[a-z]{2,12}$(?!\\n)")]
PersonId = Annotated[
    str,
    Meta(
        pattern="^[0-9a-f]{16}$(?!\\n)",
        title="Person",
        description="A random id of 16 hex digits; the name stays in the member's gateway.",
        examples=["5f0c2ab19d3e7781"],
        extra={"zh": "人员编号"},
    ),
]
GatewayUrl = Annotated[
    str,
    Meta(
        pattern="^https?://[A-Za-z0-9.:-]{1,120}(/[A-Za-z0-9._/-]{0,60})?$(?!\\n)",
        title="Gateway",
        description="Address at which other members' gateways reach this member's; on the public network, by HTTPS.",
        examples=["https://gateway.bank-a.example"],
        extra={"zh": "网关地址"},
    ),
]
CertificateDigest = Annotated[
    Digest,
    Meta(
        title="Certificate",
        description="SHA-256 of the person's certificate; the certificate itself never stands on the ledger.",
        examples=["9c" * 32],
        extra={"zh": "证书摘要"},
    ),
]
NewKey = Annotated[
    KeyText,
    Meta(
        title="New key",
        description="The public key with its scheme, such as ed25519: and 64 hex digits.",
        examples=["ed25519:3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"],
        extra={"zh": "新公钥"},
    ),
]
OwnKey = Annotated[
    KeyText,
    Meta(
        title="Key",
        description="A registered key of this member.",
        examples=["ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"],
        extra={"zh": "公钥"},
    ),
]
Reason = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=limits.TEXT_CODE_POINTS,
        title="Reason",
        description="Public to all members; names no natural person.",
        examples=["Device lost"],
        extra={"zh": "理由"},
    ),
]
NamedMember = Annotated[
    MemberName,
    Meta(title="Member", description="Id of the member.", examples=["factor-a"], extra={"zh": "成员"}),
]


class KeyRegister(Struct, frozen=True, forbid_unknown_fields=True):
    """Register one more key of the member that asks."""

    key: NewKey
    person: PersonId
    rights: Annotated[
        tuple[RightName, ...],
        Meta(
            min_length=1,
            max_length=5,
            title="Rights",
            description="Any of maker, checker, admin, look; or system alone.",
            examples=[["maker", "look"]],
            extra={"zh": "权限"},
        ),
    ]
    limit: Annotated[
        Count,
        Meta(
            title="Limit",
            description="Largest public amount that the key may sign for; 0 for no limit of its own.",
            examples=[500_000_000],
            extra={"zh": "签署限额", "unit": "fen"},
        ),
    ]
    certificate: CertificateDigest
    valid_from: Annotated[
        Count,
        Meta(
            title="Valid from",
            description="Height from which the key signs; 0 for the next block.",
            examples=[0],
            extra={"zh": "生效高度"},
        ),
    ]


class KeyRotate(Struct, frozen=True, forbid_unknown_fields=True):
    """Give a person or a system a new key in place of an old one, which ends later."""

    old: OwnKey
    new: NewKey
    certificate: CertificateDigest
    old_until: Annotated[
        Count,
        Meta(
            title="Old key until",
            description="Height from which the old key no longer signs; 0 for the next block.",
            examples=[0],
            extra={"zh": "旧密钥失效高度"},
        ),
    ]


class KeyRevoke(Struct, frozen=True, forbid_unknown_fields=True):
    """End a key of the member that asks; what it signed before stays valid."""

    key: OwnKey
    revoked_at: Annotated[
        Count,
        Meta(
            title="Revoked at",
            description="Height from which the key no longer signs; 0 for the next block.",
            examples=[0],
            extra={"zh": "撤销高度"},
        ),
    ]
    reason: Reason


class SealingKeyRotate(Struct, frozen=True, forbid_unknown_fields=True):
    """Have new sealed parts sealed to a new key; the old one is taken for 48 hours more."""

    key: Annotated[
        SealingKeyText,
        Meta(
            title="New sealing key",
            description="An X25519 public key: x25519: and 64 hex digits.",
            examples=["x25519:8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"],
            extra={"zh": "新加密公钥"},
        ),
    ]


class SetGateway(Struct, frozen=True, forbid_unknown_fields=True):
    """Say at which address this member's gateway is reached."""

    gateway: GatewayUrl


class Suspend(Struct, frozen=True, forbid_unknown_fields=True):
    """Suspend a member at once: it completes what is pending and begins nothing."""

    member: NamedMember
    reason: Reason


class Restore(Struct, frozen=True, forbid_unknown_fields=True):
    """Lift the suspension that this supervisor ordered."""

    member: NamedMember
