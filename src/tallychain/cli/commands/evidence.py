"""`tally evidence`: everything on the ledger that led to one holding, in one file for a court."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from tallychain.cli import offline
from tallychain.cli.base import Group
from tallychain.cli.failures import Failure
from tallychain.cli.profile import session

_ABSENT: Final = ("GATEWAY_NOT_FOUND", "GATEWAY_CERTIFICATES_NOT_INSTALLED")
"""A digest that is no operation, a holding that was passed on since, a gateway that draws no pages."""


@click.group(cls=Group)
def evidence() -> None:
    """Gather every signed act on a holding with its proof, and verify such a file without a ledger."""


@evidence.command(examples=["tally --as s1 evidence make EVTEST20260316000000000197:1-1000:2 --to claim.zip"])
@click.argument("holding", metavar="HOLDING")
@click.option(
    "--to", "path", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write."
)
def make(holding: str, path: Path) -> None:
    """Write one file with the proof of every act from the payable to the holding's end, and certificates, with what you may open.

    What was fetched lies in FILE.parts until the file is whole: an interrupted command goes on where it was.
    """
    from tallychain.sdk.evidence import EvidenceNotPossible, bundled, operations_of

    client = session().client
    if path.exists():
        raise Failure("FILE_NOT_WRITTEN", f"{path} is there already.")
    parts = path.with_name(path.name + ".parts")
    parts.mkdir(exist_ok=True)
    try:
        voucher, operations = operations_of(client, holding)
        proofs = [
            found
            for name in operations
            if (found := kept(parts / name, partial(client.proof, name, cites=voucher)))
        ]
        sheets = {
            f"{kind}.pdf": found
            for kind, subject in (("voucher", voucher), ("holding", holding))
            if (found := kept(parts / kind, partial(client.certificate, kind, subject)))
        }
        made = bundled(voucher, holding, proofs, sheets)
    except EvidenceNotPossible as error:
        raise Failure(error.code, str(error)) from None
    offline.keep(path, made)
    shutil.rmtree(parts)


@evidence.command(examples=["tally evidence verify claim.zip --genesis 1c2d… --root authority.pem"])
@offline.options
def verify(**given: Any) -> None:
    """Check every proof and certificate of such a file, and its index; needs no network (exit status 1: a broken link)."""
    offline.say(**given)


def kept(where: Path, ask: Callable[[], bytes]) -> bytes:
    """A part that was fetched before, or is now; empty where the gateway has no such thing."""
    from tallychain.sdk.calls import GatewayRefused

    if where.exists():
        return where.read_bytes()
    try:
        found = ask()
    except GatewayRefused as refused:
        if refused.code not in _ABSENT:
            raise
        found = b""
    fresh = where.with_suffix(".new")
    fresh.write_bytes(found)
    fresh.replace(where)
    return found
