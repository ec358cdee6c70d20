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
    "GATEWAY_REFINEMENT_NOT_VALID": Reason(
        400,
        "Refinement not valid",
        "The expression is no refinement: {detail}.",
        "该表达式不是有效的细化条件：{detail}。",
    ),
    "GATEWAY_REFINEMENT_NOT_MET": Reason(
        409,
        "Refinement not met",
        "The refinement of this member's quoting, entered by two persons, does not let it quote here.",
        "不符合本机构经两人录入的报价细化条件，不能报价。",
    ),
    "GATEWAY_REFINEMENT_FAILED": Reason(
        409,
        "Refinement failed",
        "The refinement of this member's quoting could not be evaluated, so nothing is quoted: {detail}.",
        "本机构的报价细化条件无法计算，因此不能报价：{detail}。",
    ),
    "GATEWAY_REFINEMENT_NOT_INSTALLED": Reason(
        409,
        "Refinements not installed",
        "This gateway cannot evaluate refinements; the extra refinements of its package is not installed.",
        "本网关未安装 refinements 组件，无法计算细化条件。",
    ),
}
