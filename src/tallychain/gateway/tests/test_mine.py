"""A seat sees what its own tags hold, and nothing of others; nobody takes what is offered to another."""

from pathlib import Path

from tallychain.gateway.tests.alliance import alliance, code, in_loop
from tallychain.gateway.tests.test_story import TRADE, accepted, issued


@in_loop
async def test_own_holdings_come_page_by_page_and_only_to_their_seat(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a") as bank:
        s1, s2 = await bank.as_account("s1"), await bank.as_account("s2")
        for number in range(3):
            voucher = await issued(there, issuer, "s1", f"issue-000{number}")
            args = {"voucher": voucher["voucher"], "consent": voucher["promise"]}
            assert (await s1.acts("voucher.accept", args, key=f"accept-000{number}"))["state"] == "done"
        await bank.caught_up()
        everything = (await s1.get("/v1/my/holdings")).json()
        assert [len(everything["rows"]), everything["cursor"]] == [3, ""]
        assert everything["as_of"]["height"] > 0
        own = set(await bank.gateway.seats.tags_of("s1"))
        assert {row["tag"] for row in everything["rows"]} <= own
        paged, cursor = [], ""
        for _ in range(9):
            page = (await s1.get("/v1/my/holdings", params={"limit": 1, "cursor": cursor})).json()
            paged += page["rows"]
            cursor = page["cursor"]
            if not cursor:
                break
        assert paged == everything["rows"]
        one = everything["rows"][0]
        by_voucher = (await s1.get("/v1/my/holdings", params={"voucher": one["voucher"]})).json()
        assert by_voucher["rows"] == [one]
        assert (await s2.get("/v1/my/holdings")).json()["rows"] == []
        for query in ("tag=x", "first=x", f"cursor={one['tag']}.zz", "limit=0"):
            assert code(await s1.get(f"/v1/my/holdings?{query}")) == "GATEWAY_QUERY_NOT_VALID", query


@in_loop
async def test_an_offer_to_another_client_is_not_taken_and_the_sentence_says_why(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a") as bank:
        voucher = await issued(there, issuer, "s1")
        s1, s2, s3 = [await bank.as_account(name) for name in ("s1", "s2", "s3")]
        await accepted(s1, voucher)
        row = {
            "first": 1,
            "last": 10,
            "receiver": {"sponsor": "bank-a", "uscc": there.clients["s2"].uscc},
            "trade_reference": {"keyed": "CG-1"},
            "value_date": "",
        }
        args = {"voucher": voucher["voucher"], "holding": 1, "rows": [row]}
        end = await s1.acts("voucher.offer", args, key="offer-0001", sealed={"trade": TRADE})
        offer = next(event["offer"] for event in end["receipt"]["events"] if "offer" in event)
        take = {"voucher": voucher["voucher"], "offer": offer}
        wrong = await s3.act("voucher.take", take, key="take-0001")
        assert (wrong.status_code, code(wrong)) == (422, "GATEWAY_TAG_UNKNOWN")
        assert "not one of this seat" in wrong.json()["detail"]
        assert (await s2.acts("voucher.take", take, key="take-0001"))["state"] == "done"


@in_loop
async def test_title_goes_to_nobody_whom_no_sponsor_has_taken_on_and_nowhere_without_a_trade(
    tmp_path: Path,
) -> None:
    """Scenario 30 of the supply-chain study, as far as gateways know what the ledger cannot."""
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a") as bank:
        voucher = await issued(there, issuer, "s1")
        s1 = await bank.as_account("s1")
        await accepted(s1, voucher)

        def asked(uscc: str) -> dict[str, object]:
            receiver = {"sponsor": "bank-a", "uscc": uscc}
            row = {
                "first": 1,
                "last": 10,
                "receiver": receiver,
                "trade_reference": {"keyed": "CG-1"},
                "value_date": "",
            }
            return {"voucher": voucher["voucher"], "holding": 1, "rows": [row]}

        unchecked = asked("91990209MA2Y9N099X")
        pending = await s1.act("voucher.offer", unchecked, key="offer-0001", sealed={"trade": TRADE})
        assert code(pending) == "GATEWAY_RECEIVER_UNKNOWN"

        good = asked(there.clients["s2"].uscc)
        bare = {**TRADE, "contract": " ", "invoices": []}
        refused = await s1.act("voucher.offer", good, key="offer-0002", sealed={"trade": bare})
        assert (refused.status_code, code(refused)) == (422, "GATEWAY_WOULD_BE_REFUSED")
        assert refused.json()["fields"]["code"] == "NO_TRADE_RELATION"
        assert bank.gateway.outbox.open == 0

        invoiced = {**TRADE, "contract": "", "invoices": ["26992000000000000005"]}
        end = await s1.acts("voucher.offer", good, key="offer-0003", sealed={"trade": invoiced})
        assert end["state"] == "done"
