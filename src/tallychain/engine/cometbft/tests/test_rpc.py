"""What is asked of the engine's RPC, and what its answers mean."""

import asyncio
import json
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any

import pytest

from tallychain.engine.cometbft.rpc import (
    EngineRpc,
    MempoolFull,
    NoAnswer,
    NotKept,
    NotOnThisMachine,
    Standing,
    Taken,
    Unwilling,
)
from tallychain.engine.cometbft.rpcheaders import validator_set
from tallychain.engine.cometbft.tests.fakerpc import answering
from tallychain.sdk.verify.headers import decode_header, decode_validators

ANSWER = json.loads((Path(__file__).parent / "rpc_answers.json").read_text())["answers"][0]


def in_loop(work: Coroutine[None, None, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 30))


def standing(*powers: int, catching_up: bool = False) -> Standing:
    return Standing("0.38.25", "c", 5, catching_up, powers)


@pytest.mark.parametrize(
    "address", ["http://10.0.0.1:26657", "https://127.0.0.1:1", "nonsense", "http://bank.example:1"]
)
def test_no_other_machine_is_spoken_to(address: str) -> None:
    with pytest.raises(NotOnThisMachine, match="must be http on this machine"):
        EngineRpc(address)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"code": 0, "log": "", "hash": "AB"}, Taken(0, "")),
        ({"code": 2, "log": "too much"}, Taken(2, "too much")),
        (Exception("tx already exists in cache"), None),
    ],
)
def test_an_envelope_is_handed_over_and_the_applications_word_comes_back(
    said: object, expected: object
) -> None:
    asked: list[tuple[str, Mapping[str, str]]] = []

    def answer(method: str, arguments: Mapping[str, str]) -> Any:
        asked.append((method, arguments))
        return said

    async def story() -> None:
        async with answering(answer) as rpc:
            assert await rpc.hand_over(b"\x01\x02") == expected
        assert asked == [("broadcast_tx_sync", {"tx": "0x0102"})]

    in_loop(story())


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (Exception("mempool is full: number of txs 20000 (max: 20000)"), MempoolFull),
        (Exception("something else"), Unwilling),
        (b"<html>", NoAnswer),
        (b'{"result":{"log":"no code"}}', NoAnswer),
    ],
)
def test_an_engine_that_does_not_take_an_envelope_is_told_from_one_that_does_not_answer(
    said: object, kind: type[Exception]
) -> None:
    async def story() -> None:
        async with answering(lambda _, __: said) as rpc:
            with pytest.raises(kind):
                await rpc.hand_over(b"x")

    in_loop(story())


def test_an_engine_that_is_not_there_is_no_answer() -> None:
    async def story() -> None:
        rpc = EngineRpc("http://127.0.0.1:1")
        with pytest.raises(NoAnswer):
            await rpc.hand_over(b"x")
        await rpc.close()

    in_loop(story())


def test_header_and_commit_come_as_the_bytes_that_the_chain_hashes() -> None:
    async def story() -> None:
        async with answering(lambda _, __: ANSWER["commit"]) as rpc:
            signed = await rpc.header(1)
            assert decode_header(signed.header).height == 1

    in_loop(story())


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (Exception("height 3 is not available, lowest height is 7"), NotKept),
        (Exception("height 9 must be less than or equal to the current blockchain height 8"), Unwilling),
        ({"signed_header": {}}, NoAnswer),
    ],
)
def test_a_header_that_is_gone_is_told_from_one_that_is_not_there_yet(
    said: object, kind: type[Exception]
) -> None:
    async def story() -> None:
        async with answering(lambda _, __: said) as rpc:
            with pytest.raises(kind):
                await rpc.header(3)
            with pytest.raises((kind, NoAnswer)):
                await rpc.validators(3)

    in_loop(story())


def test_all_pages_of_a_set_are_asked_for() -> None:
    whole = ANSWER["validators"]
    rows = whole["validators"]

    def answer(method: str, arguments: Mapping[str, str]) -> Any:
        if method == "status":
            return {
                "node_info": {"version": "0.38.25", "network": "c"},
                "sync_info": {"latest_block_height": "12", "catching_up": False},
            }
        page = int(arguments["page"])
        return {"validators": rows[:1] if page == 1 else rows[1:], "total": str(len(rows))}

    async def story() -> None:
        async with answering(answer) as rpc:
            assert (
                decode_validators(await rpc.validators(1)).hash
                == decode_validators(validator_set([whole])).hash
            )
            found = await rpc.standing()
            assert (found.version, found.height, len(found.powers)) == ("0.38.25", 12, len(rows))

    in_loop(story())


@pytest.mark.parametrize(
    ("powers", "faulty"),
    [
        ((), 0),
        ((10,), 0),
        ((1, 1, 1), 0),
        ((1,) * 4, 1),
        ((1,) * 6, 1),
        ((1,) * 7, 2),
        ((1,) * 10, 3),
        ((40, 20, 20, 20), 0),
        ((30, 30, 30, 30, 30), 1),
    ],
)
def test_how_many_may_fail_follows_from_their_powers(powers: tuple[int, ...], faulty: int) -> None:
    assert standing(*powers).tolerates == faulty
