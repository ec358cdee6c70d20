"""Acts that are wrong in exactly one way, each with the code that says which."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

import msgspec

from tallychain.contracts.vouchers.operations import (
    Accept,
    Decline,
    Issue,
    OfferRow,
    Recall,
    Take,
    Withdraw,
)
from tallychain.contracts.vouchers.tests import ends
from tallychain.contracts.vouchers.tests.acts import (
    CLIENTS,
    ISSUERS,
    LOOKED_AT,
    SPONSORS,
    Planned,
    Strategy,
    WorldView,
    expecting,
    find_offer,
    find_voucher,
    issue,
    may_move,
    offering,
    transferable,
)
from tallychain.contracts.vouchers.tests.model import ModelOffer, ModelVoucher, Piece, local_date
from tallychain.contracts.vouchers.tests.unbacked import unbacked
from tallychain.instruments.money import Units
from tallychain.ledger.holder import Receiver
from tallychain.ledger.types import MemberId

UNKNOWN = "EVTEST20260316999999999923"
SMALL_ORDER = "ed25519:" + "01" + "00" * 31
TERM_DAYS = 200


def of_issue(random: Random, view: WorldView) -> Planned:
    """A promise with one field that cannot stand."""
    good = issue(random, view)
    args = good.args
    if not isinstance(args, Issue):
        raise TypeError(args)
    today = local_date(view.now_ms)
    changes: tuple[tuple[str, object, str], ...] = (
        ("currency", "USD", "CURRENCY_NOT_TAKEN"),
        ("face", 100_000_000_001, "FACE_EXCEEDED"),
        ("nominal_maturity", f"{today.year}-06-31", "DATE_NOT_VALID"),
        ("nominal_maturity", today.isoformat(), "MATURITY_NOT_AFTER_ISSUE"),
        ("nominal_maturity", (today + timedelta(days=TERM_DAYS)).isoformat(), "TERM_EXCEEDED"),
        ("settlement_bank", "bank-a", "SETTLEMENT_BANK_NOT_ELIGIBLE"),
        ("receiver", _sponsored(args.receiver, "supervisor"), "RECIPIENT_NOT_ELIGIBLE"),
        ("receiver", _weak(args.receiver), "RECEIVER_KEY_NOT_ADMISSIBLE"),
    )
    name, value, code = random.choice(changes)
    changed = msgspec.convert({**msgspec.structs.asdict(args), name: value}, Issue)
    return Planned(good.type, changed, good.by, code)


def reference_twice(random: Random, view: WorldView) -> Planned | None:
    """A second promise under a reference that stands for a living one."""
    voucher = find_voucher(random, view, "ISSUED", "ACTIVE", "DUE", "DUE_UNDATED")
    good = issue(random, view)
    if voucher is None or not isinstance(good.args, Issue):
        return None
    args = msgspec.structs.replace(good.args, reference=voucher.reference)
    return Planned(good.type, args, voucher.issuer, "REFERENCE_USED")


def bank_issues(random: Random, view: WorldView) -> Planned:
    """A promise by a member that is no core enterprise."""
    good = issue(random, view)
    return Planned(good.type, good.args, "bank-a", "NOT_LICENSED")


def withdraws_anothers(random: Random, view: WorldView) -> Planned | None:
    """An issuer withdraws another's promise."""
    voucher = find_voucher(random, view, "ISSUED")
    if voucher is None:
        return None
    other = ISSUERS[1 - ISSUERS.index(voucher.issuer)]
    return Planned("voucher.withdraw", Withdraw(voucher.number), other, "NOT_THE_ISSUER")


def withdraws_unknown(random: Random, _view: WorldView) -> Planned:
    """An issuer withdraws what nobody promised."""
    return Planned("voucher.withdraw", Withdraw(UNKNOWN), random.choice(ISSUERS), "VOUCHER_NOT_FOUND")


def withdraws_too_late(random: Random, view: WorldView) -> Planned | None:
    """An issuer withdraws what is held or has ended."""
    voucher = find_voucher(random, view, "ACTIVE", "EXPIRED", "REJECTED", "WITHDRAWN", "DUE")
    if voucher is None:
        return None
    code = "VOUCHER_NOT_FOUND" if voucher.is_gone(view.now_ms) else "VOUCHER_NOT_PENDING"
    return Planned("voucher.withdraw", Withdraw(voucher.number), voucher.issuer, code)


def accepts_wrongly(random: Random, view: WorldView) -> Planned | None:
    """Another tag accepts, or another member carries it, or the text is another one."""
    voucher = find_voucher(random, view, "ISSUED")
    if voucher is None:
        return None
    args = Accept(voucher.number, voucher.consent)
    mistake = random.choice(("tag", "carrier", "text"))
    if mistake == "tag":
        stranger = view.receiver(random.choice(CLIENTS)).tag
        return Planned("voucher.accept", args, stranger, "NOT_THE_NAMED_RECEIVER")
    if mistake == "carrier" and view.model.claim_of(voucher.receiver, view.now_ms) is None:
        via = _another_sponsor(view, voucher.receiver)
        return Planned("voucher.accept", args, voucher.receiver, "NOT_THE_SPONSOR", via=via)
    wrong = Accept(voucher.number, "ab" * 32)
    return Planned("voucher.accept", wrong, voucher.receiver, "CONSENT_DIFFERS")


def accepts_too_late(random: Random, view: WorldView) -> Planned | None:
    """The receiver accepts what has ended or is held already."""
    voucher = find_voucher(random, view, "EXPIRED", "WITHDRAWN", "REJECTED", "ACTIVE")
    if voucher is None or voucher.receiver in view.model.ported:
        return None
    args = Accept(voucher.number, voucher.consent)
    code = "VOUCHER_NOT_FOUND" if voucher.is_gone(view.now_ms) else "VOUCHER_NOT_PENDING"
    return Planned("voucher.accept", args, voucher.receiver, code)


def offers_wrongly(random: Random, view: WorldView) -> Planned | None:
    """A holder's offer of one or two rows with one mistake."""
    voucher = transferable(random, view)
    if voucher is None:
        return None
    piece = random.choice(voucher.pieces)
    return random.choice(OFFER_MISTAKES)(random, view, voucher, piece)


def _beyond(random: Random, view: WorldView, voucher: ModelVoucher, piece: Piece) -> Planned:
    rows = (_row(random, view, piece.first, piece.last + 1),)
    return expecting(offering(voucher, piece.first, piece.tag, rows), "UNITS_OUTSIDE_HOLDING")


def _backwards(random: Random, view: WorldView, voucher: ModelVoucher, piece: Piece) -> Planned:
    rows = (_row(random, view, piece.first + 1, piece.first),)
    return expecting(offering(voucher, piece.first, piece.tag, rows), "UNITS_OUTSIDE_HOLDING")


def _overlapping(random: Random, view: WorldView, voucher: ModelVoucher, piece: Piece) -> Planned | None:
    free = _free_unit(view, voucher, piece)
    if free is None:
        return None
    rows = (_row(random, view, free, free), _row(random, view, free, free))
    return expecting(offering(voucher, piece.first, piece.tag, rows), "UNITS_OVERLAP")


def _named_twice(random: Random, view: WorldView, voucher: ModelVoucher, piece: Piece) -> Planned | None:
    free = _free_unit(view, voucher, piece)
    if free is None or _free_unit(view, voucher, piece, free + 1) != free + 1:
        return None
    row = _row(random, view, free, free)
    twice = msgspec.structs.replace(row, first=Units(free + 1), last=Units(free + 1))
    return expecting(offering(voucher, piece.first, piece.tag, (row, twice)), "RECEIVER_NAMED_TWICE")


def _to_itself(random: Random, view: WorldView, voucher: ModelVoucher, piece: Piece) -> Planned | None:
    free = _free_unit(view, voucher, piece)
    if free is None:
        return None
    rows = (OfferRow(Units(free), Units(free), view.tags[piece.tag], "0" * 32, ""),)
    return expecting(offering(voucher, piece.first, piece.tag, rows), "RECEIVER_IS_HOLDER")


def _to_weak(random: Random, view: WorldView, voucher: ModelVoucher, piece: Piece) -> Planned | None:
    free = _free_unit(view, voucher, piece)
    if free is None:
        return None
    row = _row(random, view, free, free)
    weak, code = random.choice(
        (
            (_weak(row.receiver), "RECEIVER_KEY_NOT_ADMISSIBLE"),
            (_sponsored(row.receiver, "court"), "RECIPIENT_NOT_ELIGIBLE"),
        )
    )
    rows = (msgspec.structs.replace(row, receiver=weak),)
    return expecting(offering(voucher, piece.first, piece.tag, rows), code)


def _of_another(random: Random, view: WorldView, voucher: ModelVoucher, piece: Piece) -> Planned:
    stranger = view.receiver(random.choice(CLIENTS)).tag
    rows = (_row(random, view, piece.first, piece.first),)
    return expecting(offering(voucher, piece.first, stranger, rows), "NOT_THE_HOLDER")


def _nowhere(random: Random, view: WorldView, voucher: ModelVoucher, piece: Piece) -> Planned | None:
    if piece.first == piece.last:
        return None
    rows = (_row(random, view, piece.last, piece.last),)
    return expecting(offering(voucher, piece.last, piece.tag, rows), "HOLDING_NOT_FOUND")


def _carried(random: Random, view: WorldView, voucher: ModelVoucher, piece: Piece) -> Planned | None:
    if view.model.claim_of(piece.tag, view.now_ms) is not None:
        return None
    good = offering(voucher, piece.first, piece.tag, (_row(random, view, piece.first, piece.first),))
    via = _another_sponsor(view, piece.tag)
    return Planned(good.type, good.args, good.by, "NOT_THE_SPONSOR", good.content, via)


def _too_far(random: Random, view: WorldView, voucher: ModelVoucher, piece: Piece) -> Planned | None:
    free = _free_unit(view, voucher, piece)
    if free is None:
        return None
    day = local_date(view.now_ms) + timedelta(days=random.choice((-1, 40)))
    rows = (msgspec.structs.replace(_row(random, view, free, free), value_date=day.isoformat()),)
    return expecting(offering(voucher, piece.first, piece.tag, rows), "VALUE_DATE_NOT_POSSIBLE")


def _half_papered(random: Random, view: WorldView, voucher: ModelVoucher, piece: Piece) -> Planned | None:
    free = _free_unit(view, voucher, piece)
    if (
        free is None
        or not piece.first <= free < piece.last
        or _free_unit(view, voucher, piece, free + 1) != free + 1
    ):
        return None
    rows = (_row(random, view, free, free), _row(random, view, free + 1, free + 1))
    good = offering(voucher, piece.first, piece.tag, rows)
    content = {"trade": good.content["trade"]}
    return Planned(good.type, good.args, good.by, "PART_MISSING", content)


OfferMistake = Callable[[Random, WorldView, ModelVoucher, Piece], Planned | None]
OFFER_MISTAKES: tuple[OfferMistake, ...] = (
    _beyond,
    _backwards,
    _overlapping,
    _named_twice,
    _to_itself,
    _to_weak,
    _of_another,
    _nowhere,
    _carried,
    _too_far,
    _half_papered,
)


def offers_bound_units(random: Random, view: WorldView) -> Planned | None:
    """A holder offers units that are on offer already."""
    found = find_offer(
        random, view, "OPEN", lambda item, seen: _voucher_of(item, seen).is_transferable(seen.now_ms)
    )
    if found is None:
        return None
    piece = view.model.piece_at(found.voucher, found.first)
    rows = (_row(random, view, found.last, found.last),)
    good = offering(_voucher_of(found, view), piece.first, piece.tag, rows)
    return expecting(good, "UNITS_NOT_FREE")


def offers_too_late(random: Random, view: WorldView) -> Planned | None:
    """A holder offers in the black-out, or when the voucher is due."""
    latest = list(view.model.vouchers.values())[-LOOKED_AT * 5 :]
    late = [v for v in latest if v.pieces and not v.is_transferable(view.now_ms)]
    if not late:
        return None
    voucher = random.choice(late)
    piece = random.choice(voucher.pieces)
    rows = (_row(random, view, piece.first, piece.first),)
    code = "BLACKOUT" if voucher.status(view.now_ms) == "ACTIVE" else "VOUCHER_NOT_ACTIVE"
    return expecting(offering(voucher, piece.first, piece.tag, rows), code)


def takes_wrongly(random: Random, view: WorldView) -> Planned | None:
    """Another tag takes or declines, or another than the holder recalls."""
    found = find_offer(random, view, "OPEN", may_move)
    if found is None:
        return None
    stranger = view.receiver(random.choice(CLIENTS)).tag
    return random.choice(
        (
            Planned("voucher.take", Take(found.voucher, found.name), stranger, "NOT_THE_NAMED_RECEIVER"),
            Planned("voucher.take", Take(found.voucher, found.name), found.giver, "NOT_THE_NAMED_RECEIVER"),
            Planned(
                "voucher.decline", Decline(found.voucher, found.name), stranger, "NOT_THE_NAMED_RECEIVER"
            ),
            Planned("voucher.recall", Recall(found.voucher, found.name), found.receiver, "NOT_THE_HOLDER"),
            Planned("voucher.take", Take(found.voucher, "0" * 64 + ":1"), found.receiver, "OFFER_NOT_FOUND"),
        )
    )


def takes_too_late(random: Random, view: WorldView) -> Planned | None:
    """The receiver takes in the black-out, or when the voucher is due, whatever became of the offer."""
    latest = list(view.model.offers.values())[-LOOKED_AT * 5 :]
    late = [item for item in latest if not _voucher_of(item, view).is_transferable(view.now_ms)]
    if not late:
        return None
    found = random.choice(late)
    if found.receiver in view.model.ported:
        return None
    code = "BLACKOUT" if _voucher_of(found, view).status(view.now_ms) == "ACTIVE" else "VOUCHER_NOT_ACTIVE"
    code = "OFFER_NOT_FOUND" if found.is_gone(view.now_ms) else code
    return Planned("voucher.take", Take(found.voucher, found.name), found.receiver, code)


def takes_too_early(random: Random, view: WorldView) -> Planned | None:
    """The receiver takes before the value date."""

    def waits(item: ModelOffer, seen: WorldView) -> bool:
        return _voucher_of(item, seen).is_transferable(seen.now_ms) and item.not_before_ms > seen.now_ms

    found = find_offer(random, view, "OPEN", waits)
    if found is None:
        return None
    return Planned("voucher.take", Take(found.voucher, found.name), found.receiver, "NOT_BEFORE_VALUE_DATE")


def acts_on_ended(random: Random, view: WorldView) -> Planned | None:
    """A party acts on an offer that has ended."""
    found = find_offer(random, view, random.choice(("EXPIRED", "TAKEN", "DECLINED", "RECALLED")))
    if found is None or found.giver in view.model.ported or found.receiver in view.model.ported:
        return None
    code = "OFFER_NOT_FOUND" if found.is_gone(view.now_ms) else "OFFER_NOT_OPEN"
    if random.random() < 0.4:
        return Planned("voucher.recall", Recall(found.voucher, found.name), found.giver, code)
    if random.random() < 0.4:
        return Planned("voucher.decline", Decline(found.voucher, found.name), found.receiver, code)
    if not _voucher_of(found, view).is_transferable(view.now_ms):
        return takes_too_late(random, view)
    return Planned("voucher.take", Take(found.voucher, found.name), found.receiver, code)


MISTAKES: tuple[Strategy, ...] = (
    of_issue,
    reference_twice,
    unbacked,
    bank_issues,
    withdraws_anothers,
    withdraws_unknown,
    withdraws_too_late,
    accepts_wrongly,
    accepts_too_late,
    offers_wrongly,
    offers_wrongly,
    offers_wrongly,
    offers_bound_units,
    offers_too_late,
    takes_wrongly,
    takes_too_late,
    takes_too_early,
    acts_on_ended,
    *ends.MISTAKES,
)


def _row(random: Random, view: WorldView, first: int, last: int) -> OfferRow:
    return OfferRow(Units(first), Units(last), view.receiver(random.choice(CLIENTS)), "0" * 32, "")


def _voucher_of(item: ModelOffer, view: WorldView) -> ModelVoucher:
    return view.model.vouchers[item.voucher]


def _free_unit(view: WorldView, voucher: ModelVoucher, piece: Piece, from_unit: int = 1) -> int | None:
    gaps = view.model.free_gaps(voucher.number, piece, view.now_ms)
    return next((max(first, from_unit) for first, last in gaps if last >= from_unit), None)


def _weak(receiver: Receiver) -> Receiver:
    return Receiver(SMALL_ORDER, receiver.sealing, receiver.sponsor)


def _sponsored(receiver: Receiver, sponsor: str) -> Receiver:
    return Receiver(receiver.tag, receiver.sealing, MemberId(sponsor))


def _another_sponsor(view: WorldView, tag: str) -> str:
    return SPONSORS[1 - SPONSORS.index(view.tags[tag].sponsor)]
