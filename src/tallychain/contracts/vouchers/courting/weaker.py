"""What a freeze ends: offers of its units, and proposals to pledge them; a pledge in force stays under it."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from tallychain.contracts.vouchers.disputing.ending import written_down as dispute_written_down
from tallychain.contracts.vouchers.disputing.state import DISPUTES
from tallychain.contracts.vouchers.events import OfferEnded
from tallychain.contracts.vouchers.financing.ending import written_down as financing_written_down
from tallychain.contracts.vouchers.financing.state import FINANCINGS
from tallychain.contracts.vouchers.pledging.ending import written_down
from tallychain.contracts.vouchers.pledging.events import PledgeEnded
from tallychain.contracts.vouchers.pledging.state import LAPSED, PLEDGES, PROPOSED, Pledge
from tallychain.contracts.vouchers.policies import split_policy
from tallychain.contracts.vouchers.recoursing.ending import written_down as recourse_written_down
from tallychain.contracts.vouchers.recoursing.state import RECOURSES
from tallychain.contracts.vouchers.redeeming.ending import written_down as redemption_written_down
from tallychain.contracts.vouchers.redeeming.state import REDEMPTIONS
from tallychain.contracts.vouchers.rules.change import ended, gone, over, released
from tallychain.contracts.vouchers.standing import binding, offer_status
from tallychain.contracts.vouchers.state import ENDED, OFFERS, OPEN, Holding, Offer, Voucher
from tallychain.instruments.holdings import Encumbrance, EncumbranceKind, Range
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Timeline


@dataclass(frozen=True, slots=True)
class Cleared:
    """A holding without what a freeze ends on it, and what became of that."""

    holding: Holding
    change: Change
    """The holding's own row is left to the caller."""


def cleared_for_court(
    holding: Holding, units: Range, voucher: Voucher, state: Reader, now: Moment
) -> Cleared:
    """End every offer and proposal on these units, and write down what has ended on them without anybody saying so."""
    bound = binding(holding, state, now)
    leaving = [
        e
        for e in holding.encumbrances
        if e.kind is not EncumbranceKind.FREEZE
        and e.range.overlaps(units)
        and not (e in bound and _is_in_force(e, state, now))
    ]
    change = Change()
    for lock in leaving:
        offer, pledge = state.get(OFFERS, lock.reference), state.get(PLEDGES, lock.reference)
        if offer is not None:
            change += _offer(offer, voucher, state, now)
        if pledge is not None:
            change += _proposal(pledge, voucher, state, now)
        financing = state.get(FINANCINGS, lock.reference)
        if financing is not None:
            change += financing_written_down(financing, now)
        change += _lapsed(lock, holding, state, now)
    return Cleared(released(holding, *(lock.reference for lock in leaving)), change)


def rights_in(holding: Holding, state: Reader, now: Moment) -> Sequence[Encumbrance]:
    """What binds a holding and a freeze does not end: rights of others, and what a court has executed."""
    kept = (EncumbranceKind.OFFER, EncumbranceKind.FREEZE)
    return [e for e in binding(holding, state, now) if e.kind not in kept and _is_in_force(e, state, now)]


def _is_in_force(lock: Encumbrance, state: Reader, now: Moment) -> bool:
    """Whether somebody has a right by it already, and not only a wish."""
    if lock.kind is EncumbranceKind.OFFER:
        return False
    pledge = state.get(PLEDGES, lock.reference)
    return pledge is None or pledge.status_at(now) != PROPOSED


def _lapsed(lock: Encumbrance, holding: Holding, state: Reader, now: Moment) -> Change:
    """A dispute, an early redemption or a buy-back whose time is over without anybody having written it down."""
    dispute = state.get(DISPUTES, holding.voucher, lock.reference)
    if dispute is not None:
        write, event = dispute_written_down(dispute, now)
        return Change((write,), (event,))
    redemption = state.get(REDEMPTIONS, holding.voucher, holding.first)
    if redemption is not None and redemption.id == lock.reference:
        end, ended_event = redemption_written_down(redemption, now)
        return Change((end,), (ended_event,))
    recourse = state.get(RECOURSES, holding.voucher, holding.first)
    if recourse is not None and recourse.id == lock.reference:
        unpaid, unsaid = recourse_written_down(recourse, now)
        return Change((unpaid,), (unsaid,))
    return Change()


def _offer(offer: Offer, voucher: Voucher, state: Reader, now: Moment) -> Change:
    if offer_status(offer, state, now) != OPEN:
        write, event = over(offer, voucher, state, now)
        return Change((write,), (event,))
    told = OfferEnded(offer.id, offer.voucher, now.time_ms)
    return Change((ended(offer, voucher, ENDED, now.time_ms, state),), (told,))


def _proposal(pledge: Pledge, voucher: Voucher, state: Reader, now: Moment) -> Change:
    if pledge.status_at(now) != PROPOSED:
        write, event = written_down(pledge, now)
        return Change((write,), (event,))
    days = split_policy(state, voucher.split_policy).retention_days
    lapsed = replace(pledge, timeline=Timeline(LAPSED, (gone(now.time_ms, days),)))
    told = PledgeEnded(pledge.id, pledge.voucher, LAPSED, now.time_ms)
    return Change((PLEDGES.put(lapsed),), (told,))
