"""Before a member carries a client's act it makes sure who acts: by carrying it, it vouches for that.

The sponsor opens the part `identity`, recomputes its wraps, and checks certificate, signature, standing and, where the seat demands two
persons, the second signature.
"""

from dataclasses import dataclass

from tallychain.contracts.documents.contents import PapersContent
from tallychain.contracts.documents.operations import Present
from tallychain.crypto.certificates import CertificateNotValid, Subject
from tallychain.crypto.errors import CryptoRefusal
from tallychain.crypto.identity import verify_identity
from tallychain.gateway.accounts import Accounts
from tallychain.gateway.certificates import Authorities, Certificates, Chain
from tallychain.gateway.clientaccounts import ClientAccounts
from tallychain.gateway.confirming import PAPERS
from tallychain.gateway.fingerprintkeys import FingerprintKeys
from tallychain.gateway.houseparts import PartShut, house_part
from tallychain.gateway.papers import check_papers
from tallychain.gateway.problems import Problem
from tallychain.gateway.sealingkeys import SealingKeys
from tallychain.gateway.seats import Seat, Seats
from tallychain.ledger import codec
from tallychain.ledger.admission import AdmittedOperation
from tallychain.ledger.holder import IdentityContent
from tallychain.ledger.types import MEMBER_PREFIX
from tallychain.sdk.build import IDENTITY
from tallychain.sdk.opening import check_wraps, open_part, part_keys, statement_of


@dataclass(frozen=True, slots=True)
class Carried:
    """An act whose author was made sure of."""

    seat: Seat
    chains: tuple[Chain, ...]


class Carrying:
    """Checks acts of clients before they are carried."""

    def __init__(
        self,
        member: str,
        seats: Seats,
        accounts: Accounts,
        sealing: SealingKeys,
        certificates: Certificates,
        authorities: Authorities,
        fingerprints: FingerprintKeys,
        client_accounts: ClientAccounts,
    ) -> None:
        self._own = f"{MEMBER_PREFIX}{member}#"
        self._seats = seats
        self._accounts = accounts
        self._sealing = sealing
        self._certificates = certificates
        self._authorities = authorities
        self._fingerprints = fingerprints
        self._client_accounts = client_accounts

    async def check(self, operation: AdmittedOperation) -> Carried:
        """
        The seat that acts.

        Raises `GATEWAY_IDENTITY_NOT_PROVEN`, `GATEWAY_SEAT_SUSPENDED`, and `GATEWAY_HELD_ELSEWHERE` where this member is not
        among those who shall read who acts; of a payable also `GATEWAY_PAPERS_DIFFER` and `GATEWAY_FINGERPRINT_KEY_MISSING`, of an
        account of record `GATEWAY_ACCOUNT_NOT_OWN` and `GATEWAY_ACCOUNT_BLACK_OUT`.
        """
        content = await self._identity(operation)
        seat = await self._seats.by_uscc(content.uscc)
        if seat is None or seat.name != content.name:
            raise _not_proven("no client of this member in good standing has this name and code")
        statement = statement_of(operation.body)
        first = await self._person(seat, content.certificate, content.signature, statement)
        chains = [first]
        if seat.two_persons or content.checker_certificate:
            if content.checker_certificate == content.certificate:
                raise _not_proven("two persons must sign, each under a certificate of their own")
            second = await self._person(
                seat, content.checker_certificate, content.checker_signature, statement
            )
            chains.append(second)
        await self._check_papers(operation)
        await self._client_accounts.check_carried(operation, seat)
        return Carried(seat, tuple(chains))

    async def _check_papers(self, operation: AdmittedOperation) -> None:
        """A sponsor presents nothing whose fingerprints are not those of the papers: the ledger could not see it."""
        if not isinstance(operation.args, Present):
            return
        try:
            content = await house_part(self._sealing, operation.signed, operation.body, PAPERS, PapersContent)
        except PartShut as shut:
            raise Problem("GATEWAY_PAPERS_DIFFER", detail=str(shut).rstrip(".")) from None
        check_papers(operation.args, content, self._fingerprints.all())

    async def _identity(self, operation: AdmittedOperation) -> IdentityContent:
        body = operation.body
        part = next((part for part in body.sealed if part.label == IDENTITY), None)
        if part is None:
            raise _not_proven("the part is missing")
        if not any(name.startswith(self._own) for name in part.to):
            raise Problem("GATEWAY_HELD_ELSEWHERE")
        own = await self._sealing.house(part)
        box = operation.signed.boxes.get(part.box)
        if own is None or box is None:
            raise _not_proven("this member cannot open the part")
        try:
            keys = part_keys(part, await self._sealing.of_members(part))
            opened = open_part(body, part, box, keys, own.name, own.key)
            check_wraps(body, part, box, keys, opened)
            return codec.decode(IdentityContent, opened.content)
        except CryptoRefusal as error:
            raise _not_proven(str(error).rstrip(".")) from None
        except KeyError:
            raise _not_proven("a recipient is not a sealing key of record") from None
        except codec.Malformed as error:
            raise _not_proven(error.detail) from None

    async def _person(self, seat: Seat, digest: str, signature: str, statement: bytes) -> Chain:
        accounts = await self._accounts.of_seat(seat.id)
        chain = await self._certificates.get(digest)
        if chain is None or not any(account.active and account.certificate == digest for account in accounts):
            raise _not_proven("the certificate is not that of a person who acts for this client")
        try:
            subject: Subject = self._authorities.subject(chain)
            signed = bytes.fromhex(signature)
        except CertificateNotValid as error:
            raise _not_proven(error.reason) from None
        except ValueError:
            raise _not_proven("the signature is not hexadecimal") from None
        if subject.kind == "enterprise" and subject.identifier != seat.uscc:
            raise _not_proven("the certificate is another enterprise's")
        if not verify_identity(chain.certificate, statement, signed):
            raise _not_proven("the signature is not that of the certified key")
        return chain


def _not_proven(detail: str) -> Problem:
    return Problem("GATEWAY_IDENTITY_NOT_PROVEN", detail=detail)
