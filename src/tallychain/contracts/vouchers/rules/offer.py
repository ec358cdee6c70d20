"""A holder offers units to named receivers."""

import itertools

from msgspec.structs import replace

from tallychain.contracts.documents import api as documents
from tallychain.contracts.vouchers import refusals
from tallychain.contracts.vouchers.events import OfferMade
from tallychain.contracts.vouchers.operations import TRADE_LABELS, MakeOffer, OfferRow
from tallychain.contracts.vouchers.policies import SplitPolicy, split_policy
from tallychain.contracts.vouchers.rules.change import DAY_MS, gone, shown
from tallychain.contracts.vouchers.rules.find import (
    check_parts_large_enough,
    check_receiver,
    check_sponsored,
    check_transferable,
    read_day,
    the_holding,
    the_voucher,
)
from tallychain.contracts.vouchers.rules.stale import cleared
from tallychain.contracts.vouchers.settling.paid import check_not_paid
from tallychain.contracts.vouchers.standing import binding
from tallychain.contracts.vouchers.state import EXPIRED, HOLDINGS, OFFERS, OPEN, Holding, Offer, Voucher
from tallychain.instruments.calendar import add_months, format_date, instant_ms, local_day
from tallychain.instruments.holdings import Encumbrance, EncumbranceKind, Range, place, split_off, strongest
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.holder import Receiver
from tallychain.ledger.refusals import PartMissing, PartNotDeclared
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline
from tallychain.ledger.types import tag_author


def offer(args: MakeOffer, call: Call, state: Reader) -> Change:
    """
    Offer sub-ranges of one holding, each to a receiver of its own; all rows or none.

    Each row becomes an offer with its own end: the policy's days from now, or from its value date, and never beyond the beginning of
    the black-out.  Until then its units are bound.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    holding = the_holding(args.voucher, args.holding, state)
    if call.tag != holding.tag:
        raise refusals.NotTheHolder(holding.id)
    check_sponsored(holding.sponsor, call, state)
    policy = split_policy(state, voucher.split_policy)
    check_transferable(voucher, policy, call.now)
    documents.check_not_under_review(state, voucher.number, call.now)
    check_not_paid(holding, state)
    bound = binding(holding, state, call.now)
    for row in args.rows:
        _check_row(row, holding, bound, state, call.now)
        _check_value_date(row, voucher, policy, call.now)
    _check_apart(args.rows)
    _check_receivers_differ(args.rows)
    _check_parts(args.rows, call)
    if holding.layer >= policy.layers_max:
        raise refusals.LayerLimit(holding.id, policy.layers_max, policy.source.article_of("layers_max"))
    offered = [e.range for e in bound if e.kind is EncumbranceKind.OFFER]
    _check_splits(args.rows, voucher, holding, offered, policy)
    if len(offered) + len(args.rows) > policy.offers_open_max:
        raise refusals.TooManyOpenOffers(
            holding.id, policy.offers_open_max, policy.source.article_of("offers_open_max")
        )
    return _offered(args, call, state, voucher, holding, policy)


def _check_row(
    row: OfferRow, holding: Holding, bound: tuple[Encumbrance, ...], state: Reader, now: Moment
) -> None:
    if not holding.first <= row.first <= row.last <= holding.last:
        raise refusals.UnitsOutsideHolding(row.first, row.last, holding.id)
    obstacle = strongest(_units(row), bound)
    if obstacle is not None:
        raise refusals.UnitsNotFree(str(_units(row)), str(obstacle.range), obstacle.kind.value)
    if row.receiver.tag == holding.tag:
        raise refusals.ReceiverIsHolder
    check_receiver(row.receiver, state, now)


def _check_value_date(row: OfferRow, voucher: Voucher, policy: SplitPolicy, now: Moment) -> None:
    """A value date is from today to a month ahead, and before the black-out."""
    if not row.value_date:
        return
    wanted = read_day(row.value_date)
    earliest = local_day(now.time_ms)
    latest = min(add_months(earliest, policy.value_date_months), local_day(voucher.blackout_ms - 1))
    if not earliest <= wanted <= latest:
        raise refusals.ValueDateNotPossible(
            row.value_date,
            format_date(earliest),
            format_date(latest),
            policy.source.article_of("value_date_months"),
        )


def _check_apart(rows: tuple[OfferRow, ...]) -> None:
    for one, other in itertools.pairwise(sorted(_units(row) for row in rows)):
        if one.overlaps(other):
            raise refusals.UnitsOverlap(str(one), str(other))


def _check_receivers_differ(rows: tuple[OfferRow, ...]) -> None:
    seen: list[str] = []
    for row in rows:
        if row.receiver.tag in seen:
            raise refusals.ReceiverNamedTwice(row.receiver.tag)
        seen.append(row.receiver.tag)


def _check_parts(rows: tuple[OfferRow, ...], call: Call) -> None:
    """Each row has its sealed trade part, and no part is without a row."""
    present = [part.label for part in call.sealed]
    for label in TRADE_LABELS[: len(rows)]:
        if label not in present:
            raise PartMissing(label)
    for label in TRADE_LABELS[len(rows) :]:
        if label in present:
            raise PartNotDeclared(label)


def _check_splits(
    rows: tuple[OfferRow, ...],
    voucher: Voucher,
    holding: Holding,
    open_ranges: list[Range],
    policy: SplitPolicy,
) -> None:
    """That all open offers of the holding and these rows can be taken, as far as no other holding uses splits meanwhile."""
    offered = open_ranges + [_units(row) for row in rows]
    stays = split_off(holding.units, offered)
    ahead = len(offered) if stays else len(offered) - 1
    if voucher.splits + ahead > policy.children_max:
        raise refusals.SplitLimit(
            voucher.number, policy.children_max, policy.source.article_of("children_max")
        )
    if ahead:
        beside = (gap for gap in stays if any(_is_beside(gap, _units(row)) for row in rows))
        check_parts_large_enough(
            (*(_units(row) for row in rows), *beside), voucher, voucher.splits + ahead - 1, policy
        )


def _is_beside(gap: Range, units: Range) -> bool:
    return units.first == gap.last + 1 or gap.first == units.last + 1


def _offered(
    args: MakeOffer, call: Call, state: Reader, voucher: Voucher, holding: Holding, policy: SplitPolicy
) -> Change:
    giver = Receiver(holding.tag, holding.sealing, holding.sponsor)
    offers = [
        _made(row, f"{call.operation}:{number}", giver, voucher, holding, policy, call.now)
        for number, row in enumerate(args.rows, start=1)
    ]
    free, over = cleared(holding, [_units(row) for row in args.rows], voucher, state, call.now)
    encumbrances = free.encumbrances
    for made in offers:
        encumbrances = place(encumbrances, _encumbrance(made))
    return Change(
        writes=(
            *over.writes,
            HOLDINGS.put(replace(free, encumbrances=encumbrances)),
            *(OFFERS.put(made) for made in offers),
        ),
        events=(*over.events, *(_made_event(made) for made in offers)),
    )


def _made(
    row: OfferRow,
    name: str,
    giver: Receiver,
    voucher: Voucher,
    holding: Holding,
    policy: SplitPolicy,
    now: Moment,
) -> Offer:
    """An offer, which ends some days from now or from its value date, or when the black-out begins, whichever an outage leaves earlier."""
    start_ms = max(now.time_ms, instant_ms(read_day(row.value_date)) if row.value_date else 0)
    own_ms = start_ms + policy.offer_days * DAY_MS
    ends_ms = (own_ms, voucher.blackout_ms) if own_ms < voucher.blackout_ms else (voucher.blackout_ms,)
    return Offer(
        id=name,
        voucher=voucher.number,
        holding=holding.first,
        first=row.first,
        last=row.last,
        giver=giver,
        receiver=row.receiver,
        trade_reference=row.trade_reference,
        value_date=row.value_date,
        offered_ms=now.time_ms,
        until_ms=ends_ms[0],
        timeline=Timeline(
            OPEN,
            (*(Step(at_ms, EXPIRED) for at_ms in ends_ms), gone(ends_ms[0], policy.retention_days)),
        ),
    )


def _encumbrance(made: Offer) -> Encumbrance:
    return Encumbrance(
        EncumbranceKind.OFFER, made.first, made.last, tag_author(made.giver.tag), made.until_ms, made.id
    )


def _units(row: OfferRow) -> Range:
    return Range(row.first, row.last)


def _made_event(made: Offer) -> OfferMade:
    return OfferMade(
        offer=made.id,
        voucher=made.voucher,
        first=made.first,
        last=made.last,
        giver=made.giver,
        receiver=made.receiver,
        trade_reference=made.trade_reference,
        value_date=made.value_date,
        timeline=shown(made.timeline),
    )
