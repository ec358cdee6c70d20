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
    "paper": lambda keys, value: msgspec.to_builtins(invoice(keys, convert(Paper, value).fields())),
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


def mentions_papers(plain: Any) -> bool:
    """Whether plain arguments hold a paper, or want something of the key that papers are named with."""
    if _maker(plain) is not None:
        return True
    items = plain.values() if isinstance(plain, dict) else plain if isinstance(plain, list) else ()
    return any(mentions_papers(item) for item in items)


def check_papers(args: Present, content: PapersContent, keys: Sequence[EpochKey]) -> None:
    """
    Compute every fingerprint of a payable again from its papers and compare: one by one, in their order, with total and likenesses.

    Raises `GATEWAY_PAPERS_DIFFER` with what differs, `GATEWAY_FINGERPRINT_KEY_MISSING` where the key of the payable's epoch is not here.
    """
    if len(content.papers) != len(args.invoices):
        raise _differ(f"{len(args.invoices)} are named and {len(content.papers)} are sealed")
    if not args.invoices:
        return
    for number, (named, paper) in enumerate(zip(args.invoices, content.papers, strict=True), start=1):
        # How many earlier names are due is the ledger's to say; here they have to be those of the keys before.
        first = args.epoch - len(named.earlier)
        known = [key for key in keys if first <= key.epoch <= args.epoch]
        if [key.epoch for key in known] != list(range(first, args.epoch + 1)):
            raise Problem("GATEWAY_FINGERPRINT_KEY_MISSING")
        try:
            made = invoice(known, fields_of(paper))
        except PaperUnreadable as error:
            raise _differ(f"number {number}: {str(error).rstrip('.')}") from None
        if paper.fingerprint != named.fingerprint or made.fingerprint != named.fingerprint:
            raise _differ(f"the fingerprint of number {number} is not that of the paper")
        if made.total != named.total:
            raise _differ(f"number {number} is over {made.total} fen and is named with {named.total}")
        if made != named:
            raise _differ(f"earlier names or likenesses of number {number} are not those of the paper")


def fields_of(paper: PaperContent) -> PaperFields:
    """The fields of a sealed paper, as fingerprints are made of them."""
    kind: Literal["INVOICE", "DELIVERY"] = "DELIVERY" if paper.kind == "DELIVERY" else "INVOICE"
    return PaperFields(kind, paper.number, paper.seller, paper.date, paper.currency, paper.total)


def _differ(detail: str) -> Problem:
    return Problem("GATEWAY_PAPERS_DIFFER", detail=detail)


def _maker(value: Any) -> Maker | None:
    return _MAKERS.get(next(iter(value))) if isinstance(value, dict) and len(value) == 1 else None
