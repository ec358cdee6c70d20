"""A debtor's gateway opens the papers behind a payable and computes them again before anybody signs that it owes."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tallychain.contracts.documents.contents import PapersContent
from tallychain.contracts.documents.declared import PAPERS_EXAMPLE, PRESENTER
from tallychain.contracts.documents.operations import Present
from tallychain.gateway.papers import check_papers
from tallychain.gateway.problems import Problem
from tallychain.gateway.tests.alliance import Alliance, Running, alliance, code, in_loop
from tallychain.gateway.tests.test_story import presented
from tallychain.sdk.fingerprint import EpochKey, PaperFields, invoice

KEYS = tuple(EpochKey(epoch, bytes([epoch]) * 32) for epoch in (1, 2, 3))
PAPER = PAPERS_EXAMPLE.papers[0]


def honest(keys: tuple[EpochKey, ...] = KEYS) -> tuple[Present, PapersContent]:
    fields = PaperFields("INVOICE", PAPER.number, PAPER.seller, PAPER.date, PAPER.currency, PAPER.total)
    named = invoice(keys, fields)
    args = Present(
        reference="7b" * 16,
        issuer="ce-a",
        presenter=PRESENTER,
        kind="INVOICE",
        amount=PAPER.total,
        due_day="2026-12-31",
        epoch=keys[-1].epoch,
        invoices=(named,),
    )
    paper = msgspec.structs.replace(PAPER, fingerprint=named.fingerprint)
    return args, PapersContent(relation="HT-1", purpose="", papers=(paper,))


def refusal(args: Present, content: PapersContent, keys: tuple[EpochKey, ...] = KEYS) -> str:
    with pytest.raises(Problem) as caught:
        check_papers(args, content, keys)
    assert caught.value.sentence() != caught.value.sentence("zh")
    return caught.value.code


def test_honest_papers_pass_under_the_key_of_their_epoch_though_there_is_a_newer_one() -> None:
    check_papers(*honest(KEYS[:2]), KEYS)
    check_papers(*honest(), KEYS)


def test_whatever_differs_between_papers_and_names_is_refused() -> None:
    args, content = honest()
    replace = msgspec.structs.replace
    named, paper = args.invoices[0], content.papers[0]
    lies = {
        "another number": (args, replace(content, papers=(replace(paper, number="26312000000000000019"),))),
        "another total": (args, replace(content, papers=(replace(paper, total=paper.total - 1),))),
        "a paper too few": (args, replace(content, papers=())),
        "another name inside": (args, replace(content, papers=(replace(paper, fingerprint="00" * 32),))),
        "an unreadable number": (args, replace(content, papers=(replace(paper, number="№"),))),
        "hidden earlier names": (replace(args, invoices=(replace(named, earlier=()),)), content),
        "hidden likenesses": (replace(args, invoices=(replace(named, near=("00" * 8,)),)), content),
    }
    assert {name: refusal(*lie) for name, lie in lies.items()} == dict.fromkeys(lies, "GATEWAY_PAPERS_DIFFER")


def test_papers_under_a_key_that_is_not_here_are_not_judged() -> None:
    assert refusal(*honest(), KEYS[:2]) == "GATEWAY_FINGERPRINT_KEY_MISSING"
    assert refusal(*honest(), ()) == "GATEWAY_FINGERPRINT_KEY_MISSING"


async def confirming(issuer: Running, payable: str, key: str = "confirm-1") -> Any:
    maker = await issuer.as_account("maker")
    return await maker.act("payable.confirm", {"payable": payable, "amount": 100_000_000}, key=key)


async def two(stack: AsyncExitStack, there: Alliance) -> tuple[Running, Running]:
    first = await stack.enter_async_context(there.gateway("ce-a"))
    return first, await stack.enter_async_context(there.gateway("bank-a"))


@in_loop
async def test_a_draft_shows_who_presents_and_the_papers_that_were_computed_again(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(alliance(tmp_path))
        issuer, _ = await two(stack, there)
        payable, fingerprint = await presented(there, "s1", "HT-1")
        await issuer.caught_up()
        begun = await confirming(issuer, payable)
        assert begun.status_code == 202, begun.text
        checker = await issuer.as_account("checker")
        draft = (await checker.get(f"/v1/drafts/{begun.json()['draft']}")).json()
        papers = msgspec.json.decode(draft["rests_on"]["payable.present papers"])
        assert papers["papers"][0]["fingerprint"] == fingerprint
        assert papers["relation"] == "HT-1"
        for words in (draft["words_en"], draft["words_zh"]):
            assert "s1 HT-1" in words
            assert there.clients["s1"].uscc in words


async def _not_looking(_: object) -> None:
    pass


@in_loop
async def test_a_lying_presenter_is_refused_by_its_sponsor_and_before_maker_or_checker_signs(
    tmp_path: Path,
) -> None:
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(alliance(tmp_path))
        issuer, bank = await two(stack, there)
        honestly, _ = await presented(there, "s1", "HT-1")
        maker = await bank.as_account("s1")
        args = {
            "reference": {"keyed": "HT-2"},
            "issuer": "ce-a",
            "presenter": {"sponsor": "bank-a", "uscc": there.clients["s1"].uscc},
            "kind": "INVOICE",
            "amount": 100_000_000,
            "due_day": "2026-12-31",
            "epoch": 1,
            "invoices": [{"fingerprint": "f1" * 32, "earlier": [], "total": 100_000_000, "near": ["a1" * 8]}],
        }
        sealed = {"papers": {"relation": "HT-2", "purpose": "", "papers": []}}
        refused = await maker.act("payable.present", args, key="present-1", sealed=sealed)
        assert code(refused) == "GATEWAY_PAPERS_DIFFER"
        assert bank.gateway.outbox.open == 0
        # A sponsor that does not look.
        carrying: Any = bank.gateway.submissions._carrying
        carrying._check_papers = _not_looking
        lied = await maker.acts("payable.present", args, key="present-2", sealed=sealed)
        assert lied["state"] == "done", lied
        await issuer.caught_up()

        assert code(await confirming(issuer, lied["operation"])) == "GATEWAY_PAPERS_DIFFER"
        begun = await confirming(issuer, honestly, "confirm-2")
        # The checker's own look: between the two signatures the alliance's key here was changed.
        issuer.gateway.fingerprints._keys = (EpochKey(1, b"x" * 32),)
        checker = await issuer.as_account("checker")
        decided = await checker.post(
            f"/v1/drafts/{begun.json()['draft']}/approve", {"unlock": {"passphrase": "demo"}}
        )
        assert code(decided) == "GATEWAY_PAPERS_DIFFER"
        row = (await maker.get(f"/v1/payables/{honestly}")).json()
        assert row["status"] == "PRESENTED"


@in_loop
async def test_nothing_is_confirmed_while_the_presenters_certificate_has_not_come(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(alliance(tmp_path))
        issuer = await stack.enter_async_context(there.gateway("ce-a", card_wait_ms=1))
        await stack.enter_async_context(there.gateway("bank-a"))
        there.lost = 1_000
        payable, _ = await presented(there, "s1", "HT-1")
        await issuer.caught_up()
        assert code(await confirming(issuer, payable)) == "GATEWAY_IDENTITY_NOT_PROVEN"
