"""Draws the page of a certificate as PDF/A-3b: the same facts give the same bytes, on every machine.

The page is laid out by typst from texts that are data to it, never markup.  The one font is the package's own, so that no page depends on
what is installed; only the letters used are embedded.
"""

import io
import json
from functools import lru_cache
from importlib import util
from pathlib import Path
from threading import Lock
from typing import Any, Final

import segno

from tallychain.crypto.digest import sha256
from tallychain.sdk.verify.stated import Page

ATTACHED: Final = "certificate.json"
_FONT: Final = "pylopdf_fonts_zh_cn"
_TEMPLATE: Final = Path(__file__).parent / "certificate.typ"
_ONE_AT_A_TIME: Final = Lock()
"""A page takes some ten milliseconds and much memory; one at a time is enough for a gateway."""


class NotDrawn(Exception):
    """A page cannot be drawn; the text is a sentence, `code` stable."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def is_installed() -> bool:
    """Whether what draws pages is installed here (the extra `certificates`)."""
    return util.find_spec("typst") is not None and util.find_spec(_FONT) is not None


def draw(page: Page, attachment: bytes, code: str, time_ms: int, author: str) -> bytes:
    """
    The page with its attached file, not sealed yet; `code` is the text of the QR code, `time_ms` the time of the header that it rests on.

    Raises `NotDrawn`: `NOT_INSTALLED`, or `LETTER_UNKNOWN` for a text with letters that the font does not have.
    """
    if not is_installed():
        raise NotDrawn(
            "NOT_INSTALLED", "Pages are drawn with the extra 'certificates', which is not installed."
        )
    import typst  # noqa: PLC0415 - an extra that not every installation has

    texts = {
        "titles": page.titles,
        "lines": [line._asdict() for line in page.lines],
        "notes": page.notes,
        "seconds": time_ms // 1000,
        "author": author,
        "qr": _qr(code),
        "attachment": attachment.decode(),
    }
    with _ONE_AT_A_TIME:
        try:
            made = _compiler().compile(
                _TEMPLATE.read_bytes(),
                format="pdf",
                pdf_standards="a-3b",
                sys_inputs={"texts": json.dumps(texts, ensure_ascii=False)},
                timestamp=time_ms // 1000,
            )
        except typst.TypstError as error:
            raise NotDrawn(
                "LETTER_UNKNOWN", "The page holds a letter that the font does not have."
            ) from error
    if not isinstance(made, bytes):
        raise TypeError("a page is one file")
    return made


def code_of(attachment: bytes, chain: str, genesis: str, height: int) -> str:
    """What the QR code says: the digest of the attached file, the chain, the height, and how to check it."""
    return (
        f"tally-certificate/1 sha256:{sha256(attachment).hex()} chain:{chain} genesis:{genesis} height:{height} "
        "check: python -m verify FILE --genesis GENESIS"
    )


def _qr(text: str) -> str:
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", scale=4, border=2, xmldecl=False)
    return out.getvalue().decode()


@lru_cache(maxsize=1)
def _compiler() -> Any:
    """One for the process: it reads its fonts once."""
    import typst  # noqa: PLC0415 - an extra that not every installation has

    found: Any = util.find_spec(_FONT)
    return typst.Compiler(font_paths=[str(Path(found.origin).parent)], ignore_system_fonts=True)
