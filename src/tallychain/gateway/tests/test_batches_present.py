"""A supplier presents many payables by a table: tried against its e-invoices, signed by two persons, over a restart, and confirmed by the debtor."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tallychain.gateway.filekinds import XML
from tallychain.gateway.tests.alliance import Caller, alliance, code, in_loop
from tallychain.gateway.tests.test_acts import two_person_seat
from tallychain.gateway.tests.test_batches import UNLOCK, body, checked, ended, file, made
from tallychain.gateway.tests.test_batchpapers import einvoice
from tallychain.gateway.tests.test_story import approved
from tallychain.integrations.batchtables import PRESENTS
from tallychain.integrations.einvoice import EInvoice, write_einvoice

NUMBERS = tuple(f"2699200000000000000{n}" for n in range(1, 4))


def row(reference: str, papers: str, amount: str = "113.00", **more: str) -> dict[str, str]:
    """One payable to ce-a."""
    known = {"debtor": "ce-a", "due": "2026-12-31", "contract": "0012-HT", "purpose": "支架"}
    return {"reference": reference, "papers": papers, "amount": amount, **known, **more}


def table(*rows: Mapping[str, str]) -> bytes:
    return file(PRESENTS, rows)


async def stored(owner: Caller, *invoices: EInvoice) -> None:
    """Give e-invoices to the own gateway, as the form for a payable does."""
    for said in invoices:
        path = f"/v1/documents?name={said.number}.xml"
        answer = await owner.send("POST", path, content=write_einvoice(said), headers={"Content-Type": XML})
        assert answer.status_code in (200, 201), answer.text


async def tried(maker: Caller) -> None:
    """Rows that cannot be are named, each by who judges it, and nothing is kept."""
    wrong = table(
        row("P-1", NUMBERS[0]),
        row("P-2", NUMBERS[1], "113.01"),
        row("P-3", "26992000000000000009"),
        row("P-4", f"{NUMBERS[1]} 2026-03-10 999.00"),
        row("P-5", NUMBERS[1], debtor="bank-b"),
        row("P-6", NUMBERS[1], due="2026-01-01"),
        row("P-7", ""),
        row("P-8", NUMBERS[1], small="YES", delivered="2027-01-01"),
        row("P-9", NUMBERS[1], kind="RECEIPT"),
        row("P-10", f"{NUMBERS[1]}; {NUMBERS[2]}", "200.00"),
    )
    dry = await checked(maker, "present", wrong)
    assert [(found["line"], found["maturity"], found["left"]) for found in dry["rows"]] == [
        (2, "2026-12-31", 0), (11, "2026-12-31", 26_00)
    ]  # fmt: skip
    assert [(found["line"], found["code"]) for found in dry["faults"]] == [
        (3, "AMOUNT_ABOVE_PAPERS"), (4, "PAPER_NOT_STORED"), (5, "PAPER_DIFFERS"), (6, "DEBTOR_NOT_ELIGIBLE"),
        (7, "DUE_DAY_NOT_AHEAD"), (8, "PAPERS_DO_NOT_FIT"), (9, "DELIVERY_DAY_NOT_VALID"), (10, "CELL_UNREADABLE"),
    ]  # fmt: skip
    assert all(found["zh"].endswith("。") for found in dry["faults"])
    assert code(await maker.post("/v1/batches", body("present", wrong))) == "GATEWAY_BATCH_ROWS_REFUSED"
    assert (await maker.get("/v1/batches")).json() == []


async def template(maker: Caller) -> str:
    answer = await maker.get("/v1/batch-templates/present?form=csv&language=en")
    assert answer.status_code == 200, answer.text
    return answer.content.decode("utf-8-sig")


@pytest.mark.slow
@pytest.mark.timeout(300)
@in_loop
async def test_payables_are_presented_from_a_table_by_two_persons_and_over_a_restart(tmp_path: Path) -> None:
    async with alliance(tmp_path) as it, it.gateway("ce-a") as ce:
        client = it.clients.pop("s3")
        good = table(row("P-1", NUMBERS[0]), row("P-2", f"{NUMBERS[1]}; {NUMBERS[2]}", "226.00"), row("P-3", "0012 2026-03-10 5.00", "5", kind="DELIVERY"))  # fmt: skip
        async with it.gateway("bank-a") as bank:
            await two_person_seat(it, bank, client)
            maker = await bank.as_account("duo-maker")
            buyer = it.members["ce-a"].uscc
            await stored(maker, *(einvoice(number, client.uscc, buyer=buyer) for number in NUMBERS))
            assert [NUMBERS[n] in await template(maker) for n in range(3)] == [True] * 3
            assert (
                await (await ce.as_account("maker")).get("/v1/batch-templates/present")
            ).status_code == 403
            await tried(maker)
            batch: dict[str, Any] = await made(maker, "present", good)
            assert (batch["states"], batch["batch"]["total"]) == ({"waiting": 3}, 344_00)
        async with it.gateway("bank-a") as bank:
            maker, checker = await bank.as_account("duo-maker"), await bank.as_account("duo-checker")
            assert await made(maker, "present", good) == batch, "the same file again is the same batch"
            path, release = f"/v1/batches/{batch['batch']['id']}", {"digest": batch["batch"]["digest"], "unlock": UNLOCK}  # fmt: skip
            assert (await maker.post(f"{path}/release", release)).status_code == 403
            released = await checker.post(f"{path}/release", release)
            assert (released.status_code, released.json()["batch"]["state"]) == (202, "released"), released.text  # fmt: skip
            rows = await ended(checker, batch["batch"]["id"])
            assert [(found["state"], found["code"]) for found in rows] == [("done", "")] * 3
            assert code(await checker.post(f"{path}/release", release)) == "GATEWAY_BATCH_NOTHING"
            await bank.caught_up()
            await ce.caught_up()
            assert "26992" not in await template(maker)
            again = await checked(maker, "present", good)
            assert {found["code"] for found in again["faults"]} == {"PAYABLE_REFERENCE_USED"}
            for found in rows:
                args = {"payable": found["operation"], "amount": found["amount"]}
                await approved(ce, "payable.confirm", args, f"confirm-{found['line']}")
            await bank.caught_up()
            owned = (await maker.get("/v1/payables", params={"status": "CONFIRMED"})).json()["rows"]
            assert sorted(found["amount"] for found in owned) == [500, 113_00, 226_00]
