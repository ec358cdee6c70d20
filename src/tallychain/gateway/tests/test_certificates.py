"""Certificates of a gateway: each seat gets the names that it can open, and whoever has the file needs no ledger."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tallychain.gateway.tests.alliance import Caller, alliance, code, in_loop
from tallychain.gateway.tests.test_story import PROMISE, accepted, approved, backed, issued
from tallychain.sdk.evidence import (
    ACTS,
    ALLOCATIONS,
    GUARANTEES,
    OF_A_TAG,
    OF_AN_INVOICE,
    bundled,
    operations_of,
)
from tallychain.sdk.verify import verify_file
from tallychain.sdk.verify.pdf import read, squeezed
from tests.guarantees import GUARANTORS, NAME
from tests.payments import TERMS


@pytest.mark.databases
@in_loop
async def test_every_seat_gets_certificates_with_the_names_that_it_can_open(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(alliance(tmp_path))
        issuer, bank_a, bank_b = [
            await stack.enter_async_context(there.gateway(name)) for name in ("ce-a", "bank-a", "bank-b")
        ]
        voucher = await issued(there, issuer, "s1")
        s1 = await bank_a.as_account("s1")
        await accepted(s1, voucher)
        for running in (issuer, bank_a, bank_b):
            await running.caught_up()
        number, s1_name = voucher["voucher"], there.clients["s1"].uscc
        holding = f"{number}:1-100000000:1"
        genesis = bank_a.gateway.facts.genesis
        presented = (await s1.get("/v1/payables")).json()["rows"][0]["payable"]
        pages: dict[tuple[str, int], str] = {}
        for who, kind, subject, wanted in (
            (s1, "holding", holding, s1_name),
            (await issuer.as_account("maker"), "voucher", number, s1_name),
            (await bank_b.as_account("maker"), "voucher", number, ""),
            (s1, "payable", presented, s1_name),
        ):
            answer = await in_the_end(who, f"/v1/certificates/{kind}/{subject}", wanted)
            assert answer.status_code == 200, answer.text
            assert answer.headers["content-type"] == "application/pdf"
            report = verify_file(answer.content, genesis_digest=genesis)
            assert report.failure is None, report.failure
            pages[kind, len(pages)] = read(answer.content).text
        held, by_issuer, by_stranger, payable = pages.values()
        assert s1_name in held
        assert "CNY1,000,000.00(人民币壹佰万元整)" in held
        assert s1_name in by_issuer
        assert "HT-2026-0316" in by_issuer
        assert s1_name not in by_stranger
        assert "notdisclosed" in by_stranger
        assert "HT-2026-0316" not in by_stranger
        assert s1_name in payable
        assert "CNY1,000,000.00" in payable
        await demand_evidence(s1, holding, genesis)
        for kind, subject, reason in (
            ("settlement", number, "GATEWAY_CERTIFICATE_NOT_POSSIBLE"),
            ("default", number, "GATEWAY_CERTIFICATE_NOT_POSSIBLE"),
            ("voucher", "EVTEST20260316000000000999", "GATEWAY_NOT_FOUND"),
            ("holding", f"{number}:1-99:7", "GATEWAY_NOT_FOUND"),
            ("secret", number, "GATEWAY_NOT_FOUND"),
        ):
            assert code(await in_the_end(s1, f"/v1/certificates/{kind}/{subject}")) == reason


@pytest.mark.slow
@in_loop
async def test_a_certificate_names_who_stands_for_the_issuer_and_holds_without_the_ledger(
    tmp_path: Path,
) -> None:
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(alliance(tmp_path, joining=GUARANTORS))
        issuer, bank_a, guarantor = [
            await stack.enter_async_context(there.gateway(name)) for name in ("ce-a", "bank-a", NAME)
        ]
        giving = {
            "issuer": "ce-a",
            "limit": 200_000_000,
            "until": "2026-12-31",
            "pay_days": 10,
            "terms": TERMS,
        }
        await approved(guarantor, "guarantee.give", giving, "give-0001")
        args = {**await backed(there, issuer, "s1"), "guarantor": NAME}
        end = await approved(issuer, "voucher.issue", args, "issue-0001", {"trade": PROMISE})
        number = end["receipt"]["events"][0]["voucher"]
        await bank_a.caught_up()
        s1 = await bank_a.as_account("s1")
        voucher = (await s1.get(f"/v1/vouchers/{number}")).json()
        await accepted(s1, voucher)
        await bank_a.caught_up()
        for kind, subject in (("voucher", number), ("holding", f"{number}:1-100000000:1")):
            made = (await in_the_end(s1, f"/v1/certificates/{kind}/{subject}")).content
            report = verify_file(made, genesis_digest=bank_a.gateway.facts.genesis)
            assert report.failure is None, (kind, report.failure)
            said = read(made).text
            assert "担保机构" + "Guarantor" + squeezed(there.members[NAME].name) in said, said
            assert "担保余额" + "Theguarantorstandsfor" + "CNY1,000,000.00" in said
            assert "担保中" in said


async def in_the_end(caller: Caller, path: str, wanted: str = "", **params: str) -> httpx.Response:
    """The answer once the headers that prove it stand, and the letter with the certificate behind a wanted name has come."""
    answer = await caller.get(path, params=params)
    for _ in range(600):
        named = not wanted or (answer.status_code == 200 and wanted in read(answer.content).text)
        if named and answer.status_code != 503:
            break
        await asyncio.sleep(0.1)
        answer = await caller.get(path, params=params)
    return answer


class Asking:
    """Rows for `operations_of`, asked for beforehand."""

    def __init__(self, rows: dict[str, list[Any]]) -> None:
        self._rows = rows

    def row(self, view: str, key: str) -> Any:
        return next(
            item for item in self._rows[view] if key in (item.get(f"{view[:-1]}"), item.get("voucher"))
        )

    def rows(self, view: str, **filters: str) -> Iterator[Any]:
        return iter(
            item
            for item in self._rows[view]
            if all(item.get(name) == value for name, value in filters.items())
        )


async def demand_evidence(caller: Caller, holding: str, genesis: str) -> None:
    """Everything that led to a holding verifies in one file, and each change of it is refused."""
    views = ("holdings", "vouchers", "payables", ACTS, ALLOCATIONS, OF_A_TAG, GUARANTEES, *OF_AN_INVOICE)
    found = {view: (await caller.get(f"/v1/{view}")).json()["rows"] for view in views}
    voucher, operations = operations_of(Asking(found), holding)
    answers = [await in_the_end(caller, f"/v1/proofs/{name}", cites=voucher) for name in operations]
    proofs = [answer.content for answer in answers if answer.status_code == 200]
    sheet = (await in_the_end(caller, f"/v1/certificates/holding/{holding}")).content
    made = bundled(voucher, holding, proofs, {"holding.pdf": sheet})
    assert made == bundled(voucher, holding, reversed(proofs), {"holding.pdf": sheet})
    report = verify_file(made, genesis_digest=genesis)
    assert report.failure is None, report.failure
    said = " ".join(report.statements)
    for kind in ("payable.present", "payable.confirm", "voucher.issue", "voucher.accept"):
        assert f"({kind}, " in said
    assert "policy TERM" in said
    assert "calendar of 2026" in said
    for changed, expected in (
        (bundled(voucher, holding.replace(":1-", ":2-"), proofs, {"a.pdf": sheet + b"x"}), "MALFORMED"),
        (made[:-30], "MALFORMED"),
    ):
        failure = verify_file(changed).failure
        assert failure is not None
        assert failure.code == expected
