"""A funder's refinement of its own quoting: requests that its own gateway takes from its staff."""

from tallychain.sdk.calls import Call, Json

_PATH = "/v1/refinements"


def ask(expression: str) -> Call[Json]:
    """Enter an expression, which another person approves."""
    return Call("POST", _PATH, Json, body={"expression": expression})


def tried(expression: str) -> Call[Json]:
    """Hold an expression against the holdings of today."""
    return Call("POST", f"{_PATH}/try", Json, body={"expression": expression})


def decide(refinement: str, *, approve: bool) -> Call[Json]:
    """Let an expression hold as its second person, or close it."""
    return Call("POST", f"{_PATH}/{refinement}/{'approve' if approve else 'refuse'}", Json)
