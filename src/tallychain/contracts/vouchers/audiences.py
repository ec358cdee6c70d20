"""Who must be able to open the sealed parts of voucher operations.

Both sides of a hop read its trade part, and so does the sponsor of each side; who acts is known to the own sponsor, the issuer,
the supervisors and the counterpart (design page "answers", Keys, persons, gateways).  Whoever carries an act vouches for the person
behind it, so it reads the identity too where it is not the sponsor.
"""

from collections.abc import Callable

from tallychain.contracts.vouchers.cancelling.operations import Consent
from tallychain.contracts.vouchers.courting.find import held_by, holdings_under, the_freeze
from tallychain.contracts.vouchers.courting.operations import (
    ExecuteFreeze,
    FreezeUnits,
    RenewFreeze,
    TransferFrozen,
    Unfreeze,
)
from tallychain.contracts.vouchers.courting.state import STANDING, Freeze
from tallychain.contracts.vouchers.disputing.find import the_dispute
from tallychain.contracts.vouchers.disputing.operations import (
    AnswerDispute,
    CloseDispute,
    OpenDispute,
    ReferDispute,
)
from tallychain.contracts.vouchers.operations import (
    Accept,
    Decline,
    Issue,
    MakeOffer,
    Recall,
    Reject,
    Take,
)
from tallychain.contracts.vouchers.pledging.find import the_pledge
from tallychain.contracts.vouchers.pledging.operations import (
    ClaimPledge,
    ContestClaim,
    CreatePledge,
    RecallPledge,
)
from tallychain.contracts.vouchers.redeeming.find import the_redemption
from tallychain.contracts.vouchers.redeeming.operations import (
    AgreeRedemption,
    DeclineRedemption,
    OfferRedemption,
)
from tallychain.contracts.vouchers.rules.find import is_free, the_holding, the_offer, the_voucher
from tallychain.contracts.vouchers.sponsoring.operations import ClaimSponsorIdle, Port
from tallychain.contracts.vouchers.sponsoring.rules import party_of
from tallychain.contracts.vouchers.state import Holding, Voucher
from tallychain.instruments.holdings import EncumbranceKind
from tallychain.ledger.contract import Call
from tallychain.ledger.holder import Receiver
from tallychain.ledger.parameters import facts_of
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment
from tallychain.ledger.types import MEMBER_PREFIX

Parties = tuple[str, ...]


def promise(args: Issue, call: Call, _state: Reader) -> Parties:
    """The promise: issuer and receiver, and the receiver's sponsor."""
    return _all(call.author, *_side(args.receiver))


def answer(args: Accept | Reject, call: Call, state: Reader) -> Parties:
    """Who accepts or rejects."""
    voucher = the_voucher(args.voucher, state, call.now)
    return _all(*_own(voucher.receiver, call, state), _member(voucher.issuer), *_supervisors(state))


def rejection(args: Reject, call: Call, state: Reader) -> Parties:
    """Why the receiver rejects: the issuer shall know."""
    voucher = the_voucher(args.voucher, state, call.now)
    return _all(*_side(voucher.receiver), _member(voucher.issuer))


def offering(args: MakeOffer, call: Call, state: Reader) -> Parties:
    """Who offers; every named receiver shall know."""
    voucher = the_voucher(args.voucher, state, call.now)
    holding = the_holding(args.voucher, args.holding, state)
    own = _own(_holder(holding), call, state)
    named = (row.receiver.sealing for row in args.rows)
    return _all(*own, _member(voucher.issuer), *_supervisors(state), *named)


def trade_of_row(number: int) -> Callable[[MakeOffer, Call, Reader], Parties]:
    """The trade of one row, counted from 0: its two sides with their sponsors, and nobody of another row."""

    def parties(args: MakeOffer, _call: Call, state: Reader) -> Parties:
        if number >= len(args.rows):
            return ()
        holding = the_holding(args.voucher, args.holding, state)
        own = (holding.sealing, _member(holding.sponsor))
        return _all(*own, *_side(args.rows[number].receiver))

    return parties


def taking(args: Take | Decline, call: Call, state: Reader) -> Parties:
    """Who takes or declines; the transferor shall know."""
    voucher = the_voucher(args.voucher, state, call.now)
    offer = the_offer(args.voucher, args.offer, state, call.now)
    own = _own(offer.receiver, call, state)
    return _all(*own, _member(voucher.issuer), *_supervisors(state), offer.giver.sealing)


def declining(args: Decline, call: Call, state: Reader) -> Parties:
    """Why the receiver declines: the transferor shall know."""
    offer = the_offer(args.voucher, args.offer, state, call.now)
    return _all(*_side(offer.receiver), *_side(offer.giver))


def recalling(args: Recall, call: Call, state: Reader) -> Parties:
    """Who takes the offer back; the named receiver shall know."""
    voucher = the_voucher(args.voucher, state, call.now)
    offer = the_offer(args.voucher, args.offer, state, call.now)
    own = _own(offer.giver, call, state)
    return _all(*own, _member(voucher.issuer), *_supervisors(state), offer.receiver.sealing)


def consenting(args: Consent, call: Call, state: Reader) -> Parties:
    """Who gives a holding up."""
    voucher = the_voucher(args.voucher, state, call.now)
    holding = the_holding(args.voucher, args.holding, state)
    own = _own(_holder(holding), call, state)
    return _all(*own, _member(voucher.issuer), *_supervisors(state))


def porting(args: Port, call: Call, state: Reader) -> Parties:
    """Who leaves a sponsor: the new one shall know, and the old one need not be told."""
    voucher = the_voucher(args.voucher, state, call.now)
    own = (the_holding(args.voucher, first, state).sealing for first in args.holdings)
    return _all(*own, _member(call.via), _member(voucher.issuer), *_supervisors(state))


def claiming(args: ClaimSponsorIdle, call: Call, state: Reader) -> Parties:
    """Who claims: the sponsor shall know, and the member that carries the claim."""
    voucher = the_voucher(args.voucher, state, call.now)
    sponsor = _member(party_of(args, state, call.now).sponsor)
    return _all(sponsor, _member(call.via), _member(voucher.issuer), *_supervisors(state))


def pledging(args: CreatePledge, call: Call, state: Reader) -> Parties:
    """Who pledges; the pledgee shall know."""
    voucher = the_voucher(args.voucher, state, call.now)
    own = _own(_holder(the_holding(args.voucher, args.holding, state)), call, state)
    return _all(*own, _member(args.pledgee), _member(voucher.issuer), *_supervisors(state))


def secured(args: CreatePledge, _call: Call, state: Reader) -> Parties:
    """What a pledge secures: the two of them, and no sponsor, which may be a lender too."""
    return _all(the_holding(args.voucher, args.holding, state).sealing, _member(args.pledgee))


def pledged(args: RecallPledge | ContestClaim, call: Call, state: Reader) -> Parties:
    """Which holder speaks about its pledge."""
    pledge = the_pledge(args.voucher, args.pledge, state, call.now)
    voucher = the_voucher(args.voucher, state, call.now)
    own = _own(_holder(the_holding(pledge.voucher, pledge.first, state)), call, state)
    return _all(*own, _member(pledge.pledgee), _member(voucher.issuer), *_supervisors(state))


def claimed(args: ClaimPledge, call: Call, state: Reader) -> Parties:
    """How much a pledgee claims: the holder, who may contest it, and the bank that pays."""
    pledge = the_pledge(args.voucher, args.pledge, state, call.now)
    voucher = the_voucher(args.voucher, state, call.now)
    holding = the_holding(pledge.voucher, pledge.first, state)
    return _all(holding.sealing, _member(pledge.pledgee), _member(voucher.settlement_bank))


def contesting(args: ContestClaim, call: Call, state: Reader) -> Parties:
    """Why a claim is contested: the pledgee shall know."""
    pledge = the_pledge(args.voucher, args.pledge, state, call.now)
    return _all(the_holding(pledge.voucher, pledge.first, state).sealing, _member(pledge.pledgee))


def freezing(args: FreezeUnits, call: Call, state: Reader) -> Parties:
    """What a court ordered: whom it concerns."""
    voucher = the_voucher(args.voucher, state, call.now)
    holdings = held_by(args, voucher, state)
    return _concerned(call, voucher, holdings, state)


def ordered(args: RenewFreeze | Unfreeze | ExecuteFreeze, call: Call, state: Reader) -> Parties:
    """What a court ordered about its freeze: whom it concerns."""
    freeze = the_freeze(args.voucher, args.freeze, state, call.now)
    voucher = the_voucher(args.voucher, state, call.now)
    return _concerned(call, voucher, _frozen(freeze, state, call.now), state)


def executed(args: ExecuteFreeze, call: Call, state: Reader) -> Parties:
    """The account that a court names: who reads the account of a holder, and the supervisors."""
    freeze = the_freeze(args.voucher, args.freeze, state, call.now)
    voucher = the_voucher(args.voucher, state, call.now)
    sides = [name for one in _frozen(freeze, state, call.now) for name in _side(_holder(one))]
    money = (_member(voucher.settlement_bank), _member(voucher.issuer))
    return _all(call.author, *sides, *money, *_supervisors(state))


def transferred(args: TransferFrozen, call: Call, state: Reader) -> Parties:
    """What a court ordered about title: whom it concerns, and who gets it."""
    freeze = the_freeze(args.voucher, args.freeze, state, call.now)
    voucher = the_voucher(args.voucher, state, call.now)
    own = _concerned(call, voucher, _frozen(freeze, state, call.now), state)
    return _all(*own, *_side(args.receiver))


def disputing(args: OpenDispute, call: Call, state: Reader) -> Parties:
    """Why an issuer disputes: the holder and its sponsor, the settlement bank and the supervisors."""
    return _contending(the_holding(args.voucher, args.holding, state), args.voucher, call, state)


def contended(args: ReferDispute | CloseDispute, call: Call, state: Reader) -> Parties:
    """Who decides a dispute, or what was decided."""
    dispute = the_dispute(args.voucher, args.dispute, state, call.now)
    return _contending(the_holding(args.voucher, dispute.first, state), args.voucher, call, state)


def disputed(args: AnswerDispute, call: Call, state: Reader) -> Parties:
    """Who answers a dispute."""
    dispute = the_dispute(args.voucher, args.dispute, state, call.now)
    voucher = the_voucher(args.voucher, state, call.now)
    own = _own(_holder(the_holding(args.voucher, dispute.first, state)), call, state)
    return _all(*own, _member(voucher.issuer), *_supervisors(state))


def redeeming(args: OfferRedemption, call: Call, state: Reader) -> Parties:
    """At what price an issuer pays early: the holder and the bank that pays; no sponsor, which may be a funder with a price of its own."""
    voucher = the_voucher(args.voucher, state, call.now)
    holding = the_holding(args.voucher, args.holding, state)
    return _all(call.author, holding.sealing, _member(voucher.settlement_bank))


def redeemed(args: AgreeRedemption | DeclineRedemption, call: Call, state: Reader) -> Parties:
    """Who agrees to be paid early, or does not."""
    voucher = the_voucher(args.voucher, state, call.now)
    own = _own(_holder(the_holding(args.voucher, args.holding, state)), call, state)
    return _all(*own, _member(voucher.issuer), *_supervisors(state))


def paid_early(args: AgreeRedemption, call: Call, state: Reader) -> Parties:
    """The account: who reads that of any payout, the holder, its sponsor, the bank that pays and the issuer."""
    voucher = the_voucher(args.voucher, state, call.now)
    redemption = the_redemption(voucher.number, args.holding, args.redemption, state)
    own = _own(_holder(the_holding(args.voucher, args.holding, state)), call, state)
    return _all(*own, _member(redemption.bank), _member(voucher.issuer))


def _contending(holding: Holding, number: str, call: Call, state: Reader) -> Parties:
    voucher = the_voucher(number, state, call.now)
    money = (_member(voucher.settlement_bank), _member(voucher.issuer))
    return _all(call.author, *_side(_holder(holding)), *money, *_supervisors(state))


def _frozen(freeze: Freeze, state: Reader, now: Moment) -> tuple[Holding, ...]:
    """The holdings that a freeze stands on; none once it has ended, when its rule refuses."""
    return holdings_under(freeze, state) if freeze.status_at(now) in STANDING else ()


def _concerned(call: Call, voucher: Voucher, holdings: tuple[Holding, ...], state: Reader) -> Parties:
    """Holder and sponsor, issuer, settlement bank, pledgees and supervisors."""
    sides = [name for one in holdings for name in _side(_holder(one))]
    pledgees = [e.by for one in holdings for e in one.encumbrances if e.kind is EncumbranceKind.PLEDGE]
    money = (_member(voucher.settlement_bank), _member(voucher.issuer))
    return _all(call.author, *sides, *pledgees, *money, *_supervisors(state))


def _side(party: Receiver) -> Parties:
    """One side of a hop: the tag and its sponsor."""
    return (party.sealing, _member(party.sponsor))


def _own(party: Receiver, call: Call, state: Reader) -> Parties:
    """The side that acts: the tag, its sponsor, and whoever carries the act while that one leaves a claim unanswered."""
    is_carried = is_free(party.sponsor, call, state)
    return (*_side(party), _member(call.via)) if is_carried else _side(party)


def _holder(holding: Holding) -> Receiver:
    return Receiver(holding.tag, holding.sealing, holding.sponsor)


def _supervisors(state: Reader) -> Parties:
    return tuple(_member(name) for name in facts_of(state).supervisors)


def _member(name: str) -> str:
    return MEMBER_PREFIX + name


def _all(*names: str) -> Parties:
    return tuple(sorted(set(names)))
