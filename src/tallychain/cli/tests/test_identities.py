"""Every command of `tally identity` asks a gateway for what it is about."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tallychain.cli.root import run
from tallychain.cli.tests.answering import Gateway, answering

ACT, VOUCHER = "c7" * 32, "EVTRIA20260316000000000180"
SHOWN = {
    "act": ACT,
    "kind": "voucher.offer",
    "voucher": VOUCHER,
    "sponsor": "bank-a",
    "challenger": "ce-a",
    "ground": "PERSON",
}
READ = {
    "operation": ACT,
    "kind": "voucher.offer",
    "name": "Client N",
    "uscc": "91310000MA00000001",
    "tag": "t",
}
LISTS: dict[str, list[dict[str, Any]]] = {
    "false_identities": [SHOWN],
    "identities": [{**READ, "verified": 0}, {**READ, "name": "Client M", "verified": 1}],
}
ONE: dict[str, dict[str, Any]] = {"offers": {"voucher": VOUCHER}, "financings": {"voucher": VOUCHER}}


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


@pytest.mark.parametrize("subject", [f"{ACT}:1", ACT])
def test_a_challenge_names_the_act_and_leaves_its_opening_to_the_gateway(
    gateway: Gateway, subject: str
) -> None:
    assert run(["identity", "challenge", subject]) == 0
    ((path, body),) = gateway.asked
    assert "identity.challenge" in path
    assert body["args"] == {"voucher": VOUCHER, "act": ACT}


def test_what_could_not_be_verified_and_what_is_on_record_are_listed(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["identity", "unverified"]) == 0
    told = capsys.readouterr().out
    assert "Client N" in told
    assert "Client M" not in told
    assert run(["identity", "list", "--sponsor", "bank-a"]) == 0
    assert "PERSON" in capsys.readouterr().out
    assert gateway.asked == []
