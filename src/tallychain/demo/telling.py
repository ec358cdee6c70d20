"""The summary for people: compact tables, addresses, tokens, and one thing to do next with one's own hands."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from tallychain.demo.stage import Row, Stage
from tallychain.instruments.money import format_amount

_MEBIBYTE: Final = 1024 * 1024


def tell(found: Row) -> Iterator[str]:
    """The summary as lines."""
    yield "Vouchers"
    yield from _table(
        ("", "Voucher", "Face", "Issued", "Matures", "Status", "Parts"),
        [
            (v["reference"], v["voucher"], v["face"], v["issued"], v["matures"], v["status"], v["holdings"])
            for v in found["vouchers"]
        ],
    )
    yield ""
    yield "Who holds what (names as the supervisor may know them)"
    yield from _table(
        ("Voucher", "Amount", "Layer", "Sponsor", "Holder", "Status"),
        [
            (h["voucher"], h["face"], h["layer"], h["sponsor"], h["holder"], h["status"])
            for h in sorted(found["holdings"], key=lambda h: (h["voucher"], h["holding"]))
        ],
    )
    yield ""
    yield from _paid(found["settlement"])
    yield ""
    yield "Refusals met on purpose"
    yield from _table(("Code", "Tried"), [(r["code"], r["tried"]) for r in found["refusals"]["met"]])
    yield from _table(("Code", "File"), [(r["code"], r["file"]) for r in found["files_refused"]])
    yield ""
    readable = found["who_reads_the_papers"]["readable_for"]
    yield "Papers behind the transfer s1 → s2 are readable for " + ", ".join(
        n for n, yes in readable.items() if yes
    )
    yield "                                   and sealed for " + ", ".join(
        n for n, yes in readable.items() if not yes
    )
    proof = found["proof"]
    yield (
        f"Proof of that transfer: {proof['bytes']} bytes, verified offline in {proof['verified_in_ms']} ms; "
        f"with one byte changed: {proof['changed_byte']['code']}"
    )
    operations, state = found["operations"], found["state"]
    yield f"Operations: {operations['total']}, of which {operations['done']} took effect"
    equal = "the same" if state["equal_at_all_gateways"] else "DIFFERENT"
    yield f"Block {state['height']}, state root {state['state_root']}: {equal} at all {state['gateways']} gateways"
    if "nodes" in found:
        yield from _nodes(found["nodes"])
    yield "Time: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in found["timings_s"].items())


def _nodes(nodes: Row) -> Iterator[str]:
    """Each validator's node, and whether all have the same root."""
    yield from _table(
        ("Node", "Kind", "Connected to", "Block", "State root", "MiB"),
        [
            (
                row["member"],
                row["kind"],
                ", ".join(row["peers"]),
                row["height"],
                row["state_root"],
                row["memory_bytes"] // _MEBIBYTE,
            )
            for row in nodes["rows"]
        ],
    )
    equal = "the same root at the same height" if nodes["equal"] else "DIFFERENT ROOTS"
    yield f"{len(nodes['rows'])} nodes: {equal}; all processes together {nodes['memory_bytes_of_all'] // _MEBIBYTE} MiB"


def _paid(settlement: Row) -> Iterator[str]:
    """From maturity to the last fen: each step as the ledger stood after it, and every payment."""
    yield "Paying: what is owed, and the issuer's ceilings, after each step"
    yield from _table(
        ("Voucher", "Step", "Status", "Owed", "Ceilings used", "Free", "Payments missing"),
        [
            (
                step["voucher"],
                step["when"],
                step["status"],
                format_amount(int(step["outstanding_fen"])),
                format_amount(step["used_fen"]),
                format_amount(step["free_fen"]),
                step["payments_missing"],
            )
            for step in settlement["steps"]
        ],
    )
    yield "Payouts"
    yield from _table(
        ("Voucher", "Paid", "Bank reference", "Amount", "Holder"),
        [(p["voucher"], p["paid"], p["reference"], p["amount"], p["holder"]) for p in settlement["payouts"]],
    )
    yield (
        f"Dishonours: {len(settlement['dishonours'])}, of which overdue {settlement['overdue_events']}; "
        f"paid out in all {format_amount(sum(p['amount_fen'] for p in settlement['payouts']))}"
    )


def next_steps(stage: Stage, story_voucher: str, holding: str) -> Iterator[str]:
    """Addresses and tokens, and what to try with one's own hands."""
    yield "Everything keeps running.  Open an address in a browser; one click signs in:"
    yield from _table(("Member", "Address"), [(place.id, place.url) for place in stage.layout.read().members])
    yield ""
    yield "Tokens (Authorization: Bearer …), one for each person:"
    yield from _table(("Person", "Token"), [(name, token) for name, token in tokens(stage)])
    tally = f"tally --network {stage.layout.root} --as"
    yield ""
    yield "Now do something yourself: s7 passes a part of V2 on, s5 takes it, and a bank that has nothing to do with it looks."
    yield f"  {tally} s7 voucher offer {holding} --to s5 --amount 12,345.67 --reference MY-1 --purpose 铜丝"
    yield f"  {tally} s5 voucher take OFFER"
    yield f"  {tally} factor-a-maker voucher show {story_voucher}    # the sponsor of s7 reads the papers of your offer"
    yield f"  {tally} settle-a-maker voucher show {story_voucher}    # another bank sees that units moved, and nothing more"
    yield ""
    yield "And the second maturity is yours: V2 is not paid yet.  In the browser, all of it with buttons:"
    yield "  1. On the page of V2 (any member) move the clock to its black-out."
    yield "  2. As 系统 system of bank-b and of factor-a: Settlement, name the accounts of their clients' holdings."
    yield "  3. On the page of V2 move the clock to its maturity."
    yield "  4. As maker of settle-a: Settlement, attest what came in (all of it, or less), then pay out; its checker approves both."
    yield "  Attest less, move the clock past 17:00, and see the issuer blocked until the rest is attested."
    yield ""
    yield "Ctrl-C ends everything."


def tokens(stage: Stage) -> list[tuple[str, str]]:
    """A token for every person who acts."""
    return [
        (person.name, stage.token(person.name))
        for person in stage.persons.values()
        if {"maker", "checker"} & set(person.roles)
    ]


def _table(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    cells = [list(map(str, titles)), *(list(map(str, row)) for row in rows)]
    widths = [max(_width(row[n]) for row in cells) for n in range(len(titles))]
    for row in cells:
        line = "  ".join(text + " " * (widths[n] - _width(text)) for n, text in enumerate(row))
        yield f"  {line}".rstrip()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
