"""A sponsor says that a client's wallet is lost, a second bank has seen the client, the old key may object, and the new one takes over."""

from msgspec.structs import replace

from tallychain.contracts.members import api as members
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.courting.weaker import cleared_for_court
from tallychain.contracts.vouchers.disputing.state import DISPUTES, Dispute
from tallychain.contracts.vouchers.pledging.state import PLEDGES, Pledge
from tallychain.contracts.vouchers.rekeying import refusals
from tallychain.contracts.vouchers.rekeying.ending import ended, vetoed
from tallychain.contracts.vouchers.rekeying.events import HolderRekeyed, RekeyConsented, RekeyProposed
from tallychain.contracts.vouchers.rekeying.find import check_pending, the_rekey
from tallychain.contracts.vouchers.rekeying.operations import (
    ConsentRekey,
    DeclineRekey,
    ProposeRekey,
    TakeRekeyed,
    VetoRekey,
    WithdrawRekey,
)
from tallychain.contracts.vouchers.rekeying.state import (
    CONSENTED,
    DECLINED,
    LAPSED,
    PROPOSED,
    REKEYED,
    REKEYS,
    STANDING,
    TAKE_DAYS,
    TAKEABLE,
    VETO_BUSINESS_DAYS,
    VETOED,
    WITHDRAWN,
    Rekey,
)
from tallychain.contracts.vouchers.rules.change import DAY_MS
from tallychain.contracts.vouchers.rules.find import (
    check_eligible,
    check_receiver,
    check_sponsored,
    the_holding,
    the_voucher,
)
from tallychain.contracts.vouchers.settling.policies import settlement_policy
from tallychain.contracts.vouchers.settling.refusals import UnitsBound
from tallychain.contracts.vouchers.settling.rules.find import the_member
from tallychain.contracts.vouchers.settling.rules.times import end_of_business_day_after
from tallychain.contracts.vouchers.sponsoring.refusals import HoldingNamedTwice
from tallychain.contracts.vouchers.standing import binding
from tallychain.contracts.vouchers.state import ACTIVE, AWAITING_MONEY, HOLDINGS, Holding, Voucher
from tallychain.instruments.holdings import EncumbranceKind
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.holder import Receiver
from tallychain.ledger.identity import BANK, SETTLEMENT_BANK
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline, settled

SECOND_KINDS = (BANK, SETTLEMENT_BANK)
IN_THE_WAY = (EncumbranceKind.FINANCING, EncumbranceKind.REDEMPTION, EncumbranceKind.RECOURSE)
"""What a seller or a holder has agreed to and money is on its way for; it ends within days."""


def propose(args: ProposeRekey, call: Call, state: Reader) -> Change:
    """
    State that a client has lost its wallet, and name its new tag.  Nothing is bound by it.

    The sponsor of the tag does so; where that one may sponsor nobody any more, any member that may.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    holding = the_holding(voucher.number, args.holding, state)
    proposer = the_member(call)
    if proposer != holding.sponsor and members.may_sponsor(state, holding.sponsor, call.now):
        raise general.NotTheSponsor(holding.sponsor)
    check_receiver(args.receiver, state, call.now)
    if args.receiver.sponsor != proposer:
        raise general.NotTheSponsor(args.receiver.sponsor)
    if args.receiver.tag == holding.tag:
        raise general.ReceiverIsHolder
    if voucher.status_at(call.now) not in (ACTIVE, *AWAITING_MONEY):
        raise general.VoucherNotActive(voucher.number, voucher.status_at(call.now))
    if not _may_be_second(args.second, (proposer, holding.sponsor, voucher.issuer), state, call.now):
        raise refusals.SecondBankNotEligible(args.second)
    stands = state.get(REKEYS, holding.tag)
    status = "" if stands is None else stands.status_at(call.now)
    if stands is not None and (
        status == VETOED or (status in STANDING and _is_alive(stands, state, call.now))
    ):
        raise refusals.RekeyStands(holding.tag, stands.id, status)
    days = settlement_policy(state, voucher.settlement_policy).answer_days
    rekey = Rekey(
        tag=holding.tag,
        id=call.operation,
        voucher=voucher.number,
        held=Receiver(holding.tag, holding.sealing, holding.sponsor),
        receiver=args.receiver,
        proposer=proposer,
        second=args.second,
        timeline=Timeline(PROPOSED, (Step(call.now.time_ms + days * DAY_MS, LAPSED),)),
    )
    told = () if stands is None or status not in STANDING else ended(stands, LAPSED, call.now.time_ms).events
    return Change((REKEYS.put(rekey),), (*told, _proposed(rekey, voucher, holding)))


def withdraw(args: WithdrawRekey, call: Call, state: Reader) -> Change:
    """Take the proposal back, as long as nothing was taken over."""
    rekey = the_rekey(args.voucher, args.tag, args.rekey, state)
    if call.member != rekey.proposer:
        raise refusals.NotTheProposer(rekey.id, rekey.proposer)
    check_pending(rekey, call.now, *STANDING)
    return ended(rekey, WITHDRAWN, call.now.time_ms)


def consent(args: ConsentRekey, call: Call, state: Reader) -> Change:
    """State as the second bank that the client was seen; from here on the old key has three business days to object."""
    rekey = the_rekey(args.voucher, args.tag, args.rekey, state)
    _check_second(rekey, call)
    check_pending(rekey, call.now, PROPOSED)
    open_ms = end_of_business_day_after(VETO_BUSINESS_DAYS, call.now, state)
    steps = (Step(open_ms, TAKEABLE), Step(open_ms + TAKE_DAYS * DAY_MS, LAPSED))
    timeline = Timeline(CONSENTED, steps)
    told = RekeyConsented(rekey.id, rekey.voucher, rekey.tag, timeline)
    return Change((REKEYS.put(replace(rekey, timeline=timeline)),), (told,))


def decline(args: DeclineRekey, call: Call, state: Reader) -> Change:
    """Refuse as the second bank; also after its consent, as long as nothing was taken over."""
    rekey = the_rekey(args.voucher, args.tag, args.rekey, state)
    _check_second(rekey, call)
    check_pending(rekey, call.now, *STANDING)
    return ended(rekey, DECLINED, call.now.time_ms)


def veto(args: VetoRekey, call: Call, state: Reader) -> Change:
    """Object with the old key.  Any member carries it, because the sponsor may be the one that is objected to."""
    rekey = the_rekey(args.voucher, args.tag, args.rekey, state)
    if call.tag != rekey.tag:
        raise general.NotTheHolder(rekey.id)
    check_pending(rekey, call.now, *STANDING)
    return vetoed(rekey, call.now)


def take(args: TakeRekeyed, call: Call, state: Reader) -> Change:
    """
    Take holdings over with the new tag; the person behind them stays, which the part `identity` shows to issuer, second bank and supervisors.

    Pledges and disputes stay on them.  What the old key had only wished for ends: open offers, and proposals of pledges.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    rekey = the_rekey(voucher.number, args.tag, args.rekey, state)
    if call.tag != rekey.receiver.tag:
        raise general.NotTheNamedReceiver(rekey.id)
    check_sponsored(rekey.receiver.sponsor, call, state)
    check_pending(rekey, call.now, TAKEABLE)
    found: list[Holding] = []
    for first in args.holdings:
        holding = the_holding(voucher.number, first, state)
        if holding.tag != rekey.tag:
            raise general.NotTheHolder(holding.id)
        if holding in found:
            raise HoldingNamedTwice(first)
        _check_free(holding, state, call.now)
        found.append(holding)
    check_eligible(rekey.receiver.sponsor, state, call.now)
    return _taken(rekey, voucher, found, state, call.now)


def _proposed(rekey: Rekey, voucher: Voucher, holding: Holding) -> RekeyProposed:
    return RekeyProposed(
        rekey=rekey.id,
        voucher=rekey.voucher,
        issuer=voucher.issuer,
        holding=holding.id,
        tag=rekey.tag,
        sponsor=rekey.held.sponsor,
        receiver=rekey.receiver,
        proposer=rekey.proposer,
        second=rekey.second,
        timeline=rekey.timeline,
    )


def _is_alive(rekey: Rekey, state: Reader, now: Moment) -> bool:
    """Whether anything can still be taken over by it: its member may sponsor the new tag."""
    return members.may_sponsor(state, rekey.proposer, now)


def _may_be_second(second: str, concerned: tuple[str, ...], state: Reader, now: Moment) -> bool:
    is_bank = any(members.is_active_kind(state, second, kind, now) for kind in SECOND_KINDS)
    return is_bank and second not in concerned


def _check_second(rekey: Rekey, call: Call) -> None:
    if call.member != rekey.second:
        raise refusals.NotTheSecondBank(rekey.id, rekey.second)


def _check_free(holding: Holding, state: Reader, now: Moment) -> None:
    """A court that has frozen disposes of the units itself, and money that is on its way arrives first."""
    for lock in holding.encumbrances:
        if lock.kind is EncumbranceKind.FREEZE:
            raise UnitsBound(holding.id, lock.kind.value)
    for lock in binding(holding, state, now):
        if lock.kind in IN_THE_WAY:
            raise UnitsBound(holding.id, lock.kind.value)


def _taken(rekey: Rekey, voucher: Voucher, found: list[Holding], state: Reader, now: Moment) -> Change:
    new = rekey.receiver
    change = Change((REKEYS.put(replace(rekey, timeline=settled(REKEYED))),))
    moved: list[Holding] = []
    pledges: list[Pledge] = []
    disputes: list[Dispute] = []
    for holding in found:
        cleared = cleared_for_court(holding, holding.units, voucher, state, now)
        change += cleared.change
        moved.append(replace(cleared.holding, tag=new.tag, sealing=new.sealing, sponsor=new.sponsor))
        for lock in cleared.holding.encumbrances:
            pledge = state.get(PLEDGES, lock.reference)
            dispute = state.get(DISPUTES, voucher.number, lock.reference)
            pledges += () if pledge is None else (replace(pledge, tag=new.tag),)
            disputes += () if dispute is None else (replace(dispute, tag=new.tag),)
    event = HolderRekeyed(
        rekey=rekey.id,
        voucher=voucher.number,
        tag=rekey.tag,
        receiver=new,
        holdings=tuple(holding.id for holding in moved),
        pledges=tuple(pledge.id for pledge in pledges),
        disputes=tuple(dispute.id for dispute in disputes),
    )
    writes = (
        *(HOLDINGS.put(holding) for holding in moved),
        *(PLEDGES.put(pledge) for pledge in pledges),
        *(DISPUTES.put(dispute) for dispute in disputes),
    )
    return change + Change(writes, (event,))
