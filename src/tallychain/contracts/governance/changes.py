"""What can be proposed: one type for each kind of change, with its fields and bounds."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.contracts.documents import api as documents
from tallychain.contracts.governance.constitution import KINDS, KindName, KindRule
from tallychain.contracts.governance.fields import MemberField, ReasonField
from tallychain.contracts.governance.nodechanges import (
    ActivateProtocol,
    AdmitNode,
    AdmitValidator,
    NodeChange,
    RemoveNode,
    RemoveValidator,
    SetValidatorPower,
)
from tallychain.contracts.members.api import MemberRecord
from tallychain.ledger import limits
from tallychain.ledger.types import Count, Day, Digest, KeyText

WEIGHT_MAX = 1_000

WeightField = Annotated[
    int,
    Meta(
        ge=0,
        le=WEIGHT_MAX,
        title="Voting weight",
        description="What its ballots count; 1 for most, 0 for a member without a vote.",
        examples=[1],
        extra={"zh": "表决权重"},
    ),
]
PolicyName = Annotated[
    str,
    Meta(
        pattern="^[A-Z][A-Z_]{1,30}$(?!\\n)",
        title="Policy",
        description="Kind of policy, such as TERM or SPLIT.",
        examples=["TERM"],
        extra={"zh": "政策"},
    ),
]
PolicyValue = (
    Annotated[int, Meta(ge=0, le=limits.AMOUNT)] | Annotated[str, Meta(max_length=limits.TEXT_CODE_POINTS)]
)
PolicyValues = Annotated[
    dict[Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{1,40}$(?!\\n)")], PolicyValue],
    Meta(
        min_length=1,
        max_length=40,
        title="Values",
        description="The values that change; all others stay as in the last version.",
        examples=[{"term_months": 6}],
        extra={"zh": "参数"},
    ),
]
ArticleField = Annotated[
    str,
    Meta(
        max_length=limits.TEXT_CODE_POINTS,
        title="Article",
        description="The rule or article that the values come from; refusals cite it.",
        examples=["Yinfa [2025] 77, article 7"],
        extra={"zh": "依据条款"},
    ),
]
EffectiveField = Annotated[
    Day,
    Meta(
        title="Effective from",
        description="First local day on which it holds; later than the day on which the vote acts.",
        examples=["2026-07-01"],
        extra={"zh": "生效日"},
    ),
]
DaysField = Annotated[tuple[Day, ...], Meta(max_length=100)]


class Admit(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="ADMIT"):
    """Admit an institution with its kinds, licences, keys and voting weight."""

    member: Annotated[
        MemberRecord,
        Meta(title="Member", description="The full record.", extra={"zh": "成员资料"}),
    ]
    weight: WeightField


class Suspend(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="SUSPEND"):
    """Suspend a member until another vote, or confirm what a supervisor ordered."""

    member: MemberField
    reason: ReasonField


class Restore(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="RESTORE"):
    """Put a member back in good standing: suspended, revoked, or gone."""

    member: MemberField
    reason: ReasonField


class Revoke(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="REVOKE"):
    """Revoke a member's admission."""

    member: MemberField
    reason: ReasonField


class Exit(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="EXIT"):
    """Let a member leave that asks for it."""

    member: MemberField
    reason: ReasonField


class ReplaceKey(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="KEY"):
    """Replace a lost key of a member's admin; the member is not its key."""

    member: MemberField
    old: Annotated[
        KeyText,
        Meta(
            title="Lost key",
            description="The admin key that was lost.",
            examples=["ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"],
            extra={"zh": "遗失的公钥"},
        ),
    ]
    key: Annotated[
        KeyText,
        Meta(
            title="New key",
            description="The public key that signs instead.",
            examples=["ed25519:3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"],
            extra={"zh": "新公钥"},
        ),
    ]
    person: Annotated[
        str,
        Meta(
            pattern="^[0-9a-f]{16}$(?!\\n)",
            title="Person",
            description="Random id of whom the new key belongs to.",
            examples=["5f0c2ab19d3e7781"],
            extra={"zh": "人员编号"},
        ),
    ]
    certificate: Annotated[
        Digest,
        Meta(
            title="Certificate",
            description="SHA-256 of that person's certificate.",
            examples=["9c" * 32],
            extra={"zh": "证书摘要"},
        ),
    ]


class SetPolicy(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="POLICY"):
    """Give a policy another version from a day on."""

    policy: PolicyName
    values: PolicyValues
    effective_from: EffectiveField
    article: ArticleField


class PackPolicy(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The values that a rule pack sets in one policy."""

    policy: PolicyName
    values: PolicyValues
    articles: Annotated[
        dict[
            Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{1,40}$(?!\\n)")],
            Annotated[str, Meta(min_length=1, max_length=limits.TEXT_CODE_POINTS)],
        ],
        Meta(
            max_length=40,
            title="Articles",
            description="Where single values come from; all others come from the article of the whole pack.",
            examples=[{"term_months": "Yinfa [2025] 77, article 11"}],
            extra={"zh": "各参数依据"},
        ),
    ] = {}


class AdoptRulePack(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="RULE_PACK"):
    """Adopt a regulator's rules: values of several policies, with the article they come from."""

    name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=limits.TEXT_CODE_POINTS,
            title="Rule pack",
            description="Name of the regulator's document.",
            examples=["Yinfa [2025] 77"],
            extra={"zh": "规则包"},
        ),
    ]
    article: ArticleField
    effective_from: EffectiveField
    policies: Annotated[
        tuple[PackPolicy, ...],
        Meta(
            min_length=1,
            max_length=20,
            title="Policies",
            description="The policies that it changes, each once.",
            extra={"zh": "政策参数"},
        ),
    ]


class PublishCalendar(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="CALENDAR"):
    """Publish the business days of a year, or correct them."""

    year: Annotated[
        int,
        Meta(
            ge=2000, le=2099, title="Year", description="Civil year.", examples=[2027], extra={"zh": "年份"}
        ),
    ]
    version: Annotated[
        Count,
        Meta(
            title="Version",
            description="1 for the first publication, one more for each correction.",
            examples=[1],
            extra={"zh": "版本"},
        ),
    ]
    holidays: Annotated[
        DaysField,
        Meta(
            title="Holidays",
            description="Weekdays that are free, ascending.",
            examples=[["2027-02-05"]],
            extra={"zh": "节假日"},
        ),
    ]
    make_up_working_days: Annotated[
        DaysField,
        Meta(
            title="Make-up working days",
            description="Weekend days that are worked, ascending.",
            examples=[["2027-02-20"]],
            extra={"zh": "调休上班日"},
        ),
    ]


class Release(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="QUARANTINE"):
    """Release an object from quarantine."""

    object: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=limits.TEXT_CODE_POINTS,
            title="Object",
            description="Name of the object as the quarantine shows it.",
            examples=["EVTEST20260316000000000197"],
            extra={"zh": "对象"},
        ),
    ]


class BeginKeyEpoch(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="FINGERPRINT_KEY"):
    """Name papers with a new fingerprint key, which no member that has left knows."""

    epoch: Annotated[
        documents.EpochNumber,
        Meta(
            title="Epoch",
            description="The number after that of the newest key.",
            examples=[2],
            extra={"zh": "期次"},
        ),
    ]
    commitment: Annotated[
        Digest,
        Meta(
            title="Commitment",
            description="As the proposer's gateway shows it with the key that it has made.",
            examples=["6c" * 32],
            extra={"zh": "密钥承诺值"},
        ),
    ]
    reason: ReasonField


class Amend(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="CONSTITUTION"):
    """Amend the constitution: how proposals of some kinds are decided from now on."""

    rules: Annotated[
        tuple[KindRule, ...],
        Meta(
            min_length=1,
            max_length=len(KINDS),
            title="Rows",
            description="The new rows, one for each kind that changes.",
            extra={"zh": "章程条目"},
        ),
    ]


ProposedChange = (
    Admit
    | Suspend
    | Restore
    | Revoke
    | Exit
    | ReplaceKey
    | SetPolicy
    | AdoptRulePack
    | PublishCalendar
    | Release
    | NodeChange
    | BeginKeyEpoch
    | Amend
)
"""Any change that can be put to the vote."""

_KINDS: dict[type[ProposedChange], KindName] = {
    Admit: "ADMIT",
    Suspend: "SUSPEND",
    Restore: "RESTORE",
    Revoke: "REVOKE",
    Exit: "EXIT",
    ReplaceKey: "KEY",
    SetPolicy: "POLICY",
    AdoptRulePack: "RULE_PACK",
    PublishCalendar: "CALENDAR",
    Release: "QUARANTINE",
    AdmitValidator: "VALIDATOR_ADMIT",
    SetValidatorPower: "VALIDATOR_POWER",
    RemoveValidator: "VALIDATOR_REMOVE",
    AdmitNode: "NODE_ADMIT",
    RemoveNode: "NODE_REMOVE",
    ActivateProtocol: "PROTOCOL",
    BeginKeyEpoch: "FINGERPRINT_KEY",
    Amend: "CONSTITUTION",
}


def kind_of(change: ProposedChange) -> KindName:
    """By which row of the constitution a change is decided."""
    return _KINDS[type(change)]
