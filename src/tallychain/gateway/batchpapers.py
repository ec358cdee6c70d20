"""The papers that a row of a table of payables names: typed in its cell, or read from the e-invoice that the seat has stored.

Papers stand in one cell with semicolons between them.  A number alone stands for an e-invoice that is stored here; a number with date and total stands for
itself, and where its e-invoice is stored as well, what is typed has to be what the file says.
"""

import asyncio
import re
from typing import Any, Final

from tallychain.contracts.documents.state import DELIVERY, INVOICE, INVOICES_MAX
from tallychain.gateway.documents import Documents
from tallychain.gateway.filekinds import XML
from tallychain.gateway.problems import Problem
from tallychain.instruments.calendar import DateUnreadable, parse_date
from tallychain.instruments.money import AmountUnreadable, format_amount, parse_amount
from tallychain.integrations.batchtables import Row
from tallychain.integrations.einvoice import EInvoice, EInvoiceRefused, read_einvoice
from tallychain.integrations.refused import quoted
from tallychain.sdk.payables import Paper, presenting

NUMBER_MAX: Final = 64
_PAGE: Final = 500
_FILES: Final = 5000
"""So many of a seat's newest files are looked through for an e-invoice."""
_PARTS: Final = 3
_STORED: Final = re.compile(r"([0-9]{20})\.xml")
"""How this gateway's own forms and commands name a stored e-invoice."""


class PaperWrong(Exception):
    """A cell with papers cannot be used, said in English and in Chinese."""

    def __init__(self, code: str, en: str, zh: str) -> None:
        super().__init__(code)
        self.code, self.en, self.zh = code, en, zh


class StoredInvoices:
    """The e-invoices among the files of one seat, by their numbers; looked for once, read when they are asked for."""

    def __init__(self, documents: Documents, seat: str) -> None:
        self._documents = documents
        self._seat = seat
        self._names: dict[str, str] | None = None
        self._read: dict[str, EInvoice | None] = {}

    async def numbers(self) -> list[str]:
        """The numbers of all of them, the newest file first."""
        return list(await self._known())

    async def find(self, number: str) -> tuple[EInvoice, str] | None:
        """What the e-invoice of a number says, and the digest of its file; None where none is stored that can be read."""
        stored = (await self._known()).get(number)
        if stored is None:
            return None
        if number not in self._read:
            self._read[number] = await self._opened(stored, number)
        said = self._read[number]
        return None if said is None else (said, stored)

    async def _known(self) -> dict[str, str]:
        if self._names is None:
            found: dict[str, str] = {}
            after: tuple[int, str] | None = None
            for _ in range(_FILES // _PAGE):
                page = await self._documents.list(self._seat, _PAGE, after)
                for stored in page:
                    named = _STORED.fullmatch(stored.name)
                    if named is not None and stored.media_type == XML:
                        found.setdefault(named.group(1), stored.digest)
                if len(page) < _PAGE:
                    break
                after = (page[-1].stored_ms, page[-1].digest)
            self._names = found
        return self._names

    async def _opened(self, digest: str, number: str) -> EInvoice | None:
        try:
            _, content = await self._documents.get(self._seat, digest)
            said = await asyncio.to_thread(read_einvoice, content)
        except (Problem, EInvoiceRefused):
            return None
        return said if said.number == number else None


async def presented(
    row: Row, sponsor: str, seller: str, stored: StoredInvoices
) -> tuple[dict[str, Any], dict[str, Any], int]:
    """Arguments and sealed parts of presenting what a row says, and what its papers add up to.  Raises `PaperWrong`."""
    values = row.values
    kind = values["kind"] or INVOICE
    papers = await _papers(values["papers"], DELIVERY if kind == DELIVERY else INVOICE, seller, stored)
    args, sealed = presenting(
        reference=values["reference"],
        issuer=values["debtor"],
        presenter={"sponsor": sponsor, "uscc": seller},
        amount=row.amount,
        due_day=values["due"],
        papers=papers,
        relation=values["contract"],
        purpose=values["purpose"],
        kind=kind,
        small=values["small"] == "YES",
        delivered=values["delivered"],
        longer_term=values["longer_term"],
    )
    return args, sealed, sum(paper.total for paper in papers)


def written(said: EInvoice) -> str:
    """An e-invoice as a template writes it into the cell."""
    return f"{said.number} {said.issue_date} {_plain(said.total_fen)}"


async def _papers(cell: str, kind: str, seller: str, stored: StoredInvoices) -> list[Paper]:
    texts = [" ".join(part.split()) for part in re.split("[;；]", cell) if part.strip()]
    if len(texts) > INVOICES_MAX:
        raise PaperWrong(
            "PAPERS_TOO_MANY",
            f"A payable names at most {INVOICES_MAX} papers.",
            f"一笔应付账款最多 {INVOICES_MAX} 份单据。",
        )
    return [await _paper(text, kind, seller, stored) for text in texts]


async def _paper(text: str, kind: str, seller: str, stored: StoredInvoices) -> Paper:
    typed = _typed(text)
    number = text if typed is None else typed[0]
    if not number or len(number) > NUMBER_MAX:
        raise _unreadable(text)
    found = await stored.find(number) if kind == INVOICE else None
    if found is None:
        if typed is None:
            raise PaperWrong(
                "PAPER_NOT_STORED",
                f"No e-invoice {quoted(number)} is stored here; store it, or write number, date and total.",
                f"本处未存有电子发票 {number}；请先存入，或填写号码、日期、价税合计。",
            )
        return Paper(number, seller, typed[1], typed[2], kind)
    said, digest = found
    if said.seller.uscc != seller:
        raise PaperWrong(
            "PAPER_NOT_OWN",
            f"The invoice {number} is another seller's.",
            f"发票 {number} 的销售方不是本单位。",
        )
    if typed is not None and typed[1:] != (str(said.issue_date), said.total_fen):
        raise PaperWrong(
            "PAPER_DIFFERS",
            f"The stored e-invoice {number} is of {said.issue_date} over {format_amount(said.total_fen)}.",
            f"存有的电子发票 {number} 日期为 {said.issue_date}，价税合计 {format_amount(said.total_fen)}。",
        )
    return Paper(number, seller, str(said.issue_date), said.total_fen, kind, digest)


def _typed(text: str) -> tuple[str, str, int] | None:
    """Number, date and total where all three are written; None for a number alone.  Raises `PaperWrong`."""
    parts = text.rsplit(" ", 2)
    if len(parts) < _PARTS:
        if len(parts) > 1:
            raise _unreadable(text)
        return None
    try:
        total = parse_amount(parts[2].replace("，", ","))
        day = str(parse_date(parts[1].replace("/", "-")))
    except (AmountUnreadable, DateUnreadable):
        raise _unreadable(text) from None
    if total < 1:
        raise _unreadable(text)
    return parts[0], day, total


def _unreadable(text: str) -> PaperWrong:
    return PaperWrong(
        "PAPER_UNREADABLE",
        f"A paper is a number, or number, date and total with blanks between them: {quoted(text)}.",
        "单据应填写号码，或以空格分隔的号码、日期、价税合计。",
    )


def _plain(fen: int) -> str:
    return format_amount(fen).replace(",", "")
