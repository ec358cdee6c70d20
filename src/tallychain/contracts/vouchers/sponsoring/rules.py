"""A holder leaves its sponsor, or claims that it is idle; the sponsor answers."""

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
from msgspec.structs import replace

from tallychain.contracts.vouchers.policies import SplitPolicy, split_policy_on
from tallychain.contracts.vouchers.refusals import NotTheHolder, NotTheNamedReceiver
from tallychain.contracts.vouchers.rules.change import next_status
from tallychain.contracts.vouchers.rules.find import check_eligible, the_holding, the_offer, the_voucher
from tallychain.contracts.vouchers.sponsoring.events import (
    ClaimEnded,
    HolderPorted,
    SponsorAnswered,
    SponsorClaimed,
    SponsorDidNotAnswer,
)
from tallychain.contracts.vouchers.sponsoring.operations import AnswerClaim, ClaimSponsorIdle, Port
from tallychain.contracts.vouchers.sponsoring.refusals import (
    ClaimNotWaiting,
    ClaimStands,
    HoldingNamedTwice,
    SponsorCarries,
)
from tallychain.contracts.vouchers.sponsoring.state import CLAIMS, FREE, OVER, WAITING, Claim
from tallychain.contracts.vouchers.standing import binding
from tallychain.contracts.vouchers.state import HOLDINGS, OFFERS, Holding, Offer
from tallychain.instruments.calendar import format_date, local_day
from tallychain.instruments.holdings import EncumbranceKind
from tallychain.ledger.contract import Call, Change, DueKind
from tallychain.ledger.holder import Receiver
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline, after_next_step

A = TypeVar("A", bound=msgspec.Struct)

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
CLAIMS_PER_BLOCK: Final = 200


def port(args: Port, call: Call, state: Reader) -> Change:
    """
    Move holdings to the sponsor that carries this act; the old one is not asked.

    Title, locks and open offers stay as they are: the offers' giving side has the new sponsor too.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    held: list[Holding] = []
    for first in args.holdings:
        holding = the_holding(args.voucher, first, state)
        if call.tag != holding.tag:
            raise NotTheHolder(holding.id)
        if holding.sponsor == call.via:
            raise SponsorCarries(call.via)
        if holding in held:
            raise HoldingNamedTwice(first)
        held.append(holding)
    check_eligible(call.via, state, call.now)
    offers = [offer for holding in held for offer in _open_offers(holding, state, call.now)]
    moved = [replace(holding, sponsor=call.via) for holding in held]
    event = HolderPorted(
        voucher=voucher.number,
        tag=held[0].tag,
        sponsor=call.via,
        before=tuple(sorted({holding.sponsor for holding in held})),
        holdings=tuple(holding.id for holding in moved),
        offers=tuple(offer.id for offer in offers),
    )
    return Change(
        writes=(
            *(HOLDINGS.put(holding) for holding in moved),
            *(OFFERS.put(replace(offer, giver=replace(offer.giver, sponsor=call.via))) for offer in offers),
        ),
        events=(event,),
    )


def claim(args: ClaimSponsorIdle, call: Call, state: Reader) -> Change:
    """
    Say that the sponsor of this tag is idle.

    It has an hour to answer.  If it does not, any member may carry the tag's acts for a day, so that a refusal to carry costs nobody a deadline.
    """
    party = party_of(args, state, call.now)
    sponsor = party.sponsor
    if call.tag != party.tag and args.holding and not args.offer:
        raise NotTheHolder(f"{args.voucher}:{args.holding}")
    if call.tag != party.tag:
        raise NotTheNamedReceiver(args.offer or args.voucher)
    if call.via == sponsor:
        raise SponsorCarries(sponsor)
    tag = party.tag
    standing = state.get(CLAIMS, tag)
    if standing is not None and standing.sponsor == sponsor and standing.status_at(call.now) != OVER:
        raise ClaimStands(sponsor, standing.claimed_ms)
    made = Claim(
        tag, sponsor, call.now.time_ms, _timeline(call.now, split_policy_on(state, _today(call.now)))
    )
    return Change((CLAIMS.put(made),), (SponsorClaimed(tag, sponsor, made.claimed_ms, made.timeline),))


def answer(args: AnswerClaim, call: Call, state: Reader) -> Change:
    """The sponsor is there; the tag's acts come through it as before."""
    standing = state.get(CLAIMS, args.tag)
    if standing is None or standing.sponsor != call.member or standing.status_at(call.now) != WAITING:
        raise ClaimNotWaiting(args.tag)
    return _answered(standing)


def answered_by_carrying(rule: Callable[[A, Call, Reader], Change]) -> Callable[[A, Call, Reader], Change]:
    """The same rule; a sponsor that carries an act of a tag has answered the tag's claim."""

    def asked(args: A, call: Call, state: Reader) -> Change:
        change = rule(args, call, state)
        standing = None if call.tag is None else state.get(CLAIMS, call.tag)
        if standing is None or standing.sponsor != call.via or standing.status_at(call.now) != WAITING:
            return change
        answered = _answered(standing)
        if any(write.key == answered.writes[0].key for write in change.writes):
            # The act is itself a claim, on the sponsor to which the tag has moved: its row takes the place of the answered one.
            return Change((), answered.events) + change
        return change + answered

    return asked


def party_of(args: ClaimSponsorIdle, state: Reader, now: Moment) -> Receiver:
    """The tag that the claim is about, by an offer that names it, by what it holds, or by what was promised to it; and its sponsor."""
    voucher = the_voucher(args.voucher, state, now)
    if args.offer:
        return the_offer(args.voucher, args.offer, state, now).receiver
    if args.holding:
        holding = the_holding(args.voucher, args.holding, state)
        return Receiver(holding.tag, holding.sealing, holding.sponsor)
    return voucher.receiver


def _open_offers(holding: Holding, state: Reader, now: Moment) -> list[Offer]:
    names = [e.reference for e in binding(holding, state, now) if e.kind is EncumbranceKind.OFFER]
    found = (state.get(OFFERS, name) for name in names)
    return [offer for offer in found if offer is not None]


def _today(now: Moment) -> str:
    return format_date(local_day(now.time_ms))


def _timeline(now: Moment, policy: SplitPolicy) -> Timeline:
    free_ms = now.time_ms + policy.claim_minutes * MINUTE_MS
    return Timeline(WAITING, (Step(free_ms, FREE), Step(free_ms + policy.claim_free_hours * HOUR_MS, OVER)))


def _answered(standing: Claim) -> Change:
    return Change((CLAIMS.delete(standing),), (SponsorAnswered(standing.tag, standing.sponsor),))


def _claim_change(standing: Claim, since_ms: int, _now: Moment, _state: Reader) -> Change:
    """Nobody answered, or the time in which anybody may carry is over and the row leaves."""
    if next_status(standing.timeline) == OVER:
        return Change((CLAIMS.delete(standing),), (ClaimEnded(standing.tag, standing.sponsor, since_ms),))
    later = replace(standing, timeline=after_next_step(standing.timeline))
    return Change((CLAIMS.put(later),), (SponsorDidNotAnswer(standing.tag, standing.sponsor, since_ms),))


DUE_KIND: Final = DueKind(
    name="claim",
    table=CLAIMS,
    budget=CLAIMS_PER_BLOCK,
    timeline=lambda row: row.timeline,
    change=_claim_change,
)
