"""A wallet on its owner's machine: what the seat signs with never leaves this folder.

Folder of a wallet, everything for its owner only::

    wallet.json       chain, sponsor, name and code of the enterprise, whether two persons sign
    view.key          what reads: sealing keys of tags, the secret behind nonces and references
    sign.key          what acts: signing keys of tags
    identity.key      where two persons sign: this person's identity key, which the other person does not have
    certificate.der   certificate of the identity key, once there is one
    next-tag          number of the next unused tag
    trusted/*.der     authorities whose certificates are believed, when another's tag card is checked
"""

import contextlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from tallychain.crypto.certificates import Subject, certificate_digest, certificate_key, verify_chain
from tallychain.crypto.errors import CryptoRefusal
from tallychain.crypto.identity import TagCard, sign_card
from tallychain.crypto.keyfile import SCRYPT_N, StoredSecret, read_key_file, write_key_file
from tallychain.crypto.keys import SEED_BYTES, SigningKey, signing_key_from_seed
from tallychain.crypto.schemes import ED25519, scheme_of
from tallychain.crypto.wallet import SignRoot, ViewRoot, Wallet, tag_author

_FACTS: Final = "wallet.json"
_CERTIFICATE: Final = "certificate.der"
_NEXT: Final = "next-tag"


class WalletRefused(CryptoRefusal):
    """A wallet cannot be made or used as it is."""

    code = "WALLET_REFUSED"


class WalletFacts(Struct, frozen=True, forbid_unknown_fields=True):
    """What stands in clear beside the keys."""

    chain: str
    sponsor: str
    name: str
    uscc: str
    two_persons: bool = False
    demo: bool = False
    """Whether certificates of a trial authority are believed."""


@dataclass(frozen=True, slots=True)
class OwnWallet:
    """An open wallet."""

    folder: Path
    facts: WalletFacts
    view: ViewRoot
    sign: SignRoot
    identity: SigningKey

    def __repr__(self) -> str:
        return f"<wallet of {self.facts.uscc}>"

    @property
    def certificate(self) -> bytes:
        """The certificate (DER) of the identity key; raises `WalletRefused` while there is none, or it is another key's."""
        try:
            der = (self.folder / _CERTIFICATE).read_bytes()
        except OSError:
            raise WalletRefused(
                f"The wallet has no {_CERTIFICATE} yet: have {self.identity.public} certified."
            ) from None
        if certificate_key(der) != self.identity.public:
            raise WalletRefused(f"{_CERTIFICATE} is not that of this wallet's identity key.")
        return der

    def believed(self, certificate: bytes, intermediates: tuple[bytes, ...], at_ms: int) -> Subject:
        """Whom a certificate names, by the authorities that this wallet trusts; raises `CertificateNotValid`."""
        roots = [path.read_bytes() for path in sorted((self.folder / "trusted").glob("*.der"))]
        return verify_chain(
            certificate, roots, at_ms, intermediates=intermediates, allow_test=self.facts.demo
        )

    def card(self, counter: int, valid_until_ms: int) -> TagCard:
        """A tag card for one use, signed here."""
        return sign_card(
            self.identity,
            chain=self.facts.chain,
            tag=tag_author(self.sign.tag_key(counter).public),
            sealing=self.view.sealing_key(counter).public,
            sponsor=self.facts.sponsor,
            valid_until=valid_until_ms,
            certificate=self.certificate,
        )


def make(
    folder: Path, facts: WalletFacts, passphrase: str, trusted: list[bytes], *, cost: int = SCRYPT_N
) -> OwnWallet:
    """A new wallet with fresh keys; raises `WalletRefused` where something lies there already."""
    wallet = Wallet.generate()
    return _write(folder, facts, wallet.view, wallet.sign, passphrase, trusted, cost)


def share(first: OwnWallet, folder: Path, passphrase: str, *, cost: int = SCRYPT_N) -> OwnWallet:
    """
    The wallet for the second person of a seat: the same tags, an identity key of its own, another passphrase.

    Raises `WalletRefused`.
    """
    if not first.facts.two_persons:
        raise WalletRefused("This wallet is for one person; make it with --two-persons.")
    trusted = [path.read_bytes() for path in sorted((first.folder / "trusted").glob("*.der"))]
    return _write(folder, first.facts, first.view, first.sign, passphrase, trusted, cost)


def load(folder: Path, passphrase: str) -> OwnWallet:
    """Open a wallet; raises `WalletRefused` and as `read_key_file`."""
    facts = read_facts(folder)
    sign = SignRoot.load(folder / "sign.key", passphrase)
    identity = sign.identity_key()
    if facts.two_persons:
        stored = read_key_file(folder / "identity.key", passphrase)
        identity = signing_key_from_seed(scheme_of(stored.public), stored.secret)
    return OwnWallet(folder, facts, ViewRoot.load(folder / "view.key", passphrase), sign, identity)


def read_facts(folder: Path) -> WalletFacts:
    """What stands in clear; raises `WalletRefused`."""
    try:
        return msgspec.json.decode((folder / _FACTS).read_bytes(), type=WalletFacts)
    except (OSError, msgspec.DecodeError):
        raise WalletRefused(f"{folder} holds no wallet with its own keys: {_FACTS} cannot be read.") from None


def take_counters(wallet: OwnWallet, count: int) -> range:
    """The numbers of the next unused tags; noted before they are given away, so that none is used twice."""
    path = wallet.folder / _NEXT
    first = int(path.read_text()) if path.exists() else 0
    path.write_text(f"{first + count}\n")
    return range(first, first + count)


def keep_certificate(wallet: OwnWallet, certificate: bytes) -> str:
    """Put the certificate of the identity key beside it; its digest.  Raises `WalletRefused`."""
    if certificate_key(certificate) != wallet.identity.public:
        raise WalletRefused("The certificate is not that of this wallet's identity key.")
    (wallet.folder / _CERTIFICATE).write_bytes(certificate)
    return certificate_digest(certificate)


def _write(
    folder: Path,
    facts: WalletFacts,
    view: ViewRoot,
    sign: SignRoot,
    passphrase: str,
    trusted: list[bytes],
    cost: int,
) -> OwnWallet:
    if folder.exists() and any(folder.iterdir()):
        raise WalletRefused(f"{folder} is not empty: choose another folder.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        (folder / "trusted").mkdir(mode=0o700)
    for number, root in enumerate(trusted, start=1):
        (folder / "trusted" / f"{number}.der").write_bytes(root)
    view.save(folder / "view.key", passphrase, n=cost)
    sign.save(folder / "sign.key", passphrase, n=cost)
    identity = sign.identity_key()
    if facts.two_persons:
        seed = secrets.token_bytes(SEED_BYTES)
        identity = signing_key_from_seed(ED25519, seed)
        write_key_file(
            folder / "identity.key", StoredSecret("signing", identity.public, seed), passphrase, n=cost
        )
    (folder / _FACTS).write_bytes(msgspec.json.format(msgspec.json.encode(facts), indent=2))
    return OwnWallet(folder, facts, view, sign, identity)
