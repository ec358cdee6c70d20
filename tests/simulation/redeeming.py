"""Acts about early redemptions planned from the committed state: an issuer would pay early, the holder answers, and the bank says that it has paid."""

from random import Random
from typing import Final

from msgspec.structs import replace as with_fields

from tallychain.contracts.risk.api import is_blocked
from tallychain.contracts.vouchers.redeeming import operations as redeeming
from tallychain.contracts.vouchers.redeeming.state import AGREED, OFFERED, REDEMPTIONS, STANDING, Redemption
from tallychain.contracts.vouchers.state import ACTIVE, HOLDINGS, VOUCHERS, Holding, Voucher
from tallychain.contracts.vouchers.tests.acts import Planned
from tests.simulation.business import StateView

DOCUMENT: Final = "d0" * 32
NOBODYS: Final = "ab" * 32
LIVING: Final = 3
"""Offers that go on at the same time, mostly."""
Found = tuple[Redemption, Holding, Voucher]


def act(random: Random, view: StateView) -> Planned | None:
    """One that is offered is answered, one that is agreed is paid, or another one is offered."""
    found = _living(view)
    if not found or (len(found) < LIVING and random.random() < 0.3):
        return offer(random, view)
    row, held, voucher = random.choice(found)
    if row.status_at(view.moment()) == AGREED:
        return _attesting(view, row, row.bank)
    if random.random() < 0.75:
        return _answering("agree", row, held.tag)
    return random.choice((_answering("decline", row, held.tag), _answering("withdraw", row, voucher.issuer)))


def offer(random: Random, view: StateView) -> Planned | None:
    """An issuer that owes nobody what is due would pay a holding early."""
    found = [
        (row, voucher)
        for row, voucher in _held(view)
        if not row.encumbrances and not is_blocked(view.reader, voucher.issuer, view.moment())
    ]
    if not found:
        return None
    row, voucher = random.choice(found)
    args = redeeming.OfferRedemption(voucher.number, row.first)
    return Planned("redemption.offer", args, voucher.issuer)


def _held(view: StateView) -> list[tuple[Holding, Voucher]]:
    now, found = view.moment(), []
    for row in view.reader.iterate(HOLDINGS):
        voucher = view.reader.get(VOUCHERS, row.voucher)
        if voucher is not None and voucher.status_at(now) == ACTIVE and row.tag in view.tags:
            found.append((row, voucher))
    return found


def _living(view: StateView) -> list[Found]:
    now, found = view.moment(), []
    for row in view.reader.iterate(REDEMPTIONS):
        held = view.reader.get(HOLDINGS, row.voucher, row.first)
        voucher = view.reader.get(VOUCHERS, row.voucher)
        if row.status_at(now) in STANDING and held is not None and voucher is not None:
            found.append((row, held, voucher))
    return found


def _answering(word: str, row: Redemption, by: str) -> Planned:
    kinds = {
        "agree": redeeming.AgreeRedemption,
        "decline": redeeming.DeclineRedemption,
        "withdraw": redeeming.WithdrawRedemption,
    }
    return Planned(f"redemption.{word}", kinds[word](row.voucher, row.first, row.id), by)


def _attesting(view: StateView, row: Redemption, bank: str) -> Planned:
    args = redeeming.AttestRedemption(
        voucher=row.voucher,
        holding=row.first,
        redemption=row.id,
        reference=f"TQ-{view.fresh()[:20].upper()}",
        booked_ms=max(row.agreed_ms, 1),
        document=DOCUMENT,
    )
    return Planned("redemption.attest", args, bank)


# --- with one mistake


def wrong(random: Random, view: StateView) -> Planned | None:
    """By another issuer or bank, of what is bound, offered or over, of an issuer that is overdue, too early, or that nobody has offered."""
    now, bad = view.moment(), []
    good = offer(random, view)
    if good is not None:
        other = "ce-b" if good.by == "ce-a" else "ce-a"
        bad.append(Planned("redemption.offer", good.args, other, "NOT_THE_ISSUER"))
    for held, voucher in _held(view):
        if held.encumbrances or is_blocked(view.reader, voucher.issuer, now):
            args = redeeming.OfferRedemption(voucher.number, held.first)
            bad.append(Planned("redemption.offer", args, voucher.issuer))
    bad = bad[-4:]
    for row in list(view.reader.iterate(REDEMPTIONS))[-4:]:
        bad += _of_one(view, row)
    return random.choice(bad) if bad else None


def _of_one(view: StateView, row: Redemption) -> list[Planned]:
    held, voucher = view.reader.get(HOLDINGS, row.voucher, row.first), view.reader.get(VOUCHERS, row.voucher)
    if held is None or voucher is None:
        return []
    paying = _attesting(view, row, row.bank)
    used = with_fields(paying.args, reference="TQ-USED-TWICE")
    bad = [
        _attesting(view, row, "bank-b" if row.bank != "bank-b" else "settle-a"),
        Planned("redemption.attest", with_fields(paying.args, booked_ms=1), row.bank),
        Planned("redemption.attest", used, row.bank),
        Planned("redemption.agree", redeeming.AgreeRedemption(row.voucher, row.first, NOBODYS), held.tag),
    ]
    if row.status_at(view.moment()) != OFFERED:
        bad += [
            _answering("agree", row, held.tag),
            _answering("decline", row, held.tag),
            _answering("withdraw", row, voucher.issuer),
        ]
    again = redeeming.OfferRedemption(row.voucher, row.first)
    return [*bad, paying, Planned("redemption.offer", again, voucher.issuer)]
