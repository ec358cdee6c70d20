"""Holders as the ledger sees them, and how they show themselves to those entitled to know.

A holder is a tag: a pair of keys used for one acquisition.  Whoever gives title names the receiving tag; the person behind it stands in
the sealed part `identity` (design page "confidentiality", Holder tags and Non-repudiation).
"""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.ledger import limits
from tallychain.ledger.types import Digest, KeyText, MemberName, SealingKeyText


class Receiver(Struct, frozen=True, forbid_unknown_fields=True):
    """The receiving side of a tag card, as the giver names it on the ledger."""

    tag: Annotated[KeyText, Meta(title="Tag", extra={"zh": "标签"})]
    """Signing key of the tag: only it may accept, take or decline."""
    sealing: Annotated[SealingKeyText, Meta(title="Sealing key", extra={"zh": "加密公钥"})]
    """Sealing key of the tag; its sponsor does not have it where the seat keeps its own keys."""
    sponsor: Annotated[MemberName, Meta(title="Sponsor", extra={"zh": "接入机构"})]
    """The member that has done due diligence on the person behind the tag and serves it."""


class IdentityContent(Struct, frozen=True, forbid_unknown_fields=True):
    """Content of the sealed part `identity`: who acts, and that person's own signature over the act."""

    name: Annotated[str, Meta(min_length=1, max_length=limits.TEXT_CODE_POINTS)]
    """Legal name of the holder."""
    uscc: str
    """Unified social credit code."""
    certificate: Digest
    """Digest of the certificate, which travels gateway to gateway once and never stands on the ledger."""
    signature: str
    """Identity signature, hex, over the identity statement of the operation."""
    checker_certificate: str
    """Digest of the second person's certificate where the seat demands two persons, else empty."""
    checker_signature: str
    """The second person's identity signature, hex, else empty."""
