"""Statements as the driver of PostgreSQL wants them."""

from functools import lru_cache


@lru_cache(maxsize=1024)
def with_percent(sql: str) -> bytes:
    """A statement with `%s` for each `?` outside of quotes, and `%%` for each `%`."""
    pieces = []
    quote = ""
    for letter in sql:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "?":
            pieces.append("%s")
            continue
        pieces.append("%%" if letter == "%" else letter)
    return "".join(pieces).encode()
