"""An account of record by forms: a client states it, a bank tests it, and the bank that pays sees since when it is of record."""

from pathlib import Path

import pytest

from tallychain.console.tests.browsing import Browser, Scene, projected, scene
from tallychain.console.tests.test_disputes import by_two, filled, told
from tallychain.console.tests.test_settling import act, moved
from tallychain.gateway.tests.alliance import in_loop

PAGE = "/bankaccounts"
NUMBER = "1001234567890123456"
DETAILS = {
    "sealed.account.bank": "示例银行上海分行",
    "sealed.account.bank_code": "102290000000",
    "sealed.account.account": NUMBER,
}


async def by_form(client: Browser, kind: str, given: dict[str, str]) -> None:
    """An act that a client signs alone."""
    form = f"/acts/{kind}"
    await client.done(await client.send(f"{form}/sign", given, of=form))


def typed(given: dict[str, str]) -> dict[str, str]:
    """What an address fills in, as the form has it."""
    return {name.removeprefix("args.") if ".sealed." in name else name: text for name, text in given.items()}


async def by_the_bank(it: Scene, s1: Browser, maker: Browser, checker: Browser) -> None:
    """An account of s1, with whom every step is offered to whoever it waits for."""
    (given,) = await filled(s1, "account.set", PAGE)
    await by_form(s1, "account.set", {**typed(given), "args.bank": "bank-b", **DETAILS})
    assert NUMBER in await told(maker, PAGE)
    (given,) = await filled(maker, "account.send", "/today")
    await by_two(maker, checker, "account.send", given)
    rows = await maker.running.read_model.list("client_account_codes", {}, ("member",), "", 10)
    code = str(rows.rows[0]["code"])
    assert code in await told(maker, PAGE)
    assert code not in await told(await it.visitor("bank-a", "maker"), PAGE)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for said, shown in ((wrong, "回填的验证码不符"), (code, "已相符回填")):
        (given,) = await filled(s1, "account.return", PAGE)
        await by_form(s1, "account.return", {**given, "sealed.code.code": said})
        assert shown in await told(maker, PAGE)
        if said == wrong:
            (given,) = await filled(maker, "account.refuse", PAGE)
            assert given["args.wrong_code"] == "true"
            await by_two(maker, checker, "account.refuse", {**given, "sealed.reason.reason": "验证码不符"})
    (given,) = await filled(maker, "account.confirm", PAGE)
    await by_two(maker, checker, "account.confirm", given)


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_an_account_is_stated_tested_and_named_and_a_change_is_stopped_by_forms(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        maker, checker = await it.visitor("bank-b", "maker"), await it.visitor("bank-b", "checker")
        bank, second = await it.visitor("settle-a", "maker"), await it.visitor("settle-a", "checker")
        await by_the_bank(it, s1, maker, checker)
        assert len(await filled(s1, "account.stop", PAGE)) == 1
        (row,) = (await maker.running.read_model.list("client_accounts", {}, (), "", 10)).rows
        await s1.running.gateway.engine.advance(row["status_until"])
        (given,) = await filled(s1, "account.change", PAGE)
        change = {**typed(given), "args.bank": "bank-b", **DETAILS, "sealed.account.account": "6222"}
        await by_form(s1, "account.change", change)
        (given,) = await filled(s1, "account.stop", PAGE)
        await by_form(s1, "account.stop", given)
        assert NUMBER not in await told(bank, PAGE)

        await moved(it, s1, number, "blackout")
        await s1.running.gateway.payees.name_due()
        (newest,) = await s1.running.gateway.outbox.newest("member", 1)
        await (await s1.running.as_account("robot")).done(newest.id)
        await moved(it, s1, number, "maturity")
        await projected(bank.running)
        paid = {
            "voucher": number,
            "amount": "1,000,000.00",
            "received_ms": "2026-09-14 00:00",
            "reference": "R-1",
            "document": "d0" * 32,
        }
        await act(bank, second, "settlement.attest", paid)
        shown = await told(bank, "/settlement")
        assert NUMBER in shown
        assert "备案账户，" in shown
