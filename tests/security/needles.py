"""Distinctive values, every form in which one could leak, and the search for them."""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

HASHES = ("sha256", "sha1", "md5", "sm3")
SHORTEST = 6
"""A form of fewer bytes would be met by chance."""


@dataclass(frozen=True, slots=True)
class Value:
    """Something that only some may know."""

    name: str
    """What it is, such as `promise 1: purpose`."""
    content: str | bytes
    members: frozenset[str]
    """Members whose gateway may have it, and has."""
    seats: frozenset[str]
    """Accounts that may see it in an answer, and do: `member/account`."""
    may_see: frozenset[str] = frozenset()
    """Accounts that are entitled although no answer shows it to them."""
    cell: str = ""
    """Row of the table in docs/confidentiality.md that it stands for."""
    digest_stands: bool = False
    """Whether its SHA-256 may stand anywhere: it is the public name of a document, or a token's, which nobody guesses."""


def forms(content: str | bytes) -> dict[bytes, str]:
    """Every byte string that would give a value away, with what it is."""
    found: dict[bytes, str] = {}
    for written, how in _spellings(content):
        for data, encoding in _encodings(written):
            named = f"{how}, {encoding}" if how else encoding
            _add(found, data, named)
            for text, form in _wrappings(data):
                _add(found, text, f"{form} of {named}")
            for algorithm in HASHES:
                digest = hashlib.new(algorithm, data).digest()
                _add(found, digest, f"{algorithm} of {named}")
                for text, form in _wrappings(digest):
                    _add(found, text, f"{form} of {algorithm} of {named}")
    return found


class Search:
    """Looks for all forms of many values at once, in one pass over the bytes."""

    def __init__(self, contents: Mapping[str, str | bytes]) -> None:
        """`contents` maps the name of a value to the value."""
        self._by_beginning: dict[bytes, list[tuple[bytes, str, str]]] = {}
        self._known: dict[bytes, frozenset[tuple[str, str]]] = {}
        self.forms = 0
        self.searched_bytes = 0
        for name, content in contents.items():
            for form, how in forms(content).items():
                self._by_beginning.setdefault(form[:SHORTEST], []).append((form, name, how))
                self.forms += 1

    def in_pieces(self, pieces: Iterable[bytes]) -> set[tuple[str, str]]:
        """Which values stand in these pieces, and in which forms."""
        found: set[tuple[str, str]] = set()
        for piece in pieces:
            self.searched_bytes += len(piece)
            found |= self.in_piece(piece)
        return found

    def in_piece(self, piece: bytes) -> frozenset[tuple[str, str]]:
        """The same for one piece; a piece that was looked through before is not looked through again."""
        known = self._known.get(piece)
        if known is None:
            known = self._known[piece] = frozenset(self._look(piece))
        return known

    def _look(self, piece: bytes) -> Iterator[tuple[str, str]]:
        beginnings = self._by_beginning
        for start in range(len(piece) - SHORTEST + 1):
            candidates = beginnings.get(piece[start : start + SHORTEST])
            if candidates is not None:
                for form, name, how in candidates:
                    if piece.startswith(form, start):
                        yield name, how


def leaks(content: str | bytes, *pieces: bytes) -> list[str]:
    """In which forms a value stands in some bytes."""
    return sorted(how for _, how in Search({"": content}).in_pieces(pieces))


def _add(found: dict[bytes, str], form: bytes, how: str) -> None:
    if len(form) >= SHORTEST:
        found.setdefault(form, how)


def _spellings(content: str | bytes) -> Iterator[tuple[str | bytes, str]]:
    """The value, and for an amount in yuan the other ways to write it."""
    yield content, ""
    if isinstance(content, str) and re.fullmatch(r"[0-9,]+\.[0-9]{2}", content):
        plain = content.replace(",", "")
        yield plain, "yuan without commas"
        fen = plain.replace(".", "")
        yield fen, "fen"
        yield int(fen).to_bytes(8, "big"), "fen as eight bytes, big-endian"
        yield int(fen).to_bytes(8, "little"), "fen as eight bytes, little-endian"
        yield f"{int(fen):x}", "fen in hex"


def _encodings(written: str | bytes) -> Iterator[tuple[bytes, str]]:
    if isinstance(written, bytes):
        yield written, "bytes"
        return
    yield written.encode(), "UTF-8"
    for encoding in ("gbk", "utf-16-le", "utf-16-be"):
        yield written.encode(encoding), encoding
    if not written.isascii():
        yield written.encode("unicode_escape"), "escapes"
        yield written.encode("ascii", "xmlcharrefreplace"), "character references"


def _wrappings(data: bytes) -> Iterator[tuple[bytes, str]]:
    yield data.hex().encode(), "hex"
    yield data.hex().upper().encode(), "hex in capitals"
    for offset in range(3):
        yield _base64_inside(data, offset), f"base64 at offset {offset}"
        yield (
            _base64_inside(data, offset).translate(bytes.maketrans(b"+/", b"-_")),
            f"base64url at offset {offset}",
        )
    quoted = quote(data).encode()
    if quoted != data:
        yield quoted, "percent"


def _base64_inside(data: bytes, offset: int) -> bytes:
    """The letters that do not depend on what stands around the data, when it begins `offset` bytes after a multiple of three."""
    text = base64.b64encode(b"\0" * offset + data)
    first = (offset * 8 + 5) // 6
    return text[first : (offset + len(data)) * 8 // 6]
