"""A gateway that no longer follows the ledger says so and ends; it never goes on serving what has grown old."""

import asyncio
from pathlib import Path

import pytest
import structlog

from tallychain.catalogue import CATALOGUE
from tallychain.engine.client import LedgerClient
from tallychain.engine.port import CommittedBlock, Engine
from tallychain.gateway import main
from tallychain.gateway.config import Folder, Settings
from tallychain.gateway.follower import Follower
from tallychain.gateway.main import FOLLOWING_ENDED, Serving, serve_gateway
from tallychain.gateway.opening import open_gateway
from tallychain.gateway.service import Choices, Gateway
from tallychain.gateway.tests.alliance import COST, Alliance, alliance, in_loop
from tallychain.gateway.watching import FollowingEnded
from tallychain.readmodel.projector import Projector
from tallychain.testkit.ports import free_port


class Broken(Exception):
    """Stands for a mistake of ours."""


def broken(self: object, block: CommittedBlock) -> bool:
    raise Broken("a secret stands here")


async def broken_take(self: object, block: CommittedBlock) -> None:
    raise Broken("a secret stands here")


async def opened(there: Alliance, engine: Engine) -> Gateway:
    there.furnish("bank-a")
    settings = there.settings("bank-a", listen_port=free_port())
    choices = Choices(post=there.post, key_cost=COST, environment={})
    return await open_gateway(settings, Folder(there.root / "bank-a"), engine, CATALOGUE, choices)


async def one_more_block(there: Alliance) -> None:
    engine = LedgerClient(there.socket, patience_s=5)
    await engine.advance((await engine.status()).time_ms + 1000)
    await engine.close()


@in_loop
async def test_ready_says_that_the_read_model_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Projector, "project", broken)
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        await one_more_block(there)
        await asyncio.wait_for(bank.read_model.ended(), 120)
        answer = await bank.http.get("/v1/ready")
        assert (answer.status_code, answer.json()["read_model"]) == (503, "failed")
        assert answer.json()["ledger"]


@pytest.mark.parametrize(
    ("kind", "method", "mistake", "part"),
    [(Projector, "project", broken, "read_model"), (Follower, "take", broken_take, "follower")],
)
def test_the_process_stops_and_logs_no_payload(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kind: type,
    method: str,
    mistake: object,
    part: str,
) -> None:
    monkeypatch.setattr(kind, method, mistake)

    @in_loop
    async def story() -> None:
        async with alliance(tmp_path) as there:
            engine = LedgerClient(there.socket, patience_s=5)
            gateway = await opened(there, engine)
            serving = asyncio.create_task(serve_gateway(gateway))
            for _ in range(600):
                # One who never followed begins with the newest block, so those made before it follows do not count.
                await asyncio.sleep(0.3)
                if serving.done():
                    break
                await one_more_block(there)
            with pytest.raises(FollowingEnded, match="Broken") as caught:
                await asyncio.wait_for(serving, 120)
            assert caught.value.part == part
            await gateway.close()
            await engine.close()

    story()
    logged = capsys.readouterr().out
    assert "following ended" in logged
    assert "secret stands" not in logged


def test_its_exit_status_is_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def ended(settings: Settings, folder: Folder, serving: Serving | None = None) -> None:
        raise FollowingEnded("read_model", Broken("a secret stands here"))

    monkeypatch.setattr(main, "serve", ended)
    path = tmp_path / "gateway.toml"
    path.write_text('member = "bank-a"\nengine = "nowhere"\n')
    try:
        assert main.main(["--config", str(path)]) == FOLLOWING_ENDED == 3
    finally:
        structlog.reset_defaults()
    said = capsys.readouterr().err
    assert said == "The part read_model of the gateway no longer follows the ledger: Broken.\n"
