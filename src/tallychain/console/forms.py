"""The fields and files of a form, bounded while they arrive."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final
from urllib.parse import parse_qsl

from litestar import Request
from multipart import MultipartError, MultipartParser, parse_options_header

from tallychain.console.visits import Upload

FORM_BYTES: Final = 131_072
FILES_BYTES: Final = 5 * 1024 * 1024
"""A whole form with its files."""
_FORM_TYPE: Final = "application/x-www-form-urlencoded"
_FILES_TYPE: Final = "multipart/form-data"
_FIELDS: Final = 200
_FILE_NAME: Final = 200
_MEDIA: Final = {
    "pdf": "application/pdf",
    "xml": "application/xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
}


@dataclass(frozen=True, slots=True)
class Form:
    """What a form sent."""

    fields: dict[str, str]
    files: tuple[Upload, ...] = ()


NOTHING: Final = Form({})


async def read_form(request: Request[Any, Any, Any], *, takes_files: bool) -> Form | None:
    """What a form sent, or None for what is no form of ours."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    with_files = takes_files and kind.lower() == _FILES_TYPE
    pieces = bytearray()
    async for piece in request.stream():
        pieces += piece
        if len(pieces) > (FILES_BYTES if with_files else FORM_BYTES):
            return None
    try:
        if with_files:
            return _parts(bytes(pieces), options.get("boundary", ""))
        if kind.lower() != _FORM_TYPE:
            return None
        fields = parse_qsl(pieces.decode(), keep_blank_values=True, max_num_fields=_FIELDS, errors="strict")
        return Form(dict(fields))
    except (ValueError, MultipartError):
        return None


def media_type_of(name: str) -> str:
    """The media type of a file, by the end of its name."""
    return _MEDIA.get(name.lower().rpartition(".")[2], "application/octet-stream")


def _parts(content: bytes, boundary: str) -> Form:
    """A form with files, all of it in memory and within the bound already."""
    if not 1 <= len(boundary) <= 200:
        raise ValueError("a form with files names its boundary")
    parser = MultipartParser(
        BytesIO(content),
        boundary,
        len(content),
        strict=True,
        part_limit=_FIELDS,
        spool_limit=FILES_BYTES,
        memory_limit=FILES_BYTES,
    )
    fields: dict[str, str] = {}
    files: list[Upload] = []
    for part in parser:
        if part.filename is None:
            fields[part.name] = part.value
        elif part.filename:
            name = part.filename.replace("\\", "/").rpartition("/")[2][:_FILE_NAME]
            files.append(Upload(part.name, name, bytes(part.raw)))
        part.close()
    return Form(fields, tuple(files))
