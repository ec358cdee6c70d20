"""The pages, one module for each group of them."""

from typing import Final

from tallychain.console.pages import (
    account,
    accounts,
    acts,
    answers,
    ceilings,
    clock,
    drafts,
    holdings,
    issue,
    ledger,
    members,
    offer,
    operations,
    payables,
    presenting,
    proposals,
    ruling,
    settling,
    start,
    tables,
    today,
    uploads,
    vouchers,
    webhooks,
)
from tallychain.console.routes import Route

ROUTES: Final[tuple[Route, ...]] = (
    *start.ROUTES,
    *today.ROUTES,
    *presenting.ROUTES,
    *uploads.ROUTES,
    *payables.ROUTES,
    *ceilings.ROUTES,
    *settling.ROUTES,
    *vouchers.ROUTES,
    *holdings.ROUTES,
    *issue.ROUTES,
    *offer.ROUTES,
    *answers.ROUTES,
    *drafts.ROUTES,
    *operations.ROUTES,
    *members.ROUTES,
    *proposals.ROUTES,
    *ruling.ROUTES,
    *acts.ROUTES,
    *tables.ROUTES,
    *ledger.ROUTES,
    *clock.ROUTES,
    *webhooks.ROUTES,
    *account.ROUTES,
    *accounts.ROUTES,
)
"""Every page, and what stands behind every form."""
