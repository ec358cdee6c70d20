"""Acts of a court planned from the committed state: it freezes what a tag holds, part or whole, and disposes of what it has frozen."""

from datetime import date, timedelta
from random import Random

from tallychain.contracts.vouchers.courting.find import holdings_under
from tallychain.contracts.vouchers.courting.operations import (
    ExecuteFreeze,
    FreezeUnits,
    RenewFreeze,
    TransferFrozen,
    Unfreeze,
)
from tallychain.contracts.vouchers.courting.state import FREEZES, FROZEN, STANDING, Freeze
from tallychain.contracts.vouchers.state import HOLDINGS
from tallychain.contracts.vouchers.tests.acts import CLIENTS, Planned
from tallychain.contracts.vouchers.tests.model import local_date
from tallychain.instruments.money import Units
from tests.simulation.business import StateView

COURT = "court"
ORDER = "d0" * 32
NOBODYS = "ab" * 32


def act(random: Random, view: StateView) -> Planned | None:
    """A new freeze, or one that stands goes on."""
    now = view.moment()
    found = [row for row in view.reader.iterate(FREEZES) if row.status_at(now) in STANDING]
    if not found or random.random() < 0.4:
        return freeze(random, view)
    row = random.choice(found)
    if row.status_at(now) == FROZEN and random.random() < 0.6:
        return random.choice((_renew, _transfer))(random, view, row)
    return random.choice((_unfreeze, _execute))(random, view, row)


def freeze(random: Random, view: StateView) -> Planned | None:
    """What a tag holds, mostly whole: a part divides its holding."""
    rows = list(view.reader.iterate(HOLDINGS))
    if not rows:
        return None
    row = random.choice(rows)
    first = row.first if random.random() < 0.7 else Units(random.randint(row.first, row.last))
    until = _day(view, random.choice((1, 1, 30, 400)))
    return Planned(
        "court.freeze", FreezeUnits(row.voucher, row.tag, row.first, first, row.last, until, ORDER), COURT
    )


def _day(view: StateView, days: int) -> str:
    return (local_date(view.now_ms) + timedelta(days=days)).isoformat()


def _renew(random: Random, _view: StateView, row: Freeze) -> Planned:
    later = date.fromisoformat(row.until) + timedelta(days=random.choice((1, 30)))
    return Planned("court.renew", RenewFreeze(row.voucher, row.id, later.isoformat(), ORDER), COURT)


def _transfer(random: Random, view: StateView, row: Freeze) -> Planned:
    to = view.receiver(random.choice(CLIENTS))
    return Planned("court.transfer", TransferFrozen(row.voucher, row.id, to, ORDER), COURT)


def _unfreeze(_random: Random, _view: StateView, row: Freeze) -> Planned:
    return Planned("court.unfreeze", Unfreeze(row.voucher, row.id, ORDER), COURT)


def _execute(_random: Random, view: StateView, row: Freeze) -> Planned:
    firsts = tuple(one.first for one in holdings_under(row, view.reader))
    return Planned("court.execute", ExecuteFreeze(row.voucher, row.id, firsts, ORDER), COURT)


def wrong(random: Random, view: StateView) -> Planned | None:
    """Of what it never froze, for days that cannot be, of other holdings, or where nothing is held."""
    good = freeze(random, view)
    if good is None or not isinstance(good.args, FreezeUnits):
        return None
    args, rows = good.args, list(view.reader.iterate(FREEZES))
    stranger = view.receiver(random.choice(CLIENTS)).tag
    bad = [
        Planned(
            "court.freeze",
            FreezeUnits(
                args.voucher,
                args.tag,
                args.holding,
                args.first,
                args.last,
                _day(view, random.choice((0, 4000))),
                ORDER,
            ),
            COURT,
            "FREEZE_END_NOT_POSSIBLE",
        ),
        Planned(
            "court.freeze",
            FreezeUnits(args.voucher, stranger, args.holding, args.first, args.last, args.until, ORDER),
            COURT,
            "NOTHING_TO_FREEZE",
        ),
        Planned("court.unfreeze", Unfreeze(args.voucher, NOBODYS, ORDER), COURT, "FREEZE_NOT_FOUND"),
    ]
    for row in rows[-3:]:
        bad += [
            Planned("court.unfreeze", Unfreeze(row.voucher, row.id, ORDER), COURT),
            Planned("court.execute", ExecuteFreeze(row.voucher, row.id, (Units(1), Units(2)), ORDER), COURT),
            _transfer(random, view, row),
        ]
    return random.choice(bad)
