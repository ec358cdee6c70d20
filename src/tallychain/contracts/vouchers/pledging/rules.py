"""A holder pledges a holding; the pledgee accepts, releases or claims; a claim that is contested waits for a court."""

from datetime import timedelta

from msgspec.structs import replace

from tallychain.contracts.documents import api as documents
from tallychain.contracts.members import api as members
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.pledging import refusals
from tallychain.contracts.vouchers.pledging.ending import ended
from tallychain.contracts.vouchers.pledging.events import (
    ClaimContested,
    PledgeAccepted,
    PledgeClaimed,
    PledgeDeclined,
    PledgeInCourt,
    PledgeLifted,
    PledgeProposed,
    PledgeRecalled,
)
from tallychain.contracts.vouchers.pledging.find import check_pledgee, check_status, the_pledge
from tallychain.contracts.vouchers.pledging.operations import (
    AcceptPledge,
    ClaimPledge,
    ContestClaim,
    CreatePledge,
    EnforcePledge,
    RecallPledge,
    ReleasePledge,
)
from tallychain.contracts.vouchers.pledging.state import (
    CLAIMED,
    CLAIMS_MAX,
    CONTEST_DAYS,
    CONTESTED,
    COURT_DAYS,
    HELD,
    IN_COURT,
    LAPSED,
    LIFTED,
    PLEDGED,
    PLEDGES,
    PROPOSED,
    TAIL_DAYS,
    UNCONTESTED,
    Pledge,
)
from tallychain.contracts.vouchers.policies import SplitPolicy, split_policy
from tallychain.contracts.vouchers.rules.change import DAY_MS, gone, shown
from tallychain.contracts.vouchers.rules.find import (
    check_sponsored,
    check_transferable,
    read_day,
    the_holding,
    the_voucher,
)
from tallychain.contracts.vouchers.rules.stale import cleared
from tallychain.contracts.vouchers.settling.paid import check_not_paid
from tallychain.contracts.vouchers.settling.policies import settlement_policy
from tallychain.contracts.vouchers.standing import binding
from tallychain.contracts.vouchers.state import DECLINED, EXPIRED, HOLDINGS, RECALLED, Holding, Voucher
from tallychain.instruments.calendar import format_date, instant_ms, local_day, parse_date
from tallychain.instruments.holdings import Encumbrance, EncumbranceKind, place
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.identity import BANK, FACTOR
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline
from tallychain.ledger.types import MEMBER_PREFIX

PLEDGEE_KINDS = (BANK, FACTOR)
ONE_DAY = timedelta(days=1)


def create(args: CreatePledge, call: Call, state: Reader) -> Change:
    """
    Offer a whole holding as security.

    It is bound from here on, so that the pledgee finds it free when it registers the pledge and accepts: within as many days as an
    offer is open, and before the black-out.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    holding = the_holding(args.voucher, args.holding, state)
    if call.tag != holding.tag:
        raise general.NotTheHolder(holding.id)
    check_sponsored(holding.sponsor, call, state)
    policy = split_policy(state, voucher.split_policy)
    check_transferable(voucher, policy, call.now)
    documents.check_not_under_review(state, voucher.number, call.now)
    check_not_paid(holding, state)
    for bound in binding(holding, state, call.now):
        raise general.UnitsNotFree(str(holding.units), str(bound.range), bound.kind.value)
    if not any(members.is_active_kind(state, args.pledgee, kind, call.now) for kind in PLEDGEE_KINDS):
        raise refusals.PledgeeNotEligible(args.pledgee)
    _check_end(args.until, voucher, call.now)
    return _proposed(args, call, state, voucher, holding, policy)


def recall(args: RecallPledge, call: Call, state: Reader) -> Change:
    """Take a pledge back that was not accepted; the holding is free."""
    pledge = the_pledge(args.voucher, args.pledge, state, call.now)
    _check_holder(pledge, call, state)
    _check_pending(pledge, call.now)
    return ended(pledge, RECALLED, PledgeRecalled(pledge.id, pledge.voucher), call.now, state)


def accept(args: AcceptPledge, call: Call, state: Reader) -> Change:
    """Accept a pledge that stands in the registry; from here on its holding moves by the pledgee's word only, until the day agreed."""
    pledge = the_pledge(args.voucher, args.pledge, state, call.now)
    check_pledgee(pledge, call)
    voucher = the_voucher(args.voucher, state, call.now)
    policy = split_policy(state, voucher.split_policy)
    check_transferable(voucher, policy, call.now)
    documents.check_not_under_review(state, voucher.number, call.now)
    _check_pending(pledge, call.now)
    timeline = _until(PLEDGED, pledge.until_ms, EXPIRED, policy)
    accepted = replace(pledge, registration=args.registration, timeline=timeline)
    event = PledgeAccepted(pledge.id, pledge.voucher, pledge.pledgee, args.registration, shown(timeline))
    return Change((PLEDGES.put(accepted),), (event,))


def release(args: ReleasePledge, call: Call, state: Reader) -> Change:
    """Let the holding go, at any time; or turn the proposal down."""
    pledge = the_pledge(args.voucher, args.pledge, state, call.now)
    check_pledgee(pledge, call)
    check_status(pledge, call.now, (PROPOSED, *HELD))
    if pledge.status_at(call.now) == PROPOSED:
        return ended(pledge, DECLINED, PledgeDeclined(pledge.id, pledge.voucher), call.now, state)
    return ended(pledge, LIFTED, PledgeLifted(pledge.id, pledge.voucher), call.now, state)


def claim(args: ClaimPledge, call: Call, state: Reader) -> Change:
    """
    State how much of what is paid on the holding is the pledgee's.

    The amount is sealed to the holder and to the settlement bank.  A claim that the holder does not contest within some days stands, and the bank
    pays the pledgee first; where the voucher falls due before the debt that it secures the pledgee may collect all the same (民法典, article 442).
    """
    pledge = the_pledge(args.voucher, args.pledge, state, call.now)
    check_pledgee(pledge, call)
    check_status(pledge, call.now, (PLEDGED, CONTESTED, IN_COURT))
    voucher = the_voucher(args.voucher, state, call.now)
    if pledge.claims >= CLAIMS_MAX:
        raise refusals.TooManyClaims(pledge.id, CLAIMS_MAX)
    days = settlement_policy(state, voucher.settlement_policy).answer_days
    timeline = Timeline(CLAIMED, (Step(call.now.time_ms + days * DAY_MS, UNCONTESTED),))
    claimed = replace(pledge, claims=pledge.claims + 1, claim=call.operation, timeline=timeline)
    event = PledgeClaimed(pledge.id, pledge.voucher, call.operation, claimed.claims, timeline)
    return Change((PLEDGES.put(claimed),), (event,))


def contest(args: ContestClaim, call: Call, state: Reader) -> Change:
    """Deny a claim: what is paid on the holding stays with the settlement bank until the two agree or somebody decides."""
    pledge = the_pledge(args.voucher, args.pledge, state, call.now)
    _check_holder(pledge, call, state)
    if pledge.status_at(call.now) != CLAIMED or pledge.claim != args.claim:
        raise refusals.ClaimNotContestable(pledge.id)
    timeline = _for_days(CONTESTED, CONTEST_DAYS, call.now, _policy(pledge, call.now, state))
    event = ClaimContested(pledge.id, pledge.voucher, args.claim, shown(timeline))
    return Change((PLEDGES.put(replace(pledge, timeline=timeline)),), (event,))


def enforce(args: EnforcePledge, call: Call, state: Reader) -> Change:
    """Show that a court or an arbitration decides; it has to be shown again some time later, or the pledge ends."""
    pledge = the_pledge(args.voucher, args.pledge, state, call.now)
    check_pledgee(pledge, call)
    check_status(pledge, call.now, (CONTESTED, IN_COURT))
    timeline = _for_days(IN_COURT, COURT_DAYS, call.now, _policy(pledge, call.now, state))
    event = PledgeInCourt(pledge.id, pledge.voucher, args.document, shown(timeline))
    return Change((PLEDGES.put(replace(pledge, timeline=timeline)),), (event,))


def _check_end(until: str, voucher: Voucher, now: Moment) -> None:
    wanted = read_day(until)
    earliest = local_day(now.time_ms) + ONE_DAY
    latest = parse_date(voucher.nominal_maturity) + TAIL_DAYS * ONE_DAY
    if not earliest <= wanted <= latest:
        raise refusals.PledgeEndNotPossible(until, format_date(earliest), format_date(latest))


def _check_holder(pledge: Pledge, call: Call, state: Reader) -> None:
    holding = the_holding(pledge.voucher, pledge.first, state)
    if call.tag != pledge.tag:
        raise general.NotTheHolder(pledge.id)
    check_sponsored(holding.sponsor, call, state)


def _check_pending(pledge: Pledge, now: Moment) -> None:
    if pledge.status_at(now) != PROPOSED:
        raise refusals.PledgeNotPending(pledge.id, pledge.status_at(now))


def _proposed(
    args: CreatePledge,
    call: Call,
    state: Reader,
    voucher: Voucher,
    holding: Holding,
    policy: SplitPolicy,
) -> Change:
    until_ms = instant_ms(read_day(args.until) + ONE_DAY)
    own_ms = min(call.now.time_ms + policy.offer_days * DAY_MS, until_ms)
    ends_ms = (own_ms, voucher.blackout_ms) if own_ms < voucher.blackout_ms else (voucher.blackout_ms,)
    pledge = Pledge(
        id=call.operation,
        voucher=voucher.number,
        first=holding.first,
        last=holding.last,
        tag=holding.tag,
        pledgee=args.pledgee,
        until=args.until,
        until_ms=until_ms,
        registration="",
        claims=0,
        claim="",
        timeline=Timeline(
            PROPOSED, (*(Step(at_ms, LAPSED) for at_ms in ends_ms), gone(ends_ms[0], policy.retention_days))
        ),
    )
    free, over = cleared(holding, [holding.units], voucher, state, call.now)
    lock = Encumbrance(
        EncumbranceKind.PLEDGE, holding.first, holding.last, MEMBER_PREFIX + args.pledgee, 0, pledge.id
    )
    bound = replace(free, encumbrances=place(free.encumbrances, lock))
    event = PledgeProposed(
        pledge=pledge.id,
        voucher=voucher.number,
        issuer=voucher.issuer,
        holding=holding.id,
        first=holding.first,
        last=holding.last,
        tag=holding.tag,
        sponsor=holding.sponsor,
        pledgee=args.pledgee,
        until=args.until,
        timeline=shown(pledge.timeline),
    )
    return over + Change((HOLDINGS.put(bound), PLEDGES.put(pledge)), (event,))


def _policy(pledge: Pledge, now: Moment, state: Reader) -> SplitPolicy:
    return split_policy(state, the_voucher(pledge.voucher, state, now).split_policy)


def _for_days(status: str, days: int, now: Moment, policy: SplitPolicy) -> Timeline:
    return _until(status, now.time_ms + days * DAY_MS, EXPIRED, policy)


def _until(status: str, at_ms: int, end: str, policy: SplitPolicy) -> Timeline:
    return Timeline(status, (Step(at_ms, end), gone(at_ms, policy.retention_days)))
