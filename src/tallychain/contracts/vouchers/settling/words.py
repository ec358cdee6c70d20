"""Words for statuses and kinds of settlement."""

from tallychain.contracts.vouchers.settling.state import ENDED, IN_FORCE, LAPSED, RETURNED
from tallychain.ledger.contract import Words

WITHDRAWN = "DISHONOUR_WITHDRAWN"
"""Status of a dishonour whose cause was technical."""
CONFIRMED = "CONFIRMED_OUTSIDE"
"""Status of a payment outside that the holder has confirmed."""
REVOKED = "REVOKED_RELEASE"
"""Status of a release of debt that was taken back."""
CURED = "CURED"
"""Status of a dishonour that was paid late."""

WORDS = {
    "PROPOSED": Words("proposed", "待答复"),
    IN_FORCE: Words("in force", "生效中"),
    LAPSED: Words("lapsed", "已失效"),
    ENDED: Words("ended", "已终止"),
    "CLEAR": Words("nothing to pay out", "无待付款项"),
    "PAYING": Words("to be paid out", "待兑付"),
    "PAYOUT_LATE": Words("payout late", "兑付逾时"),
    "TO_RETURN": Words("to be returned", "待退回"),
    "RETURN_LATE": Words("return late", "退款逾时"),
    RETURNED: Words("returned", "已退回"),
    CONFIRMED: Words("confirmed by the holder", "持有人已确认"),
    REVOKED: Words("taken back", "已撤销"),
    "RELEASING": Words("may be taken back", "可撤销期内"),
    CURED: Words("paid late", "已补付"),
    WITHDRAWN: Words("withdrawn, technical cause", "已撤销（技术原因）"),
    "CREDIT": Words("credit", "信用原因"),
    "DISPUTE": Words("dispute", "纠纷原因"),
    "TECHNICAL": Words("technical", "技术原因"),
    "PRINCIPAL": Words("principal", "本金"),
    "LATE_INTEREST": Words("late interest", "逾期利息"),
}
"""By status or kind; `ENDED` has the words of offers."""
