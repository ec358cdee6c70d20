"""Who must be able to open the sealed parts of financings, and who must not need to."""

from tallychain.contracts.vouchers.financing.find import held, the_financing
from tallychain.contracts.vouchers.financing.operations import (
    AskFinancing,
    Award,
    ChallengeQuote,
    CloseFinancing,
    CompleteFinancing,
    RefuteFinancing,
    RevealQuote,
)
from tallychain.contracts.vouchers.financing.state import QUOTES
from tallychain.contracts.vouchers.rules.find import is_free, the_holding, the_voucher
from tallychain.contracts.vouchers.state import Holding, Voucher
from tallychain.ledger.contract import Call
from tallychain.ledger.parameters import facts_of
from tallychain.ledger.state import Reader
from tallychain.ledger.types import MEMBER_PREFIX

Parties = tuple[str, ...]
OfSeller = CloseFinancing | ChallengeQuote | CompleteFinancing | RefuteFinancing


def asking(args: AskFinancing, call: Call, state: Reader) -> Parties:
    """Who asks: everybody that is asked shall know, and the issuer."""
    voucher = the_voucher(args.voucher, state, call.now)
    holding = the_holding(args.voucher, args.holding, state)
    return _all(*_own(holding, voucher, call, state), *_members(args.funders))


def reasons(args: AskFinancing, _call: Call, state: Reader) -> Parties:
    """Why money is asked for: those asked, and no sponsor, which may be a rival of theirs."""
    holding = the_holding(args.voucher, args.holding, state)
    return _all(holding.sealing, *_members(args.funders))


def quote(args: RevealQuote, call: Call, state: Reader) -> Parties:
    """A quote: the seller's own key and the funder, and nobody else at any time (I26)."""
    financing = the_financing(args.voucher, args.financing, state, call.now)
    return _all(financing.sealing, call.author)


def seller(args: OfSeller, call: Call, state: Reader) -> Parties:
    """Which seller speaks: the funder that was chosen shall know, or all that were asked."""
    financing = the_financing(args.voucher, args.financing, state, call.now)
    voucher = the_voucher(args.voucher, state, call.now)
    own = _own(held(financing, state), voucher, call, state)
    deal = financing.deal
    return _all(*own, *_members(financing.funders if deal is None else (deal.funder,)))


def awarding(args: Award, call: Call, state: Reader) -> Parties:
    """Which seller chooses: the chosen funder shall know."""
    financing = the_financing(args.voucher, args.financing, state, call.now)
    voucher = the_voucher(args.voucher, state, call.now)
    return _all(*_own(held(financing, state), voucher, call, state), MEMBER_PREFIX + args.funder)


def payment(args: Award, call: Call, state: Reader) -> Parties:
    """The amount and the account: the two sides and the banks between them."""
    financing = the_financing(args.voucher, args.financing, state, call.now)
    chosen = state.get(QUOTES, financing.id, args.funder)
    paying = () if chosen is None else (chosen.paying_bank,)
    return _all(financing.sealing, *_members((args.funder, args.seller_bank, *paying)))


def denial(args: RefuteFinancing, call: Call, state: Reader) -> Parties:
    """Why the seller denies it: the funder and the two banks."""
    financing = the_financing(args.voucher, args.financing, state, call.now)
    deal = financing.deal
    between = () if deal is None else (deal.funder, deal.paying_bank, deal.seller_bank)
    return _all(financing.sealing, *_members(between))


def _own(holding: Holding, voucher: Voucher, call: Call, state: Reader) -> Parties:
    """The side that acts, whoever carries the act for an idle sponsor, the issuer, and the supervisors."""
    carried = (call.via,) if is_free(holding.sponsor, call, state) else ()
    known = (holding.sponsor, voucher.issuer, *facts_of(state).supervisors, *carried)
    return (holding.sealing, *_members(known))


def _members(names: tuple[str, ...]) -> Parties:
    return tuple(MEMBER_PREFIX + name for name in names)


def _all(*names: str) -> Parties:
    return tuple(sorted(set(names)))
