"""How much a connection may send before it has said what it wants, and how long it may take for that.

The server itself waits for ever for the end of a request's head and keeps all of it; here both have a bound, and what is refused before
there is a request gets a problem document as well.
"""

import asyncio
import secrets
from http import HTTPStatus
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from tallychain.gateway.problems import MEDIA_TYPE, Problem, document

_PER_FIELD: Final = 4
"""Bytes of a header field besides name and value."""


class HeadTooLarge(Exception):
    """The head of a request has too many bytes."""


def bounded(head_bytes: int, wait_s: float, connections: int) -> type[HttpToolsProtocol]:
    """A protocol for the server with these bounds."""

    class Bounded(_Bounded):
        bounds = (head_bytes, wait_s, connections)

    return Bounded


class _Bounded(HttpToolsProtocol):
    """One connection."""

    bounds: tuple[int, float, int]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._received = 0
        self._in_body = False
        self._is_too_large = False
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the base class has it
        """Take a connection, if there are not too many."""
        super().connection_made(transport)
        if len(self.connections) > self.bounds[2]:
            self._refuse(Problem("GATEWAY_CONNECTIONS", retry_after_s=2))
        else:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer with the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what belongs to a head."""
        if self.transport.is_closing():
            return
        if not self._in_body:
            self._received += len(data)
            if self._patience is None:
                self._wait_for_head()
        super().data_received(data)
        if not self._in_body and self._received > self.bounds[0] and not self.transport.is_closing():
            self._refuse(Problem("GATEWAY_HEAD_TOO_LARGE", limit=self.bounds[0]))

    def on_headers_complete(self) -> None:
        """The head is whole: its bound is checked once more, and the waiting ends."""
        size = len(self.url) + sum(len(name) + len(value) + _PER_FIELD for name, value in self.headers)
        if size > self.bounds[0]:
            self._is_too_large = True
            raise HeadTooLarge
        self._received = 0
        self._in_body = True
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What follows is the next head."""
        self._in_body = False
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the server's words, for which we have our own
        """What is no request at all, or has a head without measure."""
        if self._is_too_large:
            self._refuse(Problem("GATEWAY_HEAD_TOO_LARGE", limit=self.bounds[0]))
        else:
            self._refuse(Problem("GATEWAY_REQUEST_MALFORMED"))

    def _is_quiet(self) -> bool:
        """Whether no answer is being written."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _wait_for_head(self) -> None:
        self._patience = self.loop.call_later(self.bounds[1], self._is_over)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _is_over(self) -> None:
        self._patience = None
        if self._received:
            self._refuse(Problem("GATEWAY_TOO_SLOW"))
        else:
            self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        self._stop_waiting()
        if self.transport.is_closing():
            return
        if self._is_quiet():
            body = document(problem, f"urn:tallychain:request:{secrets.token_hex(8)}")
            fields = {
                "content-type": MEDIA_TYPE,
                "content-length": str(len(body)),
                "cache-control": "no-store",
                "connection": "close",
                **({} if problem.retry_after_s is None else {"retry-after": str(problem.retry_after_s)}),
            }
            head = [f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}"]
            head += [f"{name}: {value}" for name, value in fields.items()]
            self.transport.write("\r\n".join([*head, "", ""]).encode() + body)
        self.transport.close()
