"""The file of a due diligence: commitments for the ledger, and what the bank keeps to open them."""

import secrets
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from tallychain.contracts.admission.operations import DueDiligence, Found, Seen
from tallychain.crypto.digest import Tag, digest, sha256

SALT_BYTES: Final = 32


class FileNotReadable(Exception):
    """A description of a due diligence that cannot be read; the text says what is wrong."""


class Opening(Struct, frozen=True, forbid_unknown_fields=True):
    """What opens one commitment: the salt, and the text of a field or the SHA-256 of a paper."""

    name: str
    salt: str
    text: str = ""
    sha256: str = ""


class Kept(Struct, frozen=True, forbid_unknown_fields=True):
    """What a bank keeps beside the file, and shows to those who vote."""

    fields: tuple[Opening, ...]
    papers: tuple[Opening, ...]


class _Paper(Struct, frozen=True, forbid_unknown_fields=True):
    file: str
    valid_until: str


class _Described(Struct, frozen=True, forbid_unknown_fields=True):
    established_on: str
    accounts_until: str
    overdue_found: int
    fields: dict[str, str]
    papers: dict[str, _Paper]


def prepared(text: str, read: Callable[[str], bytes]) -> tuple[DueDiligence, Kept]:
    """
    The file for the ledger and what opens it, of a description in TOML; `read` gives the content of a paper by the name of its file.

    Raises `FileNotReadable`.
    """
    try:
        described = msgspec.convert(tomllib.loads(text), _Described)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise FileNotReadable(f"The description of the due diligence cannot be read: {error}") from None
    fields = tuple(
        Opening(name, secrets.token_hex(SALT_BYTES), text=said)
        for name, said in sorted(described.fields.items())
    )
    papers = tuple(
        Opening(name, secrets.token_hex(SALT_BYTES), sha256=sha256(read(paper.file)).hex())
        for name, paper in sorted(described.papers.items())
    )
    made = {
        "established_on": described.established_on,
        "accounts_until": described.accounts_until,
        "overdue_found": described.overdue_found,
        "fields": [{"name": one.name, "commitment": commitment_of(one)} for one in fields],
        "papers": [
            {
                "name": one.name,
                "commitment": commitment_of(one),
                "valid_until": described.papers[one.name].valid_until,
            }
            for one in papers
        ],
    }
    try:
        return msgspec.convert(made, DueDiligence), Kept(fields, papers)
    except msgspec.ValidationError as error:
        raise FileNotReadable(f"The due diligence is none that the ledger takes: {error}") from None


def commitment_of(opening: Opening) -> str:
    """The commitment that an opening leads to; for a field over its name, a line feed and its text."""
    content = bytes.fromhex(opening.sha256) if opening.sha256 else _of_field(opening)
    return digest(Tag.DOCUMENT, bytes.fromhex(opening.salt), content).hex()


def differing(file: Mapping[str, Any], kept: Kept) -> list[str]:
    """The names whose openings do not lead to what stands on the ledger, or are missing on one side; `file` as a row holds it."""
    found = msgspec.convert(file, DueDiligence)
    return sorted({*_differing(found.fields, kept.fields), *_differing(found.papers, kept.papers)})


def _of_field(opening: Opening) -> bytes:
    return sha256(f"{opening.name}\n{opening.text}".encode())


def _differing(
    committed: tuple[Found, ...] | tuple[Seen, ...], openings: tuple[Opening, ...]
) -> Iterator[str]:
    stands = {one.name: one.commitment for one in committed}
    opened = {one.name: commitment_of(one) for one in openings}
    for name in sorted({*stands, *opened}):
        if stands.get(name) != opened.get(name):
            yield name
