"""Which banks answer for the core enterprises with which a chain begins, and until when: the section `admission`."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from tallychain.contracts.admission.events import ReviewSet
from tallychain.contracts.admission.policies import Figures
from tallychain.contracts.admission.rules import remind_ms
from tallychain.contracts.admission.state import IN_ORDER, MISSED, REVIEWS, ReviewRow, until_end_of
from tallychain.contracts.members import api as members
from tallychain.instruments.calendar import DateUnreadable, parse_date
from tallychain.ledger import codec
from tallychain.ledger.contract import Change, Event
from tallychain.ledger.genesis import GenesisRefused
from tallychain.ledger.identity import BANK, CORE_ENTERPRISE
from tallychain.ledger.state import Reader
from tallychain.ledger.types import Day, MemberName


class FoundingReview(Struct, frozen=True, forbid_unknown_fields=True):
    """The bank that answers for a founder, and the last day of its first review."""

    member: MemberName
    bank: MemberName
    due: Day


Section = Annotated[tuple[FoundingReview, ...], Meta(max_length=1_000)]


def founded(section: msgspec.Raw) -> Change:
    """The Change by which banks answer for founders.  Raises `GenesisRefused` with a sentence."""
    try:
        given = codec.decode(Section, bytes(section))
    except codec.Malformed as error:
        raise GenesisRefused(
            f"The admissions in the genesis document are not valid: {error.detail}"
        ) from None
    names = [item.member for item in given]
    if len(frozenset(names)) != len(names):
        raise GenesisRefused("A core enterprise stands twice among the admissions of the genesis document.")
    change = Change()
    for item in given:
        try:
            parse_date(item.due)
        except DateUnreadable:
            raise GenesisRefused(
                f"The review of {item.member} is due on {item.due}, which is no day."
            ) from None
        row = ReviewRow(item.member, item.bank, item.due, 0, 0, until_end_of(item.due, IN_ORDER, MISSED))
        remind = max(0, remind_ms(item.due, Figures()))
        change += Change(
            (REVIEWS.put(row),), (ReviewSet(row.member, row.bank, row.due, remind, 0, row.timeline, None),)
        )
    return change


def founding_events(state: Reader) -> tuple[Event, ...]:
    """None; only looks whether banks answer for core enterprises.  Raises `GenesisRefused`."""
    for row in state.scan(REVIEWS):
        for name, kind in ((row.member, CORE_ENTERPRISE), (row.bank, BANK)):
            found = members.member(state, name)
            if found is None or kind not in found.kinds:
                raise GenesisRefused(f"In the admissions of the genesis document, {name} is no {kind}.")
        if row.member == row.bank:
            raise GenesisRefused(f"In the admissions of the genesis document, {row.bank} answers for itself.")
    return ()
