"""What is told to disclosure of a voucher: its acceptance, and whatever changes about what is owed on it."""

from collections.abc import Iterable

from tallychain.contracts.disclosure import api as disclosure
from tallychain.contracts.vouchers.settling.events import Dishonoured, VoucherOverdue
from tallychain.contracts.vouchers.state import Voucher
from tallychain.ledger.contract import Change, Event
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment


def acceptance_told(voucher: Voucher, state: Reader, now: Moment) -> Change:
    """Its first holder accepts it in this block."""
    promise = disclosure.Promise(
        issuer=voucher.issuer,
        voucher=voucher.number,
        sponsor=voucher.receiver.sponsor,
        face=voucher.face,
        issue_day=voucher.issue_day,
        maturity=voucher.effective_maturity,
    )
    return disclosure.accepted(state, promise, now)


def owed_told(
    voucher: Voucher,
    events: Iterable[Event],
    state: Reader,
    now: Moment,
    *,
    discharged: int = 0,
    in_time: int = 0,
    ended: bool = False,
) -> Change:
    """What these events say of a missed cut-off and of being overdue, and by how much less is owed; nothing where nothing changes."""
    missed = overdue = None
    for event in events:
        if isinstance(event, Dishonoured):
            missed = disclosure.Since(event.since_ms, event.outstanding)
        elif isinstance(event, VoucherOverdue):
            overdue = disclosure.Since(event.since_ms, event.outstanding)
    if missed is None and overdue is None and not discharged:
        return Change()
    told = disclosure.Shift(
        issuer=voucher.issuer,
        voucher=voucher.number,
        missed=missed,
        overdue=overdue,
        discharged=discharged,
        in_time=in_time,
        ended=ended,
    )
    return disclosure.shift(state, told, now)
