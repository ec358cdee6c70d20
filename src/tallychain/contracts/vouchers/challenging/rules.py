"""An identity part is shown to be false: the act is on record as that, and what rests on it and is still open ends."""

from msgspec.structs import replace

from tallychain.contracts.vouchers.challenging import refusals
from tallychain.contracts.vouchers.challenging.events import IdentityShownFalse
from tallychain.contracts.vouchers.challenging.find import (
    Challenged,
    entitled,
    the_challenged,
)
from tallychain.contracts.vouchers.challenging.operations import ChallengeIdentity
from tallychain.contracts.vouchers.challenging.shown import (
    TRUE,
    UNKNOWN,
    from_base64,
    is_opened,
    verdict,
)
from tallychain.contracts.vouchers.challenging.state import FALSE_IDENTITIES, FalseIdentity
from tallychain.contracts.vouchers.events import OfferEnded
from tallychain.contracts.vouchers.financing.ending import without_quotes
from tallychain.contracts.vouchers.financing.events import FinancingClosed
from tallychain.contracts.vouchers.financing.state import ASKING, CLOSED, FINANCINGS, Financing
from tallychain.contracts.vouchers.policies import split_policy
from tallychain.contracts.vouchers.rules.change import ended, gone, released
from tallychain.contracts.vouchers.rules.find import the_voucher
from tallychain.contracts.vouchers.settling.rules.find import the_member
from tallychain.contracts.vouchers.standing import offer_status
from tallychain.contracts.vouchers.state import (
    ENDED,
    HOLDINGS,
    OPEN,
    Holding,
    Offer,
    Voucher,
    holding_over,
)
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Timeline
from tallychain.ledger.types import TAG_PREFIX


def challenge(args: ChallengeIdentity, call: Call, state: Reader) -> Change:
    """
    Show that an identity part is false.

    Title that has passed stays with whoever took it in good faith; only what waits for somebody's yes ends.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    found = the_challenged(args, state, call.now)
    member = the_member(call)
    if member not in entitled(found):
        raise refusals.NotAnEntitledReader(member, args.act)
    before = state.get(FALSE_IDENTITIES, args.act)
    if before is not None:
        raise refusals.AlreadyShownFalse(args.act, before.challenger)
    ground = _ground(args, found)
    row = FalseIdentity(
        act=args.act,
        kind=found.body.type,
        voucher=voucher.number,
        tag=found.body.author.removeprefix(TAG_PREFIX),
        sponsor=found.body.via,
        challenger=member,
        ground=ground,
        shown_ms=call.now.time_ms,
    )
    ended_now, change = _ended(found, voucher, state, call.now)
    told = IdentityShownFalse(
        voucher=voucher.number,
        issuer=voucher.issuer,
        challenged=row.act,
        kind=row.kind,
        first=min(one.first for one in found.made),
        last=max(one.last for one in found.made),
        tag=row.tag,
        sponsor=row.sponsor,
        challenger=row.challenger,
        ground=row.ground,
        ended=ended_now,
    )
    return Change((FALSE_IDENTITIES.put(row),), (told,)) + change


def _ground(args: ChallengeIdentity, found: Challenged) -> str:
    """Why the part is false, or the refusal that says that this was not shown."""
    content, certificate = from_base64(args.content), from_base64(args.certificate)
    if content is None or not is_opened(found.body, found.part, args.salt, content):
        raise refusals.IdentityNotOpened(args.act)
    ground = verdict(found.body, content, certificate or b"")
    if ground == UNKNOWN:
        raise refusals.FalsehoodNotShown(args.act)
    if ground == TRUE:
        raise refusals.IdentityIsTrue(args.act)
    return ground


def _ended(found: Challenged, voucher: Voucher, state: Reader, now: Moment) -> tuple[tuple[str, ...], Change]:
    offers = [offer for offer in found.offers if offer_status(offer, state, now) == OPEN]
    names = [offer.id for offer in offers]
    change = _without_offers(offers, voucher, state, now)
    asked = found.financing
    if asked is not None and asked.status_at(now) in ASKING:
        names.append(asked.id)
        change += _closed(asked, voucher, state, now)
    return tuple(names), change


def _without_offers(offers: list[Offer], voucher: Voucher, state: Reader, now: Moment) -> Change:
    """End these offers; several of them may lie on one holding, whose row is written once."""
    change, free = Change(), dict[int, Holding]()
    for offer in offers:
        stood = holding_over(state, offer.voucher, offer.holding, offer.units)
        free[stood.first] = released(free.get(stood.first, stood), offer.id)
        told = OfferEnded(offer.id, offer.voucher, now.time_ms)
        change += Change((ended(offer, voucher, ENDED, now.time_ms, state),), (told,))
    return change + Change(tuple(HOLDINGS.put(holding) for holding in free.values()))


def _closed(asked: Financing, voucher: Voucher, state: Reader, now: Moment) -> Change:
    """End a request that nothing was chosen of, as if the seller had closed it."""
    days = split_policy(state, voucher.split_policy).retention_days
    later = replace(asked, timeline=Timeline(CLOSED, (gone(now.time_ms, days),)))
    told = FinancingClosed(asked.id, asked.voucher)
    return without_quotes(asked, state, now) + Change((FINANCINGS.put(later),), (told,))
