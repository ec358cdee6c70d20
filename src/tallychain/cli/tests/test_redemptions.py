"""Every command of `tally redemption` asks a gateway for an act that its declaration takes; a price is computed from a rate."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tallychain.cli.root import run
from tallychain.cli.tests.answering import Gateway, answering, check_declared
from tallychain.sdk.redemptions import terms_of

NAME, VOUCHER = "e1" * 32, "EVTRIA20260316000000000180"
HOLDING = f"{VOUCHER}:42500002-100000000:3"
ROW = {
    "redemption": NAME,
    "voucher": VOUCHER,
    "holding": HOLDING,
    "first": 42_500_002,
    "face": 57_499_999,
    "bank": "settle-a",
    "maturity": "2026-09-14",
    "status": "OFFERED",
}
TERMS = terms_of(57_499_999, "2026-09-14", rate=30_000, value_date="2026-06-01")
FALSE = {**TERMS, "net": TERMS["net"] - 1, "redemption": "e2" * 32}
LISTS = {
    "redemptions": [ROW, {**ROW, "redemption": "e2" * 32}, {**ROW, "redemption": "e3" * 32}],
    "redemption_terms": [{**TERMS, "redemption": NAME}, FALSE],
}
ONE: dict[str, dict[str, Any]] = {
    "redemptions": ROW,
    "holdings": {"voucher": VOUCHER, "first": 42_500_002, "face": 57_499_999},
    "vouchers": {"effective_maturity": "2026-09-14"},
}
ACTS = (
    f"offer {HOLDING} --rate 3.00 --value-date 2026-06-01",
    f"agree {NAME} --name N --bank B --account 1001",
    f"decline {NAME}",
    f"withdraw {NAME}",
    f"attest {NAME} --reference TQ-1 --booked 2026-06-02 --document paper.pdf",
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
    assert run(["redemption", *words.split()]) == 0
    check_declared(gateway, f"redemption.{words.split(maxsplit=1)[0]}")
    body = gateway.asked[0][1]
    assert body["args"]["holding"] == 42_500_002
    if words == ACTS[0]:
        assert body["sealed"] == {"terms": TERMS}


def test_nothing_is_offered_at_a_price_that_cannot_be(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["redemption", "offer", HOLDING, "--rate", "3", "--value-date", "2026-09-14"]) == 1
    assert "PRICE_NOT_POSSIBLE" in capsys.readouterr().err
    assert gateway.asked == []


def test_redemptions_are_listed_with_their_price_where_this_seat_may_read_it(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["redemption", "list"]) == 0
    told, false, sealed = [line for line in capsys.readouterr().out.splitlines() if "OFFERED" in line]
    assert "569,968.74" in told
    assert "FALSE" not in told
    assert "FALSE" in false
    assert "sealed" in sealed
    assert gateway.asked == []
