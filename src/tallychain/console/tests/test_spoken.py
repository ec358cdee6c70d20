"""Chinese sentences are Chinese: no status, no code and no English word stands in one where people read it."""

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
KNOWN: Final = frozenset(
    [
        "CSV",
        "XLSX",
        "XML",
        "JSON",
        "PDF",
        "OFD",
        "PNG",
        "JPEG",
        "SHA",
        "UTF",
        "GBK",
        "UTC",
        "SAP",
        "LEI",
        "HTTP",
        "https",
        "Webhook",
        "ACT",
        "English",
        "tallychain",
        "API",
        "Idempotency",
        "Key",
        "fingerprint",
        "key",
        "keys",
        "tag",
        "tally",
        "wallet",
        "act",
        "certificates",
        "voucher",
        "demo",
        "CNY",
        "maker",
        "checker",
        "admin",
        "system",
        "look",
    ]
)
"""Names of forms, standards and products, of headers and commands as they are typed, and of the roles as they are typed into a vote."""


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


def foreign(text: str) -> list[str]:
    """The words in a sentence that are neither Chinese nor a name."""
    return [word for word in _LATIN.findall(_FIELD.sub("", text)) if word not in KNOWN]


def test_no_chinese_sentence_holds_an_english_word() -> None:
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
