"""The operations of standards: who signs each, why it may be refused, and an example."""

from tallychain.contracts.risk.standards import operations, refusals, rules
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, Words
from tallychain.ledger.identity import BANK, FACTOR

STANDARD = "5d" * 32

EXAMPLE = operations.Publish(
    name="FACTORING-2026",
    issuers=("ce-a",),
    excluded=(),
    categories=("1070101",),
    forms=("FACTORING",),
    recourse="WITHOUT",
    on_time_bp_min=9_900,
    overdue_max=0,
    scales=("1BN_TO_5BN", "OVER_5BN"),
    days_min=1,
    days_max=180,
    face_min=1_000_000,
    face_max=1_000_000_000,
    layers_max=5,
    advance=900_000,
    fees=20_000,
    grid=(
        operations.Priced("A", 1, 90, 36_500),
        operations.Priced("A", 91, 180, 38_000),
        operations.Priced("B", 1, 180, 45_000),
    ),
    papers=("CONTRACT", "INVOICE"),
    fields=("BENEFICIAL-OWNER",),
    answer_hours=24,
    valid_from="2026-03-16",
    valid_until="2026-12-31",
)

PUBLISH = OperationType(
    name="standard.publish",
    args=operations.Publish,
    authority=Authority.TWO_PERSONS,
    kinds=(BANK, FACTOR),
    title=Words("Publish a standard", "发布准入标准"),
    summary=Words(
        "Publish what this funder would finance, at what indicative price, and what it wants to see; only a quote binds.",
        "公布本机构可融资的条件、指示性价格和所需资料；仅以报价为准。",
    ),
    rule=rules.publish,
    refusals=(
        refusals.StandardListNotInOrder,
        refusals.IssuerBothWays,
        refusals.StandardBoundsNotPossible,
        refusals.GridHasGap,
        refusals.StandardDaysNotPossible,
        refusals.TooManyStandards,
    ),
    example=EXAMPLE,
)

END = OperationType(
    name="standard.end",
    args=operations.EndStandard,
    authority=Authority.TWO_PERSONS,
    kinds=(BANK, FACTOR),
    begins=False,
    title=Words("End a standard", "终止准入标准"),
    summary=Words(
        "End a standard before its last day; quotes and financings that stand are not touched.",
        "提前终止准入标准；已有报价和融资不受影响。",
    ),
    rule=rules.end,
    refusals=(refusals.StandardNotFound,),
    primary=lambda args: args.standard,
    example=operations.EndStandard(standard=STANDARD),
)

OPERATIONS: tuple[AnyOperation, ...] = (PUBLISH, END)
