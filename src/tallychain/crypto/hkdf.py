"""RFC 5869 and the sender's half of RFC 9180 in base mode, with an ephemeral key that is given.

A library's HPKE draws its ephemeral key at random.  Here it must follow from the wrapped secret, so
that recipients can compute the wraps again.  Opening uses the library.  Suite: DHKEM(X25519,
HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
"""

import hmac
from typing import Final

from cryptography.hazmat.primitives.asymmetric import x25519

_VERSION: Final = b"HPKE-v1"
_KEM_SUITE: Final = b"KEM" + (0x0020).to_bytes(2, "big")
_HPKE_SUITE: Final = b"HPKE" + bytes.fromhex("002000010002")
_BASE_MODE: Final = b"\0"


def derive(secret: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SHA-256 of ``secret`` without salt: up to 255 × 32 bytes for the purpose ``info``."""
    return _expand(_extract(bytes(32), secret), info, length)


def derive_key_pair(ikm: bytes) -> x25519.X25519PrivateKey:
    """``DeriveKeyPair`` of RFC 9180, 7.1.3, for X25519."""
    prk = _labeled_extract(_KEM_SUITE, b"", b"dkp_prk", ikm)
    return x25519.X25519PrivateKey.from_private_bytes(_labeled_expand(_KEM_SUITE, prk, b"sk", b"", 32))


def key_schedule_context(info: bytes) -> bytes:
    """``key_schedule_context`` of RFC 9180, 5.1, for base mode: what does not depend on the recipient."""
    psk_id_hash = _labeled_extract(_HPKE_SUITE, b"", b"psk_id_hash", b"")
    return _BASE_MODE + psk_id_hash + _labeled_extract(_HPKE_SUITE, b"", b"info_hash", info)


def sender_context(
    ephemeral: x25519.X25519PrivateKey, enc: bytes, recipient: bytes, schedule: bytes
) -> tuple[bytes, bytes]:
    """AES-256 key and first nonce with which ``ephemeral`` (public half ``enc``) writes to ``recipient``."""
    shared = ephemeral.exchange(x25519.X25519PublicKey.from_public_bytes(recipient))
    prk = _labeled_extract(_KEM_SUITE, b"", b"eae_prk", shared)
    secret = _labeled_expand(_KEM_SUITE, prk, b"shared_secret", enc + recipient, 32)
    prk = _labeled_extract(_HPKE_SUITE, secret, b"secret", b"")
    key = _labeled_expand(_HPKE_SUITE, prk, b"key", schedule, 32)
    return key, _labeled_expand(_HPKE_SUITE, prk, b"base_nonce", schedule, 12)


def _labeled_extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return _extract(salt, _VERSION + suite + label + ikm)


def _labeled_expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    return _expand(prk, length.to_bytes(2, "big") + _VERSION + suite + label + info, length)


def _extract(salt: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt, ikm, "sha256")


def _expand(prk: bytes, info: bytes, length: int) -> bytes:
    block, output = b"", b""
    counter = 0
    while len(output) < length:
        counter += 1
        block = hmac.digest(prk, block + info + bytes([counter]), "sha256")
        output += block
    return output[:length]
