"""Facts published about accounts of record; which account it is stands in sealed parts only."""

from tallychain.ledger.contract import Event
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Digest, Instant, KeyText, MemberName


class AccountStated(Event, frozen=True, tag="account.stated"):
    """A client of a sponsor has stated an account."""

    account: Digest
    tag: KeyText
    sponsor: MemberName
    bank: MemberName
    before: str
    """The account in force that it shall take the place of; empty if there is none."""
    commitment: Digest
    timeline: Timeline


class PennySent(Event, frozen=True, tag="account.penny_sent"):
    """The bank has sent a penny with a code."""

    account: Digest
    tag: KeyText
    timeline: Timeline


class CodeReturned(Event, frozen=True, tag="account.code_returned"):
    """The client has said which code came."""

    account: Digest
    tag: KeyText
    timeline: Timeline


class CodeWrong(Event, frozen=True, tag="account.code_wrong"):
    """It was not the code; the client may say it again."""

    account: Digest
    tag: KeyText
    tries: int
    timeline: Timeline


class AccountConfirmed(Event, frozen=True, tag="account.confirmed"):
    """The bank has found the code right; the client's key has until the timeline's step to stop it."""

    account: Digest
    tag: KeyText
    bank: MemberName
    timeline: Timeline


class AccountInForce(Event, frozen=True, tag="account.in_force"):
    """Nobody has stopped it in time."""

    account: Digest
    tag: KeyText
    before: str
    """The account whose place it has taken; empty if there was none."""
    since_ms: Instant
    """When this became true."""


class AccountEnded(Event, frozen=True, tag="account.ended"):
    """Refused by the bank, stopped by the client's key, or not answered in time; the account before stays in force."""

    account: Digest
    tag: KeyText
    status: str
    tries: int
    since_ms: Instant
    """When this became true."""


EVENTS = (AccountStated, PennySent, CodeReturned, CodeWrong, AccountConfirmed, AccountInForce, AccountEnded)
