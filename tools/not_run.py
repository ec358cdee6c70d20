"""Say at the end of a full run what was not run, and why.

Reads the JUnit files that pytest wrote, and groups skipped tests by their reason:

    python -m tools.not_run .cache/junit-test.xml .cache/junit-others.xml
"""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

# What belongs to no test run, with the command that does it.
ON_REQUEST = (
    "50 rounds of each kill (`make faults`): the full run does fewer rounds.",
    "The whole matrix of faults on four real nodes (`make faults`): the full run plays its smoke part and the attacks.",
    "Benchmarks (`make bench`): they measure, they do not pass or fail.",
)


def main(paths: Sequence[str]) -> int:
    """Print the list; a missing file is itself something that was not run."""
    print("Not run:")
    missing = [path for path in paths if not Path(path).is_file()]
    for path in missing:
        print(f"  - the tests that write {path}")
    for line in skipped(Path(path).read_text(encoding="utf-8") for path in paths if path not in missing):
        print(f"  - {line}")
    for line in ON_REQUEST:
        print(f"  - {line}")
    return 0


def skipped(reports: Iterable[str]) -> list[str]:
    """One line per reason, with the number of tests that gave it."""
    reasons: dict[str, int] = {}
    for report in reports:
        # The files are our own, written by pytest a moment ago.
        for mark in ET.fromstring(report).iter("skipped"):  # noqa: S314
            if mark.get("type") == "pytest.xfail":
                continue
            reason = mark.get("message") or "no reason given"
            reasons[reason] = reasons.get(reason, 0) + 1
    return [f"{count} test{'s' if count > 1 else ''}: {reason}" for reason, count in sorted(reasons.items())]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
