"""How an offer stands, and what binds a holding: what time has made of them, and what became of the sponsors."""

from tallychain.contracts.members import api as members
from tallychain.contracts.vouchers.courting.state import AWARDED, FREEZES, STANDING
from tallychain.contracts.vouchers.disputing.state import DISPUTED, DISPUTES
from tallychain.contracts.vouchers.financing.state import BINDING as FINANCING_BINDS
from tallychain.contracts.vouchers.financing.state import COMPLETED, FINANCINGS
from tallychain.contracts.vouchers.pledging.state import BINDING, PLEDGES, UNCONTESTED
from tallychain.contracts.vouchers.recoursing.state import AGREED as BUYS_BACK
from tallychain.contracts.vouchers.recoursing.state import RECOURSES
from tallychain.contracts.vouchers.redeeming.state import AGREED, REDEMPTIONS
from tallychain.contracts.vouchers.state import ENDED, OFFERS, OPEN, Holding, Offer
from tallychain.instruments.holdings import Encumbrance, EncumbranceKind
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, has_passed


def offer_status(offer: Offer, state: Reader, now: Moment) -> str:
    """
    What an offer is at this moment, whether or not it has been written down yet.

    It ends with the standing of the sponsor of either side and does not come to life again when that is restored.
    """
    status = offer.status_at(now)
    if status == OPEN and any(
        _has_fallen(side.sponsor, offer, state, now) for side in (offer.giver, offer.receiver)
    ):
        return ENDED
    return status


def binding(holding: Holding, state: Reader, now: Moment) -> tuple[Encumbrance, ...]:
    """The encumbrances that bind at this moment: an offer as long as it is open, a right in the units until it ends, written down or not."""
    return tuple(e for e in holding.encumbrances if _binds(e, holding.voucher, state, now))


def withholding(holding: Holding, state: Reader, now: Moment) -> tuple[Encumbrance, ...]:
    """
    The encumbrances for which money stays with the settlement bank.

    A pledgee's claim that stands says who is paid, and withholds nothing.  So does a court that has named the account: those that wait behind
    it withhold nothing either.
    """
    executed = is_executed(holding, state, now)
    return tuple(
        e
        for e in binding(holding, state, now)
        if _pledge_status(e, state, now) != UNCONTESTED
        and not (executed and e.kind is EncumbranceKind.FREEZE)
    )


def is_executed(holding: Holding, state: Reader, now: Moment) -> bool:
    """Whether the court that stands first has named the account to which the holding is paid."""
    freezes = [e for e in binding(holding, state, now) if e.kind is EncumbranceKind.FREEZE]
    return any(_freeze_status(e, state, now) == AWARDED for e in freezes[:1])


def _has_fallen(sponsor: str, offer: Offer, state: Reader, now: Moment) -> bool:
    return not members.is_active(state, sponsor, now) or members.suspended_since(
        state, sponsor, offer.offered_ms
    )


def _binds(encumbrance: Encumbrance, voucher: str, state: Reader, now: Moment) -> bool:
    if encumbrance.kind is EncumbranceKind.OFFER:
        offer = state.get(OFFERS, encumbrance.reference)
        return offer is not None and offer_status(offer, state, now) == OPEN
    if encumbrance.kind is EncumbranceKind.FREEZE:
        return _freeze_status(encumbrance, state, now) in STANDING
    if encumbrance.kind is EncumbranceKind.FINANCING:
        return _financing_binds(encumbrance.reference, state, now)
    if encumbrance.kind is EncumbranceKind.DISPUTE:
        dispute = state.get(DISPUTES, voucher, encumbrance.reference)
        return dispute is not None and dispute.status_at(now) in DISPUTED
    if encumbrance.kind is EncumbranceKind.REDEMPTION:
        redemption = state.get(REDEMPTIONS, voucher, encumbrance.first)
        return redemption is not None and redemption.status_at(now) == AGREED
    if encumbrance.kind is EncumbranceKind.RECOURSE:
        recourse = state.get(RECOURSES, voucher, encumbrance.first)
        return recourse is not None and recourse.status_at(now) == BUYS_BACK
    status = _pledge_status(encumbrance, state, now)
    if status:
        return status in BINDING
    return encumbrance.until_ms == 0 or not has_passed(encumbrance.until_ms, now)


def _freeze_status(encumbrance: Encumbrance, state: Reader, now: Moment) -> str:
    freeze = state.get(FREEZES, encumbrance.reference)
    return "" if freeze is None else freeze.status_at(now)


def _financing_binds(name: str, state: Reader, now: Moment) -> bool:
    """Whether it goes on, or silence has completed it and the title that moves so is not written down yet."""
    financing = state.get(FINANCINGS, name)
    return financing is not None and financing.status_at(now) in (*FINANCING_BINDS, COMPLETED)


def _pledge_status(encumbrance: Encumbrance, state: Reader, now: Moment) -> str:
    """How the pledge stands that an encumbrance rests on; empty for any other."""
    if encumbrance.kind is not EncumbranceKind.PLEDGE:
        return ""
    pledge = state.get(PLEDGES, encumbrance.reference)
    return "" if pledge is None else pledge.status_at(now)
