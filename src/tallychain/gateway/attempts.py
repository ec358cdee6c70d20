"""Wrong passphrases and codes are counted: after a few the account is locked for a while, after many until an admin opens it."""

from collections.abc import Callable
from typing import Final

from tallychain.gateway.accounts import wall_ms
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.problems import Problem

AT_ONCE: Final = 5
"""Wrong attempts in a row after which an account is locked, and after each further such number."""
LOCK_MS: Final = 15 * 60_000
AT_MOST: Final = 25
"""Wrong attempts in a row after which only an admin opens the account again."""
_NEVER: Final = 2**62


class Attempts:
    """Counts what went wrong, per account; a restart forgets nothing."""

    def __init__(self, database: Database, now_ms: Callable[[], int] = wall_ms) -> None:
        self._database = database
        self._now_ms = now_ms

    async def need_open(self, account: str) -> bool:
        """Whether something went wrong before; raises `GATEWAY_ACCOUNT_LOCKED`, `GATEWAY_ACCOUNT_LOCKED_FOR_GOOD`."""
        row = await self._database.read(
            lambda db: db.execute(
                "SELECT locked_until_ms FROM attempt WHERE account = ?", (account,)
            ).fetchone()
        )
        if row is None:
            return False
        left_ms = int(row[0]) - self._now_ms()
        if left_ms > LOCK_MS:
            raise Problem("GATEWAY_ACCOUNT_LOCKED_FOR_GOOD")
        if left_ms > 0:
            seconds = -(-left_ms // 1000)
            raise Problem("GATEWAY_ACCOUNT_LOCKED", minutes=-(-seconds // 60), retry_after_s=seconds)
        return True

    async def failed(self, account: str) -> None:
        """Count one wrong attempt."""
        now = self._now_ms()

        def write(db: Connection) -> None:
            row = db.execute("SELECT failed FROM attempt WHERE account = ?", (account,)).fetchone()
            failed = 1 + (0 if row is None else int(row[0]))
            until = _NEVER if failed >= AT_MOST else now + LOCK_MS if failed % AT_ONCE == 0 else 0
            db.execute(
                "INSERT INTO attempt (account, failed, locked_until_ms) VALUES (?, ?, ?) "
                "ON CONFLICT (account) DO UPDATE SET failed = excluded.failed, locked_until_ms = excluded.locked_until_ms",
                (account, failed, until),
            )

        await self._database.write(write)

    async def forget(self, account: str) -> None:
        """Begin to count anew: somebody has shown everything, or an admin opens the account."""
        await self._database.write(lambda db: db.execute("DELETE FROM attempt WHERE account = ?", (account,)))

    async def locked(self) -> frozenset[str]:
        """The accounts that are locked now."""
        now = self._now_ms()
        rows = await self._database.read(
            lambda db: db.execute("SELECT account FROM attempt WHERE locked_until_ms > ?", (now,)).fetchall()
        )
        return frozenset(row[0] for row in rows)
