"""What probes and operators are told: readiness, alarms, and figures that name nobody."""

from pathlib import Path
from typing import Any

import pytest

from tallychain.gateway import standing
from tallychain.gateway.metrics import CODES, Metrics
from tallychain.gateway.outbox import DONE, REFUSED, End
from tallychain.gateway.tests.alliance import alliance, in_loop
from tallychain.gateway.tests.scripted import WithRows
from tallychain.gateway.tests.test_story import issued


@in_loop
async def test_probes_find_the_gateway_alive_and_ready_where_they_look(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a"):
        await issued(there, issuer, "s1")
        await issuer.caught_up()

        assert (await issuer.http.get("/healthz")).json() == {"status": "ok"}
        found = (await issuer.http.get("/readyz")).json()

        assert (found["ready"], found["alarms"]) == (True, [])
        assert found["disk_free_bytes"] > standing.LEAST_FREE_BYTES


@in_loop
async def test_a_full_disk_makes_a_gateway_not_ready_and_raises_its_alarm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        monkeypatch.setattr(standing, "LEAST_FREE_BYTES", 2**70)
        answer = await bank.http.get("/readyz")

        assert answer.status_code == 503
        assert "DISK_LOW" in answer.json()["alarms"]
        assert 'tally_gateway_alarm{kind="DISK_LOW"} 1.0' in (await bank.http.get("/metrics")).text


@in_loop
async def test_certificates_that_end_and_years_without_a_calendar_are_alarms_before_they_are_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        bank.gateway.follower.connected = True
        assert (await bank.http.get("/readyz")).json()["alarms"] == []
        client = await bank.gateway.accounts.get("s1")
        assert client is not None
        await bank.gateway.accounts.set_certificate("admin-1", client.certificate)
        assert (await bank.http.get("/readyz")).json()["alarms"] == []
        monkeypatch.setattr(standing, "AHEAD_MS", 100 * 366 * 86_400_000)

        assert {"CERTIFICATE_ENDS", "CALENDAR_MISSING"} <= set(
            (await bank.http.get("/readyz")).json()["alarms"]
        )


@in_loop
async def test_ends_are_counted_by_code_once_and_no_figure_names_anybody(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a"):
        await issued(there, issuer, "s1")
        await issuer.caught_up()
        text = (await issuer.http.get("/metrics")).text

        # The payable is confirmed, and the voucher issued.
        assert 'tally_gateway_operations_total{code="DONE",end="done"} 2.0' in text
        for secret in ("EVTEST", "ce-a", "s1", "1,120,000"):
            assert secret not in text


def test_no_more_codes_are_told_apart_than_a_collector_bears() -> None:
    metrics = Metrics()
    metrics.ended([End(str(n), REFUSED, f"CODE_{n}") for n in range(CODES + 5)])
    metrics.ended([End("x", DONE, "CODE_1")])

    text = metrics.text().decode()
    assert 'tally_gateway_operations_total{code="OTHER",end="refused"} 5.0' in text
    assert 'code="CODE_1",end="done"} 1.0' in text


@in_loop
async def test_a_release_that_is_missing_and_validators_that_are_held_or_silent_are_alarms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: dict[str, list[dict[str, Any]]] = {
        "protocols": [{"protocol": 2, "from_height": 900}],
        "validators": [{"member": "bank-b", "standing": "LEAVING"}],
    }
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        bank.gateway.follower.connected = True
        bank.gateway.read_model = WithRows(bank.read_model, rows)

        assert (await bank.http.get("/readyz")).json()["alarms"] == ["RELEASE_MISSING", "VALIDATOR_HELD"]
        monkeypatch.setattr(standing, "silent_validators", lambda _: 1)
        found = (await bank.http.get("/readyz")).json()
        assert ("VALIDATOR_SILENT" in found["alarms"], found["validators_silent"]) == (True, 1)
        assert "tally_gateway_validators_silent 1.0" in (await bank.http.get("/metrics")).text
        bank.gateway.read_model = bank.read_model
