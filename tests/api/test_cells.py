"""Endpoint by caller by owner: every cell is asked over HTTP, and what a cell must answer is written here and in the table by hand.

The endpoints come from the routes themselves.  A new one fails here until it stands in the table of `test_permissions.py`, and, where its
path names an object, in `OWNED` or `SHARED` below.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tallychain.crypto.wallet import SignRoot
from tallychain.gateway.enrolment import NewAccount
from tallychain.gateway.tests.alliance import PASSPHRASE, Running, alliance, in_loop
from tallychain.gateway.tests.test_permissions import CLASSES, EXPECTED, PUBLIC
from tallychain.gateway.web.app import all_endpoints
from tallychain.gateway.web.endpoints import Endpoint
from tallychain.ledger.contract import Authority
from tests.api.serving import PLENTY

TABLE = {
    line.split()[0]: {kind for kind, mark in zip(CLASSES, line.split()[1], strict=True) if mark == "y"}
    for line in EXPECTED.strip().splitlines()
}
BEGIN = {
    Authority.TWO_PERSONS: {"staff:maker"},
    Authority.TWO_ADMINS: {"staff:admin"},
    Authority.SYSTEM: {"staff:system"},
    Authority.HOLDER: {"staff:maker", "client:maker"},
}
OWNED = {
    "draft-show": "draft", "draft-approve": "draft", "draft-refuse": "draft", "operation-show": "operation",
    "document-show": "document", "document-bindings": "document", "document-send": "document", "document-remove": "document", "session-end": "session", "webhook-show": "webhook",
    "webhook-change": "webhook", "webhook-remove": "webhook", "webhook-secret": "webhook", "webhook-test": "webhook",
    "webhook-deliveries": "webhook", "webhook-redeliver": "webhook",
    **dict.fromkeys(("batch-show", "batch-rows", "batch-result", "batch-sign", "batch-release", "batch-refuse"), "batch"),
}  # fmt: skip
SHARED = {
    "view-show": "public rows; private ones are asked for by the caller's seat, see tests/security/test_visibility.py",
    "proof": "what is public; parts are opened for the caller's seat only, see tests/security/test_visibility.py",
    "certificate": "what is public; names and parts are opened for the caller's seat only, see gateway/tests/test_certificates.py",
    **dict.fromkeys(
        ("disclosure-show", "disclosure-vouchers"),
        "what everybody may know of an issuer, where the gateway allows it, see console/tests/test_disclosure.py",
    ),
    "act-plan": "a type of operation, not somebody's object",
    "batch-template": "a kind of table, not somebody's object; what stands in it is the caller's own, see gateway/tests/test_batches.py",
    **dict.fromkeys(
        ("payable-paper-list", "payable-paper-show", "payable-paper-ask", "payable-paper-requests", "payable-paper-lookers"),
        "a payable of two parties; who of them reads its papers, see gateway/tests/test_papers_behind.py, test_sharing.py and tests/security/test_visibility.py",
    ),
    "seat-change": "the member's own clients, by its admins",
    **dict.fromkeys(
        ("seat-one-person", "seat-persons-approve", "seat-persons-refuse"),
        "the own seat, or the member's clients by its admins; another seat's is not there, see console/tests/test_persons_page.py",
    ),
    **dict.fromkeys(
        ("title-dossier-show", "title-dossier-ask"),
        "a financing in which the caller's member was asked for money; for another member it is not there, see gateway/tests/test_dossiers.py",
    ),
    "papers-looker-answer": "a request for papers of the caller's seat; another seat's is not there, see gateway/tests/test_sharing.py and console/tests/test_sharing_page.py",
    **dict.fromkeys(
        ("limit-approve", "limit-refuse", "refinement-approve", "refinement-refuse"),
        "the member's own limits, by its staff",
    ),
    **dict.fromkeys(
        (
            "account-close", "account-certificate", "account-token", "account-session-list", "account-session-end", "account-lock-open",
            "account-change-approve", "account-change-refuse",
        ),
        "the member's own accounts, by its admins",
    ),
}  # fmt: skip
BODIES = {
    "act": {"args": {}},
    "batch-refuse": {"reason": "x"},
    "batch-release": {"digest": "0" * 64},
    "document-send": {"to": "bank-b", "uscc": "91350100M000100Y43"},
}
"""What must be there for an endpoint to come to the question whose object it is; all others are asked with an empty object."""
LISTS = {
    "draft-list": "draft",
    "operation-list": "operation",
    "document-list": "document",
    "webhook-list": "webhook",
    "batch-list": "batch",
}
ENDLESS = {"events"}
"""A stream has no end; who may read it is asked in test_permissions.py, and how it answers in test_description.py."""

MISSING, FORBIDDEN, NOBODY = "GATEWAY_NOT_FOUND", "GATEWAY_FORBIDDEN", "GATEWAY_NOT_SIGNED_IN"


@dataclass(frozen=True)
class Who:
    """One kind of caller."""

    name: str
    kind: str
    """Class of the permissions table; empty for one who has no good token here."""
    account: str
    seat: str
    token: str


class Cells:
    """Asks cell after cell and keeps what is wrong."""

    def __init__(self, bank: Running, callers: list[Who]) -> None:
        self.bank = bank
        self.callers = callers
        self.asked = 0
        self.wrong: list[str] = []

    async def ask(
        self, endpoint: Endpoint, who: Who, object_id: str = "nothing"
    ) -> tuple[int, str, httpx.Response]:
        """Status and code of an answer, to an empty body where one is wanted."""
        self.asked += 1
        path = endpoint.path
        for name in ("id", "key", "digest", "operation", "kind"):
            path = path.replace(f"{{{name}}}", object_id)
        headers = {"Authorization": f"Bearer {who.token}"} if who.token else {}
        body: dict[str, Any] = {}
        if endpoint.request is bytes:
            body = {"content": b"x"}
        elif endpoint.request is not None:
            body = {"json": BODIES.get(endpoint.name, {})}
        headers["Idempotency-Key"] = "cell-0001"
        answer = await self.bank.http.request(endpoint.method, path, headers=headers, **body)
        is_problem = answer.headers.get("content-type") == "application/problem+json"
        return answer.status_code, answer.json()["code"] if is_problem else "", answer

    def check(self, cell: str, code: str, *, must: str = "", never: tuple[str, ...] = ()) -> None:
        """Note a cell whose answer is another one."""
        if (must and code != must) or code in never:
            self.wrong.append(f"{cell}: {code or 'done'}, must be {must or 'none of ' + ', '.join(never)}")


async def callers_of(bank: Running, issuer: Running) -> list[Who]:
    """One of each kind: no token, another member's token, every role of the staff, a client's two persons, another client."""
    gateway = bank.gateway
    owner = await gateway.accounts.get("s1")
    assert owner is not None
    root = SignRoot.load(gateway.seats.folder("s1") / owner.key_file, PASSPHRASE)
    await gateway.enrolment.add_client(
        await gateway.seats.need("s1"),
        NewAccount("s1-checker", "Second person", ("checker",), PASSPHRASE),
        root,
    )
    found = [
        Who("anonymous", "", "", "", ""),
        Who("another member", "", "", "", (await issuer.as_account("maker")).token),
    ]
    for kind, account, seat in (
        ("staff:maker", "maker", "member"), ("staff:checker", "checker", "member"), ("staff:admin", "admin-1", "member"),
        ("staff:system", "robot", "member"), ("staff:look", "looker", "member"), ("client:maker", "s1", "s1"),
        ("client:checker", "s1-checker", "s1"), ("client:maker", "s2", "s2"),
    ):  # fmt: skip
        found.append(Who(account, kind, account, seat, (await bank.as_account(account)).token))
    return found


class Objects:
    """Makes an object of a seat, a new one for every cell, so that no cell lives on another's."""

    def __init__(self, bank: Running) -> None:
        self.bank = bank
        self.count = 0
        self.draft = ""
        self.ids: dict[str, set[str]] = {"member": set(), "s1": set()}

    async def of(self, what: str, seat: str, who: Who) -> str:
        """The id of a new object of a kind."""
        self.count += 1
        makers: dict[str, Callable[[str, Who], Awaitable[str]]] = {
            "draft": self._draft, "operation": self._operation, "document": self._document, "session": self._session, "webhook": self._webhook,
            "batch": self._batch,
        }  # fmt: skip
        made = await makers[what](seat, who)
        self.ids[seat].add(made)
        return made

    async def _draft(self, seat: str, _: Who) -> str:
        """A copy of one real draft: to make one costs an attempt at a passphrase, and those are few."""
        if not self.draft:
            admin = await self.bank.as_account("admin-1")
            wish = {"gateway": "https://bank-a.example"}
            self.draft = (await admin.act("member.gateway_set", wish, key="draft-0001")).json()["draft"]
        made = f"{self.count:032x}"
        await self.bank.gateway.database.write(
            lambda db: db.execute(
                "INSERT INTO draft (id, seat, type, maker, made_ms, expires_ms, state, content) "
                "SELECT ?, ?, type, 'somebody', made_ms, expires_ms, 'open', content FROM draft WHERE id = ?",
                (made, seat, self.draft),
            )
        )
        return made

    async def _operation(self, seat: str, _: Who) -> str:
        made = f"{self.count:064x}"
        await self.bank.gateway.database.write(
            lambda db: db.execute(
                "INSERT INTO outbox (id, seat, account, type, frame, expires_ms, queued_ms, state) VALUES (?, ?, '', 'voucher.accept', ?, 1, 1, 'done')",
                (made, seat, b""),
            )
        )
        return made

    async def _batch(self, seat: str, _: Who) -> str:
        made = f"{self.count:016x}"
        await self.bank.gateway.database.write(
            lambda db: db.execute(
                "INSERT INTO batch VALUES (?, ?, 'issue', ?, 'rows.xlsx', 1, 'somebody', 1, 'open', '', 0, '')",
                (made, seat, "1" * 64),
            )
        )
        return made

    async def _document(self, seat: str, _: Who) -> str:
        documents = self.bank.gateway.documents
        stored = await documents.store(seat, str(self.count).encode(), name="a.txt", media_type="text/plain")
        return stored.digest

    async def _session(self, seat: str, who: Who) -> str:
        account = who.account if who.seat == seat else {"member": "maker", "s1": "s1"}[seat]
        token = (await self.bank.as_account(account)).token
        sessions = await self.bank.gateway.accounts.sessions(account, token)
        return next(session.id for session in sessions if session.is_current)

    async def _webhook(self, seat: str, _: Who) -> str:
        hooks = self.bank.gateway.telling.hooks
        made, _secret = await hooks.add(
            seat=seat, url="http://127.0.0.1:9/x", kinds=("operation.ended",), own=True, by="", after_height=0
        )
        await self.bank.gateway.database.write(
            lambda db: db.execute("DELETE FROM webhook WHERE seat = ? AND id <> ?", (seat, made.id))
        )
        return made.id


def may(endpoint: Endpoint, who: Who) -> bool:
    return who.kind in TABLE[endpoint.name]


async def fill(cells: Cells, endpoint: Endpoint, objects: Objects) -> None:
    """Every cell of one endpoint."""
    for who in cells.callers:
        cell = f"{endpoint.method} {endpoint.path} by {who.name}"
        if endpoint.name in ENDLESS and who.kind:
            continue
        if endpoint.name in OWNED:
            for seat in ("member", "s1"):
                made = await objects.of(OWNED[endpoint.name], seat, who)
                _, code, _ = await cells.ask(endpoint, who, made)
                judge(cells, endpoint, who, f"{cell} of {seat}", code, is_own=who.seat == seat)
            continue
        fresh = who
        if who.kind and endpoint.name == "sign-out":
            fresh = await renewed(cells.bank, who)
        _, code, answer = await cells.ask(endpoint, fresh)
        judge(cells, endpoint, who, cell, code, is_own=None)
        if endpoint.name in LISTS and not code:
            others = set().union(*(ids for seat, ids in objects.ids.items() if seat != who.seat))
            if any(name in answer.text for name in others):
                cells.wrong.append(f"{cell}: it shows what belongs to another seat")


async def renewed(bank: Running, who: Who) -> Who:
    return Who(who.name, who.kind, who.account, who.seat, (await bank.as_account(who.account)).token)


def judge(cells: Cells, endpoint: Endpoint, who: Who, cell: str, code: str, *, is_own: bool | None) -> None:
    """What a cell must answer."""
    if endpoint.name in PUBLIC:
        cells.check(cell, code, never=(FORBIDDEN,))
    elif not who.kind:
        cells.check(cell, code, must=NOBODY)
    elif not may(endpoint, who):
        cells.check(cell, code, must=FORBIDDEN)
    elif is_own is False:
        cells.check(cell, code, must=MISSING)
    elif is_own and endpoint.name == "draft-approve" and who.kind != "staff:admin":
        # The draft at hand is an admins' matter; who decides on which type is asked in test_permissions.py.
        cells.check(cell, code, must=FORBIDDEN)
    elif is_own:
        cells.check(cell, code, never=(MISSING, NOBODY, FORBIDDEN))
    elif endpoint.name == "act":
        kind = cells.bank.gateway.acts.kind(endpoint.path.rpartition("/")[2])
        if who.kind in BEGIN[kind.authority]:
            cells.check(cell, code, never=(NOBODY, FORBIDDEN))
        else:
            cells.check(cell, code, must=FORBIDDEN)
    else:
        cells.check(cell, code, never=(NOBODY, FORBIDDEN))


@pytest.mark.slow
@in_loop
async def test_every_endpoint_answers_every_caller_about_every_owner_as_the_table_says(
    tmp_path: Path,
) -> None:
    rates = dict.fromkeys(
        (
            "account_burst",
            "account_rate_per_s",
            "seat_burst",
            "seat_rate_per_s",
            "member_burst",
            "member_rate_per_s",
        ),
        PLENTY,
    )
    async with (
        alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a", **rates) as bank,
    ):  # fmt: skip
        endpoints = all_endpoints(bank.gateway.catalogue)
        named = {item.name for item in endpoints}
        assert named == set(TABLE) | PUBLIC
        assert {item.name for item in endpoints if "{" in item.path} == (set(OWNED) | set(SHARED)) - {
            "token-rotate"
        }
        cells = Cells(bank, await callers_of(bank, issuer))
        objects = Objects(bank)
        for seat in ("member", "s1"):
            for what in sorted(set(OWNED.values())):
                await objects.of(what, seat, cells.callers[0])
        for endpoint in endpoints:
            await fill(cells, endpoint, objects)
        assert "\n".join(cells.wrong) == ""
        assert cells.asked > 8 * len(endpoints), cells.asked
