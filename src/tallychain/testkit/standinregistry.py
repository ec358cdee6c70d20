"""A stand-in for the movable-property registry, for tests alone: it reads the table that a gateway exports, gives numbers, and lists what it holds.

Nothing that ships starts it or asks it: a number that it gives is worth nothing before anybody.
"""

import csv
from io import StringIO
from typing import Final

LIST_HEADS: Final = (
    "登记证明编号", "登记时间", "登记状态", "出让人统一社会信用代码", "受让人统一社会信用代码", "财产价值（元）", "财产描述",
)  # fmt: skip


class StandInRegistry:
    """Takes tables in and gives lists out."""

    def __init__(self) -> None:
        self._rows: dict[str, list[str]] = {}

    def take(self, table: bytes, at: str) -> dict[str, str]:
        """Do what an exported table asks for; the number of each new registration by its financing."""
        made = {}
        for row in csv.DictReader(StringIO(table.decode("utf-8-sig"))):
            if row["办理事项"] == "初始登记":
                number = f"STANDIN{len(self._rows) + 1:08d}"
                self._rows[number] = [
                    number, at, "有效", row["出让人统一社会信用代码"], row["受让人统一社会信用代码"], row["财产价值（元）"], row["财产描述"],
                ]  # fmt: skip
                made[row["融资编号"]] = number
            elif row["办理事项"] == "注销登记" and row["登记证明编号"] in self._rows:
                self._rows[row["登记证明编号"]][2] = "已注销"
        return made

    def list(self) -> bytes:
        """The list as its users export it."""
        out = StringIO(newline="")
        csv.writer(out).writerows([LIST_HEADS, *self._rows.values()])
        return out.getvalue().encode("gb18030")
