"""What a file is, by its content and not by its name: a type with a form of its own is taken only where the bytes have that form.

Nothing here opens a file further than that.  A PDF or an OFD stays opaque: it is kept, handed on, and never shown or run by this side.
"""

import re
from io import BytesIO
from typing import Final
from zipfile import BadZipFile, ZipFile

from tallychain.gateway.problems import Problem

PDF: Final = "application/pdf"
XML: Final = "application/xml"
OFD: Final = "application/ofd"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
CSV: Final = "text/csv"
OPAQUE: Final = "application/octet-stream"
_TEXTS: Final = frozenset({CSV, "text/plain", "application/json"})

MEDIA_TYPES: Final = frozenset({PDF, XML, OFD, XLSX, PNG, JPEG, OPAQUE, *_TEXTS})
"""What is taken; nothing that a browser would run is among it."""
ENTRIES_MAX: Final = 10_000
_MAGIC: Final = {PDF: b"%PDF-", PNG: b"\x89PNG\r\n\x1a\n", JPEG: b"\xff\xd8\xff"}
_ARCHIVE: Final = b"PK\x03\x04"
_PARTS: Final = {OFD: "OFD.xml", XLSX: "[Content_Types].xml"}
"""The entry that makes an archive one of these."""
_PAGE: Final = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|svg|iframe)[\s>]", re.IGNORECASE)
_LOOKED_AT: Final = 4096
_BOM: Final = b"\xef\xbb\xbf"


def kind_of(content: bytes) -> str:
    """The type that the bytes show; `application/octet-stream` where they show none."""
    for kind, magic in _MAGIC.items():
        if content.startswith(magic):
            return kind
    if content.startswith(_ARCHIVE):
        names = _entries(content)
        return next((kind for kind, part in _PARTS.items() if part in names), OPAQUE)
    start = content.removeprefix(_BOM).lstrip()[:_LOOKED_AT]
    if start.startswith(b"<") and not _PAGE.search(start):
        return XML
    return "text/plain" if _is_text(content) else OPAQUE


def check_kind(declared: str, content: bytes) -> None:
    """
    Whether the declared type is taken and is what the bytes show; `application/octet-stream` is claimed of anything.

    Raises `GATEWAY_MEDIA_TYPE`, `GATEWAY_CONTENT_DIFFERS`.
    """
    if declared not in MEDIA_TYPES:
        raise Problem("GATEWAY_MEDIA_TYPE", wanted="a listed media type")
    if declared == OPAQUE:
        return
    fits = _is_text(content) if declared in _TEXTS else kind_of(content) == declared
    if not fits:
        raise Problem("GATEWAY_CONTENT_DIFFERS", declared=declared)


def _entries(content: bytes) -> frozenset[str]:
    """Names in an archive; nothing is unpacked, so nothing can swell."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
    except (BadZipFile, ValueError, NotImplementedError, OSError):
        return frozenset()
    return frozenset(names) if len(names) <= ENTRIES_MAX else frozenset()


def _is_text(content: bytes) -> bool:
    if b"\0" in content:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False
