"""Fail the build where a line or a branch that decides about title or money was never tried.

Reads coverage.py's JSON report:

    python -m tools.coverage_gate .cache/coverage.json                  every gated folder that exists
    python -m tools.coverage_gate .cache/coverage.json ledger crypto    these alone, after a run of part of the tests
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

PACKAGE = "src/tallychain"
GATED_FOLDERS = ("crypto", "ledger", "instruments", "contracts")
FULL_PERCENT = 100.0
# Key files meet errors of disks and permissions that cannot all be produced in a test.
LOWER_PERCENT = {"src/tallychain/crypto/keyfile.py": 95.0}

Report = Mapping[str, Any]


def main(arguments: Sequence[str]) -> int:
    """Print each uncovered line and branch; return 1 if a gate is missed."""
    if not arguments:
        print("usage: python -m tools.coverage_gate REPORT.json [FOLDER ...]", file=sys.stderr)
        return 2
    path, *told = arguments
    unknown = sorted(set(told) - set(GATED_FOLDERS))
    if unknown:
        print(f"No coverage is asked for in {', '.join(unknown)}.", file=sys.stderr)
        return 2
    try:
        report = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        print(
            f"There is no coverage report {path}: run pytest with --cov --cov-report=json.", file=sys.stderr
        )
        return 2
    folders = told or [folder for folder in GATED_FOLDERS if Path(PACKAGE, folder).is_dir()]
    misses = judge(report, folders)
    for miss in misses:
        print(miss)
    if misses:
        return 1
    print(f"Coverage: every line and branch of {', '.join(folders) or 'nothing'} was tried.")
    return 0


def judge(report: Report, folders: Iterable[str]) -> list[str]:
    """One sentence per uncovered line or branch of each file below its gate, in the order of paths."""
    misses = []
    for folder in folders:
        prefix = f"{PACKAGE}/{folder}/"
        files = {path: entry for path, entry in report["files"].items() if path.startswith(prefix)}
        if not files:
            misses.append(f"{prefix} is not in the coverage report: nothing there was measured.")
        for path, entry in sorted(files.items()):
            misses.extend(_misses_of_file(path, entry))
    return misses


def _misses_of_file(path: str, entry: Report) -> list[str]:
    percent = entry["summary"]["percent_covered"]
    wanted = LOWER_PERCENT.get(path, FULL_PERCENT)
    if percent >= wanted:
        return []
    found = [f"{path}: {percent:.1f} % of lines and branches were tried, {wanted:.0f} % are asked for."]
    found += [f"{path}:{line}: this line was never run." for line in entry["missing_lines"]]
    for origin, target in entry.get("missing_branches", []):
        way = f"to line {target}" if target > 0 else "to the end"
        found.append(f"{path}:{origin}: the way from here {way} was never taken.")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
