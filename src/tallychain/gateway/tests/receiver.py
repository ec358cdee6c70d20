"""A receiver of webhooks on a real port of this machine, which does as it is told: takes, fails, sleeps, has gone."""

import asyncio
import base64
import hmac
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Receiver:
    """What it got, and how it answers."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    """Answers to the next deliveries; 200 when the list is at its end."""
    sleep_s: float = 0
    headers: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]

    def kinds(self) -> list[str]:
        return [str(item["type"]) for item in self.told]

    async def until(self, is_enough: Callable[[], bool], seconds: float = 120) -> None:
        for _ in range(int(seconds * 100)):
            if is_enough():
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"only {self.kinds()} came")

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
            fields["webhook-signature"] = next(
                line.split(": ", 1)[1]
                for line in head.split("\r\n")
                if line.lower().startswith("webhook-signature")
            )
            body = await reader.readexactly(int(fields["content-length"]))
            await asyncio.sleep(self.sleep_s)
            status = self.statuses.pop(0) if self.statuses else 200
            self.got.append(({**fields, "status": str(status)}, body))
            writer.write(
                f"HTTP/1.1 {status} X\r\n{self.headers}Content-Length: 2\r\nConnection: close\r\n\r\nok".encode()
            )
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """What a receiver checks, written from the specification and not from our code."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    message = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.digest(key, message, "sha256")).decode()
    return any(hmac.compare_digest(wanted, item) for item in headers["webhook-signature"].split(" "))


@asynccontextmanager
async def receiver(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    made = Receiver()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    made.url = f"http://127.0.0.1:{port}/hook" if tls is None else f"https://localhost:{port}/hook"
    try:
        yield made
    finally:
        server.close()
        await server.wait_closed()
