"""Tags and tag cards of the seats served here.

A card is made for one use.  Its signature needs the owner, so a stock is signed whenever the owner opens the keys for an act; then others
can be given one while the owner is away.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from tallychain.crypto.certificates import CertificateNotValid
from tallychain.crypto.identity import TagCard, decode_card, encode_card, sign_card
from tallychain.crypto.wallet import tag_author
from tallychain.gateway.accounts import Account
from tallychain.gateway.certificates import Authorities, Certificates, Chain
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.problems import Problem
from tallychain.gateway.seats import Seats, TagRow
from tallychain.gateway.unlocking import Signer

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class GivenCard:
    """A card with the certificate that its signature is checked against."""

    card: TagCard
    chain: Chain


@dataclass(frozen=True, slots=True)
class CardRules:
    """How many cards are kept, and how long one may be used."""

    chain: str
    member: str
    stock: int
    valid_ms: int


class Cards:
    """Makes, keeps and gives the cards of the seats served here."""

    def __init__(
        self,
        rules: CardRules,
        seats: Seats,
        certificates: Certificates,
        authorities: Authorities,
        database: Database,
        clock: ChainClock,
    ) -> None:
        self._rules = rules
        self._seats = seats
        self._certificates = certificates
        self._authorities = authorities
        self._database = database
        self._clock = clock

    async def fresh_tag(self, account: Account, signer: Signer) -> TagRow:
        """The next unused tag of a seat, taken for an act of its own."""
        counter = await self._next_counters(account.seat, 1)
        return await self._keep_tag(account.seat, counter, signer, card=None, certificate="")

    async def refill(self, account: Account, signer: Signer) -> int:
        """Sign cards up to the stock; how many are free afterwards.  Without a certificate none can be made."""
        free = await self.free(account.seat)
        missing = self._rules.stock - free
        chain = await self._certificates.get(account.certificate) if account.certificate else None
        if missing <= 0 or chain is None:
            return free
        first = await self._next_counters(account.seat, missing)
        made = (
            self._keep_tag(account.seat, counter, signer, card=chain, certificate=account.certificate)
            for counter in range(first, first + missing)
        )
        await asyncio.gather(*made)
        return free + missing

    async def keep_delivered(self, tag: TagRow, card: TagCard) -> None:
        """Take a card into the stock that its owner has signed elsewhere; raises `AlreadyThere`."""
        row = (
            tag.key,
            tag.seat,
            tag.counter,
            tag.sealing,
            encode_card(card),
            card.certificate,
            card.valid_until,
            0,
        )

        def write(db: Connection) -> None:
            db.execute("INSERT INTO tag VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            db.execute(
                "UPDATE seat SET next_tag = ? WHERE id = ? AND next_tag < ?",
                (tag.counter + 1, tag.seat, tag.counter + 1),
            )

        await self._database.write(write)
        self._seats.note(tag)

    async def free(self, seat: str) -> int:
        """How many cards of a seat can be given now."""
        now = self._clock.now_ms()
        row = await self._database.read(
            lambda db: db.execute(
                "SELECT count(*) FROM tag WHERE seat = ? AND given = 0 AND valid_until_ms > ?", (seat, now)
            ).fetchone()
        )
        return int(row[0])

    async def give(self, seat: str) -> GivenCard | None:
        """One card of the stock, for one use; None if the stock is empty."""
        now = self._clock.now_ms()

        def take(db: Connection) -> tuple[bytes, str] | None:
            row: tuple[str, bytes, str] | None = db.execute(
                "SELECT key, card, certificate FROM tag WHERE seat = ? AND given = 0 AND valid_until_ms > ? ORDER BY counter LIMIT 1",
                (seat, now),
            ).fetchone()
            if row is None:
                return None
            db.execute("UPDATE tag SET given = 1 WHERE key = ?", (row[0],))
            return row[1], row[2]

        found = await self._database.write(take)
        if found is None:
            return None
        chain = await self._certificates.get(found[1])
        return None if chain is None else GivenCard(decode_card(found[0]), chain)

    async def check_certificate(self, account: Account) -> None:
        """Whether the account's certificate is good today; raises `GATEWAY_IDENTITY_NOT_PROVEN`."""
        chain = await self._certificates.get(account.certificate) if account.certificate else None
        if chain is None:
            raise Problem("GATEWAY_IDENTITY_NOT_PROVEN", detail="the account has no certificate")
        try:
            self._authorities.subject(chain)
        except CertificateNotValid as error:
            raise Problem("GATEWAY_IDENTITY_NOT_PROVEN", detail=error.reason) from None

    async def _next_counters(self, seat: str, count: int) -> int:
        def advance(db: Connection) -> int:
            row = db.execute(
                "UPDATE seat SET next_tag = next_tag + ? WHERE id = ? RETURNING next_tag", (count, seat)
            ).fetchone()
            if row is None:
                raise Problem("GATEWAY_NOT_FOUND")
            return int(row[0]) - count

        return await self._database.write(advance)

    async def _keep_tag(
        self, seat: str, counter: int, signer: Signer, *, card: Chain | None, certificate: str
    ) -> TagRow:
        view = self._seats.views[seat]
        key = signer.root.tag_key(counter).public
        sealing = view.sealing_key(counter).public
        until = self._clock.now_ms() + self._rules.valid_ms
        text = None if card is None else encode_card(self._card(signer, key, sealing, until, card))
        row = (
            key,
            seat,
            counter,
            sealing,
            text,
            certificate or None,
            until if card else 0,
            int(card is None),
        )
        await self._database.write(
            lambda db: db.execute("INSERT INTO tag VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        )
        tag = TagRow(key, seat, counter, sealing, card is None)
        self._seats.note(tag)
        return tag

    def _card(self, signer: Signer, key: str, sealing: str, until: int, chain: Chain) -> TagCard:
        return sign_card(
            signer.identity,
            chain=self._rules.chain,
            tag=tag_author(key),
            sealing=sealing,
            sponsor=self._rules.member,
            valid_until=until,
            certificate=chain.certificate,
        )
