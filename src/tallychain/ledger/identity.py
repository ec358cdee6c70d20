"""Members and their keys, as the ledger needs them to authenticate operations.

The operations that change these records belong to the contract `members`; reading them belongs here.
"""

from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.ledger import limits
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Timeline, status_at
from tallychain.ledger.types import (
    Count,
    Digest,
    Height,
    Instant,
    KeyText,
    MemberId,
    MemberName,
    SealingKeyText,
)

ACTIVE: Final = "ACTIVE"
SUSPENDED: Final = "SUSPENDED"
REVOKED: Final = "REVOKED"
EXITED: Final = "EXITED"

BANK: Final = "BANK"
FACTOR: Final = "FACTOR"
CORE_ENTERPRISE: Final = "CORE_ENTERPRISE"
GUARANTOR: Final = "GUARANTOR"
SETTLEMENT_BANK: Final = "SETTLEMENT_BANK"
CLEARING_HOUSE: Final = "CLEARING_HOUSE"
ARBITER: Final = "ARBITER"
SUPERVISOR: Final = "SUPERVISOR"
COURT_GATEWAY: Final = "COURT_GATEWAY"
OPERATOR: Final = "OPERATOR"
KINDS: Final = (
    BANK,
    FACTOR,
    CORE_ENTERPRISE,
    GUARANTOR,
    SETTLEMENT_BANK,
    CLEARING_HOUSE,
    ARBITER,
    SUPERVISOR,
    COURT_GATEWAY,
    OPERATOR,
)

MAKER: Final = "maker"
CHECKER: Final = "checker"
ADMIN: Final = "admin"
SYSTEM: Final = "system"
LOOK: Final = "look"
RIGHTS: Final = (MAKER, CHECKER, ADMIN, SYSTEM, LOOK)
HOLDER: Final = "holder"
"""The role in which a tag signs; not a right of a member's key."""

Person = Annotated[str, Meta(pattern="^[0-9a-f]{16}$(?!\\n)")]


class SealingKey(Struct, frozen=True, forbid_unknown_fields=True):
    """One sealing key of a member; recipients name it as `member:<id>#<number>`."""

    number: Annotated[int, Meta(ge=1, le=999_999)]
    key: SealingKeyText
    replaced_at_ms: Instant
    """When a newer one took its place; 0 while it is the current one."""


class Member(Struct, frozen=True, forbid_unknown_fields=True):
    """A licensed institution or large enterprise that takes part."""

    member: MemberName
    name: Annotated[str, Meta(min_length=1, max_length=limits.TEXT_CODE_POINTS)]
    """Legal name."""
    uscc: str
    """Unified social credit code, or LEI for an institution without one."""
    kinds: tuple[str, ...]
    licences: tuple[str, ...]
    standing: Timeline
    """`ACTIVE`, `SUSPENDED`, `REVOKED` or `EXITED`, and what time will make of it."""
    sealing: tuple[SealingKey, ...]
    """Every sealing key that it ever had, the current one last."""
    gateway: str
    """URL at which other members' gateways reach this one's."""
    admitted_height: Count

    def status_at(self, now: Moment) -> str:
        """The standing that holds at this moment, whether or not it has been written down yet."""
        return status_at(self.standing, now)

    def current_sealing(self) -> SealingKey:
        """The sealing key that new parts are sealed to."""
        return self.sealing[-1]

    def may_open_with(self, number: int, now_ms: int) -> bool:
        """
        Whether a part of now may name this sealing key: the current one, or the one before it for 48 hours.

        Only the newest replaced key can be that recent, because a key may be replaced once in 48 hours.
        """
        return any(
            key.number == number
            and (key.replaced_at_ms == 0 or now_ms - key.replaced_at_ms <= limits.SEALING_KEY_OVERLAP_MS)
            for key in self.sealing[-2:]
        )


class Key(Struct, frozen=True, forbid_unknown_fields=True):
    """One signing key of a member; kept for ever, because old proofs rest on it."""

    key: KeyText
    member: MemberName
    person: Person
    """A random id; the name stays in the member's gateway.  A system's key has an id of its own."""
    rights: tuple[str, ...]
    limit: Count
    """Largest public amount that this key may sign for, in minor units; 0 for no limit of its own."""
    certificate: Digest
    """Digest of the person's certificate."""
    valid_from: Count
    """Height from which it signs."""
    revoked_at: Count
    """Height from which it no longer signs; 0 while it does."""

    def signs_at(self, height: Height) -> bool:
        """Whether this key signs in a block of this height."""
        return self.valid_from <= height and (self.revoked_at == 0 or height < self.revoked_at)


MEMBERS: Final = Table("member", Member, lambda row: (row.member,))
KEYS: Final = Table("key", Key, lambda row: (row.key,))


def is_in_good_standing(member: Member | None, now: Moment) -> bool:
    """Whether a member may begin something new."""
    return member is not None and member.status_at(now) == ACTIVE


def member_of(member: MemberId) -> bytes:
    """State key of a member's record, for proofs."""
    return MEMBERS.key(member)
