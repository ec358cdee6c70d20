"""Why a gateway does not take a table of which each row would become an operation."""

from typing import Final

from tallychain.gateway.reasonform import Reason

BATCH_REASONS: Final[dict[str, Reason]] = {
    "GATEWAY_BATCH_NOT_READ": Reason(
        422,
        "Table not read",
        "The table cannot be used ({code}): {detail}",
        "表格无法使用（{code}）：{detail}",
    ),
    "GATEWAY_BATCH_ROWS_REFUSED": Reason(
        422,
        "Rows cannot be",
        "{rows} rows of the table cannot be as they stand, the first in line {line}; nothing was signed.",
        "表格中有 {rows} 行不能办理，首行为第 {line} 行；未签署任何内容。",
    ),
    "GATEWAY_BATCH_DIFFERS": Reason(
        409,
        "Not the same table",
        "The table is not the one that was looked at: its digest is {digest}.",
        "表格与所核对的不是同一份：其摘要为 {digest}。",
    ),
    "GATEWAY_BATCH_NOTHING": Reason(
        409,
        "Nothing to do",
        "No row of the batch waits for this.",
        "该批次没有待办理的行。",
    ),
}
