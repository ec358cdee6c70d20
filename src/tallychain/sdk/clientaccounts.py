"""Accounts of record as those concerned look at them: whether the code that came back is the one that was sent."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tallychain.crypto.digest import equal

SEND: Final = "account.send"
RETURN: Final = "account.return"

__all__ = ["RETURN", "SEND", "code_came_back", "sent_code"]


def sent_code(codes: Iterable[Mapping[str, Any]]) -> str:
    """The code that this bank has drawn for an account, from rows of `client_account_codes`; empty where there is none."""
    return next((str(row["code"]) for row in codes if row["act"] == SEND), "")


def code_came_back(codes: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the code that the client said last is the one that was sent; compared in constant time."""
    rows = list(codes)
    said = sorted((row for row in rows if row["act"] == RETURN), key=lambda row: int(row["said_at"]))
    sent = sent_code(rows)
    return bool(sent and said) and equal(sent.encode(), str(said[-1]["code"]).encode())
