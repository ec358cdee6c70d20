"""A supplier presents a right to its debtor."""

from datetime import date, timedelta

from tallychain.contracts.documents import keyrefusals, refusals, termrefusals
from tallychain.contracts.documents.events import PayablePresented, PresentedInvoice
from tallychain.contracts.documents.operations import Present
from tallychain.contracts.documents.policies import documents_policy, end_of_business_day
from tallychain.contracts.documents.rules.epochs import named_epochs
from tallychain.contracts.documents.rules.find import (
    answer_for,
    check_once,
    check_one_record,
    check_total,
    check_unused,
    names_of,
    the_payable,
)
from tallychain.contracts.documents.state import (
    ENDED,
    LAPSED,
    ORDER,
    PAYABLES,
    PRESENTED,
    REFERENCES,
    Payable,
    Reference,
)
from tallychain.contracts.members.api import is_active_kind, may_sponsor
from tallychain.crypto.schemes import KeyNotAdmissible, admit_key, admit_sealing_key
from tallychain.instruments.calendar import (
    DateUnreadable,
    add_months,
    format_date,
    instant_ms,
    local_day,
    parse_date,
)
from tallychain.ledger import limits
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.holder import Receiver
from tallychain.ledger.identity import CORE_ENTERPRISE
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline

PAPERS_LABEL = "papers"


def present(args: Present, call: Call, state: Reader) -> Change:
    """
    Present a right to its debtor, which has ten business days to answer, and never longer than to the due day.

    The ledger says of each invoice whether it is clear; one that another issuer's voucher takes from is refused at once.
    """
    _check_card(args.presenter, call, state)
    if not is_active_kind(state, args.issuer, CORE_ENTERPRISE, call.now):
        raise refusals.DebtorNotEligible(args.issuer)
    due = _due_day(args.due_day, state, call.now)
    _check_sellers_term(args, due, state, call.now)
    if (args.kind == ORDER) != (not args.invoices):
        raise refusals.PapersDoNotFit(args.kind, len(args.invoices))
    _check_names(args, state, call.now)
    check_once([name for item in args.invoices for name in names_of(item)])
    for item in args.invoices:
        check_unused(item, args.issuer, state, call.now)
    check_one_record(args.invoices, state)
    for item in args.invoices:
        check_total(item, state)
    total = sum(item.total for item in args.invoices)
    if args.invoices and args.amount > total:
        raise refusals.AmountAbovePapers(args.amount, total)
    _check_reference(args, state, call.now)
    return _presented(args, call, state, instant_ms(due))


def _check_card(card: Receiver, call: Call, state: Reader) -> None:
    """The card is the presenting tag's own, with keys that only their owner can use, and its sponsor carries the act."""
    if card.tag != call.tag:
        raise refusals.CardNotOwn
    if card.sponsor != call.via:
        raise refusals.CardSponsorDiffers(card.sponsor)
    if not may_sponsor(state, card.sponsor, call.now):
        raise refusals.SponsorMayNotPresent(card.sponsor)
    for key, admit in ((card.tag, admit_key), (card.sealing, admit_sealing_key)):
        try:
            admit(key)
        except KeyNotAdmissible:
            raise refusals.CardKeyNotAdmissible(key) from None


def _check_names(args: Present, state: Reader, now: Moment) -> None:
    """Papers are named under the newest key and every earlier one that is still named, so that no record is missed."""
    named = named_epochs(state, now)
    if args.epoch != named[-1]:
        raise keyrefusals.KeyEpochNotNewest(args.epoch, named[-1])
    due = len(named) - 1
    for item in args.invoices:
        if len(item.earlier) != due:
            raise keyrefusals.EarlierNamesDiffer(item.fingerprint, len(item.earlier), due)


def _due_day(text: str, state: Reader, now: Moment) -> date:
    today = local_day(now.time_ms)
    policy = documents_policy(state, now)
    try:
        due = parse_date(text)
    except DateUnreadable:
        raise refusals.DueDayNotValid(text) from None
    if due <= today:
        raise refusals.DueDayNotAhead(text, format_date(today))
    latest = min(add_months(today, policy.due_months_max), local_day(limits.TIME_MS))
    if due > latest:
        raise refusals.DueDayTooFar(text, format_date(latest), policy.source.article_of("due_months_max"))
    return due


def _check_sellers_term(args: Present, due: date, state: Reader, now: Moment) -> None:
    """A small seller is paid within some days of delivery, unless it says on what ground it agreed to more; before delivery nothing runs."""
    policy = documents_policy(state, now)
    today = local_day(now.time_ms)
    if args.delivered and _delivered(args.delivered, today) > today:
        raise termrefusals.DeliveryDayNotValid(args.delivered, format_date(today))
    if not args.small or not policy.sme_days or args.kind == ORDER:
        return
    if not args.delivered:
        raise termrefusals.DeliveryDayMissing(policy.sme_days, policy.source.article_of("sme_days"))
    latest = _delivered(args.delivered, today) + timedelta(days=policy.sme_days)
    if due > latest and not args.longer_term:
        raise termrefusals.DueAfterSellersTerm(
            args.due_day, format_date(latest), args.delivered, policy.source.article_of("sme_days")
        )


def _delivered(text: str, today: date) -> date:
    try:
        return parse_date(text)
    except DateUnreadable:
        raise termrefusals.DeliveryDayNotValid(text, format_date(today)) from None


def _check_reference(args: Present, state: Reader, now: Moment) -> None:
    used = state.get(REFERENCES, args.presenter.sponsor, args.reference)
    if used is not None and the_payable(used.payable, state).status_at(now) not in ENDED:
        raise refusals.PayableReferenceUsed(args.reference, used.payable)


def _presented(args: Present, call: Call, state: Reader, due_ms: int) -> Change:
    days = documents_policy(state, call.now).answer_business_days
    answer_ms = min(end_of_business_day(state, call.now, days), due_ms)
    payable = Payable(
        payable=call.operation,
        issuer=args.issuer,
        presenter=args.presenter,
        kind=args.kind,
        amount=args.amount,
        due_day=args.due_day,
        due_ms=due_ms,
        reference=args.reference,
        epoch=args.epoch,
        papers=next(part.commitment for part in call.sealed if part.label == PAPERS_LABEL),
        invoices=args.invoices,
        uses=(),
        timeline=Timeline(PRESENTED, (Step(answer_ms, LAPSED),)),
        small=args.small,
    )
    reference = Reference(args.presenter.sponsor, args.reference, payable.payable)
    answers = [answer_for(item, state, call.now) for item in args.invoices]
    return Change(
        (PAYABLES.put(payable), REFERENCES.put(reference)),
        (_presented_event(payable, args, answers),),
    )


def _presented_event(payable: Payable, args: Present, answers: list[str]) -> PayablePresented:
    return PayablePresented(
        payable=payable.payable,
        issuer=payable.issuer,
        presenter=payable.presenter,
        kind=payable.kind,
        amount=payable.amount,
        due_day=payable.due_day,
        reference=payable.reference,
        epoch=payable.epoch,
        papers=payable.papers,
        invoices=tuple(
            PresentedInvoice(item.fingerprint, item.total, answer)
            for item, answer in zip(payable.invoices, answers, strict=True)
        ),
        timeline=payable.timeline,
        small=args.small,
        delivered=args.delivered,
        longer_term=args.longer_term,
    )
