"""Every command of `tally recourse` asks a gateway for an act that its declaration takes; the most that may be claimed is computed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tallychain.cli.root import run
from tallychain.cli.tests.answering import Gateway, answering, check_declared
from tallychain.sdk.recourse import claim_of

NAME, FINANCING, VOUCHER = "e9" * 32, "f1" * 32, "EVTRIA20260316000000000180"
HOLDING = f"{VOUCHER}:1-30000000:3"
ROW = {
    "recourse": NAME,
    "voucher": VOUCHER,
    "holding": HOLDING,
    "first": 1,
    "face": 30_000_000,
    "unpaid": 12_000_000,
    "funder": "bank-b",
    "bank": "settle-a",
    "maturity": "2026-09-14",
    "late_ppm_per_day": 500,
    "status": "DEMANDED",
}
TERMS = claim_of(12_000_000, "2026-09-14", until="2026-09-24")
LARGE = {**TERMS, "amount": TERMS["amount"] + 1, "recourse": "e2" * 32}
LISTS = {
    "recourses": [ROW, {**ROW, "recourse": "e2" * 32}, {**ROW, "recourse": "e3" * 32}],
    "recourse_terms": [{**TERMS, "recourse": NAME}, LARGE],
}
ONE: dict[str, dict[str, Any]] = {
    "recourses": ROW,
    "holdings": {"voucher": VOUCHER, "first": 1, "face": 30_000_000},
    "vouchers": {"effective_maturity": "2026-09-14"},
}
PAID_TO = "--bank settle-a --name N --account-bank B --account 1001"
ACTS = (
    f"claim {HOLDING} {FINANCING} --principal 120,000.00 --until 2026-09-24 {PAID_TO}",
    f"buy-back {NAME}",
    f"contest {NAME} --reason 合同未约定追索",
    f"contest {NAME}",
    f"withdraw {NAME}",
    f"attest {NAME} --reference HG-1 --booked 2026-09-25 --document paper.pdf",
)


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


@pytest.mark.parametrize("words", ACTS, ids=lambda words: words.split()[0])
def test_a_command_asks_for_an_act_as_it_is_declared(gateway: Gateway, words: str) -> None:
    assert run(["recourse", *words.split()]) == 0
    check_declared(gateway, f"recourse.{words.split(maxsplit=1)[0].replace('-', '_')}")
    body = gateway.asked[0][1]
    assert body["args"]["holding"] == 1
    if words == ACTS[0]:
        assert body["sealed"]["claim"] == TERMS


def test_nothing_is_claimed_until_a_day_before_the_maturity(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["recourse", *ACTS[0].replace("2026-09-24", "2026-09-01").split()]) == 1
    assert "CLAIM_NOT_POSSIBLE" in capsys.readouterr().err
    assert gateway.asked == []


def test_claims_are_listed_with_their_figures_where_this_seat_may_read_them(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["recourse", "list"]) == 0
    told, large, sealed = [line for line in capsys.readouterr().out.splitlines() if "DEMANDED" in line]
    assert "120,600.00" in told
    assert "TOO MUCH" not in told
    assert "TOO MUCH" in large
    assert "sealed" in sealed
    assert gateway.asked == []
