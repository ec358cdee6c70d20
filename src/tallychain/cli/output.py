"""What commands print: text for people or JSON for programs, chosen by `--output` at any place of the command line."""

import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

import click

TEXT: Final = "text"
JSON: Final = "json"
_GAP: Final = "  "
_SETTING: Final = "tallychain.output"


def set_mode(ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Remember the form of output for the whole command line; the last one given holds."""
    if value is not None:
        ctx.find_root().meta[_SETTING] = value
    return value


def mode() -> str:
    """`text` or `json`."""
    found = click.get_current_context().find_root().meta.get(_SETTING, TEXT)
    return str(found)


def is_json() -> bool:
    """Whether a program reads what is printed."""
    return mode() == JSON


def print_json(value: object) -> None:
    """One JSON document on standard output, for programs."""
    print_document(value)


def print_document(value: object) -> None:
    """A JSON document, whatever the form of output; also from a thread without a command's context."""
    import msgspec

    text = msgspec.json.format(msgspec.json.encode(value), indent=2)
    click.echo(text.decode())


def print_record(value: object, pairs: Sequence[tuple[str, object]]) -> None:
    """One thing: `value` for programs, the pairs for people."""
    if is_json():
        print_json(value)
        return
    width = max((display_width(title) for title, _ in pairs), default=0)
    for title, shown in pairs:
        lines = str(shown).splitlines() or [""]
        click.echo(f"{padded(title, width)}{_GAP}{lines[0]}")
        for line in lines[1:]:
            click.echo(f"{' ' * width}{_GAP}{line}")


def print_table(value: object, titles: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> None:
    """A list: `value` for programs, a table for people; `empty` is said where there is nothing."""
    if is_json():
        print_json(value)
        return
    if not rows:
        click.echo(empty)
        return
    click.echo(table(titles, rows))


def table(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Aligned columns; figures to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    right = [all(_is_figure(row[n]) for row in cells) for n in range(len(titles))]
    widths = [
        max(display_width(title), *(display_width(row[n]) for row in cells))
        if cells
        else display_width(title)
        for n, title in enumerate(titles)
    ]
    lines = [_line(titles, widths, right), _line(["-" * width for width in widths], widths, right)]
    lines += [_line(row, widths, right) for row in cells]
    return "\n".join(line.rstrip() for line in lines)


def say(sentence: str) -> None:
    """Progress and advice, on standard error, so that standard output stays clean."""
    click.echo(sentence, err=True)


def display_width(text: str) -> int:
    """Columns that a text takes on a terminal: wide characters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def padded(text: str, width: int, *, right: bool = False) -> str:
    """The text filled up with blanks to a width."""
    blanks = " " * max(0, width - display_width(text))
    return blanks + text if right else text + blanks


def fail(code: str, sentence: str, fields: Mapping[str, object] | None = None, *, as_json: bool) -> None:
    """The sentence and code of a failure, on standard error."""
    if as_json:
        import msgspec

        document = {"code": code, "sentence": sentence, "fields": dict(fields or {})}
        sys.stderr.write(msgspec.json.encode(document).decode() + "\n")
        return
    sys.stderr.write(f"{sentence} [{code}]\n")


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    return _GAP.join(
        padded(cell, width, right=to_right)
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    )


def _is_figure(text: str) -> bool:
    return bool(text) and all(letter in "0123456789,.-%" for letter in text)
