"""How a member comes by the alliance's fingerprint keys: by sealed letters of those that have them.

Whoever proposes a new key has made it before, and its gateway sends it to every member in good standing as soon as the proposal stands on the
ledger, so that each has it before it votes.  Once its epoch has begun, every gateway that holds it sends it to every member once; the
keys with which the chain began go to those that were admitted later.  So a member has them whichever gateway is away.  The first that
comes is kept, and only if the ledger has a commitment to it: that of an epoch, or of a proposal that waits.
"""

import secrets
from typing import Final

import structlog

from tallychain.contracts.documents.state import KeyEpoch
from tallychain.contracts.governance.changes import BeginKeyEpoch
from tallychain.crypto.digest import equal, sha256
from tallychain.engine.port import CommittedBlock, Engine, EngineUnavailable
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Connection, Database, DatabaseLost
from tallychain.gateway.fingerprintkeys import FingerprintKeys
from tallychain.gateway.letters import SentFingerprintKey
from tallychain.gateway.naming import Naming
from tallychain.gateway.postbox import Postbox
from tallychain.gateway.problems import Problem
from tallychain.ledger import codec
from tallychain.ledger.identity import ACTIVE, MEMBERS, Member
from tallychain.sdk.fingerprint import KEY_BYTES, EpochKey

_WATCHED: Final = (
    b'"member.admitted"',
    b'"member.standing_voted"',
    b'"member.restored"',
    b'"member.suspension_lapsed"',
    b'"proposal.opened"',
    b'"fingerprint_key.begun"',
)
"""Facts after which a key may be due to somebody."""
_ENDED = ("refused", "expired")


class HandOver:
    """Makes keys, sends them to whom they are due, and takes those that come."""

    def __init__(
        self,
        member: str,
        keys: FingerprintKeys,
        naming: Naming,
        engine: Engine,
        postbox: Postbox,
        database: Database,
        clock: ChainClock,
    ) -> None:
        self._member = member
        self._keys = keys
        self._naming = naming
        self._engine = engine
        self._postbox = postbox
        self._database = database
        self._clock = clock
        self._looked = False
        self._log = structlog.get_logger("fingerprints")

    def seen(self, block: CommittedBlock) -> bool:
        """Whether something happened in this block after which the members are to be looked through again."""
        rows = (row for results in block.results for row in results)
        if any(fact in row for row in (*rows, *block.due_events) for fact in _WATCHED):
            self._looked = False
            return True
        return False

    async def make(self) -> EpochKey:
        """A new key for the epoch that follows, kept here; it goes to the others when it is proposed.  Raises `GATEWAY_NOT_FOUND` on a chain without keys of record."""
        rows = await self._naming.epochs()
        if not rows:
            raise Problem("GATEWAY_NOT_FOUND")
        key = EpochKey(rows[-1].epoch + 1, secrets.token_bytes(KEY_BYTES))
        await self._keys.propose(key)
        self._log.info("a fingerprint key was made", epoch=key.epoch, commitment=key.commitment())
        return key

    async def send_due(self) -> None:
        """Send every key to every member to which it is due and was not sent yet, or that it did not reach in its letter's time."""
        if self._looked:
            return
        self._looked = True
        try:
            rows = await self._naming.epochs()
            members = await self._members()
            for key in self._keys.all():
                for member in members:
                    if member.admitted_height > 0 or _came_by_vote(key, rows):
                        await self._send(member, key)
            for proposal in await self._naming.proposed():
                if proposal.text.proposer == self._member:
                    await self._send_proposed(proposal.text.change, members)
        except EngineUnavailable:
            self._looked = False
            self._log.warning("keys not handed over yet: the ledger does not answer")
        except (Problem, DatabaseLost):
            self._looked = False
            raise

    async def take(self, sender: str, sent: SentFingerprintKey) -> None:
        """
        Keep a key that another member sent, if it is the alliance's or one that waits for votes.

        Raises `GATEWAY_LETTER_NOT_VALID`, and `GATEWAY_NOT_FOUND`, upon which it is sent again, for one that may be of a proposal that is
        not known here yet.
        """
        if len(sent.key) != KEY_BYTES:
            raise _not_valid("it holds no fingerprint key")
        key = EpochKey(sent.epoch, sent.key)
        rows = await self._naming.epochs()
        row = next((row for row in rows if row.epoch == sent.epoch), None)
        if row is None:
            await self._take_proposed(sender, key, rows)
            return
        if not equal(bytes.fromhex(row.commitment), bytes.fromhex(key.commitment())):
            raise _not_valid("the fingerprint key is not the one that the ledger commits to")
        if self._keys.of(sent.epoch) is None:
            await self._keys.add(key)
            self._looked = False
            self._log.info("a fingerprint key has come", epoch=sent.epoch, sender=sender)

    async def _take_proposed(self, sender: str, key: EpochKey, rows: list[KeyEpoch]) -> None:
        if not rows or key.epoch != rows[-1].epoch + 1:
            raise _not_valid("the ledger knows no fingerprint key of this epoch")
        if any(equal(known.key, key.key) for known in self._keys.all()):
            raise _not_valid("the fingerprint key served another epoch")
        commitments = [
            proposal.text.change.commitment
            for proposal in await self._naming.proposed()
            if isinstance(proposal.text.change, BeginKeyEpoch)
        ]
        if key.commitment() not in commitments:
            raise Problem("GATEWAY_NOT_FOUND")
        await self._keys.propose(key)
        self._log.info("a proposed fingerprint key has come", epoch=key.epoch, sender=sender)

    async def _members(self) -> list[Member]:
        """The other members in good standing."""
        rows = [codec.trusted(Member, row) for _, row in (await self._engine.scan(MEMBERS.key())).rows]
        now = self._clock.moment()
        return [row for row in rows if row.member != self._member and row.status_at(now) == ACTIVE]

    async def _send_proposed(self, change: object, members: list[Member]) -> None:
        key = self._keys.proposed(change.commitment) if isinstance(change, BeginKeyEpoch) else None
        if key is not None:
            for member in members:
                await self._post_proposed(member.member, key)

    async def _post_proposed(self, member: str, key: EpochKey) -> None:
        """One letter, and another only where the last could not reach the member in its time."""
        attempt = 0
        while True:
            name = _name(f"proposed {key.commitment()}", self._member, member, attempt)
            row = await self._database.read(
                lambda db, name=name: db.execute(  # type: ignore[misc]  # the default binds this round's name
                    "SELECT state FROM letter_out WHERE id = ?", (name,)
                ).fetchone()
            )
            if row is None:
                break
            if row[0] not in _ENDED:
                return
            attempt += 1
        await self._postbox.send(
            member, "fingerprint.key", SentFingerprintKey(key.epoch, key.key), letter_id=name
        )

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
        name = _name(str(key.epoch), self._member, member.member, attempt)
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


def _name(what: str, sender: str, receiver: str, attempt: int) -> str:
    """The id of a letter, so that it is kept once however often it is due."""
    return sha256(f"fingerprint.key {what} {sender} {receiver} {attempt}".encode()).hex()[:32]


def _came_by_vote(key: EpochKey, rows: list[KeyEpoch]) -> bool:
    """Whether a key is not one of those that every founder has."""
    return any(row.epoch == key.epoch and row.begun_ms > 0 for row in rows)


def _not_valid(detail: str) -> Problem:
    return Problem("GATEWAY_LETTER_NOT_VALID", detail=detail)
