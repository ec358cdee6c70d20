"""The permissions table, cell by cell: first as a table, then over HTTP for every endpoint and kind of account."""

from pathlib import Path

import pytest

from tallychain.gateway import permissions
from tallychain.gateway.accounts import Account
from tallychain.gateway.permissions import DECIDES, MAKES, PERMISSIONS
from tallychain.gateway.problems import Problem
from tallychain.gateway.tests.alliance import alliance, code, in_loop
from tallychain.gateway.web.app import all_endpoints
from tallychain.ledger.contract import Authority

CLASSES = (
    "staff:maker",
    "staff:checker",
    "staff:admin",
    "staff:system",
    "staff:look",
    "client:maker",
    "client:checker",
)

# y: may, -: may not, in the order of CLASSES.  Written by hand beside the code's own table, so that a slip in one shows.
EXPECTED = """
sign-out            yyyyyyy
me                  yyyyyyy
factor-show         yyyyyyy
factor-begin        yyyyyyy
factor-confirm      yyyyyyy
recovery-renew      yyyyyyy
passphrase-change   yyyyyyy
session-list        yyyyyyy
session-end         yyyyyyy
today               yyyyyyy
catalogue           yyyyyyy
act                 y-yy-y-
preview             yyyyy--
fingerprint-key-make y------
draft-list          yyyyyyy
draft-show          yyyyyyy
draft-approve       -yy---y
draft-refuse        yyy--yy
operation-submit    ---y-yy
act-plan            -----y-
operation-show      yyyyyyy
operation-list      yyyyyyy
proof               yyyyyyy
certificate         yyyyyyy
view-list           yyyyyyy
view-show           yyyyyyy
my-holdings         yyyyyyy
funding-offers      yyyyyyy
batch-template      y----y-
batch-check         y----y-
batch-make          y----y-
batch-list          yy---yy
batch-show          yy---yy
batch-rows          yy---yy
batch-result        yy---yy
batch-sign          y----y-
batch-release       -y----y
batch-refuse        yy---yy
limit-list          yyyyy--
limit-ask           y------
limit-approve       -y-----
limit-refuse        yy-----
movement-report     yyyyy--
rate-report         yyyyy--
refinement-list     yyyyy--
refinement-ask      y------
refinement-approve  -y-----
refinement-refuse   yy-----
refinement-try      yyyyy--
blocks              yyyyyyy
events              yyyyyyy
document-store      y--y-y-
document-list       yyyyyyy
document-bindings   yyyyyyy
document-remove     y--y-y-
document-show       yyyyyyy
document-send       y--y-y-
payable-paper-list  yy---yy
payable-paper-show  yy---yy
payable-paper-ask   yy-----
payable-paper-requests yy-----
payable-paper-lookers yy---yy
papers-request-list yy-----
papers-looker-list  yy---yy
papers-looker-answer y----y-
papers-consent-show yyyyyyy
papers-consent-set  y----y-
title-dossier-show  yy-----
title-dossier-ask   yy-----
title-dossier-list  yy-----
registry-export     yy-y---
registry-list       y--y---
registry-reconciliation yy-y---
seat-list           yyyyy--
seat-add            --y----
seat-change         --y----
seat-persons-show   -----yy
seat-persons-ask    -----yy
seat-one-person     --y----
seat-change-list    --y----
seat-persons-approve --y--yy
seat-persons-refuse --y--yy
account-list        --y----
account-add         --y----
account-close       --y----
account-certificate --y----
account-token       --y----
token-rotate        ---y---
account-change-ask  --y----
account-change-list --y----
account-change-approve --y----
account-change-refuse --y----
account-session-list --y----
account-session-end --y----
account-lock-open   --y----
cards-deliver       -----y-
cards-refill        y----y-
wallet-export       -----y-
wallet-import       -----y-
audit               --y-y--
webhook-kinds       yyyyyyy
webhook-list        --yyyyy
webhook-show        --yyyyy
webhook-deliveries  --yyyyy
webhook-add         --y--y-
webhook-change      --y--y-
webhook-remove      --y--y-
webhook-secret      --y--y-
webhook-test        --yy-y-
webhook-redeliver   --yy-y-
"""
PUBLIC = {
    "health",
    "ready",
    "healthz",
    "readyz",
    "openapi",
    "metrics",
    "sign-in",
    "demo-sign-in",
    "demo-accounts",
    "letter-post",
    "disclosure-list",
    "disclosure-show",
    "disclosure-vouchers",
    "enrolment-begin",
    "enrolment-confirm",
}
CELLS = [
    (line.split()[0], kind, mark == "y")
    for line in EXPECTED.strip().splitlines()
    for kind, mark in zip(CLASSES, line.split()[1], strict=True)
]


def account(kind: str) -> Account:
    side, _, role = kind.partition(":")
    seat = "member" if side == "staff" else "s1"
    return Account("a", "A", seat, "p", (role,), "", "", active=True)


@pytest.mark.parametrize(("endpoint", "kind", "may"), CELLS)
def test_each_cell_of_the_table_is_as_written_here(endpoint: str, kind: str, may: bool) -> None:
    if may:
        permissions.check(endpoint, account(kind))
        return
    with pytest.raises(Problem) as caught:
        permissions.check(endpoint, account(kind))
    assert caught.value.code == "GATEWAY_FORBIDDEN"


def test_the_table_here_names_every_endpoint() -> None:
    assert {name for name, _, _ in CELLS} | PUBLIC == set(PERMISSIONS)


@pytest.mark.parametrize("endpoint", sorted(set(PERMISSIONS) - PUBLIC))
def test_without_a_token_only_public_endpoints_answer(endpoint: str) -> None:
    with pytest.raises(Problem) as caught:
        permissions.check(endpoint, None)
    assert caught.value.code == "GATEWAY_NOT_SIGNED_IN"


def test_an_endpoint_without_a_row_is_closed_to_everybody() -> None:
    for kind in CLASSES:
        with pytest.raises(Problem, match="FORBIDDEN"):
            permissions.check("not-in-the-table", account(kind))


def test_nobody_decides_what_only_a_system_signs_and_no_client_acts_for_the_member() -> None:
    assert DECIDES[Authority.SYSTEM] == frozenset()
    for authority in (Authority.TWO_PERSONS, Authority.TWO_ADMINS, Authority.SYSTEM):
        assert not any(kind.startswith("client") for kind in MAKES[authority] | DECIDES[authority])


@pytest.mark.slow
@in_loop
async def test_over_http_every_endpoint_lets_in_exactly_whom_the_table_names(tmp_path: Path) -> None:
    rates = {"account_burst": 5000, "seat_burst": 5000, "member_burst": 5000}
    async with alliance(tmp_path) as there, there.gateway("bank-a", **rates) as bank:
        names = {
            "staff:maker": "maker",
            "staff:checker": "checker",
            "staff:admin": "admin-1",
            "staff:system": "robot",
            "staff:look": "looker",
            "client:maker": "s1",
        }
        callers = {kind: await bank.as_account(name) for kind, name in names.items()}
        endpoints = all_endpoints(bank.gateway.catalogue)
        assert {endpoint.name for endpoint in endpoints} == set(PERMISSIONS)
        for endpoint in endpoints:
            if endpoint.name in PUBLIC or endpoint.name in {"events", "sign-out"}:
                continue
            path = endpoint.path.format(id="x", key="x", digest="x", operation="x", kind="x", subject="x")
            nobody = await bank.http.request(endpoint.method, path)
            assert code(nobody) == "GATEWAY_NOT_SIGNED_IN", endpoint
            for kind, caller in callers.items():
                answer = await caller.send(endpoint.method, path)
                refused = answer.status_code == 403
                assert refused == (kind not in PERMISSIONS[endpoint.name]), (endpoint.name, kind, answer.text)
