"""Red letters (红字发票) and their review.

A red letter that leaves enough is only recorded.  One that eats into what is promised stops the vouchers concerned from being
passed on until their issuer and the suppliers' sponsors have given their word, or ten business days are over.  Whoever holds
them in good faith keeps title: the promise itself is not touched.
"""

from msgspec.structs import replace

from tallychain.contracts.documents import keyrefusals, refusals
from tallychain.contracts.documents.events import (
    InvoiceCredited,
    ReviewEnded,
    ReviewGiven,
    ReviewOpened,
)
from tallychain.contracts.documents.operations import RecordCredit, Review
from tallychain.contracts.documents.policies import documents_policy, end_of_business_day
from tallychain.contracts.documents.rules.find import the_fingerprint
from tallychain.contracts.documents.state import (
    CREDITS_MAX,
    FINGERPRINTS,
    IN_REVIEW,
    REVIEW_LAPSED,
    REVIEWED,
    Credit,
    Fingerprint,
    living,
)
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline, settled
from tallychain.ledger.types import MEMBER_PREFIX, MemberId


def record_credit(args: RecordCredit, call: Call, state: Reader) -> Change:
    """
    Record a red letter against an invoice.

    The debtor may, which receives it, and the supplier's sponsor may, whose client wrote it or whose gateway saw it at the tax
    service: each of them is bound by what it signs, and a stranger stops nobody's vouchers.
    """
    record = the_fingerprint(args.invoice, state)
    by = _member(call)
    if by not in _parties(record, call.now) and by not in record.concerned:
        raise refusals.NotConcerned(record.fingerprint)
    if args.epoch != record.epoch:
        raise keyrefusals.CreditEpochDiffers(record.fingerprint, record.epoch)
    if any(known.credit == args.credit for known in record.credits):
        raise refusals.CreditKnown(args.credit)
    left = record.total - record.credited()
    if args.amount > left:
        raise refusals.CreditExceedsTotal(left, args.amount)
    if len(record.credits) >= CREDITS_MAX:
        raise refusals.TooManyCredits(CREDITS_MAX)
    credited = replace(record, credits=(*record.credits, Credit(args.credit, args.amount, by)))
    event = InvoiceCredited(record.fingerprint, args.credit, args.amount, by, credited.credited())
    if credited.headroom(call.now) >= 0 or record.review_at(call.now) == IN_REVIEW:
        return Change((FINGERPRINTS.put(credited),), (event,))
    under_review = _in_review(credited, state, call.now)
    vouchers = tuple(use.voucher for use in living(credited.uses, call.now))
    opened = ReviewOpened(record.fingerprint, vouchers, under_review.waiting, under_review.review)
    return Change((FINGERPRINTS.put(under_review),), (event, opened))


def review(args: Review, call: Call, state: Reader) -> Change:
    """Give one's word on a red letter; with the last word the vouchers may be passed on again."""
    record = the_fingerprint(args.invoice, state)
    status = record.review_at(call.now)
    if status != IN_REVIEW:
        raise refusals.NothingToReview(record.fingerprint, status)
    by = _member(call)
    if by not in record.waiting:
        raise refusals.NotAwaited(record.fingerprint)
    waiting = tuple(name for name in record.waiting if name != by)
    given = ReviewGiven(record.fingerprint, by, args.finding)
    if waiting:
        return Change((FINGERPRINTS.put(replace(record, waiting=waiting)),), (given,))
    done = replace(record, waiting=(), review=settled(REVIEWED))
    return Change((FINGERPRINTS.put(done),), (given, ReviewEnded(record.fingerprint, REVIEWED)))


def _parties(record: Fingerprint, now: Moment) -> tuple[str, ...]:
    """The issuer and the suppliers' sponsors of the vouchers that take from an invoice now, in order of their names."""
    uses = living(record.uses, now)
    names = {use.sponsor for use in uses} | ({record.issuer} if uses else set())
    return tuple(sorted(names))


def _in_review(record: Fingerprint, state: Reader, now: Moment) -> Fingerprint:
    ends_ms = end_of_business_day(state, now, documents_policy(state, now).review_business_days)
    return replace(
        record,
        waiting=_parties(record, now),
        review=Timeline(IN_REVIEW, (Step(ends_ms, REVIEW_LAPSED),)),
    )


def _member(call: Call) -> MemberId:
    return MemberId(call.author.removeprefix(MEMBER_PREFIX))
