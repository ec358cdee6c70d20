"""Payables and ceilings by forms: presented with e-invoices, compared with a table, confirmed, contested, withdrawn."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest

from tallychain.console.forms import FILES_BYTES
from tallychain.console.tests.browsing import TOKEN, Browser, projected, scene
from tallychain.gateway.tests.alliance import PASSPHRASE, in_loop
from tallychain.instruments.money import format_amount
from tallychain.integrations.einvoice import read_einvoice
from tests.architecture.sources import ROOT

PAGES = ("/payables", "/payables?scope=all&status=PRESENTED", "/ceilings")
EXAMPLES = ROOT / "examples" / "chain"


def fields(number: str = "26312000000000000018", **more: str) -> dict[str, str]:
    return {
        "debtor": "ce-a",
        "kind": "INVOICE",
        "amount": "1,000,000.00",
        "due": "2026-09-14",
        "reference": f"R-{number}",
        "relation": "HT-2026-0316",
        "purpose": "支架",
        "number0": number,
        "date0": "2026-03-02",
        "total0": "1,120,000.00",
        **more,
    }


async def presented(
    supplier: Browser, debtor: Browser, number: str = "26312000000000000018", **more: str
) -> str:
    """The path of a payable that a supplier has presented."""
    answer = await supplier.send("/payables/new/sign", fields(number, **more), of="/payables/new")
    operation = (await supplier.done(answer)).rpartition("/")[2]
    await projected(debtor.running)
    return f"/payables/{operation}"


async def upload(
    visitor: Browser, path: str, field: str, name: str, content: bytes, **more: str
) -> httpx.Response:
    token = TOKEN.findall(await visitor.page(path))[0]
    data = {"form_token": token, "key": "k" * 32, **more}
    return await visitor.http.post(path, data=data, files={field: (name, content)})


@in_loop
@pytest.mark.timeout(300)
async def test_a_payable_is_presented_and_answered_by_forms(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        s1 = await it.visitor("bank-a", "s1")
        maker, checker = await it.visitor("ce-a", "maker"), await it.visitor("ce-a", "checker")
        review = await s1.send("/payables/new", {**fields(), "step": "check"})
        assert "1,120,000.00" in review.text
        first = await presented(s1, maker)
        shown = await maker.page(first)
        assert "26312000000000000018" in shown
        for where in (first, "/today"):
            assert "2026-03-31 00:00:00" in await maker.page(where)  # the end of the tenth business day
        assert "HT-2026-0316" in shown
        draft = (await maker.send(f"{first}/confirm", {})).headers["location"]
        await checker.done(await checker.send(f"{draft}/approve", {}, of=draft))
        issue = f"/issue?payable={first.rpartition('/')[2]}"
        assert issue in await maker.page(first)
        assert 'value="1,000,000.00"' in await maker.page(issue)
        await projected(s1.running)
        assert "已确权" in await s1.page("/payables")
        second = await presented(s1, maker, "26312000000000000019")
        draft = (await maker.send(f"{second}/contest", {"reason": "数量不符"})).headers["location"]
        await checker.done(await checker.send(f"{draft}/approve", {}, of=draft))
        third = await presented(s1, maker, "26312000000000000020")
        await s1.done(await s1.send(f"{third}/withdraw", {}))
        stranger = await it.visitor("bank-b", "maker")
        assert "HT-2026-0316" not in await stranger.page(first)


@in_loop
async def test_an_attached_e_invoice_fills_in_its_row_and_a_wrong_file_is_named(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        s1 = await it.visitor("bank-a", "s1")
        content = (EXAMPLES / "invoices" / "26992000000000000001.xml").read_bytes()
        answer = await upload(s1, "/payables/new", "files", "a.xml", content, step="files")
        assert 'value="26992000000000000001"' in answer.text
        assert re.search(r'name="document0" value="[0-9a-f]{64}"', answer.text)
        wrong = await upload(s1, "/payables/new", "files", "<b>.xml", b"<!DOCTYPE x []><x/>", step="files")
        assert wrong.status_code == 422
        assert "&lt;b&gt;.xml" in wrong.text
        empty = await s1.send("/payables/new", {"step": "check"})
        assert empty.status_code == 422
        await read_in_part(s1, content)
        await typed_beside(s1, content)


async def read_in_part(s1: Browser, content: bytes) -> None:
    """What can be read of a damaged invoice fills its row and the rest is named; a red letter backs nothing; other files are kept unopened."""
    total = re.search(rb"<TotalTax-includedAmount>[^<]*", content)
    assert total is not None
    damaged = content.replace(total[0], b"<TotalTax-includedAmount>much")
    answer = await upload(s1, "/payables/new", "files", "a.xml", damaged, step="files")
    assert answer.status_code == 422
    assert 'value="26992000000000000001"' in answer.text
    assert "未读取：价税合计" in answer.text
    red = content.replace(total[0], b"<TotalTax-includedAmount>-1.00")
    answer = await upload(s1, "/payables/new", "files", "a.xml", red, step="files")
    assert "红字发票" in answer.text
    assert 'name="document0" value=""' in answer.text
    opaque = await upload(s1, "/payables/new", "files", "../发票 1.pdf", b"%PDF-1.7 opaque", step="files")
    assert re.search(r'name="document0" value="[0-9a-f]{64}"', opaque.text)
    disguised = await upload(s1, "/payables/new", "files", "a.pdf", b"MZ a program", step="files")
    assert disguised.status_code == 422


async def typed_beside(s1: Browser, content: bytes) -> None:
    """Before anybody signs, a field that is not what its file says stands beside it."""
    read = (await upload(s1, "/payables/new", "files", "a.xml", content, step="files")).text
    (digest,) = re.findall(r'name="document0" value="([0-9a-f]{64})"', read)
    found = read_einvoice(content)
    typed = {
        "date0": found.issue_date.isoformat(),
        "total0": format_amount(found.total_fen),
        "seller0": found.seller.uscc,
        "document0": digest,
    }
    right = {**fields("26992000000000000001"), **typed, "step": "check"}
    assert "录入内容与文件不一致" not in (await s1.send("/payables/new", right)).text
    wrong = (await s1.send("/payables/new", {**right, "total0": "1.00"})).text
    assert "录入内容与文件不一致" in wrong
    assert format_amount(found.total_fen) in wrong


@in_loop
@pytest.mark.timeout(300)
async def test_an_attached_file_follows_its_payable_and_each_side_sees_whether_it_is_there(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        s1 = await it.visitor("bank-a", "s1")
        maker = await it.visitor("ce-a", "maker")
        content = (EXAMPLES / "invoices" / "26992000000000000001.xml").read_bytes()
        read = (await upload(s1, "/payables/new", "files", "a.xml", content, step="files")).text
        (digest,) = re.findall(r'name="document0" value="([0-9a-f]{64})"', read)
        found = read_einvoice(content)
        attached = {
            "date0": found.issue_date.isoformat(),
            "total0": format_amount(found.total_fen),
            "seller0": found.seller.uscc,
            "document0": digest,
            "amount": format_amount(found.total_fen),
        }
        first = await presented(s1, maker, "26992000000000000001", **attached)
        shown = ""
        for _ in range(2_400):
            shown = await maker.page(first)
            if "已收到" in shown:
                break
            await asyncio.sleep(0.05)
        assert "已收到，与所列一致" in shown
        link = f"{first}/papers/{digest}"
        assert link in shown
        assert (await maker.get(link)).content == content
        await projected(s1.running)
        assert link in await s1.page(first)
        looker = await it.visitor("ce-a", "looker")
        assert link not in await looker.page(first)
        assert (await looker.get(link)).status_code == 403


@in_loop
@pytest.mark.timeout(300)
async def test_a_table_is_tried_out_and_what_fits_is_confirmed(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        s1, maker = await it.visitor("bank-a", "s1"), await it.visitor("ce-a", "maker")
        path = await presented(s1, maker, amount="1,120,000.00")
        uscc = it.there.clients["s1"].uscc
        head = "BELNR,STCD5,NAME1,XBLNR,WRBTR,WAERS,NETDT,EBELN"
        good = f'51,{uscc},A,26312000000000000018,"1,120,000.00",CNY,2026-09-14,PO1'
        other = f'52,{uscc},A,26312000000000000033,"5.00",CNY,2026-09-14,PO2'
        bad = "53,X,<script>alert(1)</script>,26312000000000000034,5.00,CNY,2026-09-14,PO3"
        table = f"{head}\n{good}\n{other}\n{bad}".encode()
        shown = (await upload(maker, "/payables/upload", "table", "erp.csv", table)).text
        assert "USCC_WRONG" in shown
        assert "供应商尚未提交" in shown
        assert "<script>alert" not in shown
        (picked,) = re.findall(r'name="(pick\.[0-9a-f]{64})"', shown)
        assert path.endswith(picked.removeprefix("pick."))
        token = TOKEN.findall(shown)[0]
        form = {"form_token": token, "key": "k" * 32, "passphrase": PASSPHRASE, picked: "yes"}
        done = (await maker.http.post("/payables/upload/confirm", data=form)).text
        assert "/drafts/" in done
        nonsense = await upload(maker, "/payables/upload", "table", "x.xlsx", b"PK\x03\x04")
        assert "TABLE_NOT_XLSX" in nonsense.text
        nothing = await upload(maker, "/payables/upload", "table", "x.csv", b"")
        assert "TABLE_EMPTY" in nothing.text


@in_loop
async def test_who_may_not_gets_no_form_and_a_form_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        s1, checker = await it.visitor("bank-a", "s1", "en"), await it.visitor("ce-a", "checker", "en")
        for visitor in (s1, checker):
            assert (await visitor.get("/payables/upload")).status_code == 403
            for path in PAGES:
                assert (await visitor.get(path)).status_code == 200
        assert (await checker.get("/payables/new")).status_code == 403
        large = await upload(s1, "/payables/new", "files", "a.xml", bytes(FILES_BYTES))
        assert (large.status_code, "CONSOLE_FORM_NOT_READABLE" in large.text) == (400, True)
        broken = {"content-type": "multipart/form-data"}
        answer = await s1.http.post("/payables/new", content=b"--x", headers=broken)
        assert answer.status_code == 400


@in_loop
async def test_a_bank_grants_and_reduces_a_ceiling_by_the_forms_of_its_declaration(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        maker, checker = await it.visitor("bank-a", "maker"), await it.visitor("bank-a", "checker")
        form = "/acts/ceiling.grant"
        given = {
            "args.issuer": "ce-a",
            "args.amount": "7,654,321.00",
            "args.currency": "CNY",
            "args.valid_from": "2026-03-16",
            "args.valid_until": "2027-03-15",
        }
        wrong = await maker.send(form, {**given, "args.amount": "many"})
        assert wrong.status_code == 422
        assert "7,654,321.00" in (await maker.send(form, {**given, "step": "check"})).text
        draft = (await maker.send(f"{form}/sign", given, of=form)).headers["location"]
        await checker.done(await checker.send(f"{draft}/approve", {}, of=draft))
        shown = await maker.page("/ceilings")
        assert "7,654,321.00" in shown
        assert "/acts/ceiling.reduce?issuer=ce-a" in shown
