"""Every command of `tally guarantee` asks a gateway for an act that its declaration takes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tallychain.cli.root import run
from tallychain.cli.tests.answering import Gateway, answering, check_declared

VOUCHER = "EVTRIA20260316000000000180"
LISTS = {
    "holdings": [],
    "offers": [],
    "trades": [],
    "guarantees": [
        {
            "voucher": VOUCHER,
            "issuer": "ce-a",
            "guarantor": "guar-a",
            "liable": 0,
            "paid": 40_000_000,
            "claim": 40_000_000,
            "status": "SUBROGATED",
        }
    ],
    "guarantee_frames": [
        {
            "guarantor": "guar-a",
            "issuer": "ce-a",
            "limit_amount": 200_000_000,
            "exposure": 100_000_000,
            "valid_until": "2026-12-31",
            "pay_days": 10,
            "status": "IN_FORCE",
        }
    ],
}
ONE = {
    "vouchers": {
        "voucher": VOUCHER,
        "operation": "ab" * 32,
        "issuer": "ce-a",
        "face": 100_000_000,
        "issue_day": "2026-03-16",
        "effective_maturity": "2026-09-14",
        "nominal_maturity": "2026-09-14",
        "maturity": "FIRM",
        "settlement_bank": "settle-a",
        "status": "OVERDUE",
    }
}
BOOKED = "--reference R-1 --booked 2026-09-25 --document paper.pdf"
ACTS = {
    "guarantee.give": "give ce-a --limit 2,000,000.00 --until 2026-12-31 --pay-days 10 --contract paper.pdf",
    "guarantee.end": "end ce-a",
    "guarantor.pay": f"pay {VOUCHER} 400,000.00 {BOOKED}",
    "guarantor.pass_on": f"pass-on {VOUCHER} {'5a' * 32} {BOOKED}",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Gateway]:
    with answering(LISTS, ONE) as made:
        yield made


@pytest.fixture
def gateway(server: Gateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Gateway:
    server.asked.clear()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "paper.pdf").write_bytes(b"paper")
    monkeypatch.setenv("TALLY_GATEWAY", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("TALLY_TOKEN", "token")
    return server


@pytest.mark.parametrize("kind", ACTS)
def test_a_command_asks_for_an_act_as_it_is_declared(gateway: Gateway, kind: str) -> None:
    assert run(["guarantee", *ACTS[kind].split()]) == 0
    check_declared(gateway, kind)


def test_guarantees_and_limits_are_listed_with_their_amounts(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["guarantee", "list", "--voucher", VOUCHER]) == 0
    assert run(["guarantee", "limits"]) == 0
    shown = capsys.readouterr().out
    assert "400,000.00" in shown
    assert "SUBROGATED" in shown
    assert "2,000,000.00" in shown
    assert gateway.asked == []


def test_a_voucher_is_shown_with_its_guarantor(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["voucher", "show", VOUCHER]) == 0
    assert (
        "guar-a SUBROGATED: stands for 0.00, has paid 400,000.00, is owed 400,000.00"
        in capsys.readouterr().out
    )
    assert run(["voucher", "show", VOUCHER, "--output", "json"]) == 0
    assert '"guarantor"' in capsys.readouterr().out
