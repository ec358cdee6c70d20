"""A financing is done: title moves to the funder, or the units are pledged to it."""

from datetime import timedelta

from msgspec.structs import replace

from tallychain.contracts.disclosure import api as disclosure
from tallychain.contracts.vouchers.courting.ending import without_units
from tallychain.contracts.vouchers.courting.state import FREEZES, Freeze
from tallychain.contracts.vouchers.events import HeldUnits
from tallychain.contracts.vouchers.financing.events import FinancingCompleted
from tallychain.contracts.vouchers.financing.state import COMPLETED, FINANCINGS, PLEDGE, Deal, Financing
from tallychain.contracts.vouchers.pledging.events import PledgeAccepted, PledgeProposed
from tallychain.contracts.vouchers.pledging.state import PLEDGED, PLEDGES, TAIL_DAYS, Pledge
from tallychain.contracts.vouchers.policies import split_policy
from tallychain.contracts.vouchers.rules.change import gone, held, shown
from tallychain.contracts.vouchers.rules.find import the_holding, the_voucher
from tallychain.contracts.vouchers.settling.rules.position import position_of
from tallychain.contracts.vouchers.state import BY_FINANCING, EXPIRED, HOLDINGS, LIVE, Holding, Voucher
from tallychain.instruments.calendar import format_date, instant_ms, parse_date
from tallychain.instruments.holdings import Encumbrance, EncumbranceKind
from tallychain.ledger.contract import Change
from tallychain.ledger.holder import Receiver
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline, settled
from tallychain.ledger.types import MEMBER_PREFIX

SELLER, BANK, ARBITER, SILENCE, DEFAULT = "SELLER", "BANK", "ARBITER", "SILENCE", "DEFAULT"
"""Whose word, or whose silence, completed it."""


def completed(financing: Financing, deal: Deal, by: str, since_ms: int, now: Moment, state: Reader) -> Change:
    """
    The funder gets what it paid for.

    Sold: the whole holding, which the award has made one of its own, is the funder's; a freeze that came after the money had gone stays with
    the seller's proceeds (supply-chain study, edge case 11).  Secured: the lock becomes a pledge, in the same place among whatever else binds the units.
    """
    voucher = the_voucher(financing.voucher, state, now)
    holding = the_holding(financing.voucher, financing.first, state)
    done = FINANCINGS.put(replace(financing, deal=deal, timeline=settled(COMPLETED)))
    told = disclosure.financed(state, voucher.issuer, deal.funder, since_ms)
    if financing.form == PLEDGE:
        event = _event(financing, deal, by, voucher, holding, since_ms, now)
        return told + Change((done,), (event,)) + _pledged(financing, deal, voucher, holding, state)
    taken = Holding(
        voucher=voucher.number,
        first=holding.first,
        last=holding.last,
        seq=holding.seq + 1,
        tag=deal.receiver.tag,
        sealing=deal.receiver.sealing,
        sponsor=deal.receiver.sponsor,
        layer=holding.layer + 1,
        parent=holding.id,
        acquired_by=BY_FINANCING,
        encumbrances=(),
    )
    frozen = freezes_on(holding, state)
    event = replace(
        _event(financing, deal, by, voucher, holding, since_ms, now),
        spent=holding.id,
        taken=(held(taken),),
        status=position_of(voucher, taken, state).timeline(voucher, now),
        proceeds=tuple(freeze.id for freeze in frozen),
    )
    change = Change((done, HOLDINGS.put(taken)), (event,))
    return told + change + without_units(frozen, [holding.units], now, state)


def freezes_on(holding: Holding, state: Reader) -> tuple[Freeze, ...]:
    """The freezes that have a lock on a holding, in the order in which they came."""
    names = (e.reference for e in holding.encumbrances if e.kind is EncumbranceKind.FREEZE)
    return tuple(freeze for name in names if (freeze := state.get(FREEZES, name)) is not None)


def _event(
    financing: Financing,
    deal: Deal,
    by: str,
    voucher: Voucher,
    holding: Holding,
    since_ms: int,
    now: Moment,
) -> FinancingCompleted:
    none: tuple[HeldUnits, ...] = ()
    return FinancingCompleted(
        financing=financing.id,
        voucher=voucher.number,
        issuer=voucher.issuer,
        funder=deal.funder,
        form=financing.form,
        by=by,
        giver=Receiver(holding.tag, holding.sealing, holding.sponsor),
        spent="",
        taken=none,
        status=settled(LIVE),
        proceeds=(),
        moved_ms=now.time_ms,
        since_ms=since_ms,
    )


def _pledged(financing: Financing, deal: Deal, voucher: Voucher, holding: Holding, state: Reader) -> Change:
    """The units are pledged to the funder, registered as they are; it claims or releases by the last day that a pledge may have."""
    until = parse_date(voucher.nominal_maturity) + timedelta(days=TAIL_DAYS)
    until_ms = instant_ms(until + timedelta(days=1))
    days = split_policy(state, voucher.split_policy).retention_days
    timeline = Timeline(PLEDGED, (Step(until_ms, EXPIRED), gone(until_ms, days)))
    pledge = Pledge(
        id=financing.id,
        voucher=voucher.number,
        first=holding.first,
        last=holding.last,
        tag=holding.tag,
        pledgee=deal.funder,
        until=format_date(until),
        until_ms=until_ms,
        registration=deal.certificate,
        claims=0,
        claim="",
        timeline=timeline,
    )
    proposed = PledgeProposed(
        pledge=pledge.id,
        voucher=voucher.number,
        issuer=voucher.issuer,
        holding=holding.id,
        first=holding.first,
        last=holding.last,
        tag=holding.tag,
        sponsor=holding.sponsor,
        pledgee=deal.funder,
        until=pledge.until,
        timeline=shown(timeline),
    )
    accepted = PledgeAccepted(pledge.id, pledge.voucher, deal.funder, deal.certificate, shown(timeline))
    locks = tuple(_as_pledge(e, deal) if e.reference == financing.id else e for e in holding.encumbrances)
    return Change(
        (PLEDGES.put(pledge), HOLDINGS.put(replace(holding, encumbrances=locks))), (proposed, accepted)
    )


def _as_pledge(lock: Encumbrance, deal: Deal) -> Encumbrance:
    by = MEMBER_PREFIX + deal.funder
    return Encumbrance(EncumbranceKind.PLEDGE, lock.first, lock.last, by, 0, lock.reference)
