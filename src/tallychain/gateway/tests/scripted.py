"""A read model of which some views hold what a test says, and everything else what the ledger says."""

from collections.abc import Mapping, Sequence
from typing import Any

from tallychain.gateway.readmodel_port import Page


class WithRows:
    """The read model of a gateway, as it would be with these rows."""

    def __init__(self, real: Any, rows: Mapping[str, Sequence[dict[str, Any]]]) -> None:
        self._real = real
        self._rows = rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def list(
        self, view: str, filters: Mapping[str, str], seats: Sequence[str], cursor: str, limit: int
    ) -> Page:
        """Its own rows, or those of the ledger."""
        if view not in self._rows:
            found: Page = await self._real.list(view, filters, seats, cursor, limit)
            return found
        rows = [
            row for row in self._rows[view] if all(str(row[name]) == text for name, text in filters.items())
        ]
        return Page(rows, "", await self._real.as_of())
