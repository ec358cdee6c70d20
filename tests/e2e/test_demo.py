"""The demonstration as a reader of the README runs it: with real processes, and ended in every way."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.machine import PATIENCE_S, TALLY, answer, end_all_in, processes_in, tally, until

pytestmark = pytest.mark.slow

EXPECTED_CODES = {
    "BLACKOUT",
    "CEILING_EXCEEDED",
    "GATEWAY_FORBIDDEN",
    "GATEWAY_NOT_FOUND",
    "INVOICE_OVERALLOCATED",
    "ISSUER_BLOCKED",
    "OFFER_NOT_OPEN",
    "UNITS_NOT_FREE",
    "UNITS_OUTSIDE_HOLDING",
    "VOUCHER_NOT_PENDING",
}
STUDY_TRANSFERS_FEN = {30_000_000, 12_500_001, 18_000_000, 4_680_000, 31_000_000, 15_000_000}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], Path]]:
    """The summary of a demonstration with a seed of its own, and its folder."""
    folder = tmp_path_factory.mktemp("demo") / "d"
    done = tally("demo", "--exit", "--output", "json", "--seed", "7", "--dir", str(folder))
    assert done.returncode == 0, done.stderr[-3000:]
    yield json.loads(done.stdout), folder
    assert processes_in(folder) == []


def step(row: dict[str, Any]) -> tuple[object, ...]:
    """What stood on the ledger after a step of paying."""
    names = ("when", "status", "outstanding_fen", "used_fen", "free_fen", "payments_missing")
    return tuple(row[name] for name in names)


Played = tuple[dict[str, Any], Path]


def test_the_vouchers_of_the_story_stand_as_the_story_says(played: Played) -> None:
    found, _ = played
    statuses = {row["reference"]: row["status"] for row in found["vouchers"] if row["reference"]}

    assert statuses == {"V1": "SETTLED", "V2": "SETTLED_LATE"}
    assert sorted(row["status"] for row in found["vouchers"] if not row["reference"]) == [
        "REJECTED",
        "WITHDRAWN",
        "WITHDRAWN",
    ]


def test_the_holdings_of_a_voucher_make_up_its_face(played: Played) -> None:
    found, _ = played
    held: dict[str, int] = {}
    for row in found["holdings"]:
        held[row["voucher"]] = held.get(row["voucher"], 0) + row["face_fen"]

    assert held == {row["voucher"]: row["face_fen"] for row in found["vouchers"] if row["reference"]}
    assert {row["status"] for row in found["holdings"]} == {"PAID"}


def test_every_seed_comes_out_even_to_the_last_fen(played: Played) -> None:
    found, _ = played
    settlement = found["settlement"]
    faces = {row["voucher"]: row["face_fen"] for row in found["vouchers"] if row["reference"]}

    paid: dict[str, int] = {}
    for row in settlement["payouts"]:
        paid[row["voucher"]] = paid.get(row["voucher"], 0) + row["amount_fen"]
    assert paid == faces
    assert {row["holding"]: row["share_fen"] for row in settlement["shares"]} == {
        row["holding"]: row["face_fen"] for row in found["holdings"]
    }
    assert [(row["voucher"], row["outstanding"]) for row in settlement["settlements"]] == [
        (voucher, 0) for voucher in sorted(faces)
    ]
    assert settlement["steps"][-1]["used_fen"] == 0


@pytest.mark.slow
def test_the_usual_seed_pays_the_figures_of_the_story(tmp_path: Path) -> None:
    done = tally("demo", "--exit", "--output", "json", "--dir", str(tmp_path / "d"))
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    settlement = found["settlement"]

    assert found["payables"] == {"CONFIRMED": 2, "CONTESTED": 1}
    assert [step(row) for row in settlement["steps"]] == [
        ("before maturity", "ACTIVE", 100_000_000, 150_000_000, 10_000_000, 0),
        ("money attested", "SETTLED", 0, 50_000_000, 110_000_000, 0),
        ("paid out", "SETTLED", 0, 50_000_000, 110_000_000, 0),
        ("before maturity", "ACTIVE", 50_000_000, 50_000_000, 110_000_000, 0),
        ("a part paid out", "DUE", 20_000_000, 20_000_000, 140_000_000, 0),
        ("cut-off passed", "UNPAID_PENDING", 20_000_000, 20_000_000, 140_000_000, 1),
        ("the rest paid late", "SETTLED_LATE", 0, 0, 160_000_000, 0),
    ]
    assert [row["amount_fen"] for row in settlement["payouts"]] == [
        18_000_000,
        4_680_000,
        7_320_000,
        12_500_001,
        57_499_999,
        9_000_000,
        9_600_000,
        11_400_000,
        6_000_000,
        6_400_000,
        7_600_000,
    ]
    assert [row["in_time"] for row in settlement["attestations"]] == [1, 1, 0]
    assert [(row["outstanding"], row["status"]) for row in settlement["dishonours"]] == [
        (20_000_000, "CURED")
    ]
    assert settlement["overdue_events"] == 0


def test_parts_have_reached_the_third_tier(played: Played) -> None:
    found, _ = played

    assert max(row["layer"] for row in found["holdings"]) == 3


def test_every_expected_refusal_was_met_with_a_sentence(played: Played) -> None:
    found, _ = played

    assert set(found["refusals"]["by_code"]) >= EXPECTED_CODES
    assert all(row["sentence"].endswith((".", "。")) for row in found["refusals"]["met"])


def test_exactly_one_of_two_racing_offers_was_made(played: Played) -> None:
    found, _ = played

    assert found["race"]["codes"] == ["DONE", "UNITS_NOT_FREE"]


def test_every_file_that_must_be_refused_was_refused(played: Played) -> None:
    found, _ = played
    names = {row["file"].partition(":")[0] for row in found["files_refused"]}

    assert names == {path.name for path in Path("examples/chain/refused").iterdir()}


def test_only_both_sides_and_their_sponsors_read_the_papers(played: Played) -> None:
    found, _ = played
    readable = found["who_reads_the_papers"]["readable_for"]

    assert {name for name, reads in readable.items() if reads} == {"bank-a-maker", "bank-b-maker", "s1", "s2"}


def test_a_proof_holds_offline_and_fails_with_one_byte_changed(played: Played) -> None:
    found, _ = played

    assert len(found["proof"]["statements"]) > 3
    assert found["proof"]["changed_byte"]["code"] == "BODY_CHANGED"


def test_all_gateways_answer_with_the_same_state(played: Played) -> None:
    found, _ = played

    assert found["state"]["equal_at_all_gateways"] is True
    assert found["state"]["gateways"] == 6
    assert found["operations"]["total"] > found["operations"]["done"] > 20


def test_another_seed_gives_other_amounts(played: Played) -> None:
    found, _ = played
    # The smallest parts of the study's story were passed on whole, so they would stand among the holdings.
    amounts = {row["face_fen"] for row in found["holdings"]}

    assert not amounts & STUDY_TRANSFERS_FEN


def test_no_lock_or_socket_is_left(played: Played) -> None:
    _, folder = played

    assert not [
        path for path in folder.rglob("*") if path.name in ("run.json", "run.lock") or path.is_socket()
    ]


def do_what_it_says_next(told: str) -> None:
    """Run the commands that the demonstration prints, as they stand."""
    lines = [line.partition("#")[0].split()[1:] for line in told.splitlines() if line.startswith("  tally ")]
    offer, take, of_the_sponsor, of_another_bank = lines

    offered = answer(*offer)["receipt"]["events"][0]["offer"]
    until(lambda: tally(*[offered if word == "OFFER" else word for word in take]).returncode == 0)

    until(lambda: offered in str(answer(*of_the_sponsor)))
    until(lambda: reads_papers(of_the_sponsor, offered))
    assert not reads_papers(of_another_bank, offered)


def reads_papers(words: list[str], offered: str) -> bool:
    """Whether the papers of an offer are among what a command shows."""
    return any(trade["operation"] == offered.partition(":")[0] for trade in answer(*words)["trades"])


@pytest.mark.slow
def test_ctrl_c_ends_a_demonstration_that_was_used_and_whose_gateway_was_killed(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    log = tmp_path / "err"
    with log.open("wb") as err:
        demo = subprocess.Popen(
            [*TALLY, "demo", "--dir", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=err,
            start_new_session=True,
        )
    try:
        until(lambda: "Ctrl-C ends everything." in log.read_text() or demo.poll() is not None)
        assert demo.poll() is None, log.read_text()[-3000:]
        do_what_it_says_next(log.read_text())
        record = json.loads((folder / "run.json").read_bytes())
        killed = record["programs"][-1]
        os.kill(killed["process"]["pid"], signal.SIGKILL)
        until(lambda: f"{killed['name']} serves again." in log.read_text())

        os.killpg(demo.pid, signal.SIGINT)
        assert demo.wait(PATIENCE_S) == 0, log.read_text()[-3000:]
    finally:
        if demo.poll() is None:
            demo.kill()
            demo.wait()
            end_all_in(folder)

    assert processes_in(folder) == []
    assert not (folder / "run.lock").exists()
