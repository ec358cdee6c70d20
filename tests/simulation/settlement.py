"""Acts of payment planned from the committed state: agreements, payees, money, payouts, debts, and what is paid beside the bank."""

from collections.abc import Callable
from random import Random

from msgspec import Struct

from tallychain.contracts.vouchers.settling import operations as settling
from tallychain.contracts.vouchers.settling.rules.position import Position, positions_of, the_settlement
from tallychain.contracts.vouchers.settling.state import AGREEMENTS, EXCESSES, PROPOSED
from tallychain.contracts.vouchers.state import (
    ACTIVE,
    AWAITING_MONEY,
    OVERDUE,
    VOUCHERS,
    Voucher,
    outstanding,
)
from tallychain.contracts.vouchers.tests.acts import ISSUERS, Planned
from tallychain.ledger.types import MemberId
from tests.simulation.business import StateView

DOCUMENT = "d0" * 32
BANKS = ("settle-a", "bank-b")


def agreement(random: Random, view: StateView) -> Planned:
    """An issuer asks a second settlement bank, which consents; later one of them gives notice."""
    issuer, bank = random.choice(ISSUERS), "bank-b"
    row = view.reader.get(AGREEMENTS, issuer, bank)
    status = "" if row is None else row.status_at(view.moment())
    if row is not None and status == PROPOSED:
        args: Struct = settling.ConsentAgreement(MemberId(issuer), row.proposal)
        return Planned("settlement.agree.consent", args, bank)
    if status == "IN_FORCE":
        args = settling.EndAgreement(MemberId(issuer), MemberId(bank))
        return Planned("settlement.agree.end", args, random.choice((issuer, bank)))
    return Planned("settlement.agree.propose", settling.ProposeAgreement(MemberId(bank), "a9" * 32), issuer)


def active(random: Random, view: StateView) -> Planned | None:
    """Before maturity: payees, a payment outside the bank, another bank."""
    voucher = _voucher(random, view, (ACTIVE,))
    if voucher is None:
        return None
    acts = (_name, _name, _outside, _outside, _other_bank)
    return random.choice(acts)(random, view, voucher)


def due(random: Random, view: StateView) -> Planned | None:
    """From maturity on: money in, money out, and what becomes of the debt."""
    voucher = _voucher(random, view, (*AWAITING_MONEY, "SETTLED", "SETTLED_LATE"))
    if voucher is None:
        return None
    positions = positions_of(voucher, view.reader)
    reasons: list[tuple[bool, Callable[[Random, StateView, Voucher], Planned | None]]] = [
        (any(not one.has_payee for one in positions), _name),
        (bool(outstanding(voucher)), _attest),
        (any(one.payable for one in positions), _pay_out),
        (any(one.payable for one in positions), _pay_out),
        (any(one.coming and one.has_payee and not one.payable for one in positions), _release_withheld),
        (any(one.entitlement.amount for one in positions), _fail),
        (bool(view.reader.scan(EXCESSES, voucher.number)), _return_excess),
        (bool(outstanding(voucher)), _debt),
        (True, _late_interest),
    ]
    acts = [act for reason, act in reasons if reason]
    return random.choice(acts)(random, view, voucher)


def _voucher(random: Random, view: StateView, statuses: tuple[str, ...]) -> Voucher | None:
    now = view.moment()
    found = [row for row in view.reader.iterate(VOUCHERS) if row.status_at(now) in statuses]
    return random.choice(found) if found else None


def _position(random: Random, view: StateView, voucher: Voucher) -> Position:
    return random.choice(positions_of(voucher, view.reader))


def _name(random: Random, view: StateView, voucher: Voucher) -> Planned | None:
    one = _position(random, view, voucher)
    args = settling.NamePayee(voucher.number, one.holding.first)
    return Planned("settlement.payee", args, one.holding.sponsor)


def _outside(random: Random, view: StateView, voucher: Voucher) -> Planned | None:
    one = _position(random, view, voucher)
    if one.entitlement.outside_proposal and one.entitlement.outside_holding == one.holding.id:
        consent = settling.ConsentOutside(voucher.number, one.holding.first, one.entitlement.outside_proposal)
        return Planned("settlement.outside.consent", consent, one.holding.tag)
    args = settling.ProposeOutside(voucher.number, one.holding.first, DOCUMENT)
    return Planned("settlement.outside.propose", args, voucher.issuer)


def _other_bank(random: Random, view: StateView, voucher: Voucher) -> Planned | None:
    settlement = the_settlement(voucher.number, view.reader)
    if settlement.successor:
        consent = settling.ConsentBank(voucher.number, settlement.successor_proposal)
        return Planned("settlement.reassign.consent", consent, settlement.successor)
    other = next(bank for bank in BANKS if bank != voucher.settlement_bank)
    args = settling.ProposeBank(voucher.number, MemberId(other))
    return Planned("settlement.reassign.propose", args, voucher.issuer)


def _attest(random: Random, view: StateView, voucher: Voucher) -> Planned | None:
    owed = outstanding(voucher)
    amount = random.choice((owed, owed, owed, owed // 2, 1, owed + 7)) or 1
    now_ms = int(view.moment().time_ms)
    booked_ms = random.choice((now_ms, min(now_ms, int(voucher.due_ms))))
    args = settling.Attest(voucher.number, amount, booked_ms, f"IN-{view.fresh()[:20].upper()}", DOCUMENT)
    return Planned("settlement.attest", args, voucher.settlement_bank)


def _late_interest(random: Random, view: StateView, voucher: Voucher) -> Planned | None:
    now_ms = int(view.moment().time_ms)
    args = settling.AttestLate(voucher.number, 1_000, now_ms, f"LATE-{view.fresh()[:20].upper()}", DOCUMENT)
    return Planned("settlement.late", args, voucher.settlement_bank)


def _pay_out(random: Random, view: StateView, voucher: Voucher) -> Planned | None:
    waiting = [one for one in positions_of(voucher, view.reader) if one.payable][:20]
    if not waiting:
        return None
    extra = random.random() < 0.2
    rows = tuple(
        settling.PayoutRow(one.holding.first, one.payable + extra, f"OUT-{view.fresh()[:20].upper()}")
        for one in waiting
    )
    args = settling.Payout(voucher.number, int(view.moment().time_ms), DOCUMENT, rows)
    return Planned("settlement.payout", args, voucher.settlement_bank)


def _release_withheld(random: Random, view: StateView, voucher: Voucher) -> Planned | None:
    one = _position(random, view, voucher)
    args = settling.ReleaseWithheld(voucher.number, one.holding.first)
    return Planned("settlement.release_withheld", args, voucher.settlement_bank)


def _fail(random: Random, view: StateView, voucher: Voucher) -> Planned | None:
    paid = [one for one in positions_of(voucher, view.reader) if one.entitlement.amount]
    if not paid:
        return None
    one = random.choice(paid)
    args = settling.FailPayout(voucher.number, one.holding.first, one.entitlement.reference, DOCUMENT)
    return Planned("settlement.payout_failed", args, voucher.settlement_bank)


def _return_excess(random: Random, view: StateView, voucher: Voucher) -> Planned | None:
    found = view.reader.scan(EXCESSES, voucher.number)
    if not found:
        return None
    now_ms = int(view.moment().time_ms)
    args = settling.ReturnExcess(
        voucher.number, found[0].attestation, f"BACK-{view.fresh()[:20].upper()}", now_ms, DOCUMENT
    )
    return Planned("settlement.return_excess", args, found[0].bank)


def _debt(random: Random, view: StateView, voucher: Voucher) -> Planned | None:
    one = _position(random, view, voucher)
    if one.entitlement.release:
        revoked = settling.Revoke(voucher.number, one.holding.first)
        return Planned("debt.revoke", revoked, one.holding.tag)
    if voucher.status_at(view.moment()) == OVERDUE and random.random() < 0.4:
        return Planned(
            "debt.write_off", settling.WriteOff(voucher.number, one.holding.first), one.holding.tag
        )
    amount = max(1, one.outstanding // random.choice((1, 2, 10)))
    return Planned(
        "debt.release", settling.Release(voucher.number, one.holding.first, amount), one.holding.tag
    )
