"""A voucher is issued, accepted, offered and taken between three gateways."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from tallychain.gateway.tests.alliance import Alliance, Caller, Running, alliance, code, in_loop

PROMISE = {
    "promise": "本公司承诺于到期日无条件支付票面金额。",
    "contract": "HT-2026-0316",
    "invoices": ["26312000000000000018"],
    "purpose": "钢制支架",
    "amount": "1,000,000.00",
}
TRADE = {"contract": "CG-1", "invoices": [], "purpose": "冷轧钢板", "amount": "300,000.00"}


def issue_args(there: Alliance, client: str, number: str = "HT-1") -> dict[str, Any]:
    receiver = {"sponsor": there.clients[client].sponsor, "uscc": there.clients[client].uscc}
    return {
        "reference": {"keyed": number},
        "receiver": receiver,
        "currency": "CNY",
        "face": 100_000_000,
        "nominal_maturity": "2026-09-14",
        "settlement_bank": "settle-a",
        "payable": "4d" * 32,
        "invoices": [{"fingerprint": "f1" * 32, "amount": 100_000_000}],
    }


async def presented(
    there: Alliance, client: str, number: str, amount: int = 100_000_000, document: str = ""
) -> tuple[str, str]:
    """A client presents a payable over one invoice to ce-a; the payable and the invoice's fingerprint."""
    sponsor = there.clients[client].sponsor
    maker, checker = there.owners.get(client, (client, ""))
    owner = await there.gateways[sponsor].as_account(maker)
    paper = {
        "kind": "INVOICE",
        "number": f"{client} {number}",
        "seller": there.clients[client].uscc,
        "date": "2026-03-10",
        "currency": "CNY",
        "total": amount,
    }
    args = {
        "reference": {"keyed": number},
        "issuer": "ce-a",
        "presenter": {"sponsor": sponsor, "uscc": there.clients[client].uscc},
        "kind": "INVOICE",
        "amount": amount,
        "due_day": "2026-12-31",
        "epoch": {"newest": "epoch"},
        "invoices": [{"paper": paper}],
    }
    sealed = {"fingerprint": {"fingerprint_of": paper}, **paper, "document": document}
    papers = {"relation": "HT-1", "purpose": "brackets", "papers": [sealed]}
    made = await owner.act("payable.present", args, key=f"present-{number}", sealed={"papers": papers})
    assert made.status_code == 202, made.text
    if checker:
        second = await there.gateways[sponsor].as_account(checker)
        made = await second.post(made.json()["link"] + "/approve", {"unlock": {"passphrase": "demo"}})
    end = await owner.done(made.json()["operation"])
    assert end["state"] == "done", end
    return end["operation"], end["receipt"]["events"][0]["invoices"][0]["fingerprint"]


async def backed(
    there: Alliance, issuer: Running, client: str, number: str = "HT-1", amount: int = 100_000_000
) -> dict[str, Any]:
    """Arguments of an issue that a confirmed payable backs, of this amount or more."""
    payable, invoice = await presented(there, client, number, amount)
    await issuer.caught_up()
    args = {"payable": payable, "amount": amount}
    await approved(issuer, "payable.confirm", args, f"confirm-{number}")
    return {
        **issue_args(there, client, number),
        "receiver": {"payable": payable},
        "payable": payable,
        "invoices": [{"fingerprint": invoice, "amount": 100_000_000}],
    }


async def approved(
    member: Running, kind: str, args: dict[str, Any], key: str, sealed: Any = None
) -> dict[str, Any]:
    """An act of maker and checker, and its end."""
    maker, checker = await member.as_account("maker"), await member.as_account("checker")
    answer = await maker.act(kind, args, key=key, sealed=sealed)
    assert answer.status_code == 202, answer.text
    draft = answer.json()["draft"]
    decided = await checker.post(f"/v1/drafts/{draft}/approve", {"unlock": {"passphrase": "demo"}})
    assert decided.status_code == 202, decided.text
    end = await maker.done(decided.json()["operation"])
    assert end["state"] == "done", end
    await member.caught_up()
    return end


async def issued(there: Alliance, issuer: Running, client: str, key: str = "issue-0001") -> dict[str, Any]:
    """Issue a voucher with maker and checker; its row."""
    args = await backed(there, issuer, client, key)
    end = await approved(issuer, "voucher.issue", args, key, {"trade": PROMISE})
    maker = await issuer.as_account("maker")
    rows = (await maker.get(f"/v1/vouchers/{end['receipt']['events'][0]['voucher']}")).json()
    found: dict[str, Any] = rows
    return found


async def accepted(owner: Caller, voucher: dict[str, Any]) -> None:
    """Accept a voucher as its receiver."""
    args = {"voucher": voucher["voucher"], "consent": voucher["promise"]}
    end = await owner.acts("voucher.accept", args, key="accept-0001")
    assert end["state"] == "done", end


@in_loop
async def test_a_voucher_goes_from_issuer_to_supplier_to_a_client_of_another_bank(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(alliance(tmp_path))
        issuer, bank_a, bank_b = [
            await stack.enter_async_context(there.gateway(name)) for name in ("ce-a", "bank-a", "bank-b")
        ]
        voucher = await issued(there, issuer, "s1")
        s1, s4 = await bank_a.as_account("s1"), await bank_b.as_account("s4")
        await accepted(s1, voucher)

        receiver = {"sponsor": "bank-b", "uscc": there.clients["s4"].uscc}
        row = {
            "first": 1,
            "last": 30_000_000,
            "receiver": receiver,
            "trade_reference": {"keyed": "CG-1"},
            "value_date": "",
        }
        args = {"voucher": voucher["voucher"], "holding": 1, "rows": [row]}
        offered = await s1.acts("voucher.offer", args, key="offer-0001", sealed={"trade": TRADE})
        assert offered["state"] == "done", offered

        await bank_b.caught_up()
        offer = offered["operation"] + ":1"
        took = await s4.acts("voucher.take", {"voucher": voucher["voucher"], "offer": offer}, key="take-0001")
        assert took["state"] == "done", took
        await bank_b.caught_up()
        holdings = (await s4.get("/v1/holdings", params={"voucher": voucher["voucher"]})).json()
        faces = sorted((item["first"], item["last"]) for item in holdings["rows"] if item["status"] == "LIVE")
        assert faces == [(1, 30_000_000), (30_000_001, 100_000_000)]

        proof = await s4.get(f"/v1/proofs/{took['operation']}")
        assert proof.status_code == 200, proof.text
        assert there.clients["s4"].uscc.encode() in proof.content
        looker = await bank_b.as_account("looker")
        assert code(await looker.get(f"/v1/operations/{took['operation']}")) == "GATEWAY_NOT_FOUND"
