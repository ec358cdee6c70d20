"""Why a standard is refused, in order of precedence.  A code never changes once published."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Refused


@dataclass(eq=False)
class StandardListNotInOrder(Refused):
    """Lists stand in order and name nothing twice, so that two funders write the same thing alike."""

    code = "STANDARD_LIST_NOT_IN_ORDER"
    en = "In {field}, every entry stands once and in order."
    zh = "{field} 中各项应按顺序排列且不得重复。"
    field: str


@dataclass(eq=False)
class IssuerBothWays(Refused):
    """An issuer is accepted and excluded at once."""

    code = "ISSUER_BOTH_WAYS"
    en = "{issuer} is accepted and excluded by the same standard."
    zh = "同一标准中 {issuer} 既被接受又被排除。"
    issuer: str


@dataclass(eq=False)
class StandardBoundsNotPossible(Refused):
    """The least is above the most."""

    code = "STANDARD_BOUNDS_NOT_POSSIBLE"
    en = "In {field}, the least is {least} and the most {most}."
    zh = "{field} 的下限 {least} 高于上限 {most}。"
    field: str
    least: int
    most: int


@dataclass(eq=False)
class GridHasGap(Refused):
    """For a grade that is taken, the prices leave a day without a price, give it two, or go beyond the days of the standard."""

    code = "GRID_HAS_GAP"
    en = "For grade {grade}, the next price should begin at {due} days and begins at {begins}; prices tile the days from {least} to {most}."
    zh = "等级 {grade} 的下一档应自 {due} 天起，而非 {begins} 天；价格表须连续覆盖 {least} 至 {most} 天。"
    grade: str
    due: int
    begins: int
    least: int
    most: int


@dataclass(eq=False)
class StandardDaysNotPossible(Refused):
    """A standard holds from today or later, ends no earlier than it begins, and within two years."""

    code = "STANDARD_DAYS_NOT_POSSIBLE"
    en = "A standard cannot hold from {valid_from} until {valid_until}; it begins from {today} on and ends by {latest}."
    zh = "标准有效期不能为 {valid_from} 至 {valid_until}；应自 {today} 起，不晚于 {latest}。"
    valid_from: str
    valid_until: str
    today: str
    latest: str


@dataclass(eq=False)
class TooManyStandards(Refused):
    """A funder has published as many standards as it may."""

    code = "TOO_MANY_STANDARDS"
    en = "This funder has {limit} standards already; end one first."
    zh = "该资金方已有 {limit} 项标准，请先终止一项。"
    limit: int


@dataclass(eq=False)
class StandardNotFound(Refused):
    """The author has no such standard, or it has ended."""

    code = "STANDARD_NOT_FOUND"
    en = "{funder} has no standard {standard}, or it has ended."
    zh = "{funder} 没有标准 {standard}，或该标准已终止。"
    funder: str
    standard: str
