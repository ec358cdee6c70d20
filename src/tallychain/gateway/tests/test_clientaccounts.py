"""An account of record through gateways: stated, tested with a penny, in force, named as a payee, and shown to the bank that pays."""

from pathlib import Path
from typing import Any

import pytest

from tallychain.gateway.clientaccounts import (
    NONE_NAMED,
    NOT_PROVEN,
    OF_RECORD,
    OTHER,
    SINCE_BLACK_OUT,
    Standing,
)
from tallychain.gateway.tests.alliance import Alliance, Caller, Running, alliance, code, in_loop
from tallychain.gateway.tests.test_story import accepted, approved, issued

NUMBER = "1001234567890123456"


def stated(there: Alliance, number: str = NUMBER, client: str = "s1") -> dict[str, Any]:
    """The sealed part of a statement."""
    of = there.clients[client]
    return {
        "name": of.name,
        "uscc": of.uscc,
        "bank": "示例银行上海分行",
        "bank_code": "102290000000",
        "account": number,
    }


async def row_of(running: Running, account: str) -> dict[str, Any]:
    await running.caught_up()
    maker = await running.as_account("maker")
    found: dict[str, Any] = (await maker.get(f"/v1/client_accounts/{account}")).json()
    return found


async def setting(there: Alliance, sponsor: Running, key: str, **more: Any) -> dict[str, Any]:
    """State an account of s1, which bank-b is to test; the end of it."""
    s1 = await sponsor.as_account("s1")
    args = {"holder": {"sponsor": "bank-a", "uscc": there.clients["s1"].uscc}, "bank": "bank-b"}
    return await s1.acts("account.set", args, key=key, sealed={"account": stated(there, **more)})


async def returned(sponsor: Running, tester: Running, named: dict[str, str], said: str, key: str) -> None:
    """Say a code as s1."""
    s1 = await sponsor.as_account("s1")
    end = await s1.acts("account.return", named, key=key, sealed={"code": {"code": said}})
    assert end["state"] == "done", end
    await tester.caught_up()


async def sent(
    there: Alliance, sponsor: Running, tester: Running, account: str
) -> tuple[dict[str, str], str]:
    """The bank sends the penny; what names the account, and the code that its clerk writes into the payment."""
    row = await row_of(tester, account)
    named = {"tag": row["tag"], "account": account}
    await approved(tester, "account.send", named, f"send-{account[:8]}")
    maker = await tester.as_account("maker")
    (drawn,) = (await maker.get("/v1/client_account_codes", params={"account": account})).json()["rows"]
    await sponsor.caught_up()
    for caller in (await sponsor.as_account("maker"), await sponsor.as_account("s1")):
        assert (await caller.get("/v1/client_account_codes")).json()["rows"] == []
    return named, drawn["code"]


async def in_force(there: Alliance, sponsor: Running, tester: Running, **more: Any) -> str:
    """An account that bank-b has tested and nobody has stopped."""
    account: str = (await setting(there, sponsor, "set-0001", **more))["operation"]
    named, drawn = await sent(there, sponsor, tester, account)
    await returned(sponsor, tester, named, drawn, f"return-{account[:8]}")
    await approved(tester, "account.confirm", named, f"confirm-{account[:8]}")
    await sponsor.gateway.engine.advance((await row_of(sponsor, account))["status_until"])
    assert (await row_of(sponsor, account))["status"] == "IN_FORCE"
    return account


@pytest.mark.slow
@pytest.mark.attack(37)
@in_loop
async def test_a_bank_confirms_no_account_whose_code_did_not_come_back_or_that_is_in_another_name(
    tmp_path: Path,
) -> None:
    async with (
        alliance(tmp_path) as there,
        there.gateway("bank-a") as sponsor,
        there.gateway("bank-b") as tester,
    ):
        s1 = await sponsor.as_account("s1")
        args = {"holder": {"sponsor": "bank-a", "uscc": there.clients["s1"].uscc}, "bank": "bank-b"}
        other = {"account": stated(there, client="s2")}
        assert code(await s1.act("account.set", args, key="foreign-1", sealed=other)) == (
            "GATEWAY_ACCOUNT_NOT_OWN"
        )
        end = await setting(there, sponsor, "set-0001")
        assert end["state"] == "done", end
        named, drawn = await sent(there, sponsor, tester, end["operation"])
        wrong = f"{(int(drawn) + 1) % 1_000_000:06d}"
        await returned(sponsor, tester, named, wrong, "return-0001")
        maker = await tester.as_account("maker")

        refused = await maker.act("account.confirm", named, key="confirm-0001")

        assert code(refused) == "GATEWAY_CODE_DIFFERS"
        why = {"reason": {"reason": "验证码不符"}}
        await approved(tester, "account.refuse", {**named, "wrong_code": True}, "refuse-0001", why)
        await returned(sponsor, tester, named, drawn, "return-0002")
        await approved(tester, "account.confirm", named, "confirm-0002")
        assert (await row_of(tester, end["operation"]))["status"] == "TESTED"


async def other_payees(
    there: Alliance, robot: Caller, bank: Running, holding: dict[str, Any], account: str
) -> None:
    """Another account is named for a holding: not by mistake, on purpose, and as if it were the one of record."""
    other = stated(there, "2")
    refused = await robot.act("settlement.payee", holding, key="payee-0002", sealed={"payee": other})
    assert code(refused) == "GATEWAY_NOT_ACCOUNT_OF_RECORD"
    said = ({"record": OTHER}, {"record": account, "opening": "00" * 32})
    kinds = []
    for number, more in enumerate(said, 3):
        payee = {"payee": {**other, **more}}
        end = await robot.acts("settlement.payee", holding, key=f"payee-000{number}", sealed=payee)
        assert end["state"] == "done", end
        await bank.caught_up()
        kinds.append((await bank.gateway.client_accounts.standing_of(end["operation"], 0)).kind)
    assert kinds == [OTHER, NOT_PROVEN]


@pytest.mark.slow
@in_loop
async def test_the_account_of_record_is_named_by_itself_and_the_bank_that_pays_sees_since_when_it_is(
    tmp_path: Path,
) -> None:
    async with (
        alliance(tmp_path) as there,
        there.gateway("ce-a") as issuer,
        there.gateway("bank-a") as sponsor,
        there.gateway("bank-b") as tester,
        there.gateway("settle-a") as bank,
    ):
        voucher = await issued(there, issuer, "s1")
        number, blackout = voucher["voucher"], int(voucher["blackout"])
        s1 = await sponsor.as_account("s1")
        await accepted(s1, voucher)
        account = await in_force(there, sponsor, tester)
        await sponsor.gateway.engine.advance(blackout + 1)
        await sponsor.caught_up()
        await sponsor.gateway.payees.name_due()
        (newest,) = await sponsor.gateway.outbox.newest("member", 1)
        robot = await sponsor.as_account("robot")
        assert (newest.type, (await robot.done(newest.id))["state"]) == ("settlement.payee", "done")
        await bank.caught_up()
        (payee,) = (await (await bank.as_account("maker")).get("/v1/payees")).json()["rows"]
        assert (payee["account"], payee["record"]) == (NUMBER, account)

        row = await row_of(bank, account)
        seen = await bank.gateway.client_accounts.standing_of(newest.id, blackout)

        assert seen == Standing(OF_RECORD, row["tested_at"], row["in_force_at"])
        early = await bank.gateway.client_accounts.standing_of(newest.id, int(row["in_force_at"]) - 1)
        assert early.kind == SINCE_BLACK_OUT
        late = await s1.act(
            "account.change",
            {"tag": row["tag"], "account": account, "bank": "bank-b"},
            key="change-0001",
            sealed={"account": stated(there, "2")},
        )
        assert code(late) == "GATEWAY_ACCOUNT_BLACK_OUT"
        await other_payees(there, robot, bank, {"voucher": number, "holding": 1}, account)
        (last,) = await sponsor.gateway.outbox.newest("member", 1)
        assert (await tester.gateway.client_accounts.standing_of(last.id, 0)).kind == NONE_NAMED
