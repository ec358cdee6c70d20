"""What other contracts may ask of members."""

from typing import Final

from tallychain.contracts.members.refusals import MemberUnknown, SponsorNotActive, SponsorNotSuitable
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
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment

SPONSOR_KINDS: Final = (BANK, FACTOR, CORE_ENTERPRISE, GUARANTOR, SETTLEMENT_BANK, CLEARING_HOUSE)
"""Kinds of members that may sponsor holders; operators, supervisors, arbiters and court gateways hold and serve nothing."""

SPONSOR_REFUSALS: Final = (MemberUnknown, SponsorNotSuitable, SponsorNotActive)
"""What `require_sponsor` may raise, in order of precedence, for an operation's list of refusals."""


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


def require_sponsor(state: Reader, name: str, now: Moment) -> Member:
    """The sponsor of a holder, if it may take on something new; else raises one of `SPONSOR_REFUSALS`."""
    found = state.get(MEMBERS, name)
    if found is None:
        raise MemberUnknown(name)
    if not any(kind in SPONSOR_KINDS for kind in found.kinds):
        raise SponsorNotSuitable(name)
    status = found.status_at(now)
    if status != ACTIVE:
        raise SponsorNotActive(name, status)
    return found
