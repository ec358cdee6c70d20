"""Idempotency-Key and the room in the outbox, as docs/api.md promises them."""

import asyncio
from pathlib import Path

import pytest

from tallychain.gateway.problems import Problem
from tallychain.gateway.tests.alliance import alliance, code, in_loop
from tallychain.gateway.tests.fake_engine import FakeEngine
from tallychain.gateway.tests.test_outbox import Works
from tallychain.gateway.tests.test_story import issued


@in_loop
async def test_one_key_is_one_act_however_often_and_however_at_once_it_is_asked(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a") as bank:
        voucher = await issued(there, issuer, "s1")
        await bank.caught_up()
        s1, s2 = await bank.as_account("s1"), await bank.as_account("s2")
        args = {"voucher": voucher["voucher"], "consent": voucher["promise"]}
        answers = await asyncio.gather(*(s1.act("voucher.accept", args, key="accept-0001") for _ in range(5)))
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.json()["operation"] for answer in answers}) == 1
        # The secret that opens the key is no part of the request, so a repeat needs none that fits.
        late = await s1.act("voucher.accept", args, key="accept-0001", unlock={"passphrase": "another"})
        assert late.json() == answers[0].json()
        other = {**args, "consent": "f" * 64}
        conflict = await s1.act("voucher.accept", other, key="accept-0001")
        assert (conflict.status_code, code(conflict)) == (409, "IDEMPOTENCY_CONFLICT")
        # A key belongs to one seat and one type: another seat's request under it is its own.
        stranger = await s2.act("voucher.accept", args, key="accept-0001")
        assert code(stranger) != "IDEMPOTENCY_CONFLICT"


@in_loop
async def test_what_was_refused_before_it_was_kept_may_be_asked_again_under_its_key(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a") as bank:
        voucher = await issued(there, issuer, "s1")
        await bank.caught_up()
        s1 = await bank.as_account("s1")
        args = {"voucher": voucher["voucher"], "consent": voucher["promise"]}
        wrong = await s1.act("voucher.accept", args, key="accept-0001", unlock={"passphrase": "wrong"})
        assert code(wrong) == "GATEWAY_UNLOCK_REFUSED"
        assert (await s1.act("voucher.accept", args, key="accept-0001")).status_code == 202


@in_loop
async def test_a_key_holds_over_a_restart(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a"):
        wish = {"gateway": "https://ce-a.example"}
        async with there.gateway("ce-a") as issuer:
            first = await (await issuer.as_account("admin-1")).act(
                "member.gateway_set", wish, key="draft-0001"
            )
        async with there.gateway("ce-a") as issuer:
            again = await (await issuer.as_account("admin-1")).act(
                "member.gateway_set", wish, key="draft-0001"
            )
        assert again.json() == first.json()


@in_loop
async def test_one_seat_fills_at_most_half_of_the_outbox(tmp_path: Path) -> None:
    works = Works(tmp_path / "g", FakeEngine(), limit=4)
    await works.keep(1)
    await works.outbox.need_room("s1")
    await works.keep(2)
    with pytest.raises(Problem) as caught:
        await works.outbox.need_room("s1")
    assert caught.value.code == "GATEWAY_OUTBOX_FULL"
    await works.outbox.need_room("another")
    await works.stop()
