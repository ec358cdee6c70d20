"""How a recourse claim ends without a buy-back: by the seller's or the funder's word, or since nobody has answered or paid in time."""

from typing import Final

from tallychain.contracts.vouchers.recoursing.events import RecourseEnded
from tallychain.contracts.vouchers.recoursing.state import AGREED, DEMANDED, FAILED, LAPSED, RECOURSES
from tallychain.contracts.vouchers.rules.unfinished import Unfinished

_CLAIMS: Final = Unfinished(
    name="recourse",
    table=RECOURSES,
    event=RecourseEnded,
    waiting=DEMANDED,
    unanswered=LAPSED,
    agreed=AGREED,
    unpaid=FAILED,
    per_block=200,
)

ended: Final = _CLAIMS.ended
written_down: Final = _CLAIMS.written_down
replaced: Final = _CLAIMS.replaced
DUE_KIND: Final = _CLAIMS.due()
