"""Every command of `tally governance` asks a gateway for an act that its declaration takes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tallychain.cli.root import run
from tallychain.cli.tests.answering import MADE_KEY, Gateway, answering, check_declared

NAME = "7b" * 32
ROW: dict[str, Any] = {
    "proposal": NAME,
    "kind": "EXIT",
    "digest": "5d" * 32,
    "words_en": "factor-a leaves",
    "words_zh": "factor-a 退出",
    "data": '{"kind":"EXIT"}',
    "proposer": "factor-a",
    "yes": 1,
    "no": 0,
    "abstain": 0,
    "total": 4,
    "closes_ms": 1_773_630_000_000,
    "acts_ms": 1_773_716_400_000,
    "status": "VOTING",
}
ACTS: dict[str, tuple[str, dict[str, object]]] = {
    "propose EXIT --json @data.json --words-en W --words-zh 词": ("proposal.open", {"kind": "EXIT"}),
    f"vote {NAME} yes": ("ballot.cast", {"proposal": NAME, "digest": "5d" * 32, "choice": "yes"}),
    "propose-pack CN-77-2025 --from 2027-02-01": (
        "proposal.open",
        {"kind": "RULE_PACK", "words_zh": "采用规则包 CN-77-2025/1：银发〔2025〕77号 (Yinfa [2025] 77)"},
    ),
    "new-key --reason sold": (
        "proposal.open",
        {"data": {"kind": "FINGERPRINT_KEY", **MADE_KEY, "reason": "sold"}},
    ),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Gateway]:
    lists: dict[str, list[dict[str, Any]]] = {
        "policy_versions": [
            {
                "policy": "TERM",
                "version": 1,
                "settings": '{"term_months":6}',
                "articles": "{}",
                "article": "",
                "pack": "CN-802-2025/1",
            }
        ],
        "proposals": [ROW],
        "ballots": [{"member": "factor-a", "choice": "yes"}],
    }
    with answering(lists, {"proposals": ROW}) as made:
        yield made


@pytest.fixture
def gateway(server: Gateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Gateway:
    server.asked.clear()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.json").write_text('{"member": "factor-a", "reason": "sold"}', encoding="utf-8")
    monkeypatch.setenv("TALLY_GATEWAY", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("TALLY_TOKEN", "token")
    return server


@pytest.mark.parametrize("words", ACTS, ids=lambda words: words.split()[0])
def test_a_command_asks_for_an_act_as_it_is_declared(gateway: Gateway, words: str) -> None:
    kind, expected = ACTS[words]
    assert run(["governance", *words.split()]) == 0
    check_declared(gateway, kind)
    args = gateway.asked[0][1]["args"]
    assert {name: args[name] for name in expected} == expected


def test_a_key_alone_proposes_nothing_and_prints_its_commitment(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["governance", "new-key"]) == 0
    assert gateway.asked == []
    assert str(MADE_KEY["commitment"]) in capsys.readouterr().out


def test_one_proposal_is_shown_with_its_count_and_all_of_them_as_a_table(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["governance", "show", NAME]) == 0
    said = capsys.readouterr().out
    assert "1 yes, 0 no, 0 abstained, of 4" in said
    assert "factor-a yes" in said
    assert run(["governance", "show"]) == 0
    assert NAME in capsys.readouterr().out


def test_rule_packs_are_listed_with_those_that_are_adopted_and_one_is_shown_whole(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["governance", "packs", "--output", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [pack["name"] for pack in found if pack["adopted"]] == ["CN-802-2025"]
    assert run(["governance", "show-pack", "CN-77-2025"]) == 0
    said = capsys.readouterr().out
    assert "TERM.term_months = 12" in said
    assert "CONSENT_DIFFERS" in said
    assert run(["governance", "show-pack", "CN-78-2025"]) == 2
    assert "packs lists them" in capsys.readouterr().err


def test_the_dry_run_of_a_pack_shows_each_value_now_and_then_and_proposes_nothing(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["governance", "propose-pack", "CN-77-2025", "--from", "2027-02-01", "--dry-run"]
    assert run(words) == 0
    said = capsys.readouterr().out
    assert "term_months" in said
    assert "article 11" in said
    assert gateway.asked == []
    gateway.preview["code"] = "EFFECTIVE_TOO_EARLY"
    assert run(words) == 0
    assert "EFFECTIVE_TOO_EARLY" in capsys.readouterr().out
    gateway.preview["code"] = ""
    assert run(["governance", "propose-pack", "CN-205-2019", "--from", "2027-02-01"]) == 2
