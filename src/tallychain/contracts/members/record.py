"""The full record with which an institution comes to take part: at the chain's beginning, or by vote."""

from collections.abc import Callable
from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.contracts.members.events import MemberAdmitted, SealingKeySet
from tallychain.contracts.members.operations import (
    CertificateDigest,
    GatewayUrl,
    NamedMember,
    NewKey,
    PersonId,
)
from tallychain.contracts.members.refusals import (
    AdminsMissing,
    CertificateOfAnotherPerson,
    CodeNotValid,
    KeyNotAdmissible,
    KindUnknown,
    OperatorHoldsNothing,
    RightsDoNotMix,
    RightUnknown,
    TooManyKeys,
)
from tallychain.contracts.members.roster import founded
from tallychain.contracts.members.state import ADMIN_KEYS_PER_MEMBER, LEAST_ADMINS
from tallychain.crypto.schemes import KeyNotAdmissible as OddKey
from tallychain.crypto.schemes import admit_key, admit_sealing_key
from tallychain.instruments.errors import InstrumentError
from tallychain.instruments.numbers import check_lei, check_uscc
from tallychain.ledger import limits
from tallychain.ledger.contract import Change
from tallychain.ledger.identity import (
    ACTIVE,
    ADMIN,
    BANK,
    FACTOR,
    KINDS,
    MEMBERS,
    OPERATOR,
    RIGHTS,
    SYSTEM,
    Key,
    Member,
    SealingKey,
)
from tallychain.ledger.timeline import settled
from tallychain.ledger.types import Count, MemberId, SealingKeyText

LEI_CHARACTERS: Final = 20
"""By its length a legal entity identifier is told from a unified social credit code of 18 characters."""


class RecordKey(Struct, frozen=True, forbid_unknown_fields=True):
    """A signing key with which a member begins."""

    key: NewKey
    person: PersonId
    rights: Annotated[
        tuple[str, ...],
        Meta(
            min_length=1,
            max_length=5,
            title="Rights",
            description="In the order maker, checker, admin, system, look; system stands alone.",
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


class MemberRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """An institution with its kinds, licences and first keys."""

    member: NamedMember
    name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=limits.TEXT_CODE_POINTS,
            title="Legal name",
            description="As registered.",
            examples=["Bank B Co., Ltd."],
            extra={"zh": "法定名称"},
        ),
    ]
    uscc: Annotated[
        str,
        Meta(
            max_length=20,
            title="Unified social credit code or LEI",
            description="The code with its check digits; an LEI for an institution without one.",
            examples=["91310000MA1FL0007X"],
            extra={"zh": "统一社会信用代码或 LEI"},
        ),
    ]
    kinds: Annotated[
        tuple[str, ...],
        Meta(
            min_length=1,
            max_length=10,
            title="Kinds",
            description="What the institution is admitted as.",
            examples=[["BANK"]],
            extra={"zh": "准入类别"},
        ),
    ]
    licences: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=limits.TEXT_CODE_POINTS)], ...],
        Meta(
            max_length=20,
            title="Licences",
            description="The licences that it takes part under.",
            examples=[["Banking licence B0001"]],
            extra={"zh": "业务牌照"},
        ),
    ]
    gateway: GatewayUrl
    sealing: Annotated[
        SealingKeyText,
        Meta(
            title="Sealing key",
            description="An X25519 public key that parts for the member are sealed to.",
            examples=["x25519:8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"],
            extra={"zh": "加密公钥"},
        ),
    ]
    keys: Annotated[
        tuple[RecordKey, ...],
        Meta(
            min_length=2,
            max_length=1_000,
            title="Keys",
            description="Its first signing keys; at least two persons are admins.",
            extra={"zh": "签名密钥"},
        ),
    ]


def check_record(record: MemberRecord) -> None:
    """
    Refuse a record that no institution may begin with.

    Raises `CodeNotValid`, `KindUnknown`, `OperatorHoldsNothing`, `KeyNotAdmissible`, `RightUnknown`, `RightsDoNotMix`,
    `CertificateOfAnotherPerson`, `TooManyKeys`, `AdminsMissing`.
    """
    check_code(record.uscc)
    for kind in record.kinds:
        if kind not in KINDS:
            raise KindUnknown(kind)
    if OPERATOR in record.kinds and (BANK in record.kinds or FACTOR in record.kinds):
        raise OperatorHoldsNothing(record.member)
    _check_admissible(record.sealing, admit_sealing_key)
    owners: dict[str, str] = {}
    for key in record.keys:
        _check_admissible(key.key, admit_key)
        _check_rights(key)
        if owners.setdefault(key.certificate, key.person) != key.person:
            raise CertificateOfAnotherPerson(owners[key.certificate])
    if sum(1 for key in record.keys if ADMIN in key.rights) > ADMIN_KEYS_PER_MEMBER:
        raise TooManyKeys(ADMIN_KEYS_PER_MEMBER)
    admins = len({key.person for key in record.keys if ADMIN in key.rights})
    if admins < LEAST_ADMINS:
        raise AdminsMissing(record.member, admins)


def check_code(code: str) -> None:
    """Refuse a unified social credit code or LEI whose check digits do not fit.  Raises `CodeNotValid`."""
    check: Callable[[str], None] = check_lei if len(code) == LEI_CHARACTERS else check_uscc
    try:
        check(code)
    except InstrumentError:
        raise CodeNotValid(code) from None


def entered(record: MemberRecord, height: int, time_ms: int) -> Change:
    """The Change by which an institution takes part from a height on; its keys sign from the next block."""
    row = Member(
        member=record.member,
        name=record.name,
        uscc=record.uscc,
        kinds=record.kinds,
        licences=record.licences,
        standing=settled(ACTIVE),
        sealing=(SealingKey(1, record.sealing, 0),),
        gateway=record.gateway,
        admitted_height=height,
    )
    admitted = MemberAdmitted(row.member, row.name, row.uscc, row.kinds, row.licences, row.gateway)
    change = Change((MEMBERS.put(row),), (admitted, SealingKeySet(row.member, 1, record.sealing, time_ms)))
    valid_from = height + 1 if height else 0
    return change + founded(
        MemberId(row.member),
        [
            Key(key.key, row.member, key.person, key.rights, key.limit, key.certificate, valid_from, 0)
            for key in record.keys
        ],
    )


def _check_admissible(key: str, admit: Callable[[str], None]) -> None:
    try:
        admit(key)
    except OddKey:
        raise KeyNotAdmissible(key) from None


def _check_rights(key: RecordKey) -> None:
    if key.rights != tuple(right for right in RIGHTS if right in key.rights):
        raise RightUnknown(" ".join(key.rights))
    if SYSTEM in key.rights and len(key.rights) > 1:
        raise RightsDoNotMix
