"""What is remembered of a client's account: the one in force, the one that was stated last, and who tests it.  The account itself is sealed."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tallychain.ledger.holder import Receiver
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Timeline, status_at
from tallychain.ledger.types import Digest, Instant, MemberName

STATED: Final = "STATED"
"""The client has stated an account; the bank has to send a penny with a code."""
SENT: Final = "PENNY_SENT"
"""The penny is on its way; the client has to say which code came with it."""
RETURNED: Final = "CODE_RETURNED"
"""The client has said the code; the bank has to compare."""
CONFIRMED: Final = "TESTED"
"""The bank has found it right; the client's key may stop it."""
IN_FORCE: Final = "IN_FORCE"
REFUSED: Final = "REFUSED"
STOPPED: Final = "STOPPED"
LAPSED: Final = "LAPSED"
REPLACED: Final = "SUPERSEDED"
"""Another one is in force in its place; said of rows, since the ledger keeps the one in force alone."""

WAITING: Final = (STATED, SENT, RETURNED, CONFIRMED)
"""Somebody is expected to act, or time has to pass; the client's key can still stop it."""
STATUSES: Final = (*WAITING, IN_FORCE, REFUSED, STOPPED, LAPSED)

BANK_BUSINESS_DAYS: Final = 3
"""Business days in which the bank sends the penny, and again in which it compares the code."""
CLIENT_BUSINESS_DAYS: Final = 5
"""Business days in which the client says the code."""
COOLING_BUSINESS_DAYS: Final = 3
"""Business days after the test, to the end of the last of which the account before stays the one in force."""
MAX_TRIES: Final = 3
"""Codes that a client may say for one penny: of a million, so that nobody finds one by trying."""


class Stated(Struct, frozen=True, forbid_unknown_fields=True):
    """One account as it was stated: a salted commitment, never a number or a hash of one."""

    id: Digest
    """The operation that stated it."""
    bank: MemberName
    """The bank that tests it."""
    commitment: Digest
    """Of the sealed part `account`."""
    tries: int
    """Codes that were found wrong."""
    confirmed_ms: Instant
    """When the bank found the code right; 0 before."""


class ClientAccount(Struct, frozen=True, forbid_unknown_fields=True):
    """The account of record of one client of a sponsor, under a tag that holds nothing and so is joined with no holding (收款账户备案)."""

    holder: Receiver
    """The tag that speaks for it."""
    record: Stated | None
    """The account in force, as far as it was written down."""
    latest: Stated
    """The one that was stated last, whose status the timeline tells."""
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """What became of the one stated last, whether or not it has been written down yet."""
        return status_at(self.timeline, now)

    def record_at(self, now: Moment) -> Stated | None:
        """The account in force at this moment."""
        return self.latest if self.status_at(now) == IN_FORCE else self.record

    def tried(self, timeline: Timeline, *, wrong: bool = False) -> "ClientAccount":
        """The same one step on, with a wrong code counted."""
        latest = replace(self.latest, tries=self.latest.tries + 1) if wrong else self.latest
        return replace(self, latest=latest, timeline=timeline)


ACCOUNTS: Final = Table("client_account", ClientAccount, lambda row: (row.holder.tag,))
"""Accounts of record by the tag that speaks for them."""
