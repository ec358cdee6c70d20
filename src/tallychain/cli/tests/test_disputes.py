"""Every command of `tally dispute` asks a gateway for an act that its declaration takes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tallychain.cli.root import run
from tallychain.cli.tests.answering import Gateway, answering, check_declared

NAME, VOUCHER = "d1" * 32, "EVTRIA20260316000000000180"
HOLDING = f"{VOUCHER}:1-100000000:1"
ROW = {
    "dispute": NAME,
    "voucher": VOUCHER,
    "holding": f"{VOUCHER}:1-20000000:1",
    "issuer": "ce-a",
    "face": 20_000_000,
    "covered": 20_000_000,
    "status": "OPENED",
}
SAID = [
    {"dispute": NAME, "ground": "到货批次 3 检验不合格", "number": "", "said_at": 1},
    {"dispute": NAME, "ground": "已立案", "number": "456", "said_at": 2},
]
OTHER = {**ROW, "dispute": "d2" * 32}
PART: dict[str, object] = {"first": 1, "last": 20_000_000, "covered": 20_000_000}
ACTS: dict[str, tuple[str, dict[str, object]]] = {
    f"open {HOLDING} --amount 200,000.00 --covered 200,000.00 --ground G --document paper.pdf": (
        "dispute.open",
        PART,
    ),
    f"deny {NAME}": ("dispute.answer", {"admits": False}),
    f"admit {NAME}": ("dispute.answer", {"admits": True}),
    f"refer {NAME} --case 456 --ground G --document paper.pdf": ("dispute.refer", {"dispute": NAME}),
    f"close {NAME} --ground G --document paper.pdf": ("dispute.close", {"voucher": VOUCHER}),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Gateway]:
    lists = {"disputes": [ROW, OTHER], "dispute_grounds": SAID}
    with answering(lists, {"holdings": {"voucher": VOUCHER, "first": 1, "last": 100_000_000}}) as made:
        yield made


@pytest.fixture
def gateway(server: Gateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Gateway:
    server.asked.clear()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "paper.pdf").write_bytes(b"paper")
    monkeypatch.setenv("TALLY_GATEWAY", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("TALLY_TOKEN", "token")
    return server


@pytest.mark.parametrize("words", ACTS, ids=lambda words: words.split()[0])
def test_a_command_asks_for_an_act_as_it_is_declared(gateway: Gateway, words: str) -> None:
    kind, expected = ACTS[words]
    assert run(["dispute", *words.split()]) == 0
    check_declared(gateway, kind)
    args = gateway.asked[0][1]["args"]
    assert {name: args[name] for name in expected} == expected


def test_disputes_are_listed_with_what_was_said_last_where_this_seat_may_read_it(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["dispute", "list"]) == 0
    first, second = [line for line in capsys.readouterr().out.splitlines() if "OPENED" in line]
    assert "已立案" in first
    assert "456" in first
    assert "200,000.00" in second
    assert "sealed" in second
    assert gateway.asked == []


def test_a_dispute_that_there_is_not_is_said(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gateway, "lists", {})
    assert run(["dispute", "deny", NAME]) == 1
    assert "DISPUTE_NOT_FOUND" in capsys.readouterr().err
