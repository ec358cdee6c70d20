"""A gateway for commands under test: it answers the rows that it was given, and keeps what it is asked to do."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tallychain.catalogue import CATALOGUE

KINDS = {kind.name: kind for kind in CATALOGUE.operation_types()}
MADE_KEY: dict[str, object] = {"epoch": 2, "commitment": "6c" * 32}
PREVIEW: dict[str, Any] = {
    "code": "",
    "sentence_en": "It would hold too early.",
    "facts": [
        {
            "event": "governance.policy_set",
            "policy": "TERM",
            "values": {"term_months": 12},
            "article": "",
            "articles": {"term_months": "CN-77-2025/1: article 11"},
        }
    ],
}
COMMITMENT = "c7" * 32
"""Of every document that is kept."""
ME = {"account": {"id": "s1"}, "demo": True}


class Gateway(ThreadingHTTPServer):
    """Answers rows, and keeps what it is asked to do."""

    asked: list[tuple[str, dict[str, Any]]]
    lists: Mapping[str, list[dict[str, Any]]]
    one: Mapping[str, dict[str, Any]]
    preview: dict[str, Any]
    """What a dry run says."""
    whole: Mapping[str, dict[str, Any]]
    """What is answered to a question that is no list of rows."""


class _Answers(BaseHTTPRequestHandler):
    server: Gateway

    def do_GET(self) -> None:
        view, _, key = urlsplit(self.path).path.removeprefix("/v1/").partition("/")
        if view == "me":
            self._say(ME)
        elif view in self.server.whole:
            self._say(self.server.whole[view])
        else:
            self._say(
                self.server.one[view] if key else {"rows": self.server.lists.get(view, []), "cursor": ""}
            )

    def do_POST(self) -> None:
        if self.path == "/v1/fingerprint-keys":
            self._say(MADE_KEY)
            return
        if self.path.startswith("/v1/documents?"):
            self.rfile.read(int(self.headers["content-length"]))
            self._say({"digest": "d1" * 32, "commitment": COMMITMENT})
            return
        if self.path in self.server.whole:
            length = int(self.headers.get("content-length", 0))
            self.server.asked.append((self.path, json.loads(self.rfile.read(length) or b"{}")))
            self._say(self.server.whole[self.path])
            return
        if self.path == "/v1/previews":
            self._say(self.server.preview)
            return
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((self.path.removeprefix("/v1/acts/"), body))
        self._say({"draft": "d1", "operation": ""})

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def _say(self, value: Any) -> None:
        text = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@contextmanager
def answering(
    lists: Mapping[str, list[dict[str, Any]]], one: Mapping[str, dict[str, Any]]
) -> Iterator[Gateway]:
    """A gateway with these lists of views, and this one row of each view that is asked for by its key."""
    made = Gateway(("127.0.0.1", 0), _Answers)
    made.asked, made.lists, made.one, made.preview, made.whole = [], lists, one, dict(PREVIEW), {}
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        thread.join()
        made.server_close()


def check_declared(gateway: Gateway, kind: str) -> None:
    """What was asked for is one act of this kind, with arguments and sealed parts as they are declared."""
    ((asked, body),) = gateway.asked
    declared = KINDS[kind]
    msgspec.convert(body["args"], declared.args)
    rules = {rule.label: rule for rule in declared.seals if rule.label != "identity"}
    for label, content in body["sealed"].items():
        msgspec.convert(content, rules[label].content)
    if asked != kind:
        raise AssertionError(f"{asked} was asked for, not {kind}")
    missing = {label for label, rule in rules.items() if rule.required} - set(body["sealed"])
    if missing:
        raise AssertionError(f"{kind} was asked for without {sorted(missing)}")
