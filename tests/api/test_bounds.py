"""What a client may send, and how long it may take for it: measured on a real port with bare sockets."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.api.serving import Served, served


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("bounds")
    with served(root, header_bytes=4096, header_wait_s=1, body_wait_s=1, connections=10) as found:
        yield found


def said(there: Served, *pieces: bytes, pause_s: float = 0) -> tuple[int, dict[str, str], bytes]:
    """Status, header fields and body of the answer to what is sent piece by piece; status 0 where there is none."""
    with socket.create_connection(("127.0.0.1", there.port), timeout=60) as wire:
        for piece in pieces:
            try:
                wire.sendall(piece)
            except OSError:
                break
            time.sleep(pause_s)
        return answer(wire)


def answer(wire: socket.socket) -> tuple[int, dict[str, str], bytes]:
    found = bytearray()
    try:
        while piece := wire.recv(65_536):
            found += piece
    except OSError:
        pass
    head, _, body = bytes(found).partition(b"\r\n\r\n")
    if not head:
        return 0, {}, b""
    first, *fields = head.decode().split("\r\n")
    return int(first.split()[1]), {f.partition(": ")[0].lower(): f.partition(": ")[2] for f in fields}, body


def code(found: tuple[int, dict[str, str], bytes]) -> tuple[int, str]:
    status, fields, body = found
    assert fields["content-type"] == "application/problem+json"
    document: dict[str, Any] = json.loads(body)
    assert document["status"] == status
    assert document["detail_zh"]
    return status, document["code"]


GET = b"GET /v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"


def test_a_request_within_the_bounds_is_answered(there: Served) -> None:
    status, fields, body = said(there, GET + b"X-Long: " + b"a" * 3000 + b"\r\n\r\n")
    assert (status, json.loads(body)) == (200, {"status": "ok"})
    assert "server" not in fields


@pytest.mark.parametrize(
    "request_text",
    [
        GET + b"X-Long: " + b"a" * 5000 + b"\r\n\r\n",
        GET + b"".join(b"X-%d: a\r\n" % number for number in range(600)) + b"\r\n",
        b"GET /v1/health?" + b"a" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        GET + b"X-Never-Ends: " + b"a" * 5000,
    ],
)
def test_a_head_without_measure_is_refused(there: Served, request_text: bytes) -> None:
    assert code(said(there, request_text)) == (431, "GATEWAY_HEAD_TOO_LARGE")


@pytest.mark.parametrize(
    "text", [b"\x16\x03\x01\x02\x00", b"HELLO\r\n\r\n", b"GET / HTTP/1.1\r\nHo st: x\r\n\r\n"]
)
def test_what_is_no_request_gets_a_problem_document(there: Served, text: bytes) -> None:
    assert code(said(there, text)) == (400, "GATEWAY_REQUEST_MALFORMED")


def test_a_head_that_comes_too_slowly_is_not_waited_for(there: Served) -> None:
    drip = [b"GET /v1/health HTTP/1.1\r\n", *([b"X: y\r\n"] * 20)]
    assert code(said(there, *drip, pause_s=0.1)) == (408, "GATEWAY_TOO_SLOW")


def test_a_second_head_on_the_same_connection_is_not_waited_for_either(there: Served) -> None:
    first = b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n"
    status, _, rest = said(there, first, b"GET /v1/he", pause_s=0.2)
    assert status == 200
    assert b"HTTP/1.1 408" in rest


def test_a_connection_that_says_nothing_is_closed(there: Served) -> None:
    began = time.monotonic()
    assert said(there) == (0, {}, b"")
    # Longer than the wait for a head, and not as long as this side is patient.
    assert 1 <= time.monotonic() - began < 50


def test_a_body_that_comes_too_slowly_is_not_waited_for(there: Served) -> None:
    head = b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\nConnection: close\r\n\r\n"
    assert code(said(there, head, b'{"account"')) == (408, "GATEWAY_TOO_SLOW")


def test_a_body_longer_than_the_bound_is_refused_before_it_has_arrived(there: Served) -> None:
    head = b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\nConnection: close\r\n\r\n"
    assert code(said(there, head)) == (413, "GATEWAY_TOO_LARGE")


def said_beside(there: Served, others: int) -> tuple[int, dict[str, str], bytes]:
    """What is answered while so many others are connected and say nothing."""
    with ExitStack() as open_ones:
        for _ in range(others):
            open_ones.enter_context(socket.create_connection(("127.0.0.1", there.port), timeout=60))
        return said(there)


def test_more_connections_than_the_bound_are_told_to_come_again(there: Served) -> None:
    found = said_beside(there, 10)
    while not found[0]:
        # Those that say nothing had been let go before the one more was there.
        found = said_beside(there, 10)
    assert code(found) == (503, "GATEWAY_CONNECTIONS")
    assert found[1]["retry-after"] == "2"
    ends = time.monotonic() + 30
    while said(there, GET + b"\r\n")[0] != 200 and time.monotonic() < ends:
        time.sleep(0.05)
    assert said(there, GET + b"\r\n")[0] == 200
