"""Reads a passphrase from a file that nobody else may read, or from a credential that a service manager hands over.

systemd puts credentials into a folder that belongs to one service alone (`CREDENTIALS_DIRECTORY`); it lets the service's user in by an access control list,
which shows as a bit for the group.  So within that folder only the bits for everybody are refused, elsewhere those for the group too.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tallychain.crypto.errors import CryptoRefusal

CREDENTIALS_VARIABLE: Final = "CREDENTIALS_DIRECTORY"
PASSPHRASE_MAX: Final = 1024


class PassphraseFileRefused(CryptoRefusal):
    """A passphrase file is missing, may be read by others, or holds no passphrase."""

    code = "PASSPHRASE_FILE_REFUSED"


def read_passphrase(
    path: Path, environment: Mapping[str, str] = os.environ, *, what: str = "passphrase"
) -> str:
    """The one line of a file, without its end; `what` names it in sentences.  Raises `PassphraseFileRefused`."""
    try:
        # Mode and content of one open file; without blocking, so that a pipe is refused and not waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise PassphraseFileRefused(f"The {what} file {path} cannot be read: {error.strerror}.") from None
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise PassphraseFileRefused(f"The {what} file {path} is not a regular file.")
        if mode & _bits_for_others(path, environment):
            raise PassphraseFileRefused(
                f"The {what} file {path} may be read by others; set it to 0600 with: chmod 600 {path}"
            )
        data = os.read(descriptor, PASSPHRASE_MAX + 1)
    finally:
        os.close(descriptor)
    return _text(path, data, what)


def _bits_for_others(path: Path, environment: Mapping[str, str]) -> int:
    credentials = environment.get(CREDENTIALS_VARIABLE)
    handed_over = bool(credentials) and path.absolute().parent == Path(str(credentials))
    return stat.S_IRWXO if handed_over else stat.S_IRWXO | stat.S_IRWXG


def _text(path: Path, data: bytes, what: str) -> str:
    if len(data) > PASSPHRASE_MAX:
        raise PassphraseFileRefused(f"The {what} file {path} is longer than {PASSPHRASE_MAX} bytes.")
    try:
        text = data.decode().rstrip("\n")
    except UnicodeDecodeError:
        raise PassphraseFileRefused(f"The {what} file {path} is not text.") from None
    if not text or "\n" in text:
        raise PassphraseFileRefused(f"The {what} file {path} holds no {what} in one line.")
    return text
