"""Files at the form for a payable: an e-invoice fills a row, whatever else is kept as it is; before signing, typed fields stand beside what the files say."""

from typing import Any, Final

from tallychain.console.desk import Row
from tallychain.console.visits import Upload, Visit
from tallychain.gateway.documents import plain_name
from tallychain.gateway.filekinds import JPEG, OFD, PDF, PNG, XML, kind_of
from tallychain.gateway.problems import Problem
from tallychain.instruments.money import format_amount
from tallychain.integrations.einvoice import EInvoiceRefused, Gleaned, glean, read_einvoice

ROWS: Final = 8
OPAQUE: Final = frozenset({PDF, OFD, PNG, JPEG})
"""Kept and handed on, never opened."""


async def with_files(visit: Visit, values: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The form with the files that were attached, and what could not be read of them; each file is kept for the seat."""
    faults: dict[str, str] = {}
    for upload in visit.files:
        if not upload.content:
            continue
        try:
            values, fault = await _with_file(visit, values, upload)
        except EInvoiceRefused as refused:
            fault = _said(visit, upload.name, refused)
        except Problem as problem:
            said = problem.sentence(visit.words.language)
            fault = visit.words("payable.file_refused", name=upload.name, said=said)
        if fault:
            faults["files"] = fault
    return values, faults


async def beside_files(visit: Visit, papers: list[Row]) -> list[Row]:
    """Every typed field that is not what its file says, and every file that could not be read whole: shown before anybody signs."""
    found: list[Row] = []
    for number, paper in enumerate(papers, start=1):
        if not paper["document"]:
            continue
        try:
            answer = await visit.desk.ask("document-show", path={"digest": paper["document"]})
        except Problem:
            continue
        if not isinstance(answer.body, bytes) or answer.headers.get("X-Document-Type") != XML:
            continue
        found += _differences(number, paper, answer.body)
    return found


def _differences(number: int, paper: Row, content: bytes) -> list[Row]:
    try:
        said, whole = _read(content)
    except EInvoiceRefused as refused:
        return [{"row": number, "field": "file", "typed": "", "said": refused.sentence}]
    typed = {
        "number": str(paper["number"]),
        "date": str(paper["date"]),
        "seller": str(paper["seller"]),
        "total": format_amount(int(paper["total"])),
    }
    says = {"number": said.number, "date": said.issue_date, "seller": said.seller, "total": said.total}
    found = [
        {"row": number, "field": name, "typed": text, "said": says[name]}
        for name, text in typed.items()
        if says[name] and says[name] != text
    ]
    if whole:
        found.append({"row": number, "field": "file", "typed": "", "said": whole})
    return found


async def _with_file(visit: Visit, values: dict[str, str], upload: Upload) -> tuple[dict[str, str], str]:
    kind = kind_of(upload.content)
    if kind in OPAQUE:
        return await _with_opaque(visit, values, upload, kind)
    said, whole = _read(upload.content)
    number = _free(values, "number")
    if number is None:
        return values, visit.words("payable.too_many_files", most=ROWS)
    stored = await visit.desk.post_file(f"{said.number or 'invoice'}.xml", upload.content, XML)
    filled = {
        f"number{number}": said.number,
        f"date{number}": said.issue_date,
        f"total{number}": said.total,
        f"seller{number}": said.seller,
        f"document{number}": str(stored["digest"]),
    }
    missing = ", ".join(visit.words(f"payable.field.{name}") for name in said.unreadable)
    fault = visit.words("payable.file_in_part", name=upload.name, missing=missing) if whole else ""
    return values | filled, fault


async def _with_opaque(
    visit: Visit, values: dict[str, str], upload: Upload, kind: str
) -> tuple[dict[str, str], str]:
    """A file that is kept as it is goes to the first row that has none; its fields are typed."""
    number = _free(values, "document")
    if number is None:
        return values, visit.words("payable.too_many_files", most=ROWS)
    stored = await visit.desk.post_file(plain_name(upload.name), upload.content, kind)
    return values | {f"document{number}": str(stored["digest"])}, ""


def _read(content: bytes) -> tuple[Gleaned, str]:
    """What a file says, and why it cannot be relied on as a whole; empty where it can."""
    said = glean(content)
    try:
        read_einvoice(content)
    except EInvoiceRefused as refused:
        return said, refused.sentence
    return said, ""


def _free(values: dict[str, str], wanted: str) -> int | None:
    return next(
        (
            number
            for number in range(ROWS)
            if not values[f"{wanted}{number}"] and (wanted == "document" or not values[f"document{number}"])
        ),
        None,
    )


def _said(visit: Visit, name: str, refused: Any) -> str:
    in_chinese = visit.words.language == "zh"
    said = visit.words.maybe(f"upload.{refused.code}") if in_chinese else refused.sentence
    return visit.words("payable.file_refused", name=name, said=said or refused.code)
