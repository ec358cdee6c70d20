"""`tally proof`: bundles that prove an operation without a ledger."""

from pathlib import Path

import click

from tallychain.cli import output
from tallychain.cli.base import Group
from tallychain.cli.failures import Failure
from tallychain.cli.profile import session
from tallychain.cli.values import read_file

_BUNDLE_BYTES = 4 * 1024 * 1024


@click.group(cls=Group)
def proof() -> None:
    """Make proofs, and verify them without a ledger."""


@proof.command(examples=["tally --as s1 proof make 9f31… --to transfer.tally-proof"])
@click.argument("operation", metavar="OPERATION")
@click.option("--to", "path", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
def make(operation: str, path: Path | None) -> None:
    """Write one file that proves an operation: text, signatures, receipt, paths, headers, and what you may open."""
    bundle = session().client.proof(operation)
    where = path or Path(f"{operation[:16]}.tally-proof")
    try:
        with where.open("xb") as file:
            file.write(bundle)
    except OSError as error:
        raise Failure("FILE_NOT_WRITTEN", f"{where} cannot be written: {error.strerror}.") from None
    output.print_record({"file": str(where), "bytes": len(bundle)}, [("File", where), ("Bytes", len(bundle))])


@proof.command(examples=["tally proof verify transfer.tally-proof --genesis 1c2d… --root authority.pem"])
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--genesis", metavar="DIGEST", help="Digest of the genesis document of the chain that you mean."
)
@click.option(
    "--root",
    "roots",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Certificate of an authority that you trust (DER or PEM); may be repeated.",
)
@click.option(
    "--trusted-header",
    metavar="HEIGHT:HASH",
    help="A header that you trust, on a chain with several validators; the proof must lead through it.",
)
@click.option(
    "--trusting-days",
    type=click.IntRange(1, 36_500),
    help="Refuse a proof that rests on older trust than so many days.",
)
@click.option(
    "--language", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Of the sentences."
)
def verify(
    file: Path,
    genesis: str | None,
    roots: tuple[Path, ...],
    trusted_header: str | None,
    trusting_days: int | None,
    language: str,
) -> None:
    """Say in plain sentences what a file proves, or which link is broken (exit status 1); needs no network."""
    from tallychain.sdk.verify import verify as check
    from tallychain.sdk.verify.alliance import trusted

    bundle = read_file(file, _BUNDLE_BYTES)
    try:
        trusted_since = trusted(trusted_header or "", trusting_days or 0)
    except ValueError:
        raise Failure("TRUSTED_HEADER_MALFORMED", "A trusted header is given as HEIGHT:HASH.") from None
    try:
        report = check(
            bundle,
            genesis_digest=genesis,
            trusted_roots=[read_file(root) for root in roots],
            language=language,
            trusted_header=trusted_since,
        )
    except ValueError:
        raise Failure("ROOT_NOT_A_CERTIFICATE", "A file given with --root holds no certificate.") from None
    if report.failure is not None:
        raise Failure(report.failure.code, report.failure.sentence)
    if output.is_json():
        output.print_json({"valid": True, "statements": report.statements})
        return
    for sentence in report.statements:
        click.echo(f"· {sentence}")
