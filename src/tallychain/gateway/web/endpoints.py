"""What an endpoint is, what it is asked, and what it answers.

Every endpoint is one declaration: from it follow its route, its permission, its place in the OpenAPI document, and its tests.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import msgspec

from tallychain.gateway.accounts import Account
from tallychain.gateway.problems import Problem
from tallychain.gateway.readmodel_port import ReadModel
from tallychain.gateway.service import Gateway
from tallychain.gateway.streams import Streams
from tallychain.gateway.strictjson import read

T = TypeVar("T")

JSON: Final = "application/json"
BYTES: Final = "application/octet-stream"
EVENT_STREAM: Final = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, its caller known."""

    gateway: Gateway
    account: Account | None
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    address: str

    @property
    def caller(self) -> Account:
        """The account that asks; the permissions table lets nobody else through."""
        if self.account is None:
            raise Problem("GATEWAY_NOT_SIGNED_IN")
        return self.account

    @property
    def token(self) -> str:
        """The bearer token of the request; empty where there is none."""
        return self.headers.get("authorization", "").removeprefix("Bearer ")

    @property
    def seats(self) -> tuple[str, ...]:
        """The seats whose private rows the caller may see: its own and no other."""
        return (self.caller.seat,)

    @property
    def read_model(self) -> ReadModel:
        """The read model; raises `GATEWAY_LEDGER_NOT_REACHED` before there is one."""
        if self.gateway.read_model is None:
            raise Problem("GATEWAY_LEDGER_NOT_REACHED", retry_after_s=5)
        return self.gateway.read_model

    @property
    def streams(self) -> Streams:
        """The event streams; raises as `read_model`."""
        if self.gateway.streams is None:
            raise Problem("GATEWAY_LEDGER_NOT_REACHED", retry_after_s=5)
        return self.gateway.streams

    def read(self, kind: type[T]) -> T:
        """The body as a declared type; raises the problems of `strictjson`."""
        return read(kind, self.body)

    def number(self, name: str, default: int, *, low: int, high: int) -> int:
        """A whole number of the query; raises `GATEWAY_QUERY_NOT_VALID`."""
        text = self.query.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) <= 15 and low <= int(text) <= high):
            raise Problem("GATEWAY_QUERY_NOT_VALID", detail=f"{name} is a whole number from {low} to {high}")
        return int(text)

    def only(self, *names: str) -> None:
        """Refuse parameters that the endpoint does not know; raises `GATEWAY_QUERY_NOT_VALID`."""
        for name in self.query:
            if name not in names:
                raise Problem("GATEWAY_QUERY_NOT_VALID", detail=f"there is no parameter {name[:40]}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    body: bytes | AsyncIterator[bytes]
    status: int = 200
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Asked], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the query."""

    name: str
    description: str
    kind: str = "string"
    header: bool = False
    required: bool = False
    low: int | None = None
    """Least whole number; for integers."""
    high: int | None = None
    pattern: str = ""
    """What a text must match as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One thing that may be asked over HTTP; `name` is its row in the permissions table."""

    name: str
    method: str
    path: str
    """With parameters as `{id}`; `{key}` takes the rest of the path."""
    summary: str
    handler: Handler
    request: Any = None
    """Declared type of the JSON body, None for no body, `bytes` for any bytes."""
    response: Any = None
    status: int = 200
    also: Mapping[int, Any] = field(default_factory=dict)
    """Other statuses that are answered with a declared type, not with a problem."""
    media_type: str = JSON
    parameters: tuple[Parameter, ...] = ()
    problems: tuple[str, ...] = ()
    """Codes of its own, beside those that every endpoint may answer with."""
    tag: str = "gateway"
    body_limit: Callable[[Gateway], int] = lambda gateway: gateway.settings.body_bytes
    operation_id: str = ""
    has_etag: bool = False
    """Whether the answer seldom changes, so that it is worth asking whether it has."""


def json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """A JSON answer."""
    return Answer(msgspec.json.encode(value), status, JSON, headers or {})


def empty() -> Answer:
    """Done, and nothing to say."""
    return Answer(b"", 204)
