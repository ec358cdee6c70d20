"""What is remembered of pledges (质押): who holds the right, until when, and how far a claim has come."""

from typing import Final

from msgspec import Struct

from tallychain.contracts.vouchers.state import DECLINED, EXPIRED, RECALLED, VoucherName
from tallychain.instruments.money import Units
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Timeline, status_at
from tallychain.ledger.types import Count, Day, Digest, Instant, KeyText, MemberName

PROPOSED: Final = "PROPOSED"
"""The holder has asked; its units are reserved, so that the pledgee can register the pledge before it accepts."""
PLEDGED: Final = "PLEDGED"
CLAIMED: Final = "CLAIMED"
"""The pledgee has said how much of the proceeds is its own; the holder may contest that."""
UNCONTESTED: Final = "UNCONTESTED"
"""The claim stands: what is paid on the holding goes to the pledgee first."""
CONTESTED: Final = "CONTESTED"
IN_COURT: Final = "IN_COURT"
"""The pledgee has shown that a court or an arbitration decides."""
LIFTED: Final = "LIFTED"
"""The pledgee has let the holding go."""
LAPSED: Final = "LAPSED"

HELD: Final = (PLEDGED, CLAIMED, UNCONTESTED, CONTESTED, IN_COURT)
"""The pledgee has a right in the holding."""
BINDING: Final = (PROPOSED, *HELD)
"""Nothing of the holding moves."""
PLEDGE_STATUSES: Final = (*BINDING, LIFTED, DECLINED, RECALLED, LAPSED, EXPIRED)

TAIL_DAYS: Final = 30
"""How many days after the nominal maturity a pledge may end at the latest: so long money can be withheld for a pledgee that says nothing."""
CONTEST_DAYS: Final = 30
"""Within how many days the pledgee of a contested claim shows that a court or an arbitration decides, or claims otherwise."""
COURT_DAYS: Final = 180
"""For how many days that holds until it has to be shown again."""
CLAIMS_MAX: Final = 5
"""Claims of one pledge: each must be contested within some days, so nobody is asked without end."""


class Pledge(Struct, frozen=True, forbid_unknown_fields=True):
    """One holding that secures what its holder owes to a bank or a factor.  How much that is stands in sealed parts only."""

    id: Digest
    """The operation that proposed it: a digest of its whole text, the sealed terms included."""
    voucher: VoucherName
    first: Units
    """First unit of the holding.  What is pledged neither moves nor is divided, so it keeps its name."""
    last: Units
    tag: KeyText
    """The holder's tag."""
    pledgee: MemberName
    until: Day
    """Local day with whose end the pledge ends if the pledgee has not claimed."""
    until_ms: Instant
    registration: str
    """Digest of the certificate of the movable-property registry, which the pledgee keeps; empty before it accepts."""
    claims: Count
    """How often the pledgee has claimed."""
    claim: str
    """The operation of the last claim; a contest names it, and so its whole text.  Empty before any."""
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """What it is at this moment, whether or not it has been written down yet."""
        return status_at(self.timeline, now)


PLEDGES: Final = Table("pledge", Pledge, lambda row: (row.id,))
