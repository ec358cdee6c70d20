"""
What a refinement may say: a bounded part of CEL (Common Expression Language), checked before the library sees it.

Whole numbers, texts in quotes, `true`, `false`, lists, comparison, arithmetic, `in`, `&&`, `||`, `!`, `? :`, three methods of texts, and the variables
below.  No comprehensions, no patterns, no fractions, no times, no functions: so every part is evaluated once at most and cost is bounded by length.
"""

import re
from collections.abc import Mapping
from typing import Final

from tallychain.gateway.problems import Problem

SOURCE_BYTES: Final = 2_048
TOKENS_MOST: Final = 256
DEPTH_MOST: Final = 16
"""Of brackets within brackets."""
VARIABLES: Final[Mapping[str, tuple[type, str, str]]] = {
    "issuer": (str, "the member that owes", "开立人"),
    "guarantor": (str, "who stands for the issuer's promise, empty where nobody does or it has been called", "担保机构，无担保或已触发代偿为空"),
    "sponsor": (str, "the seller's sponsor", "卖方接入机构"),
    "form": (str, "FACTORING, PLEDGE or REFACTORING", "融资方式"),
    "grade": (str, "the issuer's newest grade, NONE where it has none", "开立人最新评级，无则为 NONE"),
    "scale": (str, "its scale band, empty where it is held back", "规模区间，未披露为空"),
    "face": (int, "what would be financed, in fen", "融资面额（分）"),
    "days": (int, "from today to the effective maturity", "距生效到期日天数"),
    "layer": (int, "layer of the holding", "层级"),
    "on_time_bp": (int, "paid on time in 12 months, in hundredths of a percent; -1 where it is held back", "十二个月按时兑付率（万分之一），未披露为 -1"),
    "overdue_balance": (int, "the issuer's overdue balance, in fen", "逾期余额（分）"),
    "exposure": (int, "what this member has at risk with the issuer, in fen", "本机构对开立人的风险敞口（分）"),
    "reserved": (int, "what its outstanding quotes would add, in fen", "未决报价占用（分）"),
    "recourse": (bool, "with recourse", "是否有追索权"),
    "has_missed": (bool, "the issuer has missed a payment and not made up for it", "开立人有未补足的逾期"),
}  # fmt: skip
"""Every variable with its type and what it is, in both languages."""
METHODS: Final = ("startsWith", "endsWith", "contains")
_WORDS: Final = frozenset({"true", "false", "in", *VARIABLES})
_JUDGING: Final = frozenset(
    {"true", "false", "in", "==", "!=", "<", ">", "<=", ">=", "!", "&&", "||"}
    | {name for name, (kind, _, _) in VARIABLES.items() if kind is bool}
)
"""Without one of these an expression cannot be true or false, and no process needs to be asked."""
_LARGEST: Final = 2**63 - 1
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>\"[^\"\\\n]*\"|'[^'\\\n]*')"
    r"|(?P<number>[0-9]+(?![0-9A-Za-z_.]))"
    r"|(?P<method>\.[A-Za-z]+(?=\s*\())"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[-!<>+*/%?:,()\[\]]))"
)


def check_source(source: str) -> None:
    """Refuse what is no refinement, naming the first thing that is not; raises `GATEWAY_REFINEMENT_NOT_VALID`."""
    if not source.strip():
        raise not_valid("it is empty")
    if len(source.encode()) > SOURCE_BYTES:
        raise not_valid(f"it is longer than {SOURCE_BYTES} bytes")
    position, tokens, depth, judges = 0, 0, 0, False
    end = len(source.rstrip())
    while position < end:
        found = _TOKEN.match(source, position, end)
        if found is None:
            raise not_valid(f"there is no such sign or number at character {position + 1}")
        _check(found)
        sign = found["sign"] or ""
        depth += (sign in {"(", "["}) - (sign in {")", "]"})
        tokens += 1
        judges = judges or found["method"] is not None or (found["name"] or sign) in _JUDGING
        if depth > DEPTH_MOST or tokens > TOKENS_MOST:
            raise not_valid(
                f"it has more than {TOKENS_MOST} parts or {DEPTH_MOST} brackets within each other"
            )
        position = found.end()
    if not judges:
        raise not_valid("it is neither true nor false")


def not_valid(detail: str) -> Problem:
    """The refusal of an expression."""
    return Problem("GATEWAY_REFINEMENT_NOT_VALID", detail=detail)


def _check(found: re.Match[str]) -> None:
    name, method, number = found["name"], found["method"], found["number"]
    if name is not None and name not in _WORDS:
        raise not_valid(f"there is no variable {name[:40]}")
    if method is not None and method[1:] not in METHODS:
        raise not_valid(f"there is no method {method[1:41]}")
    if number is not None and int(number[:20]) > _LARGEST:
        raise not_valid(f"{number[:20]} is too large")
