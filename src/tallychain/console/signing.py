"""What every page with a signature shares: the act, its passphrase, and where the visitor goes next."""

import secrets
from typing import Any

from tallychain.console.visits import Reply, Visit, go_to

UNLOCK = ("passphrase", "code")


def new_key() -> str:
    """An idempotency key for one form: sent twice, it does one act."""
    return secrets.token_hex(16)


def unlock(visit: Visit) -> dict[str, str]:
    """What opens the signer's key for this one act; blanks in a passphrase are part of it."""
    return {"passphrase": visit.form.get("passphrase", ""), "code": visit.text("code")}


async def act(visit: Visit, kind: str, args: dict[str, Any], sealed: dict[str, Any]) -> Reply:
    """Do an act under the form's own key, and go on to its draft or its operation; raises the gateway's problems."""
    body = {"args": args, "sealed": sealed, "unlock": unlock(visit)}
    headers = {"idempotency-key": visit.text("key")}
    made = await visit.desk.post(f"act_{kind.replace('.', '_')}", body, headers=headers)
    return begun(made)


def begun(made: dict[str, str]) -> Reply:
    """To the draft that waits for a second person, or to what becomes of the operation."""
    if made["draft"]:
        return go_to(f"/drafts/{made['draft']}")
    return go_to(f"/operations/{made['operation']}")


def one_line(text: str) -> str:
    """A text as the ledger takes it: no line breaks, no doubled blanks."""
    return " ".join(text.split())


def listed(text: str) -> list[str]:
    """Numbers that were typed one a line, or with commas between them."""
    parts = text.replace("，", ",").replace("、", ",").replace("\n", ",").split(",")
    return [one_line(part) for part in parts if part.strip()]
