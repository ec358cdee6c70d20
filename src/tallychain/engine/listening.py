"""A socket at a path, for gateways or for the consensus engine: in place of an old one, and never open to more than was meant."""

import socket
from pathlib import Path
from typing import Final

PATH_BYTES: Final = 100
"""The operating system takes 107, of which a few are for the name under which a socket is bound first."""


class SocketPathTooLong(Exception):
    """The operating system allows no socket at such a long path."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"The socket path {path} is longer than {PATH_BYTES} bytes: choose a shorter one.")


def listener(path: Path, *, mode: int, backlog: int) -> socket.socket:
    """A listening socket at a path, in place of whatever an earlier process left there.  Raises `SocketPathTooLong`."""
    if len(str(path).encode()) > PATH_BYTES:
        raise SocketPathTooLong(path)
    # Bound under another name first, so that nobody ever finds the socket with too wide a mode.
    early = path.with_name(path.name + ".new")
    early.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    bound.bind(str(early))
    early.chmod(mode)
    bound.listen(backlog)
    early.rename(path)
    return bound
