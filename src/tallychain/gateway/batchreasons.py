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

TABLE_ZH: Final = {
    "TABLE_TOO_LARGE": "超过行数、列数、大小或解压后大小的上限。",
    "TABLE_ENCODING_UNKNOWN": "既不是 UTF-8 也不是 GBK 文本。",
    "TABLE_EMPTY": "没有数据行。",
    "TABLE_NOT_CSV": "不是格式正确的 CSV。",
    "TABLE_NOT_XLSX": "不是可读取的电子表格。",
    "TABLE_LAYOUT_UNKNOWN": "表头与模板不一致。",
    "TABLE_FORMULA": "含有公式，请粘贴为数值。",
    "TABLE_MERGED": "含有合并单元格，请逐行填写。",
    "TABLE_SHEETS": "含有多个工作表，仅允许一个。",
    "TABLE_ACTIVE": "含有宏、外部链接或嵌入对象，请仅保存表格内容。",
}
"""Why a file is refused as a whole, in Chinese; the English sentence is the reader's own."""
