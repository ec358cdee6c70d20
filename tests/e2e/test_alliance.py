"""Four validators on one machine, started by the command of the README, with the story played on them; and ended without a trace."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tallychain.demo.stage import Stage
from tallychain.network.layout import Layout
from tests.e2e.financed import financed_and_paid
from tests.e2e.machine import answer, processes_in, tally, until
from tests.running import slowness

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

VALIDATORS = ["bank-a", "bank-b", "factor-a", "settle-a"]
READY_S = 60.0
"""Once built, on a machine that has nothing else to do."""
MEMORY_MAX = 2 * 1024**3

Played = tuple[dict[str, Any], Path]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """The summary of the story on four validators, and its folder."""
    folder = tmp_path_factory.mktemp("four") / "d"
    options = ("--engine", "cometbft", "--exit", "--output", "json", "--dir", str(folder))
    done = tally("demo", *options, patience_s=900)
    assert done.returncode == 0, done.stderr[-3000:]
    yield json.loads(done.stdout), folder
    assert processes_in(folder) == []


def test_every_node_has_the_same_root_at_the_same_height(played: Played) -> None:
    nodes = played[0]["nodes"]
    assert sorted(row["member"] for row in nodes["rows"]) == VALIDATORS
    assert nodes["equal"]
    assert len({(row["height"], row["state_root"]) for row in nodes["rows"]}) == 1
    for row in nodes["rows"]:
        assert row["kind"] == "validator"
        assert row["peers"] == sorted(set(VALIDATORS) - {row["member"]})


def test_every_gateway_shows_the_same(played: Played) -> None:
    state = played[0]["state"]
    assert (state["equal_at_all_gateways"], state["gateways"]) == (True, 6)


def test_the_story_ends_on_four_validators_as_it_does_on_one_ledger(played: Played) -> None:
    found = played[0]
    statuses = {row["reference"]: row["status"] for row in found["vouchers"] if row["reference"]}
    assert statuses == {"V1": "SETTLED", "V2": "SETTLED_LATE"}
    assert found["settlement"]["steps"][-1]["used_fen"] == 0
    assert found["race"]["codes"] == ["DONE", "UNITS_NOT_FREE"]
    assert found["proof"]["changed_byte"]["code"]


def test_it_was_ready_soon_and_is_small(played: Played) -> None:
    found = played[0]
    assert found["timings_s"]["make"] + found["timings_s"]["start"] < READY_S * slowness()
    assert found["nodes"]["memory_bytes_of_all"] < MEMORY_MAX


def is_financed_and_paid(folder: Path) -> None:
    """One more voucher, a part of which is sold to a bank, to its last fen."""
    stage = Stage(Layout(folder), lambda _: None)
    try:
        found = financed_and_paid(stage)
    finally:
        stage.close()
    assert found["statuses"] == ("UNCONFIRMED", "COMPLETED")
    assert 390_000 < found["net"] < 400_000
    assert found["paid"] == {"1-400000": "4,000.00", "400001-1000000": "6,000.00"}
    assert (found["status"], found["used"]) == ("SETTLED", 0)


def test_it_starts_again_where_it_stood_finances_and_pays_and_ends_without_a_trace(played: Played) -> None:
    found, folder = played
    height = found["nodes"]["rows"][0]["height"]
    assert tally("network", "up", str(folder)).returncode == 0
    try:
        until(lambda: bool(answer("network", "status", str(folder))["roots_equal"]))
        status = answer("network", "status", str(folder))
        assert len(status["nodes"]) == 4
        assert status["ledger"]["height"] >= height
        is_financed_and_paid(folder)
        until(lambda: bool(answer("network", "status", str(folder))["roots_equal"]))
    finally:
        ended = tally("network", "down", str(folder))
    assert ended.returncode == 0, ended.stderr
    assert processes_in(folder) == []
    assert not list(folder.rglob("*.sock"))
    assert not list(folder.glob("run.*"))
