"""Every command of `tally financing` asks a gateway for an act that its declaration takes, and quotes are printed compared."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tallychain.cli.root import run
from tallychain.cli.tests.answering import COMMITMENT, Gateway, answering, check_declared
from tallychain.contracts.vouchers.financing.contents import QuoteContent
from tallychain.sdk.quotes import content_of

NAME, VOUCHER = "f1" * 32, "EVTRIA20260316000000000180"
HOLDING = f"{VOUCHER}:1-100000000:1"
ROW = {
    "financing": NAME,
    "voucher": VOUCHER,
    "face": 30_000_000,
    "maturity": "2026-09-14",
    "form": "FACTORING",
    "funders": "bank-b, factor-a",
    "funder": "",
    "payment": "c9" * 32,
    "closes_at": 1_776_240_000_000,
    "status": "CHOOSING",
}


def made(funder: str, rate: int, fees: int = 0, more: int = 0) -> dict[str, Any]:
    content = content_of(
        30_000_000, "2026-09-14", rate=rate, fees=fees, value_date="2026-04-16", contract="BL-1"
    )
    return {**content, "net": content["net"] + more, "seat": "s1", "financing": NAME, "funder": funder}


TERMS = [made("bank-b", 36_000, 20_000), made("factor-a", 36_500), made("factor-b", 36_000, more=1)]
QUOTES = [
    {"funder": row["funder"], "state": "REVEALED", "commitment": "c1" * 32, "paying_bank": "settle-a"}
    for row in TERMS
]
LISTS = {"financing_quotes": QUOTES, "quote_terms": TERMS, "financings": [ROW]}
ONE = {
    "financings": ROW,
    "holdings": {"voucher": VOUCHER, "first": 1, "last": 100_000_000},
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


ACTS = {
    "financing.request": (
        f"request {HOLDING} --amount 300,000.00 --ask factor-a --ask bank-b --until 2026-04-15 --contract C "
        "--invoice 1 --invoice 2 --purpose P"
    ),
    "financing.award": f"award {NAME} --funder factor-a --seller-bank bank-a --name N --account 1001",
    "financing.close": f"close {NAME}",
    "financing.register": f"register {NAME} --number 10012345000987654321 --registered 2026-04-16 --certificate paper.pdf",
    "financing.disburse": f"disburse {NAME} --reference FK-0001 --booked 2026-04-16 --document paper.pdf",
    "financing.attest": f"attest {NAME} --came-not --document paper.pdf",
    "financing.complete": f"complete {NAME}",
    "financing.refute": f"refute {NAME} --reason R",
    "financing.decide": f"decide {NAME} --paid --document paper.pdf",
    "financing.deregister": f"deregister {NAME} --document paper.pdf",
}


@pytest.mark.parametrize("kind", ACTS)
def test_a_command_asks_for_an_act_as_it_is_declared(gateway: Gateway, kind: str) -> None:
    assert run(["financing", *ACTS[kind].split()]) == 0
    check_declared(gateway, kind)


def test_a_certificate_is_kept_and_named_by_its_commitment(gateway: Gateway) -> None:
    assert run(["financing", *ACTS["financing.register"].split()]) == 0
    gateway.one = {**gateway.one, "pledges": {"pledge": NAME, "voucher": VOUCHER}}
    assert run(["pledge", "accept", NAME, "--registration", "paper.pdf"]) == 0
    assert gateway.asked[0][1]["args"]["certificate"] == COMMITMENT
    assert gateway.asked[1][1]["args"]["registration"] == COMMITMENT


def test_a_request_names_funders_in_order_and_a_part_from_its_first_unit(gateway: Gateway) -> None:
    assert run(["financing", *ACTS["financing.request"].split()]) == 0
    args = gateway.asked[0][1]["args"]
    assert (args["first"], args["last"], args["funders"]) == (1, 30_000_000, ["bank-b", "factor-a"])


def test_an_award_pays_what_the_chosen_quote_leaves(gateway: Gateway) -> None:
    assert run(["financing", *ACTS["financing.award"].split()]) == 0
    body = gateway.asked[0][1]
    assert (body["sealed"]["payment"]["amount"], body["args"]["quote"]) == (29_540_708, "c1" * 32)


def test_a_quote_is_computed_from_its_rate(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    receiver = "91990202MA2Y2N021W@bank-b"
    words = (
        f"quote {NAME} --rate 3.65 --value-date {{}} --contract BL-1 --paying-bank settle-a --to {receiver}"
    )
    assert run(["financing", *words.format("2026-04-16").split()]) == 0
    args = gateway.asked[0][1]["args"]
    content = msgspec.convert(args["commitment"]["quote"], QuoteContent)
    assert (content.days, content.interest, content.net) == (151, 459_292, 29_540_708)
    assert run(["financing", *words.format("2026-09-14").split()]) == 1
    assert "GATEWAY_QUOTE_NOT_TRUE" in capsys.readouterr().err
    assert len(gateway.asked) == 1


def test_a_challenge_names_the_funder_and_the_gateway_does_the_rest(gateway: Gateway) -> None:
    assert run(["financing", "challenge", NAME, "--funder", "factor-b"]) == 0
    assert gateway.asked[0][1]["args"] == {"voucher": VOUCHER, "financing": NAME, "funder": "factor-b"}


def test_quotes_are_printed_with_the_best_first_and_false_ones_named(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["financing", "quotes", NAME]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "settle-a" in line]
    for line, words in zip(
        lines,
        (
            ("factor-a", "295,407.08", "3.6500 %", "4,592.92", "best"),
            ("bank-b", "295,270.00", "3.7589 %", "200.00"),
            ("factor-b", "FALSE"),
        ),
        strict=True,
    ):
        assert all(word in line for word in words), line
    assert gateway.asked == []


def test_financings_are_listed_and_one_is_shown(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["financing", "list", "--status", "CHOOSING"]) == 0
    assert "300,000.00" in capsys.readouterr().out
    assert run(["financing", "show", NAME]) == 0
    assert "CHOOSING" in capsys.readouterr().out
    assert run(["financing", "award", NAME, "--funder", "bank-x", "--seller-bank", "b", "--name", "n", "--account", "1"]) == 1  # fmt: skip
    assert "QUOTE_NOT_USABLE" in capsys.readouterr().err
    assert gateway.asked == []
