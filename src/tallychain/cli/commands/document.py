"""`tally document`: the files of a seat in its gateway's store."""

from pathlib import Path
from typing import Final

import click

from tallychain.cli import offline, output
from tallychain.cli.base import Group
from tallychain.cli.profile import session
from tallychain.cli.times import local
from tallychain.cli.values import RECEIVER, read_file

_LARGEST: Final = 16 * 1024 * 1024
_DIGEST = click.argument("digest", metavar="DIGEST")


@click.group(cls=Group)
def document() -> None:
    """Keep documents in the gateway's store; list, fetch, send and remove them."""


@document.command(examples=["tally --as s1 document store invoice.pdf"])
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--name", help="Under which name it is kept; else the file's own, with other signs left out.")
def store(file: Path, name: str | None) -> None:
    """Keep a PDF, OFD, XML, image, table or text; its type is told by its content.

    DIGEST is its handle here and in sealed parts; the commitment is what may stand in the open for it.
    """
    from tallychain.gateway.documents import plain_name
    from tallychain.gateway.filekinds import kind_of
    from tallychain.sdk import calls

    content = read_file(file, _LARGEST)
    kept = session().client.ask(
        calls.store_document(name or plain_name(file.name), kind_of(content), content)
    )
    output.print_record(
        kept,
        [
            ("Digest", kept["digest"]),
            ("Commitment", kept["commitment"]),
            ("Name", kept["name"]),
            ("Type", kept["media_type"]),
            ("Bytes", kept["size"]),
        ],
    )


@document.command("list", examples=["tally --as s1 document list"])
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
def list_documents(limit: int) -> None:
    """The newest documents of one's seat."""
    rows = session().client.listing("/v1/documents", {"limit": str(limit)})
    output.print_table(
        rows,
        ["Digest", "Name", "Type", "Bytes", "From", "Stored"],
        [
            (
                row["digest"],
                row["name"],
                row["media_type"],
                row["size"],
                row["sender"],
                local(row["stored_ms"]),
            )
            for row in rows
        ],
        "There are no documents.",
    )


@document.command(examples=["tally --as s1 document get d1…d1 --to invoice.pdf"])
@_DIGEST
@click.option("--to", "path", type=click.Path(path_type=Path, dir_okay=False), required=True)
def get(digest: str, path: Path) -> None:
    """Write a document to a file."""
    from tallychain.sdk import calls

    offline.keep(path, session().client.ask(calls.document(digest)))


@document.command(examples=["tally --as ce-a-maker document send d1…d1 --to s1"])
@_DIGEST
@click.option("--to", "receiver", type=RECEIVER, required=True, help="Who gets it: CODE@MEMBER, or a name.")
def send(digest: str, receiver: dict[str, str]) -> None:
    """Send a document to a client of a member, sealed, from gateway to gateway."""
    from tallychain.sdk import calls

    sent = session().client.ask(calls.send_document(digest, receiver["sponsor"], receiver["uscc"]))
    output.print_record(sent, [("Letter", sent["letter"])])


@document.command(examples=["tally --as s1 document remove d1…d1"])
@_DIGEST
def remove(digest: str) -> None:
    """Remove a document; refused while a draft, a living payable or a statement of the last ten years needs it."""
    from tallychain.sdk import calls

    session().client.ask(calls.remove_document(digest))
    output.print_record({"removed": digest}, [("Removed", digest)])
