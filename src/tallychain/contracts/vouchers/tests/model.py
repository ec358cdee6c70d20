"""A second, simple account of vouchers: lists and dictionaries, no ranges library, no tables, no timelines.

It is told what was done and answers what must then be the case; it shares no code with the rules.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
CUTOFF_MS = 17 * 3_600_000
RETENTION_MS = 30 * DAY_MS
OFFSET = timedelta(hours=8)
FREE_WEEKDAYS = {
    date(2026, *day)
    for day in [(4, 6), (5, 1), (5, 4), (5, 5), (6, 19), (9, 25), (10, 1), (10, 2), (10, 5), (10, 6), (10, 7)]
}
WORKED_WEEKENDS = {date(2026, *day) for day in [(5, 9), (9, 20), (10, 10)]}


def local_date(time_ms: int) -> date:
    """The day in Shanghai."""
    return (datetime.fromtimestamp(time_ms // 1000, UTC) + OFFSET).date()


def midnight_ms(day: date) -> int:
    """When a day begins in Shanghai."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - OFFSET
    return int(start.timestamp()) * 1000


def is_worked(day: date) -> bool:
    """Whether a day of March to December 2026 is a business day."""
    return day in WORKED_WEEKENDS or (day.weekday() < 5 and day not in FREE_WEEKDAYS)


def plain_maturity(nominal: date) -> tuple[int, int, str]:
    """Black-out and maturity in milliseconds, and the status then; there is no calendar of 2027."""
    day = nominal
    while day.year == 2026 and not is_worked(day):
        day += timedelta(days=1)
    if day.year != 2026:
        return midnight_ms(nominal - timedelta(days=3)), midnight_ms(nominal), "DUE_UNDATED"
    closing, left = day, 3
    while left:
        closing -= timedelta(days=1)
        left -= is_worked(closing)
    return midnight_ms(closing), midnight_ms(day), "DUE"


def plain_deadlines(due_ms: int, due_status: str) -> list[tuple[int, str]]:
    """What an unpaid voucher is after its maturity; nothing more without a date, nor overdue where 2027 would have to be known."""
    if due_status != "DUE":
        return []
    day, left = local_date(due_ms), 3
    unpaid = [(due_ms + CUTOFF_MS, "UNPAID_PENDING")]
    while left:
        day += timedelta(days=1)
        if day.year != 2026:
            return unpaid
        left -= is_worked(day)
    return [*unpaid, (midnight_ms(day) + CUTOFF_MS, "OVERDUE")]


@dataclass
class Piece:
    """Units held by one tag."""

    first: int
    last: int
    tag: str
    layer: int


@dataclass
class ModelOffer:
    """Units offered to one tag."""

    name: str
    voucher: str
    first: int
    last: int
    giver: str
    receiver: str
    not_before_ms: int
    until_ms: int
    ended: str = ""
    ended_ms: int = 0

    def is_gone(self, now_ms: int) -> bool:
        """Whether it ended so long ago that nobody finds it any more."""
        ended_ms = self.ended_ms if self.ended else self.until_ms
        return now_ms >= ended_ms + RETENTION_MS

    def status(self, now_ms: int) -> str:
        """How it stands."""
        return self.ended or ("EXPIRED" if now_ms >= self.until_ms else "OPEN")


@dataclass
class ModelVoucher:
    """One promise."""

    number: str
    issuer: str
    reference: str
    face: int
    receiver: str
    consent: str
    answer_ms: int
    blackout_ms: int
    due_ms: int
    due_status: str
    ended: str = ""
    ended_ms: int = 0
    accepted: bool = False
    splits: int = 0
    pieces: list[Piece] = field(default_factory=list)

    def status(self, now_ms: int) -> str:
        """How it stands."""
        if self.ended:
            return self.ended
        if self.accepted:
            steps = [(self.due_ms, self.due_status), *plain_deadlines(self.due_ms, self.due_status)]
            return next((status for at_ms, status in reversed(steps) if now_ms >= at_ms), "ACTIVE")
        return "EXPIRED" if now_ms >= self.answer_ms else "ISSUED"

    def is_gone(self, now_ms: int) -> bool:
        """Whether it ended without title so long ago that nobody finds it any more."""
        ended_ms = self.ended_ms if self.ended else self.answer_ms
        return not self.accepted and now_ms >= ended_ms + RETENTION_MS

    def is_transferable(self, now_ms: int) -> bool:
        """Whether title may move."""
        return self.status(now_ms) == "ACTIVE" and now_ms < self.blackout_ms


@dataclass
class ModelCancellation:
    """What the issuer proposed, and which pieces were given up as they were then."""

    operation: str
    until_ms: int
    consents: list[tuple[int, int, str]] = field(default_factory=list)


class ModelBroken(AssertionError):
    """The model was told something that cannot have happened."""


@dataclass
class Model:
    """All vouchers and offers."""

    vouchers: dict[str, ModelVoucher] = field(default_factory=dict)
    offers: dict[str, ModelOffer] = field(default_factory=dict)
    by_voucher: dict[str, list[ModelOffer]] = field(default_factory=dict)
    cancellations: dict[str, ModelCancellation] = field(default_factory=dict)
    """The latest of each voucher."""
    claims: dict[str, int] = field(default_factory=dict)
    """Tag to when it claimed that its sponsor is idle."""
    ported: set[str] = field(default_factory=set)
    """Tags that have left a sponsor."""

    def issued(self, voucher: ModelVoucher) -> None:
        """A promise was made."""
        if voucher.number in self.vouchers:
            raise ModelBroken(f"{voucher.number} was given twice")
        self.vouchers[voucher.number] = voucher

    def accepted(self, number: str) -> None:
        """The receiver holds everything."""
        voucher = self.vouchers[number]
        voucher.accepted = True
        voucher.pieces = [Piece(1, voucher.face, voucher.receiver, 1)]

    def ended(self, number: str, status: str, now_ms: int) -> None:
        """Nobody will hold it."""
        self.vouchers[number].ended = status
        self.vouchers[number].ended_ms = now_ms

    def offered(self, offer: ModelOffer, now_ms: int) -> None:
        """Units were offered: the giver must hold them all, free."""
        piece = self.piece_at(offer.voucher, offer.first)
        if piece.tag != offer.giver or piece.last < offer.last:
            raise ModelBroken(f"{offer.name} offers what its giver does not hold")
        if any(self.overlaps(offer, other) for other in self.open_offers(offer.voucher, now_ms)):
            raise ModelBroken(f"{offer.name} offers what is offered already")
        self.offers[offer.name] = offer
        self.by_voucher.setdefault(offer.voucher, []).append(offer)

    def taken(self, name: str, now_ms: int) -> None:
        """Title moved."""
        self.offer_ended(name, "TAKEN", now_ms)
        offer = self.offers[name]
        voucher = self.vouchers[offer.voucher]
        piece = self.piece_at(offer.voucher, offer.first)
        voucher.pieces.remove(piece)
        parts = [Piece(offer.first, offer.last, offer.receiver, piece.layer + 1)]
        if piece.first < offer.first:
            parts.append(Piece(piece.first, offer.first - 1, piece.tag, piece.layer))
        if offer.last < piece.last:
            parts.append(Piece(offer.last + 1, piece.last, piece.tag, piece.layer))
        voucher.splits += len(parts) > 1
        voucher.pieces = sorted([*voucher.pieces, *parts], key=lambda part: part.first)

    def offer_ended(self, name: str, status: str, now_ms: int) -> None:
        """An offer was taken, declined or recalled."""
        self.offers[name].ended = status
        self.offers[name].ended_ms = now_ms

    def proposed(self, number: str, operation: str, now_ms: int) -> None:
        """The issuer proposed to cancel."""
        until_ms = min(now_ms + 5 * DAY_MS, self.vouchers[number].blackout_ms)
        self.cancellations[number] = ModelCancellation(operation, until_ms)

    def consented(self, number: str, first: int, now_ms: int) -> None:
        """A holder consented; the voucher ends with the last one, unless something is bound."""
        piece = self.piece_at(number, first)
        consents = self.cancellations[number].consents
        consents.append((piece.first, piece.last, piece.tag))
        pieces = [(p.first, p.last, p.tag) for p in self.vouchers[number].pieces]
        if all(p in consents for p in pieces) and not self.open_offers(number, now_ms):
            self.ended(number, "CANCELLED", now_ms)

    def is_cancelling(self, number: str, now_ms: int) -> bool:
        """Whether a cancellation waits for consents."""
        found = self.cancellations.get(number)
        return found is not None and now_ms < found.until_ms and not self.vouchers[number].ended

    def claim_of(self, tag: str, now_ms: int) -> str | None:
        """How a tag's claim stands, if it has one."""
        claimed_ms = self.claims.get(tag)
        if claimed_ms is None or now_ms >= claimed_ms + 25 * HOUR_MS:
            return None
        return "WAITING" if now_ms < claimed_ms + HOUR_MS else "FREE"

    def carried(self, tag: str, now_ms: int) -> None:
        """The sponsor of a tag carried an act of it."""
        if self.claim_of(tag, now_ms) == "WAITING":
            del self.claims[tag]

    def piece_at(self, number: str, unit: int) -> Piece:
        """Who holds a unit."""
        for piece in self.vouchers[number].pieces:
            if piece.first <= unit <= piece.last:
                return piece
        raise ModelBroken(f"nobody holds unit {unit} of {number}")

    def open_offers(self, number: str, now_ms: int) -> list[ModelOffer]:
        """The offers that bind units."""
        return [o for o in self.by_voucher.get(number, []) if o.status(now_ms) == "OPEN"]

    def free_gaps(self, number: str, piece: Piece, now_ms: int) -> list[tuple[int, int]]:
        """The ranges of a piece that no offer binds."""
        gaps, start = [], piece.first
        for offer in sorted(self.open_offers(number, now_ms), key=lambda o: o.first):
            if piece.first <= offer.first <= piece.last:
                if offer.first > start:
                    gaps.append((start, offer.first - 1))
                start = offer.last + 1
        if start <= piece.last:
            gaps.append((start, piece.last))
        return gaps

    def conserved(self) -> bool:
        """Whether every accepted voucher is held once, unit by unit."""
        for voucher in self.vouchers.values():
            reached = 0
            for piece in voucher.pieces:
                if piece.first != reached + 1:
                    return False
                reached = piece.last
            if reached != (voucher.face if voucher.accepted else 0):
                return False
        return True

    @staticmethod
    def overlaps(one: ModelOffer, other: ModelOffer) -> bool:
        """Whether two offers share a unit."""
        return one.first <= other.last and other.first <= one.last
