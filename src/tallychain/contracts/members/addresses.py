"""Which addresses of a gateway mean the same machine to every member, judged by their spelling alone.

The list of networks is frozen here, because every node must judge alike (IANA special-purpose address registries; RFC 6890, 6761, 8375).
What a name resolves to, no ledger can know: the gateway that calls it looks at that itself.
"""

import re
from typing import Final

_HTTPS: Final = "https://"
_PORTS: Final = range(1, 65_536)
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_OCTET: Final = re.compile(r"0|[1-9][0-9]{0,2}")
_NUMERIC: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LOCAL_NAMES: Final = (".localhost", ".local", ".internal", ".home.arpa")

_NOT_PUBLIC: Final = (
    ((0, 0, 0, 0), 8),
    ((10, 0, 0, 0), 8),
    ((100, 64, 0, 0), 10),
    ((127, 0, 0, 0), 8),
    ((169, 254, 0, 0), 16),
    ((172, 16, 0, 0), 12),
    ((192, 0, 0, 0), 24),
    ((192, 0, 2, 0), 24),
    ((192, 168, 0, 0), 16),
    ((198, 18, 0, 0), 15),
    ((198, 51, 100, 0), 24),
    ((203, 0, 113, 0), 24),
    ((224, 0, 0, 0), 3),
)
"""This network, private, shared, loopback, link-local, reserved for documents and tests, multicast and beyond."""


def is_public(address: str) -> bool:
    """Whether an address (`operations.GatewayUrl`) is HTTPS to a name or IPv4 address of the public network."""
    if not address.startswith(_HTTPS):
        return False
    authority = address.removeprefix(_HTTPS).partition("/")[0].lower()
    host, colon, port = authority.partition(":")
    if colon and not (port.isdecimal() and len(port) <= len(str(_PORTS[-1])) and int(port) in _PORTS):
        return False
    labels = host.split(".")
    if _NUMERIC.fullmatch(labels[-1]):
        return _is_public_ipv4(labels)
    is_name = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)
    return is_name and not host.endswith(_LOCAL_NAMES)


def _is_public_ipv4(labels: list[str]) -> bool:
    """A host that ends in a number is an address; of its many spellings only four plain decimal numbers are taken."""
    if len(labels) != 4 or not all(_OCTET.fullmatch(label) and int(label) <= 255 for label in labels):
        return False
    number = _number(*(int(label) for label in labels))
    return not any(number >> (32 - bits) == _number(*first) >> (32 - bits) for first, bits in _NOT_PUBLIC)


def _number(first: int, second: int, third: int, fourth: int) -> int:
    return (first << 24) | (second << 16) | (third << 8) | fourth
