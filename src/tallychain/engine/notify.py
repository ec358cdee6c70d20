"""Tells a service manager how a process stands, by the protocol of sd_notify(3): a datagram to the socket that `NOTIFY_SOCKET` names.

Where nobody asked to be told, nothing happens.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"
VARIABLE: Final = "NOTIFY_SOCKET"


def tell(state: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Send one state; whether somebody was told.  A service manager that is gone must not end what it asked about."""
    address = environment.get(VARIABLE, "")
    if address[:1] not in ("/", "@"):
        return False
    # A name in the abstract space begins with a zero byte, which an environment cannot hold.
    path = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        out.connect(path)
        out.sendall(state.encode())
        return True
    return False
