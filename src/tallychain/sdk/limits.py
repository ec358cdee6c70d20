"""A funder's own limits: requests that its own gateway takes from its staff."""

from tallychain.sdk.calls import Call, Json

_PATH = "/v1/limits"


def ask(kind: str, amount: int, valid_until: str, issuer: str = "") -> Call[Json]:
    """Enter a limit: `line` of an issuer, or `assets`, all that is at risk."""
    body = {"kind": kind, "amount": amount, "valid_until": valid_until, "issuer": issuer}
    return Call("POST", _PATH, Json, body=body)


def decide(limit: str, *, approve: bool) -> Call[Json]:
    """Let a limit hold as its second person, or close it."""
    return Call("POST", f"{_PATH}/{limit}/{'approve' if approve else 'refuse'}", Json)
