"""Wrong requests: one row each, with what must be answered."""

import base64
import json
from dataclasses import dataclass
from typing import Any

import msgspec

from tallychain.gateway.tests.alliance import PASSPHRASE, SEED
from tallychain.ledger import codec
from tallychain.ledger.operation import SignedOperation
from tallychain.testkit.people import trial_uscc
from tallychain.testkit.world import Variation, World
from tests.deals import PROMISE, Deals
from tests.security.doors import with_signatures

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One wrong request: who sends it, and what must be answered."""

    what: str
    who: str
    method: str
    path: str
    status: int
    code: str
    body: Any = None
    content: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()


ISSUE = "/v1/acts/voucher.issue"
KEY = (("Idempotency-Key", "bad-input-0001"),)
AS_JSON = (("Content-Type", "application/json"), *KEY)


def issue(client: str = "s1", **changed: Any) -> Json:
    """A good request for an issue, with something changed."""
    world = World(seed=SEED)
    args: Json = {
        "reference": {"keyed": "HT-1"},
        "receiver": {"sponsor": "bank-a", "uscc": world.clients[client].uscc},
        "currency": "CNY",
        "face": 100_000_000,
        "nominal_maturity": "2026-09-14",
        "settlement_bank": "settle-a",
        "payable": "4d" * 32,
        "invoices": [{"fingerprint": "f1" * 32, "amount": 100_000_000}],
    }
    sealed = {"trade": msgspec.to_builtins(PROMISE)}
    body = {"args": args, "sealed": sealed, "unlock": {"passphrase": PASSPHRASE}}
    for path, value in changed.items():
        place: Json = body
        *above, last = path.split("__")
        for name in above:
            place = place[name]
        place[last] = value
    return body


def written(old: str, new: str) -> bytes:
    """The good request as text, with one piece of it replaced."""
    text = json.dumps(issue(), ensure_ascii=False)
    assert old in text
    return text.replace(old, new, 1).encode()


def act(what: str, code: str, *, status: int = 400, content: bytes | None = None, body: Any = None) -> Row:
    """A wrong request for an issue by the maker of ce-a."""
    return Row(
        what,
        "ce-a/maker",
        "POST",
        ISSUE,
        status,
        code,
        body,
        content,
        AS_JSON if content is not None else KEY,
    )


def texts() -> list[Row]:
    """Requests whose JSON is wrong."""
    return [
        act("malformed JSON", "GATEWAY_JSON_MALFORMED", content=b'{"args": {'),
        act("no JSON at all", "GATEWAY_JSON_MALFORMED", content=b""),
        act("not UTF-8", "GATEWAY_JSON_MALFORMED", content=b'{"args": "\xff\xfe"}'),
        act("nested too deep", "GATEWAY_JSON_TOO_DEEP", content=b"[" * 40 + b"]" * 40),
        act("an unknown field", "GATEWAY_FIELD_NOT_VALID", body=issue(extra=1)),
        act("an unknown field inside", "GATEWAY_FIELD_NOT_VALID", body=issue(args__extra=1)),
        act("a missing field", "GATEWAY_FIELD_NOT_VALID", body={"args": {}, "sealed": issue()["sealed"]}),
        act("a float", "GATEWAY_JSON_FLOAT", content=written("100000000", "100000000.0")),
        act("an exponent", "GATEWAY_JSON_FLOAT", content=written("100000000", "1e8")),
        act("not a number", "GATEWAY_JSON_FLOAT", content=written("100000000", "NaN")),
        act("a huge integer", "GATEWAY_JSON_NUMBER_TOO_LARGE", content=written("100000000", "1" + "0" * 40)),
        act("an integer beyond the bound", "GATEWAY_FIELD_NOT_VALID", body=issue(args__face=2**60)),
        act("a number as a text", "GATEWAY_FIELD_NOT_VALID", body=issue(args__face="100000000")),
        act("zero", "GATEWAY_FIELD_NOT_VALID", body=issue(args__face=0)),
        act(
            "a key that stands twice",
            "GATEWAY_JSON_DUPLICATE_KEY",
            content=written('"currency": "CNY"', '"currency": "CNY", "currency": "USD"'),
        ),
        act("an over-long text", "GATEWAY_FIELD_NOT_VALID", body=issue(sealed__trade__purpose="x" * 201)),
        act("an over-long promise", "GATEWAY_FIELD_NOT_VALID", body=issue(sealed__trade__promise="x" * 4097)),
        act("a character outside the table", "GATEWAY_CHARACTER_NOT_ALLOWED", body=issue(sealed__trade__purpose="a\u202eb")),
        act("an unknown sealed part", "GATEWAY_PART_UNKNOWN", status=422, body=issue(sealed__secret={})),
        act("a missing sealed part", "GATEWAY_PART_MISSING", status=422, body=issue(sealed={})),
        act("a receiver without a sponsor of record", "GATEWAY_MEMBER_UNKNOWN", status=422, body=issue(args__receiver__sponsor="nobody")),
        act("a wrong passphrase", "GATEWAY_UNLOCK_REFUSED", status=403, body=issue(unlock__passphrase="guess")),
        act("an oversized body", "GATEWAY_TOO_LARGE", status=413, content=b'{"args": "' + b"x" * 300_000 + b'"}'),
    ]  # fmt: skip


def doors() -> list[Row]:
    """Requests that are wrong before their body is looked at."""
    good = json.dumps(issue()).encode()
    return [
        Row("no token", "", "POST", ISSUE, 401, "GATEWAY_NOT_SIGNED_IN", issue(), headers=KEY),
        Row("a bad token", "", "GET", "/v1/drafts", 401, "GATEWAY_NOT_SIGNED_IN", headers=(("Authorization", "Bearer " + "0" * 64),)),
        Row("half a token", "", "GET", "/v1/drafts", 401, "GATEWAY_NOT_SIGNED_IN", headers=(("Authorization", "Bearer abc"),)),
        Row("another scheme", "", "GET", "/v1/drafts", 401, "GATEWAY_NOT_SIGNED_IN", headers=(("Authorization", "Basic YTpi"),)),
        Row("a checker that makes", "ce-a/checker", "POST", ISSUE, 403, "GATEWAY_FORBIDDEN", issue(), headers=KEY),
        Row("a client that acts for the member", "bank-a/s1", "POST", ISSUE, 403, "GATEWAY_FORBIDDEN", issue(), headers=KEY),
        Row("a client that reads the audit", "bank-a/s1", "GET", "/v1/audit", 403, "GATEWAY_FORBIDDEN"),
        Row("no idempotency key", "ce-a/maker", "POST", ISSUE, 400, "GATEWAY_IDEMPOTENCY_KEY_MISSING", issue()),
        Row("a compressed body", "ce-a/maker", "POST", ISSUE, 415, "GATEWAY_MEDIA_TYPE", content=good, headers=(*AS_JSON, ("Content-Encoding", "gzip"))),
        Row("another media type", "ce-a/maker", "POST", ISSUE, 415, "GATEWAY_MEDIA_TYPE", content=good, headers=(("Content-Type", "text/xml"), *KEY)),
        Row("an unknown operation", "ce-a/maker", "POST", "/v1/acts/voucher.print", 404, "GATEWAY_NOT_FOUND", issue(), headers=KEY),
        Row("another method", "ce-a/maker", "DELETE", ISSUE, 405, "GATEWAY_METHOD_NOT_ALLOWED"),
        Row("an unknown parameter", "ce-a/maker", "GET", "/v1/drafts", 400, "GATEWAY_QUERY_NOT_VALID", query=(("seat", "s1"),)),
        Row("a filter that is none", "ce-a/maker", "GET", "/v1/vouchers", 400, "GATEWAY_QUERY_NOT_VALID", query=(("1=1--", "x"),)),
        Row("a cursor of one's own", "ce-a/maker", "GET", "/v1/vouchers", 400, "GATEWAY_QUERY_NOT_VALID", query=(("cursor", "00"),)),
        Row("a wrong position", "ce-a/maker", "GET", "/v1/events", 400, "GATEWAY_QUERY_NOT_VALID", query=(("after", "-1"),)),
    ]  # fmt: skip


def papers() -> list[Row]:
    """Documents under names that lead elsewhere, and of sizes and sorts that are not taken."""

    def stored(
        name: str,
        status: int = 400,
        code: str = "GATEWAY_FIELD_NOT_VALID",
        content: bytes = b"x",
        kind: str = "text/plain",
    ) -> Row:
        return Row(
            f"a document called {name[:20]!r} of {len(content)} bytes as {kind}", "ce-a/maker", "POST", "/v1/documents", status, code,
            content=content, headers=(("Content-Type", kind),), query=(("name", name),),
        )  # fmt: skip

    names = [
        "../a.txt",
        "..",
        "a/b.txt",
        "a\\b.txt",
        "/etc/passwd",
        ".hidden",
        "a\0b",
        "a..b",
        "",
        "x" * 101,
        "a\nb",
        "../../keys/system.key",
        "C:evil",
    ]
    return [
        *(stored(name) for name in names),
        stored("page.html", 415, "GATEWAY_MEDIA_TYPE", kind="text/html"),
        stored("large.txt", 413, "GATEWAY_TOO_LARGE", content=b"x" * (4_194_304 + 1)),
        *(
            Row(f"the document {digest[:24]}", "ce-a/maker", "GET", f"/v1/documents/{digest}", 404, "GATEWAY_NOT_FOUND")
            for digest in ("..%2F..%2Fkeys%2Fsystem.key", "%2e%2e", "0" * 64, "gateway.sqlite")
        ),
    ]  # fmt: skip


def signed() -> list[Row]:
    """Operations signed elsewhere that are wrong: the same world with the same keys makes them."""
    world = World(seed=SEED)
    deals = Deals(world)

    def made(**more: Any) -> SignedOperation:
        return world.act(
            "voucher.issue", deals.promise(world.receiver("s1")), by="ce-a", vary=Variation(**more)
        )

    def row(
        what: str,
        operation: SignedOperation | bytes,
        code: str = "GATEWAY_OPERATION_NOT_VALID",
        who: str = "ce-a/system",
        status: int = 422,
    ) -> Row:
        frame = operation if isinstance(operation, bytes) else codec.encode_frame(operation)
        body = {"operation": base64.b64encode(frame).decode()}
        return Row(f"an operation {what}", who, "POST", "/v1/operations", status, code, body)

    good = made()
    swapped = with_signatures(good, *reversed(good.signatures))
    false = with_signatures(
        good, good.signatures[0], msgspec.structs.replace(good.signatures[1], signature=bytes(64))
    )
    staff = world.members["bank-b"].staff
    foreign = made(keys=[staff["maker"].key, staff["checker"].key])
    twice = with_signatures(
        good, good.signatures[0], msgspec.structs.replace(good.signatures[0], role="checker")
    )
    spaced = msgspec.structs.replace(good, body=good.body.replace(b'","', b'", "', 1))
    other_box = msgspec.structs.replace(
        good, boxes={digest: box + b"x" for digest, box in good.boxes.items()}
    )
    return [
        row("that is no frame", b"\xc1nonsense"),
        row("with a longer frame than needed", b"\xdc\x00\x03" + codec.encode_frame(good)[1:]),
        row("whose body is not canonical", spaced),
        row("for another chain", made(chain="trial-0")),
        row("whose time is over", made(expires_ms=world.start_ms - 1)),
        row("with its roles in another order", swapped),
        row("with one signature", with_signatures(good, good.signatures[0])),
        row("signed twice by one key", twice),
        row("with a false signature", false),
        row("with somebody else's keys", foreign),
        row("with a box that is not its own", other_box),
        row("for another carrier", made(via="bank-a"), "GATEWAY_CARRIER_IS_ANOTHER"),
        row("of a member through another member", made(via="bank-a"), "GATEWAY_FORBIDDEN", "bank-a/robot", 403),
        row("sent by a person who may not", good, "GATEWAY_FORBIDDEN", "ce-a/maker", 403),
    ]  # fmt: skip


def wrong_code() -> str:
    """A credit code whose check digit is wrong."""
    good = trial_uscc(4711)
    return good[:-1] + ("0" if good[-1] != "0" else "1")


def seat(code: str, refusal: str = "GATEWAY_FIELD_NOT_VALID") -> Row:
    """A client that cannot be enrolled under this code."""
    owner = {"id": "nine-owner", "name": "Owner", "passphrase": PASSPHRASE}
    body = {
        "id": "nine",
        "name": "Client nine",
        "uscc": code,
        "two_persons": False,
        "findable": True,
        "owner": owner,
    }
    what = f"a client with the code {code}"
    return Row(what, "bank-a/admin-1", "POST", "/v1/seats", 400, refusal, body)


def codes() -> list[Row]:
    """Credit codes that are none."""
    body = issue(args__receiver__uscc=wrong_code())
    return [
        act("a receiver's code with a wrong check digit", "GATEWAY_RECEIVER_UNKNOWN", status=422, body=body),
        seat("9131000"),
        seat("91310000ma00000001"),
    ]


def check_digit() -> list[Row]:
    """A client's code with a wrong check digit."""
    return [seat(wrong_code(), "GATEWAY_USCC_NOT_VALID")]
