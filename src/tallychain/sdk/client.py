"""Clients of a gateway over HTTP: one that waits and one for coroutines, with the same methods.

Both raise `GatewayRefused` with the gateway's public code and `GatewayNotReached`.  What is asked twice under the same key happens once, so a
call that was lost may always be repeated.
"""

import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self, TypeVar

import httpx
import msgspec

from tallychain.crypto.keys import SigningKey
from tallychain.sdk import calls
from tallychain.sdk.calls import (
    Call,
    GatewayNotReached,
    GatewayRefused,
    Json,
    Made,
    Page,
    Unlock,
    Wish,
    read_answer,
)
from tallychain.sdk.requestproof import Request, prove

A = TypeVar("A")

__all__ = [
    "AsyncGatewayClient",
    "Fact",
    "GatewayClient",
    "GatewayNotReached",
    "GatewayRefused",
    "Made",
    "Page",
    "RequestSigner",
    "Unlock",
    "Wish",
]

_TIMEOUT_S: Final = 30.0
_WAIT_S: Final = 20
"""How long one question after an operation's end waits on the other side."""
_PAGE: Final = 200
_RESUME_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Fact:
    """One published fact; a stream is resumed behind its position."""

    position: str
    """`<height>-<index>`."""
    name: str
    data: Json


class RequestSigner(httpx.Auth):
    """Proves every request by the key that the token is bound to; see `requestproof.py`."""

    requires_request_body = True

    def __init__(self, key: SigningKey, now_s: Callable[[], int] | None = None) -> None:
        self._key = key
        self._now_s = now_s or (lambda: int(time.time()))

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the proof to one request."""
        path, _, query = request.url.raw_path.decode().partition("?")
        sent = Request(request.method, path, query, request.headers.get("Authorization", ""), request.content)
        request.headers.update(prove(sent, self._key, self._now_s()))
        yield request

    def __repr__(self) -> str:
        return f"<signer of requests, {self._key.public}>"


class GatewayClient:
    """Asks one gateway, as one account; `key` is the one that a system's token is bound to."""

    def __init__(
        self, url: str, token: str = "", *, key: SigningKey | None = None, timeout_s: float = _TIMEOUT_S
    ) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(
            base_url=self.url,
            headers=_headers(token),
            auth=None if key is None else RequestSigner(key),
            timeout=timeout_s,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def token(self) -> str:
        """The bearer token in use; empty before signing in."""
        return str(self._http.headers.get("Authorization", "")).removeprefix("Bearer ")

    def close(self) -> None:
        """Close connections."""
        self._http.close()

    def sign_in(self, account: str, passphrase: str, code: str = "") -> str:
        """Sign in; the token, which later calls use."""
        token = self.ask(calls.sign_in(account, passphrase, code)).token
        self._http.headers.update(_headers(token))
        return token

    def ask(self, call: Call[A]) -> A:
        """Send one request."""
        try:
            try:
                answer = self._http.send(_request(self._http, call))
            except (httpx.ReadError, httpx.RemoteProtocolError):
                # A gateway ends idle connections; one that ended just now was still used.  Only what changes nothing is asked again.
                if call.method != "GET":
                    raise
                answer = self._http.send(_request(self._http, call))
        except httpx.HTTPError as error:
            raise GatewayNotReached(self.url, type(error).__name__) from error
        return read_answer(call, self.url, answer.status_code, answer.headers, answer.content)

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Json:
        """Anything that is one JSON object."""
        return self.ask(calls.get(path, query))

    def listing(self, path: str, query: Mapping[str, str] | None = None) -> list[Json]:
        """Anything that is a JSON array of objects."""
        return self.ask(calls.listing(path, query))

    def act(self, wish: Wish) -> Made:
        """Begin an act: the gateway builds, seals and signs it for the seat of this account."""
        return self.ask(wish.call())

    def approve(self, draft: str, unlock: Unlock) -> str:
        """Sign a draft as its second person; the operation."""
        return self.ask(calls.approve(draft, unlock)).operation

    def operation(self, operation: str) -> Json:
        """What is known of an operation of this seat."""
        return self.ask(calls.operation(operation))

    def wait(self, operation: str, patience_s: float = 60.0) -> Json:
        """What became of an operation, as soon as its end is certain, or as it stands when patience is over."""
        deadline = time.monotonic() + patience_s
        while True:
            found = self.ask(calls.operation(operation, _left_s(deadline)))
            if found["state"] not in calls.QUEUED or time.monotonic() >= deadline:
                return found

    def rows(self, view: str, **filters: str) -> Iterator[Json]:
        """Every row of a view that equals the filters, page by page."""
        cursor = ""
        while True:
            page = self.page(view, filters, cursor)
            yield from page.rows
            cursor = page.cursor
            if not cursor:
                return

    def page(self, view: str, filters: Mapping[str, str], cursor: str = "", limit: int = _PAGE) -> Page:
        """One page of a view."""
        return self.ask(calls.rows(view, filters, cursor, limit))

    def row(self, view: str, key: str) -> Json:
        """One row of a view."""
        return self.ask(calls.row(view, key))

    def proof(self, operation: str, cites: str = "") -> bytes:
        """The bundle that proves an operation without the ledger."""
        return self.ask(calls.proof(operation, cites))

    def certificate(self, kind: str, subject: str) -> bytes:
        """A certificate as a PDF with its proof inside; kinds are payable, voucher, holding, settlement and default."""
        return self.ask(calls.certificate(kind, subject))

    def facts(self, after: str = "") -> Iterator[Fact]:
        """Every fact behind a position, without end; resumes by itself when the stream is cut."""
        position = after
        while True:
            try:
                with self._http.stream(
                    "GET", "/v1/events", headers=_resume(position), timeout=None
                ) as stream:
                    if stream.status_code >= 400:
                        stream.read()
                        read_answer(
                            calls.get(""), self.url, stream.status_code, stream.headers, stream.content
                        )
                    for fact in _facts(stream.iter_lines()):
                        position = fact.position or position
                        yield fact
            except httpx.HTTPError as error:
                if not position:
                    raise GatewayNotReached(self.url, type(error).__name__) from error
            time.sleep(_RESUME_S)


class AsyncGatewayClient:
    """The same for coroutines."""

    def __init__(
        self, url: str, token: str = "", *, key: SigningKey | None = None, timeout_s: float = _TIMEOUT_S
    ) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.AsyncClient(
            base_url=self.url,
            headers=_headers(token),
            auth=None if key is None else RequestSigner(key),
            timeout=timeout_s,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close connections."""
        await self._http.aclose()

    async def sign_in(self, account: str, passphrase: str, code: str = "") -> str:
        """Sign in; the token, which later calls use."""
        token = (await self.ask(calls.sign_in(account, passphrase, code))).token
        self._http.headers.update(_headers(token))
        return token

    async def ask(self, call: Call[A]) -> A:
        """Send one request."""
        try:
            answer = await self._http.send(_request(self._http, call))
        except httpx.HTTPError as error:
            raise GatewayNotReached(self.url, type(error).__name__) from error
        return read_answer(call, self.url, answer.status_code, answer.headers, answer.content)

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Json:
        """Anything that is one JSON object."""
        return await self.ask(calls.get(path, query))

    async def listing(self, path: str, query: Mapping[str, str] | None = None) -> list[Json]:
        """Anything that is a JSON array of objects."""
        return await self.ask(calls.listing(path, query))

    async def act(self, wish: Wish) -> Made:
        """Begin an act: the gateway builds, seals and signs it for the seat of this account."""
        return await self.ask(wish.call())

    async def approve(self, draft: str, unlock: Unlock) -> str:
        """Sign a draft as its second person; the operation."""
        return (await self.ask(calls.approve(draft, unlock))).operation

    async def operation(self, operation: str) -> Json:
        """What is known of an operation of this seat."""
        return await self.ask(calls.operation(operation))

    async def wait(self, operation: str, patience_s: float = 60.0) -> Json:
        """What became of an operation, as soon as its end is certain, or as it stands when patience is over."""
        deadline = time.monotonic() + patience_s
        while True:
            found = await self.ask(calls.operation(operation, _left_s(deadline)))
            if found["state"] not in calls.QUEUED or time.monotonic() >= deadline:
                return found

    async def rows(self, view: str, **filters: str) -> AsyncIterator[Json]:
        """Every row of a view that equals the filters, page by page."""
        cursor = ""
        while True:
            page = await self.page(view, filters, cursor)
            for row in page.rows:
                yield row
            cursor = page.cursor
            if not cursor:
                return

    async def page(self, view: str, filters: Mapping[str, str], cursor: str = "", limit: int = _PAGE) -> Page:
        """One page of a view."""
        return await self.ask(calls.rows(view, filters, cursor, limit))

    async def row(self, view: str, key: str) -> Json:
        """One row of a view."""
        return await self.ask(calls.row(view, key))

    async def proof(self, operation: str, cites: str = "") -> bytes:
        """The bundle that proves an operation without the ledger."""
        return await self.ask(calls.proof(operation, cites))

    async def certificate(self, kind: str, subject: str) -> bytes:
        """A certificate as a PDF with its proof inside; kinds are payable, voucher, holding, settlement and default."""
        return await self.ask(calls.certificate(kind, subject))


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _request(http: httpx.Client | httpx.AsyncClient, call: Call[A]) -> httpx.Request:
    headers = dict(call.headers)
    content = call.content
    if call.body is not None:
        content = msgspec.json.encode(call.body)
        headers["Content-Type"] = "application/json"
    return http.build_request(
        call.method, call.path, params=dict(call.query), headers=headers, content=content
    )


def _left_s(deadline: float) -> int:
    return max(0, min(_WAIT_S, int(deadline - time.monotonic())))


def _resume(position: str) -> dict[str, str]:
    return {"Last-Event-ID": position} if position else {}


def _facts(lines: Iterator[str]) -> Iterator[Fact]:
    """Facts from the lines of a stream of server-sent events; comments keep it alive and say nothing."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        else:
            if fields.get("event") == "fact":
                data = msgspec.json.decode(fields["data"], type=Json)
                yield Fact(fields.get("id", ""), str(data["name"]), data)
            fields = {}
