"""A client takes its wallet from one sponsor's gateway to another's: exported under its passphrase, and brought there.

What moves is the client's own: two key files, which only its passphrase opens, and its certificate.  The ledger says which tags are in use; what
was sealed to them is opened again from the ledger.  Leaving is `holder.port`, an act of the client that the new sponsor carries.
"""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec import Struct

from tallychain.crypto.errors import CryptoRefusal
from tallychain.crypto.keyfile import SCRYPT_N
from tallychain.crypto.wallet import GAP, SignRoot, ViewRoot, Wallet
from tallychain.gateway.accounts import HOUSE, Account, Accounts
from tallychain.gateway.certificates import Certificates, Chain
from tallychain.gateway.concern import Concerns
from tallychain.gateway.enrolment import Enrolment
from tallychain.gateway.problems import Problem
from tallychain.gateway.readmodel_port import ReadModel
from tallychain.gateway.seats import Seat, Seats, TagRow
from tallychain.gateway.unlocking import Unlock, Unlocking

KEPT_APART: Final = GAP // 2
"""Tags that a wallet may still make where it was copied from; where it is brought it goes on beyond them."""
FILE_MAX: Final = 8_192


class WalletExport(Struct, frozen=True, forbid_unknown_fields=True):
    """A seat's wallet as its owner takes it along; the two key files open under the owner's passphrase only."""

    chain: str
    name: str
    uscc: str
    next_tag: int
    """The first counter that was not used here."""
    is_left: bool
    """Whether the seat makes no more tags here: else it is a copy."""
    view: str
    sign: str
    certificate: bytes = b""
    """DER, where the wallet's own identity key is certified."""
    intermediates: tuple[bytes, ...] = ()

    def __repr__(self) -> str:
        return "<exported wallet>"


class WalletTaken(Struct, frozen=True):
    """What was found on the ledger for a wallet that was brought here."""

    tags: int
    """Tags in use."""
    parts: int
    """Sealed parts that could be opened for it."""


@dataclass(frozen=True, slots=True)
class Moving:
    """Gives and takes wallets of hosted seats."""

    chain: str
    seats: Seats
    accounts: Accounts
    certificates: Certificates
    enrolment: Enrolment
    unlocking: Unlocking
    concerns: Concerns
    cost: int = SCRYPT_N

    async def export(self, account: Account, unlock: Unlock, *, is_left: bool) -> WalletExport:
        """
        The wallet of the caller's seat; with `is_left` the seat is suspended here, so that no tag is made twice.

        Raises `GATEWAY_NOT_FOUND` for the member's own seat, `GATEWAY_OWN_KEYS` where nothing lies here, and as `Unlocking.signer`.
        """
        seat = await self.seats.need(account.seat)
        if seat.id == HOUSE:
            raise Problem("GATEWAY_NOT_FOUND")
        if not seat.hosted:
            raise Problem("GATEWAY_OWN_KEYS")
        signer = await self.unlocking.signer(account, unlock, act="wallet-export", subject=seat.id)
        wallet = Wallet(self.seats.views[seat.id], signer.root)
        view, sign = await asyncio.to_thread(_written, wallet, unlock.passphrase, self.cost)
        chain = await self._own_certificate(account)
        next_tag = await self.seats.next_tag(seat.id)
        if is_left:
            await self.seats.change(seat.id, active=False)
        return WalletExport(
            chain=self.chain,
            name=seat.name,
            uscc=seat.uscc,
            next_tag=next_tag,
            is_left=is_left,
            view=view,
            sign=sign,
            certificate=b"" if chain is None else chain.certificate,
            intermediates=() if chain is None else chain.intermediates,
        )

    async def take(
        self, account: Account, brought: WalletExport, passphrase: str, unlock: Unlock, read_model: ReadModel
    ) -> WalletTaken:
        """
        Put a wallet in place of the fresh one of the caller's seat, find its tags on the ledger, and open what is sealed to them.

        `passphrase` opens the export; `unlock` is the caller's here.  Begun again after a crash it completes.  Raises
        `GATEWAY_OWN_KEYS`, `GATEWAY_WALLET_NOT_TAKEN`, `GATEWAY_UNLOCK_REFUSED` and as `Enrolment.add_certificate`.
        """
        seat = await self.seats.need(account.seat)
        if not seat.hosted:
            raise Problem("GATEWAY_OWN_KEYS")
        await self._check(seat, brought)
        await self.unlocking.signer(account, unlock, act="wallet-import", subject=seat.id)
        wallet = await asyncio.to_thread(_read, brought, passphrase)
        if brought.certificate and not self._has_own_identity(account):
            await self.enrolment.add_certificate(account, Chain(brought.certificate, brought.intermediates))
        hint = brought.next_tag if brought.is_left else brought.next_tag + KEPT_APART
        tags, naming = await self._found(wallet, seat.id, hint, read_model)
        await self.enrolment.replace_wallet(account, wallet, unlock.passphrase)
        await self.seats.take_over(seat.id, tags, len(tags))
        parts = 0
        for operation in naming:
            signed = await self.concerns.operation(operation)
            parts += 0 if signed is None else await read_model.open_later(signed)
        used = set().union(*naming.values())
        return WalletTaken(sum(tag.sealing in used for tag in tags), parts)

    async def _check(self, seat: Seat, brought: WalletExport) -> None:
        if brought.chain != self.chain:
            raise _not_taken("it belongs to another chain")
        if (brought.name, brought.uscc) != (seat.name, seat.uscc) or seat.id == HOUSE:
            raise _not_taken("it is another enterprise's")
        if len(await self.accounts.of_seat(seat.id)) != 1:
            raise _not_taken("other accounts of this seat have its wallet already")
        if await self.seats.tags_of(seat.id):
            raise _not_taken("this seat has used its own wallet already")

    async def _own_certificate(self, account: Account) -> Chain | None:
        if not account.certificate or self._has_own_identity(account):
            return None
        return await self.certificates.get(account.certificate)

    def _has_own_identity(self, account: Account) -> bool:
        """Whether the person's identity key lies outside of the wallet."""
        return (self.seats.folder(account.seat) / f"identity-{account.id}.key").exists()

    async def _found(
        self, wallet: Wallet, seat: str, hint: int, read_model: ReadModel
    ) -> tuple[list[TagRow], dict[str, frozenset[str]]]:
        """Every tag up to the last one in use, and the operations that name them; the search ends after a gap without any."""
        count = hint + GAP
        while True:
            sealing = await asyncio.to_thread(_sealing_keys, wallet.view, count)
            naming = await read_model.naming(frozenset(sealing))
            used = [
                number for number, key in enumerate(sealing) if any(key in keys for keys in naming.values())
            ]
            following = max(hint, used[-1] + 1 if used else 0)
            if count >= following + GAP:
                break
            count = following + GAP
        signing = await asyncio.to_thread(_signing_keys, wallet.sign, following)
        rows = [TagRow(key, seat, number, sealing[number], given=True) for number, key in enumerate(signing)]
        return rows, naming


def _written(wallet: Wallet, passphrase: str, cost: int) -> tuple[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        view, sign = Path(folder, "view.key"), Path(folder, "sign.key")
        wallet.view.save(view, passphrase, n=cost)
        wallet.sign.save(sign, passphrase, n=cost)
        return view.read_text(encoding="utf-8"), sign.read_text(encoding="utf-8")


def _read(brought: WalletExport, passphrase: str) -> Wallet:
    with tempfile.TemporaryDirectory() as folder:
        view, sign = Path(folder, "view.key"), Path(folder, "sign.key")
        for path, text in ((view, brought.view), (sign, brought.sign)):
            path.touch(mode=0o600)
            path.write_text(text[: FILE_MAX + 1], encoding="utf-8")
        try:
            return Wallet(ViewRoot.load(view, passphrase), SignRoot.load(sign, passphrase))
        except CryptoRefusal:
            raise Problem("GATEWAY_UNLOCK_REFUSED") from None


def _sealing_keys(view: ViewRoot, count: int) -> list[str]:
    return [view.sealing_key(number).public for number in range(count)]


def _signing_keys(sign: SignRoot, count: int) -> list[str]:
    return [sign.tag_key(number).public for number in range(count)]


def _not_taken(detail: str) -> Problem:
    return Problem("GATEWAY_WALLET_NOT_TAKEN", detail=detail)
