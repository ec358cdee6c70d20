"""How the ledger says no.

Three levels (design page "ledger", section Operation): an *inadmissible* envelope never enters a block; an operation that is
*turned away* leaves no trace because it is not authentic; a *refused* one gets a receipt, final for its id.
A member's mistake is a `Refused`.  Our own mistakes are never `Refused`: see `InvariantBroken`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import ClassVar

Field = str | int


class Inadmissible(Exception):
    """An envelope that no node lets into a block; `code` says why, `detail` is for the sender only."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class TurnedAway(Exception):
    """An operation that is not authentic or comes again; nothing is written and nothing is consumed."""

    def __init__(self, code: str, first: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.first = first


class InvariantBroken(Exception):
    """Our own mistake: a Change that would break what must always hold."""

    def __init__(self, number: int, detail: str) -> None:
        super().__init__(f"I{number}: {detail}")
        self.number = number
        self.detail = detail


@dataclass(eq=False)
class Refused(Exception):
    """
    A member's mistake, recorded in a receipt.

    A subclass is one reason: `code` never changes once published, `en` and `zh` are its sentences with the typed
    fields as placeholders.  (Not frozen: Python sets the traceback on exceptions.)
    """

    code: ClassVar[str] = ""
    en: ClassVar[str] = ""
    zh: ClassVar[str] = ""

    def typed_fields(self) -> dict[str, Field]:
        """The fields of this refusal in declared order, as they stand in the receipt."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def sentence(self, language: str = "en") -> str:
        """The refusal as one sentence, in `en` or `zh`."""
        return self.said(self.typed_fields(), language)

    @classmethod
    def said(cls, fields: Mapping[str, Field], language: str = "en") -> str:
        """The sentence with these fields, as a receipt holds them; raises `KeyError` where one that it names is missing."""
        return (cls.zh if language == "zh" else cls.en).format(**fields)

    def __str__(self) -> str:
        return self.sentence()


@dataclass(eq=False)
class Governed(Refused):
    """
    A refusal that rests on a governed figure, and cites where that figure comes from.

    A subclass says on which: `rests_on` is the policy and its figure.  Its field `article` is what the policy says of that figure, with
    the rule pack before it where one brought it; empty where the alliance has named no article.
    """

    rests_on: ClassVar[tuple[str, str]]

    @classmethod
    def said(cls, fields: Mapping[str, Field], language: str = "en") -> str:
        """The sentence, with policy and article behind it."""
        sentence = super().said(fields, language)
        article = fields["article"]
        if not article:
            return sentence
        policy = cls.rests_on[0]
        if language == "zh":
            return f"{sentence}（{article}，政策 {policy}）"
        return f"{sentence} ({article}, policy {policy})"


# The ledger's own refusals, in order of precedence.  A contract's refusals come after all of them.


@dataclass(eq=False)
class MemberNotActive(Refused):
    """The author or carrier is suspended, revoked or has left."""

    code = "MEMBER_NOT_ACTIVE"
    en = "The member {member} is {status}; it completes what is pending and begins nothing."
    zh = "成员 {member} 的状态为 {status}，只能完成未结事项，不能发起新的业务。"
    member: str
    status: str


@dataclass(eq=False)
class KindMissing(Refused):
    """The author is not admitted for this kind of business."""

    code = "NOT_LICENSED"
    en = "The member {member} is not admitted as {needed}."
    zh = "成员 {member} 未以 {needed} 身份准入。"
    member: str
    needed: str


@dataclass(eq=False)
class RightMissing(Refused):
    """A key signed in a role that it has no right to."""

    code = "RIGHT_MISSING"
    en = "The key of person {person} has no right to sign as {role}."
    zh = "人员 {person} 的密钥无权以 {role} 身份签名。"
    person: str
    role: str


@dataclass(eq=False)
class SamePerson(Refused):
    """Maker and checker are one person."""

    code = "SAME_PERSON"
    en = "Maker and checker must be two persons with certificates of their own; both are {person}."
    zh = "经办与复核必须是持有各自证书的两个人；二者均为 {person}。"
    person: str


@dataclass(eq=False)
class AboveKeyLimit(Refused):
    """The public amount is above what a key may sign."""

    code = "ABOVE_KEY_LIMIT"
    en = "The amount {amount} is above the limit {limit} of the key of person {person}."
    zh = "金额 {amount} 超过人员 {person} 密钥的限额 {limit}。"
    person: str
    amount: int
    limit: int


@dataclass(eq=False)
class Quarantined(Refused):
    """The object is closed until a vote, after a defect was found on it."""

    code = "QUARANTINED"
    en = "{object} is in quarantine since height {height}; only a vote releases it."
    zh = "{object} 自高度 {height} 起被隔离，仅可经表决解除。"
    object: str
    height: int


@dataclass(eq=False)
class PartNotDeclared(Refused):
    """A sealed part has a label that this type of operation does not know, or one stands twice."""

    code = "PART_NOT_DECLARED"
    en = "The operation has no sealed part {label}, or it stands twice."
    zh = "该操作没有密封部分 {label}，或其重复出现。"
    label: str


@dataclass(eq=False)
class PartMissing(Refused):
    """A sealed part that this type of operation needs is not there."""

    code = "PART_MISSING"
    en = "The sealed part {label} is missing."
    zh = "缺少密封部分 {label}。"
    label: str


@dataclass(eq=False)
class RecipientMissing(Refused):
    """Somebody entitled to a sealed part is not among its recipients."""

    code = "RECIPIENT_MISSING"
    en = "The sealed part {label} must be sealed to {recipient} too."
    zh = "密封部分 {label} 还必须加密给 {recipient}。"
    label: str
    recipient: str


@dataclass(eq=False)
class RecipientUnknown(Refused):
    """A recipient key is not a current sealing key of its member."""

    code = "RECIPIENT_UNKNOWN"
    en = "{recipient} in the sealed part {label} is not a sealing key in force."
    zh = "密封部分 {label} 中的 {recipient} 不是有效的加密密钥。"
    label: str
    recipient: str


@dataclass(eq=False)
class Internal(Refused):
    """A defect of ours was caught before it did harm; the objects concerned are in quarantine."""

    code = "INTERNAL"
    en = "Invariant I{number} would have been broken; nothing was changed and {object} is in quarantine."
    zh = "将违反不变量 I{number}；未作任何变更，{object} 已被隔离。"
    number: int
    object: str

    def __post_init__(self) -> None:
        self.code = f"INTERNAL_{self.number}"  # type: ignore[misc]  # the number is part of the public code


LEDGER_REFUSALS: tuple[type[Refused], ...] = (
    MemberNotActive,
    KindMissing,
    RightMissing,
    SamePerson,
    AboveKeyLimit,
    Quarantined,
    PartNotDeclared,
    PartMissing,
    RecipientMissing,
    RecipientUnknown,
    Internal,
)
"""The refusals that any operation may meet, in order of precedence."""
