"""Acts of payment planned from the committed state: agreements, payees, money, payouts, debts, and what is paid beside the bank."""

from collections.abc import Callable
from random import Random

from msgspec import Struct

from tallychain.contracts.vouchers.settling import operations as settling
from tallychain.contracts.vouchers.settling.rules.position import Position, positions_of, the_settlement
from tallychain.contracts.vouchers.settling.state import AGREEMENTS, ENTITLEMENTS, EXCESSES, PROPOSED
from tallychain.contracts.vouchers.state import (
    ACTIVE,
    AWAITING_MONEY,
    OVERDUE,
    VOUCHERS,
    Voucher,
    outstanding,
)
from tallychain.contracts.vouchers.tests.acts import ISSUERS, Planned
from tallychain.ledger.timeline import has_passed
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
    if has_passed(voucher.blackout_ms, view.moment()):
        return random.choice((_name, _name, _name, _other_bank))(random, view, voucher)
    return random.choice((_outside, _outside, _other_bank))(random, view, voucher)


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


def _booked_ms(view: StateView) -> int:
    """A minute ago: what a bank tells the ledger was booked before, and blocks lag behind the clocks of those who act."""
    return int(view.moment().time_ms) - 60_000


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
    if one.holding.encumbrances and random.random() < 0.8:
        return None
    args = settling.ProposeOutside(voucher.number, one.holding.first, DOCUMENT)
    return Planned("settlement.outside.propose", args, voucher.issuer)


def _other_bank(random: Random, view: StateView, voucher: Voucher) -> Planned | None:
    settlement = the_settlement(voucher.number, view.reader)
    if settlement.successor:
        consent = settling.ConsentBank(voucher.number, settlement.successor_proposal)
        return Planned("settlement.reassign.consent", consent, settlement.successor)
    other = next(bank for bank in BANKS if bank != voucher.settlement_bank)
    agreed = view.reader.get(AGREEMENTS, voucher.issuer, other)
    if (agreed is None or agreed.status_at(view.moment()) != "IN_FORCE") and random.random() < 0.8:
        return agreement(random, view)
    args = settling.ProposeBank(voucher.number, MemberId(other))
    return Planned("settlement.reassign.propose", args, voucher.issuer)


def _attest(random: Random, view: StateView, voucher: Voucher) -> Planned | None:
    owed = outstanding(voucher)
    amount = random.choice((owed, owed, owed, owed // 2, 1, owed + 7)) or 1
    now_ms = _booked_ms(view)
    booked_ms = random.choice((now_ms, min(now_ms, int(voucher.due_ms))))
    args = settling.Attest(voucher.number, amount, booked_ms, f"IN-{view.fresh()[:20].upper()}", DOCUMENT)
    return Planned("settlement.attest", args, voucher.settlement_bank)


def _late_interest(random: Random, view: StateView, voucher: Voucher) -> Planned | None:
    now_ms = _booked_ms(view)
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
    args = settling.Payout(voucher.number, _booked_ms(view), DOCUMENT, rows)
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
    now_ms = _booked_ms(view)
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


# --- with one mistake


def wrong(random: Random, view: StateView) -> Planned | None:
    """Money, accounts and debts out of turn: twice, too much, too little, by another bank, of what was never there."""
    direct = [row for row in view.reader.iterate(ENTITLEMENTS) if row.outside]
    if direct and random.random() < 0.2:
        row = random.choice(direct)
        again = settling.ProposeOutside(row.voucher, row.first, DOCUMENT)
        paid = view.reader.get(VOUCHERS, row.voucher)
        return None if paid is None else Planned("settlement.outside.propose", again, paid.issuer)
    found = list(view.reader.iterate(VOUCHERS))
    now = view.moment()
    held = [row for row in found if positions_of(row, view.reader)]
    busy = [row for row in held if row.status_at(now) != ACTIVE]
    if not held:
        return None
    voucher = random.choice(busy if busy and random.random() < 0.8 else held)
    one = _position(random, view, voucher)
    return random.choice((_wrong_money, _wrong_money, _wrong_payout, _wrong_debt, _wrong_party))(
        random, view, voucher, one
    )


def _wrong_money(random: Random, view: StateView, voucher: Voucher, one: Position) -> Planned:
    now_ms, bank = _booked_ms(view), voucher.settlement_bank
    other = next(name for name in BANKS if name != bank)
    used = settling.Attest(voucher.number, 1, now_ms, "USED-TWICE", DOCUMENT)
    back = settling.ReturnExcess(
        voucher.number, "ab" * 32, f"BACK-{view.fresh()[:20].upper()}", now_ms, DOCUMENT
    )
    held = settling.ReleaseWithheld(voucher.number, one.holding.first)
    return random.choice(
        (
            Planned("settlement.attest", used, bank),
            Planned("settlement.attest", used, bank),
            Planned("settlement.attest", used, other, "NOT_THE_SETTLEMENT_BANK"),
            Planned("settlement.return_excess", back, bank, "EXCESS_NOT_FOUND"),
            Planned("settlement.release_withheld", held, bank),
            Planned(
                "settlement.payee", settling.NamePayee(voucher.number, one.holding.first), one.holding.sponsor
            ),
        )
    )


def _wrong_payout(random: Random, view: StateView, voucher: Voucher, one: Position) -> Planned:
    now_ms, bank = _booked_ms(view), voucher.settlement_bank
    amount = max(1, one.coming + random.choice((0, 0, 1)))
    row = settling.PayoutRow(one.holding.first, amount, f"OUT-{view.fresh()[:20].upper()}")
    rows = (row, row) if random.random() < 0.3 else (row,)
    failed = settling.FailPayout(voucher.number, one.holding.first, "OUT-NEVER", DOCUMENT)
    if random.random() < 0.25:
        return Planned("settlement.payout_failed", failed, bank, "PAYOUT_NOT_FOUND")
    return Planned("settlement.payout", settling.Payout(voucher.number, now_ms, DOCUMENT, rows), bank)


def _wrong_debt(random: Random, view: StateView, voucher: Voucher, one: Position) -> Planned:
    holder, first = one.holding.tag, one.holding.first
    return random.choice(
        (
            Planned("debt.write_off", settling.WriteOff(voucher.number, first), holder),
            Planned("debt.release", settling.Release(voucher.number, first, one.outstanding + 1), holder),
            Planned("debt.release", settling.Release(voucher.number, first, 1), holder),
            Planned("debt.revoke", settling.Revoke(voucher.number, first), holder),
        )
    )


def _wrong_party(random: Random, view: StateView, voucher: Voucher, one: Position) -> Planned:
    first, bank = one.holding.first, MemberId(voucher.settlement_bank)
    other = MemberId(next(name for name in BANKS if name != bank))
    issuer = MemberId(voucher.issuer)
    return random.choice(
        (
            Planned(
                "settlement.outside.propose", settling.ProposeOutside(voucher.number, first, DOCUMENT), issuer
            ),
            Planned(
                "settlement.outside.consent",
                settling.ConsentOutside(voucher.number, first, "ab" * 32),
                one.holding.tag,
            ),
            Planned("settlement.reassign.propose", settling.ProposeBank(voucher.number, bank), issuer),
            Planned("settlement.reassign.propose", settling.ProposeBank(voucher.number, other), issuer),
            Planned("settlement.agree.end", settling.EndAgreement(issuer, bank), "bank-a", "NOT_A_PARTY"),
            Planned(
                "settlement.agree.propose",
                settling.ProposeAgreement(MemberId("settle-a"), "a9" * 32),
                issuer,
                "AGREEMENT_EXISTS",
            ),
        )
    )
