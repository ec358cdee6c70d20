"""What a promise rests on, and what it takes of its issuer's ceilings: taken at issue, given back by every end without title."""

from tallychain.contracts.disclosure import api as disclosure
from tallychain.contracts.documents import api as documents
from tallychain.contracts.risk import api as risk
from tallychain.contracts.vouchers.guaranteeing.book import given_back
from tallychain.contracts.vouchers.operations import Issue
from tallychain.contracts.vouchers.rules.disclosing import acceptance_told, owed_told
from tallychain.contracts.vouchers.state import ISSUED, Voucher, awaits_payment, outstanding
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment


def backed(args: Issue, voucher: Voucher, answer_ms: int, state: Reader, now: Moment) -> Change:
    """
    Take what the promise rests on: parts of a confirmed payable's invoices, and part of the issuer's ceilings.

    Raises the refusals of `documents.api.ALLOCATE_REFUSALS`, `disclosure.api.ISSUE_REFUSALS` and `risk.api.ISSUE_REFUSALS`, in this order.
    """
    backing = documents.Backing(
        voucher=voucher.number,
        issuer=voucher.issuer,
        receiver=voucher.receiver,
        face=voucher.face,
        payable=args.payable,
        parts=args.invoices,
        until_ms=answer_ms,
        maturity=args.nominal_maturity,
    )
    taken = documents.allocate(state, backing, now)
    disclosure.check_may_issue(state, voucher.issuer)
    risk.check_may_issue(state, voucher.issuer, now)
    return taken + risk.use(state, voucher.issuer, voucher.face, now)


def counted(voucher: Voucher, state: Reader, now: Moment) -> Change:
    """The promise is accepted: what it takes counts, and where its day is fixed it has to be paid by the cut-off."""
    change = documents.count(state, voucher.number, now) + acceptance_told(voucher, state, now)
    if voucher.cutoff_ms:
        change += risk.expect(state, voucher.issuer, voucher.cutoff_ms)
    return change


def redated(voucher: Voucher, dated: Voucher, state: Reader) -> Change:
    """A calendar has moved or fixed the day of a voucher: its payment is expected by the cut-off of that day and no other."""
    change = Change()
    if voucher.cutoff_ms == dated.cutoff_ms:
        return change
    if awaits_payment(voucher):
        change += risk.meet(state, voucher.issuer, voucher.cutoff_ms)
    if awaits_payment(dated):
        change += risk.expect(state, dated.issuer, dated.cutoff_ms)
    return change


def freed(voucher: Voucher, state: Reader, now: Moment) -> Change:
    """
    The voucher ends unpaid: give back what it took of invoices, of ceilings and of a guarantee.

    `voucher` is the row as it stood before its end; of an accepted one no payment is expected any more.
    """
    change = documents.release(state, voucher.number, now)
    change += risk.give_back(state, voucher.issuer, outstanding(voucher)) + given_back(voucher, state)
    if voucher.timeline.status != ISSUED:
        change += owed_told(voucher, (), state, now, discharged=outstanding(voucher), ended=True)
    if awaits_payment(voucher):
        change += risk.meet(state, voucher.issuer, voucher.cutoff_ms)
    return change
