"""What is disclosed of an issuer is read without sign-in where the gateway allows it, in both languages, and shows nobody's holdings."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tallychain.console.app import POLICY
from tallychain.console.pages.disclosure import HEIGHT, bars
from tallychain.console.tests.browsing import projected, scene
from tallychain.gateway.problems import Problem
from tallychain.gateway.tests.alliance import in_loop
from tallychain.gateway.web import disclosing
from tallychain.gateway.web.endpoints import Asked

CLOSED = {"day": "2026-04-06"}


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_everybody_reads_the_months_of_an_issuer_and_its_vouchers_and_no_holder(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        nobody = await it.visitor("bank-a")
        assert "/disclosure/ce-a" not in await nobody.page("/disclosure")
        await s1.send("/clock", CLOSED, of="/today")
        await projected(nobody.running)

        assert "/disclosure/ce-a" in await nobody.page("/disclosure")
        answer = await nobody.get("/disclosure/ce-a")
        assert answer.headers["content-security-policy"] == POLICY
        assert all(text in answer.text for text in ("2026-03", "1,000,000.00", number, "<svg", "累计承兑"))
        assert it.there.clients["s1"].name not in answer.text
        assert "ed25519:" not in answer.text
        stranger = await it.visitor("bank-a", language="en")
        assert "held back" in await stranger.page("/disclosure/ce-a")
        maker = await it.visitor("ce-a", "maker")
        assert "/acts/disclosure.remark?month=2026-03" in await maker.page("/disclosure/ce-a")
        assert (await nobody.get("/disclosure/ce-b")).status_code == 404

        http = nobody.running.http
        months = (await http.get("/v1/disclosure/ce-a")).json()
        assert [(row["month"], row["accepted"], row["held_back"]) for row in months["months"]] == [
            ("2026-03", 100_000_000, 1)
        ]
        listed = (await http.get("/v1/disclosure")).json()["rows"]
        assert [(row["issuer"], row["record"]["balance"]) for row in listed] == [("ce-a", 100_000_000)]
        vouchers = (await http.get("/v1/disclosure/ce-a/vouchers")).json()["rows"]
        assert [(row["voucher"], row["accepted_day"]) for row in vouchers] == [(number, "2026-03-16")]
        assert (await http.get("/v1/disclosure", params={"cursor": "x"})).status_code == 400
        assert (await http.get("/v1/disclosures")).status_code == 401


@pytest.mark.parametrize(
    ("demo", "public", "allowed"), [(False, False, False), (True, False, True), (False, True, True)]
)
def test_only_a_demonstration_and_a_gateway_that_allows_it_answer_without_an_account(
    demo: bool, public: bool, allowed: bool
) -> None:
    gateway = SimpleNamespace(
        facts=SimpleNamespace(demo=demo), settings=SimpleNamespace(public_disclosure=public)
    )
    asked = cast("Asked", SimpleNamespace(gateway=gateway, account=None))

    if allowed:
        disclosing.check_open(asked)
        return
    with pytest.raises(Problem) as refused:
        disclosing.check_open(asked)
    assert refused.value.code == "GATEWAY_NOT_SIGNED_IN"


def test_a_chart_has_a_bar_a_month_and_what_is_overdue_within_it() -> None:
    months = [
        {"month": "2026-03", "balance": 0, "overdue_balance": 0},
        {"month": "2026-04", "balance": 400, "overdue_balance": 100},
        {"month": "2026-05", "balance": 200, "overdue_balance": 0},
    ]

    drawn = bars(months)
    assert [(bar.height, bar.overdue_height) for bar in drawn] == [
        (0, 0),
        (HEIGHT, HEIGHT // 4),
        (HEIGHT // 2, 0),
    ]
    assert [bar.x for bar in drawn] == sorted(bar.x for bar in drawn)
    assert bars([]) == []
