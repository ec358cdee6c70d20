"""Acts of financing that are wrong in one way each: out of turn, by another, about another sum, or too early."""

from collections.abc import Callable, Sequence
from random import Random

from msgspec.structs import replace as with_fields

from tallychain.contracts.vouchers.financing import operations as financing
from tallychain.contracts.vouchers.financing.state import (
    ASKING,
    BIDDING,
    FINANCINGS,
    QUOTES,
    REGISTRATIONS,
    Deal,
    Financing,
    Quote,
)
from tallychain.contracts.vouchers.state import HOLDINGS
from tallychain.contracts.vouchers.tests.acts import Planned
from tallychain.ledger.types import MemberId
from tests.simulation.financing import (
    ASKED,
    BANKS,
    CERTIFICATE,
    DOCUMENT,
    MINUTE_MS,
    FinancingView,
    ask,
    challenging,
    committing,
    disbursing,
    quoted,
    revealing,
)

NOBODYS = "ab" * 32
Slip = Callable[[Random, FinancingView, Financing], Planned | None]


def wrong(random: Random, view: FinancingView) -> Planned | None:
    """One of them, about something that is or was asked for."""
    rows = list(view.reader.iterate(FINANCINGS))
    if not rows or random.random() < 0.25:
        return _asking(random, view)
    row = random.choice(rows)
    now = view.moment()
    if row.status_at(now) in ASKING:
        quotes = [one for name in row.funders if (one := view.reader.get(QUOTES, row.id, name)) is not None]
        if quotes and random.random() < 0.7:
            return random.choice(OF_A_QUOTE)(random, view, row, random.choice(quotes))
        return random.choice(BEFORE)(random, view, row)
    return _after(random, view, row) if row.deal is None else _of_a_deal(random, view, row, row.deal)


def _asking(random: Random, view: FinancingView) -> Planned | None:
    good = ask(random, view)
    if good is None or not isinstance(good.args, financing.AskFinancing):
        return None
    args = good.args
    bound = [row for row in view.reader.iterate(HOLDINGS) if row.encumbrances and row.tag in view.tags]
    bad = [
        (with_fields(args, funders=("supervisor",)), good.by, "FUNDER_NOT_ELIGIBLE"),
        (with_fields(args, closes_ms=view.now_ms + MINUTE_MS), good.by, "CLOSING_TIME_NOT_POSSIBLE"),
        *[
            (
                with_fields(args, voucher=row.voucher, holding=row.first, first=row.first, last=row.last),
                row.tag,
                "UNITS_NOT_FREE",
            )
            for row in bound[-2:]
        ],
    ]
    changed, by, code = random.choice(bad)
    return Planned("financing.request", changed, by, code)


# --- before a quote is chosen


def _not_asked(random: Random, view: FinancingView, row: Financing) -> Planned | None:
    content = quoted(random, view, row)
    others = [name for name in ASKED if name not in row.funders]
    if content is None or not others:
        return None
    return committing(random, view, row, random.choice(others), content)


def _odd_quote(random: Random, view: FinancingView, row: Financing) -> Planned | None:
    """For a tag of another member, for the seller itself, through a member that is no bank; or once more and more."""
    content, funder = quoted(random, view, row), random.choice(row.funders)
    if content is None:
        return None
    good = committing(random, view, row, funder, content)
    args = good.args
    if not isinstance(args, financing.CommitQuote) or row.status_at(view.moment()) != BIDDING:
        return good
    other = next(name for name in ASKED if name != funder)
    own = with_fields(args.receiver, tag=row.tag, sealing=row.sealing)
    changed = random.choice(
        (
            with_fields(args, receiver=with_fields(args.receiver, sponsor=MemberId(other))),
            with_fields(args, receiver=own),
            with_fields(args, paying_bank="factor-a"),
            args,
            args,
        )
    )
    return Planned("financing.quote", changed, funder)


def _nothing_quoted(random: Random, view: FinancingView, row: Financing) -> Planned | None:
    """A funder delivers, or is chosen, that has committed to nothing."""
    content = quoted(random, view, row)
    silent = [name for name in row.funders if view.reader.get(QUOTES, row.id, name) is None]
    if not silent or content is None:
        return None
    award = financing.Award(row.voucher, row.id, silent[0], NOBODYS, "bank-a")
    return random.choice((revealing(row, silent[0], content), Planned("financing.award", award, row.tag)))


BEFORE: Sequence[Slip] = (_not_asked, _odd_quote, _odd_quote, _nothing_quoted)


def _other_content(random: Random, view: FinancingView, row: Financing, quote: Quote) -> Planned | None:
    """Something else is delivered than was committed to, or the same before its time."""
    promise = view.promises.get(quote.commitment)
    if promise is None:
        return None
    changed = with_fields(promise.content, net=promise.content.net + 1)
    return revealing(row, quote.funder, promise.content if random.random() < 0.1 else changed)


def _bad_challenge(random: Random, view: FinancingView, row: Financing, quote: Quote) -> Planned | None:
    """A true quote, or with another secret."""
    good = challenging(view, row, quote)
    if good is None or not isinstance(good.args, financing.ChallengeQuote):
        return None
    args = with_fields(good.args, salt=NOBODYS) if random.random() < 0.5 else good.args
    return Planned(good.type, args, good.by)


def _bad_choice(random: Random, _view: FinancingView, row: Financing, quote: Quote) -> Planned:
    """Another quote than the one that was delivered, or the funder's own bank for the seller's."""
    other = next(name for name in BANKS if name != quote.funder)
    digest, bank = random.choice(((NOBODYS, other), (quote.commitment, quote.funder)))
    return Planned(
        "financing.award", financing.Award(row.voucher, row.id, quote.funder, digest, bank), row.tag
    )


OF_A_QUOTE: Sequence[Callable[[Random, FinancingView, Financing, Quote], Planned | None]] = (
    _other_content,
    _other_content,
    _bad_challenge,
    _bad_choice,
)


# --- after


def _after(random: Random, _view: FinancingView, row: Financing) -> Planned:
    """It is over, or was never asked for."""
    name = random.choice((row.id, NOBODYS))
    return random.choice(
        (
            Planned("financing.close", financing.CloseFinancing(row.voucher, name), row.tag),
            Planned("financing.complete", financing.CompleteFinancing(row.voucher, name), row.tag),
        )
    )


def _of_a_deal(random: Random, view: FinancingView, row: Financing, deal: Deal) -> Planned:
    """Registered, paid or said by another, twice, too early, or otherwise than was agreed."""
    used = [one.number for one in view.reader.iterate(REGISTRATIONS)] or ["NEVER"]
    fresh = view.fresh()[:20].upper()
    registering = financing.RegisterFinancing(row.voucher, row.id, fresh, deal.awarded_ms, CERTIFICATE)
    paying = disbursing(view, row, deal)
    said = financing.AttestReceipt(row.voucher, row.id, random.random() < 0.5, DOCUMENT)
    involved = (deal.funder, deal.paying_bank, deal.seller_bank)
    another = next((name for name in BANKS if name not in involved), "factor-a")
    bad = (
        ("financing.register", registering, "factor-a" if deal.funder != "factor-a" else "bank-a"),
        ("financing.register", with_fields(registering, registered_ms=row.asked_ms - 1), deal.funder),
        ("financing.register", with_fields(registering, registration=used[-1]), deal.funder),
        ("financing.disburse", paying, another if another != deal.paying_bank else "bank-b"),
        ("financing.disburse", with_fields(paying, payment=NOBODYS), deal.paying_bank),
        ("financing.disburse", with_fields(paying, booked_ms=deal.awarded_ms - 1), deal.paying_bank),
        ("financing.disburse", with_fields(paying, reference="FK-USED-TWICE"), deal.paying_bank),
        ("financing.disburse", with_fields(paying, reference="FK-USED-TWICE"), deal.paying_bank),
        ("financing.attest", said, deal.seller_bank),
        ("financing.attest", said, deal.funder),
        ("financing.deregister", financing.DeregisterFinancing(row.voucher, row.id, DOCUMENT), deal.funder),
        ("financing.deregister", financing.DeregisterFinancing(row.voucher, row.id, DOCUMENT), another),
        ("financing.refute", financing.RefuteFinancing(row.voucher, row.id), row.tag),
        ("financing.complete", financing.CompleteFinancing(row.voucher, row.id), row.tag),
        ("financing.close", financing.CloseFinancing(row.voucher, row.id), row.tag),
        ("financing.close", financing.CloseFinancing(row.voucher, NOBODYS), row.tag),
        ("financing.decide", financing.DecideFinancing(row.voucher, row.id, True, DOCUMENT), "court"),
    )
    name, args, by = random.choice(bad)
    return Planned(name, args, by)
