"""Refusals of the ledger as sentences: a receipt holds the code and its typed fields, the words are the declarations'.

What ended without a receipt has a code alone; its words are in `notices`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tallychain.catalogue import CATALOGUE
from tallychain.gateway.notices import NOTICES
from tallychain.gateway.problems import Problem
from tallychain.instruments.calendar import LOCAL_OFFSET_MS
from tallychain.ledger import codec
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.receipt import Receipt
from tallychain.ledger.refusals import LEDGER_REFUSALS, Governed, Internal, Refused

_CODED: Final = frozenset({"status", "kind", "found", "why", "measure", "needed", "role", "choice"})
"""Fields that hold a status or another code for which contracts have words; names and numbers are never among them."""


class Sentences:
    """Every refusal that the contracts of a chain declare, by code."""

    def __init__(self, catalogue: Catalogue) -> None:
        kinds: tuple[AnyOperation, ...] = catalogue.operation_types()
        declared = [*LEDGER_REFUSALS, *(refusal for kind in kinds for refusal in kind.refusals)]
        self._by_code: dict[str, type[Refused]] = {refusal.code: refusal for refusal in declared}

    def of(self, receipt: bytes) -> tuple[str, str]:
        """The sentence of a receipt in English and Chinese; both empty where nothing was refused."""
        read = codec.trusted(Receipt, receipt)
        refusal = Internal if read.code.startswith("INTERNAL_") else self._by_code.get(read.code)
        if read.outcome == "done" or refusal is None:
            return ("", "")
        try:
            return said(refusal, read.fields)
        except KeyError:
            return (read.code, read.code)

    def rests_on(self, receipt: bytes) -> dict[str, str]:
        """For a refusal that rests on a policy: which one, which figure of it, and its article; empty for all others."""
        read = codec.trusted(Receipt, receipt)
        refusal = self._by_code.get(read.code)
        return {} if refusal is None else cited(refusal, read.fields)

    def of_end(self, code: str) -> tuple[str, str]:
        """The sentence of an operation that ended without a receipt, in English and Chinese; both empty while it has no end."""
        notice = NOTICES.get(code.removeprefix("GATEWAY_"))
        return (code, code) if notice is None else notice


def said(refusal: type[Refused], fields: Mapping[str, str | int]) -> tuple[str, str]:
    """A refusal as people read it, in English and Chinese; raises `KeyError` where a field that it names is missing."""
    words = legible(fields)
    return (refusal.said(words), refusal.said(worded(refusal, words), "zh"))


def would_be_refused(refused: Refused) -> Problem:
    """What the ledger would say, said before anything is submitted, in both languages."""
    en, zh = said(type(refused), refused.typed_fields())
    basis: dict[str, Any] = dict(cited(type(refused), refused.typed_fields()))
    return Problem("GATEWAY_WOULD_BE_REFUSED", detail_zh=zh, code=refused.code, detail=en, **basis)


def cited(refusal: type[Refused], fields: Mapping[str, str | int]) -> dict[str, str]:
    """For a refusal that rests on a policy: which one, which figure of it, and the article that it comes from, with its rule pack."""
    if not issubclass(refusal, Governed):
        return {}
    policy, figure = refusal.rests_on
    return {"policy": policy, "figure": figure, "article": str(fields.get("article", ""))}


def legible(fields: Mapping[str, str | int]) -> dict[str, str | int]:
    """
    The fields of a refusal as its sentence says them: an instant, whose name ends with `_ms`, as local date and time.

    The fields of the receipt stay what they are: UTC milliseconds.
    """
    return {name: local_time(value) if name.endswith("_ms") else value for name, value in fields.items()}


def worded(refusal: type[Refused], fields: Mapping[str, str | int]) -> dict[str, str | int]:
    """The fields with the Chinese words for statuses and other codes, as the contract of the refusal declares them, else another one."""
    own = refusal.__module__.removeprefix("tallychain.contracts.").partition(".")[0]
    return {
        name: _word(str(value), own) if name in _CODED and isinstance(value, str) else value
        for name, value in fields.items()
    }


def _word(code: str, own: str) -> str:
    said = {contract.name: contract.words for contract in CATALOGUE.contracts}
    for words in (said.get(own, {}), *said.values()):
        if code in words:
            return words[code].zh
    return code


def local_time(time_ms: str | int) -> str:
    """An instant as local date and time, UTC + 8 hours."""
    since = timedelta(milliseconds=int(time_ms) + LOCAL_OFFSET_MS)
    return (datetime(1970, 1, 1, tzinfo=UTC) + since).strftime("%Y-%m-%d %H:%M:%S")
