"""The operations of the contract: who signs each, why it may be refused, and an example."""

from tallychain.contracts.risk import operations, refusals, rules
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, Words
from tallychain.ledger.identity import BANK

CEILING = "6e" * 32

GRANT = OperationType(
    name="ceiling.grant",
    args=operations.Grant,
    authority=Authority.TWO_PERSONS,
    kinds=(BANK,),
    title=Words("Grant a ceiling", "授予开立额度"),
    summary=Words(
        "Add to what an issuer may have outstanding; the sum of all ceilings in force is the bound.",
        "增加核心企业的开立额度；全部有效额度之和为其未清偿余额上限。",
    ),
    rule=rules.grant,
    refusals=(
        refusals.OwnCeiling,
        refusals.IssuerNotEligible,
        refusals.CeilingCurrencyNotTaken,
        refusals.CeilingDayNotValid,
        refusals.CeilingDaysNotPossible,
        refusals.TooManyCeilings,
    ),
    amount=lambda args: args.amount,
    example=operations.Grant(
        issuer="ce-a",
        amount=5_000_000_000,
        currency="CNY",
        valid_from="2026-03-16",
        valid_until="2027-03-15",
    ),
)

REDUCE = OperationType(
    name="ceiling.reduce",
    args=operations.Reduce,
    authority=Authority.TWO_PERSONS,
    kinds=(BANK,),
    begins=False,
    title=Words("Lower a ceiling", "调减开立额度"),
    summary=Words(
        "Lower or end a ceiling; what is outstanding stays.",
        "调减或终止额度；已开立未清偿部分不受影响。",
    ),
    rule=rules.reduce,
    refusals=(refusals.CeilingNotFound, refusals.NotTheGrantor, refusals.CeilingNotLower),
    primary=lambda args: args.ceiling,
    example=operations.Reduce(issuer="ce-a", ceiling=CEILING, amount=3_000_000_000),
)

OPERATIONS: tuple[AnyOperation, ...] = (GRANT, REDUCE)
