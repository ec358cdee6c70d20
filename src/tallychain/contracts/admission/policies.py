"""The policy ADMISSION: what a bank has to find out before it introduces a core enterprise, and how long everything takes.

A chain without it admits core enterprises as any other member, and reviews nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from tallychain.instruments.calendar import format_date, local_day
from tallychain.ledger import limits
from tallychain.ledger.parameters import POLICIES, Policy
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment

ADMISSION: Final = "ADMISSION"
NAME: Final = "[A-Z][A-Z0-9-]{1,30}"
Names = Annotated[
    str, Meta(max_length=limits.TEXT_CODE_POINTS, pattern=f"^({NAME}( {NAME}){{0,19}})?$(?!\\n)")
]
"""Names in alphabetical order with a space between them; empty for none."""


class Figures(Struct, frozen=True):
    """What stands in the policy."""

    fields: Names = "BENEFICIAL-OWNERS BUSINESS CAPITAL LEGAL-REPRESENTATIVE PURCHASES"
    """What the bank has to have found out; only a commitment to each stands on the ledger."""
    papers: Names = "ACCOUNTS ARTICLES BUSINESS-LICENCE CREDIT-REPORT"
    """What the bank has to have seen."""
    years_min: Annotated[int, Meta(ge=0, le=100)] = 3
    """Whole years for which the enterprise has to exist."""
    accounts_months_max: Annotated[int, Meta(ge=1, le=60)] = 18
    """How long ago the last audited year may have ended."""
    overdue_max: Annotated[int, Meta(ge=0, le=1_000)] = 2
    """Public records of overdue payments within five years that the bank may have found."""
    introduction_days: Annotated[int, Meta(ge=10, le=366)] = 30
    """Days for which an introduction stands when no admission follows."""
    review_months: Annotated[int, Meta(ge=1, le=36)] = 12
    reminder_days: Annotated[int, Meta(ge=1, le=366)] = 60
    """Days before the last day of a review from which on everybody is reminded, and any bank may make it."""
    takeover_days: Annotated[int, Meta(ge=5, le=366)] = 30
    """Days for another bank when the one that reviews withdraws, is suspended by vote, or goes."""


USUAL: Final = MappingProxyType(msgspec.structs.asdict(Figures()))


@dataclass(frozen=True, slots=True)
class AdmissionPolicy:
    """The policy of a day."""

    source: Policy
    """The version itself, which says where each figure comes from."""
    figures: Figures


def policy_now(state: Reader, now: Moment) -> AdmissionPolicy | None:
    """The policy that holds now, the first version from the first day of the chain; None where the chain has none."""
    day = format_date(local_day(now.time_ms))
    found: Policy | None = None
    for policy in state.scan(POLICIES, ADMISSION):
        if found is None or policy.effective_from <= day:
            found = policy
    return None if found is None else AdmissionPolicy(found, msgspec.convert(found.values, Figures))


def parameter_faults(state: Reader) -> Iterator[str]:
    """What is wrong, as sentences, with the policies that this contract reads."""
    for policy in state.scan(POLICIES, ADMISSION):
        name = f"the policy {ADMISSION}, version {policy.version}"
        if set(policy.values) != set(USUAL):
            yield f"In {name}, the figures are not those that the contract reads."
            continue
        try:
            figures = msgspec.convert(policy.values, Figures)
        except msgspec.ValidationError as fault:
            yield f"In {name}, a figure is not possible: {fault}."
            continue
        for listed in (figures.fields, figures.papers):
            names = listed.split()
            if names != sorted(frozenset(names)):
                yield f"In {name}, the names {listed} are not in alphabetical order, each once."
