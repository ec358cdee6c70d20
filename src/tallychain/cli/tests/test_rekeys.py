"""Every command of `tally rekey` asks a gateway for an act that its declaration takes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tallychain.cli.root import run
from tallychain.cli.tests.answering import Gateway, answering, check_declared
from tallychain.contracts.vouchers.declared import RECEIVER

NAME, VOUCHER = "7e" * 32, "EVTRIA20260316000000000180"
HOLDING = f"{VOUCHER}:42500002-100000000:3"
TAG = "ed25519:3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
ROW = {
    "rekey": NAME,
    "voucher": VOUCHER,
    "holding": HOLDING,
    "tag": TAG,
    "proposer": "bank-a",
    "second": "bank-b",
    "status": "PROPOSED",
}
CLIENT = "--name N --uscc 91310000MA00000001 --certificate " + "9c" * 32 + " --ground G"
SAID = {"rekey": NAME, "name": "Client N", "uscc": "91310000MA00000001"}
LISTS: dict[str, list[dict[str, Any]]] = {
    "rekeys": [ROW, {**ROW, "rekey": "7f" * 32}, {**ROW, "rekey": "80" * 32}],
    "rekey_clients": [SAID, SAID, {**SAID, "rekey": "7f" * 32}, {**SAID, "rekey": "7f" * 32, "name": "M"}],
    "holdings": [
        {"first": 9, "status": "LIVE"},
        {"first": 1, "status": "LIVE"},
        {"first": 4, "status": "SPENT"},
    ],
}
ONE: dict[str, dict[str, Any]] = {"rekeys": ROW, "holdings": {"voucher": VOUCHER, "first": 42_500_002}}
ACTS = (
    f"propose {HOLDING} --to 91310000MA00010006@bank-a --second bank-b {CLIENT}",
    f"consent {NAME} {CLIENT}",
    f"decline {NAME}",
    f"withdraw {NAME}",
    f"veto {NAME}",
    f"take {NAME}",
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


@pytest.mark.parametrize("words", ACTS, ids=lambda words: words.split()[0])
def test_a_command_asks_for_an_act_as_it_is_declared(gateway: Gateway, words: str) -> None:
    assert run(["rekey", *words.split()]) == 0
    act = words.split(maxsplit=1)[0]
    if act == "propose":
        assert gateway.asked[0][1]["args"]["receiver"]["sponsor"] == "bank-a"
        gateway.asked[0][1]["args"]["receiver"] = msgspec.to_builtins(RECEIVER)
    check_declared(gateway, f"holder.rekey.{act}")
    body = gateway.asked[0][1]
    assert body["args"]["voucher"] == VOUCHER
    if act == "take":
        assert body["args"]["holdings"] == [1, 9]


def test_changes_of_keys_are_listed_with_the_client_and_where_two_speak_of_two_clients(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rekey", "list"]) == 0
    one, two, sealed = [line for line in capsys.readouterr().out.splitlines() if "PROPOSED" in line]
    assert "Client N" in one
    assert "DIFFERS" not in one
    assert "DIFFERS" in two
    assert "sealed" in sealed
    assert gateway.asked == []
