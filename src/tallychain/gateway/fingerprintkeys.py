"""The alliance's fingerprint keys that this gateway holds, and how a member that was admitted later comes by them.

Every gateway that holds the key of an epoch sends it to every member that was admitted after the beginning, once, under the letters' seal.  So the newcomer
has it whichever gateway is away; the first that comes is kept, and only if it is the one to which the ledger has a commitment.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import structlog

from tallychain.contracts.documents import api as documents
from tallychain.crypto.digest import equal, sha256
from tallychain.crypto.keyfile import StoredSecret, write_key_file
from tallychain.engine.port import CommittedBlock, Engine, EngineUnavailable
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Connection, Database, DatabaseLost
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.letters import SentFingerprintKey
from tallychain.gateway.postbox import Postbox
from tallychain.gateway.problems import Problem
from tallychain.ledger import codec
from tallychain.ledger.identity import ACTIVE, MEMBERS, Member
from tallychain.sdk.fingerprint import KEY_BYTES, EpochKey

_ADMITTED = b'"member.admitted"'
_ENDED = ("refused", "expired")


class FingerprintKeys:
    """The keys at hand, oldest first, and their files."""

    def __init__(self, keys: Sequence[EpochKey], folder: Path, passphrase: str, cost: int) -> None:
        self._keys = tuple(keys)
        self._folder = folder
        self._passphrase = passphrase
        self._cost = cost

    def __repr__(self) -> str:
        return "<fingerprint keys>"

    def all(self) -> tuple[EpochKey, ...]:
        """Every key; none where the alliance has not sent this member its key yet."""
        return self._keys

    def of(self, epoch: int) -> EpochKey | None:
        """The key of an epoch, or None."""
        return next((key for key in self._keys if key.epoch == epoch), None)

    async def add(self, key: EpochKey) -> None:
        """Keep a key that came, in a file first, under the member's passphrase; one that is here stays."""
        path = self._folder / f"fingerprint-{key.epoch}.key"
        stored = StoredSecret("secret", "", key.key)
        if not await asyncio.to_thread(path.exists):
            await asyncio.to_thread(write_key_file, path, stored, self._passphrase, n=self._cost)
        if self.of(key.epoch) is None:
            self._keys = tuple(sorted((*self._keys, key), key=lambda one: one.epoch))


class HandOver:
    """Sends the keys to newcomers, and takes them as one."""

    def __init__(
        self,
        member: str,
        keys: FingerprintKeys,
        engine: Engine,
        state: LedgerState,
        postbox: Postbox,
        database: Database,
        clock: ChainClock,
    ) -> None:
        self._member = member
        self._keys = keys
        self._engine = engine
        self._state = state
        self._postbox = postbox
        self._database = database
        self._clock = clock
        self._looked = False
        self._log = structlog.get_logger("fingerprints")

    def seen(self, block: CommittedBlock) -> bool:
        """Whether somebody was admitted in this block, so that the members are to be looked through again."""
        rows = (row for results in block.results for row in results)
        if any(_ADMITTED in row for row in (*rows, *block.due_events)):
            self._looked = False
            return True
        return False

    async def send_due(self) -> None:
        """Send every newcomer every key that it was not sent yet, or that did not reach it in its letter's time."""
        if self._looked or not self._keys.all():
            return
        self._looked = True
        try:
            for member in await self._newcomers():
                for key in self._keys.all():
                    await self._send(member, key)
        except EngineUnavailable:
            self._looked = False
            self._log.warning("keys not handed over yet: the ledger does not answer")
        except (Problem, DatabaseLost):
            self._looked = False
            raise

    async def take(self, sender: str, sent: SentFingerprintKey) -> None:
        """Keep a key that another member sent, if it is the alliance's.  Raises `GATEWAY_LETTER_NOT_VALID`."""
        row = await self._state.evaluate(lambda rows: documents.key_epoch(rows, sent.epoch))
        if row is None:
            raise _not_valid("the ledger knows no fingerprint key of this epoch")
        if len(sent.key) != KEY_BYTES:
            raise _not_valid("it holds no fingerprint key")
        key = EpochKey(sent.epoch, sent.key)
        if not equal(bytes.fromhex(row.commitment), bytes.fromhex(key.commitment())):
            raise _not_valid("the fingerprint key is not the one that the ledger commits to")
        if self._keys.of(sent.epoch) is None:
            await self._keys.add(key)
            self._looked = False
            self._log.info("a fingerprint key has come", epoch=sent.epoch, sender=sender)

    async def _newcomers(self) -> list[Member]:
        rows = [codec.trusted(Member, row) for _, row in (await self._engine.scan(MEMBERS.key())).rows]
        now = self._clock.moment()
        return [
            row
            for row in rows
            if row.admitted_height > 0 and row.member != self._member and row.status_at(now) == ACTIVE
        ]

    async def _send(self, member: Member, key: EpochKey) -> None:
        known = await self._database.read(
            lambda db: db.execute(
                "SELECT h.attempt, l.state FROM key_handed h LEFT JOIN letter_out l ON l.id = h.letter "
                "WHERE h.member = ? AND h.epoch = ?",
                (member.member, key.epoch),
            ).fetchone()
        )
        if known is not None and known[1] not in _ENDED:
            return
        attempt = 0 if known is None else int(known[0]) + 1
        # The letter is kept before the note that it was: a process that ends in between keeps the same letter again, not a second.
        name = sha256(f"fingerprint.key {key.epoch} {self._member} {member.member} {attempt}".encode()).hex()[
            :32
        ]
        await self._postbox.send(
            member.member, "fingerprint.key", SentFingerprintKey(key.epoch, key.key), letter_id=name
        )

        def note(db: Connection) -> None:
            db.execute(
                "INSERT INTO key_handed VALUES (?, ?, ?, ?) ON CONFLICT (member, epoch) DO UPDATE SET "
                "attempt = excluded.attempt, letter = excluded.letter",
                (member.member, key.epoch, attempt, name),
            )

        await self._database.write(note)


def _not_valid(detail: str) -> Problem:
    return Problem("GATEWAY_LETTER_NOT_VALID", detail=detail)
