"""Every command of `tally batch` asks its own gateway."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tallychain.cli.root import run
from tallychain.cli.tests.answering import Gateway, answering

ONE = {
    "batch": {"id": "b1", "kind": "issue", "name": "rows.csv", "digest": "0a" * 32, "state": "open", "total": 100_000_000, "maker": "maker"},
    "rows": 2,
    "states": {"waiting": 2},
}  # fmt: skip


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    with answering({}, {}) as made:
        made.whole = {
            "batches": ONE,
            **{f"/v1/batches{end}": ONE for end in ("", "/b1/sign", "/b1/release", "/b1/refuse")},
        }
        monkeypatch.setenv("TALLY_GATEWAY", f"http://127.0.0.1:{made.server_port}")
        monkeypatch.setenv("TALLY_TOKEN", "token")
        monkeypatch.setenv("TALLY_PASSPHRASE", "demo")
        yield made


def test_a_table_is_signed_released_and_refused(
    gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes(b"a table")
    digest = hashlib.sha256(b"a table").hexdigest()
    for text in (
        f"make issue {file}",
        f"release b1 --file {file}",
        f"release b1 --digest {digest}",
        "sign b1",
        "refuse b1 --reason no",
    ):
        assert run(["batch", *text.split()]) == 0, capsys.readouterr()
    asked = [(path, {key: body[key] for key in body if key != "unlock"}) for path, body in gateway.asked]
    assert asked == [
        ("/v1/batches", {"kind": "issue", "name": "rows.csv", "content": "YSB0YWJsZQ==", "digest": digest}),
        ("/v1/batches/b1/release", {"digest": digest}),
        ("/v1/batches/b1/release", {"digest": digest}),
        ("/v1/batches/b1/sign", {}),
        ("/v1/batches/b1/refuse", {"reason": "no"}),
    ]
    assert "1,000,000.00" in capsys.readouterr().out


def test_what_is_not_said_is_asked_for(gateway: Gateway, tmp_path: Path) -> None:
    assert run(["batch", "release", "b1"]) == 1
    assert run(["batch", "result", "b1", "--to", str(tmp_path / "a.pdf")]) == 1
    assert gateway.asked == []
