"""What a person does with the own account: second factor, recovery codes, passphrase, sessions."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.gateway.accounts import Session
from tallychain.gateway.acts import UnlockBody
from tallychain.gateway.problems import Problem
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, empty, json
from tallychain.gateway.web.joining import PendingView, RecoveryCodes, Secret, pending, recovery

UNLOCKS: Final = (
    "GATEWAY_UNLOCK_REFUSED",
    "GATEWAY_SECOND_FACTOR_NEEDED",
    "GATEWAY_SECOND_FACTOR_NOT_ENROLLED",
    "GATEWAY_SECOND_FACTOR_REFUSED",
    "GATEWAY_ACCOUNT_LOCKED",
    "GATEWAY_ACCOUNT_LOCKED_FOR_GOOD",
)


class FactorView(Struct, frozen=True):
    """Whether the own account has a second factor: `totp`, `none`, or `none (demo)`."""

    kind: str
    recovery_left: int


class Shown(Struct, frozen=True, forbid_unknown_fields=True):
    """Passphrase and second factor, shown for what weighs."""

    unlock: UnlockBody


class Code(Struct, frozen=True, forbid_unknown_fields=True):
    """The first code of a new phone."""

    code: Secret

    def __repr__(self) -> str:
        return "<code>"


class NewPassphrase(Struct, frozen=True, forbid_unknown_fields=True):
    """The present passphrase with the second factor, and the new passphrase."""

    unlock: UnlockBody
    passphrase: Annotated[str, Meta(min_length=1, max_length=200)]

    def __repr__(self) -> str:
        return "<new passphrase>"


class SessionView(Struct, frozen=True):
    """One token that is good now; the token itself is known to its owner alone."""

    id: str
    made_ms: int
    expires_ms: int
    key: str
    """The key that a system's token is bound to; empty for a person."""
    roles: tuple[str, ...]
    """What it is narrowed to; empty: all roles of the account."""
    is_current: bool


async def show_factor(asked: Asked) -> Answer:
    """Whether the own account has a second factor."""
    if asked.gateway.facts.demo:
        return json(FactorView("none (demo)", 0))
    state = await asked.gateway.factors.state(asked.caller.id)
    return json(FactorView("totp" if state.is_enrolled else "none", state.recovery_left))


async def begin_factor(asked: Asked) -> Answer:
    """A secret for another phone; the present one counts until the new one is confirmed."""
    _not_on_demo(asked)
    body = asked.read(Shown)
    await asked.gateway.unlocking.show(
        asked.caller, body.unlock.unlock(), act="second-factor-begin", subject=asked.caller.id
    )
    return pending(await asked.gateway.factors.begin(asked.caller.id))


async def confirm_factor(asked: Asked) -> Answer:
    """The other phone in force; new recovery codes."""
    _not_on_demo(asked)
    account = asked.caller
    await asked.gateway.attempts.need_open(account.id)
    try:
        codes = await asked.gateway.factors.confirm(account.id, asked.read(Code).code)
    except Problem as problem:
        if problem.code == "GATEWAY_SECOND_FACTOR_REFUSED":
            await asked.gateway.attempts.failed(account.id)
        raise
    await asked.gateway.unlocking.audit(account.id, "second-factor-confirm", account.id, "totp")
    return recovery(codes)


async def renew_recovery(asked: Asked) -> Answer:
    """New recovery codes; the old ones end."""
    _not_on_demo(asked)
    body = asked.read(Shown)
    await asked.gateway.unlocking.show(
        asked.caller, body.unlock.unlock(), act="recovery-renew", subject=asked.caller.id
    )
    return recovery(await asked.gateway.factors.renew_recovery(asked.caller.id))


async def change_passphrase(asked: Asked) -> Answer:
    """Write the own key files under a new passphrase; all other sessions end."""
    body, account = asked.read(NewPassphrase), asked.caller
    asked.gateway.passphrases.check(body.passphrase)
    await asked.gateway.unlocking.show(
        account, body.unlock.unlock(), act="passphrase-change", subject=account.id
    )
    await asked.gateway.passphrases.change(account, body.unlock.passphrase, body.passphrase)
    await asked.gateway.accounts.end_sessions(account.id, except_token=asked.token)
    return empty()


async def list_sessions(asked: Asked) -> Answer:
    """The own sessions that are good now."""
    found = await asked.gateway.accounts.sessions(asked.caller.id, asked.token)
    return json([session_view(session) for session in found])


async def end_session(asked: Asked) -> Answer:
    """End one of the own sessions."""
    if not await asked.gateway.accounts.end_sessions(asked.caller.id, only=asked.path["id"]):
        raise Problem("GATEWAY_NOT_FOUND")
    await asked.gateway.unlocking.audit(asked.caller.id, "session-end", asked.path["id"])
    return empty()


def session_view(session: Session) -> SessionView:
    """A session as it is shown."""
    return SessionView(
        session.id, session.made_ms, session.expires_ms, session.key, session.roles, session.is_current
    )


def _not_on_demo(asked: Asked) -> None:
    if asked.gateway.facts.demo:
        raise Problem("GATEWAY_NOT_FOUND")


ENDPOINTS: Final = (
    Endpoint(
        name="factor-show",
        method="GET",
        path="/v1/me/second-factor",
        summary="Whether the own account has a second factor",
        handler=show_factor,
        response=FactorView,
        tag="session",
    ),
    Endpoint(
        name="factor-begin",
        method="POST",
        path="/v1/me/second-factor",
        summary="Begin with another phone; not on demonstrations",
        handler=begin_factor,
        request=Shown,
        response=PendingView,
        status=201,
        tag="session",
        problems=("GATEWAY_NOT_FOUND", *UNLOCKS),
    ),
    Endpoint(
        name="factor-confirm",
        method="POST",
        path="/v1/me/second-factor/confirm",
        summary="Put the other phone in force by its first code",
        handler=confirm_factor,
        request=Code,
        response=RecoveryCodes,
        tag="session",
        problems=(
            "GATEWAY_NOT_FOUND",
            "GATEWAY_SECOND_FACTOR_REFUSED",
            "GATEWAY_SECOND_FACTOR_NOT_BEGUN",
            "GATEWAY_ACCOUNT_LOCKED",
            "GATEWAY_ACCOUNT_LOCKED_FOR_GOOD",
        ),
    ),
    Endpoint(
        name="recovery-renew",
        method="POST",
        path="/v1/me/recovery-codes",
        summary="Ten new recovery codes; the old ones end",
        handler=renew_recovery,
        request=Shown,
        response=RecoveryCodes,
        tag="session",
        problems=("GATEWAY_NOT_FOUND", *UNLOCKS),
    ),
    Endpoint(
        name="passphrase-change",
        method="POST",
        path="/v1/me/passphrase",
        summary="Change the own passphrase; all other sessions end",
        handler=change_passphrase,
        request=NewPassphrase,
        status=204,
        tag="session",
        problems=UNLOCKS,
    ),
    Endpoint(
        name="session-list",
        method="GET",
        path="/v1/sessions",
        summary="The own sessions",
        handler=list_sessions,
        response=list[SessionView],
        tag="session",
    ),
    Endpoint(
        name="session-end",
        method="DELETE",
        path="/v1/sessions/{id}",
        summary="End one of the own sessions",
        handler=end_session,
        status=204,
        tag="session",
        problems=("GATEWAY_NOT_FOUND",),
    ),
)
