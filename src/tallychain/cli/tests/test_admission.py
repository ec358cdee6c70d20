"""Every command of `tally admission` asks a gateway for an act that its declaration takes, and opens what a bank has signed."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tallychain.cli.root import run
from tallychain.cli.tests.answering import Gateway, answering, check_declared
from tallychain.contracts.admission.operations import DueDiligence

ROW = {
    "member": "ce-b", "bank": "bank-a", "due": "2027-03-16", "remind_at": 1_800_000_000_000, "reviews": 1, "status": "IN_ORDER", "file": "",
}  # fmt: skip
INTRODUCTION = {
    "member": "ce-b", "bank": "bank-a", "name": "Core B", "uscc": "91310000MA1FL0007C", "established_on": "2008-05-20",
    "accounts_until": "2025-12-31", "overdue_found": 0, "status": "OPEN", "status_until": 1_800_000_000_000, "file": "",
}  # fmt: skip
PAPERS = ("accounts-2025.pdf", "articles.pdf", "licence.pdf", "credit-report.pdf")
INTRODUCE = ["introduce", "ce-b", "ce-b.toml", "--name", "Core B", "--uscc", "91310000MA1FL0007C"]


@pytest.fixture(scope="module")
def server() -> Iterator[Gateway]:
    with answering({"reviews": [ROW], "introductions": [INTRODUCTION]}, {}) as made:
        yield made


@pytest.fixture
def gateway(
    server: Gateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Gateway:
    """A gateway, and in the folder a description of a due diligence with its papers."""
    server.asked.clear()
    ROW["file"] = INTRODUCTION["file"] = ""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TALLY_GATEWAY", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("TALLY_TOKEN", "token")
    assert run(["admission", "example"]) == 0
    Path("ce-b.toml").write_text(capsys.readouterr().out, encoding="utf-8")
    for name in PAPERS:
        Path(name).write_bytes(name.encode())
    return server


def test_the_example_with_its_papers_is_introduced_reviewed_and_withdrawn(gateway: Gateway) -> None:
    for kind, command in {
        "admission.introduce": INTRODUCE,
        "admission.review": ["review", "ce-b", "ce-b.toml"],
        "admission.withdraw": ["withdraw", "ce-b", "--reason", "sold"],
    }.items():
        assert run(["admission", *command]) == 0
        check_declared(gateway, kind)
        gateway.asked.clear()
    assert all(Path(name).is_file() for name in ("ce-b.opening.json", "ce-b.2.opening.json"))


def test_what_the_bank_keeps_opens_what_it_signed_and_nothing_else(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    verify = ["admission", "verify", "ce-b", "bank-a"]
    assert run(["admission", *INTRODUCE]) == 0
    assert run([*verify, "ce-b.opening.json"]) == 1
    assert "NOTHING_SIGNED" in capsys.readouterr().err
    signed = msgspec.convert(gateway.asked[0][1]["args"]["file"], DueDiligence)
    INTRODUCTION["file"] = msgspec.json.encode(signed).decode()
    assert run([*verify, "ce-b.opening.json"]) == 0
    assert "BUSINESS-LICENCE" in capsys.readouterr().out
    kept = json.loads(Path("ce-b.opening.json").read_text(encoding="utf-8"))
    kept["fields"][1]["text"] = "Something else"
    Path("other.json").write_text(json.dumps(kept), encoding="utf-8")
    Path("none.json").write_text("[]", encoding="utf-8")
    assert run([*verify, "other.json"]) == 1
    assert "BUSINESS [OPENING_DIFFERS]" in capsys.readouterr().err.replace(".", "")
    assert run([*verify, "none.json"]) == 1
    assert "OPENING_NOT_READABLE" in capsys.readouterr().err


def test_a_description_that_cannot_be_read_sends_nothing(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("ce-b.toml").write_text("established_on = 5", encoding="utf-8")

    assert run(["admission", "review", "ce-b", "ce-b.toml"]) == 1
    assert "FILE_NOT_READABLE" in capsys.readouterr().err
    assert gateway.asked == []


@pytest.mark.usefixtures("gateway")
def test_who_answers_for_whom_and_who_is_introduced_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["admission", "list"]) == 0
    assert run(["admission", "introductions"]) == 0
    shown = capsys.readouterr().out
    assert all(text in shown for text in ("bank-a", "2027-03-16", "IN_ORDER", "Core B", "OPEN"))
