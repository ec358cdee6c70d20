"""Encrypted key files: one secret, one passphrase, one file that only its owner may read.

The file is canonical JSON.  The passphrase goes through scrypt, the secret is under AES-256-GCM, and
everything that stands in clear (what kind of key, its public half, the parameters) is associated
data, so a file cannot be relabelled.  A checksum over the whole tells a damaged file from a wrong
passphrase before anybody is asked to type it again.
"""

import contextlib
import os
import secrets
import stat
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from tallychain.crypto import canonical
from tallychain.crypto.digest import Tag, digest
from tallychain.crypto.errors import CryptoRefusal

Kind = Literal["signing", "sealing", "secret", "view-root", "sign-root"]

SCRYPT_N: Final = 2**15
FILE_MAX: Final = 16 * 1024
SECRET_MAX: Final = 4096
_FORMAT: Final = "tally-key/1"
_N_MIN: Final = 2**10
_N_MAX: Final = 2**17  # 128 MiB: a hostile file must not exhaust the machine
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_FOR_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class KeyFileRefused(CryptoRefusal):
    """A key file cannot be written or used as it is."""

    code = "KEY_FILE_REFUSED"


class KeyFileDamaged(CryptoRefusal):
    """A key file does not hold what was written into it."""

    code = "KEY_FILE_DAMAGED"


class WrongPassphrase(CryptoRefusal):
    """The passphrase does not open the file."""

    code = "WRONG_PASSPHRASE"


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """What a key file holds: the kind, the public half as text (may be empty), and the secret."""

    kind: Kind
    public: str
    secret: bytes = field(repr=False)


class _Kdf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Literal["scrypt"]
    n: int
    r: Literal[8]
    p: Literal[1]


class _Public(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands in clear, in the order of the file: the associated data."""

    format: Literal["tally-key/1"]
    kind: Kind
    public: str
    kdf: _Kdf
    salt: str
    nonce: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    head: _Public
    ciphertext: str
    checksum: str


def write_key_file(
    path: Path, stored: StoredSecret, passphrase: str, *, n: int = SCRYPT_N, replace: bool = False
) -> None:
    """Encrypt ``stored`` under ``passphrase`` into a new file of mode 0600.

    The file appears whole or not at all, and is on the disk when this returns.  ``n`` is scrypt's
    cost.  An existing file is kept unless ``replace`` is given.  Raises ``KeyFileRefused``.
    """
    if not passphrase:
        raise KeyFileRefused("A key file needs a passphrase.")
    if len(stored.secret) > SECRET_MAX:
        raise KeyFileRefused(f"A key file holds at most {SECRET_MAX} bytes.")
    if path.exists() and not replace:
        raise KeyFileRefused(f"There is already a key file {path}; it is not overwritten.")
    head = _Public(
        format=_FORMAT,
        kind=stored.kind,
        public=stored.public,
        kdf=_Kdf(name="scrypt", n=n, r=8, p=1),
        salt=secrets.token_hex(_SALT_BYTES),
        nonce=secrets.token_hex(_NONCE_BYTES),
    )
    if not _sound(head):
        raise KeyFileRefused(f"The cost of scrypt is a power of two from {_N_MIN} to {_N_MAX}, not {n}.")
    cipher = AESGCM(_derive(head, passphrase))
    ciphertext = cipher.encrypt(bytes.fromhex(head.nonce), stored.secret, canonical.encode(head)).hex()
    _write_atomically(path, canonical.encode(_File(head, ciphertext, _checksum(head, ciphertext))))


def read_key_file(path: Path, passphrase: str) -> StoredSecret:
    """The secret of a key file.

    Raises ``KeyFileRefused`` when the file is missing or others may read it, ``KeyFileDamaged``, and
    ``WrongPassphrase``.
    """
    file = _load(path)
    cipher = AESGCM(_derive(file.head, passphrase))
    try:
        secret = cipher.decrypt(
            bytes.fromhex(file.head.nonce), bytes.fromhex(file.ciphertext), canonical.encode(file.head)
        )
    except InvalidTag:
        raise WrongPassphrase(f"The passphrase does not open {path}.") from None
    return StoredSecret(file.head.kind, file.head.public, secret)


def read_public(path: Path) -> tuple[Kind, str]:
    """Kind and public half of a key file, without its passphrase; raises as ``read_key_file``."""
    head = _load(path).head
    return head.kind, head.public


def _load(path: Path) -> _File:
    file = _decode(path, _read(path))
    if not _sound(file.head):
        raise KeyFileDamaged(f"The key file {path} asks for parameters that are out of bounds.")
    return file


def _sound(head: _Public) -> bool:
    return (
        _N_MIN <= head.kdf.n <= _N_MAX
        and head.kdf.n.bit_count() == 1
        and len(head.salt) == 2 * _SALT_BYTES
        and len(head.nonce) == 2 * _NONCE_BYTES
    )


def _decode(path: Path, data: bytes) -> _File:
    try:
        file = canonical.decode(data, _File)
        bytes.fromhex(file.head.salt + file.head.nonce + file.ciphertext)
    except ValueError:
        raise KeyFileDamaged(f"{path} is not a key file, or it is damaged.") from None
    if file.checksum != _checksum(file.head, file.ciphertext):
        raise KeyFileDamaged(f"The key file {path} is damaged: its checksum is wrong.")
    return file


def _read(path: Path) -> bytes:
    # Mode and content are taken from one open file, so that they cannot be of two different ones; without
    # blocking, so that a pipe put in its place is refused and not waited for.
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise KeyFileRefused(f"The key file {path} cannot be opened: {error.strerror}.") from None
    try:
        _check_mode(path, os.fstat(descriptor).st_mode)
        data = os.read(descriptor, FILE_MAX + 1)
    finally:
        os.close(descriptor)
    if len(data) > FILE_MAX:
        raise KeyFileDamaged(f"{path} is too long for a key file.")
    return data


def _check_mode(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise KeyFileRefused(f"{path} is not a regular file.")
    if mode & _FOR_OTHERS:
        raise KeyFileRefused(
            f"The key file {path} may be read or changed by others (mode {stat.S_IMODE(mode):04o}); "
            f"set it to 0600 with: chmod 600 {path}"
        )


def _derive(head: _Public, passphrase: str) -> bytes:
    kdf = Scrypt(salt=bytes.fromhex(head.salt), length=32, n=head.kdf.n, r=head.kdf.r, p=head.kdf.p)
    return kdf.derive(passphrase.encode())


def _checksum(head: _Public, ciphertext: str) -> str:
    return digest(Tag.KEY_FILE, canonical.encode(head), ciphertext.encode()).hex()


def _write_atomically(path: Path, data: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 - beside the other calls on descriptors
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)  # noqa: PTH108 - beside the other calls on descriptors
        raise
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
