"""What a court's act means for money of the units that the settlement bank has, or will have."""

import dataclasses
from collections.abc import Sequence

from msgspec.structs import replace

from tallychain.contracts.vouchers.courting.events import FrozenUnits
from tallychain.contracts.vouchers.settling.events import ReleaseRevoked
from tallychain.contracts.vouchers.settling.rules.paying import on_time, paying_on, published_paying
from tallychain.contracts.vouchers.settling.rules.position import (
    Position,
    the_settlement,
    the_shares,
    with_portion,
)
from tallychain.contracts.vouchers.settling.state import (
    ENTITLEMENTS,
    HELD,
    RELEASING,
    SETTLEMENTS,
    SHARES,
    Entitlement,
)
from tallychain.contracts.vouchers.state import Voucher
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, settled


@dataclasses.dataclass(frozen=True, slots=True)
class Turn:
    """One holding's money before and after a court's act."""

    before: Position
    after: Position


def withheld(position: Position) -> Turn:
    """What has come in for a holding stays with the bank."""
    return Turn(position, dataclasses.replace(position, portion=replace(position.portion, withheld=True)))


def without_account(position: Position) -> Turn:
    """The account that a court had named counts no more, and what has come in stays with the bank."""
    entitlement = replace(position.entitlement, payee="", payee_bank="", payee_holding="", cleared=False)
    portion = replace(position.portion, withheld=True)
    return Turn(position, dataclasses.replace(position, entitlement=entitlement, portion=portion))


def with_account(position: Position, payee: str, bank: str) -> Turn:
    """A court has named the account to which a holding is paid."""
    entitlement = replace(
        position.entitlement,
        payee=payee,
        payee_bank=bank,
        payee_holding=position.holding.id,
        cleared=True,
    )
    return Turn(position, dataclasses.replace(position, entitlement=entitlement))


def settled_again(voucher: Voucher, turns: Sequence[Turn], now: Moment, state: Reader) -> Change:
    """The rows of money as the acts leave them; what waits to be paid out is counted anew where it changes."""
    entitlements = tuple(
        ENTITLEMENTS.put(turn.after.entitlement)
        for turn in turns
        if turn.after.entitlement != turn.before.entitlement
    )
    less = sum(turn.before.payable - turn.after.payable for turn in turns)
    if not less:
        return Change(entitlements)
    shares = the_shares(voucher.number, state)
    for turn in turns:
        shares = with_portion(shares, turn.after.portion)
    stood = on_time(the_settlement(voucher.number, state), voucher, now, state)
    later = paying_on(stood.settlement, stood.settlement.payable - less, voucher, now, state)
    told = (*stood.events, published_paying(later))
    return Change((*entitlements, SETTLEMENTS.put(later), SHARES.put(shares)), told)


def without_release(turn: Turn, now: Moment) -> tuple[Turn, tuple[ReleaseRevoked, ...]]:
    """A release of debt that is not final yet falls: the holder disposes no more."""
    entitlement = turn.after.entitlement
    if entitlement.status_at(now) != RELEASING:
        return turn, ()
    kept = _kept(entitlement)
    holding = turn.after.holding
    event = ReleaseRevoked(holding.voucher, holding.id, holding.first, entitlement.release)
    return Turn(turn.before, dataclasses.replace(turn.after, entitlement=kept)), (event,)


def told(position: Position, voucher: Voucher, now: Moment) -> FrozenUnits:
    """A holding as events of courts tell of it."""
    holding = position.holding
    return FrozenUnits(
        holding=holding.id,
        first=holding.first,
        last=holding.last,
        payable=position.payable,
        status=position.timeline(voucher, now),
    )


def _kept(entitlement: Entitlement) -> Entitlement:
    return replace(entitlement, releasing=0, release="", timeline=settled(HELD))
