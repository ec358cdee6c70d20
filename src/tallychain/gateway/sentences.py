"""Refusals of the ledger as sentences: a receipt holds the code and its typed fields, the words are the declarations'.

What ended without a receipt has a code alone; its words are in `notices`.
"""

from tallychain.gateway.notices import NOTICES
from tallychain.ledger import codec
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.receipt import Receipt
from tallychain.ledger.refusals import LEDGER_REFUSALS, Internal, Refused


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
            return (refusal.en.format(**read.fields), refusal.zh.format(**read.fields))
        except KeyError:
            return (read.code, read.code)

    def of_end(self, code: str) -> tuple[str, str]:
        """The sentence of an operation that ended without a receipt, in English and Chinese; both empty while it has no end."""
        notice = NOTICES.get(code.removeprefix("GATEWAY_"))
        return (code, code) if notice is None else notice
