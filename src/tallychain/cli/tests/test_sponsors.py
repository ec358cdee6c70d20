"""The commands of `tally sponsor`, and those by which a settlement bank is replaced, ask a gateway for acts that their declarations take."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tallychain.cli.root import run
from tallychain.cli.tests.answering import Gateway, answering, check_declared

VOUCHER = "EVTRIA20260316000000000180"
HOLDING, OFFER = f"{VOUCHER}:1-100000000:1", "c7" * 32 + ":1"
TAG = "ed25519:3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
CLAIM = {"tag": TAG, "sponsor": "bank-a", "via": "bank-b", "claimed_at": 1_774_000_000_000, "status": "FREE"}
LISTS: dict[str, list[dict[str, Any]]] = {
    "claims": [CLAIM],
    "settlements": [{"voucher": VOUCHER, "successor_proposal": "ab" * 32}],
}
ONE: dict[str, dict[str, Any]] = {
    "holdings": {"voucher": VOUCHER, "first": 1},
    "offers": {"voucher": VOUCHER},
}
ACTS = (
    (f"sponsor claim {HOLDING}", "sponsor.claim"),
    (f"sponsor claim {OFFER}", "sponsor.claim"),
    (f"sponsor claim {VOUCHER}", "sponsor.claim"),
    (f"sponsor answer {TAG}", "sponsor.answer"),
    (f"settlement replace-bank {VOUCHER} --bank settle-b", "settlement.reassign.propose"),
    (f"settlement take-over {VOUCHER}", "settlement.reassign.consent"),
)


@pytest.fixture(scope="module")
def server() -> Iterator[Gateway]:
    with answering(LISTS, ONE) as made:
        yield made


@pytest.fixture
def gateway(server: Gateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Gateway:
    server.asked.clear()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TALLY_GATEWAY", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("TALLY_TOKEN", "token")
    return server


@pytest.mark.parametrize(("words", "kind"), ACTS)
def test_a_command_asks_for_an_act_as_it_is_declared(gateway: Gateway, words: str, kind: str) -> None:
    assert run(words.split()) == 0
    check_declared(gateway, kind)


def test_a_voucher_that_no_bank_is_asked_for_is_not_taken_over(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LISTS, "settlements", [])
    assert run(["settlement", "take-over", VOUCHER]) != 0
    assert gateway.asked == []


def test_claims_are_listed(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sponsor", "list", "--sponsor", "bank-a"]) == 0
    assert "FREE" in capsys.readouterr().out
    assert gateway.asked == []
