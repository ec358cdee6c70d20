"""Closing a month: what 500 issuers with five years of months cost, with few and with many holdings in the state.

The rule, its reads and writes and the invariants are measured on a state in memory, in blocks of as many issuers as due work takes; no signatures, state
tree or disk.  Process time, so that other work on the machine does not count.  ``python -m bench.disclosure --holdings 100000 --json FILE``
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.machine import machine
from tallychain.contracts.disclosure.invariants import touched
from tallychain.contracts.disclosure.months import shifted
from tallychain.contracts.disclosure.rules.bench import until_closed
from tallychain.contracts.disclosure.rules.closing import ISSUERS_PER_BLOCK, close
from tallychain.contracts.disclosure.state import (
    ACCOUNTS,
    CONTRIBUTORS,
    FUNDER,
    MONTHS,
    RECORDS,
    SPONSOR,
    Account,
    Contributor,
    MonthFacts,
)
from tallychain.contracts.vouchers.state import HOLDINGS, Holding
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.instruments.money import Units
from tallychain.ledger import codec
from tallychain.ledger.state import Committed, MemoryBacking, Overlay
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import Moment
from tallychain.ledger.types import Height, MemberId, TimeMs

MONTH = "2026-09"
BACK = 60
CONTRIBUTING = 20
KEY = "ed25519:" + "0" * 64
SEALING = "x25519:" + "0" * 64


def rows(issuers: int, holdings: int, state: Overlay) -> Iterator[Write]:
    """Five years of every issuer, twenty sponsors and twenty funders of each, and holdings that nobody looks at."""
    for number in range(issuers):
        name = f"i{number}"
        yield ACCOUNTS.put(Account(name, MONTH, 10**12, 10**10, 10**8, "", until_closed(MONTH, state)))
        for back in range(BACK + 1):
            month = shifted(MONTH, -back)
            yield MONTHS.put(
                MonthFacts(name, month, accepted=10**9, vouchers=9, yuan_days=10**9, in_time=10**8)
            )
        for kind in (SPONSOR, FUNDER):
            for other in range(CONTRIBUTING):
                yield CONTRIBUTORS.put(Contributor(name, kind, f"m{other}", (MONTH,)))
    for number in range(holdings):
        units = Units(number + 1)
        sponsor = MemberId("bank-a")
        yield HOLDINGS.put(
            Holding("EVTEST20260316000000000101", units, units, 1, KEY, SEALING, sponsor, 1, "", "ISSUE", ())
        )


def measured(issuers: int, holdings: int) -> dict[str, float]:
    """Close one month of every issuer."""
    backing = MemoryBacking()
    backing.write(
        (write.key, codec.encode(write.value))
        for write in rows(issuers, holdings, Overlay(Committed(backing)))
    )
    state = Committed(backing)
    now = Moment(Height(1), TimeMs(instant_ms(parse_date("2026-10-05"))), ())
    samples = []
    for first in range(0, issuers, ISSUERS_PER_BLOCK):
        block = Overlay(state)
        began = time.process_time()
        for number in range(first, min(first + ISSUERS_PER_BLOCK, issuers)):
            account = block.get(ACCOUNTS, f"i{number}")
            if account is None:
                raise SystemExit("an issuer is missing")
            change = close(account, now.time_ms, now, block)
            after = Overlay(block)
            after.write(change.writes)
            if list(touched(change, block, after)) or block.get(RECORDS, account.issuer, MONTH) is not None:
                raise SystemExit("a month was not closed as it should be")
            block.write(change.writes)
        samples.append((time.process_time() - began) * 1000)
    return {
        "issuers": issuers,
        "holdings": holdings,
        "blocks": len(samples),
        "cpu_ms_all": round(sum(samples), 1),
        "cpu_ms_a_block_mean": round(sum(samples) / len(samples), 2),
        "cpu_ms_a_block_most": round(max(samples), 2),
    }


def main(arguments: list[str]) -> int:
    """Print the figures, and write them where asked."""
    parser = argparse.ArgumentParser(prog="bench.disclosure", description=__doc__)
    parser.add_argument("--issuers", type=int, default=500)
    parser.add_argument("--holdings", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    found = {
        "machine": machine(),
        "runs": [measured(asked.issuers, holdings) for holdings in (0, asked.holdings)],
    }
    text = json.dumps(found, indent=1, default=str) + "\n"
    if asked.json is not None:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
