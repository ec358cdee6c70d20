"""Tokens that are bound to a key: every request under one carries a fresh signature of that key (`sdk/requestproof.py`).

Nonces are kept in memory for as long as a proof is fresh; a proof from before this process began is refused, so a restart forgets none.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Final

from tallychain.gateway.accounts import wall_ms
from tallychain.gateway.problems import Problem
from tallychain.sdk import requestproof
from tallychain.sdk.requestproof import Request, RequestProofRefused

FRESH_S: Final = 60
"""How far the clock of a system may be from ours."""
_KEPT: Final = 200_000


class RequestProofs:
    """Judges the proofs of requests under bound tokens."""

    def __init__(self, now_ms: Callable[[], int] = wall_ms) -> None:
        self._now_ms = now_ms
        self._began_s = now_ms() // 1000
        self._nonces: OrderedDict[tuple[str, str], int] = OrderedDict()

    def check(self, request: Request, headers: Mapping[str, str], key: str) -> None:
        """Let a request pass that the key of its token has just signed; raises `GATEWAY_REQUEST_NOT_PROVEN`."""
        try:
            proven = requestproof.check(request, headers, key)
        except RequestProofRefused as refused:
            raise Problem("GATEWAY_REQUEST_NOT_PROVEN", detail=str(refused)) from None
        now_s = self._now_ms() // 1000
        if abs(proven.created_s - now_s) > FRESH_S:
            raise Problem(
                "GATEWAY_REQUEST_NOT_PROVEN", detail=f"it was signed more than {FRESH_S} s from now"
            )
        if proven.created_s < self._began_s:
            raise Problem(
                "GATEWAY_REQUEST_NOT_PROVEN", detail="it was signed before this gateway started; sign again"
            )
        self._forget(now_s)
        name = (key, proven.nonce)
        if name in self._nonces:
            raise Problem("GATEWAY_REQUEST_NOT_PROVEN", detail="the same proof came before")
        if len(self._nonces) >= _KEPT:
            raise Problem("GATEWAY_RATE_EXCEEDED", retry_after_s=FRESH_S)
        # Kept until no proof with this nonce can be fresh any more.
        self._nonces[name] = now_s + 2 * FRESH_S + 1

    def _forget(self, now_s: int) -> None:
        while self._nonces:
            name, until_s = next(iter(self._nonces.items()))
            if until_s > now_s:
                return
            del self._nonces[name]
