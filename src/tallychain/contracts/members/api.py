"""What other contracts may ask of members."""

from typing import Final

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
