"""Identity signatures and tag cards: what ties a one-time tag, and an act, to a certified person.

Neither goes on the ledger in clear.  An identity signature travels inside a sealed part; a tag card
goes from gateway to gateway.
"""

from collections.abc import Sequence

import msgspec

from tallychain.crypto import canonical
from tallychain.crypto.certificates import CertificateNotValid, certificate_digest, certificate_key
from tallychain.crypto.digest import Tag, digest
from tallychain.crypto.errors import CryptoRefusal
from tallychain.crypto.keys import SigningKey
from tallychain.crypto.schemes import KeyNotAdmissible, admit_key, admit_sealing_key, verify

TAG_PREFIX = "tag:"


class CardNotValid(CryptoRefusal):
    """A tag card does not bind its tag to the certified person.  ``reason`` is a short phrase."""

    code = "CARD_NOT_VALID"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The tag card is not valid: {reason}.")
        self.reason = reason


class TagCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a receiver gives its tag to a giver, for one use.

    ``tag`` is the author text ``tag:<signing key>``, ``sealing`` the tag's X25519 key, ``sponsor`` the
    member that carries the tag's acts, ``valid_until`` UTC milliseconds (included), ``certificate`` the
    hex digest of the identity certificate, ``signature`` in hex that of the identity key over the rest.
    """

    chain: str
    tag: str
    sealing: str
    sponsor: str
    valid_until: int
    certificate: str
    signature: str


def identity_statement(
    chain: str,
    type: str,  # noqa: A002 - the field of an operation is called so
    version: int,
    author: str,
    via: str,
    nonce: bytes,
    expires: int,
    args_digest: bytes,
    parts: Sequence[tuple[str, bytes]],
) -> bytes:
    """What a person's identity signature covers, 32 bytes: the whole act, and nothing but this act.

    ``parts`` are (label, commitment) of every *other* sealed part, in the order of the operation.
    Chain, author and nonce make a signature from a trial chain, or for a declined offer, useless as
    evidence for another act.
    """
    covered = [
        chain.encode(),
        type.encode(),
        str(version).encode(),
        author.encode(),
        via.encode(),
        nonce,
        str(expires).encode(),
        args_digest,
    ]
    for label, commitment in parts:
        covered += [label.encode(), commitment]
    return digest(Tag.IDENTITY_SIGNATURE, *covered)


def sign_identity(key: SigningKey, statement: bytes) -> bytes:
    """The identity signature over a statement, 64 bytes."""
    return key.sign(statement)


def verify_identity(certificate: bytes, statement: bytes, signature: bytes) -> bool:
    """Whether the key of ``certificate`` (DER) signed ``statement``; False for an unusable certificate.

    Says nothing about the certificate itself: see ``verify_chain``.
    """
    try:
        key = certificate_key(certificate)
    except CertificateNotValid:
        return False
    return verify(key, statement, signature)


def sign_card(
    key: SigningKey, *, chain: str, tag: str, sealing: str, sponsor: str, valid_until: int, certificate: bytes
) -> TagCard:
    """Make a tag card with the identity key; ``certificate`` is that key's certificate in DER."""
    unsigned = TagCard(chain, tag, sealing, sponsor, valid_until, certificate_digest(certificate), "")
    return msgspec.structs.replace(unsigned, signature=key.sign(_card_message(unsigned)).hex())


def verify_card(card: TagCard, certificate: bytes, *, chain: str, at_ms: int) -> None:
    """Check a card against the certificate that came with it, or raise ``CardNotValid``.

    Done by the giver's gateway before the giver signs.  The certificate's own chain is checked apart.
    """
    if card.chain != chain:
        raise CardNotValid("it is for another chain")
    if at_ms > card.valid_until:
        raise CardNotValid("its time is over")
    if card.certificate != certificate_digest(certificate):
        raise CardNotValid("it names another certificate")
    try:
        admit_key(card.tag.removeprefix(TAG_PREFIX) if card.tag.startswith(TAG_PREFIX) else "")
        admit_sealing_key(card.sealing)
    except KeyNotAdmissible as error:
        raise CardNotValid(f"a key of its tag is not admissible: {error.reason}") from None
    if not verify_identity(certificate, _card_message(card), _from_hex(card.signature)):
        raise CardNotValid("its signature is not that of the certified key")


def encode_card(card: TagCard) -> bytes:
    """The canonical JSON of a card."""
    return canonical.encode(card)


def decode_card(data: bytes) -> TagCard:
    """Read a card; raises ``CardNotValid`` for anything but its canonical JSON."""
    try:
        return canonical.decode(data, TagCard)
    except ValueError as error:
        raise CardNotValid(f"it is {error}") from None


def _card_message(card: TagCard) -> bytes:
    return digest(
        Tag.TAG_CARD,
        card.chain.encode(),
        card.tag.encode(),
        card.sealing.encode(),
        card.sponsor.encode(),
        str(card.valid_until).encode(),
        card.certificate.encode(),
    )


def _from_hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
