"""The folder with which a member's processes show themselves to those of other members, and know them.

Folder::

    own.key          private key (mode 0600), made on this machine and never given away
    own.pem          its certificate, which the other members are given
    peers/<member>.pem   the certificates that other members gave

Only certificates in the folder pass, for the member and the chain that they name, in their time, over TLS 1.3 and nothing older.
"""

import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from tallychain.crypto.digest import sha256
from tallychain.crypto.tlspins import Pin, PinNotValid, new_tls_identity, read_pin

OWN_KEY: Final = "own.key"
OWN: Final = "own.pem"
PEERS: Final = "peers"
VALID_DAYS: Final = 730
_PEERS_MAX: Final = 256
_DAY_MS: Final = 86_400_000


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
    peers: tuple[tuple[Pin, str], ...]
    """With the PEM text of each."""

    @classmethod
    def load(cls, root: Path, genesis: str) -> Self:
        """Read a folder for the chain of a genesis digest.  Raises `TlsRefused`."""
        key = root / OWN_KEY
        try:
            if key.stat().st_mode & 0o077:
                raise TlsRefused("TLS_KEY_OPEN", f"Others may read {key}: set its mode to 0600.")
            own = _pin(root / OWN, genesis)[0]
            files = sorted((root / PEERS).glob("*.pem"))
        except OSError as error:
            raise TlsRefused(
                "TLS_FILE_MISSING", f"{error.filename} cannot be read: {error.strerror}."
            ) from None
        if len(files) > _PEERS_MAX:
            raise TlsRefused("TLS_TOO_MANY", f"{root / PEERS} holds more than {_PEERS_MAX} certificates.")
        peers = [_pin(file, genesis) for file in files]
        for file, (pin, _) in zip(files, peers, strict=True):
            if pin.member != file.stem:
                raise TlsRefused(
                    "TLS_WRONG_MEMBER", f"{file} is the certificate of {pin.member}: name it so."
                )
        return cls(root, own, tuple(peers))

    def serving(self) -> ssl.SSLContext:
        """Takes connections of the members whose certificates are here."""
        if not self.peers:
            raise TlsRefused("TLS_NO_PEERS", f"{self.root / PEERS} holds no certificate of another member.")
        return self._context(ssl.PROTOCOL_TLS_SERVER, "".join(pem for _, pem in self.peers))

    def asking(self, member: str) -> ssl.SSLContext:
        """Opens connections to one member's node and to nobody else.  Raises `TlsRefused`."""
        for pin, pem in self.peers:
            if pin.member == member:
                return self._context(ssl.PROTOCOL_TLS_CLIENT, pem)
        raise TlsRefused(
            "TLS_PEER_UNKNOWN", f"There is no certificate {self.root / PEERS / (member + '.pem')}."
        )

    def member_of(self, der: bytes) -> str:
        """Whose certificate the other side of a connection has shown; empty for nobody's."""
        fingerprint = sha256(der).hex()
        return next((pin.member for pin, _ in self.peers if pin.fingerprint == fingerprint), "")

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
            context.load_verify_locations(cadata=trusted)
            context.load_cert_chain(self.root / OWN, self.root / OWN_KEY)
        except (ssl.SSLError, OSError) as error:
            raise TlsRefused(
                "TLS_KEY_WRONG", f"{OWN} and {OWN_KEY} in {self.root} do not go together."
            ) from error
        return context


def make_folder(root: Path, member: str, genesis: str) -> Pin:
    """Make a member's own key and certificate; raises `TlsRefused` where there is one already."""
    (root / PEERS).mkdir(mode=0o700, parents=True, exist_ok=True)
    if (root / OWN_KEY).exists():
        raise TlsRefused("TLS_KEY_THERE", f"There is a key {root / OWN_KEY} already; move it away first.")
    now_ms = time.time_ns() // 1_000_000
    secret, certificate = new_tls_identity(member, genesis, now_ms - _DAY_MS, now_ms + VALID_DAYS * _DAY_MS)
    (root / OWN_KEY).touch(mode=0o600)
    (root / OWN_KEY).write_bytes(secret)
    (root / OWN).write_bytes(certificate)
    return read_pin(certificate)


def _pin(file: Path, genesis: str) -> tuple[Pin, str]:
    try:
        pem = file.read_bytes()
        pin = read_pin(pem)
    except PinNotValid as refusal:
        raise TlsRefused(refusal.code, f"{file}: {refusal}") from None
    if pin.genesis != genesis:
        raise TlsRefused("TLS_OTHER_CHAIN", f"{file} is a certificate for another chain.")
    return pin, pem.decode("ascii", "replace")
