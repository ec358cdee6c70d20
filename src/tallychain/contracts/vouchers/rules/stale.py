"""What has ended on a holding without anybody having written it down; an act that binds the same units writes it down first."""

from collections.abc import Sequence

from tallychain.contracts.vouchers.courting.ending import written_down as freeze_written_down
from tallychain.contracts.vouchers.courting.state import FREEZES
from tallychain.contracts.vouchers.disputing.ending import written_down as dispute_written_down
from tallychain.contracts.vouchers.disputing.state import DISPUTES
from tallychain.contracts.vouchers.financing.ending import written_down as financing_written_down
from tallychain.contracts.vouchers.financing.state import FINANCINGS
from tallychain.contracts.vouchers.pledging.ending import written_down
from tallychain.contracts.vouchers.pledging.state import PLEDGES
from tallychain.contracts.vouchers.redeeming.ending import written_down as redemption_written_down
from tallychain.contracts.vouchers.redeeming.state import REDEMPTIONS
from tallychain.contracts.vouchers.rules.change import over, released
from tallychain.contracts.vouchers.state import OFFERS, Holding, Voucher
from tallychain.instruments.holdings import Range
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment


def cleared(
    holding: Holding, wanted: Sequence[Range], voucher: Voucher, state: Reader, now: Moment
) -> tuple[Holding, Change]:
    """
    The holding without the locks on these units, which bind no more, and the Change that says what became of each.

    Those that bind were refused before; the holding's own row is left to the caller.
    """
    stale = [e.reference for e in holding.encumbrances if any(e.range.overlaps(units) for units in wanted)]
    change = Change()
    for name in stale:
        offer, pledge, freeze = state.get(OFFERS, name), state.get(PLEDGES, name), state.get(FREEZES, name)
        if offer is not None:
            write, event = over(offer, voucher, state, now)
            change += Change((write,), (event,))
        if pledge is not None:
            end, ended = written_down(pledge, now)
            change += Change((end,), (ended,))
        dispute = state.get(DISPUTES, voucher.number, name)
        if dispute is not None:
            lapsed, told = dispute_written_down(dispute, now)
            change += Change((lapsed,), (told,))
        redemption = state.get(REDEMPTIONS, voucher.number, holding.first)
        if redemption is not None and redemption.id == name:
            failed, said = redemption_written_down(redemption, now)
            change += Change((failed,), (said,))
        if freeze is not None:
            change += freeze_written_down(freeze, now, state, holding.first)
        financing = state.get(FINANCINGS, name)
        if financing is not None:
            change += financing_written_down(financing, now)
    return released(holding, *stale), change
