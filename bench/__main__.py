"""Every benchmark at its usual size, one after the other; each can be run alone with its own options.

``make bench`` runs them; ``make bench ARGS="--quick"`` does so on a small size, to see that they work.
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
}
QUICK = {
    "embedded": ["--operations", "1000", "--json", "build/embedded.json"],
    "process": ["--operations", "1000", "--json", "build/process.json"],
    "following": ["--blocks", "50", "--json", "build/following.json"],
    "state_tree": ["--keys", "20000", "--json", "build/state-tree.json"],
    "many_holdings": ["--splits", "10", "--json", "build/many-holdings.json"],
}


def main() -> int:
    """Run them; the exit status of the first that failed, or 0."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes")
    sizes = QUICK if parser.parse_args().quick else USUAL
    for name, options in sizes.items():
        sys.stdout.write(f"== bench.{name} {' '.join(options)}\n")
        sys.stdout.flush()
        done = subprocess.run([sys.executable, "-m", f"bench.{name}", *options], check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
