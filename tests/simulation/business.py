"""Acts planned from the committed state: payables, promises on them, red letters, ceilings and members."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random
from typing import Protocol

from tallychain.contracts.disclosure.operations import Remark
from tallychain.contracts.disclosure.state import RECORDS
from tallychain.contracts.documents import operations as documents
from tallychain.contracts.documents.state import (
    CONFIRMED,
    FINGERPRINTS,
    INVOICE,
    PAYABLES,
    PRESENTED,
    AllocatedPart,
    Invoice,
    Payable,
)
from tallychain.contracts.members import operations as members
from tallychain.contracts.risk.operations import Grant, Reduce
from tallychain.contracts.risk.state import CEILINGS
from tallychain.contracts.vouchers.operations import Issue
from tallychain.contracts.vouchers.tests.acts import CLIENTS, ISSUERS, Planned, WorldView
from tallychain.contracts.vouchers.tests.model import local_date
from tallychain.crypto.keys import SealingKey, signing_key_from_seed
from tallychain.crypto.schemes import ED25519
from tallychain.instruments.money import Units
from tallychain.ledger.identity import KEYS, MEMBERS, SUSPENDED
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment
from tallychain.ledger.types import MemberId
from tallychain.testkit.genesis import CEILINGS as CEILINGS_OF_GENESIS
from tallychain.testkit.people import derived

FOUNDERS_UNTIL = CEILINGS_OF_GENESIS[0].valid_until
FACES = (1, 2, 100, 999_999, 100_000_000, 100_000_000_000)
A_YEAR = timedelta(days=365)
SOME_DAYS = timedelta(days=3)
"""So that a payable may be past due while the schedule lasts."""


class StateView(WorldView, Protocol):
    """What these acts see beside the simple model: the committed state."""

    @property
    def reader(self) -> Reader:
        """The rows as of the last decided block."""

    def moment(self) -> Moment:
        """Now."""

    def fresh(self) -> str:
        """32 bytes that nobody used, in hex."""


StateStrategy = Callable[[Random, StateView], Planned | None]


def present(random: Random, view: StateView) -> Planned:
    """A client presents an invoice to its debtor."""
    receiver = view.receiver(random.choice(CLIENTS))
    amount = random.choice(FACES)
    invoice = Invoice(view.fresh(), (), amount, ())
    due = (local_date(view.now_ms) + random.choice((A_YEAR, A_YEAR, A_YEAR, SOME_DAYS))).isoformat()
    args = documents.Present(
        view.fresh()[:32], random.choice(ISSUERS), receiver, INVOICE, amount, due, 1, (invoice,)
    )
    return Planned("payable.present", args, receiver.tag)


def _payables(view: StateView, status: str) -> list[Payable]:
    now = view.moment()
    return [row for row in view.reader.iterate(PAYABLES) if row.status_at(now) == status]


def confirm(random: Random, view: StateView) -> Planned | None:
    """A debtor confirms."""
    found = _payables(view, PRESENTED)
    if not found:
        return None
    row = random.choice(found)
    return Planned("payable.confirm", documents.Confirm(row.payable, row.amount), row.issuer)


def contest(random: Random, view: StateView) -> Planned | None:
    """A debtor contests, or confirms another amount."""
    found = _payables(view, PRESENTED)
    if not found:
        return None
    row = random.choice(found)
    if random.random() < 0.3:
        wrong = documents.Confirm(row.payable, row.amount + 1)
        return Planned("payable.confirm", wrong, row.issuer, "AMOUNT_DIFFERS")
    return Planned("payable.contest", documents.Contest(row.payable), row.issuer)


def take_back(random: Random, view: StateView) -> Planned | None:
    """A presenter withdraws."""
    found = _payables(view, PRESENTED)
    if not found:
        return None
    row = random.choice(found)
    return Planned("payable.withdraw", documents.Withdraw(row.payable), row.presenter.tag)


def issue(random: Random, view: StateView) -> Planned | None:
    """A debtor promises to pay what it has confirmed, in whole or in part."""
    now = view.moment()
    found = [row for row in _payables(view, CONFIRMED) if row.invoices and row.headroom(now) > 0]
    if not found:
        return None
    row = random.choice(found)
    terms = view.terms(row.issuer)
    if not terms:
        return None
    headroom = row.headroom(now)
    face = headroom if random.random() < 0.8 else random.randint(1, headroom)
    nominal = local_date(view.now_ms) + timedelta(days=random.choice(terms))
    args = Issue(
        reference=view.fresh()[:32],
        receiver=row.presenter,
        currency="CNY",
        face=Units(face),
        nominal_maturity=nominal.isoformat(),
        settlement_bank=MemberId("settle-a"),
        payable=row.payable,
        invoices=(AllocatedPart(row.invoices[0].fingerprint, face),),
    )
    return Planned("voucher.issue", args, row.issuer)


def red_letter(random: Random, view: StateView) -> Planned | None:
    """Somebody concerned records a red letter, which may eat into what is promised."""
    known = [row for row in view.reader.iterate(FINGERPRINTS) if row.concerned]
    if not known:
        return None
    row = random.choice(known)
    left = row.total - row.credited()
    if left <= 0:
        return None
    args = documents.RecordCredit(
        row.fingerprint, view.fresh(), row.epoch, random.choice((1, left, max(1, left // 2)))
    )
    return Planned("invoice.credit", args, random.choice(row.concerned))


def review(random: Random, view: StateView) -> Planned | None:
    """One of those whose word is awaited gives it."""
    waiting = [row for row in view.reader.iterate(FINGERPRINTS) if row.waiting]
    if not waiting:
        return None
    row = random.choice(waiting)
    args = documents.Review(row.fingerprint, random.choice(("STANDS", "REPLACED")))
    return Planned("invoice.review", args, random.choice(row.waiting))


def grant(random: Random, view: StateView) -> Planned:
    """A bank grants a ceiling."""
    today = local_date(view.now_ms)
    args = Grant(
        random.choice(ISSUERS),
        random.choice((1, 5_000_000, 10**12)),
        "CNY",
        (today + timedelta(days=random.choice((0, 0, 1, 3)))).isoformat(),
        (today + timedelta(days=random.choice((3, 30, 365)))).isoformat(),
    )
    return Planned("ceiling.grant", args, random.choice(("bank-a", "bank-b", "settle-a")))


def reduce(random: Random, view: StateView) -> Planned | None:
    """A bank lowers or ends a ceiling of its own; those of genesis stay, or nobody could promise any more."""
    found = [row for row in view.reader.iterate(CEILINGS) if row.valid_until != FOUNDERS_UNTIL]
    if not found:
        return None
    row = random.choice(found)
    args = Reduce(row.issuer, row.ceiling, random.choice((0, row.amount // 2)))
    return Planned("ceiling.reduce", args, row.bank)


# --- members


def rekey(random: Random, view: StateView) -> Planned:
    """A member registers a key, rotates or revokes one that nobody needs, or moves its gateway."""
    by = random.choice(("factor-a", "court", "bank-b"))
    spare = [
        row
        for row in view.reader.iterate(KEYS)
        if row.member == by and row.rights == ("look",) and row.signs_at(view.moment().height)
    ]
    if spare and random.random() < 0.4:
        return Planned("member.key_revoke", members.KeyRevoke(random.choice(spare).key, 0, "device lost"), by)
    key = signing_key_from_seed(ED25519, derived(0, "spare", view.fresh())).public
    if spare and random.random() < 0.5:
        args = members.KeyRotate(random.choice(spare).key, key, view.fresh(), 0)
        return Planned("member.key_rotate", args, by)
    if random.random() < 0.2:
        return Planned("member.gateway_set", members.SetGateway(f"https://{by}.example.com"), by)
    registered = members.KeyRegister(key, view.fresh()[:16], ("look",), 0, view.fresh(), 0)
    return Planned("member.key_register", registered, by)


def reseal(random: Random, view: StateView) -> Planned:
    """A member that nothing is sealed to rotates its sealing key."""
    key = SealingKey.from_seed(derived(0, "sealing", view.fresh())).public
    return Planned("member.sealing_key_rotate", members.SealingKeyRotate(key), "court")


def suspend(random: Random, view: StateView) -> Planned:
    """A supervisor suspends a member that the others can do without, now and then the sponsor of a client, or restores whoever is suspended."""
    now = view.moment()
    for row in view.reader.iterate(MEMBERS):
        if row.status_at(now) == SUSPENDED:
            return Planned("member.restore", members.Restore(MemberId(row.member)), "supervisor")
    whom = MemberId(random.choice(("factor-a", "factor-a", "bank-b")))
    return Planned("member.suspend", members.Suspend(whom, "inquiry"), "supervisor")


# --- disclosure


def remark(random: Random, view: StateView) -> Planned | None:
    """An issuer says something about a month of its own record, or about one that is not closed."""
    rows = list(view.reader.iterate(RECORDS))
    if not rows:
        return None
    row = random.choice(rows)
    month = row.month if random.random() < 0.8 else local_date(view.now_ms).strftime("%Y-%m")
    return Planned("disclosure.remark", Remark(month, "As agreed with our bank."), row.issuer)


DOCUMENTS: Mapping[str, tuple[StateStrategy, int]] = {
    "contest": (contest, 3),
    "take_back": (take_back, 2),
    "red_letter": (red_letter, 2),
    "review": (review, 6),
    "grant": (grant, 3),
    "reduce": (reduce, 2),
    "rekey": (rekey, 3),
    "reseal": (reseal, 1),
    "suspend": (suspend, 2),
    "remark": (remark, 8),
}
