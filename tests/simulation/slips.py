"""Acts that are wrong in one way each, aimed at rules that a good act with one field put wrong hardly ever meets."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

from msgspec import Struct
from msgspec.structs import replace as with_fields

from tallychain.contracts.documents import operations as documents
from tallychain.contracts.documents.state import (
    CONFIRMED,
    FINGERPRINTS,
    INVOICE,
    ORDER,
    PAYABLES,
    PRESENTED,
    AllocatedPart,
    Invoice,
    Payable,
)
from tallychain.contracts.members import operations as members
from tallychain.contracts.risk.operations import Grant, Reduce
from tallychain.contracts.risk.state import CEILINGS
from tallychain.contracts.vouchers.cancelling.operations import Cancel
from tallychain.contracts.vouchers.operations import Issue, MakeOffer, OfferRow, Take
from tallychain.contracts.vouchers.state import ISSUED, VOUCHERS
from tallychain.contracts.vouchers.tests import acts
from tallychain.contracts.vouchers.tests.acts import CLIENTS, ISSUERS, Planned
from tallychain.contracts.vouchers.tests.model import local_date
from tallychain.crypto.keys import signing_key_from_seed
from tallychain.crypto.schemes import ED25519
from tallychain.instruments.money import Units
from tallychain.ledger.holder import Receiver
from tallychain.ledger.identity import KEYS
from tallychain.ledger.types import MemberId
from tallychain.testkit.people import derived
from tests.simulation import business
from tests.simulation.business import StateView

NOBODYS = "ab" * 32
Slip = Callable[[Random, StateView], Planned | None]


def _later(view: StateView, days: int) -> str:
    return (local_date(view.now_ms) + timedelta(days=days)).isoformat()


# --- payables and red letters


def _presenting(random: Random, view: StateView, card: Receiver, **other: object) -> Planned:
    """A good presentation by the tag of a card, with some fields put otherwise."""
    good = business.present(random, view)
    args = with_fields(good.args, presenter=card, **other)
    return Planned("payable.present", args, card.tag)


def bad_card(random: Random, view: StateView) -> Planned:
    """Its sponsor may not sponsor, or does not carry it."""
    card = view.receiver(random.choice(CLIENTS))
    bad, via = random.choice(
        (
            (with_fields(card, sponsor=MemberId("court")), "court"),
            (card, "bank-b" if card.sponsor == "bank-a" else "bank-a"),
        )
    )
    return replace(_presenting(random, view, bad), via=via)


def known_paper(random: Random, view: StateView) -> Planned | None:
    """An invoice comes again: to another debtor, or over another amount."""
    known = list(view.reader.iterate(FINGERPRINTS))
    if not known:
        return None
    row = random.choice(known)
    card = view.receiver(random.choice(CLIENTS))
    other = next(name for name in ISSUERS if name != row.issuer)
    to, total = random.choice(((other, row.total), (row.issuer, row.total + 1)))
    papers = (Invoice(row.fingerprint, (), total, ()),)
    return _presenting(random, view, card, issuer=to, amount=total, invoices=papers)


def order(random: Random, view: StateView) -> Planned:
    """No mistake yet: an order is confirmed like an invoice, and backs no voucher."""
    card = view.receiver(random.choice(CLIENTS))
    return _presenting(random, view, card, kind=ORDER, invoices=())


def _payable(random: Random, view: StateView, status: str, *kinds: str) -> Payable | None:
    now = view.moment()
    found = [
        row for row in view.reader.iterate(PAYABLES) if row.kind in kinds and row.status_at(now) == status
    ]
    return random.choice(found) if found else None


def _issuing(row: Payable, view: StateView, face: int, receiver: Receiver | None = None) -> Planned:
    paper = row.invoices[0].fingerprint if row.invoices else NOBODYS
    args = Issue(
        reference=view.fresh()[:32],
        receiver=receiver or row.presenter,
        currency="CNY",
        face=Units(face),
        nominal_maturity=_later(view, 20),
        settlement_bank=MemberId("settle-a"),
        payable=row.payable,
        invoices=(AllocatedPart(paper, face),),
    )
    return Planned("voucher.issue", args, row.issuer)


def issue_on_nothing(random: Random, view: StateView) -> Planned | None:
    """On an order, on what is not confirmed, or to another tag than that of the card."""
    ordered = _payable(random, view, CONFIRMED, ORDER)
    if ordered is not None:
        return _issuing(ordered, view, ordered.amount)
    waiting, good = _payable(random, view, PRESENTED, INVOICE), _payable(random, view, CONFIRMED, INVOICE)
    if good is not None and random.random() < 0.5:
        return _issuing(good, view, good.amount, view.receiver(random.choice(CLIENTS)))
    return None if waiting is None else _issuing(waiting, view, waiting.amount)


def issue_too_much(random: Random, view: StateView) -> Planned | None:
    """More than was confirmed, of an invoice over more than that."""
    now = view.moment()
    found = [
        row
        for row in view.reader.iterate(PAYABLES)
        if row.status_at(now) == CONFIRMED and row.invoices and row.amount < row.invoices[0].total
    ]
    if not found:
        # One that this is possible with, for the next who looks.
        card = view.receiver(random.choice(CLIENTS))
        papers = (Invoice(view.fresh(), (), 100, ()),)
        return _presenting(random, view, card, amount=50, invoices=papers)
    row = random.choice(found)
    return _issuing(row, view, row.headroom(now) + 1)


def credit_too_much(random: Random, view: StateView) -> Planned | None:
    """A red letter over more than is left of the invoice."""
    known = [row for row in view.reader.iterate(FINGERPRINTS) if row.concerned]
    if not known:
        return None
    row = random.choice(known)
    args = documents.RecordCredit(row.fingerprint, view.fresh(), row.epoch, row.total + 1)
    return Planned("invoice.credit", args, random.choice(row.concerned), "CREDIT_EXCEEDS_TOTAL")


# --- ceilings


def ceiling(random: Random, view: StateView) -> Planned:
    """For days that cannot be, in another money, to whom nothing is owed, or another's made lower."""
    banks = ("bank-a", "bank-b", "settle-a")
    today, later = _later(view, 0), _later(view, 3)
    bad = (
        (Grant("ce-a", 5, "CNY", later, today), "CEILING_DAYS_NOT_POSSIBLE"),
        (Grant("ce-a", 5, "CNY", "2026-02-30", later), "CEILING_DAY_NOT_VALID"),
        (Grant("ce-a", 5, "EUR", today, later), "CEILING_CURRENCY_NOT_TAKEN"),
        (Grant("factor-a", 5, "CNY", today, later), "ISSUER_NOT_ELIGIBLE"),
        (Grant("bank-b", 5, "CNY", today, later), "OWN_CEILING"),
    )
    rows = list(view.reader.iterate(CEILINGS))
    row = random.choice(rows) if rows else None
    if row is None or random.random() < 0.5:
        args, code = random.choice(bad)
        return Planned(
            "ceiling.grant", args, "bank-b" if code == "OWN_CEILING" else random.choice(banks), code
        )
    if random.random() < 0.5:
        raised = Reduce(row.issuer, row.ceiling, row.amount + 1)
        return Planned("ceiling.reduce", raised, row.bank, "CEILING_NOT_LOWER")
    other = next(name for name in banks if name != row.bank)
    return Planned("ceiling.reduce", Reduce(row.issuer, row.ceiling, 0), other, "NOT_THE_GRANTOR")


# --- promises and offers


def cancel_pending(random: Random, view: StateView) -> Planned | None:
    """A promise that nobody holds is withdrawn and not cancelled."""
    now = view.moment()
    found = [row for row in view.reader.iterate(VOUCHERS) if row.status_at(now) == ISSUED]
    if not found:
        return None
    row = random.choice(found)
    return Planned("voucher.cancel", Cancel(row.number), row.issuer, "VOUCHER_NOT_ACTIVE")


def take_early(random: Random, view: StateView) -> Planned | None:
    """An offer for a later day is taken today."""
    found = acts.find_offer(random, view, "OPEN", lambda item, seen: item.not_before_ms > seen.now_ms)
    if found is None:
        return None
    return Planned("voucher.take", Take(found.voucher, found.name), found.receiver, "NOT_BEFORE_VALUE_DATE")


def odd_offer(random: Random, view: StateView) -> Planned | None:
    """For a day that is over or too far, or twice to one tag."""
    good = acts.offer(random, view)
    if good is None or not isinstance(good.args, MakeOffer):
        return None
    first = good.args.rows[0]
    days = random.choice((-3, 0, 200))
    if days or first.first == first.last:
        rows: Sequence[OfferRow] = (with_fields(first, value_date=_later(view, days or -3)),)
    else:
        middle = Units((first.first + first.last) // 2)
        rest = with_fields(first, first=Units(middle + 1), trade_reference=view.fresh()[:32])
        rows = (with_fields(first, last=middle), rest)
    args = with_fields(good.args, rows=tuple(rows))
    return acts.offering(view.model.vouchers[args.voucher], args.holding, good.by, tuple(args.rows))


# --- members


def _keys(view: StateView, by: str, right: str) -> list[str]:
    height = view.moment().height
    rows = view.reader.iterate(KEYS)
    return [row.key for row in rows if row.member == by and right in row.rights and row.signs_at(height)]


def member_key(random: Random, view: StateView) -> Planned | None:
    """A key of somebody else, for rights that do not go together, at a height that cannot be, or the last that a member needs."""
    by = random.choice(("factor-a", "settle-a"))
    new = signing_key_from_seed(ED25519, derived(0, "spare", view.fresh())).public
    admins, rows = _keys(view, by, "admin"), list(view.reader.iterate(KEYS))
    known = random.choice(rows)
    other = next(row for row in rows if row.member == by)
    ended = [row for row in rows if row.revoked_at and row.member == by]
    person, digest = view.fresh()[:16], view.fresh()
    bad: list[tuple[str, Struct, str]] = [
        ("member.key_register", members.KeyRegister(known.key, person, ("look",), 0, digest, 0), "KEY_KNOWN"),
        (
            "member.key_register",
            members.KeyRegister(new, person, ("everything",), 0, digest, 0),
            "RIGHT_UNKNOWN",
        ),
        (
            "member.key_register",
            members.KeyRegister(new, person, ("maker", "system"), 0, digest, 0),
            "RIGHTS_DO_NOT_MIX",
        ),
        (
            "member.key_register",
            members.KeyRegister(new, person, ("look",), 0, other.certificate, 0),
            "CERTIFICATE_OF_ANOTHER_PERSON",
        ),
        (
            "member.key_register",
            members.KeyRegister(new, person, ("look",), 0, digest, 10**9),
            "HEIGHT_OUT_OF_RANGE",
        ),
        ("member.key_rotate", members.KeyRotate(new, known.key, digest, 0), "KEY_UNKNOWN"),
        *[
            ("member.key_revoke", members.KeyRevoke(row.key, 0, "device lost"), "KEY_NOT_IN_FORCE")
            for row in ended[:2]
        ],
    ]
    if len(admins) == 2:
        bad.append(("member.key_revoke", members.KeyRevoke(admins[0], 0, "device lost"), "LAST_ADMINS"))
    name, args, code = random.choice(bad)
    return Planned(name, args, by, code)


def sealing_twice(random: Random, view: StateView) -> Planned:
    """A sealing key that was just replaced, or one that another has."""
    return business.reseal(random, view)


def suspension(random: Random, _view: StateView) -> Planned:
    """Of a supervisor, of a second member, of one that nobody knows; lifted where there is none."""
    if random.random() < 0.3:
        return Planned("member.restore", members.Restore(MemberId("court")), "supervisor", "NOT_SUSPENDED")
    whom = random.choice(("supervisor", "court", "nobody", "factor-a"))
    return Planned("member.suspend", members.Suspend(MemberId(whom), "inquiry"), "supervisor")


def voted_suspension(_random: Random, _view: StateView) -> Planned:
    """A supervisor lifts what was not its own."""
    return Planned("member.restore", members.Restore(MemberId("factor-a")), "supervisor")


SLIPS: Sequence[Slip] = (
    bad_card,
    bad_card,
    known_paper,
    known_paper,
    order,
    issue_on_nothing,
    issue_on_nothing,
    issue_too_much,
    credit_too_much,
    ceiling,
    ceiling,
    cancel_pending,
    take_early,
    odd_offer,
    member_key,
    member_key,
    member_key,
    sealing_twice,
    suspension,
    voted_suspension,
)


def slip(random: Random, view: StateView) -> Planned | None:
    """One of them; None where what it needs is not there."""
    return random.choice(SLIPS)(random, view)
