"""A seller asks for money; funders commit to quotes that nobody can read, and deliver them when the time for quotes is over."""

from msgspec.structs import replace

from tallychain.contracts.documents import api as documents
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.financing import refusals, waiting
from tallychain.contracts.vouchers.financing.contents import QuoteContent
from tallychain.contracts.vouchers.financing.ending import quotes_ended
from tallychain.contracts.vouchers.financing.events import (
    FinancingAsked,
    QuoteCommitted,
    QuoteRevealed,
    QuoteVoided,
)
from tallychain.contracts.vouchers.financing.find import (
    check_bank,
    check_seller,
    check_status,
    commitment,
    is_funder,
    the_financing,
    the_quote,
)
from tallychain.contracts.vouchers.financing.operations import (
    AskFinancing,
    ChallengeQuote,
    CommitQuote,
    RevealQuote,
)
from tallychain.contracts.vouchers.financing.state import (
    BIDDING,
    BIDDING_HOURS,
    BIDDING_MINUTES,
    CHOOSING,
    COMMITTED,
    FINANCINGS,
    PLEDGE,
    QUOTES,
    QUOTES_MAX,
    REVEALED,
    REVEALING,
    VOID,
    Financing,
    Quote,
)
from tallychain.contracts.vouchers.financing.terms import is_true
from tallychain.contracts.vouchers.policies import SplitPolicy, split_policy
from tallychain.contracts.vouchers.rules.change import shown
from tallychain.contracts.vouchers.rules.find import (
    check_receiver,
    check_sponsored,
    check_transferable,
    the_holding,
    the_voucher,
)
from tallychain.contracts.vouchers.settling.paid import check_not_paid
from tallychain.contracts.vouchers.settling.rules.find import the_member
from tallychain.contracts.vouchers.settling.rules.times import MINUTE_MS
from tallychain.contracts.vouchers.standing import binding
from tallychain.contracts.vouchers.state import Holding, Voucher
from tallychain.crypto.sealing import check_opening
from tallychain.instruments.holdings import Range, strongest
from tallychain.ledger import codec
from tallychain.ledger.codec import Malformed
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment


def ask(args: AskFinancing, call: Call, state: Reader) -> Change:
    """
    Ask some funders for money against units of a holding.

    Nothing is bound by asking: the units are bound when a quote is chosen.  Every funder named sees the same at the same block.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    holding = the_holding(args.voucher, args.holding, state)
    if call.tag != holding.tag:
        raise general.NotTheHolder(holding.id)
    check_sponsored(holding.sponsor, call, state)
    policy = split_policy(state, voucher.split_policy)
    check_transferable(voucher, policy, call.now)
    documents.check_not_under_review(state, voucher.number, call.now)
    check_not_paid(holding, state)
    if not holding.first <= args.first <= args.last <= holding.last:
        raise general.UnitsOutsideHolding(args.first, args.last, holding.id)
    check_free(holding, Range(args.first, args.last), state, call.now)
    if args.form != PLEDGE and holding.layer >= policy.layers_max:
        raise general.LayerLimit(holding.id, policy.layers_max, policy.source.article_of("layers_max"))
    _check_funders(args.funders, voucher, state, call.now)
    _check_closing(args.closes_ms, voucher, call.now)
    return _asked(args, call, voucher, holding, policy, state)


def commit(args: CommitQuote, call: Call, state: Reader) -> Change:
    """Commit to a quote; the last one before the time for quotes is over counts, and it alone can be delivered."""
    financing = the_financing(args.voucher, args.financing, state, call.now)
    funder = the_member(call)
    check_status(financing, call.now, BIDDING)
    if funder not in financing.funders:
        raise refusals.NotAsked(funder, financing.id)
    before = state.get(QUOTES, financing.id, funder)
    number = 1 if before is None else before.number + 1
    if number > QUOTES_MAX:
        raise refusals.TooManyQuotes(funder, financing.id, QUOTES_MAX)
    if args.receiver.sponsor != funder:
        raise refusals.ReceiverOfAnother(args.receiver.sponsor)
    if args.receiver.tag == financing.tag:
        raise general.ReceiverIsHolder
    check_receiver(args.receiver, state, call.now)
    check_bank(args.paying_bank, state, call.now)
    quote = Quote(
        financing=financing.id,
        funder=funder,
        number=number,
        commitment=args.commitment,
        receiver=args.receiver,
        paying_bank=args.paying_bank,
        revealed="",
        state=COMMITTED,
    )
    event = QuoteCommitted(
        financing=financing.id,
        voucher=financing.voucher,
        funder=funder,
        number=number,
        commitment=args.commitment,
        receiver=args.receiver,
        paying_bank=args.paying_bank,
    )
    count = financing.committed + (before is None)
    return Change((QUOTES.put(quote), FINANCINGS.put(replace(financing, committed=count))), (event,))


def reveal(args: RevealQuote, call: Call, state: Reader) -> Change:
    """
    Deliver the quote that was committed to.

    The sealed part has to be that one, byte for byte: so a funder that sees where the others stand has nothing else to show (list of attacks,
    number 21).  When the last one has come the seller chooses at once.
    """
    financing = the_financing(args.voucher, args.financing, state, call.now)
    funder = the_member(call)
    quote = the_quote(financing, funder, state)
    if quote.state != COMMITTED:
        raise refusals.QuoteDelivered(funder)
    check_status(financing, call.now, REVEALING)
    if commitment(call, "quote") != quote.commitment:
        raise refusals.QuoteDiffers(funder)
    shown_now = replace(quote, revealed=call.operation, state=REVEALED)
    event = QuoteRevealed(financing.id, financing.voucher, funder, quote.commitment)
    later = replace(financing, revealed=financing.revealed + 1)
    change = Change((QUOTES.put(shown_now),), (event,))
    if later.revealed < later.committed:
        return change + Change((FINANCINGS.put(later),))
    voucher = the_voucher(financing.voucher, state, call.now)
    policy = split_policy(state, voucher.split_policy)
    timeline = waiting.choosing(call.now.time_ms, voucher, policy, state)
    ended = quotes_ended(replace(later, funders=()), timeline, state)
    return change + Change((FINANCINGS.put(replace(later, timeline=timeline)),)) + ended


def challenge(args: ChallengeQuote, call: Call, state: Reader) -> Change:
    """Show that a delivered quote is false: it is no quote at all, or its figures do not follow from its rate, fees and days."""
    financing = the_financing(args.voucher, args.financing, state, call.now)
    check_seller(financing, call, state)
    check_status(financing, call.now, REVEALING, CHOOSING)
    quote = the_quote(financing, args.funder, state)
    if quote.state != REVEALED:
        raise refusals.QuoteNotUsable(args.funder)
    content = bytes.fromhex(args.content)
    context, salt = bytes.fromhex(args.context), bytes.fromhex(args.salt)
    if not check_opening(bytes.fromhex(quote.commitment), context, salt, content):
        raise refusals.ChallengeNotProven(args.funder)
    if _says_truth(content, financing):
        raise refusals.QuoteIsTrue(args.funder)
    event = QuoteVoided(financing.id, financing.voucher, args.funder)
    return Change((QUOTES.put(replace(quote, state=VOID)),), (event,))


def check_free(holding: Holding, units: Range, state: Reader, now: Moment) -> None:
    """Nothing binds these units."""
    obstacle = strongest(units, binding(holding, state, now))
    if obstacle is not None:
        raise general.UnitsNotFree(str(units), str(obstacle.range), obstacle.kind.value)


def _says_truth(content: bytes, financing: Financing) -> bool:
    try:
        said = codec.decode(QuoteContent, content)
    except Malformed:
        return False
    return is_true(said, financing.units.length, financing.maturity)


def _check_funders(funders: tuple[str, ...], voucher: Voucher, state: Reader, now: Moment) -> None:
    """Each is named once, in one order, and may fund."""
    before = ""
    for name in funders:
        if name <= before or not is_funder(name, voucher.issuer, state, now):
            raise refusals.FunderNotEligible(name)
        before = name


def _check_closing(closes_ms: int, voucher: Voucher, now: Moment) -> None:
    earliest = now.time_ms + BIDDING_MINUTES * MINUTE_MS
    latest = min(now.time_ms + BIDDING_HOURS * 60 * MINUTE_MS, voucher.blackout_ms - waiting.REVEAL_MS)
    if not earliest <= closes_ms <= latest:
        raise refusals.ClosingTimeNotPossible(closes_ms, earliest, latest)


def _asked(
    args: AskFinancing, call: Call, voucher: Voucher, holding: Holding, policy: SplitPolicy, state: Reader
) -> Change:
    financing = Financing(
        id=call.operation,
        voucher=voucher.number,
        holding=holding.first,
        first=args.first,
        last=args.last,
        tag=holding.tag,
        sealing=holding.sealing,
        form=args.form,
        recourse=args.recourse,
        funders=args.funders,
        maturity=voucher.effective_maturity,
        asked_ms=call.now.time_ms,
        committed=0,
        revealed=0,
        deal=None,
        timeline=waiting.bidding(args.closes_ms, voucher, policy, state),
    )
    event = FinancingAsked(
        financing=financing.id,
        voucher=voucher.number,
        issuer=voucher.issuer,
        holding=holding.id,
        first=args.first,
        last=args.last,
        tag=holding.tag,
        sponsor=holding.sponsor,
        form=args.form,
        recourse=args.recourse,
        funders=args.funders,
        maturity=financing.maturity,
        closes_ms=args.closes_ms,
        timeline=shown(financing.timeline),
    )
    return Change((FINANCINGS.put(financing),), (event,))
