"""Webhooks of a seat: where to, which kinds of events, in which state; and the secret that signs what is sent.

The secret follows from the member's own secret and a random nonce, so that it is shown once, can be given out anew, and a stolen database
signs nothing.
"""

import base64
import secrets
from dataclasses import dataclass
from typing import Final

from tallychain.crypto.digest import Tag, keyed, standard_mac
from tallychain.gateway.accounts import wall_ms
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.problems import Problem

ON: Final = "on"
OFF: Final = "off"
BY_OWNER: Final = "BY_OWNER"
GONE: Final = "GONE"
FAILING: Final = "FAILING"
BEHIND: Final = "BEHIND"

OPERATION_ENDED: Final = "operation.ended"
DRAFT_WAITING: Final = "draft.waiting"
TEST: Final = "webhook.test"
OWN_KINDS: Final = (OPERATION_ENDED, DRAFT_WAITING)
"""What is told to a seat about its own matters; all other kinds are the ledger's public facts."""

PER_SEAT: Final = 10
OLD_SECRET_MS: Final = 24 * 3_600_000
_NONCE_BYTES: Final = 16
_PREFIX: Final = "whsec_"
_COLUMNS: Final = "id, seat, url, kinds, own, nonce, old_nonce, old_until_ms, made_ms, made_by, state, reason, failing_since_ms, after_height"
_INSERT: Final = f"INSERT INTO webhook ({_COLUMNS}) VALUES ({', '.join('?' * 14)})"  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Webhook:
    """One address that wants to be told."""

    id: str
    seat: str
    url: str
    kinds: tuple[str, ...]
    """Kinds, or the beginnings of kinds with a star (`voucher.*`)."""
    own: bool
    """Only facts that name this seat's tags (the house: its member), or that its own operations caused."""
    nonce: bytes
    old_nonce: bytes
    old_until_ms: int
    made_ms: int
    made_by: str
    state: str
    reason: str
    """Why it is off: BY_OWNER, GONE (the receiver said so), FAILING (for too long) or BEHIND (too much waits)."""
    failing_since_ms: int
    after_height: int
    """It is told the facts of later blocks."""


class Signing:
    """Signs what is sent, in the way of the Standard Webhooks specification (symmetric, `v1`)."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def shown(self, nonce: bytes) -> str:
        """The secret as the receiver keeps it."""
        return _PREFIX + base64.b64encode(self._key(nonce)).decode()

    def headers(self, webhook: Webhook, delivery: str, body: bytes, at_ms: int) -> dict[str, str]:
        """The three headers of a delivery; for a day after a change of secret both sign."""
        seconds = str(at_ms // 1000)
        nonces = [webhook.nonce]
        if webhook.old_nonce and at_ms < webhook.old_until_ms:
            nonces.append(webhook.old_nonce)
        message = b".".join((delivery.encode(), seconds.encode(), body))
        signatures = [base64.b64encode(standard_mac(self._key(nonce), message)).decode() for nonce in nonces]
        return {
            "webhook-id": delivery,
            "webhook-timestamp": seconds,
            "webhook-signature": " ".join(f"v1,{text}" for text in signatures),
        }

    def _key(self, nonce: bytes) -> bytes:
        return keyed(self._secret, Tag.WEBHOOK, nonce)


def wants(kinds: tuple[str, ...], kind: str) -> bool:
    """Whether a kind is among those wanted."""
    return any(kind == item or (item.endswith("*") and kind.startswith(item[:-1])) for item in kinds)


def of_seat(db: Connection, seat: str) -> list[Webhook]:
    """The webhooks of a seat that are on."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM webhook WHERE seat = ? AND state = 'on'", (seat,))  # noqa: S608 - a constant
    return [_webhook(row) for row in rows]


def switch_off(db: Connection, webhook: str, reason: str) -> None:
    """Tell an address nothing more until its owner says so; what waits stays."""
    db.execute("UPDATE webhook SET state = 'off', reason = ? WHERE id = ?", (reason, webhook))


class Hooks:
    """The webhooks of one gateway."""

    def __init__(self, database: Database, signing: Signing) -> None:
        self._database = database
        self.signing = signing

    async def add(
        self, *, seat: str, url: str, kinds: tuple[str, ...], own: bool, by: str, after_height: int
    ) -> tuple[Webhook, str]:
        """A new webhook and its secret, which is shown this once; raises `GATEWAY_TOO_MANY`."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        made = Webhook(
            f"wh_{secrets.token_hex(12)}", seat, url, kinds, own, nonce, b"", 0, wall_ms(), by, ON, "", 0, after_height
        )  # fmt: skip

        def insert(db: Connection) -> None:
            count = db.execute("SELECT count(*) FROM webhook WHERE seat = ?", (seat,)).fetchone()[0]
            if count >= PER_SEAT:
                raise Problem("GATEWAY_TOO_MANY", limit=PER_SEAT)
            values = (
                made.id,
                seat,
                url,
                " ".join(kinds),
                int(own),
                nonce,
                b"",
                0,
                made.made_ms,
                by,
                ON,
                "",
                0,
                after_height,
            )
            db.execute(_INSERT, values)

        await self._database.write(insert)
        return made, self.signing.shown(nonce)

    async def all_on(self) -> list[Webhook]:
        """Every webhook that is on and whose seat is in good standing."""
        return await self._select(
            "WHERE state = 'on' AND seat NOT IN (SELECT id FROM seat WHERE active = 0) ORDER BY id"
        )

    async def page(self, seat: str, after: str, limit: int) -> list[Webhook]:
        """Some webhooks of a seat in order of id, behind one."""
        return await self._select(f"WHERE seat = ? AND id > ? ORDER BY id LIMIT {int(limit)}", seat, after)

    async def get(self, webhook: str, seat: str) -> Webhook:
        """A webhook of a seat; raises `GATEWAY_NOT_FOUND`, for another seat's as well."""
        found = await self._select("WHERE id = ? AND seat = ?", webhook, seat)
        if not found:
            raise Problem("GATEWAY_NOT_FOUND")
        return found[0]

    async def change(self, webhook: Webhook, *, url: str, kinds: tuple[str, ...], own: bool) -> None:
        """Other places, kinds or facts from now on."""
        await self._database.write(
            lambda db: db.execute(
                "UPDATE webhook SET url = ?, kinds = ?, own = ? WHERE id = ?",
                (url, " ".join(kinds), int(own), webhook.id),
            )
        )

    async def switch(self, webhook: Webhook, *, on: bool, after_height: int) -> None:
        """Switch on or off; when switched on, what waited is tried at once, and facts are told from here on."""

        def write(db: Connection) -> None:
            if not on:
                switch_off(db, webhook.id, BY_OWNER)
            elif webhook.state != ON:
                db.execute(
                    "UPDATE webhook SET state = 'on', reason = '', failing_since_ms = 0, after_height = ? WHERE id = ?",
                    (after_height, webhook.id),
                )
                db.execute(
                    "UPDATE webhook_delivery SET due_ms = 0 WHERE webhook = ? AND state = 'waiting'",
                    (webhook.id,),
                )

        await self._database.write(write)

    async def remove(self, webhook: Webhook) -> None:
        """Forget a webhook and what was for it."""

        def delete(db: Connection) -> None:
            db.execute("DELETE FROM webhook_delivery WHERE webhook = ?", (webhook.id,))
            db.execute("DELETE FROM webhook WHERE id = ?", (webhook.id,))

        await self._database.write(delete)

    async def new_secret(self, webhook: Webhook) -> str:
        """Another secret, shown this once; the one before signs as well for a day."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        until = wall_ms() + OLD_SECRET_MS
        await self._database.write(
            lambda db: db.execute(
                "UPDATE webhook SET nonce = ?, old_nonce = nonce, old_until_ms = ? WHERE id = ?",
                (nonce, until, webhook.id),
            )
        )
        return self.signing.shown(nonce)

    async def count_off(self, seat: str) -> int:
        """How many of a seat's webhooks were switched off by other than their owner."""
        row = await self._database.read(
            lambda db: db.execute(
                "SELECT count(*) FROM webhook WHERE seat = ? AND state = 'off' AND reason <> 'BY_OWNER'",
                (seat,),
            ).fetchone()
        )
        return int(row[0])

    async def _select(self, where: str, *values: str) -> list[Webhook]:
        rows = await self._database.read(
            lambda db: db.execute(f"SELECT {_COLUMNS} FROM webhook {where}", values).fetchall()  # noqa: S608 - constants
        )
        return [_webhook(row) for row in rows]


def _webhook(row: tuple[str, str, str, str, int, bytes, bytes, int, int, str, str, str, int, int]) -> Webhook:
    name, seat, url, kinds, own, *rest = row
    return Webhook(name, seat, url, tuple(kinds.split()), bool(own), *rest)  # type: ignore[arg-type]  # in the columns' order
