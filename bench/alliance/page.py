"""Figures as a table for the terminal, and as a page of docs/evidence."""

from collections.abc import Callable, Sequence
from typing import Any, Final

Run = dict[str, Any]
_COLUMNS: Final[tuple[tuple[str, Callable[[Run], str]], ...]] = (
    ("validators", lambda run: str(run["validators"])),
    ("operations/s", lambda run: f"{run['load']['operations_per_s']:,}"),
    ("answer p50 / p99", lambda run: _latency(run["load"])),
    ("engine alone, operations/s", lambda run: _of(run["engine_alone"], "operations_per_s")),
    ("share of it", lambda run: "" if run["share_of_engine"] is None else f"{run['share_of_engine']:.0%}"),
    ("operations in a block p50 / max", lambda run: _blocks(run["load"]["blocks"])),
    ("longest gap", lambda run: f"{run['load']['blocks']['longest_gap_s']:.1f} s"),
    ("CPU of a node, ms an operation: ledger + engine", lambda run: _cpu(run["load"])),
    ("memory of a node, MiB: ledger + engine", lambda run: _memory(run["load"])),
)
_AIMS: Final = (
    "operations a second for a minute, at least 1,000",
    "of the engine's own rate, at least 70 %",
    "answered within, p99 at most 2.5 s",
    "a lone operation on a quiet chain, p50 at most 0.1 s",
)


def table(runs: Sequence[Run], *, headed: bool = True) -> str:
    """One row a run; on a terminal each run is said in lines."""
    text = [] if headed else [""]
    for run in runs:
        text += [f"{name:50} {value(run)}" for name, value in _COLUMNS]
        text += [f"{name:50} {value}" for name, value in _more(run)]
    return "\n".join(text) + "\n"


def page(report: dict[str, Any]) -> str:
    """The page, from what a run with `--json` wrote."""
    runs, machine, settings = report["runs"], report["machine"], report["settings"]
    first = runs[0]
    rows = ["| " + " | ".join(name for name, _ in _COLUMNS) + " |", "|" + "---|" * len(_COLUMNS)]
    ordered = sorted(runs, key=lambda run: int(run["validators"]))
    rows += ["| " + " | ".join(value(run) for _, value in _COLUMNS) + " |" for run in ordered]
    more = [f"| {name} | {value} |" for name, value in _more(first)]
    aims = [f"| {aim} | {met} |" for aim, met in zip(_AIMS, _aims(first), strict=True)]
    return "\n".join(
        [
            "# Several validators on one machine: rate, times and cost",
            "",
            "Every validator is a real engine with a real ledger process; all of them share one machine, so each operation is decoded, verified, executed and",
            "stored as many times as there are validators, by the same few cores.  On machines of their own the work of a node is its own.",
            "",
            "The load is real: half `voucher.offer`, half `voucher.take`, sealed and signed before the time begins, a hundred in an envelope, handed to the service",
            "sockets of all nodes in turn; a line hands over its next envelope when the one before is answered, that is, when its block is durable at that node.",
            "**Every** signature is verified at every node.  *The engine alone* is the same engine with the same settings and its own small application `kvstore`, which",
            "verifies nothing and keeps all in memory, with transactions of the same sizes, as many on the way.",
            "",
            (
                f"Machine: {machine['cpu']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}, load {machine['load_1m']} at the beginning. Measured on"
                f" {report['measured_on']}; `python -m bench alliance` took {report['took_s']} s. {settings['on_the_way']} envelopes on the way,"
                f" {settings['workers']} verifying workers beside each ledger."
            ),
            "",
            f"| {first['validators']} validators | |",
            "|---|---|",
            *aims,
            "",
            f"## By number of validators ({settings['seconds']:.0f} s for the first run, {min(settings['seconds'], settings['curve_seconds']):.0f} s for the others)",
            "",
            *rows,
            "",
            f"## {first['validators']} validators, more closely",
            "",
            "| | |",
            "|---|---|",
            *more,
            "",
            "Raw figures: the command writes them with `--json FILE`, beside machine, versions and settings; this page is written from them with `--page FILE`.",
            "",
        ]
    )


def _more(run: Run) -> list[tuple[str, str]]:
    loaded = run["load"]
    found = [
        ("load, seconds", f"{loaded['seconds']}"),
        ("bytes of an operation in its envelope", f"{loaded['bytes_per_operation']:,}"),
        ("blocks, of which empty", f"{loaded['blocks']['blocks']}, {loaded['blocks']['empty']}"),
        ("largest block, bytes", f"{loaded['blocks']['bytes_max']:,}"),
        ("envelopes that came again because there was no room (`BUSY`)", f"{loaded['refused_busy']:,}"),
        ("longest time without an answer", f"{loaded['longest_without_answer_s']} s"),
        (
            "operations/s that one core would let a node's ledger do (computed from its CPU time)",
            f"{1_000 / loaded['cpu_ms_per_operation']['ledger_of_a_node']:,.0f}",
        ),
        ("CPU of handing over, ms an operation", f"{loaded['cpu_ms_per_operation']['whoever_hands_over']}"),
        *(
            (f"disk, bytes an operation: {kind}", f"{size:,}")
            for kind, size in loaded["disk_bytes_per_operation"].items()
        ),
        *(
            (
                f"lone operation {idle.replace('_', ' ')} of idleness, p50 / max",
                f"{lone['p50_s']} s / {lone['max_s']} s ({lone['samples']} samples)",
            )
            for idle, lone in run["lone"].items()
            if lone["samples"]
        ),
        ("roots of all nodes equal at the end", "yes" if run["roots_equal"] else "NO"),
    ]
    if "one_dead" in run:
        dead = run["one_dead"]
        found += [
            ("with one validator dead, operations/s", f"{dead['operations_per_s']:,}"),
            ("with one validator dead, answer p50 / p99", _latency(dead)),
            ("with one validator dead, longest gap", f"{dead['blocks']['longest_gap_s']} s"),
        ]
    if run["engine_alone"]:
        alone = run["engine_alone"]
        found += [
            ("engine alone, answer p50 / p99", _latency(alone)),
            ("engine alone, CPU of a node, ms an operation", f"{alone['cpu_ms_per_operation']}"),
        ]
    return found


def _aims(run: Run) -> tuple[str, str, str, str]:
    loaded, share, lone = run["load"], run["share_of_engine"], run["lone"]
    return (
        f"{loaded['operations_per_s']:,} for {loaded['seconds']:.0f} s",
        "not measured" if share is None else f"{share:.0%}",
        f"{loaded['latency_s']['p99']} s",
        "; ".join(
            f"{one['p50_s']} s {idle.replace('_', ' ')}" for idle, one in lone.items() if one["samples"]
        )
        or "not measured",
    )


def _latency(figures: Run) -> str:
    return f"{figures['latency_s']['p50']:.2f} s / {figures['latency_s']['p99']:.2f} s"


def _of(figures: Run, name: str) -> str:
    return f"{figures[name]:,}" if figures else ""


def _blocks(figures: Run) -> str:
    return f"{figures['operations_p50']:,} / {figures['operations_max']:,}"


def _cpu(figures: Run) -> str:
    cpu = figures["cpu_ms_per_operation"]
    return f"{cpu['ledger_of_a_node']:.2f} + {cpu['engine_of_a_node']:.2f}"


def _memory(figures: Run) -> str:
    memory = figures["memory_mib_of_a_node"]
    return f"{memory['ledger']} + {memory['engine']}"
