"""Facts published about changes of keys; who the client is stands in sealed parts only."""

from tallychain.ledger.contract import Event
from tallychain.ledger.holder import Receiver
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Digest, Instant, KeyText, MemberName


class RekeyProposed(Event, frozen=True, tag="holder.rekey_proposed"):
    """A sponsor says that a client has lost its wallet."""

    rekey: Digest
    voucher: str
    issuer: MemberName
    holding: str
    tag: KeyText
    sponsor: MemberName
    receiver: Receiver
    proposer: MemberName
    second: MemberName
    timeline: Timeline


class RekeyConsented(Event, frozen=True, tag="holder.rekey_consented"):
    """The second bank has seen the client; the old key has until the timeline's first step to object before anything moves."""

    rekey: Digest
    voucher: str
    tag: KeyText
    timeline: Timeline


class RekeyVetoed(Event, frozen=True, tag="holder.rekey_vetoed"):
    """The old key is not lost: it has objected, or done something else."""

    rekey: Digest
    voucher: str
    tag: KeyText
    proposer: MemberName
    second: MemberName
    timeline: Timeline


class HolderRekeyed(Event, frozen=True, tag="holder.rekeyed"):
    """Holdings have other keys from this block on; title has not moved."""

    rekey: Digest
    voucher: str
    tag: KeyText
    """The old one."""
    receiver: Receiver
    """The new one."""
    holdings: tuple[str, ...]
    pledges: tuple[Digest, ...]
    """Pledges of these holdings, which stay."""
    disputes: tuple[Digest, ...]
    """Disputes of these holdings, which stay."""


class RekeyEnded(Event, frozen=True, tag="holder.rekey_ended"):
    """Declined, withdrawn, or not answered or taken in time; or a veto is so long ago that it may be proposed again."""

    rekey: Digest
    voucher: str
    tag: KeyText
    status: str
    since_ms: Instant
    """When this became true."""


EVENTS = (RekeyProposed, RekeyConsented, RekeyVetoed, HolderRekeyed, RekeyEnded)
