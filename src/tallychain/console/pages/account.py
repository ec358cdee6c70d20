"""The visitor's own account: the way in for a new person, second factor, passphrase, sessions, and what a lost one means."""

import base64
from typing import Any, Final

import msgspec

from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get, post
from tallychain.console.signing import unlock
from tallychain.console.visits import PageRefused, Reply, Visit, go_to
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.problems import Problem

WRONG_CODE: Final = "GATEWAY_SECOND_FACTOR_REFUSED"
"""Then the phone's next code is asked for, and nothing else again."""


async def account(visit: Visit) -> Reply:
    """What one's account is, and what can be done about it."""
    return await _account(visit)


async def passphrase(visit: Visit) -> Reply:
    """Another passphrase for the own key; both times the new one is typed the same."""
    new = visit.form.get("new_passphrase", "")
    if new != visit.form.get("again", ""):
        raise PageRefused("CONSOLE_PASSPHRASES_DIFFER", 400)
    try:
        body = {"unlock": unlock(visit), "passphrase": new}
        await visit.desk.post("passphrase-change", body, headers=_bearer(visit))
    except Problem as problem:
        return await _account(visit, problem=problem)
    return go_to("/account", done="passphrase")


async def phone(visit: Visit) -> Reply:
    """A secret for another phone, to be photographed; the present one counts until the new one has shown a code."""
    try:
        pending = await visit.desk.post("factor-begin", {"unlock": unlock(visit)})
    except Problem as problem:
        return await _account(visit, problem=problem)
    return await _pending(visit, pending, "/account/phone/confirm", {})


async def phone_confirm(visit: Visit) -> Reply:
    """The other phone in force; recovery codes, this once."""
    try:
        found = await visit.desk.post("factor-confirm", {"code": visit.text("code")})
    except Problem as problem:
        if problem.code == WRONG_CODE:
            return await _again(visit, problem, "/account/phone/confirm", {})
        return await _account(visit, problem=problem)
    return await page(visit, "enrolled.html", active="account", codes=found["recovery_codes"])


async def recovery(visit: Visit) -> Reply:
    """Ten new recovery codes, this once."""
    try:
        found = await visit.desk.post("recovery-renew", {"unlock": unlock(visit)})
    except Problem as problem:
        return await _account(visit, problem=problem)
    return await page(visit, "enrolled.html", active="account", codes=found["recovery_codes"])


async def end_session(visit: Visit) -> Reply:
    """End one of one's sessions."""
    try:
        await visit.desk.post("session-end", None, id=visit.path["session"])
    except Problem as problem:
        return await _account(visit, problem=problem)
    return go_to("/account", done="session")


async def enrol(visit: Visit) -> Reply:
    """The first page of a new person: one-time code and a passphrase of the own choice."""
    _not_on_demo(visit)
    return await _enrol(visit)


async def enrol_begin(visit: Visit) -> Reply:
    """The secret for the phone of a new person."""
    _not_on_demo(visit)
    new = visit.form.get("new_passphrase", "")
    if new != visit.form.get("again", ""):
        raise PageRefused("CONSOLE_PASSPHRASES_DIFFER", 400)
    body = {
        "account": visit.text("account"),
        "enrolment_code": visit.text("enrolment_code"),
        "passphrase": visit.form.get("passphrase", ""),
        "new_passphrase": new,
    }
    try:
        pending = await visit.desk.post("enrolment-begin", body)
    except Problem as problem:
        return await _enrol(visit, problem=problem)
    kept = {"account": body["account"], "enrolment_code": body["enrolment_code"]}
    return await _pending(visit, pending, "/enrol/confirm", kept)


async def enrol_confirm(visit: Visit) -> Reply:
    """The second factor of a new person in force; the recovery codes, this once."""
    _not_on_demo(visit)
    body = {
        "account": visit.text("account"),
        "enrolment_code": visit.text("enrolment_code"),
        "passphrase": visit.form.get("passphrase", ""),
        "code": visit.text("code"),
    }
    try:
        found = await visit.desk.post("enrolment-confirm", body)
    except Problem as problem:
        if problem.code == WRONG_CODE:
            kept = {"account": body["account"], "enrolment_code": body["enrolment_code"]}
            return await _again(visit, problem, "/enrol/confirm", kept)
        return await _enrol(visit, problem=problem)
    return await page(visit, "enrolled.html", active="", codes=found["recovery_codes"])


async def _enrol(visit: Visit, problem: Problem | None = None) -> Reply:
    status = 200 if problem is None else problem.status
    values = {"account": visit.text("account") or visit.query.get("account", "")}
    return await page(visit, "enrol.html", status=status, active="", problem=problem, values=values)


async def _pending(visit: Visit, pending: dict[str, str], action: str, kept: dict[str, str]) -> Reply:
    picture = base64.b64encode(pending["qr_svg"].encode()).decode()
    return await page(
        visit,
        "phone.html",
        active="account" if visit.account is not None else "",
        problem=None,
        picture=f"data:image/svg+xml;base64,{picture}",
        secret=pending["secret"],
        action=action,
        kept=kept,
    )


async def _again(visit: Visit, problem: Problem, action: str, kept: dict[str, str]) -> Reply:
    """Another code from the phone that has the secret already; the secret itself is not shown twice."""
    return await page(
        visit,
        "phone.html",
        status=problem.status,
        active="account" if visit.account is not None else "",
        problem=problem,
        picture="",
        action=action,
        kept=kept,
    )


async def _account(visit: Visit, problem: Problem | None = None) -> Reply:
    seat = await visit.gateway.seats.get(visit.caller.seat)
    is_staff = visit.caller.seat == HOUSE
    return await page(
        visit,
        "account.html",
        status=200 if problem is None else problem.status,
        active="account",
        problem=problem,
        done=visit.query.get("done", ""),
        factor=await visit.desk.get("factor-show"),
        sessions=await _sessions(visit),
        loss="staff" if is_staff else "hosted" if seat is None or seat.hosted else "own",
        is_admin=visit.may("staff:admin"),
    )


async def _sessions(visit: Visit) -> list[dict[str, Any]]:
    answer = await visit.desk.ask("session-list", headers=_bearer(visit))
    found: list[dict[str, Any]] = msgspec.json.decode(answer.body) if isinstance(answer.body, bytes) else []
    return found


def _bearer(visit: Visit) -> dict[str, str]:
    return {"authorization": f"Bearer {visit.token}"}


def _not_on_demo(visit: Visit) -> None:
    if visit.gateway.facts.demo:
        raise PageRefused("CONSOLE_PAGE_UNKNOWN", 404)


ROUTES: Final[tuple[Route, ...]] = (
    get("/account", account),
    post("/account/passphrase", passphrase),
    post("/account/phone", phone),
    post("/account/phone/confirm", phone_confirm),
    post("/account/recovery", recovery),
    post("/account/sessions/{session:str}", end_session),
    get("/enrol", enrol, is_open=True),
    post("/enrol", enrol_begin, is_open=True),
    post("/enrol/confirm", enrol_confirm, is_open=True),
)
