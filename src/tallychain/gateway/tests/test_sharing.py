"""Papers behind a payable on request: for whom the ledger names and nobody else, checked against the ledger, and kept in mind on both sides."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tallychain.gateway.arrivals import shelf
from tallychain.gateway.letters import PapersAnswer, PapersRequest, SentDocument
from tallychain.gateway.paperslog import NO_CONSENT
from tallychain.gateway.problems import Problem
from tallychain.gateway.sharing import NOT_ENTITLED, NOT_OURS
from tallychain.gateway.tests.alliance import Alliance, Running, alliance, code, in_loop
from tallychain.gateway.tests.test_papers_behind import DIGEST, PDF, states, store, until, until_here
from tallychain.gateway.tests.test_quoting import asked
from tallychain.gateway.tests.test_story import PROMISE, approved, issue_args, presented

FACE = 100_000_000


async def issued_on_papers(there: Alliance, issuer: Running) -> tuple[str, dict[str, Any]]:
    """s1 presents a payable with a file, ce-a confirms and issues on it; payable and voucher."""
    payable, invoice = await presented(there, "s1", "HT-1", document=DIGEST)
    await issuer.caught_up()
    await approved(issuer, "payable.confirm", {"payable": payable, "amount": FACE}, "confirm-0001")
    args = {
        **issue_args(there, "s1"),
        "receiver": {"payable": payable},
        "payable": payable,
        "invoices": [{"fingerprint": invoice, "amount": FACE}],
    }
    end = await approved(issuer, "voucher.issue", args, "issue-0001", {"trade": PROMISE})
    maker = await issuer.as_account("maker")
    voucher = (await maker.get(f"/v1/vouchers/{end['receipt']['events'][0]['voucher']}")).json()
    return payable, voucher


async def ask(member: Running, payable: str, financing: str = "") -> tuple[str, str]:
    """Ask, and wait for what comes of it: state and reason."""
    maker = await member.as_account("maker")
    made = await maker.post(f"/v1/payable-papers/{payable}/ask", {"financing": financing})
    assert made.status_code == 202, made.text
    found: list[dict[str, Any]] = []

    async def answered() -> bool:
        rows = (await maker.get(f"/v1/payable-papers/{payable}/requests")).json()
        found[:] = [row for row in rows if row["id"] == made.json()["request"]]
        return bool(found) and found[0]["state"] != "asked"

    await until(answered)
    return found[0]["state"], found[0]["why"]


async def refuse_what_is_false(funder: Running, sponsor: Running, payable: str, financing: str) -> None:
    """What was not asked, is not what the ledger commits to, or is no paper of it, is not taken."""
    sharing = funder.gateway.filing.sharing
    request = (await sharing.log.asked(payable, None, 1))[0].id
    true = await sponsor.gateway.filing.sharing._judge(
        "bank-b", PapersRequest(payable, financing), has_consented=False
    )
    assert true.opened is not None
    for given, sender in (
        (PapersAnswer(request, "", true.opened.salt, true.opened.content + b" "), "bank-a"),
        (PapersAnswer(request, "", b"x" * 32, true.opened.content), "bank-a"),
        (PapersAnswer(request, "", b"", true.opened.content), "bank-a"),
        (PapersAnswer(request, "", true.opened.salt, true.opened.content), "ce-a"),
        (PapersAnswer("0" * 32, "no"), "bank-a"),
    ):
        with pytest.raises(Problem) as caught:
            await sharing.take(sender, given)
        assert caught.value.code == "GATEWAY_LETTER_NOT_VALID"
    right = SentDocument("", "a.pdf", "application/pdf", PDF, payable, DIGEST, financing)
    for sent, sender in (
        (msgspec.structs.replace(right, content=b"%PDF-1.7 another"), "bank-a"),
        (msgspec.structs.replace(right, digest="e" * 64), "bank-a"),
        (msgspec.structs.replace(right, financing="e" * 64), "bank-a"),
        (right, "ce-a"),
    ):
        with pytest.raises(Problem) as caught:
            await sharing.take_file(sender, sent)
        assert caught.value.code == "GATEWAY_LETTER_NOT_VALID"
    assert true.seat == "s1"


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_papers_go_to_a_funder_that_was_asked_and_again_to_the_debtor_and_to_nobody_else(
    tmp_path: Path,
) -> None:
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(alliance(tmp_path))
        issuer = await stack.enter_async_context(there.gateway("ce-a"))
        bank = await stack.enter_async_context(there.gateway("bank-a"))
        funder = await stack.enter_async_context(there.gateway("bank-b"))
        await store(bank, "s1")
        payable, voucher = await issued_on_papers(there, issuer)
        financing = await asked(there, bank, voucher)
        await funder.caught_up()
        maker = await funder.as_account("maker")
        assert code(await maker.get(f"/v1/payable-papers/{payable}")) == "GATEWAY_NOT_FOUND"
        assert code(await maker.post(f"/v1/payable-papers/{'e' * 64}/ask", {})) == "GATEWAY_NOT_FOUND"

        assert await ask(funder, payable, financing) == ("found", "")
        await until_here(maker, payable)
        assert (await maker.get(f"/v1/payable-papers/{payable}/{DIGEST}")).content == PDF
        looker = await funder.as_account("looker")
        assert code(await looker.get(f"/v1/payable-papers/{payable}")) == "GATEWAY_FORBIDDEN"
        kept = await funder.gateway.database.read(
            lambda db: db.execute("SELECT kept FROM papers_asked").fetchone()
        )
        assert b"HT-1" not in bytes(kept[0])

        # Whoever the ledger does not name gets a reason and nothing else.
        assert await ask(funder, payable) == ("refused", NOT_ENTITLED)
        assert await ask(issuer, payable, financing) == ("refused", NOT_ENTITLED)
        assert await ask(funder, payable, "e" * 64) == ("refused", NOT_ENTITLED)
        await refuse_what_is_false(funder, bank, payable, financing)

        await lost_and_sent_again(issuer, payable)

        # The presenter sees who looked; a neighbour sees nothing; a letter that comes twice is one look.
        s1, s2 = await bank.as_account("s1"), await bank.as_account("s2")
        seen = (await s1.get(f"/v1/payable-papers/{payable}/lookers")).json()
        assert sorted((row["member"], row["why"]) for row in seen) == [
            ("bank-b", ""), ("bank-b", NOT_ENTITLED), ("bank-b", NOT_ENTITLED), ("ce-a", ""), ("ce-a", NOT_ENTITLED),
        ]  # fmt: skip
        assert (await s2.get(f"/v1/payable-papers/{payable}/lookers")).json() == []
        wanted = PapersRequest(payable, financing)
        await bank.gateway.filing.sharing.answer("bank-b", seen[0]["id"], wanted)
        assert len((await s1.get(f"/v1/payable-papers/{payable}/lookers")).json()) == len(seen)

        await standing_consent(bank, wanted)
        other = await issuer.gateway.filing.sharing._judge("bank-b", wanted, has_consented=False)
        assert other.why == NOT_OURS


async def lost_and_sent_again(issuer: Running, payable: str) -> None:
    """The debtor has lost its file, and asks for it once more."""
    owes = await issuer.as_account("maker")
    await until_here(owes, payable)
    await issuer.gateway.documents.remove(shelf(payable), DIGEST)
    assert await states(owes, payable) == ["missing"]
    assert await ask(issuer, payable) == ("found", "")
    await until_here(owes, payable)


async def standing_consent(bank: Running, wanted: PapersRequest) -> None:
    """Where another seat than the seller's has presented, its standing consent decides."""
    sharing = bank.gateway.filing.sharing
    s2 = await bank.as_account("s2")
    assert (await s2.get("/v1/papers-consent")).json() == {"standing": False}
    assert await sharing._why_not("bank-b", wanted, "s2") == NO_CONSENT
    assert (await s2.post("/v1/papers-consent", {"standing": True})).json() == {"standing": True}
    assert await sharing._why_not("bank-b", wanted, "s2") == ""
    assert await sharing._why_not("factor-a", wanted, "s2") == NOT_ENTITLED
    await s2.post("/v1/papers-consent", {"standing": False})
    assert await sharing._why_not("bank-b", wanted, "s2") == NO_CONSENT
