"""Changes of accounts that need two admins, and what an admin ends for others: sessions and locks."""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from tallychain.gateway.accountchanges import Change, Content, Done
from tallychain.gateway.acts import UnlockBody
from tallychain.gateway.problems import Problem
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, empty, json
from tallychain.gateway.web.own import UNLOCKS, SessionView, Shown, session_view


class AskChange(Struct, frozen=True, forbid_unknown_fields=True):
    """Which account shall change how; `name` for add, `roles` for add and roles.  The asking admin shows passphrase and factor."""

    kind: Literal["add", "roles", "reset", "new-key", "reopen"]
    account: Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{1,31}$")]
    unlock: UnlockBody
    name: Annotated[str, Meta(max_length=200)] = ""
    roles: Annotated[tuple[str, ...], Meta(max_length=8)] = ()


class ChangeView(Struct, frozen=True):
    """A change of an account, and what became of it."""

    id: str
    kind: str
    account: str
    name: str
    roles: tuple[str, ...]
    asked_by: str
    asked_ms: int
    expires_ms: int
    state: str
    """open, approved, refused or expired."""
    decided_by: str


async def ask(asked: Asked) -> Answer:
    """Ask for a change of an account; another admin approves it."""
    body, gateway = asked.read(AskChange), asked.gateway
    content = Content(body.name, body.roles)
    if body.kind == "add" and not body.name.strip():
        raise Problem("GATEWAY_FIELD_NOT_VALID", detail="a new account has a name")
    await gateway.changes.check(body.kind, body.account, content)
    await gateway.unlocking.show(
        asked.caller, body.unlock.unlock(), act=f"account-{body.kind}", subject=body.account
    )
    return json(_view(await gateway.changes.ask(body.kind, body.account, content, asked.caller)), 201)


async def listing(asked: Asked) -> Answer:
    """The newest changes."""
    return json([_view(change) for change in await asked.gateway.changes.newest()])


async def approve(asked: Asked) -> Answer:
    """Make a change, as its second admin."""
    body, gateway = asked.read(Shown), asked.gateway
    change = await gateway.changes.get(asked.path["id"])
    await gateway.changes.need_second(change, asked.caller)
    await gateway.unlocking.show(
        asked.caller, body.unlock.unlock(), act=f"account-{change.kind}-approve", subject=change.account
    )
    done = await gateway.changes.approve(change, asked.caller)
    return json(done, 200, {"Cache-Control": "no-store"})


async def refuse(asked: Asked) -> Answer:
    """Close a change without making it."""
    change = await asked.gateway.changes.get(asked.path["id"])
    await asked.gateway.changes.refuse(change, asked.caller)
    await asked.gateway.unlocking.audit(asked.caller.id, f"account-{change.kind}-refuse", change.account)
    return empty()


async def list_sessions(asked: Asked) -> Answer:
    """The sessions of an account that are good now."""
    account = await _known(asked)
    found = await asked.gateway.accounts.sessions(account, asked.token)
    return json([session_view(session) for session in found])


async def end_sessions(asked: Asked) -> Answer:
    """End every session of an account, at once."""
    account = await _known(asked)
    await asked.gateway.accounts.end_sessions(account)
    await asked.gateway.unlocking.audit(asked.caller.id, "sessions-end", account)
    return empty()


async def open_lock(asked: Asked) -> Answer:
    """Let an account try again that was locked after wrong attempts."""
    account = await _known(asked)
    await asked.gateway.attempts.forget(account)
    await asked.gateway.unlocking.audit(asked.caller.id, "lock-open", account)
    return empty()


async def _known(asked: Asked) -> str:
    account = await asked.gateway.accounts.get(asked.path["id"])
    if account is None:
        raise Problem("GATEWAY_NOT_FOUND")
    return account.id


def _view(change: Change) -> ChangeView:
    return ChangeView(
        change.id,
        change.kind,
        change.account,
        change.content.name,
        change.content.roles,
        change.asked_by,
        change.asked_ms,
        change.expires_ms,
        change.state,
        change.decided_by,
    )


ENDPOINTS: Final = (
    Endpoint(
        name="account-change-ask",
        method="POST",
        path="/v1/account-changes",
        summary="Ask for a change of an account, which another admin approves",
        handler=ask,
        request=AskChange,
        response=ChangeView,
        status=201,
        tag="enrolment",
        problems=("GATEWAY_EXISTS", "GATEWAY_NOT_FOUND", "GATEWAY_ROOT_NOT_RECOVERABLE", *UNLOCKS),
    ),
    Endpoint(
        name="account-change-list",
        method="GET",
        path="/v1/account-changes",
        summary="The newest changes of accounts",
        handler=listing,
        response=list[ChangeView],
        tag="enrolment",
    ),
    Endpoint(
        name="account-change-approve",
        method="POST",
        path="/v1/account-changes/{id}/approve",
        summary="Make a change of an account, as its second admin",
        handler=approve,
        request=Shown,
        response=Done,
        tag="enrolment",
        problems=(
            "GATEWAY_NOT_FOUND",
            "GATEWAY_EXISTS",
            "GATEWAY_SAME_PERSON",
            "GATEWAY_DRAFT_CLOSED",
            "GATEWAY_ROOT_NOT_RECOVERABLE",
            *UNLOCKS,
        ),
    ),
    Endpoint(
        name="account-change-refuse",
        method="POST",
        path="/v1/account-changes/{id}/refuse",
        summary="Close a change of an account without making it",
        handler=refuse,
        status=204,
        tag="enrolment",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_DRAFT_CLOSED"),
    ),
    Endpoint(
        name="account-session-list",
        method="GET",
        path="/v1/accounts/{id}/sessions",
        summary="The sessions of an account",
        handler=list_sessions,
        response=list[SessionView],
        tag="enrolment",
        problems=("GATEWAY_NOT_FOUND",),
    ),
    Endpoint(
        name="account-session-end",
        method="DELETE",
        path="/v1/accounts/{id}/sessions",
        summary="End every session of an account",
        handler=end_sessions,
        status=204,
        tag="enrolment",
        problems=("GATEWAY_NOT_FOUND",),
    ),
    Endpoint(
        name="account-lock-open",
        method="DELETE",
        path="/v1/accounts/{id}/lock",
        summary="Open an account that was locked after wrong attempts",
        handler=open_lock,
        status=204,
        tag="enrolment",
        problems=("GATEWAY_NOT_FOUND",),
    ),
)
