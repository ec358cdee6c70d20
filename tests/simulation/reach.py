"""What schedules reach: every operation, refusal and event that the contracts declare, or why it is not reached here."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from tallychain.catalogue import CATALOGUE
from tallychain.ledger.refusals import LEDGER_REFUSALS
from tests.simulation.schedule import Report


@dataclass
class Totals:
    """The counts of many schedules together."""

    sums: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)
    least: Counter[str] = field(default_factory=Counter)
    """The least operations, faults and restarts that a schedule had."""
    cpu_s: float = 0.0
    costliest_s: float = 0.0
    seeds: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    """Seed to its first fault."""

    def add(self, report: Report) -> None:
        """Count one schedule."""
        counts = {
            "operations": report.operations,
            "faults": report.happened.total(),
            "restarts": report.restarts,
        }
        for name, number in counts.items():
            self.least[name] = min(number, self.least.get(name, number))
        self.sums.update(
            schedules=1,
            operations=report.operations,
            done=report.done,
            answers=report.codes.total(),
            blocks=report.height,
            rounds=report.rounds,
            restarts=report.restarts,
            virtual_hours=int(report.passed_s // 3600),
        )
        self.seeds.append(report.seed)
        self.cpu_s += report.cpu_s
        self.costliest_s = max(self.costliest_s, report.cpu_s)
        self.acts.update(report.acts)
        self.codes.update(report.codes)
        self.events.update(report.events)
        self.happened.update(report.happened)
        if report.faults:
            self.failed[report.seed] = report.faults[0]

    @property
    def done_share(self) -> float:
        """Of all operations that the ledger answered, those that took effect."""
        return self.sums["done"] / max(1, self.sums["operations"])

    def encoded(self, seconds: float) -> bytes:
        """The counts as a file keeps them."""
        counts = {
            "seconds": round(seconds),
            "cpu_seconds": round(self.cpu_s, 1),
            "costliest_cpu_seconds": round(self.costliest_s, 2),
            "seeds": [min(self.seeds, default=0), max(self.seeds, default=0)],
            "failed": {str(seed): fault for seed, fault in self.failed.items()},
            "sums": self.sums,
            "least": self.least,
            "faults": self.happened,
            "operations": self.acts,
            "refusals": self.codes,
            "events": self.events,
        }
        return msgspec.json.format(msgspec.json.encode(counts, order="sorted"), indent=1) + b"\n"

    def not_reached(self) -> dict[str, list[str]]:
        """What is declared and never occurred, by sort."""
        return {
            "operations": _missing((kind.name for kind in CATALOGUE.operation_types()), self.acts),
            "refusals": _missing(declared_codes(), self.codes),
            "events": _missing(declared_events(), self.events),
        }


def _missing(names: Iterable[str], counts: Mapping[str, int]) -> list[str]:
    return sorted({name for name in names if not counts.get(name)})


def declared_codes() -> set[str]:
    """Every refusal code of the ledger and its contracts."""
    declared = {refusal.code for kind in CATALOGUE.operation_types() for refusal in kind.refusals}
    return declared | {refusal.code for refusal in LEDGER_REFUSALS}


def declared_events() -> set[str]:
    """Every event of the contracts."""
    return {str(event.__struct_config__.tag) for contract in CATALOGUE.contracts for event in contract.events}
