"""`tally evidence make` goes on where it was interrupted."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tallychain.cli.commands.evidence import kept
from tallychain.sdk.calls import GatewayRefused


def test_what_was_fetched_is_not_fetched_again(tmp_path: Path) -> None:
    asked: list[int] = []

    def ask() -> bytes:
        asked.append(1)
        return b"proof"

    assert kept(tmp_path / "a", ask) == kept(tmp_path / "a", ask) == b"proof"
    assert len(asked) == 1

    def refuse(code: str) -> Callable[[], bytes]:
        def asking() -> bytes:
            raise GatewayRefused(code, "No.", 404, {})

        return asking

    assert kept(tmp_path / "b", refuse("GATEWAY_NOT_FOUND")) == b""
    with pytest.raises(GatewayRefused):
        kept(tmp_path / "c", refuse("GATEWAY_PROOF_NOT_READY"))
    assert not (tmp_path / "c").exists()
