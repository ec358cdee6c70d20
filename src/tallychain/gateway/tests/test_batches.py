"""A table becomes operations: judged row by row, signed by one person, released by another, and no row is done twice."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tallychain.gateway.tests.alliance import PASSPHRASE, Alliance, Caller, Running, alliance, code, in_loop
from tallychain.gateway.tests.test_story import accepted, approved, backed, issued
from tallychain.integrations.batchtables import ISSUES, OFFERS, Table, template

UNLOCK = {"passphrase": PASSPHRASE}


def issue_row(payable: str, reference: str, amount: str = "600000.00", **more: str) -> dict[str, str]:
    return {
        "reference": reference,
        "payable": payable,
        "amount": amount,
        "maturity": "2026-09-14",
        "settlement_bank": "settle-a",
        "contract": "0012-HT",
        "invoices": "00012345, 00012346",
        "purpose": "支架",
        "promise": "我方承诺到期付款。",
        "term_reason": "",
        **more,
    }


def file(table: Table, rows: Sequence[Mapping[str, str]]) -> bytes:
    return template(table, rows, "zh", as_xlsx=True)


async def checked(caller: Caller, kind: str, content: bytes) -> dict[str, Any]:
    answer = await caller.send("POST", f"/v1/batches/check?kind={kind}", content=content)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def body(kind: str, content: bytes, **more: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": "rows.xlsx",
        "content": base64.b64encode(content).decode(),
        "digest": hashlib.sha256(content).hexdigest(),
        "unlock": UNLOCK,
        **more,
    }


async def made(caller: Caller, kind: str, content: bytes) -> dict[str, Any]:
    answer = await caller.post("/v1/batches", body(kind, content))
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def ended(caller: Caller, batch: str) -> list[dict[str, Any]]:
    """The rows of a batch once each operation has its end."""
    path = f"/v1/batches/{batch}/rows"
    for row in (await caller.get(path)).json():
        if row["operation"]:
            await caller.done(row["operation"])
    found: list[dict[str, Any]] = (await caller.get(path)).json()
    return found


async def payable_of(there: Alliance, issuer: Running, number: str, client: str = "s1") -> str:
    return str((await backed(there, issuer, client, number))["payable"])


async def tried(maker: Caller, first: str, second: str) -> None:
    """A table of which most rows cannot be: each is named, and nothing of it is kept."""
    wrong = file(
        ISSUES,
        [
            issue_row(first, "V-1"),
            issue_row(first, "V-2"),  # of 1,000,000.00 only 400,000.00 is left
            issue_row(first, "V-3", "400,000.00"),
            issue_row(second, "V-4", maturity="2029-09-14"),
            issue_row("ab" * 32, "V-5"),
            issue_row(second, "V-6", settlement_bank="bank-b"),
            issue_row(second, "V-6"),
            issue_row(second, "V-7", "1.005"),
        ],
    )
    dry = await checked(maker, "issue", wrong)
    assert [(row["line"], row["amount"], row["left"]) for row in dry["rows"]] == [
        (2, 60_000_000, 40_000_000),
        (4, 40_000_000, 0),
    ]
    assert {row["maturity"] for row in dry["rows"]} == {"2026-09-14"}
    assert dry["rows"][0]["ceiling_left"] - dry["rows"][1]["ceiling_left"] == 40_000_000
    assert [(row["line"], row["code"]) for row in dry["faults"]] == [
        (3, "PAYABLE_EXHAUSTED"), (5, "TERM_EXCEEDED"), (6, "PAYABLE_NOT_FOUND"),
        (7, "SETTLEMENT_NOT_AGREED"), (8, "DUPLICATE"), (9, "AMOUNT_UNREADABLE"),
    ]  # fmt: skip
    assert "400,000.00" in dry["faults"][0]["en"]
    assert code(await maker.post("/v1/batches", body("issue", wrong))) == "GATEWAY_BATCH_ROWS_REFUSED"
    assert (await maker.get("/v1/batches")).json() == []


async def released(ce: Running, name: str, digest: str) -> None:
    """Only another person releases, only the very file, and only once."""
    maker, checker = await ce.as_account("maker"), await ce.as_account("checker")
    path = f"/v1/batches/{name}"
    release = {"digest": digest, "unlock": UNLOCK}
    assert (await maker.post(f"{path}/release", release)).status_code == 403
    assert (
        code(await checker.post(f"{path}/release", {**release, "digest": "0" * 64}))
        == "GATEWAY_BATCH_DIFFERS"
    )
    assert code(await checker.post(f"{path}/release", {**release, "unlock": {"passphrase": "x"}})) == "GATEWAY_UNLOCK_REFUSED"  # fmt: skip
    released = await checker.post(f"{path}/release", release)
    assert (released.status_code, released.json()["batch"]["state"]) == (202, "released"), released.text
    assert [(row["line"], row["state"]) for row in await ended(checker, name)] == [(2, "done"), (3, "done"), (4, "done")]  # fmt: skip
    assert code(await checker.post(f"{path}/release", release)) == "GATEWAY_BATCH_NOTHING"
    assert code(await maker.post(f"{path}/sign", {"unlock": UNLOCK})) == "GATEWAY_BATCH_NOTHING"
    assert code(await checker.post(f"{path}/refuse", {"reason": "no"})) == "GATEWAY_BATCH_NOTHING"
    await ce.caught_up()
    vouchers = (await maker.get("/v1/vouchers")).json()["rows"]
    assert sorted(row["face"] for row in vouchers) == [1, 40_000_000, 60_000_000]


async def looked_at(it: Alliance, maker: Caller, name: str, good: bytes, payables: tuple[str, str]) -> None:
    """What came of it, as files, and to nobody else."""
    first, second = payables
    path = f"/v1/batches/{name}"
    result = await maker.get(f"{path}/result?form=csv&language=zh")
    assert result.content.decode("utf-8-sig").count("已完成") == 3
    assert (await maker.get(f"{path}/result?form=pdf")).status_code == 400
    again = await checked(maker, "issue", good)
    assert {row["code"] for row in again["faults"]} == {"PAYABLE_EXHAUSTED", "REFERENCE_USED"}
    blank = (await maker.get("/v1/batch-templates/issue?form=csv&language=en")).content.decode("utf-8-sig")
    assert blank.count(second) == 1
    assert first not in blank
    stranger = await it.gateways["bank-a"].as_account("s1")
    assert (await stranger.get(path)).status_code == 404


@pytest.mark.slow
@pytest.mark.timeout(300)
@in_loop
async def test_vouchers_are_issued_from_a_table_by_two_persons(tmp_path: Path) -> None:
    async with alliance(tmp_path) as it, it.gateway("ce-a") as ce, it.gateway("bank-a"):
        first, second = await payable_of(it, ce, "HT-1"), await payable_of(it, ce, "HT-2", "s2")
        maker = await ce.as_account("maker")
        await tried(maker, first, second)
        good = file(ISSUES, [issue_row(first, "V-1"), issue_row(first, "V-3", "400,000.00"), issue_row(second, "V-8", "0.01")])  # fmt: skip
        assert (await checked(maker, "issue", good))["total"] == 100_000_001
        assert (
            code(await maker.post("/v1/batches", body("issue", good, digest="0" * 64)))
            == "GATEWAY_BATCH_DIFFERS"
        )
        assert (
            code(await maker.post("/v1/batches", body("issue", good, unlock=None)))
            == "GATEWAY_UNLOCK_REFUSED"
        )
        batch = await made(maker, "issue", good)
        assert (batch["states"], batch["batch"]["total"]) == ({"waiting": 3}, 100_000_001)
        name, digest = batch["batch"]["id"], batch["batch"]["digest"]
        assert await made(maker, "issue", good) == batch, "the same file again is the same batch"
        assert (await maker.get("/v1/drafts")).json() == [], "rows of a batch are decided with it"
        await released(ce, name, digest)
        await looked_at(it, maker, name, good, (first, second))


@pytest.mark.slow
@pytest.mark.timeout(300)
@in_loop
async def test_a_batch_is_refused_and_rows_that_ended_without_effect_are_signed_anew(tmp_path: Path) -> None:
    async with alliance(tmp_path) as it, it.gateway("ce-a") as ce, it.gateway("bank-a"):
        payable = await payable_of(it, ce, "HT-1")
        maker, checker = await ce.as_account("maker"), await ce.as_account("checker")
        content = file(ISSUES, [issue_row(payable, "V-1"), issue_row(payable, "V-2", "400000")])
        first = await made(maker, "issue", content)
        refused = await checker.post(f"/v1/batches/{first['batch']['id']}/refuse", {"reason": "数量不符"})
        assert (refused.json()["states"], refused.json()["batch"]["reason"]) == ({"declined": 2}, "数量不符")
        second = await made(maker, "issue", content)
        assert second["batch"]["id"] != first["batch"]["id"]
        name, digest = second["batch"]["id"], second["batch"]["digest"]
        # Between signing and release somebody issues on the same payable, so one row finds too little left.
        args = {
            "reference": {"keyed": "other"}, "receiver": {"payable": payable}, "currency": "CNY", "face": 50_000_000,
            "nominal_maturity": "2026-09-14", "settlement_bank": "settle-a", "payable": payable,
            "invoices": [{"fingerprint": await fingerprint_of(ce, payable), "amount": 50_000_000}],
        }  # fmt: skip
        trade = {"promise": "p", "contract": "c", "invoices": [], "purpose": "", "amount": ""}
        other = await approved(ce, "voucher.issue", args, "issue-other", {"trade": trade})
        await checker.post(f"/v1/batches/{name}/release", {"digest": digest, "unlock": UNLOCK})
        states = [(row["state"], row["code"]) for row in await ended(checker, name)]
        assert sorted(states) == [("done", ""), ("refused", "INVOICE_OVERALLOCATED")]
        still = await maker.post(f"/v1/batches/{name}/sign", {"unlock": UNLOCK})
        assert still.json()["states"] == {"done": 1, "refused": 1}, "it still cannot be"
        voucher = other["receipt"]["events"][0]["voucher"]
        await approved(ce, "voucher.withdraw", {"voucher": voucher}, "withdraw-other")
        anew = await maker.post(f"/v1/batches/{name}/sign", {"unlock": UNLOCK})
        assert anew.json()["states"] == {"done": 1, "waiting": 1}, anew.text
        await checker.post(f"/v1/batches/{name}/release", {"digest": digest, "unlock": UNLOCK})
        assert [row["state"] for row in await ended(checker, name)] == ["done", "done"]
        assert sorted(row["attempt"] for row in await ended(checker, name)) == [1, 2]


async def fingerprint_of(member: Running, payable: str) -> str:
    await member.caught_up()
    maker = await member.as_account("maker")
    rows = (await maker.get("/v1/payable_invoices", params={"payable": payable})).json()["rows"]
    return str(rows[0]["invoice"])


@pytest.mark.slow
@pytest.mark.timeout(300)
@in_loop
async def test_a_supplier_splits_a_holding_by_a_table_one_operation_a_row(tmp_path: Path) -> None:
    async with (
        alliance(tmp_path) as it,
        it.gateway("ce-a") as ce,
        it.gateway("bank-a") as bank_a,
        it.gateway("bank-b"),
    ):
        voucher = await issued(it, ce, "s1")
        s1 = await bank_a.as_account("s1")
        await accepted(s1, voucher)
        await bank_a.caught_up()
        blank = (await s1.get("/v1/batch-templates/offer?form=csv")).content.decode("utf-8-sig")
        holding = f"{voucher['voucher']}:1-100000000:1"
        assert holding in blank
        assert (await s1.get("/v1/batch-templates/issue")).status_code == 403

        def row(reference: str, amount: str, client: str = "s4", **more: str) -> dict[str, str]:
            who = it.clients[client]
            return {"reference": reference, "holding": holding, "amount": amount, "sponsor": who.sponsor, "uscc": who.uscc,
                    "contract": "CG", "invoices": "", "purpose": "", "value_date": "", **more}  # fmt: skip

        wrong = file(OFFERS, [row("A", "700,000.00"), row("B", "300,000.01"), row("C", "1", sponsor="bank-z"), row("D", "1", holding=f"{voucher['voucher']}:2-3:9"), row("E", "300000")])  # fmt: skip
        dry = await checked(s1, "offer", wrong)
        assert [(row["line"], row["left"]) for row in dry["rows"]] == [(2, 30_000_000), (6, 0)]
        assert [(row["line"], row["code"]) for row in dry["faults"]] == [
            (3, "UNITS_NOT_FREE"), (4, "RECIPIENT_NOT_ELIGIBLE"), (5, "HOLDING_NOT_YOURS")
        ]  # fmt: skip
        good = file(OFFERS, [row("A", "700,000.00"), row("B", "200,000"), row("C", "100,000.00", "s2")])
        batch = await made(s1, "offer", good)
        assert batch["batch"]["state"] == "released"
        rows = await ended(s1, batch["batch"]["id"])
        assert [(row["state"], row["code"]) for row in rows] == [("done", "")] * 3
        assert await made(s1, "offer", good), "nothing is done twice"
        await bank_a.caught_up()
        offers = (await s1.get("/v1/offers", params={"voucher": voucher["voucher"]})).json()["rows"]
        assert sorted((row["first"], row["last"]) for row in offers) == [
            (1, 70_000_000), (70_000_001, 90_000_000), (90_000_001, 100_000_000)
        ]  # fmt: skip
