"""Making accounts, seats and wallets: the keys come into being here and go straight into files that only their owner opens."""

import asyncio
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tallychain.crypto.certificates import CertificateNotValid
from tallychain.crypto.keyfile import SCRYPT_N, StoredSecret, write_key_file
from tallychain.crypto.keys import SEED_BYTES, SigningKey, signing_key_from_seed
from tallychain.crypto.schemes import ED25519
from tallychain.crypto.totp import new_recovery_code
from tallychain.crypto.wallet import SignRoot, Wallet
from tallychain.gateway.accounts import HOUSE, Account, Accounts
from tallychain.gateway.certificates import Authorities, Certificates, Chain
from tallychain.gateway.config import DEMO_PASSPHRASE
from tallychain.gateway.passphrases import LETTERS, LETTERS_MAX
from tallychain.gateway.problems import Problem
from tallychain.gateway.seats import Seat, Seats
from tallychain.instruments.errors import InstrumentError
from tallychain.instruments.numbers import check_uscc

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{1,31}")


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be made."""

    id: str
    name: str
    roles: tuple[str, ...]
    passphrase: str

    def __repr__(self) -> str:
        return f"<new account {self.id}>"


class Enrolment:
    """Makes what callers and seats need.  The first of everything is made by the installation, the rest by admins."""

    def __init__(
        self,
        keys: Path,
        passphrase: str,
        accounts: Accounts,
        seats: Seats,
        certificates: Certificates,
        authorities: Authorities,
        *,
        demo: bool,
        cost: int = SCRYPT_N,
    ) -> None:
        self._keys = keys
        self._passphrase = passphrase
        self._accounts = accounts
        self._seats = seats
        self._certificates = certificates
        self._authorities = authorities
        self._demo = demo
        self._cost = cost

    @property
    def is_demo(self) -> bool:
        """Whether this is a demonstration, where nobody enrols a second factor."""
        return self._demo

    async def add_staff(self, new: NewAccount, *, person: str = "", seed: bytes = b"") -> str:
        """
        An account of the member's staff with a signing key; the public key, for two admins to register.

        `person` and `seed` are given where the key is registered already.  Raises `GATEWAY_FIELD_NOT_VALID`, `GATEWAY_EXISTS`.
        """
        self._check(new)
        key_seed = seed or secrets.token_bytes(SEED_BYTES)
        key = signing_key_from_seed(ED25519, key_seed)
        account = Account(
            new.id,
            new.name,
            HOUSE,
            person or secrets.token_hex(8),
            new.roles,
            f"{new.id}.key",
            "",
            active=True,
        )
        await self._accounts.add(account)
        await self._write(self._keys / account.key_file, key, key_seed, new.passphrase)
        return key.public

    async def new_staff_key(self, account: Account, passphrase: str) -> str:
        """
        A fresh signing key in place of one whose passphrase is lost; the public key, for two admins to register.

        The old key opens for nobody any more; it is to be revoked on the ledger.
        """
        seed = secrets.token_bytes(SEED_BYTES)
        key = signing_key_from_seed(ED25519, seed)
        await self._write(self._keys / account.key_file, key, seed, passphrase, replace=True)
        return key.public

    def first_passphrase(self) -> str:
        """What the keys of a new account lie under until its person chooses a passphrase: a one-time code, or the known one of a demo."""
        return DEMO_PASSPHRASE if self._demo else new_recovery_code()

    async def add_seat(
        self, seat: Seat, owner: NewAccount, *, wallet: Wallet | None = None, person: str = ""
    ) -> str:
        """
        A hosted seat with its wallet and the account of its owner; the identity key, for the certificate.

        The view root goes under the gateway's passphrase, the sign root under the owner's.  Raises `GATEWAY_FIELD_NOT_VALID`,
        `GATEWAY_USCC_NOT_VALID`, `GATEWAY_EXISTS`.
        """
        if not _NAME.fullmatch(seat.id):
            raise Problem(
                "GATEWAY_FIELD_NOT_VALID", detail="a seat's id is 2 to 32 small letters, digits and hyphens"
            )
        self._check_code(seat)
        self._check(owner)
        made = wallet or Wallet.generate()
        await self._seats.add(seat)
        folder = self._seats.folder(seat.id)
        folder.mkdir(mode=0o700)
        await asyncio.to_thread(made.view.save, folder / "view.key", self._passphrase, n=self._cost)
        self._seats.views[seat.id] = made.view
        return await self._add_client(seat, owner, made.sign, person)

    async def add_own_seat(self, seat: Seat, owner: NewAccount) -> None:
        """
        A seat that keeps its own keys, with its owner's account; nothing here can sign or read for it.

        Raises as `add_seat`.
        """
        if not _NAME.fullmatch(seat.id) or seat.id == HOUSE:
            raise Problem(
                "GATEWAY_FIELD_NOT_VALID", detail="a seat's id is 2 to 32 small letters, digits and hyphens"
            )
        self._check_code(seat)
        self._check(owner)
        await self._seats.add(seat)
        self._seats.folder(seat.id).mkdir(mode=0o700)
        await self.add_own_person(seat, owner)

    async def add_own_person(self, seat: Seat, new: NewAccount, *, person: str = "") -> None:
        """One more account of a seat that keeps its own keys; its passphrase opens nothing but the account."""
        self._check(new)
        account = Account(
            new.id,
            new.name,
            seat.id,
            person or secrets.token_hex(8),
            new.roles,
            f"login-{new.id}.key",
            "",
            active=True,
        )
        await self._accounts.add(account)
        stored = StoredSecret("secret", "", secrets.token_bytes(SEED_BYTES))
        path = self._seats.folder(seat.id) / account.key_file
        await asyncio.to_thread(write_key_file, path, stored, new.passphrase, n=self._cost)

    async def add_client(self, seat: Seat, new: NewAccount, root: SignRoot, *, person: str = "") -> str:
        """One more account of a seat, whose owner has just opened the sign root; its own identity key."""
        self._check_code(seat)
        self._check(new)
        return await self._add_client(seat, new, root, person)

    async def replace_wallet(self, account: Account, wallet: Wallet, passphrase: str) -> None:
        """The only account of a seat brings another wallet: its roots go into the seat's files, each under its passphrase."""
        folder = self._seats.folder(account.seat)
        await asyncio.to_thread(
            wallet.view.save, folder / "view.key", self._passphrase, n=self._cost, replace=True
        )
        await asyncio.to_thread(
            wallet.sign.save, folder / account.key_file, passphrase, n=self._cost, replace=True
        )
        self._seats.views[account.seat] = wallet.view

    @property
    def seats(self) -> Seats:
        """The seats of this gateway."""
        return self._seats

    async def give_house_wallet(self, account: Account, root: SignRoot, passphrase: str) -> None:
        """Let a person of the staff act for the member's own seat."""
        await asyncio.to_thread(
            root.save, self._seats.folder(HOUSE) / f"sign-{account.id}.key", passphrase, n=self._cost
        )

    async def add_certificate(self, account: Account, chain: Chain) -> str:
        """
        The certificate of a client's identity key, verified; its digest.

        Raises `GATEWAY_IDENTITY_NOT_PROVEN`.
        """
        seat = await self._seats.need(account.seat)
        try:
            subject = self._authorities.subject(chain)
        except CertificateNotValid as error:
            raise Problem("GATEWAY_IDENTITY_NOT_PROVEN", detail=error.reason) from None
        if subject.kind == "enterprise" and (subject.identifier, subject.name) != (seat.uscc, seat.name):
            raise Problem("GATEWAY_IDENTITY_NOT_PROVEN", detail="the certificate names another enterprise")
        digest = await self._certificates.keep(chain, name=seat.name, uscc=seat.uscc, sender="")
        await self._accounts.set_certificate(account.id, digest)
        return digest

    async def _add_client(self, seat: Seat, new: NewAccount, root: SignRoot, person: str) -> str:
        account = Account(
            new.id,
            new.name,
            seat.id,
            person or secrets.token_hex(8),
            new.roles,
            f"sign-{new.id}.key",
            "",
            active=True,
        )
        is_first = not await self._accounts.of_seat(seat.id)
        await self._accounts.add(account)
        folder = self._seats.folder(seat.id)
        await asyncio.to_thread(root.save, folder / account.key_file, new.passphrase, n=self._cost)
        if is_first and not seat.two_persons:
            return root.identity_key().public
        # Where two persons sign, neither may be able to make the other's signature: each has an identity key outside the wallet.
        seed = secrets.token_bytes(SEED_BYTES)
        key = signing_key_from_seed(ED25519, seed)
        await self._write(folder / f"identity-{new.id}.key", key, seed, new.passphrase)
        return key.public

    async def _write(
        self, path: Path, key: SigningKey, seed: bytes, passphrase: str, *, replace: bool = False
    ) -> None:
        stored = StoredSecret("signing", key.public, seed)
        await asyncio.to_thread(write_key_file, path, stored, passphrase, n=self._cost, replace=replace)

    def _check_code(self, seat: Seat) -> None:
        """A client is found by its code, so a typing error would make it unfindable; the member's own is as it stands on record."""
        if seat.id == HOUSE:
            return
        try:
            check_uscc(seat.uscc)
        except InstrumentError:
            raise Problem("GATEWAY_USCC_NOT_VALID", uscc=seat.uscc[:18]) from None

    def _check(self, new: NewAccount) -> None:
        if not _NAME.fullmatch(new.id):
            raise Problem(
                "GATEWAY_FIELD_NOT_VALID",
                detail="an account's id is 2 to 32 small letters, digits and hyphens",
            )

        letters = 1 if self._demo else LETTERS
        if not letters <= len(new.passphrase) <= LETTERS_MAX:
            raise Problem(
                "GATEWAY_FIELD_NOT_VALID", detail=f"a passphrase has {letters} to {LETTERS_MAX} letters"
            )


@dataclass(frozen=True, slots=True)
class MemberSecrets:
    """The keys that stand open while a gateway runs."""

    system: bytes
    sealing: tuple[bytes, ...]
    secret: bytes
    fingerprint: bytes
    """The alliance's fingerprint key of its first epoch."""

    def __repr__(self) -> str:
        return "<secrets of a member>"


def write_member_keys(keys: Path, made: MemberSecrets, passphrase: str, *, cost: int = SCRYPT_N) -> None:
    """Write the key files of a member's gateway: `system.key`, `sealing-<n>.key` from 1 on, `secret.key`, `fingerprint-1.key`."""
    system = signing_key_from_seed(ED25519, made.system)
    write_key_file(
        keys / "system.key", StoredSecret("signing", system.public, made.system), passphrase, n=cost
    )
    write_key_file(keys / "secret.key", StoredSecret("secret", "", made.secret), passphrase, n=cost)
    fingerprint = StoredSecret("secret", "", made.fingerprint)
    write_key_file(keys / "fingerprint-1.key", fingerprint, passphrase, n=cost)
    for number, seed in enumerate(made.sealing, start=1):
        write_key_file(keys / f"sealing-{number}.key", StoredSecret("sealing", "", seed), passphrase, n=cost)
