"""Cancelling, leaving a sponsor and claiming that it is idle: acts that must succeed, and acts that are wrong in one way."""

from collections.abc import Mapping
from random import Random

from tallychain.contracts.vouchers.cancelling.operations import Cancel, Consent
from tallychain.contracts.vouchers.sponsoring.operations import (
    MAX_PORTED,
    AnswerClaim,
    ClaimSponsorIdle,
    Port,
)
from tallychain.contracts.vouchers.tests import acts
from tallychain.contracts.vouchers.tests.acts import (
    CLIENTS,
    ISSUERS,
    LOOKED_AT,
    SPONSORS,
    Planned,
    Strategy,
    WorldView,
)
from tallychain.contracts.vouchers.tests.model import ModelVoucher, Piece
from tallychain.instruments.money import Units

NOBODYS = "ab" * 32


def plausible(random: Random, view: WorldView) -> Planned:
    """An act that must succeed; one in eight ends something or concerns a sponsor."""
    if random.random() < 0.125:
        (name,) = random.choices(tuple(ENDS), (3, 5, 3, 2, 1))
        found = ENDS[name](random, view)
        if found is not None:
            return found
    return acts.plausible(random, view)


def cancel(random: Random, view: WorldView) -> Planned | None:
    """An issuer proposes to cancel a voucher that nothing binds."""
    voucher = acts.transferable(random, view)
    if voucher is None or view.model.is_cancelling(voucher.number, view.now_ms):
        return None
    if len(voucher.pieces) > 200 or view.model.open_offers(voucher.number, view.now_ms):
        return None
    return Planned("voucher.cancel", Cancel(voucher.number), voucher.issuer)


def consent(random: Random, view: WorldView) -> Planned | None:
    """A holder of what nothing binds consents."""
    found = _cancelling(random, view)
    if found is None or len(found.pieces) > 200:
        return None
    free = [
        p for p in found.pieces if view.model.free_gaps(found.number, p, view.now_ms) == [(p.first, p.last)]
    ]
    return None if not free else _consenting(view, found, random.choice(free))


def port(random: Random, view: WorldView) -> Planned | None:
    """A holder moves all that its tag holds of a voucher to the other sponsor."""
    found = _held(random, view)
    if found is None:
        return None
    voucher, piece = found
    own = tuple(Units(p.first) for p in voucher.pieces if p.tag == piece.tag)
    if len(own) > MAX_PORTED:
        return None
    return Planned("holder.port", Port(voucher.number, own), piece.tag, via=_other(view, piece.tag))


def claim(random: Random, view: WorldView) -> Planned | None:
    """A holder claims through the other sponsor that its own is idle."""
    found = _held(random, view)
    if found is None or view.model.claim_of(found[1].tag, view.now_ms) is not None:
        return None
    return _claiming(found, _other(view, found[1].tag))


def answer(random: Random, view: WorldView) -> Planned | None:
    """A sponsor answers a claim in time."""
    waiting = [
        tag
        for tag in list(view.model.claims)[-LOOKED_AT:]
        if view.model.claim_of(tag, view.now_ms) == "WAITING" and tag not in view.model.ported
    ]
    if not waiting:
        return None
    tag = random.choice(waiting)
    return Planned("sponsor.answer", AnswerClaim(tag), view.tags[tag].sponsor)


ENDS: Mapping[str, Strategy] = {
    "cancel": cancel,
    "consent": consent,
    "port": port,
    "claim": claim,
    "answer": answer,
}


# --- one mistake


def cancels_again(random: Random, view: WorldView) -> Planned | None:
    """An issuer asks again while consents are missing."""
    found = _cancelling(random, view)
    if found is None or len(found.pieces) > 200:
        return None
    return Planned("voucher.cancel", Cancel(found.number), found.issuer, "HOLDERS_MISSING")


def cancels_anothers(random: Random, view: WorldView) -> Planned | None:
    """An issuer proposes to cancel another's voucher."""
    voucher = acts.transferable(random, view)
    if voucher is None:
        return None
    other = ISSUERS[1 - ISSUERS.index(voucher.issuer)]
    return Planned("voucher.cancel", Cancel(voucher.number), other, "NOT_THE_ISSUER")


def consents_wrongly(random: Random, view: WorldView) -> Planned | None:
    """A holder consents to what nobody proposed, or somebody else does."""
    found = _held(random, view, is_transferable=True)
    if found is None:
        return None
    voucher, piece = found
    args = Consent(voucher.number, NOBODYS, Units(piece.first))
    if random.random() < 0.5:
        return Planned("voucher.consent", args, piece.tag, "CANCELLATION_NOT_PENDING")
    stranger = view.receiver(random.choice(CLIENTS)).tag
    return Planned("voucher.consent", args, stranger, "NOT_THE_HOLDER")


def stays_where_it_is(random: Random, view: WorldView) -> Planned | None:
    """A holder ports to the sponsor that it has, or one holding twice, or claims through its own sponsor."""
    found = _held(random, view)
    if found is None:
        return None
    voucher, piece = found
    draw = random.random()
    if draw < 0.2:
        twice = Port(voucher.number, (Units(piece.first), Units(piece.first)))
        via = _other(view, piece.tag)
        return Planned("holder.port", twice, piece.tag, "HOLDING_NAMED_TWICE", via=via)
    if draw < 0.6:
        args = Port(voucher.number, (Units(piece.first),))
        return Planned("holder.port", args, piece.tag, "SPONSOR_CARRIES")
    return acts.expecting(_claiming(found, ""), "SPONSOR_CARRIES")


def answers_nothing(random: Random, view: WorldView) -> Planned | None:
    """A sponsor answers a claim that there is not."""
    tag = view.receiver(random.choice(CLIENTS)).tag
    return Planned("sponsor.answer", AnswerClaim(tag), random.choice(SPONSORS), "CLAIM_NOT_WAITING")


MISTAKES: tuple[Strategy, ...] = (
    cancels_again,
    cancels_anothers,
    consents_wrongly,
    stays_where_it_is,
    answers_nothing,
)


def _cancelling(random: Random, view: WorldView) -> ModelVoucher | None:
    latest = list(view.model.cancellations)[-LOOKED_AT:]
    found = [
        view.model.vouchers[number]
        for number in latest
        if view.model.is_cancelling(number, view.now_ms)
        and view.model.vouchers[number].is_transferable(view.now_ms)
    ]
    return random.choice(found) if found else None


def _held(
    random: Random, view: WorldView, *, is_transferable: bool = False
) -> tuple[ModelVoucher, Piece] | None:
    latest = list(view.model.vouchers.values())[-LOOKED_AT:]
    held = [v for v in latest if v.pieces and (not is_transferable or v.is_transferable(view.now_ms))]
    if not held:
        return None
    voucher = random.choice(held)
    return voucher, random.choice(voucher.pieces)


def _consenting(view: WorldView, voucher: ModelVoucher, piece: Piece) -> Planned:
    name = view.model.cancellations[voucher.number].operation
    return Planned("voucher.consent", Consent(voucher.number, name, Units(piece.first)), piece.tag)


def _claiming(found: tuple[ModelVoucher, Piece], via: str) -> Planned:
    voucher, piece = found
    return Planned("sponsor.claim", ClaimSponsorIdle(voucher.number, piece.first, ""), piece.tag, via=via)


def _other(view: WorldView, tag: str) -> str:
    return next(name for name in SPONSORS if name != view.tags[tag].sponsor)
