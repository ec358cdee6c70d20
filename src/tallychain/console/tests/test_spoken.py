"""Chinese sentences are Chinese: no status and no other code stands in one where people read it."""

import re
from typing import Final

import pytest

from tallychain.catalogue import CATALOGUE
from tallychain.console import words
from tallychain.gateway.notices import NOTICES
from tallychain.gateway.problems import Problem
from tallychain.gateway.reasons import REASONS
from tallychain.gateway.sentences import _CODED, said
from tallychain.ledger.refusals import LEDGER_REFUSALS, Refused

_FIELD: Final = re.compile(r"\{[^}]*\}")
_LATIN: Final = re.compile(r"[A-Za-z][A-Za-z_]{2,}")
_CODE: Final = re.compile(r"[A-Z][A-Z_0-9]{2,}")
STATES: Final = frozenset({"approved", "refused", "expired", "queued", "submitted", "decided", "pending"})
"""What gateways call the states of drafts and operations."""


def refusals() -> list[type[Refused]]:
    declared = [
        *LEDGER_REFUSALS,
        *(refusal for kind in CATALOGUE.operation_types() for refusal in kind.refusals),
    ]
    return list({refusal.code: refusal for refusal in declared}.values())


def sentences() -> dict[str, str]:
    """Every Chinese sentence and word that this software says, by where it stands."""
    found = {f"page {name}": text for name, text in words.catalogue("zh").items()}
    found |= {f"gateway {code}": reason.zh for code, reason in REASONS.items()}
    found |= {f"end {code}": zh for code, (_, zh) in NOTICES.items()}
    found |= {f"ledger {refusal.code}": refusal.zh for refusal in refusals()}
    for contract in CATALOGUE.contracts:
        found |= {f"{contract.name} {code}": word.zh for code, word in contract.words.items()}
        for view in contract.views:
            found |= {f"{view.name}.{column.name}": column.title.zh for column in view.columns}
    for kind in CATALOGUE.operation_types():
        found |= {f"title {kind.name}": kind.title.zh, f"summary {kind.name}": kind.summary.zh}
    return found


def codes() -> frozenset[str]:
    """Every status and other code that a contract has words for, and the states of a gateway."""
    declared = {code for contract in CATALOGUE.contracts for code in contract.words if _CODE.fullmatch(code)}
    return STATES | declared


def foreign(text: str) -> list[str]:
    """The codes that stand in a sentence as they are."""
    return [word for word in _LATIN.findall(_FIELD.sub("", text)) if word in codes()]


def test_no_chinese_sentence_holds_a_raw_status() -> None:
    assert {where: foreign(text) for where, text in sentences().items() if foreign(text)} == {}


def test_a_planted_status_in_a_sentence_is_found() -> None:
    assert foreign("凭证处于 ISSUED 状态。") == ["ISSUED"]
    assert foreign("凭证 {voucher} 以 PDF 出具。") == []


def test_a_status_within_a_refusal_is_said_in_chinese() -> None:
    raw = {}
    for refusal in refusals():
        coded = [name for name in _FIELD.findall(refusal.zh) if name[1:-1] in _CODED]
        own = refusal.__module__.removeprefix("tallychain.contracts.").partition(".")[0]
        for contract in CATALOGUE.contracts if coded else ():
            if contract.name != own:
                continue
            for code in filter(_CODE.fullmatch, contract.words):
                fields = {name[1:-1]: "1" for name in _FIELD.findall(refusal.zh + refusal.en)}
                fields |= {name[1:-1]: code for name in coded} | {"article": ""}
                _, zh = said(refusal, fields)
                if code in zh or contract.words[code].zh not in zh:
                    raw[refusal.code] = zh
    assert raw == {}


@pytest.mark.parametrize("state", ["approved", "refused", "expired", "decided", "damaged"])
def test_what_became_of_a_draft_is_said_in_chinese(state: str) -> None:
    problem = Problem("GATEWAY_DRAFT_CLOSED", state=state)
    assert state in problem.sentence()
    assert foreign(problem.sentence("zh")) == []
