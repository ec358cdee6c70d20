"""How a redemption ends without being paid: by the holder's or the issuer's word, or since nobody has answered or paid in time."""

from typing import Final

from tallychain.contracts.vouchers.redeeming.events import RedemptionEnded
from tallychain.contracts.vouchers.redeeming.state import AGREED, FAILED, LAPSED, OFFERED, REDEMPTIONS
from tallychain.contracts.vouchers.rules.unfinished import Unfinished

_OFFERS: Final = Unfinished(
    name="redemption",
    table=REDEMPTIONS,
    event=RedemptionEnded,
    waiting=OFFERED,
    unanswered=LAPSED,
    agreed=AGREED,
    unpaid=FAILED,
    per_block=200,
)

ended: Final = _OFFERS.ended
written_down: Final = _OFFERS.written_down
replaced: Final = _OFFERS.replaced
DUE_KIND: Final = _OFFERS.due()
