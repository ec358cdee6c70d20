"""Every benchmark at its usual size, one after the other; each can be run alone with its own options.

``make bench`` runs them; ``make bench ARGS="--quick"`` does so on a small size, to see that they work.  ``python -m bench alliance`` runs one by its
name, at its own usual size and with its own options.
"""

import argparse
import subprocess
import sys

USUAL = {
    "embedded": ["--operations", "20000", "--json", "build/embedded.json"],
    "process": ["--operations", "20000", "--json", "build/process.json"],
    "following": ["--json", "build/following.json"],
    "state_tree": ["--json", "build/state-tree.json"],
    "many_holdings": ["--json", "build/many-holdings.json"],
    "financing": ["--financings", "500", "--json", "build/financing.json"],
    "disclosure": ["--holdings", "1000000", "--json", "build/disclosure.json"],
    "application": ["--json", "build/application.json"],
    "large_state": ["--json", "build/large-state.json"],
    "certificates": ["--json", "build/certificates.json"],
    "alliance": ["--json", "build/alliance.json"],
}
QUICK = {
    "embedded": ["--operations", "1000", "--json", "build/embedded.json"],
    "process": ["--operations", "1000", "--json", "build/process.json"],
    "following": ["--blocks", "50", "--json", "build/following.json"],
    "state_tree": ["--keys", "20000", "--json", "build/state-tree.json"],
    "many_holdings": ["--splits", "10", "--json", "build/many-holdings.json"],
    "financing": ["--financings", "20", "--json", "build/financing.json"],
    "disclosure": ["--issuers", "40", "--holdings", "1000", "--json", "build/disclosure.json"],
    "application": ["--operations", "1000", "--lines", "2", "--json", "build/application.json"],
    "large_state": ["--holdings", "5000", "--json", "build/large-state.json"],
    "certificates": ["--pages", "10", "--json", "build/certificates.json"],
    "alliance": [
        *("--validators", "4", "--seconds", "5", "--dead-seconds", "5", "--engine-seconds", "5"),
        *("--expected", "400", "--on-the-way", "4", "--lone", "3", "1", "--json", "build/alliance.json"),
    ],
}


def main() -> int:
    """Run them; the exit status of the first that failed, or 0."""
    if sys.argv[1:2] and sys.argv[1] in USUAL:
        return _run(sys.argv[1], sys.argv[2:])
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes")
    sizes = QUICK if parser.parse_args().quick else USUAL
    for name, options in sizes.items():
        status = _run(name, options)
        if status:
            return status
    return 0


def _run(name: str, options: list[str]) -> int:
    sys.stdout.write(f"== bench.{name} {' '.join(options)}\n")
    sys.stdout.flush()
    return subprocess.run([sys.executable, "-m", f"bench.{name}", *options], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
