"""What other contracts may ask of members."""

from typing import Final

from tallychain.contracts.members import refusals
from tallychain.contracts.members.events import MemberSuspended, StandingVoted
from tallychain.contracts.members.held import held_back, is_held_back, let_go
from tallychain.contracts.members.record import MemberRecord, RecordKey, check_code
from tallychain.contracts.members.refusals import KeyNotAdmissible, MemberUnknown
from tallychain.contracts.members.state import FALLS
from tallychain.contracts.members.voted import admitted, key_replaced, standing_voted
from tallychain.ledger.identity import (
    ACTIVE,
    BANK,
    CLEARING_HOUSE,
    CORE_ENTERPRISE,
    FACTOR,
    GUARANTOR,
    MEMBERS,
    SETTLEMENT_BANK,
    Member,
)
from tallychain.ledger.refusals import Refused
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment

__all__ = [
    "CODE_REFUSALS",
    "SPONSOR_KINDS",
    "VOTE_REFUSALS",
    "KeyNotAdmissible",
    "MemberRecord",
    "MemberSuspended",
    "MemberUnknown",
    "RecordKey",
    "StandingVoted",
    "admitted",
    "check_code",
    "held_back",
    "is_active",
    "is_active_kind",
    "is_held_back",
    "key_replaced",
    "let_go",
    "may_sponsor",
    "member",
    "standing_voted",
    "suspended_since",
]

CODE_REFUSALS: Final[tuple[type[Refused], ...]] = (refusals.CodeNotValid,)
"""Why `check_code` may say no."""

VOTE_REFUSALS: Final[tuple[type[Refused], ...]] = (
    refusals.CodeNotValid,
    refusals.KindUnknown,
    refusals.OperatorHoldsNothing,
    refusals.MemberUnknown,
    refusals.NotSuspended,
    refusals.NotInGoodStanding,
    refusals.KeyUnknown,
    refusals.AdminKeyOnly,
    refusals.KeyNotInForce,
    refusals.KeyNotAdmissible,
    refusals.RightUnknown,
    refusals.RightsDoNotMix,
    refusals.KeyKnown,
    refusals.CertificateOfAnotherPerson,
    refusals.TooManyKeys,
    refusals.AdminsMissing,
    refusals.GatewayNotPublic,
    refusals.MemberKnown,
    refusals.InstitutionKnown,
)
"""Why `admitted`, `standing_voted` and `key_replaced` may say no, in order of precedence."""

SPONSOR_KINDS: Final = (BANK, FACTOR, CORE_ENTERPRISE, GUARANTOR, SETTLEMENT_BANK, CLEARING_HOUSE)
"""Kinds of members that may sponsor holders; operators, supervisors, arbiters and court gateways hold and serve nothing."""


def member(state: Reader, name: str) -> Member | None:
    """A member's record, or None if it was never admitted."""
    return state.get(MEMBERS, name)


def is_active(state: Reader, name: str, now: Moment) -> bool:
    """Whether a member may begin something new at this moment."""
    found = state.get(MEMBERS, name)
    return found is not None and found.status_at(now) == ACTIVE


def is_active_kind(state: Reader, name: str, kind: str, now: Moment) -> bool:
    """Whether a member is admitted as this kind and may begin something new at this moment."""
    found = state.get(MEMBERS, name)
    return found is not None and kind in found.kinds and found.status_at(now) == ACTIVE


def may_sponsor(state: Reader, name: str, now: Moment) -> bool:
    """Whether a member may take on a holder at this moment: of a suitable kind and in good standing."""
    return any(is_active_kind(state, name, kind, now) for kind in SPONSOR_KINDS)


def suspended_since(state: Reader, name: str, since_ms: int) -> bool:
    """Whether a member lost its good standing at or after an instant, by a supervisor or by vote, also where it has it again."""
    last = state.get(FALLS, name)
    return last is not None and last.since_ms >= since_ms
