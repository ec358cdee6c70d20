"""Lists in pages: the same limit, cursor and Link everywhere, and a cursor that stays good while rows are added."""

import re
from pathlib import Path
from typing import Any

import httpx

from tallychain.gateway.tests.alliance import Caller, Running, alliance, code, in_loop
from tallychain.gateway.tests.test_story import issued
from tallychain.gateway.web import paging
from tallychain.gateway.web.app import all_endpoints
from tallychain.gateway.web.queries import RowPage

WITHOUT_PAGES = {
    "catalogue": "its length is fixed by the code",
    "webhook-kinds": "its length is fixed by the code",
    "session-list": "of one account, bounded by a constant",
    "account-session-list": "of one account, bounded by a constant",
    "account-change-list": "bounded by a constant",
    "seat-change-list": "bounded by a constant",
    "document-bindings": "of one document, bounded by a constant",
    "payable-paper-list": "of one payable, bounded by the papers that one may rest on",
}
_NEXT = re.compile(r'<([^>]+)>; rel="next"')


def following(answer: httpx.Response) -> str:
    """Where the next page is, or nothing."""
    found = _NEXT.fullmatch(answer.headers.get("link", ""))
    return "" if found is None else str(answer.request.url.join(found.group(1)))


async def read_all(caller: Caller, path: str, *, at_most: int = 100) -> list[Any]:
    rows: list[Any] = []
    for _ in range(at_most):
        answer = await caller.get(path)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        rows += found["rows"] if isinstance(found, dict) else found
        path = following(answer)
        if not path:
            return rows
    raise AssertionError("the list does not end")


@in_loop
async def test_every_list_is_bounded_and_has_the_same_cursor(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        lists = [
            item
            for item in all_endpoints(bank.gateway.catalogue)
            if item.response is RowPage or str(item.response).startswith("list[")
        ]
        assert len(lists) > 20
        for endpoint in lists:
            assert endpoint.name in WITHOUT_PAGES or set(paging.PAGING) <= set(endpoint.parameters), (
                endpoint.path
            )


@in_loop
async def test_pages_together_are_the_whole_list(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a") as bank:
        for number in range(3):
            await issued(there, issuer, "s1", f"issue-000{number}")
        await issuer.caught_up()
        admin, maker = await issuer.as_account("admin-1"), await issuer.as_account("maker")
        s1 = await bank.as_account("s1")
        for text in (b"1", b"2", b"3"):
            headers = {"Content-Type": "text/plain"}
            await s1.send("POST", "/v1/documents?name=a.txt", content=text, headers=headers)
        for caller, path in (
            (maker, "/v1/operations?"), (admin, "/v1/accounts?"), (admin, "/v1/audit?"), (s1, "/v1/documents?"), (maker, "/v1/blocks?"),
            (maker, "/v1/vouchers?"), (maker, "/v1/demo/accounts?"), (maker, "/v1/vouchers?issuer=ce-a&"),
            (await bank.as_account("admin-1"), "/v1/seats?"),
        ):  # fmt: skip
            whole = await caller.get(f"{path}limit=500")
            assert following(whole) == "", path
            rows = whole.json()["rows"] if isinstance(whole.json(), dict) else whole.json()
            assert len(rows) > 0, path
            for limit in (1, 2, 3):
                assert await read_all(caller, f"{path}limit={limit}") == rows, path


async def added(bank: Running, name: str) -> None:
    admin = await bank.as_account("admin-1")
    body = {"id": name, "name": name, "roles": ["look"], "passphrase": "demo"}
    assert (await admin.post("/v1/accounts", body)).status_code == 201


@in_loop
async def test_a_cursor_stays_good_while_rows_are_added_and_none_comes_twice(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        admin = await bank.as_account("admin-1")
        before = [row["id"] for row in (await admin.get("/v1/accounts")).json()]
        first = await admin.get("/v1/accounts?limit=3")
        await added(bank, "aaa-before-all")
        await added(bank, "zzz-behind-all")
        rest = await read_all(admin, following(first))
        seen = [row["id"] for row in [*first.json(), *rest]]
        assert seen == [*before, "zzz-behind-all"]

        newest = await admin.get("/v1/audit?limit=1")
        await added(bank, "one-more")
        older = await read_all(admin, following(newest))
        numbers = [line["number"] for line in [*newest.json(), *older]]
        assert numbers == sorted(numbers, reverse=True)
        assert len(set(numbers)) == len(numbers)
        assert numbers[-1] == 1


@in_loop
async def test_a_cursor_that_was_not_given_out_is_refused(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        admin = await bank.as_account("admin-1")
        of_accounts = following(await admin.get("/v1/accounts?limit=1")).partition("cursor=")[2]
        for path in (
            "/v1/operations",
            "/v1/audit",
            "/v1/documents",
            "/v1/drafts",
            "/v1/blocks",
            "/v1/vouchers",
        ):
            for cursor in (
                "x",
                "!",
                "W10",
                of_accounts,
                "WzEsMl0",
                "LTE",
                "OTk5OTk5OTk5OTk5OTk5OTk5OTk5",
                "a" * 3000,
            ):
                answer = await admin.get(f"{path}?cursor={cursor}")
                assert code(answer) == "GATEWAY_QUERY_NOT_VALID", (path, cursor)


@in_loop
async def test_what_seldom_changes_is_not_sent_twice(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        maker = await bank.as_account("maker")
        for path in ("/openapi.json", "/v1/catalogue"):
            first = await maker.get(path)
            again = await maker.get(path, headers={"If-None-Match": first.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
            other = await maker.get(path, headers={"If-None-Match": '"other"'})
            assert (other.status_code, other.content) == (200, first.content)
