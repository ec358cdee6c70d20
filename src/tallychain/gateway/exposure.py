"""What a funder has at risk with each issuer, from its own financings in the read model."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from tallychain.contracts.vouchers.financing.state import BINDING, COMPLETED, PLEDGE
from tallychain.contracts.vouchers.state import (
    ACTIVE,
    COLLECTED,
    DUE,
    DUE_UNDATED,
    OVERDUE,
    PAID,
    SPENT,
    UNPAID_PENDING,
    WITHHELD,
)
from tallychain.gateway.problems import Problem
from tallychain.gateway.readmodel_port import ReadModel

OWED: Final = (ACTIVE, DUE, DUE_UNDATED, UNPAID_PENDING, OVERDUE)
"""Statuses of a voucher of which something may still be owed."""
OVER: Final = (SPENT, COLLECTED, PAID, WITHHELD)
"""Of a holding: passed on, or its issuer is discharged."""
_PAGE: Final = 500
_PAGES_MOST: Final = 100

Row = dict[str, Any]


class Exposures:
    """One funder's financings, read as of the last projected block."""

    def __init__(self, read_model: ReadModel, member: str) -> None:
        self._read_model = read_model
        self._member = member
        self._vouchers: dict[str, Row] = {}

    async def by_issuer(self, without: str = "") -> dict[str, int]:
        """
        Faces at risk by issuer, in fen; `without` is a financing that is not counted, because it is being judged.

        A financing counts from the award, before any money has gone.  What was bought counts while the funder holds it and it is owed; what secures
        a loan counts whole while its voucher is owed.
        """
        found: dict[str, int] = defaultdict(int)
        for row in await self._all("financings", {"funder": self._member}):
            if row["financing"] != without and row["status"] in (*BINDING, COMPLETED):
                found[str((await self._voucher(row))["issuer"])] += await self._at_risk(row)
        return {issuer: amount for issuer, amount in sorted(found.items()) if amount}

    async def _at_risk(self, row: Row) -> int:
        if row["status"] != COMPLETED:
            return int(row["face"])
        if (await self._voucher(row))["status"] not in OWED:
            return 0
        if row["form"] == PLEDGE or not row["to_holding"]:
            return int(row["face"])
        bought = await self._read_model.get("holdings", [str(row["to_holding"])], ())
        if bought is None:
            return int(row["face"])
        held = await self._all("holdings", {"voucher": str(row["voucher"]), "tag": str(bought["tag"])})
        return sum(int(one["face"]) for one in held if one["status"] not in OVER)

    async def _voucher(self, row: Row) -> Row:
        number = str(row["voucher"])
        if number not in self._vouchers:
            self._vouchers[number] = await self._read_model.get("vouchers", [number], ()) or {}
        return self._vouchers[number]

    async def _all(self, view: str, filters: Mapping[str, str]) -> list[Row]:
        """All rows; what cannot be counted whole is not guessed."""
        rows: list[Row] = []
        cursor = ""
        for _ in range(_PAGES_MOST):
            page = await self._read_model.list(view, filters, (), cursor, _PAGE)
            rows += page.rows
            cursor = page.cursor
            if not cursor:
                return rows
        raise Problem("GATEWAY_LIMIT_NOT_KNOWN")
