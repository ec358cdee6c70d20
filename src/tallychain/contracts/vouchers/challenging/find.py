"""Finding the act that is challenged: what the state remembers of it, and its text."""

from dataclasses import dataclass

from tallychain.contracts.vouchers.challenging import refusals
from tallychain.contracts.vouchers.challenging.operations import ChallengeIdentity
from tallychain.contracts.vouchers.challenging.shown import identity_part
from tallychain.contracts.vouchers.financing.state import FINANCINGS, Financing
from tallychain.contracts.vouchers.operations import MAX_ROWS
from tallychain.contracts.vouchers.state import GONE, OFFERS, Offer
from tallychain.ledger import codec
from tallychain.ledger.operation import Body, SealedPart, operation_id
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment
from tallychain.ledger.types import MEMBER_PREFIX


@dataclass(frozen=True, slots=True)
class Challenged:
    """An act that stands on the ledger, and what was made by it."""

    body: Body
    part: SealedPart
    """Its identity part."""
    offers: tuple[Offer, ...]
    financing: Financing | None

    @property
    def made(self) -> tuple[Offer | Financing, ...]:
        """All that it made; something, or it is not found."""
        return self.offers if self.financing is None else (*self.offers, self.financing)


def the_challenged(args: ChallengeIdentity, state: Reader, now: Moment) -> Challenged:
    """
    The act of this name on this voucher, with its text.

    Offers and requests are named by the operation that made them, and that name is a digest of its text: so whoever gives the text shows that
    this very act was done and carried, and nobody is blamed for a text that never stood in a block.
    """
    offers = offers_of(args.act, args.voucher, state, now)
    financing = state.get(FINANCINGS, args.act)
    if financing is not None and (financing.voucher != args.voucher or financing.status_at(now) == GONE):
        financing = None
    text = args.body.encode()
    if not (offers or financing) or operation_id(text) != args.act:
        raise refusals.ActNotChallengeable(args.act, args.voucher)
    body = codec.trusted(Body, text)
    part = identity_part(body)
    if part is None:
        raise refusals.ActNotChallengeable(args.act, args.voucher)
    return Challenged(body, part, offers, financing)


def offers_of(act: str, voucher: str, state: Reader, now: Moment) -> tuple[Offer, ...]:
    """The offers that an operation has made on a voucher, as far as they are remembered."""
    rows = (state.get(OFFERS, f"{act}:{number}") for number in range(1, MAX_ROWS + 1))
    return tuple(
        row for row in rows if row is not None and row.voucher == voucher and row.status_at(now) != GONE
    )


def entitled(found: Challenged) -> frozenset[str]:
    """The members that may read the part, and the sponsors of those to whom units were offered, who read it with their own keys."""
    named = (name.partition("#")[0] for name in found.part.to if name.startswith(MEMBER_PREFIX))
    return frozenset(name.removeprefix(MEMBER_PREFIX) for name in named) | {
        offer.receiver.sponsor for offer in found.offers
    }
