"""Acts of financing planned from the committed state: a seller asks, funders quote under seal and deliver, and money, title and silence follow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final, Protocol

from tallychain.contracts.documents.api import VoucherUnderReview, check_not_under_review
from tallychain.contracts.vouchers.financing import operations as financing
from tallychain.contracts.vouchers.financing.contents import QuoteContent
from tallychain.contracts.vouchers.financing.state import (
    AWARDED,
    BIDDING,
    CHOOSING,
    COMMITTED,
    DEREGISTER_LATE,
    DISBURSED,
    DISPUTED,
    FINANCINGS,
    FORMS,
    QUOTES,
    REGISTERED,
    REVEALED,
    REVEALING,
    TO_DEREGISTER,
    UNCONFIRMED,
    Deal,
    Financing,
    Quote,
)
from tallychain.contracts.vouchers.financing.terms import PriceNotPossible, priced
from tallychain.contracts.vouchers.state import ACTIVE, HOLDINGS, VOUCHERS, Holding, Voucher
from tallychain.contracts.vouchers.tests.acts import Planned
from tallychain.contracts.vouchers.tests.model import local_date
from tallychain.instruments.money import Units
from tallychain.ledger import codec
from tallychain.ledger.holder import Receiver
from tallychain.ledger.identity import ACTIVE as ACTIVE_MEMBER
from tallychain.ledger.identity import MEMBERS
from tallychain.ledger.timeline import later_statuses
from tests.simulation.business import StateView

ASKED: Final = ("bank-a", "bank-b", "factor-a", "settle-a")
BANKS: Final = ("bank-a", "bank-b", "settle-a")
ARBITER: Final = "court"
CERTIFICATE, DOCUMENT = "c7" * 32, "d0" * 32
MINUTE_MS: Final = 60_000
PRESSING: Final = (BIDDING, REVEALING, CHOOSING, AWARDED, REGISTERED)
LIVING: Final = 2
"""Requests that go on at the same time, mostly."""
FOLLOWED: Final = 0.7
"""How often what has come furthest goes on, rather than any."""


@dataclass(frozen=True)
class Promise:
    """What fixes a quote's sealed part, as the gateway of its funder keeps it until it delivers."""

    nonce: bytes
    salt: bytes
    content: QuoteContent
    commitment: str
    context: bytes


class FinancingView(StateView, Protocol):
    """What these acts see beside the committed state."""

    @property
    def promises(self) -> Mapping[str, Promise]:
        """Commitment to what will deliver it."""

    def promised(self, voucher: str, name: str, funder: str, content: QuoteContent) -> Promise:
        """A new promise, kept until it is delivered."""

    def taker(self, funder: str) -> Receiver:
        """A fresh tag that a funder holds for itself."""


Step = Callable[[Random, FinancingView, Financing], Planned | None]


def act(random: Random, view: FinancingView) -> Planned | None:
    """Some financing goes one step on, or money is asked for."""
    found = living(view)
    if random.random() < 0.97:
        found = [row for row in found if _is_sellers(view, row)]
    if found and random.random() < (0.75 if len(found) < LIVING else 0.97):
        row = found[-1] if random.random() < FOLLOWED else random.choice(found)
        status = row.status_at(view.moment())
        return None if _is_silent(row, status) else STEPS[status](random, view, row)
    return ask(random, view)


def living(view: StateView) -> list[Financing]:
    """Everything that somebody can do something about, as of now, furthest last; before money went only what can still be paid for."""
    now, found = view.moment(), []
    for row in view.reader.iterate(FINANCINGS):
        status = row.status_at(now)
        if status in PRESSING:
            voucher = view.reader.get(VOUCHERS, row.voucher)
            if voucher is None or voucher.status_at(now) != ACTIVE or _is_under_review(view, row.voucher):
                continue
        if status in STEPS:
            found.append((list(STEPS).index(status), row.id, row))
    return [row for _stage, _name, row in sorted(found, key=lambda one: one[:2])]


def _is_sellers(view: StateView, row: Financing) -> bool:
    """Whether the seller still has the units, and nothing else binds them."""
    for held in view.reader.scan(HOLDINGS, row.voucher):
        if held.tag == row.tag and held.first <= row.first and row.last <= held.last:
            return all(lock.reference == row.id for lock in held.encumbrances)
    return False


def is_pressing(view: StateView) -> bool:
    """Whether somebody is waited for who has little time: it is done before other things, or leaps would leave nothing of it."""
    now = view.moment()
    return any(row.status_at(now) in PRESSING for row in living(view))


def closes_ms(view: StateView) -> int:
    """When the time for quotes is over of a request that has one; 0 if none has."""
    now = view.moment()
    found = [
        row for row in view.reader.iterate(FINANCINGS) if row.committed and row.status_at(now) == BIDDING
    ]
    return min((later_statuses(row.timeline, now.outages)[0][0] for row in found), default=0)


SILENCES: Final = (
    (REVEALING,),
    (CHOOSING,),
    (AWARDED,),
    (REGISTERED,),
    (DISBURSED, UNCONFIRMED),
    (DISPUTED,),
    (TO_DEREGISTER, DEREGISTER_LATE),
)
"""Where everybody says nothing, so that time decides; which it is follows from the name of a financing."""


def _is_silent(row: Financing, status: str) -> bool:
    number = int(row.id[:2], 16) % 20
    return number < len(SILENCES) and status in SILENCES[number]


# --- the seller


def ask(random: Random, view: FinancingView) -> Planned | None:
    """Money is asked for against a whole holding or a part of it, mostly for the shortest time that is possible."""
    now, found = view.moment(), []
    for row in view.reader.iterate(HOLDINGS):
        voucher = view.reader.get(VOUCHERS, row.voucher)
        if row.encumbrances or row.tag not in view.tags or voucher is None:
            continue
        if voucher.status_at(now) != ACTIVE or _is_under_review(view, voucher.number):
            continue
        if voucher.blackout_ms > view.now_ms + 50 * MINUTE_MS:
            found.append((row, voucher))
    return None if not found else _asking(random, view, *random.choice(found))


def _is_under_review(view: StateView, number: str) -> bool:
    try:
        check_not_under_review(view.reader, number, view.moment())
    except VoucherUnderReview:
        return True
    return False


def _is_active(view: StateView, name: str) -> bool:
    row = view.reader.get(MEMBERS, name)
    return row is not None and row.status_at(view.moment()) == ACTIVE_MEMBER


def _asking(random: Random, view: FinancingView, row: Holding, voucher: Voucher) -> Planned | None:
    first = row.first if random.random() < 0.8 else Units(random.randint(row.first, row.last))
    last = row.last if random.random() < 0.7 else Units(random.randint(first, row.last))
    wait = 12 if random.random() < 0.85 else random.choice((60, 600))
    names = [name for name in ASKED if _is_active(view, name)]
    if not names:
        return None
    args = financing.AskFinancing(
        voucher=voucher.number,
        holding=row.first,
        first=first,
        last=last,
        form=random.choice(FORMS),
        recourse=random.random() < 0.5,
        funders=tuple(sorted(random.sample(names, min(len(names), random.choice((1, 1, 2, 3)))))),
        closes_ms=view.now_ms + wait * MINUTE_MS,
    )
    return Planned("financing.request", args, row.tag)


def _award(random: Random, view: FinancingView, row: Financing) -> Planned | None:
    quotes = [one for one in _quotes(view, row) if one.state == REVEALED]
    good = [one for one in quotes if _is_true(view, one)]
    if not good:
        return _challenge(random, view, row) or _close(random, view, row)
    if len(good) < len(quotes) and random.random() < 0.5:
        return _challenge(random, view, row)
    quote = random.choice(good)
    bank = random.choice([name for name in BANKS if name != quote.funder])
    args = financing.Award(row.voucher, row.id, quote.funder, quote.commitment, bank)
    return Planned("financing.award", args, row.tag)


def _challenge(random: Random, view: FinancingView, row: Financing) -> Planned | None:
    bad = [one for one in _quotes(view, row) if one.state == REVEALED and not _is_true(view, one)]
    return None if not bad else challenging(view, row, random.choice(bad))


def challenging(view: FinancingView, row: Financing, quote: Quote) -> Planned | None:
    """The seller shows what a quote says."""
    promise = view.promises.get(quote.commitment)
    if promise is None:
        return None
    args = financing.ChallengeQuote(
        row.voucher,
        row.id,
        quote.funder,
        promise.context.hex(),
        promise.salt.hex(),
        codec.encode(promise.content).hex(),
    )
    return Planned("financing.challenge", args, row.tag)


def _close(_random: Random, _view: FinancingView, row: Financing) -> Planned:
    return Planned("financing.close", financing.CloseFinancing(row.voucher, row.id), row.tag)


def _complete(_random: Random, _view: FinancingView, row: Financing) -> Planned:
    return Planned("financing.complete", financing.CompleteFinancing(row.voucher, row.id), row.tag)


def _refute(_random: Random, _view: FinancingView, row: Financing) -> Planned:
    return Planned("financing.refute", financing.RefuteFinancing(row.voucher, row.id), row.tag)


def _quotes(view: StateView, row: Financing) -> list[Quote]:
    found = (view.reader.get(QUOTES, row.id, funder) for funder in row.funders)
    return [quote for quote in found if quote is not None]


def _is_true(view: FinancingView, quote: Quote) -> bool:
    promise = view.promises.get(quote.commitment)
    return promise is not None and promise.content.contract != FALSE


# --- funders and banks

FALSE: Final = "FALSE"
"""The contract that a quote names whose figures do not follow."""


def _quote(random: Random, view: FinancingView, row: Financing) -> Planned | None:
    """One that was asked commits, now and then to figures that do not follow, or thinks again."""
    if random.random() < 0.02:
        return _close(random, view, row)
    silent = [name for name in row.funders if view.reader.get(QUOTES, row.id, name) is None]
    if not silent and random.random() < 0.8:
        return None
    funder = random.choice(silent or list(row.funders))
    content = quoted(random, view, row)
    return None if content is None else committing(random, view, row, funder, content)


def quoted(random: Random, view: FinancingView, row: Financing) -> QuoteContent | None:
    """What a funder offers; one in seven leaves the seller more than its rate says."""
    rate, today = random.choice((0, 36_500, 41_000)), local_date(view.now_ms).isoformat()
    try:
        price = priced(row.units.length, row.maturity, rate=rate, fees=0, value_date=today)
    except PriceNotPossible:
        return None
    is_false = random.random() < 0.15
    return QuoteContent(
        rate=rate,
        day_count="ACT_360",
        value_date=today,
        days=price.days,
        interest=price.interest,
        fees=0,
        net=price.net + 100 * is_false,
        contract=FALSE if is_false else "BL-2026",
    )


def committing(
    random: Random, view: FinancingView, row: Financing, funder: str, content: QuoteContent
) -> Planned:
    """A funder commits to what it will deliver."""
    promise = view.promised(row.voucher, row.id, funder, content)
    own = [funder, funder] if funder in BANKS else []
    bank = random.choice((*BANKS, *own))
    args = financing.CommitQuote(row.voucher, row.id, promise.commitment, view.taker(funder), bank)
    return Planned("financing.quote", args, funder)


def _reveal(random: Random, view: FinancingView, row: Financing) -> Planned | None:
    waiting = [one for one in _quotes(view, row) if one.state == COMMITTED]
    if not waiting:
        return _challenge(random, view, row)
    quote = random.choice(waiting)
    promise = view.promises.get(quote.commitment)
    return None if promise is None else revealing(row, quote.funder, promise.content)


def revealing(row: Financing, funder: str, content: QuoteContent) -> Planned:
    """A funder delivers."""
    args = financing.RevealQuote(row.voucher, row.id)
    return Planned("financing.reveal", args, funder, content={"quote": content})


def _deal(row: Financing) -> Deal:
    if row.deal is None:
        raise LookupError(f"{row.id} has no deal")
    return row.deal


def _register(_random: Random, view: FinancingView, row: Financing) -> Planned:
    deal, number = _deal(row), view.fresh()[:20].upper()
    args = financing.RegisterFinancing(row.voucher, row.id, number, deal.awarded_ms, CERTIFICATE)
    return Planned("financing.register", args, deal.funder)


def disbursing(view: StateView, row: Financing, deal: Deal) -> financing.Disburse:
    """What the paying bank states."""
    return financing.Disburse(
        voucher=row.voucher,
        financing=row.id,
        payment=deal.payment,
        reference=f"FK-{view.fresh()[:20].upper()}",
        booked_ms=deal.awarded_ms,
        document=DOCUMENT,
    )


def _disburse(_random: Random, view: FinancingView, row: Financing) -> Planned:
    deal = _deal(row)
    return Planned("financing.disburse", disbursing(view, row, deal), deal.paying_bank)


def _attest(random: Random, _view: FinancingView, row: Financing) -> Planned | None:
    deal = _deal(row)
    if deal.word:
        return None
    args = financing.AttestReceipt(row.voucher, row.id, random.random() < 0.5, DOCUMENT)
    return Planned("financing.attest", args, deal.seller_bank)


def _decide(random: Random, _view: FinancingView, row: Financing) -> Planned:
    args = financing.DecideFinancing(row.voucher, row.id, random.random() < 0.5, DOCUMENT)
    return Planned("financing.decide", args, ARBITER)


def _deregister(_random: Random, _view: FinancingView, row: Financing) -> Planned:
    args = financing.DeregisterFinancing(row.voucher, row.id, DOCUMENT)
    return Planned("financing.deregister", args, _deal(row).funder)


def _one_of(*steps: Step) -> Step:
    return lambda random, view, row: random.choice(steps)(random, view, row)


STEPS: Final[Mapping[str, Step]] = {
    BIDDING: _quote,
    REVEALING: _reveal,
    CHOOSING: _award,
    AWARDED: _register,
    REGISTERED: _disburse,
    UNCONFIRMED: _one_of(_attest, _attest, _complete, _refute),
    DISBURSED: _one_of(_complete, _complete, _refute),
    DISPUTED: _one_of(_attest, _attest, _decide, _decide, _complete),
    TO_DEREGISTER: _deregister,
    DEREGISTER_LATE: _deregister,
}
"""What those do who are waited for, by status."""
