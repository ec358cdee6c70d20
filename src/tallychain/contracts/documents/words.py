"""Words for what stands in the columns of this contract's views."""

from tallychain.contracts.documents import state
from tallychain.ledger.contract import Words

WORDS = {
    state.ORDER: Words("order", "订单"),
    state.DELIVERY: Words("delivery", "交付"),
    state.INVOICE: Words("invoice", "发票"),
    state.PRESENTED: Words("waits for the debtor", "待确权"),
    state.CONFIRMED: Words("confirmed", "已确权"),
    state.CONTESTED: Words("contested", "有异议"),
    state.WITHDRAWN: Words("withdrawn", "已撤回"),
    state.LAPSED: Words("lapsed, not answered", "逾期未答复"),
    state.PAST_DUE: Words("due", "已到应付日"),
    state.IN_ORDER: Words("in order", "正常"),
    state.IN_REVIEW: Words("under review", "核查中"),
    state.REVIEWED: Words("reviewed", "已核查"),
    state.REVIEW_LAPSED: Words("review ended by time", "核查逾期终止"),
    state.PENDING: Words("taken by a promise", "待签收占用"),
    state.COUNTED: Words("taken", "已占用"),
    state.FREED: Words("free again", "已释放"),
    state.NAMED: Words("papers are named with it", "使用中"),
    state.KEY_ENDED: Words("ended", "已停用"),
    state.CLEAR: Words("clear", "未发现重复"),
    state.USED: Words("used", "已使用"),
    state.SUSPECT: Words("looks like one in use", "疑似重复"),
    "STANDS": Words("the promise stands", "承诺不受影响"),
    "REPLACED": Words("covered by another paper", "已由其他单据替代"),
}
