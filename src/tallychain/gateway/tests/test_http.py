"""The HTTP side: every refusal is a problem document, and the description is true and complete."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tallychain.gateway.database import Database
from tallychain.gateway.permissions import PERMISSIONS
from tallychain.gateway.proof_port import ProofNotReady
from tallychain.gateway.reasons import REASONS
from tallychain.gateway.streams import position
from tallychain.gateway.tests.alliance import PASSPHRASE, Caller, alliance, code, in_loop
from tallychain.gateway.tests.test_story import issued
from tallychain.gateway.web.app import all_endpoints


@in_loop
async def test_the_process_says_that_it_lives_is_ready_and_counts(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        health = await bank.http.get("/v1/health")
        assert (health.status_code, health.json()) == (200, {"status": "ok"})
        assert health.headers["x-content-type-options"] == "nosniff"
        assert health.headers["cache-control"] == "no-store"
        assert health.headers["x-request-id"]
        not_yet = await bank.http.get("/v1/ready")
        assert not_yet.status_code in (200, 503)
        figures = await bank.http.get("/metrics")
        assert "tally_gateway_outbox_open 0.0" in figures.text
        assert 'endpoint="health"' in figures.text


@in_loop
async def test_ready_says_when_the_ledger_is_away(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a"):
        await issued(there, issuer, "s1")
        await issuer.caught_up()
        answer = await issuer.http.get("/v1/ready")
        found = answer.json()
        assert found.pop("disk_free_bytes") > 0
        assert found == {
            "ready": True,
            "ledger": True,
            "database": True,
            "read_model": "following",
            "read_model_behind": 0,
            "nodes": [],
            "validators_silent": 0,
            "outbox_open": 0,
            "outbox_oldest_s": 0,
            "payouts_late": 0,
            "returns_late": 0,
            "payees_missing": 0,
            "quotes_not_revealed": 0,
            "alarms": [],
        }
        issuer.gateway.follower.connected = False
        assert (await issuer.http.get("/v1/ready")).status_code == 503


@in_loop
async def test_signing_in_and_out(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        http = bank.http
        for body in ({"account": "nobody", "passphrase": "x"}, {"account": "maker", "passphrase": "x"}):
            answer = await http.post("/v1/sessions", json=body)
            assert (answer.status_code, code(answer)) == (401, "GATEWAY_SIGN_IN_REFUSED")
        good = await http.post("/v1/sessions", json={"account": "s1", "passphrase": PASSPHRASE})
        assert good.status_code == 201
        caller = Caller(http, good.json()["token"])
        me = (await caller.get("/v1/me")).json()
        assert (me["account"]["seat"], me["demo"], me["driven"]) == ("s1", True, True)
        assert "not fault tolerant" in me["engine"]
        assert (await caller.send("DELETE", "/v1/sessions/current")).status_code == 204
        assert code(await caller.get("/v1/me")) == "GATEWAY_NOT_SIGNED_IN"
        audit = await (await bank.as_account("admin-1")).get("/v1/audit")
        line = next(item for item in audit.json() if item["act"] == "sign-in")
        assert line["second_factor"] == "none (demo)"


@in_loop
async def test_the_start_page_signs_in_with_one_click_on_demo_chains_only(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        names = [item["id"] for item in (await bank.http.get("/v1/demo/accounts")).json()]
        assert {"maker", "s1"} <= set(names)
        signed_in = await bank.http.post("/v1/demo/sessions", json={"account": "maker"})
        assert (await Caller(bank.http, signed_in.json()["token"]).get("/v1/me")).status_code == 200
        unknown = await bank.http.post("/v1/demo/sessions", json={"account": "nobody"})
        assert code(unknown) == "GATEWAY_SIGN_IN_REFUSED"
        bank.gateway.facts = msgspec.structs.replace(bank.gateway.facts, demo=False)
        assert code(await bank.http.get("/v1/demo/accounts")) == "GATEWAY_NOT_FOUND"
        closed = await bank.http.post("/v1/demo/sessions", json={"account": "maker"})
        assert code(closed) == "GATEWAY_NOT_FOUND"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic abc", "Bearer " + "0" * 64, "0" * 64])
def test_a_token_that_is_not_one_is_refused(tmp_path: Path, header: str) -> None:
    @in_loop
    async def story() -> None:
        async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
            answer = await bank.http.get("/v1/me", headers={"Authorization": header})
            assert code(answer) == "GATEWAY_NOT_SIGNED_IN"
            assert answer.headers["www-authenticate"] == "Bearer"

    story()


@pytest.mark.databases
@in_loop
async def test_a_token_ends_by_time_by_closing_its_account_and_is_not_kept(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        accounts = bank.gateway.accounts
        token, _ = await accounts.issue_token("maker", -1)
        assert code(await Caller(bank.http, token).get("/v1/me")) == "GATEWAY_NOT_SIGNED_IN"
        maker, admin = await bank.as_account("maker"), await bank.as_account("admin-1")
        assert (await admin.send("DELETE", "/v1/accounts/maker")).status_code == 204
        assert code(await maker.get("/v1/me")) == "GATEWAY_NOT_SIGNED_IN"
        assert code(await admin.send("DELETE", "/v1/accounts/nobody")) == "GATEWAY_NOT_FOUND"
        closed = await bank.http.post("/v1/sessions", json={"account": "maker", "passphrase": PASSPHRASE})
        assert code(closed) == "GATEWAY_SIGN_IN_REFUSED"
        kept = bank.gateway.folder.database.read_bytes()
        wal = bank.gateway.folder.database.with_name("gateway.sqlite-wal").read_bytes()
        assert maker.token.encode() not in kept + wal
        assert bytes.fromhex(maker.token) not in kept + wal


@in_loop
async def test_bodies_are_bounded_plain_json_of_declared_fields(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        maker = await bank.as_account("maker")
        path = "/v1/acts/voucher.issue"
        json_type = {"Content-Type": "application/json", "Idempotency-Key": "key-0001"}

        async def sent(content: bytes, **headers: str) -> str:
            return code(await maker.send("POST", path, content=content, headers={**json_type, **headers}))

        assert await sent(b"{") == "GATEWAY_JSON_MALFORMED"
        assert await sent(b'{"args":{},"args":{}}') == "GATEWAY_JSON_DUPLICATE_KEY"
        assert await sent(b'{"args":{"face":1.5}}') == "GATEWAY_JSON_FLOAT"
        assert await sent(b'{"args":{"face":' + b"1" * 30 + b"}}") == "GATEWAY_JSON_NUMBER_TOO_LARGE"
        assert await sent(b'{"args":' + b"[" * 100 + b"]" * 100 + b"}") == "GATEWAY_JSON_TOO_DEEP"
        assert await sent(b'{"args":{},"role":"admin"}') == "GATEWAY_FIELD_NOT_VALID"
        assert await sent(b" " * 300_000) == "GATEWAY_TOO_LARGE"
        assert await sent(b"{}", **{"Content-Type": "text/plain"}) == "GATEWAY_MEDIA_TYPE"
        assert await sent(b"{}", **{"Content-Encoding": "gzip"}) == "GATEWAY_MEDIA_TYPE"

        async def pieces() -> Any:
            for _ in range(40):
                yield b" " * 10_000

        streamed = await maker.send("POST", path, content=pieces(), headers=json_type)
        assert (streamed.status_code, code(streamed)) == (413, "GATEWAY_TOO_LARGE")
        without = await maker.send("GET", "/v1/me", content=b"x")
        assert code(without) == "GATEWAY_TOO_LARGE"


@in_loop
async def test_what_is_not_there_is_a_problem_document_too(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        maker = await bank.as_account("maker")
        assert code(await maker.get("/v1/nothing")) == "GATEWAY_NOT_FOUND"
        assert code(await maker.send("PUT", "/v1/me")) == "GATEWAY_METHOD_NOT_ALLOWED"
        assert code(await maker.get("/v1/operations/" + "0" * 64)) == "GATEWAY_NOT_FOUND"
        assert code(await maker.get("/v1/proofs/" + "0" * 64)) == "GATEWAY_NOT_FOUND"
        assert code(await maker.get("/v1/vouchers/nothing")) == "GATEWAY_NOT_FOUND"
        assert code(await maker.get("/v1/vouchers/a/b/c")) == "GATEWAY_NOT_FOUND"
        for query in ("limit=0", "limit=x", "limit=501", "cursor=zz", "nothing=1", "limit=1&limit=2"):
            assert code(await maker.get(f"/v1/vouchers?{query}")) == "GATEWAY_QUERY_NOT_VALID", query
        assert code(await maker.get("/v1/me?x=1")) == "GATEWAY_QUERY_NOT_VALID"
        assert code(await maker.get("/v1/events?after=x")) == "GATEWAY_QUERY_NOT_VALID"


@in_loop
async def test_a_defect_tells_the_caller_a_reference_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        maker = await bank.as_account("maker")

        async def broken(limit: int) -> None:
            raise RuntimeError("a secret stands here")

        bank.gateway.drafts.open_of = broken  # type: ignore[assignment,method-assign]  # stands for a defect
        answer = await maker.get("/v1/drafts")
        assert (answer.status_code, code(answer)) == (500, "GATEWAY_DEFECT")
        assert "secret" not in answer.text
        logged = capsys.readouterr().out
        assert answer.json()["fields"]["reference"] in logged
        assert "secret stands" not in logged


@in_loop
async def test_a_full_outbox_says_so_before_anything_is_signed(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a", outbox_limit=1) as bank:
        bank.gateway.outbox.open = 1
        s1 = await bank.as_account("s1")
        answer = await s1.act("voucher.accept", {"voucher": "x", "consent": "y"}, key="key-0001")
        assert (answer.status_code, code(answer)) == (429, "GATEWAY_OUTBOX_FULL")
        assert answer.headers["retry-after"]


@in_loop
async def test_the_description_names_every_route_with_its_problems_and_nothing_else(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        described = (await bank.http.get("/openapi.json")).json()
        routes = {
            (endpoint.path, endpoint.method.lower()): endpoint
            for endpoint in all_endpoints(bank.gateway.catalogue)
        }
        found = {(path, method) for path, item in described["paths"].items() for method in item}
        assert found == set(routes)
        ids = [item["operationId"] for path in described["paths"].values() for item in path.values()]
        assert len(ids) == len(set(ids))
        issue = described["paths"]["/v1/acts/voucher.issue"]["post"]
        schema = issue["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        act = described["components"]["schemas"][schema]
        assert "args" in act["required"]
        face = described["components"]["schemas"]["Issue"]["properties"]["face"]
        assert face["title"] == "Face"
        assert isinstance(face["maximum"], int)
        assert "409" in issue["responses"]
        for path in described["paths"].values():
            for item in path.values():
                codes = [
                    c
                    for status, r in item["responses"].items()
                    if status != "304"
                    for c in r["description"].split(", ")
                ]
                assert all(name == "Done" or name in REASONS for name in codes)
        assert _unresolved(described, described["components"]["schemas"]) == []
        assert set(PERMISSIONS) == {endpoint.name for endpoint in routes.values()}


def _unresolved(node: Any, schemas: dict[str, Any]) -> list[str]:
    if isinstance(node, dict):
        found = [node["$ref"]] if "$ref" in node and node["$ref"].rpartition("/")[2] not in schemas else []
        return found + [item for value in node.values() for item in _unresolved(value, schemas)]
    return [item for value in node for item in _unresolved(value, schemas)] if isinstance(node, list) else []


@in_loop
async def test_events_come_in_order_and_resume_behind_the_last_seen(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a"):
        streams = issuer.gateway.streams
        assert streams is not None
        live = streams.subscribe(None)
        assert await anext(live) == b": open\n\n"
        assert streams.count == 1
        await issued(there, issuer, "s1", "issue-0001")
        await issued(there, issuer, "s1", "issue-0002")
        first, second = await asyncio.wait_for(anext(live), 60), await asyncio.wait_for(anext(live), 60)
        assert b'"payable.presented"' in first
        last = first.partition(b"\n")[0].removeprefix(b"id: ").decode()
        resumed = streams.subscribe(position(last))
        await anext(resumed)
        assert await anext(resumed) == second
        everything = streams.subscribe((0, 0))
        await anext(everything)
        seen = [await anext(everything) for _ in range(2)]
        assert seen[-1]
        for stream in (live, resumed, everything):
            await stream.aclose()  # type: ignore[attr-defined]  # an asynchronous generator
        assert streams.count == 0


@in_loop
async def test_a_subscriber_that_falls_behind_is_told_to_resume(tmp_path: Path) -> None:
    async with (
        alliance(tmp_path) as there,
        there.gateway("ce-a", subscriber_queue=1, subscribers=1) as issuer,
        there.gateway("bank-a"),
    ):
        streams = issuer.gateway.streams
        assert streams is not None
        slow = streams.subscribe(None)
        await anext(slow)
        maker = await issuer.as_account("maker")
        assert code(await maker.get("/v1/events")) == "GATEWAY_RATE_EXCEEDED"
        for number in range(3):
            await issued(there, issuer, "s1", f"issue-000{number}")
        (subscriber,) = streams._subscribers
        while not subscriber.is_behind:  # noqa: ASYNC110 - only a reader is told, and reading would keep it up
            await asyncio.sleep(0.01)
        found = [piece async for piece in slow]
        assert found[-1].startswith(b"event: resync")


@in_loop
async def test_a_proof_that_has_no_header_yet_is_worth_another_try(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:

        class Early:
            async def bundle(self, operation: str, seats: tuple[str, ...]) -> bytes | None:
                raise ProofNotReady

        bank.gateway.prover = Early()
        answer = await (await bank.as_account("maker")).get("/v1/proofs/" + "0" * 64)
        assert (answer.status_code, code(answer)) == (503, "GATEWAY_PROOF_NOT_READY")


@pytest.mark.parametrize(
    ("name", "media_type", "content", "expected"),
    [
        ("../../etc/passwd", "text/plain", b"x", "GATEWAY_FIELD_NOT_VALID"),
        ("a/b.pdf", "application/pdf", b"x", "GATEWAY_FIELD_NOT_VALID"),
        ("a..pdf", "application/pdf", b"x", "GATEWAY_FIELD_NOT_VALID"),
        ("", "application/pdf", b"x", "GATEWAY_FIELD_NOT_VALID"),
        ("x" * 101, "application/pdf", b"x", "GATEWAY_FIELD_NOT_VALID"),
        ("a\r\nb.pdf", "application/pdf", b"x", "GATEWAY_FIELD_NOT_VALID"),
        ("a.html", "text/html", b"<script>", "GATEWAY_MEDIA_TYPE"),
        ("a.pdf", "application/pdf", b"x" * 2000, "GATEWAY_TOO_LARGE"),
        ("a.pdf", "application/pdf", b"MZ a program", "GATEWAY_CONTENT_DIFFERS"),
    ],
)
def test_a_document_has_a_plain_name_a_listed_type_and_a_bound(
    tmp_path: Path, name: str, media_type: str, content: bytes, expected: str
) -> None:
    @in_loop
    async def story() -> None:
        async with alliance(tmp_path) as there, there.gateway("bank-a", document_bytes=1024) as bank:
            s1 = await bank.as_account("s1")
            headers = {"Content-Type": media_type}
            answer = await s1.send(
                "POST", "/v1/documents", params={"name": name}, content=content, headers=headers
            )
            assert code(answer) == expected
            assert list(bank.gateway.folder.documents.iterdir()) == []

    story()


@in_loop
async def test_a_document_is_always_a_download(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        s1 = await bank.as_account("s1")
        headers = {"Content-Type": "text/plain"}
        stored = await s1.send("POST", "/v1/documents?name=a.txt", content=b"<script>", headers=headers)
        assert stored.status_code == 201
        again = await s1.send("POST", "/v1/documents?name=b.txt", content=b"<script>", headers=headers)
        assert again.json()["digest"] == stored.json()["digest"]
        shown = await s1.get(f"/v1/documents/{stored.json()['digest']}")
        assert shown.headers["content-type"] == "application/octet-stream"
        assert shown.headers["content-disposition"].startswith("attachment")
        assert code(await s1.get("/v1/documents/..%2f..%2fgateway.sqlite")) == "GATEWAY_NOT_FOUND"


@pytest.mark.databases
def test_the_database_keeps_its_tables_strict(tmp_path: Path) -> None:
    database = Database(tmp_path / "g.sqlite")
    database.close()
    with sqlite3.connect(tmp_path / "g.sqlite") as db:
        texts = [
            row[0]
            for row in db.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND sql NOT NULL")
        ]
    db.close()
    assert texts
    assert all(text.rstrip().endswith("STRICT") for text in texts if "alembic_version" not in text)
