"""Before a debtor's persons sign that they owe: the sealed papers are opened, and every fingerprint is computed again.

The ledger cannot see whether a fingerprint is that of the paper; the debtor's gateway can, because the papers are sealed to it and the
alliance has given it the key.  What was found is kept with the draft, so that both persons read the papers in what they sign.
"""

import asyncio
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from tallychain.contracts.documents.contents import PapersContent
from tallychain.contracts.documents.operations import Present
from tallychain.crypto.certificates import CertificateNotValid
from tallychain.crypto.identity import verify_identity
from tallychain.gateway.certificates import Authorities, Certificates
from tallychain.gateway.concern import Concerns
from tallychain.gateway.houseparts import PartShut, house_part
from tallychain.gateway.naming import Naming
from tallychain.gateway.papers import check_papers
from tallychain.gateway.problems import Problem
from tallychain.gateway.sealingkeys import SealingKeys
from tallychain.ledger import codec
from tallychain.ledger.holder import IdentityContent
from tallychain.ledger.operation import Body, SignedOperation
from tallychain.sdk.build import IDENTITY
from tallychain.sdk.opening import statement_of

CONFIRM: Final = "payable.confirm"
PRESENT: Final = "payable.present"
PAPERS: Final = "papers"
_LOOK_EVERY_S: Final = 0.2

S = TypeVar("S", bound=Struct)


class Basis(Struct, frozen=True):
    """What a confirmation rests on, made sure of: who presents, and the papers."""

    identity: IdentityContent
    papers: PapersContent


@dataclass(frozen=True, slots=True)
class Confirming:
    """Judges what stands behind a payable for the member that owes it."""

    concerns: Concerns
    sealing: SealingKeys
    certificates: Certificates
    authorities: Authorities
    naming: Naming
    wait_ms: int
    """How long a certificate is waited for that has not come yet."""

    async def check(self, payable: str) -> Basis | None:
        """
        Who presents a payable, and its papers; None where no such operation stands on the ledger, which the ledger then says itself.

        Raises `GATEWAY_WRAPS_DIFFER`, `GATEWAY_IDENTITY_NOT_PROVEN`, `GATEWAY_PAPERS_DIFFER`, `GATEWAY_FINGERPRINT_KEY_MISSING`,
        `GATEWAY_PAPER_PROMISED_BEFORE`.
        """
        signed = await self.concerns.operation(payable)
        if signed is None:
            return None
        body = codec.decode(Body, signed.body)
        if body.type != PRESENT:
            return None
        identity = await self._opened(payable, signed, body, IDENTITY, IdentityContent)
        await self._check_identity(body, identity)
        papers = await self._opened(payable, signed, body, PAPERS, PapersContent)
        args = codec.decode(Present, bytes(body.args))
        check_papers(args, papers, self.naming.all())
        await self.naming.check_not_before(args, papers)
        return Basis(identity, papers)

    async def _opened(
        self, payable: str, signed: SignedOperation, body: Body, label: str, content: type[S]
    ) -> S:
        try:
            return await house_part(self.sealing, signed, body, label, content)
        except PartShut as shut:
            raise _shut(payable, str(shut)) from None

    async def _check_identity(self, body: Body, content: IdentityContent) -> None:
        statement = statement_of(body)
        await self._person(statement, content, content.certificate, content.signature)
        if content.checker_certificate or content.checker_signature:
            if content.checker_certificate == content.certificate:
                raise _not_proven("two persons must sign, each under a certificate of their own")
            await self._person(statement, content, content.checker_certificate, content.checker_signature)

    async def _person(self, statement: bytes, content: IdentityContent, digest: str, signature: str) -> None:
        await self._arrived(digest)
        chain, named = await self.certificates.get(digest), await self.certificates.introduced(digest)
        if chain is None or named is None:
            raise _not_proven("the presenter's certificate has not come from its sponsor yet")
        if (named.name, named.uscc) != (content.name, content.uscc):
            raise _not_proven("the certificate was introduced as that of somebody else")
        try:
            subject = self.authorities.subject(chain)
            signed = bytes.fromhex(signature)
        except CertificateNotValid as error:
            raise _not_proven(error.reason) from None
        except ValueError:
            raise _not_proven("the signature is not hexadecimal") from None
        if subject.kind == "enterprise" and subject.identifier != content.uscc:
            raise _not_proven("the certificate is another enterprise's")
        if not verify_identity(chain.certificate, statement, signed):
            raise _not_proven("the signature is not that of the certified key")

    async def _arrived(self, digest: str) -> None:
        """Wait a little for a certificate: it travels by letter beside the ledger, and may be slower."""
        tries = int(self.wait_ms / 1000 / _LOOK_EVERY_S)
        while tries > 0 and await self.certificates.get(digest) is None:
            await asyncio.sleep(_LOOK_EVERY_S)
            tries -= 1


def shown(basis: Basis | None) -> dict[str, Struct]:
    """The parts that a confirmation rests on, by the name under which they are shown."""
    if basis is None:
        return {}
    return {f"{PRESENT} {IDENTITY}": basis.identity, f"{PRESENT} {PAPERS}": basis.papers}


def kept(basis: Basis | None) -> bytes:
    """A basis as it is kept with a draft."""
    return b"" if basis is None else msgspec.json.encode(basis)


def read(text: bytes) -> Basis | None:
    """The basis that was kept with a draft."""
    return msgspec.json.decode(text, type=Basis) if text else None


def _shut(payable: str, detail: str) -> Problem:
    return Problem("GATEWAY_WRAPS_DIFFER", operation=payable, detail=detail)


def _not_proven(detail: str) -> Problem:
    return Problem("GATEWAY_IDENTITY_NOT_PROVEN", detail=detail)
