"""What happened, in figures: every one of them asked from the gateways, none remembered from the story."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from tallychain.crypto.digest import sha256
from tallychain.demo.stage import Row, Stage
from tallychain.demo.story import Story
from tallychain.instruments.calendar import local_day
from tallychain.instruments.money import format_amount
from tallychain.network import looking
from tallychain.sdk.client import GatewayClient
from tallychain.sdk.verify.headers import decode_header

_PUBLIC: Final = (
    "vouchers",
    "holdings",
    "offers",
    "title_moves",
    "members",
    "keys",
    "settlements",
    "shares",
    "payouts",
    "ceiling_usage",
)
_NEWEST: Final = {"limit": "200"}
_TOGETHER_S: Final = 120.0


def summary(stage: Stage, story: Story, proof: Row, timings: dict[str, float]) -> Row:
    """The whole summary, in the form in which `--output json` prints it."""
    members = [place.id for place in stage.layout.read().members]
    reader = stage.reader(f"{members[0]}-maker")
    operations = list(_operations(stage))
    names = _names(stage)
    return {
        "chain": stage.layout.read().chain,
        "seed": stage.layout.read().seed,
        "vouchers": [_voucher(stage, story, row) for row in reader.rows("vouchers")],
        "holdings": [_holding(row, names) for row in reader.rows("holdings") if row["status"] != "SPENT"],
        "payables": dict(sorted(Counter(row["status"] for row in reader.rows("payables")).items())),
        "settlement": _settlement(reader, names, story),
        "offers": dict(sorted(Counter(row["status"] for row in reader.rows("offers")).items())),
        "operations": {
            "total": len(operations),
            "done": sum(1 for row in operations if row["state"] == "done"),
            "by_type": dict(sorted(Counter(row["type"] for row in operations).items())),
        },
        "refusals": {
            "by_code": dict(sorted(Counter(item.code for item in stage.refusals).items())),
            "met": [
                {"tried": item.tried, "by": item.by, "code": item.code, "sentence": item.sentence}
                for item in stage.refusals
            ],
        },
        "files_refused": story.files,
        "race": story.race,
        "who_reads_the_papers": _readers(stage, members, story),
        "proof": proof,
        "state": _state(stage, members),
        **_nodes(stage),
        "timings_s": timings,
    }


def _operations(stage: Stage) -> Iterator[Row]:
    """Every operation that any seat has submitted, each once."""
    seen: set[str] = set()
    asked: set[tuple[str, str]] = set()
    for person in stage.persons.values():
        if (person.member, person.seat) in asked or not {"maker", "checker"} & set(person.roles):
            continue
        asked.add((person.member, person.seat))
        for row in stage.reader(person.name).listing("/v1/operations", _NEWEST):
            if row["operation"] not in seen:
                seen.add(row["operation"])
                yield row


def _voucher(stage: Stage, story: Story, row: Row) -> Row:
    """A voucher, and whether its live holdings make up its face."""
    reader = stage.reader(f"{row['issuer']}-maker")
    held = [
        int(item["face"])
        for item in reader.rows("holdings", voucher=str(row["voucher"]))
        if item["status"] != "SPENT"
    ]
    known = {number: reference for reference, number in story.vouchers.items()}
    return {
        "voucher": row["voucher"],
        "reference": known.get(str(row["voucher"]), ""),
        "issuer": row["issuer"],
        "face_fen": row["face"],
        "face": format_amount(int(row["face"])),
        "issued": row["issue_day"],
        "matures": row["effective_maturity"],
        "status": row["status"],
        "holdings": len(held),
        "held_fen": sum(held),
    }


def _holding(row: Row, names: dict[str, str]) -> Row:
    return {
        "holding": row["holding"],
        "voucher": row["voucher"],
        "face_fen": row["face"],
        "face": format_amount(int(row["face"])),
        "sponsor": row["sponsor"],
        "holder": names.get(str(row["tag"]), ""),
        "layer": row["layer"],
        "status": row["status"],
    }


def _settlement(reader: GatewayClient, names: dict[str, str], story: Story) -> Row:
    """Who was paid what and when, what was missed, and what ceilings were used and free at each step."""
    tags = {str(row["holding"]): str(row["tag"]) for row in reader.rows("holdings")}
    shares = [row for row in reader.rows("shares") if row["share"]]
    missed = [*reader.rows("dishonours")]
    return {
        "steps": story.paying.noted,
        "settlements": [
            {name: row[name] for name in ("voucher", "bank", "received", "outstanding", "paid_out", "status")}
            for row in reader.rows("settlements")
        ],
        "shares": [
            {
                "voucher": row["voucher"],
                "holding": row["holding"],
                "holder": names.get(tags[str(row["holding"])], ""),
                "share_fen": row["share"],
                "interest_fen": row["interest"],
                "outstanding_fen": row["outstanding"],
            }
            for row in shares
        ],
        "payouts": [
            {
                "voucher": row["voucher"],
                "reference": row["reference"],
                "holder": names.get(tags[str(row["holding"])], ""),
                "amount_fen": row["amount"],
                "amount": format_amount(int(row["amount"])),
                "paid": local_day(int(row["paid_at"])).isoformat(),
            }
            for row in reader.rows("payouts")
        ],
        "dishonours": [
            {name: row[name] for name in ("voucher", "outstanding", "overdue_since", "status")}
            for row in missed
        ],
        "overdue_events": sum(1 for row in missed if row["overdue_since"]),
        "attestations": [
            {name: row[name] for name in ("voucher", "reference", "amount", "in_time")}
            for row in reader.rows("attestations")
        ],
    }


def _names(stage: Stage) -> dict[str, str]:
    """Tags to names, as the supervisor may know them by law."""
    rows = stage.reader("supervisor-maker").rows("identities")
    return {str(row["tag"]): str(row["name"]) for row in rows}


def _readers(stage: Stage, members: list[str], story: Story) -> Row:
    """Who can read the papers behind the transfer from s1 to s2, asked from everybody."""
    operation = story.papers_of["s1", "s2"]
    persons = [f"{member}-maker" for member in members] + ["s1", "s2", "s3"]
    return {
        "operation": operation,
        "readable_for": {
            name: bool(list(stage.reader(name).rows("trades", operation=operation))) for name in persons
        },
    }


def _nodes(stage: Stage) -> Row:
    """On a chain of several validators: each node with its height and root, and whether all are the same; nothing with the embedded engine."""
    if not stage.layout.read().nodes:
        return {}
    deadline = time.monotonic() + _TOGETHER_S
    while True:
        found = asyncio.run(looking.status(stage.layout.root))
        # One that has much to do answers later, or is a block behind.
        all_answer = found.roots_equal and None not in [node.engine for node in found.nodes]
        if all_answer or time.monotonic() > deadline:
            break
    rows = [
        {
            "member": node.member,
            "kind": "" if node.engine is None else node.engine.kind,
            "peers": [] if node.engine is None else node.engine.peers,
            "height": 0 if node.ledger is None else node.ledger.height,
            "state_root": "" if node.ledger is None else node.ledger.app_hash,
            "memory_bytes": node.memory_bytes,
        }
        for node in found.nodes
    ]
    memory = sum(one.memory_bytes for one in found.programs)
    return {"nodes": {"equal": found.roots_equal, "memory_bytes_of_all": memory, "rows": rows}}


def _state(stage: Stage, members: list[str]) -> Row:
    """Height, state root, and whether every gateway answers with the same rows as of the same block."""
    deadline = time.monotonic() + _TOGETHER_S
    while True:
        found = _state_now(stage, members)
        # Where time passes by itself a block may have come between two questions.
        if found["equal_at_all_gateways"] or time.monotonic() > deadline:
            return found


def _state_now(stage: Stage, members: list[str]) -> Row:
    seen: dict[str, Row] = {}
    for member in members:
        client = stage.reader(f"{member}-maker")
        newest = client.listing("/v1/blocks", {"limit": "1"})[0]
        rows: list[Any] = [list(client.rows(view)) for view in _PUBLIC]
        seen[member] = {
            "height": newest["height"],
            "state_root": _root(str(newest["header"])),
            "rows_digest": sha256(json.dumps(rows, sort_keys=True).encode()).hex(),
        }
    first = seen[members[0]]
    return {
        **first,
        "equal_at_all_gateways": all(item == first for item in seen.values()),
        "gateways": len(seen),
    }


def _root(header: str) -> str:
    """The state root in a header as gateways show it."""
    if header.startswith("{"):
        return str(json.loads(header)["app_hash"])
    return decode_header(bytes.fromhex(header)).app_hash.hex()
