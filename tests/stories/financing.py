"""What sellers, funders and their banks do in the stories, through HTTP."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final

from tallychain.gateway.quotes import MARGIN_MS
from tallychain.gateway.tests.alliance import PATIENCE_S
from tallychain.instruments.money import format_amount, parse_amount
from tallychain.sdk.quotes import content_of
from tests.stories.town import BANK, BOOKS, DOCUMENT, Json, Town

HOUR_MS: Final = 3_600_000
STEP_S: Final = 0.02


@dataclass
class Sale:
    """A financing from the request on."""

    town: Town
    seller: str
    voucher: str
    first: int
    amount: str
    recourse: bool = False
    name: str = ""
    nets: dict[str, int] = field(default_factory=dict)

    @property
    def named(self) -> Json:
        """What every act on it begins with."""
        return {"voucher": self.voucher, "financing": self.name}

    async def ask(self, *funders: str) -> None:
        """The seller asks funders, for an hour."""
        for funder in funders:
            await self.town.member(funder)
        args = {
            "voucher": self.voucher,
            "holding": self.first,
            "first": self.first,
            "last": self.first + parse_amount(self.amount) - 1,
            "form": "FACTORING",
            "recourse": self.recourse,
            "funders": sorted(funders),
            "closes_ms": self.town.now_ms() + HOUR_MS,
        }
        reasons = {"contract": "CG-1", "invoices": ["26312000000000000034"], "purpose": "采购原材料"}
        done = await self.town.does(self.seller, "financing.request", args, {"reasons": reasons})
        self.name = done["operation"]

    async def quoting(
        self, funder: str, rate: int, fees: str = "0.00", value_date: str = "2026-04-16"
    ) -> Json:
        """The arguments of a quote whose figures follow from its terms."""
        row = await self.town.row(self.seller, "financings", self.name)
        content = content_of(
            row["face"],
            row["maturity"],
            rate=rate,
            fees=parse_amount(fees),
            value_date=value_date,
            contract=f"BL-{funder}",
        )
        book = self.town.there.clients[BOOKS[funder]]
        await self.town.fresh_cards(BOOKS[funder])
        self.nets[funder] = content["net"]
        return {
            **self.named,
            "commitment": {"quote": content},
            "receiver": {"sponsor": funder, "uscc": book.uscc},
            "paying_bank": BANK,
        }

    async def quote(self, funder: str, rate: int, fees: str = "0.00", value_date: str = "2026-04-16") -> Json:
        """Two persons of a funder quote."""
        args = await self.quoting(funder, rate, fees, value_date)
        return await self.town.does(funder, "financing.quote", args)

    async def close(self) -> None:
        """The time for quotes is over."""
        await self.town.at_ms(self.town.now_ms() + HOUR_MS + MARGIN_MS)

    async def deliver(self, *funders: str) -> None:
        """The gateways of these funders deliver what they have kept."""
        for funder in funders:
            quotes = (await self.town.member(funder)).gateway.quotes
            for _ in range(int(PATIENCE_S / STEP_S)):
                await quotes.deliver_due()
                await self.town.everybody()
                (row,) = await self.town.rows(
                    self.seller, "financing_quotes", financing=self.name, funder=funder
                )
                if row["state"] == "REVEALED":
                    break
                await asyncio.sleep(STEP_S)
            else:
                raise AssertionError(f"the quote of {funder} is not delivered")

    async def seen(self, name: str) -> list[tuple[str, int, str]]:
        """Who leaves the seller how much, the most first, with the rate, as somebody reads it."""
        rows = await self.town.rows(name, "quote_terms", financing=self.name)
        found = sorted(rows, key=lambda row: -int(row["net"]))
        return [(row["funder"], row["rate"], format_amount(row["net"])) for row in found]

    async def choosing(self, funder: str, seller_bank: str = "bank-a") -> tuple[Json, Json]:
        """Arguments and sealed part of a choice."""
        found = await self.town.rows(self.seller, "financing_quotes", financing=self.name, funder=funder)
        quote = found[0]["commitment"] if found else "0" * 64
        account = self.town.account(self.seller)
        payment: dict[str, Any] = {name: account[name] for name in ("name", "bank_code", "account")}
        args = {**self.named, "funder": funder, "quote": quote, "seller_bank": seller_bank}
        return args, {"payment": {"amount": self.nets[funder], **payment}}

    async def choose(self, funder: str, seller_bank: str = "bank-a") -> None:
        """The seller chooses."""
        args, sealed = await self.choosing(funder, seller_bank)
        await self.town.does(self.seller, "financing.award", args, sealed)

    async def register(self, funder: str, number: str) -> None:
        """The chosen funder shows its registration."""
        shown = {"registration": number, "registered_ms": self.town.now_ms(), "certificate": DOCUMENT}
        await self.town.does(funder, "financing.register", {**self.named, **shown})

    async def disburse(self, reference: str) -> None:
        """The paying bank states that it has paid what the award says."""
        row = await self.town.row(f"{BANK}/maker", "financings", self.name)
        booked = {
            "payment": row["payment"],
            "reference": reference,
            "booked_ms": self.town.now_ms(),
            "document": DOCUMENT,
        }
        await self.town.does(BANK, "financing.disburse", {**self.named, **booked})

    async def paid(self, funder: str, rate: int, day: str, number: str) -> None:
        """One funder is asked, quotes, is chosen, registers, and its bank pays on the given day."""
        await self.ask(funder)
        await self.quote(funder, rate, value_date=day)
        await self.close()
        await self.deliver(funder)
        await self.choose(funder, "bank-a" if funder != "bank-a" else BANK)
        await self.register(funder, f"10012345{number}")
        await self.town.at(f"{day} 10:00")
        await self.disburse(f"FK-{number}")

    async def status(self) -> str:
        """What it is now."""
        return await self.town.status(self.seller, "financings", self.name)
