"""The little of PDF that a certificate needs: its objects, its one attached file, the text of its pages, and the seal of its maker.

Only files are read that are laid out as the maker's program does it: one table of objects that covers every byte, nothing encrypted,
nothing updated afterwards.  Whatever is laid out otherwise is refused, not repaired.
"""

import re
import zlib
from collections.abc import Iterator
from typing import NamedTuple
from unicodedata import normalize

from .basics import demand

INFLATED_BYTES, _OBJECTS = 24 * 1024 * 1024, 5000
_SEAL = re.compile(rb"%tally-seal/1 ((?:ed25519|p256):[0-9a-f]{64,66}) ([0-9a-f]{128})\n(?=xref\n)", re.ASCII)
_END = re.compile(rb"trailer\n<<(.{1,400}?)>>\nstartxref\n([0-9]{1,9})\n%%EOF\n?\Z", re.DOTALL)
_OBJECT = re.compile(rb"([0-9]+) 0 obj\n(.*)\nendobj\n+\Z", re.DOTALL)
_STREAM = re.compile(rb"(<<.*?>>)\nstream\n(.*)\nendstream\Z", re.DOTALL)
_CHARACTERS = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>\n")
_NEXT = re.compile(rb"/(f[0-9]+) [0-9.]+ Tf\b|<([0-9A-F]+)>|(\()|\b(TJ|Tj|BDC|ET)\b", re.DOTALL)
_INSIDE = re.compile(rb"[^\\()]+|\\[0-7]{1,3}|\\.|[()]", re.DOTALL)
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


class Sheet(NamedTuple):
    """What a file holds."""

    attachment: bytes
    text: str
    """Of its pages, without spaces and in one form of each letter."""
    unsealed: bytes
    """The file before its maker sealed it."""
    key: str
    signature: str
    """In hex."""


def squeezed(text: str) -> str:
    """A text without spaces, each letter in one form: two letters that look the same may share one drawing."""
    return "".join(normalize("NFKC", text).split())


def sealed(unsealed: bytes, key: str, signature: bytes) -> bytes:
    """A file with the seal of its maker: one comment before its table of objects."""
    start = unsealed.rindex(b"xref\n0 ")
    line = f"%tally-seal/1 {key} {signature.hex()}\n".encode()
    tail = unsealed[start:].replace(b"startxref\n%d\n" % start, b"startxref\n%d\n" % (start + len(line)))
    return unsealed[:start] + line + tail


def read(file: bytes) -> Sheet:
    """What a sealed file holds; refuses with `MALFORMED` or `SHEET_NOT_SEALED`."""
    found = list(_SEAL.finditer(file))
    demand(len(found) == 1, "SHEET_NOT_SEALED")
    seal = found[0]
    key, signature = seal.group(1).decode(), seal.group(2).decode()
    end = _END.search(file, seal.end())
    demand(end is not None and int(end.group(2)) == seal.end(), "MALFORMED", what="PDF")
    tail = file[seal.end() :].replace(b"startxref\n%d\n" % seal.end(), b"startxref\n%d\n" % seal.start())
    unsealed = file[: seal.start()] + tail
    demand(sealed(unsealed, key, bytes.fromhex(signature)) == file, "MALFORMED", what="PDF")
    objects = _Objects(unsealed, seal.start())
    return Sheet(objects.attachment(), objects.text(), unsealed, key, signature)


class _Objects:
    """The objects of a file, by their numbers."""

    def __init__(self, file: bytes, table: int) -> None:
        lines = file[table:].split(b"\n", 2)
        demand(
            len(lines) == 3 and re.fullmatch(rb"0 [0-9]{1,4}", lines[1]) is not None, "MALFORMED", what="PDF"
        )
        count = int(lines[1][2:])
        demand(0 < count <= _OBJECTS, "MALFORMED", what="PDF")
        rows = [lines[2][20 * n : 20 * n + 20] for n in range(1, count)]
        demand(
            all(re.fullmatch(rb"[0-9]{10} 00000 n\r\n", row) is not None for row in rows),
            "MALFORMED",
            what="PDF",
        )
        starts = [int(row[:10]) for row in rows]
        demand(starts == sorted(set(starts)) and starts[-1:] < [table], "MALFORMED", what="PDF")
        self.left = INFLATED_BYTES
        self.bodies: dict[int, bytes] = {}
        for number, (start, until) in enumerate(zip(starts, [*starts[1:], table], strict=True), 1):
            body = _OBJECT.fullmatch(file[start:until])
            demand(body is not None and int(body.group(1)) == number, "MALFORMED", what="PDF")
            self.bodies[number] = body.group(2) if body else b""
        head = file[: starts[0]] if starts else b""
        demand(re.fullmatch(rb"%PDF-1\.7\n%[\x80-\xff]{4}\n+", head) is not None, "MALFORMED", what="PDF")
        self.root = self._reference(file[table:], b"Root")

    def attachment(self) -> bytes:
        """The content of the one file that is attached."""
        names = re.findall(
            rb"/EmbeddedFiles<</Names\[\(certificate\.json\)([0-9]+) 0 R\]>>", self.bodies[self.root]
        )
        linked = re.search(rb"/AF\[([0-9]+) 0 R\]", self.bodies[self.root])
        one = len(names) == 1 and linked is not None and linked.group(1) == names[0]
        demand(one, "MALFORMED", what="PDF attachment")
        row = self._body(int(names[0]))
        demand(b"/AFRelationship/Data" in row, "MALFORMED", what="PDF attachment")
        found = re.search(rb"/EF<</F ([0-9]+) 0 R/UF ([0-9]+) 0 R>>", row)
        demand(found is not None and found.group(1) == found.group(2), "MALFORMED", what="PDF attachment")
        files = [body for body in self.bodies.values() if b"/Type/EmbeddedFile" in body[:300]]
        demand(len(files) == 1, "MALFORMED", what="PDF attachment")
        return self._stream(int(found.group(1)) if found else 0)

    def text(self) -> str:
        """The text of all pages in their order."""
        pages = self._body(self._reference(self._body(self.root), b"Pages"))
        kids = re.search(rb"/Kids\[((?:[0-9]+ 0 R ?)+)\]", pages)
        demand(kids is not None, "MALFORMED", what="PDF pages")
        numbers = [int(number) for number in re.findall(rb"([0-9]+) 0 R", kids.group(1) if kids else b"")]
        drawn = [number for number, body in self.bodies.items() if body.startswith(b"<</Type/Page/")]
        demand(sorted(numbers) == sorted(drawn), "MALFORMED", what="PDF pages")
        return squeezed("".join(self._page(number) for number in numbers))

    def _page(self, number: int) -> str:
        body = self._body(number)
        demand(b"/Annots" not in body and b"/AA" not in body, "MALFORMED", what="PDF pages")
        fonts = re.search(rb"/Font<<(.*?)>>", self._body(self._reference(body, b"Resources")))
        pairs = re.findall(rb"/(f[0-9]+) ([0-9]+) 0 R", fonts.group(1) if fonts else b"")
        letters = {name: self._letters(int(font)) for name, font in pairs}
        text = ""
        for font, codes in _shown(self._stream(self._reference(body, b"Contents"))):
            demand(font in letters and len(codes) % 2 == 0, "MALFORMED", what="PDF text")
            for place in range(0, len(codes), 2):
                code = codes[place : place + 2]
                demand(code in letters[font], "MALFORMED", what="PDF text")
                text += letters[font][code]
        return text

    def _letters(self, font: int) -> dict[bytes, str]:
        """What each glyph of a font stands for."""
        table = self._stream(self._reference(self._body(font), b"ToUnicode"))
        demand(b"beginbfrange" not in table, "MALFORMED", what="PDF font")
        found = _CHARACTERS.findall(table)
        try:
            return {
                bytes.fromhex(code.decode()): bytes.fromhex(text.decode()).decode("utf-16-be")
                for code, text in found
            }
        except ValueError:
            demand(False, "MALFORMED", what="PDF font")
        return {}

    def _reference(self, body: bytes, name: bytes) -> int:
        found = re.findall(rb"/" + name + rb" ([0-9]{1,4}) 0 R", body)
        demand(len(found) == 1 and int(found[0]) in self.bodies, "MALFORMED", what="PDF")
        return int(found[0])

    def _body(self, number: int) -> bytes:
        demand(number in self.bodies, "MALFORMED", what="PDF")
        return self.bodies[number]

    def _stream(self, number: int) -> bytes:
        found = _STREAM.fullmatch(self._body(number))
        demand(found is not None, "MALFORMED", what="PDF stream")
        head, data = found.groups() if found else (b"", b"")
        demand(
            b"/Length %d/" % len(data) in head or b"/Length %d>" % len(data) in head,
            "MALFORMED",
            what="PDF stream",
        )
        if b"/Filter" not in head:
            return data
        demand(b"/Filter/FlateDecode" in head, "MALFORMED", what="PDF stream")
        machine = zlib.decompressobj()
        try:
            made = machine.decompress(data, self.left)
        except zlib.error:
            made = b""
        demand(machine.eof and not machine.unused_data, "MALFORMED", what="PDF stream")
        self.left -= len(made)
        demand(self.left > 0, "MALFORMED", what="PDF stream")
        return made


def _shown(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Font and glyphs of every text that a page shows; strings that describe and are not shown are passed over."""
    font, waiting, at = b"", b"", 0
    while (found := _NEXT.search(content, at)) is not None:
        at = found.end()
        name, digits, opened, operator = found.groups()
        if name:
            font = name
        elif digits:
            demand(len(digits) % 2 == 0, "MALFORMED", what="PDF text")
            waiting += bytes.fromhex(digits.decode())
        elif opened:
            string, at = _string(content, at)
            waiting += string
        elif operator == b"BDC":
            waiting = b""
        elif operator == b"ET":
            demand(not waiting, "MALFORMED", what="PDF text")
        else:
            yield font, waiting
            waiting = b""


def _string(content: bytes, at: int) -> tuple[bytes, int]:
    """A string behind its parenthesis, and where it ends; parentheses in pairs are part of it."""
    start, depth = at, 1
    while depth:
        piece = _INSIDE.match(content, at)
        demand(piece is not None, "MALFORMED", what="PDF text")
        at, letter = (piece.end(), piece.group()) if piece else (at, b")")
        depth += (letter == b"(") - (letter == b")")
    return _ESCAPED.sub(_unescaped, content[start : at - 1]), at


def _unescaped(match: re.Match[bytes]) -> bytes:
    name = match.group(1)
    if name[:1].isdigit():
        return bytes([int(name, 8) & 255])
    return _LETTERS.get(name, name)
