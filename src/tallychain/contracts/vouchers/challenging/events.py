"""Facts published about false identity parts."""

from tallychain.instruments.money import Units
from tallychain.ledger.contract import Event
from tallychain.ledger.types import Digest, KeyText, MemberName, TypeName


class IdentityShownFalse(Event, frozen=True, tag="identity.shown_false"):
    """An act had a false identity part, and everybody can check it; what rested on it and was still open has ended."""

    voucher: str
    issuer: MemberName
    challenged: Digest
    """The act."""
    kind: TypeName
    first: Units
    """Units that the act is about: from the first of all to the last of all."""
    last: Units
    tag: KeyText
    sponsor: MemberName
    """Who carried it, and warranted the person."""
    challenger: MemberName
    ground: str
    ended: tuple[str, ...]
    """Open offers, or the request for money, that ended with it."""


EVENTS = (IdentityShownFalse,)
