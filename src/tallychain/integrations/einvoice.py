"""Fully digital e-invoices (数电票) in the XML that the tax service issues.

An invoice backs a voucher, so what is read here decides how much may be promised.  The reader is
strict: one layout, every needed field exactly once, figures that add up, codes with right check digits.
It verifies what the file says, not who signed it; that the tax service knows the number is asked there.

The file is hostile until shown otherwise: its size is bounded before parsing, it must be UTF-8, and a
document type or entity declaration is refused before the parser sees it.

Layout: root ``EInvoice`` with ``Header``, ``EInvoiceData`` (``SellerInformation``, ``BuyerInformation``,
``BasicInformation``, one ``IssuItemInformation`` per line) and ``TaxSupervisionInfo``
(supply-chain study, section 3).
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Final

from lxml import etree
from msgspec import Meta, Struct

from tallychain.instruments.calendar import DateUnreadable, parse_date
from tallychain.instruments.errors import InstrumentError
from tallychain.instruments.money import AmountUnreadable, Fen, format_amount, parse_amount
from tallychain.instruments.numbers import check_uscc
from tallychain.integrations.refused import InputRefused, quoted

#: Largest file that is looked at.
MAX_BYTES: Final = 256 * 1024
#: Most code points of a name.
MAX_NAME: Final = 200
#: Most lines of one invoice.
MAX_LINES: Final = 2_000

_NUMBER: Final = re.compile(r"[0-9]{20}")
_CATEGORY: Final = re.compile(r"[0-9]{19}")
_ISSUE_TIME: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?: [0-9]{2}:[0-9]{2}:[0-9]{2})?")
_ENCODING: Final = re.compile(r"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")


class EInvoiceRefused(InputRefused):
    """The file is not an invoice that can be relied on.

    Codes: ``INVOICE_TOO_LARGE``, ``INVOICE_NOT_XML``, ``INVOICE_HAS_ENTITY``, ``INVOICE_LAYOUT_UNKNOWN``,
    ``INVOICE_FIELD_MISSING``, ``INVOICE_FIELD_REPEATED``, ``INVOICE_FIELD_UNREADABLE``,
    ``INVOICE_NUMBER_WRONG``, ``INVOICE_USCC_WRONG``, ``INVOICE_NEGATIVE``, ``INVOICE_TOTALS_DIFFER``.
    """


class InvoiceParty(Struct, frozen=True):
    """Seller or buyer: the registered name and its unified social credit code."""

    name: str
    uscc: str


class InvoiceLine(Struct, frozen=True):
    """One line: goods or service, tax classification, amount without tax and tax.

    A discount is a line of its own with negative figures.  ``category`` has 19 digits or is empty;
    ``tax_rate`` is the text of the file (``0.13``, or words where no rate applies).
    """

    name: str
    category: str
    amount_fen: int
    tax_fen: int
    tax_rate: str


class EInvoice(Struct, frozen=True):
    """What a voucher needs to know of an invoice.  Amounts are fen; ``total_fen`` includes tax."""

    number: Annotated[str, Meta(pattern="^[0-9]{20}$")]
    issue_date: date
    seller: InvoiceParty
    buyer: InvoiceParty
    amount_fen: Fen
    tax_fen: Fen
    total_fen: Fen
    lines: tuple[InvoiceLine, ...]


def read_einvoice(content: bytes) -> EInvoice:
    """Read one invoice, or raise ``EInvoiceRefused`` with the first thing that is wrong with it."""
    root = _parse(content)
    data = _one(root, "EInvoiceData")
    seller = _party(_one(data, "SellerInformation"), "Seller")
    buyer = _party(_one(data, "BuyerInformation"), "Buyer")
    basic = _one(data, "BasicInformation")
    supervision = _one(root, "TaxSupervisionInfo")
    number = _number(root, supervision)
    invoice = EInvoice(
        number=number,
        issue_date=_issue_date(_text(supervision, "IssueTime")),
        seller=seller,
        buyer=buyer,
        amount_fen=_total(basic, "TotalAmWithoutTax"),
        tax_fen=_total(basic, "TotalTaxAm"),
        total_fen=_total(basic, "TotalTax-includedAmount"),
        lines=_lines(data),
    )
    _check_totals(invoice)
    return invoice


class Gleaned(Struct, frozen=True):
    """What can be read of an invoice that cannot be relied on as a whole; an empty text where a field cannot be read."""

    number: str
    issue_date: str
    seller: str
    total: str
    unreadable: tuple[str, ...]
    """Which of `number`, `date`, `seller` and `total` are not read."""


def glean(content: bytes) -> Gleaned:
    """
    The fields of a form, each read by itself, for a person who types the rest and compares.

    Raises ``EInvoiceRefused`` for a file that is hostile or no invoice at all, and for a red-letter one.
    """
    return _gleaned({name: _or_nothing(read) for name, read in _readers(_parse(content)).items()})


def _readers(root: etree._Element) -> dict[str, Callable[[], str]]:
    return {
        "number": lambda: _number(root, _one(root, "TaxSupervisionInfo")),
        "date": lambda: _issue_date(_text(_one(root, "TaxSupervisionInfo"), "IssueTime")).isoformat(),
        "seller": lambda: _party(_one(_one(root, "EInvoiceData"), "SellerInformation"), "Seller").uscc,
        "total": lambda: format_amount(
            _total(_one(_one(root, "EInvoiceData"), "BasicInformation"), "TotalTax-includedAmount")
        ),
    }


def _or_nothing(read: Callable[[], str]) -> str:
    """What a reader reads, and nothing where it cannot; a red letter is told apart."""
    try:
        return read()
    except EInvoiceRefused as refused:
        if refused.code == "INVOICE_NEGATIVE":
            raise
        return ""


def _gleaned(found: dict[str, str]) -> Gleaned:
    return Gleaned(
        found["number"],
        found["date"],
        found["seller"],
        found["total"],
        tuple(name for name, text in found.items() if not text),
    )


def glean_red(content: bytes) -> Gleaned:
    """
    What a red-letter invoice says of itself in the known layout, its total with a minus sign.

    Which invoice it takes back is not read: no published layout says where that stands.  Raises ``EInvoiceRefused`` as `glean`.
    """
    root = _parse(content)
    basic = _one(_one(root, "EInvoiceData"), "BasicInformation")
    total = _signed(basic, "TotalTax-includedAmount")
    found = {name: _or_nothing(read) for name, read in _readers(root).items() if name != "total"}
    found["total"] = f"{'-' if total < 0 else ''}{format_amount(abs(total))}"
    return _gleaned(found)


def write_einvoice(invoice: EInvoice) -> bytes:
    """The same layout as bytes, for examples and tests.  It carries no signature of the tax service."""
    root = etree.Element("EInvoice")
    header = etree.SubElement(root, "Header")
    _put(header, "EIid", invoice.number)
    _put(header, "EInvoiceTag", f"SWEI{invoice.number[2:4]}00")
    _put(header, "Version", "0.32")
    data = etree.SubElement(root, "EInvoiceData")
    for role, party in (("Seller", invoice.seller), ("Buyer", invoice.buyer)):
        information = etree.SubElement(data, f"{role}Information")
        _put(information, f"{role}IdNum", party.uscc)
        _put(information, f"{role}Name", party.name)
    basic = etree.SubElement(data, "BasicInformation")
    _put(basic, "TotalAmWithoutTax", _plain(invoice.amount_fen))
    _put(basic, "TotalTaxAm", _plain(invoice.tax_fen))
    _put(basic, "TotalTax-includedAmount", _plain(invoice.total_fen))
    _put(basic, "RequestTime", f"{invoice.issue_date} 10:00:00")
    for line in invoice.lines:
        item = etree.SubElement(data, "IssuItemInformation")
        _put(item, "ItemName", line.name)
        _put(item, "Amount", _plain(line.amount_fen))
        _put(item, "TaxRate", line.tax_rate)
        _put(item, "ComTaxAm", _plain(line.tax_fen))
        _put(item, "TotaltaxIncludedAmount", _plain(line.amount_fen + line.tax_fen))
        _put(item, "TaxClassificationCode", line.category)
    supervision = etree.SubElement(root, "TaxSupervisionInfo")
    _put(supervision, "InvoiceNumber", invoice.number)
    _put(supervision, "IssueTime", f"{invoice.issue_date} 10:00:00")
    etree.indent(root, space="  ")
    body = etree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()


def _parse(content: bytes) -> etree._Element:
    """The root element of a file that is small, UTF-8, free of declarations, and an invoice."""
    if len(content) > MAX_BYTES:
        raise EInvoiceRefused("INVOICE_TOO_LARGE", f"An invoice file has at most {MAX_BYTES // 1024} KiB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise EInvoiceRefused("INVOICE_NOT_XML", "The file is not XML in UTF-8.") from None
    declared = _ENCODING.match(text)
    if declared is not None and declared[1].upper() not in ("UTF-8", "UTF8"):
        raise EInvoiceRefused("INVOICE_NOT_XML", f"The file says that it is {declared[1]}; it must be UTF-8.")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise EInvoiceRefused(
            "INVOICE_HAS_ENTITY", "The file declares a document type or an entity, which no invoice needs."
        )
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError:
        raise EInvoiceRefused("INVOICE_NOT_XML", "The file is not well-formed XML.") from None
    if root.tag != "EInvoice":
        raise EInvoiceRefused(
            "INVOICE_LAYOUT_UNKNOWN", f"The root element is {quoted(str(root.tag))} and not EInvoice."
        )
    return root


def _one(parent: etree._Element, name: str) -> etree._Element:
    found = parent.findall(name)
    if not found:
        raise EInvoiceRefused("INVOICE_FIELD_MISSING", f"The invoice has no {name}.")
    if len(found) > 1:
        raise EInvoiceRefused("INVOICE_FIELD_REPEATED", f"The invoice has more than one {name}.")
    return found[0]


def _text(parent: etree._Element, name: str) -> str:
    """The text of a field that must be there.  A comment or element inside could hide part of it."""
    element = _one(parent, name)
    if len(element):
        raise EInvoiceRefused("INVOICE_FIELD_UNREADABLE", f"The field {name} holds more than text.")
    text = (element.text or "").strip()
    if not text:
        raise EInvoiceRefused("INVOICE_FIELD_MISSING", f"The field {name} is empty.")
    if len(text) > MAX_NAME or not text.isprintable():
        raise EInvoiceRefused(
            "INVOICE_FIELD_UNREADABLE",
            f"The field {name} has more than {MAX_NAME} characters or some that cannot be shown.",
        )
    return text


def _optional_text(parent: etree._Element, name: str) -> str:
    element = parent.find(name)
    if element is None or not (len(element) or (element.text or "").strip()):
        return ""
    return _text(parent, name)


def _party(information: etree._Element, role: str) -> InvoiceParty:
    name = _text(information, f"{role}Name")
    uscc = _text(information, f"{role}IdNum")
    try:
        check_uscc(uscc)
    except InstrumentError as wrong:
        raise EInvoiceRefused("INVOICE_USCC_WRONG", f"{role}: {wrong}") from None
    return InvoiceParty(name, uscc)


def _number(root: etree._Element, supervision: etree._Element) -> str:
    number = _text(supervision, "InvoiceNumber")
    if _NUMBER.fullmatch(number) is None:
        raise EInvoiceRefused("INVOICE_NUMBER_WRONG", f"The number {quoted(number)} does not have 20 digits.")
    if _text(_one(root, "Header"), "EIid") != number:
        raise EInvoiceRefused("INVOICE_NUMBER_WRONG", "The header names another number than the invoice.")
    return number


def _issue_date(text: str) -> date:
    matched = _ISSUE_TIME.fullmatch(text)
    if matched is None:
        raise EInvoiceRefused("INVOICE_FIELD_UNREADABLE", f"IssueTime {quoted(text)} is not a date.")
    try:
        return parse_date(matched[1])
    except DateUnreadable as wrong:
        raise EInvoiceRefused("INVOICE_FIELD_UNREADABLE", f"IssueTime: {wrong}") from None


def _total(basic: etree._Element, name: str) -> Fen:
    signed = _signed(basic, name)
    if signed < 0:
        raise EInvoiceRefused(
            "INVOICE_NEGATIVE", f"{name} is negative: a red-letter invoice takes a claim back, it is none."
        )
    return Fen(signed)


def _signed(parent: etree._Element, name: str) -> int:
    text = _text(parent, name)
    negative = text.startswith("-")
    try:
        amount = parse_amount(text.removeprefix("-"))
    except AmountUnreadable as wrong:
        raise EInvoiceRefused("INVOICE_FIELD_UNREADABLE", f"{name}: {wrong}") from None
    return -amount if negative else amount


def _lines(data: etree._Element) -> tuple[InvoiceLine, ...]:
    items = data.findall("IssuItemInformation")
    if not items:
        raise EInvoiceRefused("INVOICE_FIELD_MISSING", "The invoice has no IssuItemInformation.")
    if len(items) > MAX_LINES:
        raise EInvoiceRefused("INVOICE_TOO_LARGE", f"An invoice has at most {MAX_LINES} lines.")
    return tuple(_line(item) for item in items)


def _line(item: etree._Element) -> InvoiceLine:
    category = _optional_text(item, "TaxClassificationCode")
    if category and _CATEGORY.fullmatch(category) is None:
        raise EInvoiceRefused(
            "INVOICE_FIELD_UNREADABLE", f"The tax classification {quoted(category)} does not have 19 digits."
        )
    return InvoiceLine(
        name=_text(item, "ItemName"),
        category=category,
        amount_fen=_signed(item, "Amount"),
        tax_fen=_signed(item, "ComTaxAm"),
        tax_rate=_optional_text(item, "TaxRate"),
    )


def _check_totals(invoice: EInvoice) -> None:
    """Amount and tax make the total, and the lines make the amount; tax of lines may round apart."""
    if invoice.amount_fen + invoice.tax_fen != invoice.total_fen:
        raise EInvoiceRefused(
            "INVOICE_TOTALS_DIFFER",
            f"{format_amount(invoice.amount_fen)} and tax {format_amount(invoice.tax_fen)}"
            f" are not {format_amount(invoice.total_fen)}.",
        )
    of_lines = sum(line.amount_fen for line in invoice.lines)
    if of_lines != invoice.amount_fen:
        raise EInvoiceRefused(
            "INVOICE_TOTALS_DIFFER",
            f"The lines add up to {format_amount(of_lines)} and not to {format_amount(invoice.amount_fen)}.",
        )


def _put(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text


def _plain(minor: int) -> str:
    return format_amount(minor).replace(",", "")
