"""Files that are checked without a network: the options of it, and what is said."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from tallychain.cli import output
from tallychain.cli.failures import Failure
from tallychain.cli.values import read_file

FILE_BYTES: Final = 64 * 1024 * 1024

_OPTIONS: Final = (
    click.argument("file", type=click.Path(path_type=Path, dir_okay=False)),
    click.option(
        "--genesis", metavar="DIGEST", help="Digest of the genesis document of the chain that you mean."
    ),
    click.option(
        "--root",
        "roots",
        multiple=True,
        type=click.Path(path_type=Path, dir_okay=False),
        help="Certificate of an authority that you trust (DER or PEM); may be repeated.",
    ),
    click.option(
        "--trusted-header",
        metavar="HEIGHT:HASH",
        help="A header that you trust, on a chain with several validators; the proof must lead through it.",
    ),
    click.option(
        "--trusting-days",
        type=click.IntRange(1, 36_500),
        help="Refuse a proof that rests on older trust than so many days.",
    ),
    click.option(
        "--language",
        type=click.Choice(["en", "zh"]),
        default="en",
        show_default=True,
        help="Of the sentences.",
    ),
)


def options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every command that checks a file."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def keep(where: Path, content: bytes) -> None:
    """Write a file that is not there yet, and say so."""
    try:
        with where.open("xb") as file:
            file.write(content)
    except OSError as error:
        raise Failure("FILE_NOT_WRITTEN", f"{where} cannot be written: {error.strerror}.") from None
    output.print_record(
        {"file": str(where), "bytes": len(content)}, [("File", where), ("Bytes", len(content))]
    )


def say(
    file: Path,
    genesis: str | None,
    roots: tuple[Path, ...],
    trusted_header: str | None,
    trusting_days: int | None,
    language: str,
) -> None:
    """Check a proof, a certificate or an evidence bundle, and say what it proves or which link is broken."""
    from tallychain.sdk.verify import verify_file
    from tallychain.sdk.verify.alliance import trusted

    content = read_file(file, FILE_BYTES)
    try:
        trusted_since = trusted(trusted_header or "", trusting_days or 0)
    except ValueError:
        raise Failure("TRUSTED_HEADER_MALFORMED", "A trusted header is given as HEIGHT:HASH.") from None
    try:
        report = verify_file(
            content,
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
