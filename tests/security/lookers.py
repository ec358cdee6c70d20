"""Everything that the people of the visibility story are answered: the API, the pages of the console, files, facts, metrics."""

import asyncio
import io
import zipfile
from collections.abc import Iterable
from typing import Any

from tallychain.catalogue import CATALOGUE
from tallychain.console.tables import FORMS
from tallychain.console.visits import session_cookie
from tallychain.ledger.views import View
from tests.running import Caller
from tests.security.secrets_story import Story

OPEN_ON_DEMONSTRATIONS = "/v1/demo/accounts"
"""Names the accounts of a demonstration to everybody, which is what SECURITY.md says of demonstrations."""
READ_S = 300.0
ROWS_OF_A_VIEW = 3
LAST_FACT = b"settlement.attested"
PAGES = (
    "/today", "/account", "/accounts", "/acts", "/drafts", "/holdings", "/issue", "/ledger", "/operations", "/payables", "/payables/new",
    "/payables/upload", "/financings", "/pledges", "/courts", "/disputes", "/redemptions", "/recourse", "/guarantees", "/rekeys", "/bankaccounts", "/falseidentities", "/proposals", "/policies", "/settlement", "/settlement/calendar", "/tables", "/vouchers", "/webhooks", "/ceilings", "/standards",
    "/members", "/admissions", "/disclosure", "/disclosure/ce-a",
)  # fmt: skip

Rows = dict[str, list[dict[str, Any]]]


def views() -> list[View]:
    """Every list of every contract."""
    return [view for contract in CATALOGUE.contracts for view in contract.views]


async def rows_of_all(story: Story) -> Rows:
    """Rows that anybody sees, by view: all of the private ones, and the first of the public ones, of which everybody reads the list anyway."""
    found: Rows = {}
    for view in views():
        seen: dict[str, dict[str, Any]] = {}
        for who in story.people.values():
            answer = await who.insist("GET", f"/v1/{view.name}", params={"limit": "500"})
            assert answer.status_code == 200, answer.text
            seen |= {key_of(view, row): row for row in answer.json()["rows"]}
            if not view.private:
                break
        rows = [seen[key] for key in sorted(seen)]
        found[view.name] = rows if view.private else rows[:ROWS_OF_A_VIEW]
    return found


def key_of(view: View, row: dict[str, Any]) -> str:
    """The key of a row as it stands in a path."""
    return "/".join(str(row.get(part, "house")) for part in view.key)


async def api_paths(story: Story, who: Caller, rows: Rows) -> list[str]:
    """Every GET route of a gateway, with ids that anybody knows in its place."""
    described = (await who.get("/openapi.json")).json()["paths"]
    keys = {view.name: [key_of(view, row) for row in rows[view.name]] for view in views()}
    accounts = sorted({name.split("/")[1] for name in story.people})
    named = {
        "drafts": story.drafts,
        "documents": story.documents,
        "webhooks": story.webhooks,
        "accounts": accounts,
        "disclosure": ["ce-a"],
        "batch-templates": ["issue", "offer", "present"],
    }
    found = ["/metrics"]
    for path, methods in described.items():
        if "get" not in methods or path in (OPEN_ON_DEMONSTRATIONS, "/v1/events", "/metrics"):
            continue
        name = path.removeprefix("/v1/").partition("/")[0]
        if name == "payable-papers" and "{digest}" in path:
            debts = [item["payable"] for item in story.payables.values()]
            found += [f"/v1/{name}/{debt}/{digest}" for debt in debts for digest in story.documents]
        elif name == "funding-offers":  # it answers on a holding, or on a promise that somebody thinks of
            found.append(f"{path}?issuer=ce-a&face=100&maturity=2027-03-31")
        elif "{key}" in path:
            found += [path.replace("{key}", key) for key in keys.get(name, ())]
        elif "{" in path:
            begin, end = path.index("{"), path.index("}")
            found += [path[:begin] + chosen + path[end + 1 :] for chosen in named.get(name, story.operations)]
        else:
            found += [path, f"{path}?limit=500"] if name in keys else [path]
    return found


def page_paths(story: Story, rows: Rows) -> list[str]:
    """The pages of the console, with vouchers, payables, drafts, documents, operations and every list as a file."""
    vouchers = [row["voucher"] for row in rows["vouchers"]]
    payables = [item["payable"] for item in story.payables.values()]
    found = [*PAGES]
    found += [f"/vouchers/{name}{more}" for name in vouchers for more in ("", "/visible")]
    found += [f"/payables/{name}" for name in payables]
    found += [f"/payables/{name}/papers/{digest}" for name in payables for digest in story.documents]
    found += [f"/drafts/{name}" for name in story.drafts]
    found += [f"/documents/{name}" for name in story.documents]
    found += [f"/operations/{name}" for name in story.operations[-6:]]
    found += [f"/ledger/operations/{name}" for name in story.operations[-6:]]
    found += [f"/tables/{view.name}" for view in views()]
    found += [f"/tables/{view.name}/{form}" for view in views() if view.private for form in FORMS]
    return found


async def answers_to(name: str, who: Caller, paths: list[str], pages: list[str]) -> list[bytes]:
    """The bodies and headers of all answers to one account, its pages and the stream of facts among them."""
    pieces = []
    for path in paths:
        answer = await who.insist("GET", path)
        assert answer.status_code in (200, 403, 404), (path, answer.text)
        pieces += [answer.content, repr(answer.headers.multi_items()).encode()]
    cookie = {"Cookie": f"{session_cookie(name.split('/', maxsplit=1)[0])}={who.token}"}
    for path in pages:
        answer = await who.insist("GET", path, headers=cookie)
        assert answer.status_code < 500, (path, answer.status_code, answer.text[-300:])
        pieces += [*unpacked(answer.content), repr(answer.headers.multi_items()).encode()]
    return [*pieces, await facts_of(who)]


def unpacked(content: bytes) -> Iterable[bytes]:
    """A page or file; of a workbook, which is compressed, everything in it."""
    if not content.startswith(b"PK\x03\x04"):
        return (content,)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return [book.read(name) for name in book.namelist()]


async def facts_of(who: Caller) -> bytes:
    """What the stream sends of everything that has happened, until the last fact of the story."""
    read = bytearray()
    headers = {"Authorization": f"Bearer {who.token}"}
    request = who.http.build_request("GET", "/v1/events", params={"after": "0-0"}, headers=headers)
    stream = await who.http.send(request, stream=True)
    try:
        async with asyncio.timeout(READ_S):
            async for piece in stream.aiter_bytes():
                read += piece
                if LAST_FACT in read:
                    break
    finally:
        await stream.aclose()
    return bytes(read)
