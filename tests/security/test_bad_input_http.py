"""Everything that is wrong with a request gets one clear sentence and a code, and changes nothing."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tallychain.gateway.database import Connection
from tallychain.gateway.enrolment import NewAccount
from tallychain.gateway.tests.alliance import PASSPHRASE, Alliance, Caller, Running, alliance, in_loop
from tallychain.integrations.einvoice import EInvoiceRefused, read_einvoice
from tallychain.testkit.back_ends import on_both
from tests.security.wrong_requests import (
    Json,
    Row,
    check_digit,
    codes,
    doors,
    issue,
    papers,
    signed,
    texts,
)

pytest_generate_tests = on_both

Snapshot = tuple[Any, ...]


async def snapshot(running: list[Running]) -> Snapshot:
    """State root, and what each gateway keeps: nothing of it may change."""
    root = (await running[0].gateway.engine.status()).app_hash
    return (root, *[await one.gateway.database.read(_kept) for one in running])


def _kept(db: Connection) -> str:
    tables = ("outbox", "draft", "document", "seat", "account", "request")
    return repr([db.execute(f"SELECT * FROM {table}").fetchall() for table in tables])  # noqa: S608 - names of our own tables


async def callers(stack: AsyncExitStack, there: Alliance) -> tuple[list[Running], dict[str, Caller]]:
    """Two gateways and everybody who sends something wrong."""
    running = [await stack.enter_async_context(there.gateway(name)) for name in ("ce-a", "bank-a")]
    issuer, bank = running
    robot = await issuer.gateway.accounts.get("robot")
    assert robot is not None
    people = {
        "ce-a/maker": await issuer.as_account("maker"),
        "ce-a/checker": await issuer.as_account("checker"),
        "ce-a/system": await issuer.as_account("robot"),
        "bank-a/robot": await bank.as_account("robot"),
        "bank-a/admin-1": await bank.as_account("admin-1"),
        "bank-a/s1": await bank.as_account("s1"),
    }
    return running, people


def complaint(row: Row, answer: httpx.Response) -> str:
    """What is wrong with an answer, or nothing."""
    if answer.headers.get("content-type") != "application/problem+json":
        return f"{row.what}: {answer.status_code} is no problem document: {answer.text[:200]}"
    document = answer.json()
    if (answer.status_code, document["code"]) != (row.status, row.code):
        return f"{row.what}: {answer.status_code} {document['code']}, not {row.status} {row.code}: {document['detail']}"
    for name in ("detail", "detail_zh"):
        text = document[name]
        if not text or "\n" in text or "Traceback" in text or len(text) > 600:
            return f"{row.what}: {name} is not one sentence: {text!r}"
    return ""


@pytest.mark.parametrize(
    "table",
    [
        texts,
        doors,
        papers,
        signed,
        codes,
        check_digit,
    ],
    ids=lambda table: table.__name__,
)
def test_each_wrong_request_has_one_sentence_and_a_code_and_changes_nothing(
    tmp_path: Path, table: Callable[[], list[Row]]
) -> None:
    rows = table()

    @in_loop
    async def run() -> None:
        async with AsyncExitStack() as stack:
            running, people = await callers(stack, await stack.enter_async_context(alliance(tmp_path)))
            before = await snapshot(running)
            complaints = []
            for row in rows:
                http = running[0].http if row.who.startswith("ce-a") or not row.who else running[1].http
                caller = people.get(row.who)
                headers = dict(row.headers)
                if caller is not None:
                    headers["Authorization"] = f"Bearer {caller.token}"
                answer = await http.request(
                    row.method,
                    row.path,
                    json=row.body,
                    content=row.content,
                    headers=headers,
                    params=list(row.query),
                )
                complaints.append(complaint(row, answer))
                if await snapshot(running) != before:
                    complaints.append(f"{row.what}: something has changed")
                    before = await snapshot(running)
            assert [line for line in complaints if line] == []

    run()


async def two_drafts(running: list[Running], people: dict[str, Caller]) -> tuple[Caller, str, str]:
    """One who is maker and checker, the path of the draft that this account made, and of one of another house."""
    await running[0].gateway.enrolment.add_staff(
        NewAccount("double", "Maker and checker", ("maker", "checker"), PASSPHRASE)
    )
    double = await running[0].as_account("double")
    wish = issue()
    own = await double.act("voucher.issue", wish["args"], key="bad-input-0002", sealed=wish["sealed"])
    gateway = {"gateway": "https://bank-a.example"}
    other = await people["bank-a/admin-1"].act("member.gateway_set", gateway, key="bad-input-0003")
    return double, f"/v1/drafts/{own.json()['draft']}", f"/v1/drafts/{other.json()['draft']}"


@in_loop
async def test_whoever_is_not_another_person_and_whoever_is_of_another_seat_decides_no_draft(
    tmp_path: Path,
) -> None:
    async with AsyncExitStack() as stack:
        running, people = await callers(stack, await stack.enter_async_context(alliance(tmp_path)))
        double, own, other = await two_drafts(running, people)
        client, maker = people["bank-a/s1"], people["ce-a/maker"]
        unlock = {"unlock": {"passphrase": PASSPHRASE}}
        before = await snapshot(running)
        for what, caller, method, path, body, status, wanted in (
            ("its own maker approves", double, "POST", f"{own}/approve", unlock, 403, "GATEWAY_SAME_PERSON"),
            ("a client looks at a draft of the house", client, "GET", other, None, 404, "GATEWAY_NOT_FOUND"),
            ("a client refuses one", client, "POST", f"{other}/refuse", {"reason": "no"}, 404, "GATEWAY_NOT_FOUND"),
            ("a client approves one", client, "POST", f"{other}/approve", unlock, 403, "GATEWAY_FORBIDDEN"),
            ("another member looks at it", maker, "GET", other, None, 404, "GATEWAY_NOT_FOUND"),
        ):  # fmt: skip
            answer = await caller.send(method, path, json=body)
            assert complaint(Row(what, "", method, path, status, wanted), answer) == ""
            assert await snapshot(running) == before, what


async def end_under_a_revoked_key(tmp_path: Path) -> Json:
    """What becomes of an issue whose maker's key was revoked before the checker signed."""
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(alliance(tmp_path))
        running, people = await callers(stack, there)
        admins = [await running[0].as_account(name) for name in ("admin-1", "admin-2")]
        made = await people["ce-a/maker"].act(
            "voucher.issue", issue()["args"], key="bad-input-0004", sealed=issue()["sealed"]
        )
        key = there.members["ce-a"].staff["maker"].key.public
        revoke = {"key": key, "revoked_at": 0, "reason": "lost"}
        asked = await admins[0].act("member.key_revoke", revoke, key="bad-input-0005")
        unlock = {"unlock": {"passphrase": PASSPHRASE}}
        approved = await admins[1].post(f"/v1/drafts/{asked.json()['draft']}/approve", unlock)
        assert (await admins[0].done(approved.json()["operation"]))["state"] == "done"
        late = await people["ce-a/checker"].post(f"/v1/drafts/{made.json()['draft']}/approve", unlock)
        assert late.status_code == 202, late.text
        return await people["ce-a/maker"].done(late.json()["operation"])


@in_loop
async def test_an_act_under_a_revoked_key_is_turned_away(tmp_path: Path) -> None:
    end = await end_under_a_revoked_key(tmp_path)

    assert (end["state"], end["code"], end["receipt"]) == ("turned_away", "KEY_REVOKED", None)


@in_loop
async def test_what_was_turned_away_is_said_in_a_sentence(tmp_path: Path) -> None:
    end = await end_under_a_revoked_key(tmp_path)

    assert end["sentence_en"]
    assert end["sentence_zh"]


def test_an_invoice_with_an_entity_is_refused_with_one_sentence() -> None:
    hostile = b'<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><EInvoice>&x;</EInvoice>'

    with pytest.raises(EInvoiceRefused) as refusal:
        read_einvoice(hostile)

    assert refusal.value.code == "INVOICE_HAS_ENTITY"
    assert str(refusal.value).endswith(
        "The file declares a document type or an entity, which no invoice needs."
    )
