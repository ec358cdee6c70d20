"""A named receiver takes or declines what was offered, or the holder takes the offer back."""

from msgspec.structs import replace

from tallychain.contracts.documents import api as documents
from tallychain.contracts.vouchers import refusals
from tallychain.contracts.vouchers.events import OfferDeclined, OfferRecalled, TitleMoved
from tallychain.contracts.vouchers.operations import Decline, Recall, Take
from tallychain.contracts.vouchers.policies import split_policy
from tallychain.contracts.vouchers.rules.change import ended, held, released
from tallychain.contracts.vouchers.rules.divide import rest_of
from tallychain.contracts.vouchers.rules.find import (
    check_parts_large_enough,
    check_sponsored,
    check_transferable,
    read_day,
    the_offer,
    the_voucher,
)
from tallychain.contracts.vouchers.standing import offer_status
from tallychain.contracts.vouchers.state import (
    BY_TRANSFER,
    DECLINED,
    HOLDINGS,
    OPEN,
    RECALLED,
    TAKEN,
    VOUCHERS,
    Holding,
    Offer,
    Voucher,
    holding_over,
)
from tallychain.instruments.calendar import instant_ms
from tallychain.instruments.holdings import Range, split_off
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import Moment


def take(args: Take, call: Call, state: Reader) -> Change:
    """
    Take title to the offered units.

    Title moves in this block: the transferor is released, the issuer has notice, the layer grows by one.  What stays with the
    transferor is a holding of its own on each side of the units taken.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    offer = the_offer(args.voucher, args.offer, state, call.now)
    if call.tag != offer.receiver.tag:
        raise refusals.NotTheNamedReceiver(offer.id)
    check_sponsored(offer.receiver.sponsor, call, state)
    policy = split_policy(state, voucher.split_policy)
    check_transferable(voucher, policy, call.now)
    documents.check_not_under_review(state, voucher.number, call.now)
    _check_open(offer, state, call.now)
    if offer.value_date and call.now.time_ms < instant_ms(read_day(offer.value_date)):
        raise refusals.NotBeforeValueDate(offer.value_date)
    holding = holding_over(state, offer.voucher, offer.holding, offer.units)
    rests = split_off(holding.units, [offer.units])
    if rests and voucher.splits >= policy.children_max:
        raise refusals.SplitLimit(
            voucher.number, policy.children_max, policy.source.article_of("children_max")
        )
    if rests:
        check_parts_large_enough((offer.units, *rests), voucher, voucher.splits, policy)
    end = ended(offer, voucher, TAKEN, call.now.time_ms, state)
    return _taken(voucher, offer, holding, rests, end, call.now)


def decline(args: Decline, call: Call, state: Reader) -> Change:
    """Turn the offer down; its units are free again."""
    voucher = the_voucher(args.voucher, state, call.now)
    offer = the_offer(args.voucher, args.offer, state, call.now)
    if call.tag != offer.receiver.tag:
        raise refusals.NotTheNamedReceiver(offer.id)
    check_sponsored(offer.receiver.sponsor, call, state)
    _check_open(offer, state, call.now)
    holding = holding_over(state, offer.voucher, offer.holding, offer.units)
    return Change(
        writes=(
            ended(offer, voucher, DECLINED, call.now.time_ms, state),
            HOLDINGS.put(released(holding, offer.id)),
        ),
        events=(OfferDeclined(offer.id, offer.voucher),),
    )


def recall(args: Recall, call: Call, state: Reader) -> Change:
    """Take the offer back; its units are free again."""
    voucher = the_voucher(args.voucher, state, call.now)
    offer = the_offer(args.voucher, args.offer, state, call.now)
    if call.tag != offer.giver.tag:
        raise refusals.NotTheHolder(offer.id)
    check_sponsored(offer.giver.sponsor, call, state)
    _check_open(offer, state, call.now)
    holding = holding_over(state, offer.voucher, offer.holding, offer.units)
    return Change(
        writes=(
            ended(offer, voucher, RECALLED, call.now.time_ms, state),
            HOLDINGS.put(released(holding, offer.id)),
        ),
        events=(OfferRecalled(offer.id, offer.voucher),),
    )


def _check_open(offer: Offer, state: Reader, now: Moment) -> None:
    status = offer_status(offer, state, now)
    if status != OPEN:
        raise refusals.OfferNotOpen(offer.id, status)


def _taken(
    voucher: Voucher, offer: Offer, holding: Holding, rests: tuple[Range, ...], end: Write, now: Moment
) -> Change:
    taken = Holding(
        voucher=voucher.number,
        first=offer.first,
        last=offer.last,
        seq=holding.seq + 1,
        tag=offer.receiver.tag,
        sealing=offer.receiver.sealing,
        sponsor=offer.receiver.sponsor,
        layer=holding.layer + 1,
        parent=holding.id,
        acquired_by=BY_TRANSFER,
        encumbrances=(),
    )
    stay = tuple(rest_of(released(holding, offer.id), units) for units in rests)
    # The lowest piece begins where the old holding did, so its row takes the old one's place.
    writes = (end, HOLDINGS.put(taken), *(HOLDINGS.put(rest) for rest in stay))
    split = (VOUCHERS.put(replace(voucher, splits=voucher.splits + 1)),) if stay else ()
    moved = TitleMoved(
        offer=offer.id,
        voucher=voucher.number,
        issuer=voucher.issuer,
        giver=offer.giver,
        spent=holding.id,
        taken=held(taken),
        rests=tuple(held(rest) for rest in stay),
        moved_ms=now.time_ms,
        due_ms=voucher.due_ms,
        cutoff_ms=voucher.cutoff_ms,
    )
    return Change(writes=(*writes, *split), events=(moved,))
