"""Every command of `tally bank-account` asks a gateway for an act that its declaration takes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tallychain.cli.root import run
from tallychain.cli.tests.answering import Gateway, answering, check_declared
from tallychain.contracts.vouchers.declared import RECEIVER

NAME = "ac" * 32
ROW = {
    "account": NAME,
    "tag": RECEIVER.tag,
    "sponsor": "bank-a",
    "bank": "bank-b",
    "status": "PENNY_SENT",
}
KNOWN = {"account": NAME, "name": "Client N", "uscc": "91310000MA00000001", "number": "1001234567890123456"}
LISTS: dict[str, list[dict[str, Any]]] = {
    "client_accounts": [ROW, {**ROW, "account": "ad" * 32}],
    "client_account_details": [KNOWN],
    "client_account_codes": [{"account": NAME, "act": "account.send", "code": "274016", "said_at": 1}],
}
ONE: dict[str, dict[str, Any]] = {"client_accounts": ROW}
DETAILS = "--tester bank-b --name N --uscc 91310000MA00000001 --bank B --bank-code 102290000000 --number 1001"
ACTS = (
    f"set 91310000MA00010006@bank-a {DETAILS}",
    f"change {NAME} {DETAILS}",
    f"send {NAME}",
    f"return {NAME} --code 274016",
    f"confirm {NAME}",
    f"refuse {NAME} --wrong-code --reason R",
    f"stop {NAME}",
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
    assert run(["bank-account", *words.split()]) == 0
    act = words.split(maxsplit=1)[0]
    body = gateway.asked[0][1]
    if act == "set":
        assert body["args"]["holder"] == {"sponsor": "bank-a", "uscc": "91310000MA00010006"}
        body["args"]["holder"] = msgspec.to_builtins(RECEIVER)
    else:
        assert (body["args"]["tag"], body["args"]["account"]) == (ROW["tag"], NAME)
    if act == "send":
        assert body["sealed"] == {}
        body["sealed"] = {"code": {}}
    check_declared(gateway, f"account.{act}")
    if act in ("set", "change"):
        assert body["sealed"]["account"]["account"] == "1001"


def test_accounts_are_listed_with_what_this_seat_may_read(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["bank-account", "list"]) == 0
    known, sealed = [line for line in capsys.readouterr().out.splitlines() if "PENNY_SENT" in line]
    assert "Client N" in known
    assert "274016" in known
    assert "sealed" in sealed
    assert gateway.asked == []
