"""Requests about accounts: enrolment, the own account, and what admins do."""

import base64
from collections.abc import Sequence
from urllib.parse import quote

from tallychain.sdk.calls import Call, Json, Token, Unlock


def begin_enrolment(account: str, enrolment_code: str, passphrase: str, new_passphrase: str) -> Call[Json]:
    """Take over a new account: its one-time code, the present passphrase (or none), the passphrase of the own choice."""
    body = {
        "account": account,
        "enrolment_code": enrolment_code,
        "passphrase": passphrase,
        "new_passphrase": new_passphrase,
    }
    return Call("POST", "/v1/enrolments", Json, body=body)


def confirm_enrolment(account: str, enrolment_code: str, passphrase: str, code: str) -> Call[Json]:
    """Put the second factor in force by its first code; the answer has the recovery codes."""
    body = {
        "account": account,
        "enrolment_code": enrolment_code,
        "passphrase": passphrase,
        "code": code,
    }
    return Call("POST", "/v1/enrolments/confirm", Json, body=body)


def begin_factor(unlock: Unlock) -> Call[Json]:
    """A secret for another phone."""
    return Call("POST", "/v1/me/second-factor", Json, body={"unlock": unlock.plain()})


def confirm_factor(code: str) -> Call[Json]:
    """Put the other phone in force."""
    return Call("POST", "/v1/me/second-factor/confirm", Json, body={"code": code})


def renew_recovery(unlock: Unlock) -> Call[Json]:
    """Ten new recovery codes."""
    return Call("POST", "/v1/me/recovery-codes", Json, body={"unlock": unlock.plain()})


def change_passphrase(unlock: Unlock, passphrase: str) -> Call[bytes]:
    """A new passphrase for the own key."""
    body = {"unlock": unlock.plain(), "passphrase": passphrase}
    return Call("POST", "/v1/me/passphrase", bytes, body=body)


def end_session(session: str) -> Call[bytes]:
    """End one of the own sessions."""
    return Call("DELETE", f"/v1/sessions/{quote(session)}", bytes)


def end_sessions_of(account: str) -> Call[bytes]:
    """End every session of an account."""
    return Call("DELETE", f"/v1/accounts/{quote(account)}/sessions", bytes)


def open_lock(account: str) -> Call[bytes]:
    """Open an account that was locked after wrong attempts."""
    return Call("DELETE", f"/v1/accounts/{quote(account)}/lock", bytes)


def close(account: str) -> Call[bytes]:
    """Close an account; its sessions end."""
    return Call("DELETE", f"/v1/accounts/{quote(account)}", bytes)


def ask_change(
    kind: str, account: str, unlock: Unlock, *, name: str = "", roles: Sequence[str] = ()
) -> Call[Json]:
    """Ask for a change of an account (add, roles, reset, new-key, reopen), which another admin approves."""
    body = {
        "kind": kind,
        "account": account,
        "unlock": unlock.plain(),
        "name": name,
        "roles": list(roles),
    }
    return Call("POST", "/v1/account-changes", Json, body=body)


def approve_change(change: str, unlock: Unlock) -> Call[Json]:
    """Make a change of an account, as its second admin."""
    return Call("POST", f"/v1/account-changes/{quote(change)}/approve", Json, body={"unlock": unlock.plain()})


def refuse_change(change: str) -> Call[bytes]:
    """Close a change of an account without making it."""
    return Call("POST", f"/v1/account-changes/{quote(change)}/refuse", bytes)


def issue_token(account: str, hours: int, key: str, roles: Sequence[str] = ()) -> Call[Token]:
    """A token for a system, bound to a key; `roles` narrows what it may do."""
    body = {"hours": hours, "key": key, "roles": list(roles)}
    return Call("POST", f"/v1/accounts/{quote(account)}/tokens", Token, body=body)


def rotate_token(hours: int, key: str) -> Call[Token]:
    """Another token in place of the bound one in use; `key` is what it shall be bound to."""
    return Call("POST", "/v1/me/token", Token, body={"hours": hours, "key": key})


def add_seat(
    seat: str, name: str, uscc: str, owner: str, owner_name: str, *, hosted: bool, two_persons: bool
) -> Call[Json]:
    """A client of the member with the account of its owner; `hosted`: whether its keys lie at the gateway."""
    body = {
        "id": seat,
        "name": name,
        "uscc": uscc,
        "owner": {"id": owner, "name": owner_name},
        "hosted": hosted,
        "two_persons": two_persons,
    }
    return Call("POST", "/v1/seats", Json, body=body)


def put_certificate(account: str, certificate: bytes) -> Call[Json]:
    """The certificate (DER) of a client's identity key."""
    body = {"certificate": base64.b64encode(certificate).decode()}
    return Call("PUT", f"/v1/accounts/{quote(account)}/certificate", Json, body=body)
