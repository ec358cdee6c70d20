"""A funder claims from the seller, the seller buys back or contests, and a bank says that its money has come."""

import dataclasses

from msgspec.structs import replace

from tallychain.contracts.vouchers.courting.money import Turn, settled_again, without_account
from tallychain.contracts.vouchers.events import TitleMoved
from tallychain.contracts.vouchers.financing.find import check_bank, check_status, the_deal, the_financing
from tallychain.contracts.vouchers.financing.refusals import NotTheFunder, UnitsPassedOn
from tallychain.contracts.vouchers.financing.state import COMPLETED, PLEDGE, Deal, Financing
from tallychain.contracts.vouchers.recoursing.ending import ended, replaced
from tallychain.contracts.vouchers.recoursing.events import BoughtBack, BuyBackAgreed, RecourseClaimed
from tallychain.contracts.vouchers.recoursing.find import check_pending, status_for, the_recourse
from tallychain.contracts.vouchers.recoursing.operations import (
    AttestBuyBack,
    BuyBackUnits,
    ClaimRecourse,
    ContestRecourse,
    WithdrawRecourse,
)
from tallychain.contracts.vouchers.recoursing.refusals import (
    NoRecourse,
    NotTheReceivingBank,
    RecourseOutdated,
    RecourseStands,
)
from tallychain.contracts.vouchers.recoursing.state import (
    AGREED,
    BOUGHT_BACK,
    BUY_BACKS,
    CONTESTED,
    DEMANDED,
    FAILED,
    LAPSED,
    PAY_BUSINESS_DAYS,
    RECOURSES,
    STANDING,
    WITHDRAWN,
    BuyBack,
    Recourse,
)
from tallychain.contracts.vouchers.refusals import NotTheHolder
from tallychain.contracts.vouchers.rules.change import DAY_MS, held
from tallychain.contracts.vouchers.rules.find import check_eligible, the_holding, the_voucher
from tallychain.contracts.vouchers.rules.stale import cleared
from tallychain.contracts.vouchers.settling.policies import settlement_policy
from tallychain.contracts.vouchers.settling.refusals import (
    AlreadyPaid,
    BookingTimeNotPossible,
    MoneyWithBank,
    NotOverdue,
    ReleasePending,
    UnitsBound,
)
from tallychain.contracts.vouchers.settling.rules.find import check_unused
from tallychain.contracts.vouchers.settling.rules.position import Position, position_of
from tallychain.contracts.vouchers.settling.rules.times import MINUTE_MS, business_day_after
from tallychain.contracts.vouchers.settling.state import HELD
from tallychain.contracts.vouchers.standing import binding
from tallychain.contracts.vouchers.state import BY_RECOURSE, HOLDINGS, OVERDUE, Holding, Voucher
from tallychain.instruments.calendar import instant_ms, local_day
from tallychain.instruments.holdings import Encumbrance, EncumbranceKind, place
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.holder import Receiver
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline, settled
from tallychain.ledger.types import MEMBER_PREFIX, MemberId


def claim(args: ClaimRecourse, call: Call, state: Reader) -> Change:
    """
    Claim from the seller, once the voucher is overdue and not before, since a missed cut-off may turn out to be nobody's fault.

    Of a holding that the funder still has, whole; nothing is bound by it.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    financing = the_financing(args.voucher, args.financing, state, call.now)
    check_status(financing, call.now, COMPLETED)
    deal = the_deal(financing, call.now)
    if call.member != deal.funder:
        raise NotTheFunder(financing.id)
    if not financing.recourse or financing.form == PLEDGE:
        raise NoRecourse(financing.id)
    holding = the_holding(voucher.number, args.holding, state)
    if holding.tag != deal.receiver.tag or not financing.units.contains(holding.units):
        raise UnitsPassedOn(str(holding.units))
    position = position_of(voucher, holding, state)
    _check_open(voucher, position, call.now, state)
    check_bank(args.bank, state, call.now, deal.funder)
    stood = state.get(RECOURSES, voucher.number, holding.first)
    status = "" if stood is None else status_for(stood, holding, call.now)
    if stood is not None and status in STANDING:
        raise RecourseStands(holding.id, stood.id, status)
    change = _claimed(args, call, financing, deal, voucher, position, state)
    return change if stood is None else replaced(stood, holding, call.now) + change


def buy_back(args: BuyBackUnits, call: Call, state: Reader) -> Change:
    """
    Agree to buy back.  From here on the units are bound, and what the issuer pays meanwhile waits for whoever has title in the end.

    The tag has no holding any more that a sponsor would serve; the member that carries this act serves what comes back.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    recourse = the_recourse(voucher.number, args.holding, args.recourse, state)
    holding = the_holding(voucher.number, args.holding, state)
    _check_seller(recourse, call)
    check_eligible(call.via, state, call.now)
    check_pending(recourse, holding, call.now, DEMANDED)
    position = position_of(voucher, holding, state)
    _check_open(voucher, position, call.now, state)
    if position.outstanding != recourse.unpaid:
        raise RecourseOutdated(recourse.id, recourse.unpaid, position.outstanding)
    minutes = settlement_policy(state, voucher.settlement_policy).cutoff_minutes
    day = business_day_after(local_day(call.now.time_ms), PAY_BUSINESS_DAYS, state)
    timeline = Timeline(AGREED, (Step(instant_ms(day) + minutes * MINUTE_MS, FAILED),))
    free, over = cleared(holding, [holding.units], voucher, state, call.now)
    by = MEMBER_PREFIX + recourse.funder
    lock = Encumbrance(EncumbranceKind.RECOURSE, holding.first, holding.last, by, 0, recourse.id)
    bound = replace(free, encumbrances=place(free.encumbrances, lock))
    later = replace(recourse, sponsor=call.via, agreed_ms=call.now.time_ms, timeline=timeline)
    event = BuyBackAgreed(recourse.id, voucher.number, call.via, timeline)
    return over + Change((RECOURSES.put(later), HOLDINGS.put(bound)), (event,))


def contest(args: ContestRecourse, call: Call, state: Reader) -> Change:
    """Say that nothing is owed; who is right a court or an arbitrator decides, and a court gives title by its own acts."""
    the_voucher(args.voucher, state, call.now)
    recourse = the_recourse(args.voucher, args.holding, args.recourse, state)
    holding = the_holding(args.voucher, args.holding, state)
    _check_seller(recourse, call)
    check_pending(recourse, holding, call.now, DEMANDED)
    return ended(recourse, CONTESTED, call.now.time_ms)


def withdraw(args: WithdrawRecourse, call: Call, state: Reader) -> Change:
    """Take back a claim to which the seller has not agreed."""
    the_voucher(args.voucher, state, call.now)
    recourse = the_recourse(args.voucher, args.holding, args.recourse, state)
    holding = the_holding(args.voucher, args.holding, state)
    if call.member != recourse.funder:
        raise NotTheFunder(recourse.financing)
    check_pending(recourse, holding, call.now, DEMANDED)
    return ended(recourse, WITHDRAWN, call.now.time_ms)


def attest(args: AttestBuyBack, call: Call, state: Reader) -> Change:
    """
    State that what the sealed claim says has come for the funder.  Title returns to the tag that sold, with whatever the issuer has paid meanwhile.

    What a court has frozen before this stands on record does not return: the money belongs back, and the freeze stays.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    recourse = the_recourse(voucher.number, args.holding, args.recourse, state)
    holding = the_holding(voucher.number, args.holding, state)
    if call.member != recourse.bank:
        raise NotTheReceivingBank(recourse.id, recourse.bank)
    check_pending(recourse, holding, call.now, AGREED)
    for bound in binding(holding, state, call.now):
        if bound.kind is EncumbranceKind.FREEZE:
            raise UnitsBound(holding.id, bound.kind.value)
    if not recourse.agreed_ms <= args.booked_ms <= call.now.time_ms:
        raise BookingTimeNotPossible(args.booked_ms)
    check_unused(recourse.bank, voucher.currency, args.reference, state)
    return _returned(args, call, recourse, voucher, holding, state)


def _check_seller(recourse: Recourse, call: Call) -> None:
    """Only the tag that sold."""
    if call.tag != recourse.tag:
        raise NotTheHolder(recourse.holding)


def _check_open(voucher: Voucher, position: Position, now: Moment, state: Reader) -> None:
    """Of an overdue voucher, something is owed on a holding that nothing binds, and whatever the issuer has paid has been paid out."""
    holding = position.holding
    if voucher.status_at(now) != OVERDUE:
        raise NotOverdue(voucher.number, voucher.status_at(now))
    if not position.outstanding:
        raise AlreadyPaid(holding.id)
    if position.coming:
        raise MoneyWithBank(voucher.number, voucher.settlement_bank, position.coming)
    for bound in binding(holding, state, now):
        raise UnitsBound(holding.id, bound.kind.value)
    if position.entitlement.status_at(now) != HELD:
        raise ReleasePending(holding.id)


def _claimed(
    args: ClaimRecourse,
    call: Call,
    financing: Financing,
    deal: Deal,
    voucher: Voucher,
    position: Position,
    state: Reader,
) -> Change:
    holding = position.holding
    policy = settlement_policy(state, voucher.settlement_policy)
    until_ms = call.now.time_ms + policy.answer_days * DAY_MS
    recourse = Recourse(
        voucher=voucher.number,
        first=holding.first,
        id=call.operation,
        financing=financing.id,
        holding=holding.id,
        funder=deal.funder,
        bank=args.bank,
        tag=financing.tag,
        sealing=financing.sealing,
        unpaid=position.outstanding,
        sponsor="",
        agreed_ms=0,
        timeline=Timeline(DEMANDED, (Step(until_ms, LAPSED),)),
    )
    event = RecourseClaimed(
        recourse=recourse.id,
        voucher=voucher.number,
        issuer=voucher.issuer,
        financing=financing.id,
        holding=holding.id,
        first=holding.first,
        last=holding.last,
        funder=deal.funder,
        bank=args.bank,
        tag=financing.tag,
        maturity=voucher.effective_maturity,
        unpaid=recourse.unpaid,
        late_ppm_per_day=policy.late_ppm_per_day,
        timeline=recourse.timeline,
    )
    return Change((RECOURSES.put(recourse),), (event,))


def _returned(
    args: AttestBuyBack, call: Call, recourse: Recourse, voucher: Voucher, holding: Holding, state: Reader
) -> Change:
    taken = replace(
        holding,
        seq=holding.seq + 1,
        tag=recourse.tag,
        sealing=recourse.sealing,
        sponsor=MemberId(recourse.sponsor),
        layer=holding.layer + 1,
        parent=holding.id,
        acquired_by=BY_RECOURSE,
        encumbrances=(),
    )
    turn = _afresh(position_of(voucher, holding, state), taken)
    event = BoughtBack(
        recourse=recourse.id,
        voucher=voucher.number,
        financing=recourse.financing,
        funder=recourse.funder,
        bank=recourse.bank,
        reference=args.reference,
        booked_ms=args.booked_ms,
        document=args.document,
        taken=held(taken),
        outstanding=turn.after.outstanding,
        status=turn.after.timeline(voucher, call.now),
    )
    done = RECOURSES.put(replace(recourse, timeline=settled(BOUGHT_BACK)))
    proof = BUY_BACKS.put(_proof(args, call, recourse, voucher))
    notice = _notice(recourse, voucher, holding, taken, call.now)
    change = Change((done, proof, HOLDINGS.put(taken)), (notice, event))
    return change + settled_again(voucher, [turn], call.now, state)


def _afresh(position: Position, taken: Holding) -> Turn:
    """The seller names its own account, and inherits no mark of the funder's: no write-off, and no payout that could come back."""
    without = without_account(position).after
    entitlement = replace(without.entitlement, written_off=False, reference="", amount=0, payer="")
    return Turn(position, dataclasses.replace(without, holding=taken, entitlement=entitlement))


def _notice(
    recourse: Recourse, voucher: Voucher, holding: Holding, taken: Holding, now: Moment
) -> TitleMoved:
    return TitleMoved(
        offer=recourse.id,
        voucher=voucher.number,
        issuer=voucher.issuer,
        giver=Receiver(holding.tag, holding.sealing, holding.sponsor),
        spent=holding.id,
        taken=held(taken),
        rests=(),
        moved_ms=now.time_ms,
        due_ms=voucher.due_ms,
        cutoff_ms=voucher.cutoff_ms,
    )


def _proof(args: AttestBuyBack, call: Call, recourse: Recourse, voucher: Voucher) -> BuyBack:
    return BuyBack(
        bank=recourse.bank,
        currency=voucher.currency,
        reference=args.reference,
        voucher=voucher.number,
        recourse=recourse.id,
        booked_ms=args.booked_ms,
        document=args.document,
        operation=call.operation,
    )
