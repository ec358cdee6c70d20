"""Tokens for systems, bound to a key of theirs: issued by an admin, rotated by the system itself, ended as sessions are."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.crypto.schemes import KeyNotAdmissible, admit_key
from tallychain.gateway.accounts import Account
from tallychain.gateway.problems import Problem
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, json
from tallychain.gateway.web.session import HOUR_MS, Session

Hours = Annotated[int, Meta(ge=1, le=8760)]
Key = Annotated[str, Meta(max_length=80)]
_OVERLAP_MS: Final = 10 * 60_000
"""How long the old token is still good after a rotation, for requests on their way."""


class IssueToken(Struct, frozen=True, forbid_unknown_fields=True):
    """
    How long a token for a system shall live, and the key that it is bound to.

    Without a key the token is a bearer token; only demonstrations take that.  `roles` narrows what it may do; empty: all of the account's.
    """

    hours: Hours
    key: Key = ""
    roles: Annotated[tuple[str, ...], Meta(max_length=8)] = ()


class RotateToken(Struct, frozen=True, forbid_unknown_fields=True):
    """The key that the next token shall be bound to; it may be the same."""

    hours: Hours
    key: Key


async def issue_token(asked: Asked) -> Answer:
    """A token for a system of the member, which has no passphrase to type."""
    body = asked.read(IssueToken)
    account = await asked.gateway.accounts.get(asked.path["id"])
    if account is None:
        raise Problem("GATEWAY_NOT_FOUND")
    if "staff:system" not in account.classes:
        raise Problem("GATEWAY_FORBIDDEN")
    if not set(body.roles) <= set(account.roles):
        raise Problem("GATEWAY_FIELD_NOT_VALID", detail="a token has no roles that its account has not")
    if body.key or not asked.gateway.facts.demo:
        _check_key(body.key)
    return await _issued(asked, account, body.hours, body.key, body.roles)


async def rotate_token(asked: Asked) -> Answer:
    """Another token in place of the one in use, bound to the key given; the old one ends ten minutes later."""
    body = asked.read(RotateToken)
    _check_key(body.key)
    accounts = asked.gateway.accounts
    account, key = await accounts.bearer(asked.token)
    if not key:
        raise Problem("GATEWAY_FORBIDDEN")
    whole = await accounts.get(account.id)
    roles = () if whole is not None and whole.roles == account.roles else account.roles
    answer = await _issued(asked, account, body.hours, body.key, roles)
    await accounts.shorten(asked.token, _OVERLAP_MS)
    return answer


async def _issued(asked: Asked, account: Account, hours: int, key: str, roles: tuple[str, ...]) -> Answer:
    token, until = await asked.gateway.accounts.issue_token(account.id, hours * HOUR_MS, key=key, roles=roles)
    await asked.gateway.unlocking.audit(asked.caller.id, "account-token", account.id)
    return json(Session(token, until, account.id), 201, {"Cache-Control": "no-store"})


def _check_key(key: str) -> None:
    try:
        admit_key(key)
    except KeyNotAdmissible:
        detail = "key is a public signing key, ed25519:… or p256:…"
        raise Problem("GATEWAY_FIELD_NOT_VALID", detail=detail) from None


ENDPOINTS: Final = (
    Endpoint(
        name="account-token",
        method="POST",
        path="/v1/accounts/{id}/tokens",
        summary="A token for a system of the member, bound to a key",
        handler=issue_token,
        request=IssueToken,
        response=Session,
        status=201,
        tag="enrolment",
        problems=("GATEWAY_NOT_FOUND",),
    ),
    Endpoint(
        name="token-rotate",
        method="POST",
        path="/v1/me/token",
        summary="Another token in place of the bound one in use",
        handler=rotate_token,
        request=RotateToken,
        response=Session,
        status=201,
        tag="session",
    ),
)
