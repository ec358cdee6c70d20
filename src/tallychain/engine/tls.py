"""The folder with which a member's processes show themselves to those of other members, and know them.

Folder::

    own.key              private key (mode 0600), made on this machine and never given away
    own.pem              its certificate, which the other members are given
    next.key, next.pem   those that take their place, while the others are being given the certificate
    peers/<member>.pem   the certificates that other members gave; a second one of a member as <member>.next.pem

Only certificates in the folder pass, for the member and the chain that they name, in their time, over TLS 1.3 and nothing older.  What was changed in it
counts from the next connection on, and for those that are open from their next request on.
"""

import os
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from tallychain.crypto.digest import sha256
from tallychain.crypto.tlspins import Pin, PinNotValid, new_tls_identity, read_pin
from tallychain.engine.logs import Log

OWN_KEY: Final = "own.key"
OWN: Final = "own.pem"
NEXT_KEY: Final = "next.key"
NEXT: Final = "next.pem"
PEERS: Final = "peers"
VALID_DAYS: Final = 730
_PEERS_MAX: Final = 256
_DAY_MS: Final = 86_400_000
_LOOK_S: Final = 1.0

Stamp = tuple[tuple[str, int, int, int], ...]


class TlsRefused(Exception):
    """The certificates for connections between members cannot be used; one sentence says why, after a code."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code


@dataclass(frozen=True, slots=True)
class TlsFolder:
    """A member's own certificate and those of the others, read and checked."""

    root: Path
    own: Pin
    held: tuple[tuple[Path, Pin], ...]
    """The certificates of others, and in which file each lies."""
    texts: tuple[str, ...]
    """Their PEM texts, in the same order."""

    @classmethod
    def load(cls, root: Path, chain: str) -> Self:
        """Read a folder for the chain of this name.  Raises `TlsRefused`."""
        key = root / OWN_KEY
        try:
            if key.stat().st_mode & 0o077:
                raise TlsRefused("TLS_KEY_OPEN", f"Others may read {key}: set its mode to 0600.")
            own = _pin(root / OWN, chain)[0]
            files = sorted((root / PEERS).glob("*.pem"))
            if len(files) > _PEERS_MAX:
                raise TlsRefused("TLS_TOO_MANY", f"{root / PEERS} holds more than {_PEERS_MAX} certificates.")
            peers = [_pin(file, chain) for file in files]
        except OSError as error:
            raise TlsRefused(
                "TLS_FILE_MISSING", f"{error.filename} cannot be read: {error.strerror}."
            ) from None
        held = tuple((file, pin) for file, (pin, _) in zip(files, peers, strict=True))
        for file, pin in held:
            if pin.member != file.name.partition(".")[0]:
                raise TlsRefused(
                    "TLS_WRONG_MEMBER", f"{file} is the certificate of {pin.member}: name it so."
                )
        found = cls(root, own, held, tuple(text for _, text in peers))
        # Key and certificate that do not go together are found out now, not by whoever connects.
        found._context(ssl.PROTOCOL_TLS_CLIENT, "")
        return found

    def serving(self) -> ssl.SSLContext:
        """Takes connections of the members whose certificates are here."""
        if not self.held:
            raise TlsRefused("TLS_NO_PEERS", f"{self.root / PEERS} holds no certificate of another member.")
        return self._context(ssl.PROTOCOL_TLS_SERVER, "".join(self.texts))

    def asking(self, member: str) -> ssl.SSLContext:
        """Opens connections to one member's node and to nobody else.  Raises `TlsRefused`."""
        texts = [text for (_, pin), text in zip(self.held, self.texts, strict=True) if pin.member == member]
        if not texts:
            raise TlsRefused(
                "TLS_PEER_UNKNOWN", f"There is no certificate {self.root / PEERS / (member + '.pem')}."
            )
        return self._context(ssl.PROTOCOL_TLS_CLIENT, "".join(texts))

    def ends_ms(self, member: str) -> int:
        """Until when connections to a member's node can be opened, UTC: our certificate and the newest one held of it both have to hold."""
        newest = max((pin.not_after_ms for _, pin in self.held if pin.member == member), default=0)
        return min(self.own.not_after_ms, newest)

    def pin_of(self, der: bytes) -> Pin | None:
        """What is held of the certificate that the other side of a connection has shown; None for one that is not held."""
        fingerprint = sha256(der).hex()
        return next((pin for _, pin in self.held if pin.fingerprint == fingerprint), None)

    def _context(self, protocol: int, trusted: str) -> ssl.SSLContext:
        context = ssl.SSLContext(protocol)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        # The certificate itself is held, so the name under which a machine is reached says nothing more.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        # A resumed session would pass without the certificate being looked at again.
        if protocol == ssl.PROTOCOL_TLS_SERVER:
            context.num_tickets = 0
        try:
            if trusted:
                context.load_verify_locations(cadata=trusted)
            context.load_cert_chain(self.root / OWN, self.root / OWN_KEY)
        except (ssl.SSLError, OSError) as error:
            raise TlsRefused(
                "TLS_KEY_WRONG", f"{OWN} and {OWN_KEY} in {self.root} do not go together."
            ) from error
        return context


class Certificates:
    """A folder of certificates that is read again when a file in it has changed; what cannot be used does not take the place of what could."""

    def __init__(
        self,
        root: Path,
        chain: str,
        log: Log,
        *,
        look_s: float = _LOOK_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`look_s`: how seldom the files are looked at.  Raises `TlsRefused` for a folder that cannot be used."""
        self._root = root
        self._chain = chain
        self._log = log
        self._look_s = look_s
        self._clock = clock
        self._stamp = _stamp(root)
        self._folder = TlsFolder.load(root, chain)
        self._looked_s = clock()

    @property
    def folder(self) -> TlsFolder:
        """As it is now, or as it was when it could be used last."""
        if self._clock() - self._looked_s >= self._look_s:
            self._looked_s = self._clock()
            self._look()
        return self._folder

    def asking(self, member: str) -> ssl.SSLContext:
        """See `TlsFolder.asking`."""
        return self.folder.asking(member)

    def _look(self) -> None:
        stamp = _stamp(self._root)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._folder = TlsFolder.load(self._root, self._chain)
        except TlsRefused as refused:
            self._log.error(
                "the changed certificates cannot be used; those of before hold on", sentence=str(refused)
            )
            return
        self._log.info(
            "the certificates were read again",
            own=self._folder.own.fingerprint,
            peers=sorted({pin.member for _, pin in self._folder.held}),
        )


def make_folder(
    root: Path, member: str, chain: str, *, seed: bytes = b"", valid_ms: tuple[int, int] | None = None
) -> Pin:
    """
    Make a member's own key and certificate; raises `TlsRefused` where there is one already.

    Everything of a trial follows from a `seed`, and holds as long as the trial's other certificates.
    """
    (root / PEERS).mkdir(mode=0o700, parents=True, exist_ok=True)
    return _make(root / OWN_KEY, root / OWN, member, chain, seed, valid_ms or _usual_time())


def make_next(root: Path, chain: str) -> Pin:
    """Make the key and certificate that shall take the place of a folder's own; raises `TlsRefused`."""
    member = TlsFolder.load(root, chain).own.member
    return _make(root / NEXT_KEY, root / NEXT, member, chain, b"", _usual_time())


def take_next(root: Path, chain: str) -> Pin:
    """Put the next key and certificate in the place of a folder's own, once the others hold the certificate; raises `TlsRefused`."""
    TlsFolder.load(root, chain)
    key, certificate = root / NEXT_KEY, root / NEXT
    if not key.is_file() or not certificate.is_file():
        raise TlsRefused(
            "TLS_FILE_MISSING", f"There are no {NEXT_KEY} and {NEXT} in {root}: make them first."
        )
    pin = _pin(certificate, chain)[0]
    # Between the two a running process sees what does not go together, and keeps what it has.
    key.replace(root / OWN_KEY)
    certificate.replace(root / OWN)
    return pin


def add_peer(root: Path, certificate: bytes, chain: str) -> Pin:
    """
    Lay another member's certificate into a folder; raises `TlsRefused`.

    Where another one of that member lies there already, both pass until the older is removed.
    """
    try:
        pin = read_pin(certificate)
    except PinNotValid as refusal:
        raise TlsRefused(refusal.code, str(refusal)) from None
    if pin.chain != chain:
        raise TlsRefused("TLS_OTHER_CHAIN", f"This is a certificate for the chain {pin.chain}.")
    for name in (f"{pin.member}.pem", f"{pin.member}.next.pem"):
        file = root / PEERS / name
        if not file.exists() or file.read_bytes() == certificate:
            partial = file.with_suffix(".partial")
            partial.write_bytes(certificate)
            partial.replace(file)
            return pin
    raise TlsRefused(
        "TLS_TOO_MANY", f"{root / PEERS} holds two certificates of {pin.member}: remove the older first."
    )


def keep_alive(opened: socket.socket) -> None:
    """Have the system find out within a minute and a half that the other side of a connection is gone without a word."""
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        (socket.TCP_KEEPIDLE, 30),
        (socket.TCP_KEEPINTVL, 15),
        (socket.TCP_KEEPCNT, 4),
        (socket.TCP_USER_TIMEOUT, 90_000),
    ):
        opened.setsockopt(socket.IPPROTO_TCP, option, value)


def split_address(text: str) -> tuple[str, int]:
    """Host and port of `host:port`; raises `TlsRefused`."""
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise TlsRefused("TLS_ADDRESS", f"{text!r} is no host:port.")
    return host.strip("[]"), int(port)


def _usual_time() -> tuple[int, int]:
    now_ms = time.time_ns() // 1_000_000
    return now_ms - _DAY_MS, now_ms + VALID_DAYS * _DAY_MS


def _make(key: Path, file: Path, member: str, chain: str, seed: bytes, valid_ms: tuple[int, int]) -> Pin:
    if key.exists():
        raise TlsRefused("TLS_KEY_THERE", f"There is a key {key} already; move it away first.")
    secret, certificate = new_tls_identity(member, chain, *valid_ms, seed)
    descriptor = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(secret)
    file.write_bytes(certificate)
    return read_pin(certificate)


def _pin(file: Path, chain: str) -> tuple[Pin, str]:
    try:
        pem = file.read_bytes()
        pin = read_pin(pem)
    except PinNotValid as refusal:
        raise TlsRefused(refusal.code, f"{file}: {refusal}") from None
    if pin.chain != chain:
        raise TlsRefused(
            "TLS_OTHER_CHAIN", f"{file} is a certificate for the chain {pin.chain}, not {chain}."
        )
    return pin, pem.decode("ascii", "replace")


def _stamp(root: Path) -> Stamp:
    """What tells whether a file was changed, for each that counts."""
    found = []
    for path in (root / OWN_KEY, root / OWN, *sorted((root / PEERS).glob("*.pem"))):
        try:
            seen = path.stat()
        except OSError:
            continue
        found.append((str(path), seen.st_mtime_ns, seen.st_size, seen.st_ino))
    return tuple(found)
