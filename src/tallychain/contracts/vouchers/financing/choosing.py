"""The seller chooses one quote, and its units are bound; or it takes none."""

from msgspec.structs import replace

from tallychain.contracts.documents import api as documents
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.financing import refusals, waiting
from tallychain.contracts.vouchers.financing.asking import check_free
from tallychain.contracts.vouchers.financing.ending import without_quotes
from tallychain.contracts.vouchers.financing.events import FinancingAwarded, FinancingClosed
from tallychain.contracts.vouchers.financing.find import (
    check_bank,
    check_seller,
    check_status,
    commitment,
    is_funder,
    the_financing,
    the_quote,
)
from tallychain.contracts.vouchers.financing.operations import Award, CloseFinancing
from tallychain.contracts.vouchers.financing.state import (
    ASKING,
    CHOOSING,
    CLOSED,
    FINANCINGS,
    PLEDGE,
    REVEALED,
    Deal,
    Financing,
    Quote,
)
from tallychain.contracts.vouchers.policies import SplitPolicy, split_policy
from tallychain.contracts.vouchers.rules.change import gone, shown
from tallychain.contracts.vouchers.rules.divide import divided
from tallychain.contracts.vouchers.rules.find import (
    check_eligible,
    check_parts_large_enough,
    check_transferable,
    the_voucher,
)
from tallychain.contracts.vouchers.rules.stale import cleared
from tallychain.contracts.vouchers.settling.paid import check_not_paid
from tallychain.contracts.vouchers.state import HOLDINGS, VOUCHERS, Holding, Voucher
from tallychain.instruments.holdings import Encumbrance, EncumbranceKind, place, split_off
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Timeline
from tallychain.ledger.types import MEMBER_PREFIX


def award(args: Award, call: Call, state: Reader) -> Change:
    """
    Choose one quote.

    The amount and the account are fixed by the commitment of the sealed part, which the paying bank opens.  Where only a part of a holding is financed it
    becomes a holding of its own here, before the black-out, so that whoever decides later moves a whole one.
    """
    financing = the_financing(args.voucher, args.financing, state, call.now)
    holding = check_seller(financing, call, state)
    check_status(financing, call.now, CHOOSING)
    voucher = the_voucher(args.voucher, state, call.now)
    policy = split_policy(state, voucher.split_policy)
    check_transferable(voucher, policy, call.now)
    documents.check_not_under_review(state, voucher.number, call.now)
    check_not_paid(holding, state)
    check_free(holding, financing.units, state, call.now)
    quote = _usable(financing, args, voucher, call.now, state)
    check_bank(args.seller_bank, state, call.now, args.funder)
    if financing.form != PLEDGE and holding.layer >= policy.layers_max:
        raise general.LayerLimit(holding.id, policy.layers_max, policy.source.article_of("layers_max"))
    _check_split(financing, holding, voucher, policy)
    return _awarded(args, call, financing, voucher, holding, quote, state)


def close(args: CloseFinancing, call: Call, state: Reader) -> Change:
    """Take none of the quotes, at any time before one was chosen."""
    financing = the_financing(args.voucher, args.financing, state, call.now)
    check_seller(financing, call, state)
    check_status(financing, call.now, *ASKING)
    voucher = the_voucher(args.voucher, state, call.now)
    days = split_policy(state, voucher.split_policy).retention_days
    later = replace(financing, timeline=Timeline(CLOSED, (gone(call.now.time_ms, days),)))
    told = FinancingClosed(financing.id, financing.voucher)
    return without_quotes(financing, state, call.now) + Change((FINANCINGS.put(later),), (told,))


def _usable(financing: Financing, args: Award, voucher: Voucher, now: Moment, state: Reader) -> Quote:
    """The quote that is chosen: delivered, not shown to be false, of a funder that may still fund."""
    quote = the_quote(financing, args.funder, state)
    if quote.state != REVEALED or quote.commitment != args.quote:
        raise refusals.QuoteNotUsable(args.funder)
    if not is_funder(quote.funder, voucher.issuer, state, now):
        raise refusals.FunderNotEligible(quote.funder)
    check_eligible(quote.receiver.sponsor, state, now)
    check_bank(quote.paying_bank, state, now)
    return quote


def _check_split(financing: Financing, holding: Holding, voucher: Voucher, policy: SplitPolicy) -> None:
    rests = split_off(holding.units, [financing.units])
    if rests and voucher.splits >= policy.children_max:
        raise general.SplitLimit(
            voucher.number, policy.children_max, policy.source.article_of("children_max")
        )
    if rests:
        check_parts_large_enough((financing.units, *rests), voucher, voucher.splits, policy)


def _awarded(
    args: Award,
    call: Call,
    financing: Financing,
    voucher: Voucher,
    holding: Holding,
    quote: Quote,
    state: Reader,
) -> Change:
    policy = split_policy(state, voucher.split_policy)
    until_ms = waiting.pay_until(voucher, call.now, state)
    deal = Deal(
        funder=quote.funder,
        receiver=quote.receiver,
        quote=quote.commitment,
        revealed=quote.revealed,
        paying_bank=quote.paying_bank,
        seller_bank=args.seller_bank,
        payment=commitment(call, "payment"),
        awarded_ms=call.now.time_ms,
        registration="",
        certificate="",
        registered_ms=0,
        disbursement="",
        disbursed_ms=0,
        word="",
    )
    later = replace(financing, deal=deal, timeline=waiting.awarded(until_ms, policy))
    free, over = cleared(holding, [financing.units], voucher, state, call.now)
    change = over + without_quotes(financing, state, call.now)
    if financing.units != holding.units:
        pieces = divided(free, financing.units, voucher)
        free = pieces.part
        split = VOUCHERS.put(replace(voucher, splits=voucher.splits + 1))
        change += Change((split, *(HOLDINGS.put(rest) for rest in pieces.rests)), (pieces.event,))
    writes = (FINANCINGS.put(later), HOLDINGS.put(_bound(free, financing, deal)))
    return change + Change(writes, (_event(later, deal, voucher),))


def _bound(holding: Holding, financing: Financing, deal: Deal) -> Holding:
    by = MEMBER_PREFIX + deal.funder
    lock = Encumbrance(EncumbranceKind.FINANCING, holding.first, holding.last, by, 0, financing.id)
    return replace(holding, encumbrances=place(holding.encumbrances, lock))


def _event(financing: Financing, deal: Deal, voucher: Voucher) -> FinancingAwarded:
    return FinancingAwarded(
        financing=financing.id,
        voucher=voucher.number,
        issuer=voucher.issuer,
        funder=deal.funder,
        receiver=deal.receiver,
        quote=deal.quote,
        paying_bank=deal.paying_bank,
        seller_bank=deal.seller_bank,
        payment=deal.payment,
        timeline=shown(financing.timeline),
    )
