"""A browser without a screen: cookies, forms with their tokens, and pages as text."""

import html
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

import httpx

from tallychain.console.app import with_console
from tallychain.gateway.service import Gateway
from tallychain.gateway.tests.alliance import PASSPHRASE, Alliance, Running, alliance
from tallychain.gateway.tests.test_story import backed

TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')
HIDDEN = re.compile(r'<input type="hidden" name="([a-z_0-9]+)" value="([^"]*)"')
USCC = re.compile(r"[0-9A-Z]{18}")
_APPLICATIONS: Final[WeakKeyDictionary[Gateway, Any]] = WeakKeyDictionary()
"""One application for all visitors of a gateway, as in a real process."""


@dataclass
class Browser:
    """One visitor of one member's console."""

    http: httpx.AsyncClient
    running: Running

    async def get(self, path: str, **more: Any) -> httpx.Response:
        """A page, redirects not followed."""
        return await self.http.get(path, **more)

    async def page(self, path: str) -> str:
        """A page that is there, once its gateway knows of everything that the ledger has until now."""
        await projected(self.running)
        answer = await self.http.get(path, follow_redirects=True)
        assert answer.status_code == 200, answer.text[:2000]
        return answer.text

    async def send(self, path: str, fields: dict[str, str], *, of: str = "") -> httpx.Response:
        """A form with the token (and the key) of the page that it stands on."""
        await projected(self.running)
        shown = (await self.http.get(of or path, follow_redirects=True)).text
        given = {name: html.unescape(value) for name, value in HIDDEN.findall(shown) if name == "key"}
        given["form_token"] = TOKEN.findall(shown)[0]
        return await self.http.post(path, data={**given, "passphrase": PASSPHRASE, **fields})

    async def sign_in(self, account: str) -> "Browser":
        """One click on the start page."""
        answer = await self.send("/demo-sign-in", {"account": account}, of="/")
        assert (answer.status_code, answer.headers["location"]) == (303, "/today"), answer.text
        return self

    async def done(self, answer: httpx.Response) -> str:
        """Where a form led to, once the operation behind it has succeeded and is projected."""
        assert answer.status_code == 303, answer.text
        shown = await self.page(answer.headers["location"])
        assert 'class="success"' in shown, shown
        await projected(self.running)
        return answer.headers["location"]


async def projected(running: Running) -> None:
    """Wait until the rows and the clock of a gateway speak of the newest block."""
    await running.caught_up()


@asynccontextmanager
async def browser(running: Running, account: str = "", language: str = "zh") -> AsyncIterator[Browser]:
    """A visitor, signed in where an account is given."""
    app: Any = _APPLICATIONS.get(running.gateway) or with_console(running.gateway)
    _APPLICATIONS[running.gateway] = app
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Accept-Language": language}
    async with httpx.AsyncClient(transport=transport, base_url="http://console", headers=headers) as http:
        made = Browser(http, running)
        yield await made.sign_in(account) if account else made


@dataclass
class Scene:
    """An alliance with the gateways that the tests of the console look at."""

    there: Alliance
    stack: AsyncExitStack
    payables: dict[str, str] = field(default_factory=dict)
    """The latest payable of each client."""

    async def visitor(self, member: str, account: str = "", language: str = "zh") -> Browser:
        """A visitor of a member's console, whose gateway is opened when it is first needed."""
        if member not in self.there.gateways:
            await self.stack.enter_async_context(self.there.gateway(member))
        running = self.there.gateways[member]
        await projected(running)
        return await self.stack.enter_async_context(browser(running, account, language))

    def issue_fields(self, client: str, **more: str) -> dict[str, str]:
        """A filled-in form for a voucher to a client, on its latest payable."""
        return {
            "payable": self.payables[client],
            "face": "1,000,000.00",
            "maturity": "2026-09-14",
            "settlement_bank": "settle-a",
            "reference": "V-2026-0316",
            "promise": "我方承诺到期付款。",
            "contract": "HT-2026-0316",
            "invoices": "26312000000000000018",
            "purpose": "支架",
            "amount": "1,120,000.00",
            **more,
        }

    async def confirmed(self, client: str = "s1") -> None:
        """A client presents a payable over 1,000,000.00, and ce-a confirms it."""
        await self.visitor(self.there.clients[client].sponsor)
        await self.visitor("ce-a")
        args = await backed(
            self.there, self.there.gateways["ce-a"], client, f"HT-{len(self.payables)}{client}"
        )
        self.payables[client] = str(args["payable"])
        await projected(self.there.gateways["ce-a"])

    async def issued(self, client: str = "s1", **more: str) -> str:
        """A voucher that waits for its receiver; its number."""
        await self.confirmed(client)
        maker = await self.visitor("ce-a", "maker")
        answer = await maker.send("/issue/sign", self.issue_fields(client, **more), of="/issue")
        assert answer.status_code == 303, answer.text
        checker = await self.visitor("ce-a", "checker")
        draft = answer.headers["location"]
        place = await checker.done(await checker.send(f"{draft}/approve", {}, of=draft))
        found = re.search(r"EV[A-Z0-9]{24}", await checker.page(place))
        assert found is not None
        return found.group()

    async def held(self, client: str = "s1", **more: str) -> tuple[str, Browser]:
        """A voucher that its receiver holds whole, and that receiver."""
        number = await self.issued(client, **more)
        holder = await self.visitor(self.there.clients[client].sponsor, client)
        await holder.done(await holder.send(f"/vouchers/{number}/accept", {}))
        return number, holder

    def offer_fields(self, row: int, client: str, amount: str, **more: str) -> dict[str, str]:
        """One filled-in row of an offer."""
        person = self.there.clients[client]
        given = {
            "amount": amount,
            "sponsor": person.sponsor,
            "uscc": person.uscc,
            "contract": f"CG-{row}",
            "purpose": "货款",
            **more,
        }
        return {f"{name}{row}": value for name, value in given.items()}


@asynccontextmanager
async def scene(root: Path, joining: Mapping[str, tuple[str, ...]] | None = None) -> AsyncIterator[Scene]:
    """An alliance whose gateways are opened as they are needed."""
    async with alliance(root, joining=joining) as there, AsyncExitStack() as stack:
        yield Scene(there, stack)
