"""Where the example data lie that come with the source."""

from pathlib import Path

from tallychain.cli.failures import NotPossible


def examples_folder() -> Path:
    """The folder `examples/chain` of this checkout; raises where only the package is installed."""
    found = Path(__file__).resolve().parents[3] / "examples" / "chain"
    if not found.is_dir():
        raise NotPossible(
            "EXAMPLES_MISSING",
            "The example data are not installed here; take them from the source, or give --alliance and --calendar.",
        )
    return found
