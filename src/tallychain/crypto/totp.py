"""One-time codes from a phone (TOTP, RFC 6238), and recovery codes for the day the phone is lost.

The codes are those of every authenticator app: HMAC-SHA-1, 6 digits, steps of 30 seconds.  SHA-1 is sound inside
HMAC; apps agree on nothing else.
"""

import base64
import secrets
from typing import Final
from urllib.parse import quote

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

from tallychain.crypto.digest import equal

SECRET_BYTES: Final = 20
"""As RFC 4226, section 4, recommends."""
STEP_S: Final = 30
DIGITS: Final = 6
WINDOW: Final = 1
"""Steps before and after the present one that are taken, for clocks that differ (RFC 6238, section 5.2)."""
RECOVERY_CODES: Final = 10
RECOVERY_SALT_BYTES: Final = 16
RECOVERY_N: Final = 2**14

_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"  # no letter that is taken for another one
_GROUPS: Final = 3
_GROUP: Final = 5


def new_secret() -> bytes:
    """A fresh secret, to be shown to its owner once."""
    return secrets.token_bytes(SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    """A secret as people type it into an app: base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def enrolment_uri(secret: bytes, *, issuer: str, account: str) -> str:
    """What an app reads from the QR code: the `otpauth` form that all of them know."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='')}"
    return (
        f"otpauth://totp/{label}?secret={secret_text(secret)}&issuer={quote(issuer, safe='')}"
        f"&algorithm=SHA1&digits={DIGITS}&period={STEP_S}"
    )


def step_at(at_ms: int) -> int:
    """The number of the step at a moment, UTC milliseconds."""
    return at_ms // (STEP_S * 1000)


def code_of(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of one step."""
    return HOTP(secret, digits, hashes.SHA1()).generate(step).decode()  # noqa: S303 - the algorithm of the apps


def matching_step(secret: bytes, code: str, at_ms: int, *, used: int = -1) -> int | None:
    """
    The step whose code this is, within the window; None for a wrong code.

    Steps up to `used`, the last one accepted, are not taken again: who reads a code over a shoulder cannot use it.
    """
    if len(code) != DIGITS or not (code.isascii() and code.isdigit()):
        return None
    now = step_at(at_ms)
    found = None
    for step in range(max(now - WINDOW, 0), now + WINDOW + 1):
        if equal(code_of(secret, step).encode(), code.encode()) and step > used:
            found = step
    return found


def new_recovery_code() -> str:
    """A code for one use, with 74 bits, written in groups: `k7m2p-…`."""
    letters = [secrets.choice(_ALPHABET) for _ in range(_GROUPS * _GROUP)]
    return "-".join("".join(letters[at : at + _GROUP]) for at in range(0, len(letters), _GROUP))


def recovery_digest(code: str, salt: bytes, *, n: int = RECOVERY_N) -> bytes:
    """What is kept of a code; case, blanks and hyphens do not matter.  `n` is scrypt's cost."""
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return Scrypt(salt=salt, length=32, n=n, r=8, p=1).derive(plain.encode())


def is_recovery_code(code: str) -> bool:
    """Whether a text has the form of a recovery code, so that no time is spent on others."""
    plain = [letter for letter in code.lower() if letter not in "- "]
    return len(plain) == _GROUPS * _GROUP and set(plain) <= set(_ALPHABET)
