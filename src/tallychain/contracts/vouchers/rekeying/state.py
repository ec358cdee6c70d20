"""What is remembered of a change of keys: the last one of each tag, who proposed it, and who has seen the client besides."""

from typing import Final

from msgspec import Struct

from tallychain.contracts.vouchers.state import VoucherName
from tallychain.ledger.holder import Receiver
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Timeline, status_at
from tallychain.ledger.types import Digest, KeyText, MemberName

PROPOSED: Final = "PROPOSED"
"""A sponsor says that a client has lost its wallet; a second bank has to have seen the client."""
CONSENTED: Final = "CONSENTED"
"""Both have said so; the old key may object."""
TAKEABLE: Final = "TAKEABLE"
"""Nobody has objected in time: the new tag may take the holdings over."""
REKEYED: Final = "REKEYED"
DECLINED: Final = "DECLINED"
WITHDRAWN: Final = "WITHDRAWN"
VETOED: Final = "VETOED"
"""The old key has acted, so it is not lost."""
LAPSED: Final = "LAPSED"
FORGOTTEN: Final = "FORGOTTEN"
"""Long after a veto: it may be proposed again."""

STANDING: Final = (PROPOSED, CONSENTED, TAKEABLE)
"""The old key can still say no, and with any other act of its own it does."""
REKEY_STATUSES: Final = (*STANDING, REKEYED, DECLINED, WITHDRAWN, VETOED, LAPSED, FORGOTTEN)

VETO_BUSINESS_DAYS: Final = 3
"""Business days after the second bank's consent, to the end of the last of which nothing can be taken over."""
TAKE_DAYS: Final = 30
"""For how long the new tag may take the holdings over; what binds them may have to end first."""
VETOED_DAYS: Final = 30
"""For how long after a veto nobody proposes again, so that a holder is not worn down."""


class Rekey(Struct, frozen=True, forbid_unknown_fields=True):
    """Other keys for what one tag holds of a voucher (更换标签密钥); title stays with the person behind it."""

    tag: KeyText
    """The tag whose keys are lost."""
    id: Digest
    """The operation that proposed it: a digest of its whole text, the sealed statement included."""
    voucher: VoucherName
    held: Receiver
    """The old tag with its sealing key and its sponsor, as it stood when this was proposed."""
    receiver: Receiver
    """The new tag; only it may take the holdings over."""
    proposer: MemberName
    second: MemberName
    """The bank that has to have seen the client too."""
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """What it is at this moment, whether or not it has been written down yet."""
        return status_at(self.timeline, now)


REKEYS: Final = Table("rekey", Rekey, lambda row: (row.tag,))
