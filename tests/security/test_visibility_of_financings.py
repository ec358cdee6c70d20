"""What a financing seals is found with those who are entitled to it, and in no form with anybody else: neither before quotes are delivered nor after."""

import asyncio
import re
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tallychain.catalogue import CATALOGUE
from tallychain.console.tests.browsing import browser
from tallychain.contracts.vouchers.financing.state import FINANCINGS
from tallychain.gateway.quotes import MARGIN_MS
from tallychain.gateway.tests.alliance import Alliance, Running, alliance, in_loop
from tallychain.gateway.tests.test_quoting import FACE, HOUR_MS
from tallychain.gateway.tests.test_story import accepted, approved, issued
from tallychain.instruments.money import format_amount
from tallychain.sdk.quotes import content_of
from tests.security.haystacks import everything_in
from tests.security.needles import Search

MEMBERS = ("ce-a", "bank-a", "bank-b", "factor-a", "settle-a", "supervisor")
FUNDERS = ("bank-a", "bank-b", "factor-a")
"""bank-a is also the sponsor of the seller s1, and hosts its seat; bank-b is chosen."""
LOOKERS = (*(f"{member}/maker" for member in MEMBERS), "bank-a/s1", "bank-a/s2", "bank-b/s4")
RATES = {"bank-a": 41_173, "bank-b": 36_517, "factor-a": 38_291}
INVOICE = "26991771000000071942"
REASONS = {"contract": "CG-KX-771942-R", "purpose": "砂芯烘炉改造甲字第七一九批"}
PAYMENT = {
    "name": "霁岚精密铸造有限公司",
    "bank_code": "102290077194",
    "account": "6222880771940000719",
}
DENIAL = "迄未入账之子丑寅"
QUOTES = {
    "bank-a": "quote of the sponsor",
    "bank-b": "quote of the funder chosen",
    "factor-a": "quote of a funder not chosen",
}
SELLER = "bank-a/s1"
STAFF_OF_FUNDERS = frozenset(f"{funder}/maker" for funder in FUNDERS)
COLUMNS = tuple(
    map(
        frozenset,
        (
            {SELLER},
            {"bank-a/maker"},
            {"bank-b/maker"},
            {"factor-a/maker"},
            {"settle-a/maker"},
            {"ce-a/maker"},
            {"supervisor/maker"},
            {"bank-a/s2", "bank-b/s4"},
        ),
    )
)
"""Who stands for each column of the page's table, in its order."""
ROW = re.compile(r"^\| (?!---)([^|]+?) \|(.+)\|$", re.MULTILINE)
PAGE = Path(__file__).parents[2] / "docs" / "confidentiality.md"


@dataclass(frozen=True, slots=True)
class Box:
    """One sealed part: its row of the page's table, its values, which accounts are shown them, and which members' gateways have them."""

    row: str
    values: dict[str, str]
    seats: frozenset[str]
    stores: frozenset[str]
    """The gateway that hosts the seller's seat keeps for that seat what its own key opens."""


@dataclass(slots=True)
class Told:
    """A financing with distinctive values in every box."""

    there: Alliance
    members: dict[str, Running]
    voucher: dict[str, Any]
    name: str = ""
    drafts: list[str] = field(default_factory=list)

    @property
    def named(self) -> dict[str, str]:
        """What acts on it begin with."""
        return {"voucher": self.voucher["voucher"], "financing": self.name}

    async def caught_up(self) -> None:
        """Every gateway has the newest block."""
        for running in self.members.values():
            await running.caught_up()

    async def ask(self) -> None:
        """s1 asks three funders, one of which is its own sponsor."""
        owner = await self.members["bank-a"].as_account("s1")
        await accepted(owner, self.voucher)
        args = {
            "voucher": self.voucher["voucher"],
            "holding": 1,
            "first": 1,
            "last": FACE,
            "form": "FACTORING",
            "recourse": False,
            "funders": list(FUNDERS),
            "closes_ms": self.members["bank-a"].gateway.clock.now_ms() + HOUR_MS,
        }
        reasons = {**REASONS, "invoices": [INVOICE]}
        end = await owner.acts("financing.request", args, key="request-0001", sealed={"reasons": reasons})
        assert end["state"] == "done", end
        self.name = str(end["receipt"]["events"][0]["financing"])
        await self.caught_up()

    async def commit(self) -> None:
        """Each of them quotes."""
        for funder in FUNDERS:
            own = self.there.clients["s2" if funder == "bank-a" else "s4"].receiver()
            args = {
                **self.named,
                "commitment": {"quote": quote_of(self.voucher, funder)},
                "receiver": {"tag": own.tag, "sealing": own.sealing, "sponsor": funder},
                "paying_bank": "settle-a",
            }
            await approved(self.members[funder], "financing.quote", args, f"quote-{funder}")
            rows = await self.members[funder].gateway.database.read(
                lambda db: db.execute("SELECT id FROM draft").fetchall()
            )
            self.drafts += [row[0] for row in rows]
        await self.caught_up()

    async def deliver(self) -> None:
        """The time for quotes is over, and their gateways have delivered."""
        gateway = self.members["bank-a"].gateway
        await gateway.engine.advance(gateway.clock.now_ms() + HOUR_MS + MARGIN_MS)
        await self.caught_up()
        for funder in FUNDERS:
            await self.members[funder].gateway.quotes.deliver_due()
        for _ in range(6_000):
            row = await gateway.state.get(FINANCINGS, self.name)
            if row is not None and row.revealed == len(FUNDERS):
                break
            await asyncio.sleep(0.02)
        await self.caught_up()

    async def pay(self) -> None:
        """bank-b is chosen and registers, settle-a pays, and s1 denies it."""
        owner = await self.members["bank-a"].as_account("s1")
        (quote,) = (await owner.get(f"/v1/financing_quotes?financing={self.name}&funder=bank-b")).json()[
            "rows"
        ]
        chosen = {
            **self.named,
            "funder": "bank-b",
            "quote": quote["commitment"],
            "seller_bank": "settle-a",
        }
        payment = {"amount": quote_of(self.voucher, "bank-b")["net"], **PAYMENT}
        end = await owner.acts("financing.award", chosen, key="award-0001", sealed={"payment": payment})
        assert end["state"] == "done", end
        await self.caught_up()
        clock = self.members["bank-b"].gateway.clock
        shown = {
            "registration": "10012345000987654321",
            "registered_ms": clock.now_ms(),
            "certificate": "d0" * 32,
        }
        await approved(self.members["bank-b"], "financing.register", {**self.named, **shown}, "register-0001")
        await self.caught_up()
        booked = {
            "payment": end["receipt"]["events"][-1]["payment"],
            "reference": "FK-20260316-0001",
            "booked_ms": clock.now_ms(),
            "document": "d1" * 32,
        }
        await approved(self.members["settle-a"], "financing.disburse", {**self.named, **booked}, "pay-0001")
        await self.caught_up()
        why = {"reason": {"reason": DENIAL}}
        end = await owner.acts("financing.refute", self.named, key="refute-0001", sealed=why)
        assert end["state"] == "done", end
        await self.caught_up()

    async def answers(self, who: str) -> list[bytes]:
        """What one account is answered: every list, the drafts and what they came to, and the pages on financings."""
        member, account = who.split("/")
        running = self.members[member]
        caller = await running.as_account(account)
        paths = [f"/v1/{view.name}?limit=500" for contract in CATALOGUE.contracts for view in contract.views]
        paths += ["/v1/drafts", "/v1/today", *(f"/v1/drafts/{draft}" for draft in self.drafts)]
        pieces = [(await caller.get(path)).content for path in paths]
        async with browser(running, account) as visitor:
            pages = ("/today", "/financings", f"/financings/{self.name}", "/tables/quote_terms/csv")
            pieces += [(await visitor.get(path)).content for path in pages]
        return pieces


def quote_of(voucher: dict[str, Any], funder: str) -> dict[str, Any]:
    """What a funder quotes."""
    return content_of(
        FACE,
        voucher["effective_maturity"],
        rate=RATES[funder],
        fees=0,
        value_date="2026-04-16",
        contract=contract_of(funder),
    )


def boxes_of(voucher: dict[str, Any]) -> dict[str, Box]:
    """Every box with whom it belongs to."""
    entitled = frozenset({SELLER, "bank-b/maker", "settle-a/maker"})
    between = frozenset({"bank-a", "bank-b", "settle-a"})
    reasons = {**REASONS, "invoice": INVOICE}
    found = {
        "reasons": Box("reasons of the request", reasons, STAFF_OF_FUNDERS | {SELLER}, frozenset(FUNDERS)),
        "payment": Box("payment of the award", dict(PAYMENT), entitled, between),
        "reason": Box("reason of a denied payment", {"why": DENIAL}, entitled, between),
    }
    for funder, row in QUOTES.items():
        values = {"contract": contract_of(funder)}
        if funder != "bank-b":  # its net proceeds are the amount that is paid, which the banks know too
            values["net"] = format_amount(quote_of(voucher, funder)["net"])
        found[f"quote of {funder}"] = Box(
            row, values, frozenset({SELLER, f"{funder}/maker"}), frozenset({funder, "bank-a"})
        )
    return found


def contract_of(funder: str) -> str:
    """The number of the contract that a funder's quote names."""
    return f"BL-QM-{RATES[funder]}-{funder[::-1].upper()}-77"


def search_of(boxes: dict[str, Box]) -> Search:
    """The search for every value of every box."""
    named = {f"{box}: {what}": text for box, parts in boxes.items() for what, text in parts.values.items()}
    return Search(named)


def boxes_in(search: Search, pieces: Iterable[bytes]) -> set[str]:
    """The values that stand somewhere in these pieces, in any form."""
    return {name for name, _ in search.in_pieces(pieces)}


def belonging(boxes: dict[str, Box], party: str) -> set[str]:
    """The values that belong to a looker or to the store of a member."""
    return {
        f"{box}: {what}"
        for box, parts in boxes.items()
        if party in parts.seats or party in parts.stores
        for what in parts.values
    }


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_a_sponsor_that_bids_reads_no_quote_and_every_box_is_with_those_entitled_to_it_alone(
    tmp_path: Path,
) -> None:
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(alliance(tmp_path))
        members = {name: await stack.enter_async_context(there.gateway(name)) for name in MEMBERS}
        told = Told(there, members, await issued(there, members["ce-a"], "s1"))
        await told.ask()
        await told.commit()
        boxes = boxes_of(told.voucher)
        search = search_of(boxes)

        # Before the time is over a quote stands nowhere, not even with the funder, whose secret key is needed to read it.
        for party in (*MEMBERS, "ledger"):
            early = boxes_in(search, everything_in(tmp_path / party))
            assert early == {name for name in belonging(boxes, party) if name.startswith("reasons")}, party
        await told.deliver()
        await told.pay()

        for party in (*MEMBERS, "ledger"):
            assert boxes_in(search, everything_in(tmp_path / party)) == belonging(boxes, party), party
        for who in LOOKERS:
            assert boxes_in(search, await told.answers(who)) == belonging(boxes, who), who


def test_the_page_says_of_every_box_of_a_financing_who_reads_it() -> None:
    told = PAGE.read_text(encoding="utf-8").partition("| sealed part | seller |")[2].partition("\n\n")[0]
    said = {name: [cell.strip() for cell in rest.split("|")] for name, rest in ROW.findall(told)}
    found = boxes_of({"effective_maturity": "2026-09-14"})
    assert {box.row for box in found.values()} == set(said)
    for box in found.values():
        cells = ["yes" if who & box.seats else "**no**" for who in COLUMNS]
        assert said[box.row] == cells, box.row
        assert all(who <= box.seats or not who & box.seats for who in COLUMNS), box.row
