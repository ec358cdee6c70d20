"""
False identity parts, as this gateway finds them itself: each part that it may open is held against the certificate that came from gateway to gateway.

Nothing that is true is ever opened to others: a challenge whose opening a caller leaves out is filled in only where the same check that the ledger makes
finds the part false.
"""

from dataclasses import dataclass
from typing import Any, Final

from tallychain.contracts.vouchers.challenging import refusals
from tallychain.contracts.vouchers.challenging.operations import CERTIFICATE_TEXT
from tallychain.contracts.vouchers.challenging.shown import (
    TRUE,
    UNKNOWN,
    identity_part,
    to_base64,
    verdict,
)
from tallychain.crypto.errors import CryptoRefusal
from tallychain.gateway import quoting
from tallychain.gateway.certificates import Certificates
from tallychain.gateway.concern import Concerns
from tallychain.gateway.problems import Problem
from tallychain.gateway.quoting import Quoting
from tallychain.gateway.sealingkeys import SealingKeys
from tallychain.gateway.sentences import would_be_refused
from tallychain.ledger import codec
from tallychain.ledger.codec import Malformed
from tallychain.ledger.holder import IdentityContent
from tallychain.ledger.operation import Body
from tallychain.sdk.opening import open_part, part_keys

CHALLENGE: Final = "identity.challenge"
_SHOWN: Final = ("body", "salt", "content")
_REMEMBERED: Final = 2_000
_DIGEST: Final = 64


@dataclass(frozen=True, slots=True)
class Looked:
    """An identity part that this side could open."""

    body: Body
    text: bytes
    """The act as it was signed."""
    salt: bytes
    content: bytes
    certificate: bytes
    """The one that shows what is wrong; empty where none is needed or none is here."""
    verdict: str
    """`TRUE`, `UNKNOWN` while the certificate has not come, or why it is false."""

    @property
    def is_false(self) -> bool:
        """Whether everybody could check that it is."""
        return self.verdict not in (TRUE, UNKNOWN)

    @property
    def said(self) -> IdentityContent | None:
        """What it says, if it says anything."""
        try:
            return codec.decode(IdentityContent, self.content)
        except Malformed:
            return None


class Challenges:
    """Looks at identity parts, and fills in what shows one to be false."""

    def __init__(
        self, quotes: Quoting, concerns: Concerns, sealing: SealingKeys, certificates: Certificates
    ) -> None:
        self._quotes = quotes
        self._concerns = concerns
        self._sealing = sealing
        self._certificates = certificates
        self._settled: dict[tuple[str, str], Looked | None] = {}

    async def fill(self, kind: str, args: dict[str, Any], seat: str) -> None:
        """
        Put in what shows a quote or an identity part to be false; what a caller gives itself is left as it is.

        Raises `GATEWAY_NOT_FOUND` for whoever cannot open it, and `GATEWAY_WOULD_BE_REFUSED` where it is true, or nothing here shows that it is not.
        """
        if kind == quoting.CHALLENGE:
            await self._quotes.fill_challenge(args, seat)
        elif kind == CHALLENGE and not any(args.get(name) for name in _SHOWN):
            act = str(args.get("act", ""))
            looked = await self.look(act, seat)
            if looked is None:
                raise Problem("GATEWAY_NOT_FOUND")
            if looked.verdict == TRUE:
                raise would_be_refused(refusals.IdentityIsTrue(act))
            if looked.verdict == UNKNOWN:
                raise would_be_refused(refusals.FalsehoodNotShown(act))
            args["body"], args["salt"] = looked.text.decode(), looked.salt.hex()
            args["content"] = to_base64(looked.content)
            args["certificate"] = to_base64(looked.certificate)

    async def look(self, act: str, seat: str) -> Looked | None:
        """The identity part of an act as a seat may open it, or None; what cannot change any more is remembered."""
        if (act, seat) not in self._settled:
            looked = await self._look(act, seat)
            if looked is not None and looked.verdict == UNKNOWN:
                return looked
            if len(self._settled) >= _REMEMBERED:
                self._settled.clear()
            self._settled[act, seat] = looked
        return self._settled[act, seat]

    async def _look(self, act: str, seat: str) -> Looked | None:
        signed = await self._concerns.operation(act) if len(act) == _DIGEST else None
        if signed is None:
            return None
        body = codec.decode(Body, signed.body)
        part = identity_part(body)
        own = None if part is None else await self._sealing.own(part, seat)
        box = None if part is None else signed.boxes.get(part.box)
        if part is None or own is None or box is None:
            return None
        try:
            keys = part_keys(part, await self._sealing.of_members(part))
            opened = open_part(body, part, box, keys, own.name, own.key)
        except (CryptoRefusal, KeyError):
            return None
        certificate, found = b"", verdict(body, opened.content, b"")
        for one in await self._named_in(opened.content):
            judged = verdict(body, opened.content, one)
            if found in (UNKNOWN, TRUE) and judged != UNKNOWN:
                certificate, found = one, judged
        return Looked(body, signed.body, opened.salt, opened.content, certificate, found)

    async def _named_in(self, content: bytes) -> list[bytes]:
        """The certificates that a part refers to, as far as they are here and fit into a challenge."""
        try:
            said = codec.decode(IdentityContent, content)
        except Malformed:
            return []
        chains = [
            await self._certificates.get(digest)
            for digest in (said.certificate, said.checker_certificate)
            if digest
        ]
        found = [chain.certificate for chain in chains if chain is not None]
        return [one for one in found if len(to_base64(one)) <= CERTIFICATE_TEXT]
