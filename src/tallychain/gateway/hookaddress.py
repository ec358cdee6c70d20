"""Where a webhook may point: https to the world; on a demonstration also http to this machine; into private networks only by setting.

A name is resolved before each delivery and the connection goes to the address that was looked at, so that a name which changes in
between leads nowhere else.
"""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from tallychain.gateway.problems import Problem
from tallychain.gateway.strictjson import hidden

URL_LETTERS: Final = 500
_PORTS: Final = {"https": 443, "http": 80}
_TRANSLATED: Final = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotReachable(Exception):
    """The address is not one to which anything is sent; the text says why."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What this gateway allows."""

    demo: bool
    private: bool

    def check(self, url: str) -> SplitResult:
        """An address as it may be subscribed; raises `GATEWAY_WEBHOOK_URL`."""
        if len(url) > URL_LETTERS or not url.isascii() or hidden(url) or " " in url or "\\" in url:
            raise Problem(
                "GATEWAY_WEBHOOK_URL", detail=f"it is not an address of at most {URL_LETTERS} letters"
            )
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise Problem("GATEWAY_WEBHOOK_URL", detail="it is not an address") from None
        host = parts.hostname or ""
        if parts.scheme not in _PORTS or not host or port == 0:
            raise Problem("GATEWAY_WEBHOOK_URL", detail="it begins with https:// and names a host")
        if parts.username is not None or parts.fragment:
            raise Problem("GATEWAY_WEBHOOK_URL", detail="it holds neither a user nor a fragment")
        literal = _literal(host)
        is_here = host == "localhost" or (literal is not None and literal.is_loopback)
        if parts.scheme == "http" and not (self.demo and is_here):
            raise Problem("GATEWAY_WEBHOOK_URL", detail="it begins with https://")
        if (literal is not None and not self.allows(literal)) or (
            host == "localhost" and not (self.demo or self.private)
        ):
            raise Problem("GATEWAY_WEBHOOK_URL", detail="it points into a private network")
        return parts

    def allows(self, address: Address) -> bool:
        """Whether a connection may go there."""
        plain = (
            address.ipv4_mapped
            if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped
            else address
        )
        if plain.is_unspecified or plain.is_multicast or plain in _TRANSLATED:
            return False
        return self.private or plain.is_global or (self.demo and plain.is_loopback)

    async def resolve(self, url: str) -> tuple[str, SplitResult]:
        """An allowed address of the host, as text, and the parts of the url; raises `NotReachable`."""
        try:
            parts = self.check(url)
        except Problem as problem:
            raise NotReachable(str(problem.fields.get("detail", ""))) from None
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(
                parts.hostname, parts.port or _PORTS[parts.scheme], type=socket.SOCK_STREAM
            )
        except OSError:
            raise NotReachable("the name is not known") from None
        addresses = [ipaddress.ip_address(str(item[4][0]).partition("%")[0]) for item in found]
        # All of them, so that nobody is led inside by a name that stands for two.
        if not addresses or not all(self.allows(address) for address in addresses):
            raise NotReachable("it points into a private network")
        return str(addresses[0]), parts


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
