"""What stands in the navigation: what the visitor's kind needs every day first, everything else one step further."""

from dataclasses import dataclass
from typing import Final

from tallychain.console.visits import Visit
from tallychain.gateway.accounts import HOUSE
from tallychain.ledger.identity import BANK, CORE_ENTERPRISE, COURT_GATEWAY, FACTOR, SUPERVISOR

PAGES: Final = (
    "today", "payables", "vouchers", "holdings", "financings", "documents", "sharing", "pledges", "courts", "disputes", "redemptions", "recourse", "rekeys",
    "guarantees", "bankaccounts", "falseidentities",
    "settlement", "ladder", "overdue", "supervision", "ceilings", "standards", "limits", "rates", "disclosure", "drafts", "operations", "members",
    "admissions", "proposals", "ledger", "acts", "tables", "issue",
)  # fmt: skip
"""Every page of the navigation, in its order."""
FUNDERS: Final = frozenset({BANK, FACTOR})
OF_CLIENTS: Final = (
    "today",
    "payables",
    "vouchers",
    "holdings",
    "financings",
    "documents",
    "ladder",
    "drafts",
)
OF_STAFF: Final = (
    "today", "payables", "vouchers", "holdings", "financings", "settlement", "ladder", "overdue", "ceilings", "drafts", "members",
    "proposals",
)  # fmt: skip
OF_COURTS: Final = ("today", "courts", "disputes", "vouchers", "drafts", "members", "proposals")
OF_SUPERVISORS: Final = (
    "today", "supervision", "overdue", "courts", "disclosure", "vouchers", "drafts", "members", "proposals", "ledger",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Navigation:
    """The pages that stand first, and those that open with "more"."""

    first: tuple[str, ...]
    more: tuple[str, ...]

    def has(self, name: str) -> bool:
        """Whether there is such a page for the visitor."""
        return name in self.first or name in self.more


def navigation_for(visit: Visit, kinds: str, active: str) -> Navigation:
    """The navigation of a visitor, by the kinds of its member; the page that is shown is always among the first."""
    admitted = kinds.split()
    there = [name for name in PAGES if _is_there(visit, name, admitted)]
    everyday = {*_everyday(visit, admitted), active}
    return Navigation(
        tuple(name for name in there if name in everyday),
        tuple(name for name in there if name not in everyday),
    )


def _everyday(visit: Visit, admitted: list[str]) -> tuple[str, ...]:
    if visit.account is None or visit.account.seat != HOUSE:
        return OF_CLIENTS
    if SUPERVISOR in admitted:
        return OF_SUPERVISORS
    if COURT_GATEWAY in admitted:
        return OF_COURTS
    return (*OF_STAFF, "issue")


def _is_there(visit: Visit, name: str, admitted: list[str]) -> bool:
    is_house = visit.account is not None and visit.account.seat == HOUSE
    if name == "issue":
        return visit.may("staff:maker") and CORE_ENTERPRISE in admitted
    if name in ("limits", "rates"):
        return is_house and not FUNDERS.isdisjoint(admitted)
    if name == "supervision":
        return is_house and SUPERVISOR in admitted
    return True
