"""The command line against a running alliance: ordinary work, bad input, and ends that nobody asked for."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tallychain.cli import root
from tests.e2e.machine import answer, processes_in, tally, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
]  # an alliance of processes is set up within the first test
NOBODY = "f" * 64
PAYABLE = "4d" * 32
INVOICES = Path("examples/chain/invoices")


@pytest.fixture(scope="module")
def alliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A running alliance of one core enterprise and one bank with two clients, one of whom needs two persons."""
    folder = tmp_path_factory.mktemp("net")
    described = json.loads(Path("examples/chain/alliance.json").read_text())
    described["members"] = [
        row for row in described["members"] if row["id"] in ("core-a", "bank-a", "settle-a", "supervisor")
    ]
    described["clients"] = [row for row in described["clients"] if row["id"] in ("s1", "s3")]
    described["clients"][1]["two_persons"] = True
    (folder / "alliance.json").write_text(json.dumps(described))
    made = tally(
        "network", "init", str(folder / "n"), "--alliance", str(folder / "alliance.json"), "--seed", "5"
    )
    assert made.returncode == 0, made.stderr
    started = tally("network", "up", str(folder / "n"))
    assert started.returncode == 0, started.stderr
    yield folder / "n"
    tally("network", "down", str(folder / "n"))
    until(lambda: processes_in(folder / "n") == [])


def ask(alliance: Path, person: str, *arguments: str) -> Any:
    """The JSON answer of a command of one person."""
    return answer("--network", str(alliance), "--as", person, *arguments)


def _here(alliance: Path, person: str, payable: str) -> bool:
    """Whether the files of both papers are with somebody."""
    rows = ask(alliance, person, "payable", "papers", payable)
    return [row["state"] for row in rows] == ["here", "here"]


@pytest.fixture(scope="module")
def voucher(alliance: Path) -> str:
    """A voucher of 1,000,000.00 that s1 holds."""
    for client in ("s1", "s3"):
        ask(alliance, client, "wallet", "cards")
    days = ("--from", "2026-03-16", "--until", "2027-03-15")
    granted = ask(
        *(alliance, "bank-a-maker", "ceiling", "grant", "--issuer", "core-a", "--amount", "1,000,000.00"),
        *days,
    )
    ask(alliance, "bank-a-checker", "draft", "approve", granted["draft"])
    files = [
        word for number in (1, 2) for word in ("--file", str(INVOICES / f"2699200000000000000{number}.xml"))
    ]
    presented = ask(
        *(alliance, "s1", "payable", "present", "--own", "s1", "--debtor", "core-a", "--amount"),
        *("1,120,000.00", "--due", "2026-09-14", "--reference", "HT-1", *files),
    )
    payable = str(presented["operation"])
    until(lambda: bool(ask(alliance, "core-a-maker", "payable", "list")))
    until(lambda: _here(alliance, "core-a-maker", payable) and _here(alliance, "s1", payable))
    confirmed = ask(alliance, "core-a-maker", "payable", "confirm", payable)
    ask(alliance, "core-a-checker", "draft", "approve", confirmed["draft"])
    until(lambda: bool(ask(alliance, "core-a-maker", "payable", "list", "--status", "CONFIRMED")))
    issued = ask(
        *(alliance, "core-a-maker", "voucher", "issue", "--payable", payable, "--face", "1,000,000.00"),
        *(
            "--maturity",
            "2026-09-14",
            "--settlement-bank",
            "settle-a",
            "--reference",
            "HT-1",
            "--papers",
            "1,120,000.00",
        ),
    )
    done = ask(alliance, "core-a-checker", "draft", "approve", issued["draft"])
    number = str(done["receipt"]["events"][0]["voucher"])
    until(lambda: bool(ask(alliance, "s1", "voucher", "list")))
    ask(alliance, "s1", "voucher", "accept", number, "--yes")
    return number


def test_a_part_goes_to_a_client_whose_acts_need_two_persons(alliance: Path, voucher: str) -> None:
    until(lambda: bool(ask(alliance, "s1", "holding", "list", "--mine")))
    held = ask(alliance, "s1", "holding", "list", "--mine")[0]["holding"]
    offered = ask(
        *(alliance, "s1", "voucher", "offer", held, "--to", "s3", "--amount", "125,000.01"),
        *("--reference", "CG-1", "--purpose", "电镀"),
    )
    offer = offered["receipt"]["events"][0]["offer"]
    until(
        lambda: (
            tally("--network", str(alliance), "--as", "s3", "voucher", "show", voucher).stdout.find("OPEN")
            > 0
        )
    )

    made = ask(alliance, "s3", "voucher", "take", offer)
    done = ask(alliance, "s3-checker", "draft", "approve", made["draft"])

    assert done["state"] == "done"
    until(lambda: bool(ask(alliance, "s3", "holding", "list", "--mine")))
    assert ask(alliance, "s3", "holding", "list", "--mine")[0]["face"] == 12_500_001


def test_the_sponsor_reads_the_papers_and_another_bank_does_not(alliance: Path, voucher: str) -> None:
    readers = {
        person: bool(ask(alliance, person, "voucher", "show", voucher)["trades"])
        for person in ("core-a-maker", "bank-a-maker", "s1", "settle-a-maker", "s3")
    }

    assert readers == {
        "core-a-maker": True,
        "bank-a-maker": True,
        "s1": True,
        "settle-a-maker": False,
        "s3": True,  # the papers of the part that it was offered
    }


BAD_INPUT = [
    (("voucher", "issue", "--payable", PAYABLE, "--face", "1,00.00", "--maturity", "2026-09-14", "--settlement-bank", "settle-a", "--reference", "A"), 2, "USAGE"),
    (("voucher", "issue", "--payable", PAYABLE, "--face", "-5.00", "--maturity", "2026-09-14", "--settlement-bank", "settle-a", "--reference", "A"), 2, "USAGE"),
    (("voucher", "issue", "--payable", PAYABLE, "--face", "1.001", "--maturity", "2026-09-14", "--settlement-bank", "settle-a", "--reference", "A"), 2, "USAGE"),
    (("voucher", "issue", "--payable", PAYABLE, "--face", "1e6", "--maturity", "2026-09-14", "--settlement-bank", "settle-a", "--reference", "A"), 2, "USAGE"),
    (("voucher", "issue", "--payable", PAYABLE, "--face", "0.00", "--maturity", "2026-09-14", "--settlement-bank", "settle-a", "--reference", "A"), 2, "USAGE"),
    (("voucher", "issue", "--payable", PAYABLE, "--face", "5.00", "--maturity", "14.09.2026", "--settlement-bank", "settle-a", "--reference", "A"), 2, "USAGE"),
    (("voucher", "offer", "H", "--to", "91990201MA2Y1N0180@bank-a", "--amount", "5.00", "--reference", "A"), 2, "USAGE"),
    (("voucher", "offer", "H", "--to", "nobody", "--amount", "5.00", "--reference", "A"), 2, "USAGE"),
    (("voucher", "issue", "--payable", PAYABLE, "--face", "5.00", "--maturity", "2026-09-14", "--settlement-bank", "settle-a", "--reference", "A"), 1, "NOT_ENOUGH_INVOICES"),
    (("payable", "contest", PAYABLE, "--reason", "长" * 201), 1, "GATEWAY_FIELD_NOT_VALID"),
    (("payable", "contest", PAYABLE, "--reason", "emoji 🙂"), 1, "GATEWAY_CHARACTER_NOT_ALLOWED"),
    (("voucher", "show", "EV" + "X" * 24), 1, "GATEWAY_NOT_FOUND"),
    (("voucher", "take", f"{NOBODY}:1"), 1, "GATEWAY_NOT_FOUND"),
    (("operation", "show", NOBODY), 1, "GATEWAY_NOT_FOUND"),
    (("draft", "show", "0" * 32), 1, "GATEWAY_NOT_FOUND"),
    (("do", "voucher.withdraw", "--json", "{"), 2, "USAGE"),
    (("do", "voucher.withdraw", "--json", '{"arguments": {}}'), 2, "USAGE"),
    (("do", "voucher.withdraw", "--json", '{"args": {"voucher": 7}}'), 1, "GATEWAY_FIELD_NOT_VALID"),
    (("do", "voucher.withdraw", "--json", '{"args": {"voucher": "EVTALY20260316000000000113", "more": 1}}'), 1, "GATEWAY_FIELD_NOT_VALID"),
    (("do", "voucher.nothing"), 2, "USAGE"),
    (("block", "show", "999999"), 1, "BLOCK_NOT_FOUND"),
    (("clock", "advance", "--by", "6 days"), 2, "USAGE"),
    (("clock", "advance", "--to", "2026-13-01"), 2, "USAGE"),
    (("clock", "advance"), 2, "USAGE"),
    (("invoice", "read", "no-such-file.xml"), 2, "FILE_NOT_READABLE"),
    (("invoice", "read", "examples/chain/refused/entity.xml"), 1, "INVOICE_HAS_ENTITY"),
    (("payables", "check", "examples/chain/refused/some-rows-wrong.csv"), 1, "ROWS_REJECTED"),
    (("proof", "verify", "README.md"), 1, "MALFORMED"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "status", "code"), BAD_INPUT, ids=lambda value: str(value)[:60])
def test_bad_input_is_answered_by_one_sentence_and_a_code(
    alliance: Path,
    voucher: str,
    arguments: tuple[str, ...],
    status: int,
    code: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # In this process: what a command answers does not depend on the process it runs in.
    ended = root.run(["--network", str(alliance), "--as", "core-a-maker", *arguments, "--output", "json"])

    said = capsys.readouterr().err
    failure = json.loads(said.strip().splitlines()[-1])
    assert (ended, failure["code"]) == (status, code), said
    assert failure["sentence"].endswith(".")
    assert "\n" not in failure["sentence"]


def test_bad_input_leaves_the_ledger_as_it_was(alliance: Path, voucher: str) -> None:
    before = ask(alliance, "core-a-maker", "voucher", "show", voucher)
    for arguments, _, _ in BAD_INPUT[:4]:
        tally("--network", str(alliance), "--as", "core-a-maker", *arguments)

    assert ask(alliance, "core-a-maker", "voucher", "show", voucher) == before
    assert len(ask(alliance, "core-a-maker", "voucher", "list")) == 1


def test_a_person_that_nobody_knows_is_refused_with_the_known_ones(alliance: Path) -> None:
    done = tally("--network", str(alliance), "--as", "mallory", "voucher", "list")

    assert done.returncode == 2
    assert "PERSON_UNKNOWN" in done.stderr
    assert "core-a-maker" in done.stderr


def test_a_wrong_passphrase_signs_nobody_in(alliance: Path) -> None:
    done = tally(
        "--network", str(alliance), "--as", "s1", "voucher", "list", env={"TALLY_PASSPHRASE": "wrong"}
    )

    assert done.returncode == 1
    assert "GATEWAY_SIGN_IN_REFUSED" in done.stderr


def test_time_moves_when_told_and_never_back(alliance: Path) -> None:
    before = answer("--network", str(alliance), "clock", "show")["time_ms"]
    after = answer("--network", str(alliance), "clock", "advance", "--by", "2h")["time_ms"]
    back = tally("--network", str(alliance), "clock", "advance", "--to", "2026-03-16 09:00:00")

    assert after >= before + 7_200_000
    assert back.returncode == 1


def test_an_alliance_is_not_started_twice(alliance: Path) -> None:
    done = tally("network", "up", str(alliance))

    assert done.returncode == 2
    assert "ALREADY_RUNNING" in done.stderr


def test_down_ends_what_a_killed_supervisor_left(alliance: Path) -> None:
    supervisor = json.loads((alliance / "run.json").read_bytes())["supervisor"]["pid"]
    os.kill(supervisor, signal.SIGKILL)

    done = tally("network", "down", str(alliance))
    until(lambda: processes_in(alliance) == [])

    assert done.returncode == 0, done.stderr
    assert not (alliance / "run.json").exists()
    assert not (alliance / "ledger" / "ledger.sock").exists()


def test_an_alliance_starts_again_after_its_supervisor_was_killed(alliance: Path, voucher: str) -> None:
    started = tally("network", "up", str(alliance))
    assert started.returncode == 0, started.stderr

    assert ask(alliance, "s1", "voucher", "list")[0]["voucher"] == voucher
    status = {}

    def equal() -> bool:
        status.update(answer("network", "status", str(alliance)))
        heights = {row["height"] for row in status["gateways"]}
        return bool(status["equal"]) and heights == {status["ledger"]["height"]}

    until(equal)
    assert {row["name"] for row in status["programs"] if row["alive"]} == {
        "ledger", "core-a", "bank-a", "settle-a", "supervisor",
    }  # fmt: skip
