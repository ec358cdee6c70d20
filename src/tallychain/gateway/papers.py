"""Papers in arguments: a caller gives the fields of an invoice or delivery note, and its fingerprint takes their place.

`{"paper": {…}}` stands where a payable names an invoice, `{"fingerprint_of": {…}}` where a fingerprint alone is wanted, and
`{"newest": "epoch"}` for the epoch of the key that both are made with.  The fields never leave the gateway in the open.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from tallychain.contracts.documents.contents import PaperContent, PapersContent
from tallychain.contracts.documents.operations import Present
from tallychain.gateway.problems import Problem
from tallychain.gateway.strictjson import convert
from tallychain.sdk.fingerprint import (
    EPOCHS_MAX,
    EpochKey,
    PaperFields,
    PaperUnreadable,
    fingerprint,
    invoice,
)


class Paper(Struct, frozen=True, forbid_unknown_fields=True):
    """The fields of a paper as they stand on it; the total in fen, tax included."""

    kind: Literal["INVOICE", "DELIVERY"]
    number: str
    seller: str
    date: str
    currency: str
    total: int

    def fields(self) -> PaperFields:
        """As fingerprints are made of them."""
        return PaperFields(self.kind, self.number, self.seller, self.date, self.currency, self.total)


Maker = Callable[[Sequence[EpochKey], Any], object]

_MAKERS: Final[dict[str, Maker]] = {
    "paper": lambda keys, value: msgspec.to_builtins(
        invoice(keys[-EPOCHS_MAX:], convert(Paper, value).fields())
    ),
    "fingerprint_of": lambda keys, value: fingerprint(keys[-1].key, convert(Paper, value).fields()),
    "newest": lambda keys, _: keys[-1].epoch,
}


def fill_papers(plain: Any, keys: Sequence[EpochKey]) -> None:
    """
    Replace every paper in plain arguments.

    Raises `GATEWAY_FIELD_NOT_VALID`, `GATEWAY_PAPER_UNREADABLE`, and `GATEWAY_FINGERPRINT_KEY_MISSING` where this member has no key.
    """
    items = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ()
    for key, value in list(items):
        make = _maker(value)
        if make is None:
            fill_papers(value, keys)
        elif not keys:
            raise Problem("GATEWAY_FINGERPRINT_KEY_MISSING")
        else:
            try:
                plain[key] = make(keys, next(iter(value.values())))
            except PaperUnreadable as error:
                raise Problem("GATEWAY_PAPER_UNREADABLE", detail=str(error)) from None


def check_papers(args: Present, content: PapersContent, keys: Sequence[EpochKey]) -> None:
    """
    Compute every fingerprint of a payable again from its papers and compare: one by one, in their order, with total and likenesses.

    Raises `GATEWAY_PAPERS_DIFFER` with what differs, `GATEWAY_FINGERPRINT_KEY_MISSING` where the key of the payable's epoch is not here.
    """
    if len(content.papers) != len(args.invoices):
        raise _differ(f"{len(args.invoices)} are named and {len(content.papers)} are sealed")
    if not args.invoices:
        return
    known = [key for key in keys if key.epoch <= args.epoch][-EPOCHS_MAX:]
    if not known or known[-1].epoch != args.epoch:
        raise Problem("GATEWAY_FINGERPRINT_KEY_MISSING")
    for number, (named, paper) in enumerate(zip(args.invoices, content.papers, strict=True), start=1):
        try:
            made = invoice(known, _fields(paper))
        except PaperUnreadable as error:
            raise _differ(f"number {number}: {str(error).rstrip('.')}") from None
        if paper.fingerprint != named.fingerprint or made.fingerprint != named.fingerprint:
            raise _differ(f"the fingerprint of number {number} is not that of the paper")
        if made.total != named.total:
            raise _differ(f"number {number} is over {made.total} fen and is named with {named.total}")
        if made != named:
            raise _differ(f"earlier names or likenesses of number {number} are not those of the paper")


def _fields(paper: PaperContent) -> PaperFields:
    kind: Literal["INVOICE", "DELIVERY"] = "DELIVERY" if paper.kind == "DELIVERY" else "INVOICE"
    return PaperFields(kind, paper.number, paper.seller, paper.date, paper.currency, paper.total)


def _differ(detail: str) -> Problem:
    return Problem("GATEWAY_PAPERS_DIFFER", detail=detail)


def _maker(value: Any) -> Maker | None:
    return _MAKERS.get(next(iter(value))) if isinstance(value, dict) and len(value) == 1 else None
