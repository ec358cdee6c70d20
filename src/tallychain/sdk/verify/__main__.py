"""The command line of the verifier: `python -m verify FILE`, run beside the folder `verify`, wherever that was copied."""

import argparse
import sys
from pathlib import Path

from .alliance import trusted
from .files import verify_file


def main() -> int:
    """The command line: 0 for a valid bundle, 1 for a broken one, 2 when nothing could be checked."""
    parser = argparse.ArgumentParser(
        description="Check a proof bundle or a certificate of a tallychain ledger, offline."
    )
    parser.add_argument("file", help="a proof bundle, or a certificate (PDF)")
    parser.add_argument("--genesis", help="digest of the genesis document of the chain that you mean")
    parser.add_argument("--root", action="append", default=[], help="certificate of an authority you trust")
    parser.add_argument(
        "--trusted-header", metavar="HEIGHT:HASH", help="a header that you trust (alliance chains)"
    )
    parser.add_argument(
        "--trusting-days", type=int, default=0, help="refuse what rests on older trust than this"
    )
    parser.add_argument("--language", choices=("en", "zh"), default="en")
    args = parser.parse_args()
    try:
        bundle, *roots = (Path(name).read_bytes() for name in (args.file, *args.root))
        report = verify_file(
            bundle,
            genesis_digest=args.genesis,
            trusted_roots=roots,
            language=args.language,
            trusted_header=trusted(args.trusted_header or "", args.trusting_days),
        )
    except (OSError, ValueError) as error:
        parser.error(str(error))
    broken = [f"{report.failure.code}: {report.failure.sentence}"] if report.failure else []
    sys.stdout.write("\n".join([*report.statements, *broken]) + "\n")
    return 0 if report.valid else 1


if __name__ == "__main__":
    sys.exit(main())
