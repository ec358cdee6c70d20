"""Tables of which each row becomes an operation: requests that a gateway takes."""

import base64
from urllib.parse import quote

from tallychain.crypto.digest import sha256
from tallychain.sdk.calls import Call, Json, Unlock

_PATH = "/v1/batches"


def template(kind: str, *, form: str, language: str) -> Call[bytes]:
    """A table to be filled in: `issue`, `offer` or `present`, as `csv` or `xlsx`."""
    return Call(
        "GET", f"/v1/batch-templates/{quote(kind)}", bytes, query={"form": form, "language": language}
    )


def check(kind: str, content: bytes) -> Call[Json]:
    """The dry run of a table; nothing is sent or kept."""
    return Call(
        "POST",
        f"{_PATH}/check",
        Json,
        query={"kind": kind},
        content=content,
        headers={"Content-Type": "application/octet-stream"},
    )


def make(kind: str, name: str, content: bytes, unlock: Unlock) -> Call[Json]:
    """Keep a table and sign each row as the maker."""
    body = {
        "kind": kind,
        "name": name,
        "content": base64.b64encode(content).decode(),
        "digest": sha256(content).hex(),
        "unlock": unlock.plain(),
    }
    return Call("POST", _PATH, Json, body=body)


def listing() -> Call[list[Json]]:
    """The newest batches of the caller's seat."""
    return Call("GET", _PATH, list[Json])


def show(batch: str) -> Call[Json]:
    """One batch, its totals and how its rows stand."""
    return Call("GET", f"{_PATH}/{quote(batch)}", Json)


def rows(batch: str) -> Call[list[Json]]:
    """Every row of a batch."""
    return Call("GET", f"{_PATH}/{quote(batch)}/rows", list[Json], query={"limit": "500"})


def result(batch: str, *, form: str, language: str) -> Call[bytes]:
    """What became of each row, as a file."""
    return Call("GET", f"{_PATH}/{quote(batch)}/result", bytes, query={"form": form, "language": language})


def sign(batch: str, unlock: Unlock) -> Call[Json]:
    """Sign what is not signed yet, and anew what ended without effect."""
    return Call("POST", f"{_PATH}/{quote(batch)}/sign", Json, body={"unlock": unlock.plain()})


def release(batch: str, digest: str, unlock: Unlock) -> Call[Json]:
    """Sign every waiting row as the second person."""
    return Call(
        "POST", f"{_PATH}/{quote(batch)}/release", Json, body={"digest": digest, "unlock": unlock.plain()}
    )


def refuse(batch: str, reason: str) -> Call[Json]:
    """Close every row that nobody has released."""
    return Call("POST", f"{_PATH}/{quote(batch)}/refuse", Json, body={"reason": reason})
