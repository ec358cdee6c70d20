"""What a funder may publish: the fields of a standard, with their bounds."""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from tallychain.ledger.types import Amount, Count, Day, Digest, Identifier, MemberName

FORMS: Final = ("FACTORING", "PLEDGE", "REFACTORING")
GRADES: Final = ("A", "B", "C", "D", "NONE")
"""Grades of disclosure; `NONE` is an issuer without one."""
SCALES: Final = ("UNDER_50M", "50M_TO_200M", "200M_TO_1BN", "1BN_TO_5BN", "OVER_5BN")
"""Bands of disclosure, of what an issuer accepted in twelve months."""
PAPERS: Final = ("ACCEPTANCE", "CONTRACT", "DELIVERY", "INVOICE", "ORDER", "STATEMENT")

MEMBERS_MAX: Final = 40
GRID_MAX: Final = 48
LISTED_MAX: Final = 20
DAYS_MOST: Final = 3_660
LAYERS_MOST: Final = 10
HOURS_MOST: Final = 240
WHOLE: Final = 1_000_000

Form = Literal["FACTORING", "PLEDGE", "REFACTORING"]
Grade = Literal["A", "B", "C", "D", "NONE"]
Scale = Literal["UNDER_50M", "50M_TO_200M", "200M_TO_1BN", "1BN_TO_5BN", "OVER_5BN"]
Paper = Literal["ACCEPTANCE", "CONTRACT", "DELIVERY", "INVOICE", "ORDER", "STATEMENT"]
Recourse = Literal["EITHER", "WITH", "WITHOUT"]
Days = Annotated[int, Meta(ge=1, le=DAYS_MOST)]
Category = Annotated[str, Meta(pattern="^[0-9]{7}$(?!\\n)")]


class Priced(Struct, frozen=True, forbid_unknown_fields=True):
    """One price of a grid: what a term within these days costs for an issuer of this grade."""

    grade: Annotated[
        Grade,
        Meta(
            title="Grade",
            description="Grade of the issuer in disclosure; NONE where it has none.",
            examples=["A"],
            extra={"zh": "开立方等级"},
        ),
    ]
    days_from: Annotated[
        Days,
        Meta(title="Days from", description="Least days.", examples=[1], extra={"zh": "起始天数"}),
    ]
    days_until: Annotated[
        Days,
        Meta(title="Days until", description="Most days.", examples=[90], extra={"zh": "截止天数"}),
    ]
    rate: Annotated[
        int,
        Meta(
            ge=0,
            le=WHOLE,
            title="Annual rate",
            description="In parts per million, for actual days of 360: 36500 is 3.65 %. Indicative: only a quote binds.",
            examples=[36_500],
            extra={"zh": "年化利率（百万分之一，指示性）"},
        ),
    ]


class Publish(Struct, frozen=True, forbid_unknown_fields=True):
    """Publish a standard: what this funder would finance, on what terms, and what it wants to see.  A standard of the same name is replaced."""

    name: Annotated[
        Identifier,
        Meta(
            title="Name",
            description="The funder's own name of the product; a new version replaces what stands under it.",
            examples=["FACTORING-2026"],
            extra={"zh": "产品名称"},
        ),
    ]
    issuers: Annotated[
        tuple[MemberName, ...],
        Meta(
            max_length=MEMBERS_MAX,
            title="Issuers accepted",
            description="In alphabetical order; none for every issuer that is not excluded.",
            examples=[["ce-a"]],
            extra={"zh": "接受的开立方"},
        ),
    ]
    excluded: Annotated[
        tuple[MemberName, ...],
        Meta(
            max_length=MEMBERS_MAX,
            title="Issuers excluded",
            description="In alphabetical order.",
            examples=[[]],
            extra={"zh": "排除的开立方"},
        ),
    ]
    categories: Annotated[
        tuple[Category, ...],
        Meta(
            max_length=LISTED_MAX,
            title="Product categories",
            description="First seven digits of the tax classification, in order; none for all. Shown by the invoices, so no public fact.",
            examples=[["1070101"]],
            extra={"zh": "商品类别（税收分类编码前七位）"},
        ),
    ]
    forms: Annotated[
        tuple[Form, ...],
        Meta(
            min_length=1,
            max_length=len(FORMS),
            title="Forms",
            description="Forms of financing, in alphabetical order.",
            examples=[["FACTORING"]],
            extra={"zh": "融资方式"},
        ),
    ]
    recourse: Annotated[
        Recourse,
        Meta(
            title="Recourse",
            description="WITHOUT, WITH, or EITHER.",
            examples=["WITHOUT"],
            extra={"zh": "追索权要求"},
        ),
    ]
    on_time_bp_min: Annotated[
        int,
        Meta(
            ge=0,
            le=10_000,
            title="Least on-time rate",
            description="Of twelve months, in hundredths of a percent: 9900 is 99 %. 0 demands none.",
            examples=[9_900],
            extra={"zh": "最低按时付款率（万分之一）"},
        ),
    ]
    overdue_max: Annotated[
        Count,
        Meta(
            title="Most overdue balance",
            description="Of the issuer, by the newest record of disclosure, in fen.",
            examples=[0],
            extra={"zh": "逾期余额上限", "unit": "fen"},
        ),
    ]
    scales: Annotated[
        tuple[Scale, ...],
        Meta(
            max_length=len(SCALES),
            title="Scale bands",
            description="Bands of what the issuer accepted in twelve months, the smallest first; none for all.",
            examples=[["1BN_TO_5BN", "OVER_5BN"]],
            extra={"zh": "规模档位"},
        ),
    ]
    days_min: Annotated[
        Days,
        Meta(
            title="Least days",
            description="From value date to effective maturity.",
            examples=[1],
            extra={"zh": "最短天数"},
        ),
    ]
    days_max: Annotated[
        Days,
        Meta(
            title="Most days",
            description="From value date to effective maturity.",
            examples=[180],
            extra={"zh": "最长天数"},
        ),
    ]
    face_min: Annotated[
        Amount,
        Meta(
            title="Least face",
            description="Of the units that money is asked for, in fen.",
            examples=[1_000_000],
            extra={"zh": "最低金额", "unit": "fen"},
        ),
    ]
    face_max: Annotated[
        Amount,
        Meta(
            title="Most face",
            description="Of the units that money is asked for, in fen.",
            examples=[1_000_000_000],
            extra={"zh": "最高金额", "unit": "fen"},
        ),
    ]
    layers_max: Annotated[
        int,
        Meta(
            ge=1,
            le=LAYERS_MOST,
            title="Most layers",
            description="How often the units may have been passed on; the first holder's layer is 1.",
            examples=[5],
            extra={"zh": "最大流转层级"},
        ),
    ]
    advance: Annotated[
        int,
        Meta(
            ge=1,
            le=WHOLE,
            title="Advance rate",
            description="Part of the face that is advanced, in parts per million: 900000 is 90 %.",
            examples=[900_000],
            extra={"zh": "融资比例（百万分之一）"},
        ),
    ]
    fees: Annotated[
        Count,
        Meta(
            title="Fees",
            description="All fees of the seller for one financing, in fen.",
            examples=[20_000],
            extra={"zh": "费用", "unit": "fen"},
        ),
    ]
    grid: Annotated[
        tuple[Priced, ...],
        Meta(
            min_length=1,
            max_length=GRID_MAX,
            title="Price grid",
            description="Prices by grade, best grade first, and days; for each grade that is taken they leave no day out. A grade without a price is not taken.",
            extra={"zh": "指示性价格表"},
        ),
    ]
    papers: Annotated[
        tuple[Paper, ...],
        Meta(
            max_length=len(PAPERS),
            title="Papers wanted",
            description="In alphabetical order.",
            examples=[["CONTRACT", "INVOICE"]],
            extra={"zh": "所需单据"},
        ),
    ]
    fields: Annotated[
        tuple[Identifier, ...],
        Meta(
            max_length=LISTED_MAX,
            title="Further data wanted",
            description="Names of what the funder asks besides, in alphabetical order.",
            examples=[["BENEFICIAL-OWNER"]],
            extra={"zh": "其他所需信息"},
        ),
    ]
    answer_hours: Annotated[
        int,
        Meta(
            ge=1,
            le=HOURS_MOST,
            title="Hours to answer",
            description="Within how many hours of a complete request this funder quotes; leave it as much time.",
            examples=[24],
            extra={"zh": "报价时限（小时）"},
        ),
    ]
    valid_from: Annotated[
        Day,
        Meta(
            title="Valid from",
            description="First day on which it holds; today or later.",
            examples=["2026-03-16"],
            extra={"zh": "生效日"},
        ),
    ]
    valid_until: Annotated[
        Day,
        Meta(
            title="Valid until",
            description="Last day on which it holds.",
            examples=["2026-12-31"],
            extra={"zh": "到期日"},
        ),
    ]


class EndStandard(Struct, frozen=True, forbid_unknown_fields=True):
    """End a standard before its last day; quotes and financings that stand are not touched."""

    standard: Annotated[
        Digest,
        Meta(
            title="Standard",
            description="The operation that published it.",
            examples=["5d" * 32],
            extra={"zh": "标准编号"},
        ),
    ]
