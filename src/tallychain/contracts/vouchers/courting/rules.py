"""A court freezes what a tag holds, renews, lets go, and executes: the money or the title goes to whom it names."""

from datetime import date, timedelta

from msgspec.structs import replace

from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.courting import refusals
from tallychain.contracts.vouchers.courting.ending import ended_row, unlocked, without_units
from tallychain.contracts.vouchers.courting.events import (
    CourtExecuted,
    CourtRenewed,
    CourtTransferred,
    CourtUnfroze,
)
from tallychain.contracts.vouchers.courting.find import (
    check_first,
    holdings_under,
    own_freeze,
    queue_on,
)
from tallychain.contracts.vouchers.courting.money import (
    settled_again,
    told,
    with_account,
    without_account,
)
from tallychain.contracts.vouchers.courting.operations import (
    ExecuteFreeze,
    RenewFreeze,
    TransferFrozen,
    Unfreeze,
)
from tallychain.contracts.vouchers.courting.state import (
    AWARDED,
    FREEZES,
    FROZEN,
    MONTHS_MAX,
    TRANSFERRED,
    UNFROZEN,
    Freeze,
)
from tallychain.contracts.vouchers.courting.weaker import rights_in
from tallychain.contracts.vouchers.events import TitleMoved
from tallychain.contracts.vouchers.policies import split_policy
from tallychain.contracts.vouchers.rules.change import gone, held, shown
from tallychain.contracts.vouchers.rules.find import check_receiver, read_day, the_voucher
from tallychain.contracts.vouchers.settling.refusals import AlreadyPaid, UnitsBound
from tallychain.contracts.vouchers.settling.rules.position import Position, position_of
from tallychain.contracts.vouchers.state import BY_COURT, EXPIRED, HOLDINGS, Holding, Voucher
from tallychain.instruments.calendar import add_months, format_date, instant_ms, local_day, parse_date
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.holder import Receiver
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline, settled

ONE_DAY = timedelta(days=1)


def renew(args: RenewFreeze, call: Call, state: Reader) -> Change:
    """Let a freeze last longer, at most three years from now; its place in the queue stays."""
    freeze = own_freeze(args.voucher, args.freeze, call, state, (FROZEN,))
    check_end(args.until, call.now, parse_date(freeze.until) + ONE_DAY)
    later = frozen_until(freeze, args.until, freeze_days(freeze, call.now, state))
    later = replace(later, renewals=freeze.renewals + 1)
    event = CourtRenewed(
        later.id, later.voucher, later.until, args.document, later.renewals, shown(later.timeline)
    )
    return Change((FREEZES.put(later),), (event,))


def unfreeze(args: Unfreeze, call: Call, state: Reader) -> Change:
    """
    Let the units go, at any time; whoever waits behind moves up in this block.

    An account that the court had named counts no more: what has come in stays with the bank until the holder's sponsor names one.
    """
    freeze = own_freeze(args.voucher, args.freeze, call, state)
    voucher = the_voucher(args.voucher, state, call.now)
    positions = [position_of(voucher, holding, state) for holding in holdings_under(freeze, state)]
    is_awarded = freeze.status_at(call.now) == AWARDED
    turns = [without_account(one) for one in positions] if is_awarded else []
    after = [turn.after for turn in turns] or positions
    event = CourtUnfroze(
        freeze=freeze.id,
        voucher=voucher.number,
        document=args.document,
        holdings=tuple(told(one, voucher, call.now) for one in after),
    )
    change = Change((ended_row(freeze, UNFROZEN, call.now, state),), (event,))
    return change + settled_again(voucher, turns, call.now, state) + unlocked(freeze, call.now, state)


def execute(args: ExecuteFreeze, call: Call, state: Reader) -> Change:
    """
    Say to which account all of the money of the frozen units goes; a later word replaces it until it is paid.

    The settlement bank pays it as it pays any other payee; a pledgee whose claim stands is paid before the court.
    """
    freeze = own_freeze(args.voucher, args.freeze, call, state)
    voucher = the_voucher(args.voucher, state, call.now)
    check_first(freeze, state, call.now)
    holdings = holdings_under(freeze, state)
    if args.holdings != tuple(holding.first for holding in holdings):
        raise refusals.HoldingsDiffer(", ".join(str(holding.first) for holding in holdings))
    payee = next(part.commitment for part in call.sealed if part.label == "payee")
    turns = [
        with_account(position, payee, voucher.settlement_bank)
        for position in _unpaid(holdings, voucher, state)
    ]
    event = CourtExecuted(
        freeze=freeze.id,
        voucher=voucher.number,
        court=freeze.court,
        bank=voucher.settlement_bank,
        payee=payee,
        document=args.document,
        holdings=tuple(told(turn.after, voucher, call.now) for turn in turns),
    )
    row = FREEZES.put(replace(freeze, timeline=settled(AWARDED)))
    return Change((row,), (event,)) + settled_again(voucher, turns, call.now, state)


def transfer(args: TransferFrozen, call: Call, state: Reader) -> Change:
    """
    Give title to the frozen units to a tag, in the black-out and after the maturity too; the issuer has notice.

    Who waited for these units behind the court waits for them no more.  A pledgee has to let go first.
    """
    freeze = own_freeze(args.voucher, args.freeze, call, state, (FROZEN,))
    voucher = the_voucher(args.voucher, state, call.now)
    check_first(freeze, state, call.now)
    holdings = holdings_under(freeze, state)
    for holding in holdings:
        for right in rights_in(holding, state, call.now):
            raise UnitsBound(holding.id, right.kind.value)
    _unpaid(holdings, voucher, state)
    if args.receiver.tag == freeze.tag:
        raise general.ReceiverIsHolder
    check_receiver(args.receiver, state, call.now)
    return _transferred(args, call, freeze, voucher, holdings, state)


def check_end(until: str, now: Moment, earliest: date | None = None) -> None:
    """A freeze ends tomorrow at the earliest, and some months from now at the latest."""
    wanted = read_day(until)
    today = local_day(now.time_ms)
    first = max(today + ONE_DAY, earliest or today)
    latest = add_months(today, MONTHS_MAX)
    if not first <= wanted <= latest:
        raise refusals.FreezeEndNotPossible(until, format_date(first), format_date(latest))


def frozen_until(freeze: Freeze, until: str, retention_days: int) -> Freeze:
    """The freeze with another end."""
    until_ms = instant_ms(parse_date(until) + ONE_DAY)
    timeline = Timeline(FROZEN, (Step(until_ms, EXPIRED), gone(until_ms, retention_days)))
    return replace(freeze, until=until, until_ms=until_ms, timeline=timeline)


def freeze_days(freeze: Freeze, now: Moment, state: Reader) -> int:
    """How long a freeze of this voucher is kept once it has ended."""
    return split_policy(state, the_voucher(freeze.voucher, state, now).split_policy).retention_days


def _unpaid(holdings: tuple[Holding, ...], voucher: Voucher, state: Reader) -> list[Position]:
    """The positions of holdings; each has to have something to come."""
    positions = [position_of(voucher, holding, state) for holding in holdings]
    for position in positions:
        if not position.outstanding and not position.coming:
            raise AlreadyPaid(position.holding.id)
    return positions


def _transferred(
    args: TransferFrozen,
    call: Call,
    freeze: Freeze,
    voucher: Voucher,
    holdings: tuple[Holding, ...],
    state: Reader,
) -> Change:
    taken = [_given(holding, args.receiver) for holding in holdings]
    others = {
        one.id: one for holding in holdings for one in queue_on(holding, state, call.now, without=freeze.id)
    }
    units = [holding.units for holding in holdings]
    notices = tuple(
        TitleMoved(
            offer=f"{call.operation}:{number}",
            voucher=voucher.number,
            issuer=voucher.issuer,
            giver=Receiver(before.tag, before.sealing, before.sponsor),
            spent=before.id,
            taken=held(after),
            rests=(),
            moved_ms=call.now.time_ms,
            due_ms=voucher.due_ms,
            cutoff_ms=voucher.cutoff_ms,
        )
        for number, (before, after) in enumerate(zip(holdings, taken, strict=True), start=1)
    )
    event = CourtTransferred(
        freeze=freeze.id,
        voucher=voucher.number,
        court=freeze.court,
        receiver=args.receiver,
        document=args.document,
        holdings=tuple(told(position_of(voucher, one, state), voucher, call.now) for one in taken),
    )
    writes = (ended_row(freeze, TRANSFERRED, call.now, state), *(HOLDINGS.put(one) for one in taken))
    change = Change(writes, (*notices, event))
    return change + without_units(tuple(others.values()), units, call.now, state)


def _given(holding: Holding, receiver: Receiver) -> Holding:
    return replace(
        holding,
        seq=holding.seq + 1,
        tag=receiver.tag,
        sealing=receiver.sealing,
        sponsor=receiver.sponsor,
        layer=holding.layer + 1,
        parent=holding.id,
        acquired_by=BY_COURT,
        encumbrances=(),
    )
