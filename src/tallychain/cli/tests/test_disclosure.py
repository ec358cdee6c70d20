"""What is disclosed is shown, remarked on, and taken along so that anybody computes it again."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tallychain.cli.commands import disclosure
from tallychain.cli.root import run
from tallychain.cli.tests.answering import Gateway, answering, check_declared
from tallychain.sdk.client import Fact

RECORD = {
    "issuer": "ce-a",
    "month": "2026-03",
    "accepted_month": 100_000_000,
    "accepted": 100_000_000,
    "balance": 100_000_000,
    "overdue": 0,
    "overdue_balance": 0,
    "overdue_events": 0,
    "persistent_since": "",
    "held_back": 0,
    "on_time_bp": 9_905,
    "grade": "A",
}
HELD_BACK = {**RECORD, "month": "2026-02", "held_back": 1, "on_time_bp": -1, "grade": ""}


@pytest.fixture(scope="module")
def server() -> Iterator[Gateway]:
    with answering({"disclosed_issuers": [RECORD]}, {"disclosure": {"months": [RECORD, HELD_BACK]}}) as made:
        yield made


@pytest.fixture
def gateway(server: Gateway, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    server.asked.clear()
    monkeypatch.setenv("TALLY_GATEWAY", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("TALLY_TOKEN", "token")
    return server


def test_issuers_and_the_months_of_one_are_listed(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not gateway.asked
    assert run(["disclosure", "list"]) == 0
    assert "1,000,000.00" in capsys.readouterr().out
    assert run(["disclosure", "show", "ce-a"]) == 0
    newest, before = capsys.readouterr().out.splitlines()[-2:]
    assert "99.05 %" in newest
    assert "%" not in before


def test_a_remark_asks_for_the_act_as_it_is_declared(gateway: Gateway) -> None:
    assert run(["disclosure", "remark", "2026-03", "Said."]) == 0
    check_declared(gateway, "disclosure.remark")


class Client:
    """A client with some facts and no end to its stream."""

    def __init__(self, names: list[str], closed: int) -> None:
        self.names, self.closed = names, closed

    def rows(self, _view: str) -> Iterator[dict[str, Any]]:
        yield from ({} for _ in range(self.closed))

    def listing(self, _path: str, query: dict[str, str]) -> list[dict[str, int]]:
        top = int(query.get("below", 600))
        return [
            {"height": height, "time_ms": 1_000 * height} for height in range(top - 1, max(top - 501, 0), -1)
        ]

    def facts(self, _after: str) -> Iterator[Fact]:
        for place, name in enumerate(self.names):
            yield Fact(f"{550 + place}-0", name, {"event": {"event": name}})
        raise AssertionError("nobody reads on behind the last month")


@pytest.mark.parametrize(("closed", "lines"), [(0, 0), (1, 2), (2, 4)])
def test_every_fact_until_the_last_closed_month_is_written_with_its_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, closed: int, lines: int
) -> None:
    names = ["voucher.issued", "disclosure.month", "voucher.accepted", "disclosure.month", "voucher.offered"]
    client = Client(names, closed)
    monkeypatch.setattr(disclosure, "session", lambda: SimpleNamespace(client=client))

    assert run(["disclosure", "export", str(tmp_path / "facts.jsonl")]) == 0
    written = [json.loads(line) for line in (tmp_path / "facts.jsonl").read_text().splitlines()]
    assert [row["event"]["event"] for row in written] == names[:lines]
    assert [row["time_ms"] for row in written] == [1_000 * (550 + place) for place in range(lines)]
