"""One link of a title dossier as it comes in: it must be what the ledger commits to, and is proven by the holder's own certified signature."""

from collections.abc import Sequence

from tallychain.crypto.certificates import CertificateNotValid
from tallychain.crypto.identity import verify_identity
from tallychain.crypto.sealing import SALT_BYTES, check_opening
from tallychain.gateway.certificates import Authorities, Chain
from tallychain.gateway.letters import DossierLink, SentCertificate
from tallychain.ledger import codec
from tallychain.ledger.holder import IdentityContent
from tallychain.ledger.operation import Body
from tallychain.ledger.types import TAG_PREFIX
from tallychain.sdk.build import IDENTITY
from tallychain.sdk.opening import part_context, statement_of


class LinkNotTrue(Exception):
    """A link that does not say what stands on the ledger; the text says what differs."""


def checked(body: Body, link: DossierLink) -> IdentityContent:
    """Who a link says a holder is, if the operation that it names is that holder's and commits to exactly this.  Raises `LinkNotTrue`."""
    part = next((part for part in body.sealed if part.label == IDENTITY), None)
    if body.author != TAG_PREFIX + link.tag or part is None:
        raise LinkNotTrue("the operation is not one in which this holder shows itself")
    if len(link.salt) != SALT_BYTES or not check_opening(
        bytes.fromhex(part.commitment), part_context(body, part), link.salt, link.content
    ):
        raise LinkNotTrue("the identity is not the one that the operation commits to")
    try:
        return codec.decode(IdentityContent, link.content)
    except codec.Malformed as error:
        raise LinkNotTrue(error.detail) from None


def why_unproven(
    body: Body, content: IdentityContent, sent: Sequence[SentCertificate], authorities: Authorities
) -> str:
    """What is not shown of a holder that is named; empty where each person's certified signature holds."""
    chains = {chain.digest: chain for chain in (Chain(one.certificate, one.intermediates) for one in sent)}
    signed = [(content.certificate, content.signature)]
    if content.checker_certificate or content.checker_signature:
        signed.append((content.checker_certificate, content.checker_signature))
    for digest, text in signed:
        chain = chains.get(digest)
        why = "no certificate" if chain is None else _why_not(body, content, chain, text, authorities)
        if why:
            return why
    return ""


def _why_not(body: Body, content: IdentityContent, chain: Chain, text: str, authorities: Authorities) -> str:
    try:
        subject = authorities.subject(chain)
        signature = bytes.fromhex(text)
    except CertificateNotValid:
        return "certificate not valid"
    except ValueError:
        return "false signature"
    if subject.kind == "enterprise" and (subject.identifier, subject.name) != (content.uscc, content.name):
        return "another's certificate"
    return "" if verify_identity(chain.certificate, statement_of(body), signature) else "false signature"
