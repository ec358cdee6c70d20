"""The requests that a gateway takes and the answers it gives, without a connection: shared by every client."""

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct

from tallychain.crypto.errors import CryptoRefusal

A = TypeVar("A")

QUEUED: Final = ("queued", "submitted")
"""States of an operation whose end is not certain yet."""

Json = dict[str, Any]


class GatewayRefused(Exception):
    """
    The gateway will not do what was asked, and nothing has changed.

    `code` is stable, `sentence` for a person, `status` that of HTTP, `retry_after_s` when trying again makes sense (0: never).
    """

    def __init__(self, code: str, sentence: str, status: int, fields: Json, retry_after_s: int = 0) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
        self.status = status
        self.fields = fields
        self.retry_after_s = retry_after_s


class GatewayNotReached(Exception):
    """The gateway does not answer; what was asked may or may not have happened, and may be asked again under the same key."""

    code = "GATEWAY_NOT_REACHED"

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"The gateway at {url} does not answer ({why}).")


class AnswerNotUnderstood(CryptoRefusal):
    """What answered is not a gateway of this version."""

    code = "ANSWER_NOT_UNDERSTOOD"


class Token(Struct, frozen=True):
    """A bearer token and when it ends."""

    token: str
    expires_ms: int = 0

    def __repr__(self) -> str:
        return "<token>"


class Made(Struct, frozen=True):
    """What an act led to: a draft that waits for a second person, or an operation that is kept for submission."""

    draft: str = ""
    operation: str = ""
    warnings: list[Json] = msgspec.field(default_factory=list)
    """What does not stop the act and should be known: `code`, `sentence_en`, `sentence_zh`."""


class Page(Struct, frozen=True):
    """Some rows, and where the next ones begin; `cursor` is empty on the last page."""

    rows: list[Json]
    cursor: str = ""
    as_of: Json = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call(Generic[A]):
    """One request and the type of its answer."""

    method: str
    path: str
    answer: type[A]
    query: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Unlock:
    """What a person gives to sign one act: the passphrase of the own key, and a second factor where one is demanded."""

    passphrase: str = field(repr=False)
    code: str = field(default="", repr=False)

    def plain(self) -> Json:
        """As it stands in a request."""
        return {"passphrase": self.passphrase, "code": self.code}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An act to be built, sealed and signed by the gateway for the caller's seat."""

    type: str
    args: Json
    sealed: Mapping[str, Json] = field(default_factory=dict)
    to: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Further recipients of sealed parts."""
    tag: str = ""
    unlock: Unlock | None = None
    key: str = ""
    """Idempotency-Key: the same act asked again under it happens once.  Empty: a fresh one."""

    def call(self) -> Call[Made]:
        """The request."""
        body: Json = {"args": self.args, "sealed": dict(self.sealed), "to": dict(self.to), "tag": self.tag}
        if self.unlock is not None:
            body["unlock"] = self.unlock.plain()
        return Call(
            "POST",
            f"/v1/acts/{quote(self.type)}",
            Made,
            body=body,
            headers={"Idempotency-Key": self.key or fresh_key()},
        )


def fresh_key() -> str:
    """A new Idempotency-Key."""
    return secrets.token_hex(16)


def sign_in(account: str, passphrase: str, code: str = "") -> Call[Token]:
    """A token for an account; `code` is that of the second factor, where one is demanded."""
    body = {"account": account, "passphrase": passphrase, "code": code}
    return Call("POST", "/v1/sessions", Token, body=body)


def approve(draft: str, unlock: Unlock) -> Call[Made]:
    """Sign a draft as its second person."""
    return Call("POST", f"/v1/drafts/{quote(draft)}/approve", Made, body={"unlock": unlock.plain()})


def refuse(draft: str, reason: str) -> Call[Json]:
    """Close a draft without an operation."""
    return Call("POST", f"/v1/drafts/{quote(draft)}/refuse", Json, body={"reason": reason})


def get(path: str, query: Mapping[str, str] | None = None) -> Call[Json]:
    """Anything that is one JSON object."""
    return Call("GET", path, Json, query=query or {})


def listing(path: str, query: Mapping[str, str] | None = None) -> Call[list[Json]]:
    """Anything that is a JSON array of objects."""
    return Call("GET", path, list[Json], query=query or {})


def rows(view: str, filters: Mapping[str, str], cursor: str, limit: int) -> Call[Page]:
    """One page of a list."""
    query = {**filters, "limit": str(limit)}
    if cursor:
        query["cursor"] = cursor
    return Call("GET", f"/v1/{quote(view)}", Page, query=query)


def row(view: str, key: str) -> Call[Json]:
    """One row of a list."""
    return Call("GET", f"/v1/{quote(view)}/{quote(key, safe='')}", Json)


def operation(identifier: str, wait_s: int = 0) -> Call[Json]:
    """What became of an operation; waits on the other side until its end is certain, or the time is over."""
    query = {"wait": str(wait_s)} if wait_s else {}
    return Call("GET", f"/v1/operations/{quote(identifier)}", Json, query=query)


def proof(identifier: str, cites: str = "") -> Call[bytes]:
    """The bundle that proves an operation; it cites the policies and calendars of the voucher `cites`, where one is named."""
    query = {"cites": cites} if cites else {}
    return Call("GET", f"/v1/proofs/{quote(identifier)}", bytes, query=query)


def certificate(kind: str, subject: str) -> Call[bytes]:
    """The certificate on a payable, voucher, holding, settlement or default, as a PDF."""
    return Call("GET", f"/v1/certificates/{quote(kind)}/{quote(subject)}", bytes)


def store_document(name: str, media_type: str, content: bytes) -> Call[Json]:
    """Keep a file for the caller's seat."""
    return Call(
        "POST",
        "/v1/documents",
        Json,
        query={"name": name},
        content=content,
        headers={"Content-Type": media_type},
    )


def document(digest: str) -> Call[bytes]:
    """The content of a document of the caller's seat."""
    return Call("GET", f"/v1/documents/{quote(digest)}", bytes)


def remove_document(digest: str) -> Call[bytes]:
    """Remove a document of the caller's seat that nothing rests on any more."""
    return Call("DELETE", f"/v1/documents/{quote(digest)}", bytes)


def send_document(digest: str, member: str, uscc: str) -> Call[Json]:
    """Send a document of the caller's seat to a member, for its client of that code or for itself."""
    return Call("POST", f"/v1/documents/{quote(digest)}/send", Json, body={"to": member, "uscc": uscc})


def registry_export(*, everything: bool) -> Call[bytes]:
    """What is to be registered or taken back at the movable-property registry, as a table."""
    return Call("GET", "/v1/registry/export", bytes, query={"everything": str(everything).lower()})


def registry_list(content: bytes, *, dry_run: bool) -> Call[Json]:
    """Give the registry's list."""
    return Call(
        "POST",
        "/v1/registry/list",
        Json,
        query={"dry_run": str(dry_run).lower()},
        content=content,
        headers={"Content-Type": "application/octet-stream"},
    )


def registry_reconciliation() -> Call[Json]:
    """What is due at the registry, and where ledger and registry differ."""
    return Call("GET", "/v1/registry/reconciliation", Json)


def papers_behind(payable: str) -> Call[list[Json]]:
    """The papers behind a payable, and whether their files are here."""
    return Call("GET", f"/v1/payable-papers/{quote(payable)}", list[Json])


def ask_papers(payable: str, financing: str) -> Call[Json]:
    """Ask for the papers behind a payable: as its debtor once more, or as a funder of a financing."""
    return Call("POST", f"/v1/payable-papers/{quote(payable)}/ask", Json, body={"financing": financing})


def papers_asked(payable: str) -> Call[list[Json]]:
    """The member's requests for the papers behind a payable."""
    return Call("GET", f"/v1/payable-papers/{quote(payable)}/requests", list[Json])


def paper_lookers(payable: str) -> Call[list[Json]]:
    """Who has asked for the papers behind a payable that the seat presented."""
    return Call("GET", f"/v1/payable-papers/{quote(payable)}/lookers", list[Json])


def share_papers(*, standing: bool) -> Call[Json]:
    """Give standing consent to share papers with the funders of later holders, or take it back."""
    return Call("POST", "/v1/papers-consent", Json, body={"standing": standing})


def paper_behind(payable: str, digest: str) -> Call[bytes]:
    """The file of a paper behind a payable."""
    return Call("GET", f"/v1/payable-papers/{quote(payable)}/{quote(digest)}", bytes)


def preview(change: Json) -> Call[Json]:
    """Whom and what a proposal with this change would touch: a dry run."""
    return Call("POST", "/v1/previews", Json, body={"data": change})


def make_fingerprint_key() -> Call[Json]:
    """A key for the alliance's next epoch, made and kept by the gateway: its epoch and commitment, for a proposal."""
    return Call("POST", "/v1/fingerprint-keys", Json)


def refill_cards(unlock: Unlock) -> Call[Json]:
    """Sign tag cards up to the stock."""
    return Call("POST", "/v1/cards", Json, body={"unlock": unlock.plain()})


def plan_act(type_name: str, args: Json, labels: Sequence[str], to: Json, tag: str, key: str) -> Call[bytes]:
    """For a seat with keys of its own: what an act needs that only a gateway can find (`ownacts.Plan`)."""
    return Call(
        "POST",
        f"/v1/plans/{quote(type_name)}",
        bytes,
        body={"args": args, "labels": list(labels), "to": to, "tag": tag},
        headers={"Idempotency-Key": key},
    )


def deliver_cards(cards: Sequence[tuple[int, bytes]]) -> Call[Json]:
    """For a seat with keys of its own: signed tag cards, each with the number of its tag."""
    plain = [{"counter": counter, "card": base64.b64encode(card).decode()} for counter, card in cards]
    return Call("POST", "/v1/cards/signed", Json, body={"cards": plain})


def submit(frame: bytes) -> Call[Json]:
    """Submit an operation that was signed here."""
    return Call("POST", "/v1/operations", Json, body={"operation": base64.b64encode(frame).decode()})


def export_wallet(unlock: Unlock, *, leave: bool) -> Call[Json]:
    """The wallet of the caller's hosted seat under its passphrase; with `leave` the seat is suspended there."""
    return Call("POST", "/v1/wallet/export", Json, body={"unlock": unlock.plain(), "leave": leave})


def import_wallet(wallet: Json, passphrase: str, unlock: Unlock) -> Call[Json]:
    """Bring an exported wallet, which `passphrase` opens, to the caller's fresh seat."""
    body = {"wallet": wallet, "passphrase": passphrase, "unlock": unlock.plain()}
    return Call("POST", "/v1/wallet/import", Json, body=body)


def read_answer(call: Call[A], url: str, status: int, headers: Mapping[str, str], content: bytes) -> A:
    """The answer in its type; raises `GatewayRefused`, `AnswerNotUnderstood`."""
    if status >= 400:
        raise _refusal(status, headers, content)
    if call.answer is bytes:
        return content  # type: ignore[return-value]  # the type was just compared
    try:
        return msgspec.json.decode(content, type=call.answer)
    except msgspec.DecodeError as error:
        raise AnswerNotUnderstood(f"What answers at {url} is no gateway of this version: {error}.") from None


class _Problem(Struct, frozen=True):
    code: str
    detail: str
    fields: Json = msgspec.field(default_factory=dict)


def _refusal(status: int, headers: Mapping[str, str], content: bytes) -> GatewayRefused:
    after = headers.get("retry-after", "")
    retry_after_s = int(after) if after.isdigit() else 0
    try:
        problem = msgspec.json.decode(content, type=_Problem)
    except msgspec.DecodeError:
        return GatewayRefused(
            "GATEWAY_STATUS", f"The gateway answered with status {status}.", status, {}, retry_after_s
        )
    return GatewayRefused(problem.code, problem.detail, status, problem.fields, retry_after_s)


def title_dossier(financing: str) -> Call[Json]:
    """The chain of title behind a financing in which the member was asked for money, with what is missing of it."""
    return Call("GET", f"/v1/title-dossiers/{quote(financing)}", Json)


def ask_dossier(financing: str) -> Call[Json]:
    """Ask the issuer once more who stands in that chain."""
    return Call("POST", f"/v1/title-dossiers/{quote(financing)}/ask", Json, body={})


def dossiers_given() -> Call[list[Json]]:
    """To whom the member has shown chains of title, as issuer."""
    return Call("GET", "/v1/title-dossiers", list[Json])
