"""Signing in and out, and who one is."""

from typing import Final

from msgspec import Struct

from tallychain.gateway.accounts import Account
from tallychain.gateway.problems import Problem
from tallychain.gateway.web import paging
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, empty, json

HOUR_MS: Final = 3_600_000


class SignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Account, the passphrase of its own key, and a second factor where one is demanded."""

    account: str
    passphrase: str
    code: str = ""


class DemoSignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """One of the accounts of a demonstration."""

    account: str


class Session(Struct, frozen=True):
    """A bearer token and when it ends."""

    token: str
    expires_ms: int
    account: str


class AccountView(Struct, frozen=True):
    """An account as others see it."""

    id: str
    name: str
    seat: str
    roles: tuple[str, ...]
    person: str
    certificate: str
    active: bool
    locked: bool = False
    """After wrong attempts; told in the list of accounts only."""


class Me(Struct, frozen=True):
    """The caller, and where it has arrived."""

    account: AccountView
    member: str
    chain: str
    demo: bool
    driven: bool
    engine: str


def view(account: Account, *, is_locked: bool = False) -> AccountView:
    """An account as others see it."""
    return AccountView(
        account.id,
        account.name,
        account.seat,
        account.roles,
        account.person,
        account.certificate,
        account.active,
        is_locked,
    )


async def sign_in(asked: Asked) -> Answer:
    """A token, for the passphrase of one's own key."""
    gateway = asked.gateway
    gateway.account_rates.take(f"sign-in:{asked.address}")
    body = asked.read(SignIn)
    account = await gateway.accounts.get(body.account)
    if account is None or not account.active:
        await gateway.unlocking.spend(gateway.folder.keys / "secret.key", body.passphrase)
        raise Problem("GATEWAY_SIGN_IN_REFUSED")
    if not await gateway.unlocking.sign_in(account, body.passphrase, body.code):
        raise Problem("GATEWAY_SIGN_IN_REFUSED")
    return await _session(asked, account)


async def demo_sign_in(asked: Asked) -> Answer:
    """A token for the asking: on demonstration chains only, where it is the start page's one click."""
    if not asked.gateway.facts.demo:
        raise Problem("GATEWAY_NOT_FOUND")
    asked.gateway.account_rates.take(f"sign-in:{asked.address}")
    account = await asked.gateway.accounts.get(asked.read(DemoSignIn).account)
    if account is None or not account.active:
        raise Problem("GATEWAY_SIGN_IN_REFUSED")
    await asked.gateway.unlocking.audit(account.id, "sign-in", account.id, "none (demo)")
    return await _session(asked, account)


async def demo_accounts(asked: Asked) -> Answer:
    """Who one may be, on demonstration chains only."""
    if not asked.gateway.facts.demo:
        raise Problem("GATEWAY_NOT_FOUND")
    limit = paging.rows_asked(asked)
    found = await asked.gateway.accounts.page(paging.after_name(asked), limit)
    place = found[-1].id if len(found) == limit else None
    return paging.page(asked, [view(account) for account in found if account.active], place)


async def sign_out(asked: Asked) -> Answer:
    """End the token that was used."""
    await asked.gateway.accounts.revoke_token(asked.token)
    return empty()


async def me(asked: Asked) -> Answer:
    """The caller, and where it has arrived."""
    gateway = asked.gateway
    status = await gateway.engine.status()
    facts = gateway.facts
    return json(
        Me(
            view(asked.caller),
            gateway.member,
            facts.chain,
            facts.demo,
            facts.clock == "driven",
            status.engine,
        )
    )


async def _session(asked: Asked, account: Account) -> Answer:
    life = asked.gateway.settings.token_hours * HOUR_MS
    token, until = await asked.gateway.accounts.issue_token(account.id, life)
    return json(Session(token, until, account.id), 201, {"Cache-Control": "no-store"})


ENDPOINTS: Final = (
    Endpoint(
        name="sign-in",
        method="POST",
        path="/v1/sessions",
        summary="Sign in with account and passphrase",
        handler=sign_in,
        request=SignIn,
        response=Session,
        status=201,
        tag="session",
        problems=(
            "GATEWAY_SIGN_IN_REFUSED",
            "GATEWAY_SECOND_FACTOR_NEEDED",
            "GATEWAY_SECOND_FACTOR_NOT_ENROLLED",
            "GATEWAY_SECOND_FACTOR_REFUSED",
            "GATEWAY_ACCOUNT_LOCKED",
            "GATEWAY_ACCOUNT_LOCKED_FOR_GOOD",
        ),
    ),
    Endpoint(
        name="sign-out",
        method="DELETE",
        path="/v1/sessions/current",
        summary="End the token in use",
        handler=sign_out,
        status=204,
        tag="session",
    ),
    Endpoint(
        name="demo-sign-in",
        method="POST",
        path="/v1/demo/sessions",
        summary="Sign in without a secret, on demonstration chains only",
        handler=demo_sign_in,
        request=DemoSignIn,
        response=Session,
        status=201,
        tag="session",
        problems=("GATEWAY_SIGN_IN_REFUSED", "GATEWAY_NOT_FOUND"),
    ),
    Endpoint(
        name="demo-accounts",
        method="GET",
        path="/v1/demo/accounts",
        summary="The accounts of a demonstration",
        handler=demo_accounts,
        response=list[AccountView],
        parameters=paging.PAGING,
        tag="session",
        problems=("GATEWAY_NOT_FOUND",),
    ),
    Endpoint(
        name="me",
        method="GET",
        path="/v1/me",
        summary="The caller, and which chain this is",
        handler=me,
        response=Me,
        tag="session",
    ),
)
