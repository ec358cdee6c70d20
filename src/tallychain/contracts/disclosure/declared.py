"""The operations of the contract: who signs each, why it may be refused, and an example."""

from tallychain.contracts.disclosure import operations, refusals, rules
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, Words
from tallychain.ledger.identity import CORE_ENTERPRISE

REMARK = OperationType(
    name="disclosure.remark",
    args=operations.Remark,
    authority=Authority.TWO_PERSONS,
    kinds=(CORE_ENTERPRISE,),
    begins=False,
    title=Words("Remark on a record", "披露备注"),
    summary=Words(
        "Say something about one's own record of a month; the figures stay as they are.",
        "对本企业某月披露记录作出说明；数据不变。",
    ),
    rule=rules.remark,
    refusals=(refusals.RecordNotFound, refusals.TooManyRemarks),
    example=operations.Remark(
        month="2026-09", text="The payment of 14 September was delayed by an outage of our bank."
    ),
)

OPERATIONS: tuple[AnyOperation, ...] = (REMARK,)
