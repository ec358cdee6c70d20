"""Acts about disputes planned from the committed state: an issuer disputes what its first holder has, and whoever is waited for answers."""

from collections.abc import Callable
from random import Random

from msgspec.structs import replace as with_fields

from tallychain.contracts.vouchers.disputing import operations as disputing
from tallychain.contracts.vouchers.disputing.state import DISPUTED, DISPUTES, OPENED, Dispute
from tallychain.contracts.vouchers.state import ACTIVE, FIRST_LAYER, HOLDINGS, VOUCHERS, Holding, Voucher
from tallychain.contracts.vouchers.tests.acts import Planned
from tallychain.instruments.money import Units
from tests.simulation.business import StateView

DOCUMENT = "d0" * 32
NOBODYS = "ab" * 32
COURT = "court"
Held = Callable[[Holding], bool]


def act(random: Random, view: StateView) -> Planned | None:
    """A dispute goes on, or one is opened."""
    now = view.moment()
    found = [row for row in view.reader.iterate(DISPUTES) if row.status_at(now) in DISPUTED]
    if not found or random.random() < 0.35:
        return open_one(random, view)
    row = random.choice(found)
    steps = (_refer, _close, _admit, _deny if row.status_at(now) == OPENED else _refer)
    return random.choice(steps)(random, view, row)


def open_one(random: Random, view: StateView) -> Planned | None:
    """An issuer disputes a whole holding, or the end of it."""
    found = _holdings(view, lambda row: row.layer == FIRST_LAYER and not row.encumbrances)
    return None if not found else _opening(random, *random.choice(found))


def _holdings(view: StateView, which: Held) -> list[tuple[Holding, Voucher]]:
    now, found = view.moment(), []
    for row in view.reader.iterate(HOLDINGS):
        voucher = view.reader.get(VOUCHERS, row.voucher)
        if voucher is not None and voucher.status_at(now) == ACTIVE and which(row):
            found.append((row, voucher))
    return found


def _opening(random: Random, row: Holding, voucher: Voucher) -> Planned:
    first = row.first if random.random() < 0.5 else Units(random.randint(row.first, row.last))
    covered = row.last - first + random.choice((1, 1, 1_000))
    args = disputing.OpenDispute(voucher.number, row.first, first, row.last, covered, DOCUMENT)
    return Planned("dispute.open", args, voucher.issuer)


def _issuer(view: StateView, row: Dispute) -> str:
    voucher = view.reader.get(VOUCHERS, row.voucher)
    return COURT if voucher is None else voucher.issuer


def _answer(row: Dispute, *, admits: bool) -> Planned:
    return Planned("dispute.answer", disputing.AnswerDispute(row.voucher, row.id, admits), row.tag)


def _admit(_random: Random, _view: StateView, row: Dispute) -> Planned:
    return _answer(row, admits=True)


def _deny(_random: Random, _view: StateView, row: Dispute) -> Planned:
    return _answer(row, admits=False)


def _refer(_random: Random, view: StateView, row: Dispute) -> Planned:
    return Planned("dispute.refer", disputing.ReferDispute(row.voucher, row.id, DOCUMENT), _issuer(view, row))


def _close(random: Random, view: StateView, row: Dispute) -> Planned:
    by = random.choice((COURT, _issuer(view, row)))
    return Planned("dispute.close", disputing.CloseDispute(row.voucher, row.id, DOCUMENT), by)


# --- with one mistake


def wrong(random: Random, view: StateView) -> Planned | None:
    """More than the evidence covers, of one who bought, by another issuer, of what is bound, over or was never opened."""
    bad = []
    good = open_one(random, view)
    if good is not None and isinstance(good.args, disputing.OpenDispute):
        few = with_fields(good.args, covered=good.args.last - good.args.first)
        if few.covered:
            bad.append(Planned("dispute.open", few, good.by, "DISPUTE_EXCEEDS_EVIDENCE"))
        other = "ce-b" if good.by == "ce-a" else "ce-a"
        bad.append(Planned("dispute.open", good.args, other, "NOT_THE_ISSUER"))
    for held, voucher in _holdings(view, lambda one: one.layer > FIRST_LAYER or bool(one.encumbrances))[-3:]:
        bad.append(_opening(random, held, voucher))
    for row in list(view.reader.iterate(DISPUTES))[-3:]:
        missing = disputing.CloseDispute(row.voucher, NOBODYS, DOCUMENT)
        bad += [
            Planned("dispute.close", missing, COURT, "DISPUTE_NOT_FOUND"),
            _deny(random, view, row),
            _refer(random, view, row),
            Planned("dispute.close", disputing.CloseDispute(row.voucher, row.id, DOCUMENT), "ce-b"),
        ]
    return random.choice(bad) if bad else None
