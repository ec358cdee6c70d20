"""Why a gateway does not take a client's code, or does not let its account of record be stated, confirmed or passed over."""

from typing import Final

from tallychain.gateway.reasonform import Reason

ACCOUNT_REASONS: Final[dict[str, Reason]] = {
    "GATEWAY_ACCOUNT_BLACK_OUT": Reason(
        409,
        "Account in black-out",
        "The voucher {voucher} of this client is in its black-out or due, so no other account is stated until it is paid.",
        "该客户的凭证 {voucher} 处于封闭期或已到期，兑付前不得变更收款账户。",
    ),
    "GATEWAY_ACCOUNT_NOT_OWN": Reason(
        422,
        "Account in another name",
        "The account is in another name or code than the certified client's.",
        "账户户名或统一社会信用代码与证书所载客户不一致。",
    ),
    "GATEWAY_CODE_DIFFERS": Reason(
        422,
        "Code differs",
        "The code that the client said is not the one that this bank sent; the account can be refused for a wrong code.",
        "客户回填的验证码与本行发出的不符；可按验证码不符拒绝。",
    ),
    "GATEWAY_NOT_ACCOUNT_OF_RECORD": Reason(
        422,
        "Not the account of record",
        "This is not the client's account of record {record}; to name another on purpose, its field record says OTHER, and the settlement bank is told.",
        "该账户并非客户的备案账户 {record}；如确需另行指定，请在备案编号栏按其说明注明，清分行将获提示。",
    ),
    "GATEWAY_USCC_NOT_VALID": Reason(
        400,
        "Credit code not valid",
        "{uscc} is not a unified social credit code: its form or its check digit is wrong.",
        "{uscc} 不是有效的统一社会信用代码：格式或校验码有误。",
    ),
}
