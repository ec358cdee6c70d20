"""What everybody may know of units, gathered from the read model, as standards are held against it."""

from collections.abc import Mapping
from typing import Any, Final

from tallychain.contracts.risk.standards.matching import Facts
from tallychain.gateway.readmodel_port import ReadModel
from tallychain.sdk.standards import days_to, facts_of

Row = dict[str, Any]

_PAGE: Final = 500
_PAGES_MOST: Final = 10


class PublicFacts:
    """Facts of one day; what is known of an issuer is read once."""

    def __init__(self, read_model: ReadModel, today: str) -> None:
        self._read_model = read_model
        self._today = today
        self._issuers: dict[str, tuple[Row | None, bool]] = {}

    async def of(
        self, *, issuer: str, face: int, maturity: str, layer: int, form: str, recourse: bool
    ) -> Facts:
        """What is public about units of an issuer's promise."""
        if issuer not in self._issuers:
            missed = await all_rows(self._read_model, "missed_payments", {"issuer": issuer})
            has_missed = any(not row["cured_at"] for row in missed)
            self._issuers[issuer] = (await self._record(issuer), has_missed)
        record, has_missed = self._issuers[issuer]
        return facts_of(
            issuer=issuer,
            face=face,
            days=days_to(maturity, self._today),
            layer=layer,
            form=form,
            recourse=recourse,
            has_missed=has_missed,
            record=record,
        )

    async def _record(self, issuer: str) -> Row | None:
        newest = await self._read_model.get("disclosed_issuers", [issuer], ())
        if newest is None:
            return None
        return await self._read_model.get("disclosures", [issuer, str(newest["month"])], ())


async def all_rows(read_model: ReadModel, view: str, filters: Mapping[str, str]) -> list[Row]:
    """Rows of a list that is short by its nature."""
    rows: list[Row] = []
    cursor = ""
    for _ in range(_PAGES_MOST):
        page = await read_model.list(view, filters, (), cursor, _PAGE)
        rows += page.rows
        cursor = page.cursor
        if not cursor:
            break
    return rows
