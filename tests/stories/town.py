"""An alliance in one process whose people do everything through the HTTP API, on a clock that the story drives."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

from tallychain.gateway.rates import Rates
from tallychain.gateway.tests.alliance import SEED, Alliance, Caller, Running, alliance, code
from tallychain.gateway.tests.test_story import issued
from tallychain.instruments.money import format_amount, parse_amount
from tallychain.testkit.people import trial_client

Json = dict[str, Any]

DOCUMENT: Final = "d0" * 32
BANK: Final = "settle-a"
SHANGHAI: Final = timezone(timedelta(hours=8))
BOOKS: Final = {"bank-a": "s2", "bank-b": "s4", "factor-a": "f1"}
"""The seat for which each funder buys."""
WOULD_BE_REFUSED: Final = re.compile(r"^The ledger would refuse this \(([A-Z_]+)\)")
"""What the ledger would say is said by the gateway before anybody signs, where it can tell."""
APPROVAL: Final = {"unlock": {"passphrase": "demo"}}


def instant(text: str) -> int:
    """A local time such as `2026-04-16 10:00` as UTC milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp() * 1000)


@dataclass
class Town:
    """Everybody who takes part; a gateway is opened when it is first needed."""

    there: Alliance
    stack: AsyncExitStack
    acts: int = 0
    vouchers: dict[str, Json] = field(default_factory=dict)

    async def member(self, name: str) -> Running:
        """The gateway of a member."""
        if name not in self.there.gateways:
            running = await self.stack.enter_async_context(self.there.gateway(name))
            # How fast a story is told must not decide.
            running.gateway.account_rates = running.gateway.seat_rates = Rates(1, 100_000)
            await running.caught_up()
        return self.there.gateways[name]

    async def who(self, name: str) -> Caller:
        """A client, or `bank-a/maker`."""
        member, _, account = name.partition("/")
        if not account:
            member, account = self.there.clients[name].sponsor, name
        return await (await self.member(member)).as_account(account)

    # --- time

    async def at(self, text: str) -> None:
        """The ledger's clock shows this local time, and every gateway has seen it."""
        await self.at_ms(instant(text))

    async def at_ms(self, time_ms: int) -> None:
        """The same of an instant."""
        await next(iter(self.there.gateways.values())).gateway.engine.advance(time_ms)
        await self.everybody()

    async def everybody(self) -> None:
        """Until every gateway has the newest block."""
        for running in self.there.gateways.values():
            await running.caught_up()

    def now_ms(self) -> int:
        """What the ledger's clock shows."""
        return next(iter(self.there.gateways.values())).gateway.clock.now_ms()

    # --- acts

    async def does(self, name: str, kind: str, args: Json, sealed: Json | None = None) -> Json:
        """An act that is done: by a client or `member/account` alone, by a member's maker and checker; its receipt."""
        end = await self._end(name, kind, args, sealed)
        assert end.get("state") == "done", (kind, end)
        await self.everybody()
        receipt: Json = end["receipt"]
        return {**receipt, "operation": end["operation"]}

    async def refused(self, name: str, kind: str, args: Json, sealed: Json | None = None) -> str:
        """An act that is not done; the code with which it came back, from the gateway or from the ledger."""
        end = await self._end(name, kind, args, sealed)
        assert end.get("state") != "done", (kind, end)
        await self.everybody()
        return str(end.get("code") or end["receipt"]["code"])

    async def _end(self, name: str, kind: str, args: Json, sealed: Json | None) -> Json:
        self.acts += 1
        key, alone = f"act-{self.acts:06d}", name in self.there.clients or "/" in name
        caller = await self.who(name if alone else f"{name}/maker")
        answer = await caller.act(kind, args, key=key, sealed=sealed)
        if answer.status_code == 202 and not alone:
            checker = await self.who(f"{name}/checker")
            answer = await checker.post(f"/v1/drafts/{answer.json()['draft']}/approve", APPROVAL)
        if answer.status_code != 202:
            told = WOULD_BE_REFUSED.search(answer.json()["detail"])
            return {"code": told[1] if told else code(answer)}
        return await caller.done(answer.json()["operation"])

    async def fresh_cards(self, client: str) -> None:
        """Its owner signs new cards, which are good for some weeks."""
        answer = await (await self.who(client)).post("/v1/cards", APPROVAL)
        assert answer.status_code == 200, answer.text

    # --- rows

    async def rows(self, name: str, view: str, **filters: Any) -> list[Json]:
        """The rows of a view that somebody is shown."""
        params = {key: str(value) for key, value in filters.items()}
        answer = await (await self.who(name)).get(f"/v1/{view}", params={**params, "limit": "200"})
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()["rows"]
        return found

    async def row(self, name: str, view: str, *key: Any) -> Json:
        """One row by its key."""
        answer = await (await self.who(name)).get(f"/v1/{view}/{'/'.join(map(str, key))}")
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def status(self, name: str, view: str, *key: Any) -> str:
        """The status of a row."""
        return str((await self.row(name, view, *key))["status"])

    # --- what most stories begin with and end in

    async def held(self, client: str = "s1") -> str:
        """A voucher of ce-a over 1,000,000.00 that is due on 2026-09-14 and held whole; its number."""
        issuer = await self.member("ce-a")
        await self.member(self.there.clients[client].sponsor)
        voucher = await issued(self.there, issuer, client, f"issue-{len(self.vouchers):04d}")
        number = str(voucher["voucher"])
        self.vouchers[number] = voucher
        await self.everybody()
        await self.does(client, "voucher.accept", {"voucher": number, "consent": voucher["promise"]})
        return number

    async def passes(self, giver: str, number: str, first: int, amount: str, to: str) -> None:
        """A holder passes units of the holding that begins at the first of them."""
        receiver = self.there.clients[to]
        await self.member(receiver.sponsor)
        row = {
            "first": first,
            "last": first + parse_amount(amount) - 1,
            "receiver": {"sponsor": receiver.sponsor, "uscc": receiver.uscc},
            "trade_reference": {"keyed": f"CG-{self.acts}"},
            "value_date": "",
        }
        paper = {"contract": "CG-1", "invoices": [], "purpose": "冷轧钢板", "amount": amount}
        args = {"voucher": number, "holding": first, "rows": [row]}
        offered = await self.does(giver, "voucher.offer", args, {"trade": paper})
        await self.does(to, "voucher.take", {"voucher": number, "offer": f"{offered['operation']}:1"})

    async def parts(self, name: str, number: str) -> dict[int, str]:
        """First unit of each holding of a voucher: its face, layer and sponsor."""
        live = [row for row in await self.rows(name, "holdings", voucher=number) if row["status"] != "SPENT"]
        return {
            row["first"]: f"{format_amount(row['face'])} layer {row['layer']} {row['sponsor']}"
            for row in sorted(live, key=lambda row: row["first"])
        }

    def account(self, client: str) -> Json:
        """The account of a client."""
        of = self.there.clients[client]
        return {
            "name": of.name,
            "uscc": of.uscc,
            "bank": "示例银行",
            "bank_code": "102290000000",
            "account": f"1001{of.uscc[:9]}",
        }

    async def names_payee(self, number: str, first: int, client: str) -> None:
        """The sponsor of a holder names its account."""
        sponsor = self.there.clients[client].sponsor
        args = {"voucher": number, "holding": first}
        await self.does(f"{sponsor}/robot", "settlement.payee", args, {"payee": self.account(client)})

    def booking(self, number: str, amount: str, reference: str, booked: str = "") -> Json:
        """What the settlement bank states of money, booked now or at another time."""
        return {
            "voucher": number,
            "amount": parse_amount(amount),
            "received_ms": instant(booked) if booked else self.now_ms(),
            "reference": reference,
            "document": DOCUMENT,
        }

    async def pays_out(self, number: str, rows: dict[int, str]) -> None:
        """The settlement bank pays holders out."""
        made = [
            {"holding": first, "amount": parse_amount(amount), "reference": f"OUT-{self.acts}-{first}"}
            for first, amount in rows.items()
        ]
        args = {"voucher": number, "paid_ms": self.now_ms(), "document": DOCUMENT, "rows": made}
        await self.does(BANK, "settlement.payout", args)

    async def paid(self, name: str, number: str) -> dict[int, str]:
        """First unit of each holding that was paid: how much, in all payouts that did not come back."""
        found: dict[int, int] = {}
        for row in await self.rows(name, "payouts", voucher=number):
            first = int(row["holding"].split(":")[1].split("-")[0])
            found[first] = found.get(first, 0) + (0 if row["failed"] else row["amount"])
        return {first: format_amount(amount) for first, amount in sorted(found.items())}

    async def outstanding(self, name: str = "ce-a/maker") -> str:
        """What the issuer has outstanding, as its ceilings count it."""
        return format_amount((await self.row(name, "ceiling_usage", "ce-a"))["used"])


@asynccontextmanager
async def town(root: Path) -> AsyncIterator[Town]:
    """An alliance in whose story everybody acts through HTTP; factor-a has a seat for what it buys."""
    async with alliance(root) as there, AsyncExitStack() as stack:
        there.clients["f1"] = trial_client(SEED, 1100, "f1", "factor-a")
        yield Town(there, stack)
