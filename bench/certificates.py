"""How many certificates a second one process makes and checks: proofs inside, page drawn, sealed, and read back by the stand-alone verifier.

``.venv/bin/python -m bench.certificates --pages 200 --json build/certificates.json``
"""

import argparse
import json
import resource
import sys
import time
from pathlib import Path

from tallychain.integrations.tests.certifying import MAKER, Certifying
from tallychain.sdk.certificate import seal
from tallychain.sdk.tests.story import told
from tallychain.sdk.verify import verify_file


def main() -> int:
    """Measure once, print a table, write JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.certificates", description=__doc__)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    made = Certifying(told())
    key = made.story.world.members[MAKER].staff["system"].key
    began = time.perf_counter()
    file = made.sheet("holding")
    first_s = time.perf_counter() - began
    began, cpu = time.perf_counter(), time.process_time()
    for _ in range(given.pages):
        file = seal(made.unsealed(made.attachment("holding")), key)
    make_s, make_cpu_s = time.perf_counter() - began, time.process_time() - cpu
    began, cpu = time.perf_counter(), time.process_time()
    for _ in range(given.pages):
        if not verify_file(file).valid:
            raise SystemExit("a certificate does not hold")
    check_s, check_cpu_s = time.perf_counter() - began, time.process_time() - cpu
    found = {
        "pages": given.pages,
        "bytes": len(file),
        "first_s": round(first_s, 3),
        "made_per_s": round(given.pages / make_s, 1),
        "make_cpu_ms": round(make_cpu_s * 1000 / given.pages, 1),
        "checked_per_s": round(given.pages / check_s, 1),
        "check_cpu_ms": round(check_cpu_s * 1000 / given.pages, 1),
        "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    for name, value in found.items():
        sys.stdout.write(f"{name:>16}  {value}\n")
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(found, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
