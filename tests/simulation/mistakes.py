"""Good acts with one field put wrong, whatever the act: what a careless program sends, or one that tries what it may not."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random

from msgspec import Struct
from msgspec.structs import replace as with_fields

from tallychain.contracts.governance.operations import Open
from tallychain.contracts.vouchers.state import VOUCHERS
from tallychain.contracts.vouchers.tests.acts import Planned
from tallychain.contracts.vouchers.tests.model import local_date
from tallychain.ledger.identity import KEYS
from tallychain.testkit.genesis import MEMBERS
from tests.simulation import voting
from tests.simulation.business import StateView

NOBODYS = "ab" * 32
NO_KEY = "ed25519:01" + "00" * 31
"""A point of small order."""
HOUR_MS = 3_600_000
Wrong = Callable[[Random, StateView, object], object]
"""Another value for a field, from the good one."""


def _amount(random: Random, _view: StateView, good: object) -> object:
    value = int(str(good))
    return random.choice((value + 1, value * 2, 1, max(1, value - 1), 10**15))


def _day(random: Random, view: StateView, _good: object) -> object:
    today = local_date(view.now_ms)
    days = random.choice((-1, 0, 1, 500, 4000))
    return random.choice(("2026-02-30", (today + timedelta(days=days)).isoformat()))


def _instant(random: Random, view: StateView, _good: object) -> object:
    return view.now_ms + random.choice((-400 * 24, -1, 1, 48)) * HOUR_MS


def _voucher(random: Random, view: StateView, good: object) -> object:
    found = [row.number for row in view.reader.iterate(VOUCHERS)]
    return random.choice(found) if found else good


def _member(random: Random, _view: StateView, _good: object) -> object:
    return random.choice((*MEMBERS, *MEMBERS, "nobody"))


def _key(random: Random, view: StateView, _good: object) -> object:
    known = [row.key for row in view.reader.iterate(KEYS)]
    return random.choice((NO_KEY, random.choice(known)))


def _digest(_random: Random, _view: StateView, _good: object) -> object:
    return NOBODYS


def _first(random: Random, _view: StateView, good: object) -> object:
    return max(1, int(str(good)) + random.choice((-1, 1, 1000)))


def _twice(random: Random, _view: StateView, good: object) -> object:
    """The same row twice, or with one field wrong."""
    rows = good if isinstance(good, tuple) else ()
    if not rows:
        return good
    if isinstance(rows[0], Struct) and random.random() < 0.5:
        return (mistaken(random, _view, rows[0]), *rows[1:])
    return (*rows, rows[0])


def _height(random: Random, _view: StateView, _good: object) -> object:
    return random.choice((1, 10**9))


FIELDS: Mapping[str, Wrong] = {
    "amount": _amount,
    "face": _amount,
    "due_day": _day,
    "nominal_maturity": _day,
    "valid_until": _day,
    "received_ms": _instant,
    "paid_ms": _instant,
    "voucher": _voucher,
    "bank": _member,
    "issuer": _member,
    "member": _member,
    "settlement_bank": _member,
    "key": _key,
    "old": _key,
    "new": _key,
    "proposal": _digest,
    "digest": _digest,
    "consent": _digest,
    "attestation": _digest,
    "payable": _digest,
    "invoice": _digest,
    "ceiling": _digest,
    "fingerprint": _digest,
    "holding": _first,
    "rows": _twice,
    "invoices": _twice,
    "total": _amount,
    "first": _first,
    "last": _first,
    "revoked_at": _height,
    "old_until": _height,
    "currency": lambda *_: "EUR",
    "kind": lambda *_: "ORDER",
    "epoch": lambda *_: 2,
    "gateway": lambda *_: "https://10.0.0.1",
    "certificate": lambda *_: NOBODYS,
    "person": lambda *_: "5f" * 8,
    "rights": lambda random, *_: random.choice((("system", "maker"), ("everything",), ("maker", "checker"))),
    "reference": lambda random, *_: random.choice(("USED-ONCE", "USED-TWICE")),
}
"""What a field may be instead; every other one stays."""


def mistaken(random: Random, view: StateView, args: Struct) -> Struct:
    """The same with one field wrong."""
    names = [name for name in args.__struct_fields__ if name in FIELDS]
    if not names:
        return args
    name = random.choice(names)
    return with_fields(args, **{name: FIELDS[name](random, view, getattr(args, name))})


def by_a_mistake(random: Random, view: StateView, planned: Planned) -> Planned:
    """The act with one field wrong; a proposal with another text."""
    if isinstance(planned.args, Open):
        return voting.wrong(random, view)
    return replace(planned, args=mistaken(random, view, planned.args))
