"""Tables of which each row becomes one operation: judged, signed row by row, released by a second person, and never done twice.

A row's operation has an Idempotency-Key made of batch, line and attempt, so whatever is cut off in the middle goes on where it stopped.  A row is
attempted anew only after its operation ended without effect; what is still on its way is left alone.
"""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from tallychain.crypto.digest import equal, sha256
from tallychain.gateway import batchrows, permissions
from tallychain.gateway.accounts import Account
from tallychain.gateway.acts import ActBody, Acts, UnlockBody, Ways
from tallychain.gateway.batchplans import Plan, Planned, Planner
from tallychain.gateway.batchreasons import TABLE_ZH
from tallychain.gateway.batchrows import (
    ANEW,
    FAILED,
    NEW,
    OPEN,
    REFUSED,
    RELEASED,
    SIGNS,
    WAITING,
    Batch,
    BatchRow,
    BatchRows,
)
from tallychain.gateway.documents import Documents
from tallychain.gateway.foresight import Foresight
from tallychain.gateway.problems import Problem
from tallychain.gateway.requests import Name
from tallychain.gateway.sentences import Sentences
from tallychain.gateway.unlocking import Opened
from tallychain.integrations.batchtables import TABLES, Read, Row, RowFault, read_table
from tallychain.integrations.refused import InputRefused

_AGAIN: Final = 429
"""Statuses from here on say that this gateway, not the row, is the reason."""
_PERSON: Final = frozenset({"GATEWAY_UNLOCK_REFUSED", "GATEWAY_SAME_PERSON", "GATEWAY_FORBIDDEN"})


class Checked(Struct, frozen=True):
    """What a table would do; nothing of it was sent or kept."""

    kind: str
    digest: str
    """SHA-256 of the file, by which maker and checker know that they speak of the same one."""
    total: int
    """Of the rows that can be, in fen."""
    rows: list[Planned]
    faults: list[RowFault]


class Batches:
    """The batches of one gateway."""

    def __init__(self, ways: Ways, acts: Acts, foresight: Foresight, documents: Documents) -> None:
        self._ways = ways
        self._acts = acts
        self._planner = Planner(
            ways.member, ways.secret, ways.catalogue, ways.seats, foresight, ways.naming, documents
        )
        self.rows = BatchRows(ways.database, ways.drafts, Sentences(ways.catalogue))

    async def check(self, kind: str, content: bytes, account: Account) -> Checked:
        """The dry run: every row, and what the ledger says of it; raises `GATEWAY_BATCH_NOT_READ` and as `Planner.plan`."""
        read, plan = await self._judged(kind, content, account)
        faults = sorted([*read.faults, *plan.faults], key=lambda fault: fault.line)
        total = sum(row.amount for row in plan.rows)
        return Checked(kind, sha256(content).hex(), total, list(plan.rows), faults)

    async def take(
        self, kind: str, name: str, content: bytes, digest: str, account: Account, unlock: UnlockBody | None
    ) -> Batch:
        """
        Keep a table and sign each of its rows as the maker; the same table again goes on with the same batch.

        Raises `GATEWAY_BATCH_DIFFERS`, `GATEWAY_BATCH_ROWS_REFUSED`, and as `check` and `sign`; nothing is kept of a table with a row that cannot be.
        """
        found = sha256(content).hex()
        if not equal(found.encode(), digest.encode()):
            raise Problem("GATEWAY_BATCH_DIFFERS", digest=found)
        async with self._ways.requests.one_at_a_time(Name(account.seat, "batch", found)):
            batch = await self.rows.same(account.seat, kind, found)
            if batch is None:
                opened = await self._open(account, unlock, found[:16])
                batch = await self._keep(kind, name, content, found, account)
            elif not await self._unsigned(batch):
                return batch
            else:
                opened = await self._open(account, unlock, batch.id)
            await self._sign(batch, account, opened)
        return await self.rows.need(batch.id, account.seat)

    async def sign(self, batch: Batch, account: Account, unlock: UnlockBody | None) -> Batch:
        """Sign as the maker what is not signed yet, and anew what ended without effect; raises `GATEWAY_BATCH_NOTHING` and what opens no key."""
        async with self._ways.requests.one_at_a_time(Name(account.seat, "batch", batch.digest)):
            if batch.state == REFUSED or not await self._unsigned(batch):
                raise Problem("GATEWAY_BATCH_NOTHING")
            await self._sign(batch, account, await self._open(account, unlock, batch.id))
        return await self.rows.need(batch.id, account.seat)

    async def release(self, batch: Batch, digest: str, account: Account, unlock: UnlockBody | None) -> Batch:
        """
        Sign every waiting row as the second person.

        Raises `GATEWAY_BATCH_DIFFERS`, `GATEWAY_BATCH_NOTHING`, `GATEWAY_SAME_PERSON`, and what opens no key.
        """
        if not equal(batch.digest.encode(), digest.encode()):
            raise Problem("GATEWAY_BATCH_DIFFERS", digest=batch.digest)
        kind = self._acts.kind(TABLES[batch.kind].operation)
        permissions.need(permissions.DECIDES[kind.authority], account)
        if account.id == batch.maker:
            raise Problem("GATEWAY_SAME_PERSON")
        async with self._ways.requests.one_at_a_time(Name(account.seat, "batch", batch.digest)):
            waiting = [row for row in await self.rows.all(batch) if row.state == WAITING]
            if not waiting:
                raise Problem("GATEWAY_BATCH_NOTHING")
            opened = await self._open(account, unlock, batch.id)
            for row in waiting:
                await self._release(batch, row, account, opened)
            await self.rows.decide(batch, RELEASED, account.id)
        return await self.rows.need(batch.id, account.seat)

    async def refuse(self, batch: Batch, account: Account, reason: str) -> Batch:
        """Close every row that nobody has released; raises `GATEWAY_BATCH_NOTHING`."""
        async with self._ways.requests.one_at_a_time(Name(account.seat, "batch", batch.digest)):
            rows = await self.rows.all(batch)
            if batch.state == REFUSED or not any(row.state in (WAITING, NEW, FAILED) for row in rows):
                raise Problem("GATEWAY_BATCH_NOTHING")
            for row in rows:
                if row.state == WAITING:
                    await self._ways.drafts.refuse(await self.rows.draft(row), account.id, reason)
            await self.rows.decide(batch, REFUSED, account.id, reason)
        await self._ways.unlocking.audit(account.id, "batch-refuse", batch.id)
        return await self.rows.need(batch.id, account.seat)

    async def _judged(self, kind: str, content: bytes, account: Account) -> tuple[Read, Plan]:
        try:
            read = await asyncio.to_thread(read_table, TABLES[kind], content)
        except InputRefused as refused:
            zh = TABLE_ZH.get(refused.code, refused.sentence)
            raise Problem(
                "GATEWAY_BATCH_NOT_READ", detail_zh=zh, code=refused.code, detail=refused.sentence
            ) from None
        return read, await self._planner.plan(kind, read.rows, account)

    async def _keep(self, kind: str, name: str, content: bytes, digest: str, account: Account) -> Batch:
        read, plan = await self._judged(kind, content, account)
        faults = sorted(fault.line for fault in (*read.faults, *plan.faults))
        if faults:
            raise Problem("GATEWAY_BATCH_ROWS_REFUSED", rows=len(faults), line=faults[0])
        batch = Batch(
            id=secrets.token_hex(8),
            seat=account.seat,
            kind=kind,
            digest=digest,
            name=name,
            total=sum(row.amount for row in plan.rows),
            maker=account.id,
            made_ms=self._ways.drafts.now_ms(),
            state=OPEN,
            decided_by="",
            decided_ms=0,
            reason="",
        )
        await self.rows.keep(batch, read.rows, plan.rows)
        return batch

    async def _open(self, account: Account, unlock: UnlockBody | None, subject: str) -> Opened:
        if unlock is None:
            raise Problem("GATEWAY_UNLOCK_REFUSED")
        return await self._ways.unlocking.for_batch(account, unlock.unlock(), act="batch", subject=subject)

    async def _unsigned(self, batch: Batch) -> bool:
        return any(row.state in SIGNS for row in await self.rows.all(batch))

    async def _sign(self, batch: Batch, account: Account, opened: Opened) -> None:
        rows = [row for row in await self.rows.all(batch) if row.state in SIGNS]
        planned, faults = await self._anew(batch, [row for row in rows if row.state in ANEW], account)
        for row in rows:
            if row.line in faults:
                fault = faults[row.line]
                await self.rows.failed(batch, row, fault.code, fault.en, fault.zh)
                continue
            again = planned.get(row.line)
            now = row if again is None else await self.rows.again(batch, row, again)
            await self._sign_row(batch, now, account, opened)
        after = await self.rows.all(batch)
        if any(row.state == WAITING for row in after):
            await self.rows.decide(batch, OPEN, "")
        elif not any(row.state in (NEW, FAILED) for row in after):
            # Nobody else has to sign for this seat.
            await self.rows.decide(batch, RELEASED, account.id)

    async def _anew(
        self, batch: Batch, rows: Sequence[BatchRow], account: Account
    ) -> tuple[dict[int, Planned], dict[int, RowFault]]:
        """What rows would do now that ended without effect before."""
        if not rows:
            return {}, {}
        plan = await self._planner.plan(batch.kind, [Row(row.line, row.cells) for row in rows], account)
        return {row.line: row for row in plan.rows}, {fault.line: fault for fault in plan.faults}

    async def _sign_row(self, batch: Batch, row: BatchRow, account: Account, opened: Opened) -> None:
        body = ActBody(args=row.plan.args, sealed=row.plan.sealed, tag=row.plan.tag)
        operation = TABLES[batch.kind].operation
        try:
            made = await self._acts.make(operation, body, account, batchrows.key(batch, row), opened)
        except Problem as problem:
            await self._stopped(batch, row, problem)
        else:
            await self.rows.signed(batch, row, made.draft, made.operation)

    async def _release(self, batch: Batch, row: BatchRow, account: Account, opened: Opened) -> None:
        draft = await self.rows.draft(row)
        try:
            operation = await self._acts.approve(draft, account, opened)
        except Problem as problem:
            await self._stopped(batch, row, problem)
        else:
            await self.rows.signed(batch, row, row.draft, operation)

    async def _stopped(self, batch: Batch, row: BatchRow, problem: Problem) -> None:
        """Note why a row was not signed; goes on to the next, unless the reason is the person or this gateway."""
        code = str(problem.fields.get("code", problem.code))
        await self.rows.failed(batch, row, code, problem.sentence(), problem.sentence("zh"))
        if problem.status >= _AGAIN or problem.code in _PERSON:
            raise problem
