"""A member leaves, and the others name papers with another key: made first, sent sealed, voted on, and no paper is promised again."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tallychain.gateway.config import Folder
from tallychain.gateway.letters import SentFingerprintKey
from tallychain.gateway.problems import Problem
from tallychain.gateway.tests.alliance import SEED, Alliance, Running, alliance, code, in_loop
from tallychain.gateway.tests.test_story import accepted, approved, issued, presented
from tallychain.sdk.fingerprint import EpochKey, PaperFields, fingerprint
from tallychain.testkit.people import derived

MEMBERS = ["ce-a", "ce-b", "bank-a", "bank-b", "supervisor", "settle-a"]
ACTING = ("ce-a", "ce-b", "bank-a", "bank-b")
OLD_KEY = EpochKey(1, derived(SEED, "fingerprint"))


async def proposed(member: Running, kind: str, data: dict[str, Any]) -> str:
    args = {"kind": kind, "words_zh": "提案", "words_en": "A proposal", "data": {"kind": kind, **data}}
    return str((await approved(member, "proposal.open", args, f"open-{kind}"))["operation"])


async def ballot(member: Running, proposal: str) -> dict[str, Any]:
    await member.caught_up()
    row = (await (await member.as_account("maker")).get(f"/v1/proposals/{proposal}")).json()
    return {"proposal": proposal, "digest": row["digest"], "choice": "yes"}


async def votes_yes(member: Running, proposal: str) -> None:
    await approved(member, "ballot.cast", await ballot(member, proposal), f"vote-{proposal[:16]}")


async def acted(member: Running, proposal: str) -> None:
    """Time goes on until the proposal has acted."""
    maker = await member.as_account("maker")
    row = (await maker.get(f"/v1/proposals/{proposal}")).json()
    await member.gateway.engine.advance(int(row["acts_ms"]))
    await member.caught_up()
    assert (await maker.get(f"/v1/proposals/{proposal}")).json()["status"] == "ENACTED"


async def leavers(member: Running) -> list[str]:
    found: list[str] = (await (await member.as_account("maker")).get("/v1/today")).json()["key_leavers"]
    return found


async def has_key(member: Running, commitment: str) -> None:
    """Wait until the letter has come."""
    for _ in range(6000):
        if member.gateway.fingerprints.holds(2, commitment):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the key does not come")


async def refused_to_vote(member: Running, proposal: str) -> str:
    maker = await member.as_account("maker")
    return code(await maker.act("ballot.cast", await ballot(member, proposal), key="vote-without"))


@pytest.mark.slow
@in_loop
async def test_a_leaver_is_followed_by_a_new_key_and_no_paper_of_before_is_promised_again(
    tmp_path: Path,
) -> None:
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(alliance(tmp_path, MEMBERS))
        issuer, other, bank_a, leaver = [
            await stack.enter_async_context(there.gateway(name)) for name in ACTING
        ]
        voucher = await issued(there, issuer, "s1", "issue-old")
        await accepted(await bank_a.as_account("s1"), voucher)
        waiting, _ = await presented(there, "s2", "HT-waits")

        exit_of = await proposed(leaver, "EXIT", {"member": "bank-b", "reason": "sold"})
        for member in (issuer, other, bank_a):
            await votes_yes(member, exit_of)
        await acted(issuer, exit_of)
        assert await leavers(issuer) == ["bank-b"]

        commitment = await _proposed_and_voted(there, issuer, other, bank_a)
        assert await leavers(issuer) == []
        assert leaver.gateway.fingerprints.of(2) is None
        assert not leaver.gateway.fingerprints.holds(2, commitment)

        await _nothing_is_promised_again(there, issuer, waiting)


async def _proposed_and_voted(there: Alliance, issuer: Running, other: Running, bank: Running) -> str:
    """The key is made by ce-a, comes to the others sealed, and begins."""
    there.gateways.pop("ce-b")  # letters do not reach it
    maker = await issuer.as_account("maker")
    made = (await maker.post("/v1/fingerprint-keys")).json()
    assert made["epoch"] == 2
    unknown = {"epoch": 2, "commitment": "6c" * 32, "reason": "bank-b has left"}
    args = {"kind": "FINGERPRINT_KEY", "words_zh": "提案", "words_en": "A proposal", "data": {"kind": "FINGERPRINT_KEY", **unknown}}  # fmt: skip
    assert code(await maker.act("proposal.open", args, key="open-unknown")) == "GATEWAY_PROPOSED_KEY_MISSING"
    proposal = await proposed(issuer, "FINGERPRINT_KEY", {**made, "reason": "bank-b has left"})
    commitment = str(made["commitment"])
    await has_key(bank, commitment)
    assert await refused_to_vote(other, proposal) == "GATEWAY_PROPOSED_KEY_MISSING"
    there.gateways["ce-b"] = other
    await has_key(other, commitment)
    for member in (issuer, other, bank):
        await votes_yes(member, proposal)
    assert bank.gateway.fingerprints.of(2) is None
    await acted(issuer, proposal)
    for member in (other, bank):
        await member.caught_up()
        assert [key.epoch for key in await member.gateway.naming.named()] == [1, 2]
    assert sorted(path.name for path in Folder(there.root / "ce-b").keys.glob("*fingerprint*")) == [
        "fingerprint-1.key",
        "fingerprint-2.key",
    ]
    return commitment


async def _nothing_is_promised_again(there: Alliance, issuer: Running, waiting: str) -> None:
    """The paper of the voucher is refused to another issuer under its new names, too; one of before is confirmed after."""
    owner = await there.gateways["bank-a"].as_account("s1")
    paper = {"kind": "INVOICE", "number": "s1 issue-old", "seller": there.clients["s1"].uscc}
    paper |= {"date": "2026-03-10", "currency": "CNY"}
    args: dict[str, Any] = {
        "reference": {"keyed": "again"},
        "issuer": "ce-b",
        "presenter": {"sponsor": "bank-a", "uscc": there.clients["s1"].uscc},
        "kind": "INVOICE",
        "amount": 1,
        "due_day": "2026-12-31",
        "epoch": {"newest": "epoch"},
        "invoices": [{"paper": {**paper, "total": 100_000_000}}],
    }
    sealed = {"fingerprint": {"fingerprint_of": {**paper, "total": 100_000_000}}, **paper, "total": 100_000_000, "document": ""}  # fmt: skip
    papers = {"papers": {"relation": "HT-1", "purpose": "brackets", "papers": [sealed]}}
    end = await owner.acts("payable.present", args, key="present-again", sealed=papers)
    assert (end["state"], end["code"]) == ("refused", "INVOICE_ALREADY_USED")

    await approved(issuer, "payable.confirm", {"payable": waiting, "amount": 100_000_000}, "confirm-waits")
    again, name = await presented(there, "s2", "HT_waits")  # the same paper, written otherwise
    await issuer.caught_up()
    fields = PaperFields("INVOICE", "s2 HT-waits", there.clients["s2"].uscc, "2026-03-10", "CNY", 100_000_000)
    assert name != fingerprint(OLD_KEY.key, fields)
    await approved(issuer, "payable.confirm", {"payable": again, "amount": 100_000_000}, "confirm-again")
    maker = await issuer.as_account("maker")
    rows = (await maker.get("/v1/payable_invoices", params={"payable": again})).json()["rows"]
    assert rows[0]["record"] == fingerprint(OLD_KEY.key, fields)


@in_loop
async def test_a_made_key_is_there_after_a_restart_and_others_take_it_once_it_is_proposed(
    tmp_path: Path,
) -> None:
    async with alliance(tmp_path, ["ce-a", "bank-a", "supervisor"]) as there:
        async with there.gateway("ce-a") as issuer:
            made = (await (await issuer.as_account("maker")).post("/v1/fingerprint-keys")).json()
        async with there.gateway("ce-a") as issuer:
            key = issuer.gateway.fingerprints.proposed(made["commitment"])
            assert key is not None
            assert key.key.hex() not in repr(issuer.gateway.fingerprints)
            async with there.gateway("bank-a") as bank:
                for sent, wanted in (
                    (SentFingerprintKey(2, key.key), "GATEWAY_NOT_FOUND"),
                    (SentFingerprintKey(2, OLD_KEY.key), "GATEWAY_LETTER_NOT_VALID"),
                    (SentFingerprintKey(3, key.key), "GATEWAY_LETTER_NOT_VALID"),
                ):
                    with pytest.raises(Problem) as caught:
                        await bank.gateway.hand_over.take("ce-a", sent)
                    assert caught.value.code == wanted
                assert bank.gateway.fingerprints.proposed(made["commitment"]) is None
