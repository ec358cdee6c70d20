"""The client says exactly what it asked, and understands every kind of answer; against a small server of its own."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from tallychain.sdk import calls
from tallychain.sdk.client import (
    AsyncGatewayClient,
    GatewayClient,
    GatewayNotReached,
    GatewayRefused,
    Unlock,
    Wish,
)

PROBLEM = {"code": "GATEWAY_FORBIDDEN", "detail": "This account may not do that.", "fields": {"a": 1}}
FACTS = (
    ": open\n\n"
    'id: 1-0\nevent: fact\ndata: {"name": "voucher.issued", "event": {}}\n\n'
    ": still here\n\n"
    'id: 1-1\nevent: fact\ndata: {"name": "voucher.accepted", "event": {}}\n\n'
)


class Gateway(BaseHTTPRequestHandler):
    """A gateway that answers from a script and remembers what it was asked."""

    asked: ClassVar[list[dict[str, Any]]] = []
    answers: ClassVar[list[tuple[int, bytes, dict[str, str]]]] = []

    def do_GET(self) -> None:
        """Answer with the next entry of the script."""
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length)
        self.asked.append(
            {
                "method": self.command,
                "path": self.path,
                "body": json.loads(body) if body.startswith(b"{") else body,
                "token": self.headers.get("Authorization"),
                "key": self.headers.get("Idempotency-Key"),
                "last": self.headers.get("Last-Event-ID"),
            }
        )
        status, content, headers = self.answers.pop(0)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815 - the name that the server looks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a scripted gateway."""
    Gateway.asked.clear()
    Gateway.answers.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()
        thread.join()


def says(value: object, status: int = 200, **headers: str) -> None:
    """Let the gateway's next answer be this."""
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    Gateway.answers.append(
        (status, content, {name.replace("_", "-"): text for name, text in headers.items()})
    )


def test_signing_in_gives_a_token_that_later_calls_carry(server: str) -> None:
    says({"token": "t" * 64, "expires_ms": 1, "account": "s1"}, 201)
    says({"member": "bank-a"})
    with GatewayClient(server) as client:
        client.sign_in("s1", "secret")
        client.get("/v1/me")

    assert Gateway.asked[0]["body"] == {"account": "s1", "passphrase": "secret", "code": ""}
    assert Gateway.asked[1]["token"] == "Bearer " + "t" * 64


def test_an_act_carries_its_key_and_what_unlocks_it(server: str) -> None:
    says({"state": "queued", "draft": "", "operation": "ab", "link": ""}, 202)
    wish = Wish(type="voucher.take", args={"voucher": "V"}, unlock=Unlock("demo"), key="k" * 16)
    with GatewayClient(server, "t") as client:
        made = client.act(wish)

    assert made.operation == "ab"
    assert Gateway.asked[0]["path"] == "/v1/acts/voucher.take"
    assert Gateway.asked[0]["key"] == "k" * 16
    assert Gateway.asked[0]["body"]["unlock"] == {"passphrase": "demo", "code": ""}


def test_every_act_without_a_key_gets_a_fresh_one(server: str) -> None:
    for _ in range(2):
        says({"operation": "ab"}, 202)
    with GatewayClient(server) as client:
        client.act(Wish(type="voucher.take", args={}))
        client.act(Wish(type="voucher.take", args={}))

    assert Gateway.asked[0]["key"] != Gateway.asked[1]["key"]


def test_a_refusal_has_the_code_and_sentence_of_the_gateway(server: str) -> None:
    says(PROBLEM, 403, Retry_After="7")
    with GatewayClient(server) as client, pytest.raises(GatewayRefused) as refused:
        client.row("vouchers", "a/b")

    assert (refused.value.code, refused.value.status, refused.value.retry_after_s) == (
        "GATEWAY_FORBIDDEN",
        403,
        7,
    )
    assert refused.value.sentence == "This account may not do that."
    assert Gateway.asked[0]["path"] == "/v1/vouchers/a%2Fb"


def test_an_error_that_is_no_problem_document_is_still_told(server: str) -> None:
    says(b"<html>", 502)
    with GatewayClient(server) as client, pytest.raises(GatewayRefused, match="status 502"):
        client.get("/v1/me")


def test_an_answer_of_something_else_is_not_understood(server: str) -> None:
    says(b"<html>")
    with GatewayClient(server) as client, pytest.raises(calls.AnswerNotUnderstood):
        client.get("/v1/me")


def test_rows_are_read_page_by_page(server: str) -> None:
    says({"rows": [{"n": 1}], "cursor": "c1", "as_of": {"height": 5}})
    says({"rows": [{"n": 2}], "cursor": "", "as_of": {"height": 5}})
    with GatewayClient(server) as client:
        rows = list(client.rows("holdings", status="LIVE"))

    assert rows == [{"n": 1}, {"n": 2}]
    assert Gateway.asked[1]["path"] == "/v1/holdings?status=LIVE&limit=200&cursor=c1"


def test_waiting_asks_again_until_the_end_is_certain(server: str) -> None:
    says({"state": "queued"})
    says({"state": "submitted"})
    says({"state": "done"})
    with GatewayClient(server) as client:
        assert client.wait("ab")["state"] == "done"


def test_waiting_ends_when_patience_is_over(server: str) -> None:
    says({"state": "queued"})
    with GatewayClient(server) as client:
        assert client.wait("ab", 0.0)["state"] == "queued"


def test_facts_are_resumed_behind_the_last_position_when_the_stream_is_cut(server: str) -> None:
    says(FACTS.encode(), Content_Type="text/event-stream")
    says(FACTS.replace("1-", "2-").encode(), Content_Type="text/event-stream")
    with GatewayClient(server) as client:
        facts = client.facts("0-0")
        positions = [next(facts).position for _ in range(3)]

    assert positions == ["1-0", "1-1", "2-0"]
    assert [item["last"] for item in Gateway.asked] == ["0-0", "1-1"]


def test_a_stream_that_is_refused_raises_the_refusal(server: str) -> None:
    says(PROBLEM, 403)
    with GatewayClient(server) as client, pytest.raises(GatewayRefused):
        next(client.facts())


def test_a_proof_is_taken_as_bytes(server: str) -> None:
    says(b"{not looked at")
    with GatewayClient(server) as client:
        assert client.proof("ab") == b"{not looked at"


def test_a_gateway_that_is_not_there_is_not_reached() -> None:
    with (
        GatewayClient("http://127.0.0.1:9") as client,
        pytest.raises(GatewayNotReached, match="does not answer"),
    ):
        client.get("/v1/me")


def test_the_client_for_coroutines_does_the_same(server: str) -> None:
    says({"token": "t" * 64})
    says({"operation": "ab"}, 202)
    says({"operation": "cd"}, 202)
    says({"state": "queued"})
    says({"state": "done"})
    says({"rows": [{"n": 1}], "cursor": ""})
    says([{"id": 1}])
    says(b"proof")

    async def story() -> list[object]:
        async with AsyncGatewayClient(server) as client:
            await client.sign_in("s1", "x")
            made = await client.act(Wish(type="a.b", args={}))
            approved = await client.approve("d", Unlock("x"))
            ended = await client.wait(made.operation)
            rows = [row async for row in client.rows("vouchers")]
            drafts = await client.listing("/v1/drafts")
            return [made.operation, approved, ended["state"], rows, drafts, await client.proof("ab")]

    assert asyncio.run(story()) == ["ab", "cd", "done", [{"n": 1}], [{"id": 1}], b"proof"]
    assert {item["token"] for item in Gateway.asked[1:]} == {"Bearer " + "t" * 64}


def test_secrets_do_not_show() -> None:
    assert "secret" not in repr(Unlock("secret", "secret"))
    assert "secret" not in repr(calls.Token("secret"))
    assert "secret" not in repr(Wish(type="a.b", args={}, unlock=Unlock("secret")))
