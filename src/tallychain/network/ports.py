"""Free ports on loopback for the gateways of a trial alliance."""

import secrets
import socket
from typing import Final

LOOPBACK: Final = "127.0.0.1"
_LOWEST, _HIGHEST = 18_440, 32_000
"""Below the range from which systems take ports for outgoing connections."""
_ATTEMPTS: Final = 200


class NoFreePorts(Exception):
    """No block of free ports was found; the text is one sentence."""

    code = "NO_FREE_PORTS"


def free_ports(count: int) -> list[int]:
    """Neighbouring ports on which nobody listens now; raises `NoFreePorts`."""
    for _ in range(_ATTEMPTS):
        first = _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST - count)
        ports = list(range(first, first + count))
        if all(is_free(port) for port in ports):
            return ports
    raise NoFreePorts(f"There are no {count} free ports between {_LOWEST} and {_HIGHEST}.")


def ports_from(first: int, count: int) -> list[int]:
    """The ports from a given one on; raises `NoFreePorts` where somebody listens on one of them."""
    ports = list(range(first, first + count))
    for port in ports:
        if not is_free(port):
            raise NoFreePorts(f"The port {port} is in use: choose others with --first-port.")
    return ports


def is_free(port: int) -> bool:
    """Whether nobody listens on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
