"""A log that cannot be written loses its lines and nothing else."""

import errno
import io
import json
import sys

import pytest

from tallychain.engine.logs import logger


class OnDisk(io.StringIO):
    """A file on a disk that may be full."""

    is_full = True

    def write(self, text: str, /) -> int:
        self._check()
        return super().write(text)

    def flush(self) -> None:
        self._check()

    def _check(self) -> None:
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")


def test_a_log_on_a_full_disk_stops_nobody_and_goes_on_when_there_is_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = OnDisk()
    monkeypatch.setattr(sys, "stderr", file)
    log = logger()
    log.warning("lost", number=1)
    file.is_full = False
    log.warning("kept", number=2)

    (line,) = file.getvalue().splitlines()
    assert (json.loads(line)["event"], json.loads(line)["number"]) == ("kept", 2)
