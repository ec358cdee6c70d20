"""Who may do what: one table, denied by default.

A caller is known by classes such as `client:maker` or `staff:checker` (see `Account.classes`).  A row of the table names the classes that
may use an endpoint; an endpoint without a row is closed to everybody.  `PUBLIC` rows need no token: they either tell nothing that is
not public, or carry their own proof (a letter is signed by its sender).
"""

from typing import Final

from tallychain.gateway.accounts import CLIENT_ROLES, STAFF_ROLES, Account
from tallychain.gateway.problems import Problem
from tallychain.ledger.contract import Authority

PUBLIC: Final = frozenset({"public"})
STAFF: Final = frozenset(f"staff:{role}" for role in STAFF_ROLES)
CLIENT: Final = frozenset(f"client:{role}" for role in CLIENT_ROLES)
SIGNED_IN: Final = STAFF | CLIENT
ADMIN: Final = frozenset({"staff:admin"})

_SUBSCRIBES: Final = frozenset({"staff:admin", "client:maker"})
_TOLD: Final = _SUBSCRIBES | {"staff:system", "staff:look", "client:checker"}
_FILES_AT_REGISTRY: Final = frozenset({"staff:maker", "staff:checker", "staff:system"})
_MAKES_BATCHES: Final = frozenset({"staff:maker", "client:maker"})
_READS_PAPERS: Final = CLIENT | {"staff:maker", "staff:checker"}
"""Whoever confirms for the debtor, and whoever presents; whether the payable is the caller's is looked at besides."""

PERMISSIONS: Final[dict[str, frozenset[str]]] = {
    "health": PUBLIC,
    "ready": PUBLIC,
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "openapi": PUBLIC,
    "metrics": PUBLIC,
    "sign-in": PUBLIC,
    "demo-sign-in": PUBLIC,
    "demo-accounts": PUBLIC,
    "letter-post": PUBLIC,
    "disclosure-list": PUBLIC,
    "disclosure-show": PUBLIC,
    "disclosure-vouchers": PUBLIC,
    "enrolment-begin": PUBLIC,
    "enrolment-confirm": PUBLIC,
    "sign-out": SIGNED_IN,
    "me": SIGNED_IN,
    "factor-show": SIGNED_IN,
    "factor-begin": SIGNED_IN,
    "factor-confirm": SIGNED_IN,
    "recovery-renew": SIGNED_IN,
    "passphrase-change": SIGNED_IN,
    "session-list": SIGNED_IN,
    "session-end": SIGNED_IN,
    "today": SIGNED_IN,
    "catalogue": SIGNED_IN,
    "act": frozenset({"staff:maker", "staff:admin", "staff:system", "client:maker"}),
    "preview": STAFF,
    "fingerprint-key-make": frozenset({"staff:maker"}),
    "draft-list": SIGNED_IN,
    "draft-show": SIGNED_IN,
    "draft-approve": frozenset({"staff:checker", "staff:admin", "client:checker"}),
    "draft-refuse": frozenset(
        {"staff:maker", "staff:checker", "staff:admin", "client:maker", "client:checker"}
    ),
    "operation-submit": frozenset({"staff:system", "client:maker", "client:checker"}),
    "act-plan": frozenset({"client:maker"}),
    "operation-show": SIGNED_IN,
    "operation-list": SIGNED_IN,
    "proof": SIGNED_IN,
    "certificate": SIGNED_IN,
    "view-list": SIGNED_IN,
    "view-show": SIGNED_IN,
    "my-holdings": SIGNED_IN,
    "funding-offers": SIGNED_IN,
    "batch-template": _MAKES_BATCHES,
    "batch-check": _MAKES_BATCHES,
    "batch-make": _MAKES_BATCHES,
    "batch-list": _READS_PAPERS,
    "batch-show": _READS_PAPERS,
    "batch-rows": _READS_PAPERS,
    "batch-result": _READS_PAPERS,
    "batch-sign": _MAKES_BATCHES,
    "batch-release": frozenset({"staff:checker", "client:checker"}),
    "batch-refuse": _READS_PAPERS,
    "limit-list": STAFF,
    "limit-ask": frozenset({"staff:maker"}),
    "limit-approve": frozenset({"staff:checker"}),
    "limit-refuse": frozenset({"staff:maker", "staff:checker"}),
    "movement-report": STAFF,
    "rate-report": STAFF,
    "refinement-list": STAFF,
    "refinement-ask": frozenset({"staff:maker"}),
    "refinement-approve": frozenset({"staff:checker"}),
    "refinement-refuse": frozenset({"staff:maker", "staff:checker"}),
    "refinement-try": STAFF,
    "blocks": SIGNED_IN,
    "events": SIGNED_IN,
    "document-store": frozenset({"staff:maker", "staff:system", "client:maker"}),
    "document-list": SIGNED_IN,
    "document-bindings": SIGNED_IN,
    "document-remove": frozenset({"staff:maker", "staff:system", "client:maker"}),
    "document-show": SIGNED_IN,
    "payable-paper-list": _READS_PAPERS,
    "payable-paper-show": _READS_PAPERS,
    "payable-paper-ask": frozenset({"staff:maker", "staff:checker"}),
    "payable-paper-requests": frozenset({"staff:maker", "staff:checker"}),
    "payable-paper-lookers": _READS_PAPERS,
    "papers-request-list": frozenset({"staff:maker", "staff:checker"}),
    "papers-looker-list": _READS_PAPERS,
    "papers-looker-answer": frozenset({"staff:maker", "client:maker"}),
    "papers-consent-show": SIGNED_IN,
    "papers-consent-set": frozenset({"staff:maker", "client:maker"}),
    "title-dossier-show": frozenset({"staff:maker", "staff:checker"}),
    "title-dossier-ask": frozenset({"staff:maker", "staff:checker"}),
    "title-dossier-list": frozenset({"staff:maker", "staff:checker"}),
    "document-send": frozenset({"staff:maker", "staff:system", "client:maker"}),
    "registry-export": _FILES_AT_REGISTRY,
    "registry-list": frozenset({"staff:maker", "staff:system"}),
    "registry-reconciliation": _FILES_AT_REGISTRY,
    "seat-list": STAFF,
    "seat-add": ADMIN,
    "seat-change": ADMIN,
    "seat-persons-show": CLIENT,
    "seat-persons-ask": CLIENT,
    "seat-one-person": ADMIN,
    "seat-change-list": ADMIN,
    "seat-persons-approve": CLIENT | ADMIN,
    "seat-persons-refuse": CLIENT | ADMIN,
    "account-list": ADMIN,
    "account-add": ADMIN,
    "account-close": ADMIN,
    "account-certificate": ADMIN,
    "account-token": ADMIN,
    "token-rotate": frozenset({"staff:system"}),
    "account-change-ask": ADMIN,
    "account-change-list": ADMIN,
    "account-change-approve": ADMIN,
    "account-change-refuse": ADMIN,
    "account-session-list": ADMIN,
    "account-session-end": ADMIN,
    "account-lock-open": ADMIN,
    "cards-deliver": frozenset({"client:maker"}),
    "cards-refill": frozenset({"staff:maker", "client:maker"}),
    "webhook-kinds": SIGNED_IN,
    "webhook-list": _TOLD,
    "webhook-show": _TOLD,
    "webhook-deliveries": _TOLD,
    "webhook-add": _SUBSCRIBES,
    "webhook-change": _SUBSCRIBES,
    "webhook-remove": _SUBSCRIBES,
    "webhook-secret": _SUBSCRIBES,
    "webhook-test": _SUBSCRIBES | {"staff:system"},
    "webhook-redeliver": _SUBSCRIBES | {"staff:system"},
    "wallet-export": frozenset({"client:maker"}),
    "wallet-import": frozenset({"client:maker"}),
    "audit": ADMIN | frozenset({"staff:look"}),
}
"""Endpoint to the classes that may use it."""

MAKES: Final[dict[Authority, frozenset[str]]] = {
    Authority.TWO_PERSONS: frozenset({"staff:maker"}),
    Authority.TWO_ADMINS: frozenset({"staff:admin"}),
    Authority.SYSTEM: frozenset({"staff:system"}),
    Authority.HOLDER: frozenset({"staff:maker", "client:maker"}),
}
"""Who begins an act, by the authority that its type demands."""

DECIDES: Final[dict[Authority, frozenset[str]]] = {
    Authority.TWO_PERSONS: frozenset({"staff:checker"}),
    Authority.TWO_ADMINS: frozenset({"staff:admin"}),
    Authority.SYSTEM: frozenset(),
    Authority.HOLDER: frozenset({"staff:checker", "client:checker"}),
}
"""Who approves a draft, by the authority that its type demands."""


def check(endpoint: str, account: Account | None) -> None:
    """Let a caller pass; raises `GATEWAY_NOT_SIGNED_IN` or `GATEWAY_FORBIDDEN`."""
    allowed = PERMISSIONS.get(endpoint, frozenset())
    if allowed == PUBLIC:
        return
    if account is None:
        raise Problem("GATEWAY_NOT_SIGNED_IN")
    need(allowed, account)


def need(allowed: frozenset[str], account: Account) -> None:
    """Let an account of one of these classes pass; raises `GATEWAY_FORBIDDEN`."""
    if not account.classes & allowed:
        raise Problem("GATEWAY_FORBIDDEN")
