"""Letters between gateways: what travels beside the ledger, sealed to its receiver and signed by its sender.

A letter is canonical JSON, so that one letter has one byte string.  Its payload is sealed to the receiving member's sealing key, bound to the
letter's head; the sender's system key signs head and sealed payload under a domain tag of its own.  The receiver answers with a signed
acknowledgement.
"""

import secrets
from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from tallychain.contracts.vouchers.settling.state import OptionalDigest
from tallychain.crypto.digest import Tag, digest, sha256
from tallychain.crypto.keys import SealingKey, SigningKey
from tallychain.crypto.schemes import verify
from tallychain.crypto.sealing import CannotOpen, open_box, seal
from tallychain.gateway.problems import Problem
from tallychain.ledger import codec
from tallychain.ledger.types import ChainName, Digest, Instant, KeyText, MemberName, RecipientText
from tallychain.sdk.build import Recipient

Kind = Literal[
    "card.request",
    "card",
    "client.introduce",
    "document",
    "fingerprint.key",
    "papers.request",
    "papers",
    "dossier.request",
    "dossier",
]

LETTER_LIFE_MS: Final = 24 * 60 * 60 * 1000
LASTING_LIFE_MS: Final = 30 * LETTER_LIFE_MS
LIFE_MS: Final[dict[Kind, int]] = {
    "card.request": LETTER_LIFE_MS,
    "card": LETTER_LIFE_MS,
    "client.introduce": LASTING_LIFE_MS,
    "document": LASTING_LIFE_MS,
    "fingerprint.key": LASTING_LIFE_MS,
    "papers.request": LASTING_LIFE_MS,
    "papers": LASTING_LIFE_MS,
    "dossier.request": LETTER_LIFE_MS,
    "dossier": LASTING_LIFE_MS,
}
"""How long a letter of a kind is worth delivering: a card is asked for and given now, a certificate or paper is needed whenever its receiver is back."""
CLOCK_TOLERANCE_MS: Final = 10 * 60 * 1000
BOX_BYTES: Final = 24 * 1024 * 1024
LETTER_BYTES: Final = 34 * 1024 * 1024
"""A whole letter: the largest document twice in base64, and its frame."""

_Id = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
_Hex64 = Annotated[str, Meta(pattern="^[0-9a-f]{128}$")]


class Head(Struct, frozen=True, forbid_unknown_fields=True, rename={"sender": "from", "receiver": "to"}):
    """Who writes to whom, what kind of letter, and when."""

    chain: ChainName
    sender: MemberName
    receiver: MemberName
    kind: Kind
    id: _Id
    sent_at: Instant
    expires: Instant


class Letter(Struct, frozen=True, forbid_unknown_fields=True):
    """A letter on the wire."""

    head: Head
    sealed_to: RecipientText
    """The receiver's sealing key, as `member:<id>#<n>`."""
    commitment: Digest
    box: bytes
    """Base64 on the wire."""
    key: KeyText
    """A system key of the sender."""
    signature: _Hex64


class Acknowledgement(
    Struct, frozen=True, forbid_unknown_fields=True, rename={"sender": "from", "receiver": "to"}
):
    """The receiver's word that it has the letter, durably."""

    chain: ChainName
    sender: MemberName
    receiver: MemberName
    kind: Literal["ack"]
    id: _Id
    letter: Digest
    received_at: Instant
    key: KeyText
    signature: str


class CardRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Payload of `card.request`: a giver asks for the tag card of a client of the receiver."""

    uscc: Annotated[str, Meta(pattern="^[0-9A-Z]{18,20}$")]


class CardAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """Payload of `card`: the card asked for, or that there is none to be had; why is not said."""

    request: _Id
    found: bool
    card: bytes = b""
    certificate: bytes = b""
    intermediates: tuple[bytes, ...] = ()


class Introduction(Struct, frozen=True, forbid_unknown_fields=True):
    """Payload of `client.introduce`: the certificate of a client, once per counterparty."""

    name: str
    uscc: str
    certificate: bytes
    intermediates: tuple[bytes, ...] = ()


class SentDocument(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Payload of `document`: a file for a seat of the receiver, or a paper behind a payable that the receiver owes."""

    uscc: str
    name: str
    media_type: str
    content: bytes
    payable: Digest | Literal[""] = ""
    """The payable that names this paper."""
    digest: Digest | Literal[""] = ""
    """The digest under which the payable names it; the receiver compares."""
    financing: Digest | Literal[""] = ""
    """The financing for which a funder has asked for it; empty for the debtor."""


class SentFingerprintKey(Struct, frozen=True, forbid_unknown_fields=True):
    """Payload of `fingerprint.key`: the alliance's key of an epoch, for a member that was admitted later."""

    epoch: Annotated[int, Meta(ge=1, le=999_999)]
    key: bytes

    def __repr__(self) -> str:
        return f"<fingerprint key of epoch {self.epoch}>"


class PapersRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Payload of `papers.request`: the debtor of a payable, or a funder that was asked for money on it, asks for its papers."""

    payable: Digest
    financing: OptionalDigest
    """The financing that entitles a funder; empty for the debtor."""


class PapersAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """Payload of `papers`: the sealed part in which a payable names its papers, opened, or why it is not given; the files follow as letters of their own."""

    request: _Id
    why: str
    """Empty where it is given."""
    salt: bytes = b""
    content: bytes = b""

    def __repr__(self) -> str:
        return f"<papers for {self.request}>"


class DossierRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Payload of `dossier.request`: a funder asks the issuer once more who stands in the chain of title of a financing."""

    financing: Digest


class SentCertificate(Struct, frozen=True, forbid_unknown_fields=True):
    """A certificate with those between it and an authority, in DER."""

    certificate: bytes
    intermediates: Annotated[tuple[bytes, ...], Meta(max_length=8)] = ()


class DossierLink(Struct, frozen=True, forbid_unknown_fields=True):
    """One earlier holder: the part of one of its acts in which it shows itself, opened, and the certificates that it rests on."""

    tag: KeyText
    operation: Digest
    salt: bytes
    content: bytes
    certificates: Annotated[tuple[SentCertificate, ...], Meta(max_length=2)]

    def __repr__(self) -> str:
        return f"<identity in {self.operation}>"


class Dossier(Struct, frozen=True, forbid_unknown_fields=True):
    """Payload of `dossier`: the earlier holders in the chain of title of a financing, as far as the issuer can show them, or why it shows none."""

    financing: Digest
    why: str
    """Empty where it is given."""
    links: Annotated[tuple[DossierLink, ...], Meta(max_length=200)] = ()

    def __repr__(self) -> str:
        return f"<dossier of {self.financing}>"


Payload = (
    CardRequest
    | CardAnswer
    | Introduction
    | SentDocument
    | SentFingerprintKey
    | PapersRequest
    | PapersAnswer
    | DossierRequest
    | Dossier
)
PAYLOADS: Final[dict[str, type[Struct]]] = {
    "card.request": CardRequest,
    "card": CardAnswer,
    "client.introduce": Introduction,
    "document": SentDocument,
    "fingerprint.key": SentFingerprintKey,
    "papers.request": PapersRequest,
    "papers": PapersAnswer,
    "dossier.request": DossierRequest,
    "dossier": Dossier,
}


def new_id() -> str:
    """A fresh letter id."""
    return secrets.token_hex(16)


def write(head: Head, payload: Payload, *, to: Recipient, key: SigningKey) -> bytes:
    """The text of a letter.  Raises `CannotSeal` for a payload that is too large."""
    made = seal(codec.encode(payload), secrets.token_bytes(32), _context(head), [to.key], box_max=BOX_BYTES)
    unsigned = Letter(head, to.name, made.commitment.hex(), made.box, key.public, "0" * 128)
    signed = msgspec.structs.replace(unsigned, signature=key.sign(_message(unsigned)).hex())
    return codec.encode(signed)


def read(text: bytes) -> Letter:
    """The letter in a text whose signature is good under the key it names; raises `GATEWAY_LETTER_NOT_VALID`."""
    if len(text) > LETTER_BYTES:
        raise Problem("GATEWAY_TOO_LARGE", limit=LETTER_BYTES)
    try:
        letter = codec.decode(Letter, text)
    except codec.Malformed as error:
        raise Problem("GATEWAY_LETTER_NOT_VALID", detail=error.detail) from None
    if not verify(letter.key, _message(letter), bytes.fromhex(letter.signature)):
        raise Problem("GATEWAY_LETTER_NOT_VALID", detail="its signature is false")
    return letter


def open_letter(letter: Letter, own: SealingKey) -> Struct:
    """The payload, of the type that the kind declares; raises `GATEWAY_LETTER_NOT_VALID`."""
    commitment = bytes.fromhex(letter.commitment)
    to: Sequence[str] = [own.public]
    try:
        opened = open_box(letter.box, commitment, _context(letter.head), to, own, 0, box_max=BOX_BYTES)
        return codec.decode(PAYLOADS[letter.head.kind], opened.content)
    except CannotOpen as error:
        raise Problem("GATEWAY_LETTER_NOT_VALID", detail=error.reason) from None
    except codec.Malformed as error:
        raise Problem("GATEWAY_LETTER_NOT_VALID", detail=error.detail) from None


def acknowledge(letter: Letter, text: bytes, *, at_ms: int, key: SigningKey) -> bytes:
    """The signed acknowledgement of a letter."""
    head = letter.head
    unsigned = Acknowledgement(
        chain=head.chain,
        sender=head.receiver,
        receiver=head.sender,
        kind="ack",
        id=head.id,
        letter=sha256(text).hex(),
        received_at=at_ms,
        key=key.public,
        signature="",
    )
    return codec.encode(msgspec.structs.replace(unsigned, signature=key.sign(_ack_message(unsigned)).hex()))


def read_acknowledgement(answer: bytes, text: bytes) -> Acknowledgement:
    """
    The acknowledgement of exactly this letter, its signature good under the key it names.

    Raises `GATEWAY_LETTER_NOT_VALID`; whether the key is the receiver's is for the caller to ask the ledger.
    """
    try:
        acknowledgement = codec.decode(Acknowledgement, answer)
        signature = bytes.fromhex(acknowledgement.signature)
    except (codec.Malformed, ValueError):
        raise Problem("GATEWAY_LETTER_NOT_VALID", detail="the acknowledgement cannot be read") from None
    head = codec.decode(Letter, text).head
    if (acknowledgement.chain, acknowledgement.sender, acknowledgement.id, acknowledgement.letter) != (
        head.chain,
        head.receiver,
        head.id,
        sha256(text).hex(),
    ):
        raise Problem("GATEWAY_LETTER_NOT_VALID", detail="the acknowledgement is of another letter")
    if not verify(acknowledgement.key, _ack_message(acknowledgement), signature):
        raise Problem("GATEWAY_LETTER_NOT_VALID", detail="the acknowledgement's signature is false")
    return acknowledgement


def _context(head: Head) -> bytes:
    return digest(Tag.CONTEXT, b"letter", codec.encode(head))


def _message(letter: Letter) -> bytes:
    return digest(
        Tag.LETTER,
        codec.encode(letter.head),
        letter.sealed_to.encode(),
        bytes.fromhex(letter.commitment),
        sha256(letter.box),
        letter.key.encode(),
    )


def _ack_message(acknowledgement: Acknowledgement) -> bytes:
    return digest(
        Tag.LETTER_ACKNOWLEDGEMENT, codec.encode(msgspec.structs.replace(acknowledgement, signature=""))
    )
