"""Two funders publish standards; a supplier sees on its holding, and where it asks, who would finance it, for how much, and what is missing."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tallychain.console.tests.browsing import Scene, projected, scene
from tallychain.contracts.risk.standards.declared import EXAMPLE
from tallychain.contracts.risk.standards.operations import Priced, Publish
from tallychain.gateway.tests.alliance import PASSPHRASE, in_loop

WIDE = replace(
    EXAMPLE,
    categories=(),
    on_time_bp_min=0,
    scales=(),
    days_max=365,
    grid=(Priced("NONE", 1, 365, 38_000),),
    valid_until="2026-12-31",
)


async def published(it: Scene, member: str, terms: Publish) -> str:
    """Two persons of a funder publish a standard through the API; its name."""
    running = (await it.visitor(member)).running
    maker, checker = await running.as_account("maker"), await running.as_account("checker")
    made = await maker.act("standard.publish", msgspec.to_builtins(terms), key=f"standard-{member}")
    assert made.status_code == 202, made.text
    draft = made.json()["draft"]
    body = {"unlock": {"passphrase": PASSPHRASE}}
    approved = await checker.post(f"/v1/drafts/{draft}/approve", body)
    assert approved.status_code == 202, approved.text
    operation = str(approved.json()["operation"])
    assert (await checker.done(operation))["state"] == "done"
    return operation


async def asked(running: Any, account: str, **query: str) -> Any:
    caller = await running.as_account(account)
    return await caller.get("/v1/funding-offers", params=query)


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_a_supplier_sees_who_would_finance_its_holding_and_what_is_missing(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        held = f"{number}:1-100000000:1"
        assert "谁可为此融资" not in await s1.page(f"/holdings/{held}")
        await published(it, "factor-a", WIDE)
        name = await published(it, "bank-b", replace(WIDE, excluded=("ce-a",), issuers=()))
        await projected(s1.running)

        page = await s1.page(f"/holdings/{held}")
        # 182 days of 3.80 % on 900,000.00 are 17,290.00; with fees of 200.00 they leave 882,510.00.
        assert all(text in page for text in ("谁可为此融资", "882,510.00", "3.8000 %", "该资金方不接受 ce-a"))
        assert "882,510.00" in await s1.page(f"/holdings/{held}/finance")
        listed = await (await it.visitor("bank-b", "maker", "en")).page("/standards")
        assert f"/acts/standard.end?standard={name}" in listed
        assert "FACTORING-2026" in await s1.page("/standards")
        assert "/acts/standard.publish" not in await s1.page("/standards")

        first, second = (await asked(s1.running, "s1", holding=held)).json()["offers"]
        assert (first["funder"], first["is_met"], first["net"]) == ("factor-a", True, 88_251_000)
        assert [miss["code"] for miss in second["missing"]] == ["ISSUER_EXCLUDED"]
        half = (await asked(s1.running, "s1", holding=held, face="50000000")).json()
        assert (half["face"], half["offers"][0]["net"]) == (50_000_000, 44_115_500)
        ours = await it.visitor("ce-a")
        own = {"issuer": "ce-a", "face": "100000000", "maturity": "2026-09-14"}
        assert (await asked(ours.running, "maker", **own)).json()["offers"][0]["net"] == 88_251_000
        for query, status in (
            ({"holding": held, "form": "GIFT"}, 400),
            ({"holding": held, "issuer": "ce-a"}, 400),
            ({"holding": held, "face": "100000001"}, 400),
            ({"holding": "EV1:1-2:1"}, 404),
            ({"issuer": "nobody", "face": "1", "maturity": "2026-09-14"}, 404),
            ({"issuer": "ce-a"}, 400),
        ):
            assert (await asked(s1.running, "s1", **query)).status_code == status, query
