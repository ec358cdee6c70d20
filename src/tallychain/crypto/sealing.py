"""Sealed parts: content encrypted to named parties, bound to its place in one operation.

The secret that is wrapped to every recipient is the salt of the commitment.  Data key and ephemeral
key follow from it, so whoever opens a part can compute the whole box again and knows that every
other recipient can open the same content.  One honest recipient is enough to notice an author who
gives the right key to one party and a wrong one to another.

The box, byte by byte::

    32         enc: the ephemeral X25519 public key, one for all recipients
    n          AES-256-GCM of the padded content, tag included; nonce zero (one key, one message)
    48 each    the salt, wrapped by RFC 9180 in base mode, in the order of the recipients
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tallychain.crypto import hkdf
from tallychain.crypto.digest import Tag, digest, equal
from tallychain.crypto.errors import CryptoRefusal
from tallychain.crypto.keys import SealingKey
from tallychain.crypto.schemes import admit_sealing_key, key_bytes

SALT_BYTES: Final = 32
BOX_MAX: Final = 32 * 1024
ENC_BYTES: Final = 32
WRAP_BYTES: Final = SALT_BYTES + 16
PAD_FLOOR: Final = 256
_LENGTH_BYTES: Final = 4
_GCM_TAG_BYTES: Final = 16
_ZERO_NONCE: Final = bytes(12)
_DATA_KEY: Final = b"tally/1/sealing/data-key"
_EPHEMERAL: Final = b"tally/1/sealing/ephemeral"
_SUITE: Final = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class CannotSeal(CryptoRefusal):
    """Content cannot be sealed as asked: no recipient, bad salt, or a box above its limit."""

    code = "CANNOT_SEAL"


class CannotOpen(CryptoRefusal):
    """A box does not open for this key at this position.  ``reason`` is a short English phrase."""

    code = "CANNOT_OPEN"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The sealed part cannot be opened: {reason}.")
        self.reason = reason


class WrapsDiffer(CryptoRefusal):
    """A box is not what its salt and content determine, so some recipient may be unable to read it.

    ``position`` counts the recipients from zero; None means the part common to all of them.
    """

    code = "WRAPS_DIFFER"

    def __init__(self, position: int | None) -> None:
        where = (
            "the part common to all recipients" if position is None else f"the wrap of recipient {position}"
        )
        super().__init__(f"The sealed part is not what its content determines: {where} differs.")
        self.position = position


@dataclass(frozen=True, slots=True)
class SealedBox:
    """What sealing gives: the commitment for the operation's body, and the box itself."""

    commitment: bytes
    box: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening gives: the 32-byte salt and the content."""

    salt: bytes
    content: bytes

    def __repr__(self) -> str:
        return f"<opened part of {len(self.content)} bytes>"


def context(
    chain: str,
    type: str,  # noqa: A002 - the field of an operation is called so
    version: int,
    author: str,
    via: str,
    nonce: bytes,
    label: str,
    args_digest: bytes,
    recipients: bytes,
) -> bytes:
    """The place of a sealed part in one operation, 32 bytes.

    Associated data of the box and ``info`` of every wrap: a part copied into another operation,
    author, chain, label or set of recipients opens nowhere.  ``nonce`` is the operation's 16 raw
    bytes, ``args_digest`` the digest of its args, ``recipients`` the canonical JSON of ``to``; the
    version is written in decimal digits.
    """
    return digest(
        Tag.CONTEXT,
        chain.encode(),
        type.encode(),
        str(version).encode(),
        author.encode(),
        via.encode(),
        nonce,
        label.encode(),
        args_digest,
        recipients,
    )


def seal(
    content: bytes, salt: bytes, context: bytes, recipients: Sequence[str], *, box_max: int = BOX_MAX
) -> SealedBox:
    """Encrypt ``content`` to the X25519 keys ``recipients``, in their order.

    The same arguments give the same bytes.  ``salt`` is 32 random bytes used for this part only.
    Raises ``CannotSeal``, and ``KeyNotAdmissible`` for a recipient whose key would leak the salt.
    """
    if len(salt) != SALT_BYTES:
        raise CannotSeal(f"A salt has {SALT_BYTES} bytes, not {len(salt)}.")
    if not recipients:
        raise CannotSeal("A sealed part needs a recipient.")
    size = ENC_BYTES + padded_length(len(content)) + _GCM_TAG_BYTES + WRAP_BYTES * len(recipients)
    if size > box_max:
        raise CannotSeal(f"The sealed part would have {size} bytes; at most {box_max} are allowed.")
    ephemeral = _ephemeral_key(salt)
    enc = ephemeral.public_key().public_bytes_raw()
    pieces = [enc, AESGCM(_data_key(salt)).encrypt(_ZERO_NONCE, _pad(content), context)]
    pieces += [_wrap(salt, ephemeral, enc, recipient, context) for recipient in recipients]
    return SealedBox(digest(Tag.COMMITMENT, context, salt, content), b"".join(pieces))


def open_box(
    box: bytes,
    commitment: bytes,
    context: bytes,
    recipients: Sequence[str],
    key: SealingKey,
    position: int,
    *,
    box_max: int = BOX_MAX,
) -> Opened:
    """Open a box with ``key``, the one at ``position`` of ``recipients``, counted from zero.

    The content is given out only if it is what ``commitment`` commits to.  Raises ``CannotOpen``.
    """
    if len(box) > box_max:
        raise CannotOpen("it is longer than allowed")
    if not 0 <= position < len(recipients) or recipients[position] != key.public:
        raise CannotOpen("this key is not the recipient in that place")
    wraps_at = len(box) - WRAP_BYTES * len(recipients)
    if wraps_at < ENC_BYTES + PAD_FLOOR + _GCM_TAG_BYTES:
        raise CannotOpen("it is too short for its recipients")
    start = wraps_at + WRAP_BYTES * position
    try:
        salt = _SUITE.decrypt(box[:ENC_BYTES] + box[start : start + WRAP_BYTES], key.private, context)
    except (InvalidTag, ValueError):
        raise CannotOpen("its wrap is not for this key and this operation") from None
    try:
        padded = AESGCM(_data_key(salt)).decrypt(_ZERO_NONCE, box[ENC_BYTES:wraps_at], context)
    except InvalidTag:
        raise CannotOpen("its content does not belong to the wrapped key") from None
    content = _unpad(padded)
    if not check_opening(commitment, context, salt, content):
        raise CannotOpen("its content is not what the operation commits to")
    return Opened(salt, content)


def recompute_wraps(box: bytes, opened: Opened, context: bytes, recipients: Sequence[str]) -> None:
    """Show that every recipient can read what one of them has opened, or raise ``WrapsDiffer``.

    Done once, before this side signs anything that depends on the part.  Raises
    ``KeyNotAdmissible`` for a recipient whose key cannot be wrapped to.
    """
    try:
        expected = seal(opened.content, opened.salt, context, recipients, box_max=len(box)).box
    except CannotSeal:
        raise WrapsDiffer(None) from None
    if box == expected:
        return
    wraps_at = len(expected) - WRAP_BYTES * len(recipients)
    if len(box) != len(expected) or box[:wraps_at] != expected[:wraps_at]:
        raise WrapsDiffer(None)
    first = next(i for i in range(wraps_at, len(box)) if box[i] != expected[i])
    raise WrapsDiffer((first - wraps_at) // WRAP_BYTES)


def check_opening(commitment: bytes, context: bytes, salt: bytes, content: bytes) -> bool:
    """Whether ``salt`` and ``content``, shown by somebody, are what ``commitment`` stands for."""
    return equal(commitment, digest(Tag.COMMITMENT, context, salt, content))


def padded_length(content_length: int) -> int:
    """The plaintext length for content of that length: 256 at least, then Padmé (at most 12 % more).

    Padmé keeps only the upper bits of a length, so that sizes tell little about contents.
    """
    length = _LENGTH_BYTES + content_length
    if length <= PAD_FLOOR:
        return PAD_FLOOR
    exponent = length.bit_length() - 1
    low_bits = exponent - exponent.bit_length()
    mask = (1 << low_bits) - 1
    return (length + mask) & ~mask


def _pad(content: bytes) -> bytes:
    framed = len(content).to_bytes(_LENGTH_BYTES, "big") + content
    return framed.ljust(padded_length(len(content)), b"\0")


def _unpad(padded: bytes) -> bytes:
    """One content has one padding: anything else could carry a second message."""
    length = int.from_bytes(padded[:_LENGTH_BYTES], "big")
    content = padded[_LENGTH_BYTES : _LENGTH_BYTES + length]
    if _pad(content) != padded:
        raise CannotOpen("its padding is not canonical")
    return content


def _data_key(salt: bytes) -> bytes:
    return hkdf.derive(salt, _DATA_KEY, 32)


def _ephemeral_key(salt: bytes) -> x25519.X25519PrivateKey:
    return hkdf.derive_key_pair(hkdf.derive(salt, _EPHEMERAL, 32))


def _wrap(salt: bytes, ephemeral: x25519.X25519PrivateKey, enc: bytes, recipient: str, info: bytes) -> bytes:
    admit_sealing_key(recipient)
    key, nonce = hkdf.sender_context(ephemeral, enc, key_bytes(recipient), _schedule(info))
    return AESGCM(key).encrypt(nonce, salt, None)


@lru_cache(maxsize=64)
def _schedule(info: bytes) -> bytes:
    """All recipients of a part share the context, so its half of the key schedule is computed once."""
    return hkdf.key_schedule_context(info)
