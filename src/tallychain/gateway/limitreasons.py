"""Why a funder's own gateway does not let it quote or pay; its own staff alone reads this."""

from typing import Final

from tallychain.gateway.reasonform import Reason

LIMIT_REASONS: Final[dict[str, Reason]] = {
    "GATEWAY_LIMIT": Reason(
        409,
        "Beyond the credit line",
        "Of the credit line for {issuer} of {amount}, {used} is used and {reserved} is reserved by outstanding quotes; {face} more goes beyond it.",
        "对 {issuer} 的授信额度为 {amount}，已用 {used}，未决报价占用 {reserved}，再增加 {face} 将超出额度。",
    ),
    "GATEWAY_CONCENTRATION": Reason(
        409,
        "Too much with one debtor",
        "{after} of {whole} at risk would be with {issuer}: {share}, and at most {most} may be (205/2019).",
        "对 {issuer} 的融资将达风险资产 {whole} 中的 {after}，占 {share}，不得超过 {most}（银保监办发〔2019〕205号）。",
    ),
    "GATEWAY_LIMIT_NOT_KNOWN": Reason(
        409,
        "Limit not known",
        "What is at risk cannot be counted, or the risk assets entered are out of date; enter them anew.",
        "风险资产已过有效期或无法统计，请重新录入。",
    ),
}
