"""Letters on their way out: kept until the receiver has acknowledged them or they are too old."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import httpx
import structlog

from tallychain.crypto.keys import SigningKey
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Database, DatabaseLost
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.letters import (
    LIFE_MS,
    Head,
    Kind,
    Letter,
    Payload,
    new_id,
    read_acknowledgement,
    write,
)
from tallychain.gateway.problems import Problem
from tallychain.gateway.sealingkeys import SealingKeys
from tallychain.ledger import codec
from tallychain.ledger.identity import SYSTEM
from tallychain.ledger.types import Height

PATH: Final = "/v1/letters"
_AT_ONCE: Final = 16
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 60.0
_TIMEOUT_S: Final = 10.0

Post = Callable[[str, bytes], Awaitable[bytes]]
"""Post a letter to an address; the answer's body.  Raises `DeliveryFailed`."""


class DeliveryFailed(Exception):
    """The letter was not acknowledged; `final` if trying again cannot help."""

    def __init__(self, why: str, *, final: bool = False) -> None:
        super().__init__(why)
        self.final = final


class HttpPost:
    """Posts over HTTP; follows no redirect, so that a letter goes where the member's record says and nowhere else."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False)

    async def __call__(self, url: str, text: bytes) -> bytes:
        """Post one letter."""
        if not url.startswith(("https://", "http://")):
            raise DeliveryFailed("the member's record names no HTTP address", final=True)
        try:
            answer = await self._client.post(url, content=text, headers={"Content-Type": "application/json"})
        except httpx.HTTPError as error:
            raise DeliveryFailed(type(error).__name__) from None
        if answer.status_code != 200:
            refused = 400 <= answer.status_code < 500 and answer.status_code not in (404, 408, 429)
            raise DeliveryFailed(f"status {answer.status_code}", final=refused)
        return answer.content

    async def close(self) -> None:
        """Close connections."""
        await self._client.aclose()


class Postbox:
    """The outbox of letters."""

    def __init__(
        self,
        member: str,
        key: SigningKey,
        state: LedgerState,
        sealing: SealingKeys,
        database: Database,
        clock: ChainClock,
        post: Post,
    ) -> None:
        self._member = member
        self._key = key
        self._state = state
        self._sealing = sealing
        self._database = database
        self._clock = clock
        self._post = post
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._log = structlog.get_logger("postbox")

    async def send(self, to: str, kind: Kind, payload: Payload, *, letter_id: str = "") -> str:
        """
        Keep a letter durably and begin to deliver it; its id.  One that is kept already under this id is not sent again.

        Raises `GATEWAY_MEMBER_UNKNOWN`, `CannotSeal`.
        """
        now = self._clock.now_ms()
        facts = await self._state.facts()
        head = Head(facts.chain, self._member, to, kind, letter_id or new_id(), now, now + LIFE_MS[kind])
        text = write(head, payload, to=await self._sealing.current(to), key=self._key)
        row = (head.id, to, kind, text, head.expires)
        is_new = await self._database.write(
            lambda db: (
                db.execute(
                    "INSERT INTO letter_out (id, receiver, kind, text, expires_ms, state) VALUES (?, ?, ?, ?, ?, 'waiting') "
                    "ON CONFLICT DO NOTHING",
                    row,
                ).rowcount
            )
        )
        if is_new:
            self._start(head.id)
        return head.id

    async def resume(self) -> None:
        """Take up every letter that was waiting when the process ended."""
        rows = await self._database.read(
            lambda db: db.execute("SELECT id FROM letter_out WHERE state = 'waiting'").fetchall()
        )
        for row in rows:
            self._start(row[0])

    async def waiting(self) -> int:
        """Letters not yet acknowledged."""
        row = await self._database.read(
            lambda db: db.execute("SELECT count(*) FROM letter_out WHERE state = 'waiting'").fetchone()
        )
        return int(row[0])

    async def close(self) -> None:
        """Stop delivering; what waits is taken up at the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, letter: str) -> None:
        if letter not in self._tasks:
            task = asyncio.get_running_loop().create_task(self._deliver(letter))
            self._tasks[letter] = task
            task.add_done_callback(lambda _: self._tasks.pop(letter, None))

    async def _deliver(self, letter: str) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            try:
                if await self._end(letter):
                    return
            except DatabaseLost:
                self._log.warning("the state of a letter cannot be written down", letter=letter)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    async def _end(self, letter: str) -> bool:
        """Try once, and write down how it ended if it did."""
        row = await self._database.read(
            lambda db: db.execute("SELECT text FROM letter_out WHERE id = ?", (letter,)).fetchone()
        )
        state = await self._attempt(letter, row[0])
        if state:
            await self._database.write(
                lambda db: db.execute("UPDATE letter_out SET state = ? WHERE id = ?", (state, letter))
            )
        return bool(state)

    async def _attempt(self, letter: str, text: bytes) -> str:
        """`delivered`, `refused` or `expired`, or empty if it is worth trying again."""
        head = codec.decode(Letter, text).head
        if self._clock.now_ms() >= head.expires:
            return "expired"
        async with self._slots:
            try:
                url = (await self._state.member(head.receiver)).gateway.rstrip("/") + PATH
                await self._check(read_acknowledgement(await self._post(url, text), text).key, head.receiver)
            except DeliveryFailed as failed:
                self._log.info("letter not delivered", letter=letter, to=head.receiver, why=str(failed))
                return "refused" if failed.final else ""
            except Problem as problem:
                self._log.info("letter not delivered", letter=letter, to=head.receiver, why=problem.code)
                return ""
        return "delivered"

    async def _check(self, key: str, receiver: str) -> None:
        row = await self._state.key(key)
        now = Height(self._clock.height + 1)
        if row is None or row.member != receiver or SYSTEM not in row.rights or not row.signs_at(now):
            raise DeliveryFailed("the acknowledgement is not signed by the receiver's system")
