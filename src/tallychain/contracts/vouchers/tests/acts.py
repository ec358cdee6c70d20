"""Acts that must succeed, chosen by what the simple model says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Protocol

import msgspec

from tallychain.contracts.documents.state import AllocatedPart
from tallychain.contracts.vouchers.declared import TRADE_EXAMPLE
from tallychain.contracts.vouchers.operations import (
    TRADE_LABELS,
    Accept,
    Decline,
    Issue,
    MakeOffer,
    OfferRow,
    Recall,
    Reject,
    Take,
    Withdraw,
)
from tallychain.contracts.vouchers.tests.model import (
    Model,
    ModelOffer,
    ModelVoucher,
    local_date,
    midnight_ms,
)
from tallychain.instruments.money import Units
from tallychain.ledger.holder import Receiver
from tallychain.ledger.types import MemberId

DONE = "DONE"
ISSUERS = ("ce-a", "ce-b")
TERMS = (2, 6, 12, 20, 40, 90, 175)
"""Days for which is promised."""
CLIENTS = ("s1", "s2", "s3", "s4")
SPONSORS = ("bank-a", "bank-b")
LOOKED_AT = 60
"""Vouchers or offers that one choice looks through: the latest ones."""


class WorldView(Protocol):
    """What a strategy sees of the world."""

    @property
    def model(self) -> Model:
        """What should be the case."""

    @property
    def now_ms(self) -> int:
        """Time of the block in which the act will stand."""

    @property
    def tags(self) -> Mapping[str, Receiver]:
        """Every tag made so far, by its signing key."""

    def receiver(self, client: str) -> Receiver:
        """A fresh tag of a client."""

    def terms(self, issuer: str) -> tuple[int, ...]:
        """Days for which an issuer promises; none if a missed payment blocks it."""

    def backing(self, receiver: Receiver, face: int, issuer: str) -> tuple[str, tuple[AllocatedPart, ...]]:
        """A payable that the issuer confirmed to this receiver, and the parts of its invoices that make the face."""


@dataclass(frozen=True)
class Planned:
    """An act to be tried, and the code that must come back."""

    type: str
    args: msgspec.Struct
    by: str
    """A member's id, or a tag's signing key."""
    expected: str = DONE
    content: Mapping[str, msgspec.Struct] = field(default_factory=dict)
    via: str = ""
    twist: str = ""
    """What a hostile sender does besides: see `strategies.TWISTS`."""


Strategy = Callable[[Random, WorldView], Planned | None]


def expecting(planned: Planned, code: str, twist: str = "") -> Planned:
    """The same act with another expectation."""
    return replace(planned, expected=code, twist=twist)


def plausible(random: Random, view: WorldView) -> Planned:
    """An act that must succeed; where the one drawn finds no object, a promise is issued."""
    names = ("issue", "accept", "reject", "withdraw", "offer", "take", "decline", "recall")
    (name,) = random.choices(names, (14, 22, 1, 1, 25, 30, 3, 4))
    return PLAUSIBLE[name](random, view) or issue(random, view)


# --- plausible acts


def issue(random: Random, view: WorldView) -> Planned:
    """A promise of some days to half a year."""
    today = local_date(view.now_ms)
    issuer = random.choice([name for name in ISSUERS if view.terms(name)])
    nominal = today + timedelta(days=random.choice(view.terms(issuer)))
    receiver = view.receiver(random.choice(CLIENTS))
    face = random.choice((1, 2, 100, 999_999, 100_000_000, 100_000_000_000))
    payable, invoices = view.backing(receiver, face, issuer)
    args = Issue(
        reference=_free_reference(random, view, issuer),
        receiver=receiver,
        currency="CNY",
        face=Units(face),
        nominal_maturity=nominal.isoformat(),
        settlement_bank=MemberId("settle-a"),
        payable=payable,
        invoices=invoices,
    )
    return Planned("voucher.issue", args, issuer)


def accept(random: Random, view: WorldView) -> Planned | None:
    """The receiver accepts."""
    voucher = find_voucher(random, view, "ISSUED")
    if voucher is None:
        return None
    return Planned("voucher.accept", Accept(voucher.number, voucher.consent), voucher.receiver)


def reject(random: Random, view: WorldView) -> Planned | None:
    """The receiver rejects."""
    voucher = find_voucher(random, view, "ISSUED")
    return None if voucher is None else Planned("voucher.reject", Reject(voucher.number), voucher.receiver)


def withdraw(random: Random, view: WorldView) -> Planned | None:
    """The issuer withdraws."""
    voucher = find_voucher(random, view, "ISSUED")
    return None if voucher is None else Planned("voucher.withdraw", Withdraw(voucher.number), voucher.issuer)


def offer(random: Random, view: WorldView) -> Planned | None:
    """A holder offers one to three free sub-ranges, sometimes the whole, sometimes for a later day."""
    voucher = transferable(random, view)
    if voucher is None:
        return None
    pieces = [piece for piece in voucher.pieces if piece.layer < 10]
    random.shuffle(pieces)
    for piece in pieces[:4]:
        gaps = view.model.free_gaps(voucher.number, piece, view.now_ms)
        if gaps:
            rows = _rows(random, view, voucher, random.choice(gaps))
            return offering(voucher, piece.first, piece.tag, rows)
    return None


def take(random: Random, view: WorldView) -> Planned | None:
    """The named receiver takes."""
    found = find_offer(random, view, "OPEN", may_move)
    return None if found is None else Planned("voucher.take", Take(found.voucher, found.name), found.receiver)


def decline(random: Random, view: WorldView) -> Planned | None:
    """The named receiver declines."""
    found = find_offer(random, view, "OPEN")
    return (
        None
        if found is None
        else Planned("voucher.decline", Decline(found.voucher, found.name), found.receiver)
    )


def recall(random: Random, view: WorldView) -> Planned | None:
    """The holder recalls."""
    found = find_offer(random, view, "OPEN")
    return (
        None if found is None else Planned("voucher.recall", Recall(found.voucher, found.name), found.giver)
    )


PLAUSIBLE: Mapping[str, Strategy] = {
    "issue": issue,
    "accept": accept,
    "reject": reject,
    "withdraw": withdraw,
    "offer": offer,
    "take": take,
    "decline": decline,
    "recall": recall,
}


# --- looking for an object


def find_voucher(random: Random, view: WorldView, *statuses: str) -> ModelVoucher | None:
    latest = list(view.model.vouchers.values())[-LOOKED_AT:]
    found = [voucher for voucher in latest if voucher.status(view.now_ms) in statuses]
    return random.choice(found) if found else None


def transferable(random: Random, view: WorldView) -> ModelVoucher | None:
    latest = list(view.model.vouchers.values())[-LOOKED_AT:]
    found = [voucher for voucher in latest if voucher.is_transferable(view.now_ms)]
    return random.choice(found) if found else None


def find_offer(
    random: Random,
    view: WorldView,
    status: str,
    also: Callable[[ModelOffer, WorldView], bool] = lambda _offer, _view: True,
) -> ModelOffer | None:
    latest = list(view.model.offers.values())[-LOOKED_AT:]
    found = [item for item in latest if item.status(view.now_ms) == status and also(item, view)]
    return random.choice(found) if found else None


def may_move(item: ModelOffer, view: WorldView) -> bool:
    voucher = view.model.vouchers[item.voucher]
    return voucher.is_transferable(view.now_ms) and item.not_before_ms <= view.now_ms


def _free_reference(random: Random, view: WorldView, issuer: str) -> str:
    """A new reference, or one whose promise ended without title; the number of tags makes new ones unlike each other."""
    promises = [voucher for voucher in view.model.vouchers.values() if voucher.issuer == issuer]
    living = {
        v.reference for v in promises if v.status(view.now_ms) not in ("REJECTED", "WITHDRAWN", "EXPIRED")
    }
    free = [v.reference for v in promises[-LOOKED_AT:] if v.reference not in living]
    if free and random.random() < 0.2:
        return random.choice(free)
    return f"{random.getrandbits(96):024x}{len(view.tags):08x}"


def _rows(
    random: Random, view: WorldView, voucher: ModelVoucher, gap: tuple[int, int]
) -> tuple[OfferRow, ...]:
    """Up to three rows that lie in a free gap one after the other."""
    first, last = gap
    rows = []
    for _ in range(random.choice((1, 1, 2, 3))):
        if first > last:
            break
        end = last if random.random() < 0.3 else random.randint(first, last)
        rows.append(
            OfferRow(
                Units(first),
                Units(end),
                view.receiver(random.choice(CLIENTS)),
                f"{random.getrandbits(128):032x}",
                _value_date(random, view, voucher),
            )
        )
        first = end + 1
    return tuple(rows)


def _value_date(random: Random, view: WorldView, voucher: ModelVoucher) -> str:
    day = local_date(view.now_ms) + timedelta(days=random.randint(0, 20))
    is_possible = midnight_ms(day) < voucher.blackout_ms
    return day.isoformat() if is_possible and random.random() < 0.15 else ""


def offering(voucher: ModelVoucher, first: int, tag: str, rows: tuple[OfferRow, ...]) -> Planned:
    content = dict.fromkeys(TRADE_LABELS[: len(rows)], TRADE_EXAMPLE)
    args = MakeOffer(voucher.number, Units(first), rows)
    return Planned("voucher.offer", args, tag, content=content)
