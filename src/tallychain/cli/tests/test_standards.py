"""Every command of `tally standard` asks a gateway for an act that its declaration takes, and prints what a gateway computed."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tallychain.cli.root import run
from tallychain.cli.tests.answering import Gateway, answering, check_declared
from tallychain.contracts.risk.standards.declared import EXAMPLE
from tallychain.sdk.standards import facts_of, held_against

NAME = "5d" * 32
TERMS = msgspec.json.encode(EXAMPLE).decode()
ROW = {
    "standard": NAME, "funder": "factor-a", "number": 1, "name": "FACTORING-2026", "forms": "FACTORING", "days_min": 1, "days_max": 180,
    "face_min": 1_000_000, "face_max": 1_000_000_000, "advance": 900_000, "valid_until": "2026-12-31", "status": "IN_FORCE",
    "terms": TERMS,
}  # fmt: skip
GOOD = {"held_back": 0, "on_time_bp": 9_950, "overdue_balance": 0, "scale": "OVER_5BN", "grade": "A"}


def offers() -> list[dict[str, object]]:
    """What a gateway answers of a holding that meets the standard, and of one whose issuer discloses nothing."""
    made = [
        held_against(
            [ROW],
            facts_of(
                issuer="ce-a",
                face=100_000_000,
                days=180,
                layer=1,
                form="FACTORING",
                recourse=False,
                has_missed=False,
                record=record,
            ),
        )[0]
        for record in ({**GOOD}, None)
    ]
    return [msgspec.to_builtins(one) for one in made]


@pytest.fixture(scope="module")
def server() -> Iterator[Gateway]:
    with answering({"standards": [ROW]}, {"standards": ROW}) as made:
        yield made


@pytest.fixture
def gateway(server: Gateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Gateway:
    server.asked.clear()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TALLY_GATEWAY", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("TALLY_TOKEN", "token")
    return server


def test_a_standard_is_published_from_the_file_that_the_example_prints_and_ended(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["do", "standard.publish", "--example"]) == 0
    Path("standard.json").write_text(capsys.readouterr().out, encoding="utf-8")
    Path("bare.json").write_text(TERMS, encoding="utf-8")

    for text, kind in {
        "publish standard.json": "standard.publish",
        "publish bare.json": "standard.publish",
        f"end {NAME}": "standard.end",
    }.items():
        gateway.asked.clear()
        assert run(["standard", *text.split()]) == 0
        check_declared(gateway, kind)
        assert kind == "standard.end" or gateway.asked[0][1]["args"] == json.loads(TERMS)


@pytest.mark.parametrize("text", ["no json", "[1]"])
def test_a_file_that_is_no_standard_is_refused_by_name(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    Path("wrong.json").write_text(text, encoding="utf-8")

    assert run(["standard", "publish", "wrong.json"]) == 1
    assert "FILE_NOT_JSON" in capsys.readouterr().err
    assert gateway.asked == []


def test_standards_are_listed_and_shown_with_their_prices(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["standard", "list", "--funder", "factor-a"]) == 0
    assert run(["standard", "show", NAME]) == 0

    said = capsys.readouterr()
    for text in ("FACTORING-2026", "90.0000 %", "91-180", "3.8000 %"):
        assert text in said.out
    assert "on_time_bp_min: 9900" in said.out + said.err


def test_who_would_finance_is_told_with_net_proceeds_and_what_is_missing(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "whole", {"funding-offers": {"offers": offers()}})

    assert run(["standard", "offers", "EV1:1-100:1", "--amount", "1,000.00"]) == 0
    assert (
        run(["standard", "offers", "--issuer", "ce-a", "--amount", "1.00", "--maturity", "2026-09-14"]) == 0
    )

    said = capsys.readouterr().out
    for text in ("882,700.00", "3.8444 %", "900,000.00", "BENEFICIAL-OWNER", "[GRADE_NOT_TAKEN]"):
        assert text in said
