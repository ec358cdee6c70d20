"""The funder registers, its bank pays, the seller or its bank confirms, or an arbiter decides."""

from msgspec.structs import replace

from tallychain.contracts.documents import api as documents
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.financing import refusals, waiting
from tallychain.contracts.vouchers.financing.completing import ARBITER, BANK, SELLER, completed
from tallychain.contracts.vouchers.financing.ending import failed_event, written_down
from tallychain.contracts.vouchers.financing.events import (
    DeregistrationLate,
    FinancingDeregistered,
    FinancingDisbursed,
    FinancingDisputed,
    FinancingRegistered,
    ReceiptAttested,
)
from tallychain.contracts.vouchers.financing.find import check_seller, check_status, the_deal, the_financing
from tallychain.contracts.vouchers.financing.operations import (
    AttestReceipt,
    CompleteFinancing,
    DecideFinancing,
    DeregisterFinancing,
    Disburse,
    RefuteFinancing,
    RegisterFinancing,
)
from tallychain.contracts.vouchers.financing.state import (
    AFTER_MONEY,
    AWARDED,
    CAME,
    CAME_NOT,
    DEREGISTER_LATE,
    DISBURSED,
    DISBURSEMENTS,
    DISPUTED,
    FAILED,
    FINANCINGS,
    REGISTERED,
    REGISTRATIONS,
    TO_DEREGISTER,
    UNCONFIRMED,
    Deal,
    Disbursement,
    Financing,
    Registration,
)
from tallychain.contracts.vouchers.policies import split_policy
from tallychain.contracts.vouchers.rules.change import gone, released, shown
from tallychain.contracts.vouchers.rules.find import check_transferable, the_holding, the_voucher
from tallychain.contracts.vouchers.settling.refusals import BookingTimeNotPossible
from tallychain.contracts.vouchers.settling.rules.find import check_unused, the_member
from tallychain.contracts.vouchers.standing import binding
from tallychain.contracts.vouchers.state import HOLDINGS, Voucher
from tallychain.instruments.holdings import EncumbranceKind, strongest
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Timeline, later_statuses


def register(args: RegisterFinancing, call: Call, state: Reader) -> Change:
    """Show the registration; without it nobody pays (银发〔2025〕77号, article 13)."""
    financing = the_financing(args.voucher, args.financing, state, call.now)
    deal = the_deal(financing, call.now)
    _check_funder(financing, deal, call)
    check_status(financing, call.now, AWARDED)
    if not financing.asked_ms <= args.registered_ms <= call.now.time_ms:
        raise refusals.RegistrationTimeNotPossible
    if state.get(REGISTRATIONS, args.registration) is not None:
        raise refusals.RegistrationUsed(args.registration)
    shown_deal = replace(
        deal,
        registration=args.registration,
        certificate=args.certificate,
        registered_ms=args.registered_ms,
    )
    until_ms = min(at_ms for at_ms, _ in later_statuses(financing.timeline, ()))
    later = replace(financing, deal=shown_deal, timeline=waiting.registered(until_ms, state))
    event = FinancingRegistered(
        financing=financing.id,
        voucher=financing.voucher,
        funder=deal.funder,
        registration=args.registration,
        registered_ms=args.registered_ms,
        certificate=args.certificate,
        timeline=shown(later.timeline),
    )
    kept = REGISTRATIONS.put(Registration(args.registration, financing.id))
    return Change((FINANCINGS.put(later), kept), (event,))


def deregister(args: DeregisterFinancing, call: Call, state: Reader) -> Change:
    """Show that the registration of what has failed was taken back."""
    financing = the_financing(args.voucher, args.financing, state, call.now)
    deal = the_deal(financing, call.now)
    _check_funder(financing, deal, call)
    check_status(financing, call.now, TO_DEREGISTER, DEREGISTER_LATE)
    voucher = the_voucher(args.voucher, state, call.now)
    days = split_policy(state, voucher.split_policy).retention_days
    timeline = Timeline(FAILED, (gone(call.now.time_ms, days),))
    event = FinancingDeregistered(financing.id, financing.voucher, deal.funder, args.document)
    later = FINANCINGS.put(replace(financing, timeline=timeline))
    return _unsaid(financing, deal, call.now, state) + Change((later,), (event,))


def disburse(args: Disburse, call: Call, state: Reader) -> Change:
    """
    State that the amount that opens the award's commitment was paid.

    A funder that is its own bank is not believed alone: then the seller's bank, the seller or an arbiter has to say that the money came.
    """
    financing = the_financing(args.voucher, args.financing, state, call.now)
    deal = the_deal(financing, call.now)
    if call.member != deal.paying_bank:
        raise refusals.NotThePayingBank(financing.id)
    check_status(financing, call.now, REGISTERED)
    voucher = the_voucher(args.voucher, state, call.now)
    check_transferable(voucher, split_policy(state, voucher.split_policy), call.now)
    documents.check_not_under_review(state, voucher.number, call.now)
    _check_not_frozen(financing, call.now, state)
    if args.payment != deal.payment:
        raise refusals.PaymentDiffers(financing.id)
    if not deal.awarded_ms <= args.booked_ms <= call.now.time_ms:
        raise BookingTimeNotPossible(args.booked_ms)
    check_unused(deal.paying_bank, voucher.currency, args.reference, state)
    return _disbursed(args, call, financing, deal, voucher, state)


def attest(args: AttestReceipt, call: Call, state: Reader) -> Change:
    """The seller's bank states, once, whether the money came."""
    financing = the_financing(args.voucher, args.financing, state, call.now)
    deal = the_deal(financing, call.now)
    if call.member != deal.seller_bank:
        raise refusals.NotTheSellersBank(financing.id)
    check_status(financing, call.now, UNCONFIRMED, DISPUTED)
    if deal.word:
        raise refusals.ReceiptAttested(financing.id)
    said = replace(deal, word=CAME if args.came else CAME_NOT)
    was = financing.status_at(call.now)
    if was == DISPUTED and args.came:
        return _attested(args, call, financing, Timeline(DISPUTED)) + completed(
            financing, said, BANK, call.now.time_ms, call.now, state
        )
    if was == UNCONFIRMED and args.came:
        timeline = waiting.disbursed(call.now, state)
    else:
        timeline = waiting.disputed(said, call.now.time_ms, state)
    later = FINANCINGS.put(replace(financing, deal=said, timeline=timeline))
    return _attested(args, call, financing, timeline) + Change((later,))


def complete(args: CompleteFinancing, call: Call, state: Reader) -> Change:
    """The seller confirms that it was paid; the funder has title, or its pledge, in this block."""
    financing = the_financing(args.voucher, args.financing, state, call.now)
    check_seller(financing, call, state)
    deal = the_deal(financing, call.now)
    check_status(financing, call.now, *AFTER_MONEY)
    return completed(financing, deal, SELLER, call.now.time_ms, call.now, state)


def refute(args: RefuteFinancing, call: Call, state: Reader) -> Change:
    """The seller denies that it was paid; its bank says what came, then an arbiter decides.  The units stay bound."""
    financing = the_financing(args.voucher, args.financing, state, call.now)
    check_seller(financing, call, state)
    deal = the_deal(financing, call.now)
    check_status(financing, call.now, UNCONFIRMED, DISBURSED)
    timeline = waiting.disputed(deal, call.now.time_ms, state)
    event = FinancingDisputed(
        financing=financing.id,
        voucher=financing.voucher,
        refuted=True,
        timeline=shown(timeline),
        since_ms=call.now.time_ms,
    )
    return Change((FINANCINGS.put(replace(financing, timeline=timeline)),), (event,))


def decide(args: DecideFinancing, call: Call, state: Reader) -> Change:
    """An arbiter decides: the funder gets what it paid for, or the units are free."""
    financing = the_financing(args.voucher, args.financing, state, call.now)
    deal = the_deal(financing, call.now)
    check_status(financing, call.now, DISPUTED)
    if args.paid:
        return completed(financing, deal, ARBITER, call.now.time_ms, call.now, state)
    timeline = waiting.unwound(call.now.time_ms, state)
    event = failed_event(financing, deal, timeline, call.now.time_ms)
    holding = the_holding(financing.voucher, financing.first, state)
    later = FINANCINGS.put(replace(financing, timeline=timeline))
    return Change((later, HOLDINGS.put(released(holding, financing.id))), (event,))


def _check_funder(financing: Financing, deal: Deal, call: Call) -> None:
    if call.member != deal.funder:
        raise refusals.NotTheFunder(financing.id)


def _check_not_frozen(financing: Financing, now: Moment, state: Reader) -> None:
    """What a court has frozen before the money went is not paid for: title could not follow."""
    holding = the_holding(financing.voucher, financing.first, state)
    frozen = [e for e in binding(holding, state, now) if e.kind is EncumbranceKind.FREEZE]
    obstacle = strongest(financing.units, frozen)
    if obstacle is not None:
        raise general.UnitsNotFree(str(financing.units), str(obstacle.range), obstacle.kind.value)


def _disbursed(
    args: Disburse, call: Call, financing: Financing, deal: Deal, voucher: Voucher, state: Reader
) -> Change:
    paid = replace(deal, disbursement=call.operation, disbursed_ms=call.now.time_ms)
    if deal.paying_bank == deal.funder:
        timeline = waiting.unconfirmed(paid, call.now, state)
    else:
        timeline = waiting.disbursed(call.now, state)
    proof = Disbursement(
        bank=deal.paying_bank,
        currency=voucher.currency,
        reference=args.reference,
        voucher=voucher.number,
        financing=financing.id,
        payment=args.payment,
        booked_ms=args.booked_ms,
        document=args.document,
        operation=call.operation,
    )
    event = FinancingDisbursed(
        financing=financing.id,
        voucher=financing.voucher,
        bank=deal.paying_bank,
        payment=args.payment,
        reference=args.reference,
        booked_ms=args.booked_ms,
        document=args.document,
        timeline=shown(timeline),
    )
    later = FINANCINGS.put(replace(financing, deal=paid, timeline=timeline))
    return Change((later, DISBURSEMENTS.put(proof)), (event,))


def _attested(args: AttestReceipt, call: Call, financing: Financing, timeline: Timeline) -> Change:
    event = ReceiptAttested(
        financing=financing.id,
        voucher=financing.voucher,
        bank=the_member(call),
        came=args.came,
        document=args.document,
        timeline=shown(timeline),
    )
    return Change((), (event,))


def _unsaid(financing: Financing, deal: Deal, now: Moment, state: Reader) -> Change:
    """What time has made of it and due work has not written down: it has failed and its units are free, and the registration is late."""
    change = Change()
    if financing.timeline.status not in (TO_DEREGISTER, DEREGISTER_LATE):
        holding = the_holding(financing.voucher, financing.first, state)
        events = written_down(financing, now).events
        change += Change((HOLDINGS.put(released(holding, financing.id)),), events)
    if financing.status_at(now) == DEREGISTER_LATE != financing.timeline.status:
        late = DeregistrationLate(financing.id, financing.voucher, deal.funder, now.time_ms)
        change += Change((), (late,))
    return change
