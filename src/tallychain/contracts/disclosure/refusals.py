"""Why something about disclosure is refused, in order of precedence.  A code never changes once published."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Governed, Refused


@dataclass(eq=False)
class RecordNotFound(Refused):
    """The month of this issuer is not closed, or is longer ago than records are kept."""

    code = "DISCLOSURE_NOT_FOUND"
    en = "Nothing is disclosed of {issuer} for {month}: the month is not closed, or its record is no longer kept."
    zh = "{issuer} 在 {month} 没有披露记录：该月尚未结账，或记录已不再保存。"
    issuer: str
    month: str


@dataclass(eq=False)
class TooManyRemarks(Refused):
    """A record has room for some remarks."""

    code = "TOO_MANY_REMARKS"
    en = "The record of {month} has {most} remarks already, and there may be no more."
    zh = "{month} 的披露记录已有 {most} 条备注，不得再增加。"
    month: str
    most: int


@dataclass(eq=False)
class PersistentlyOverdue(Governed):
    """An issuer that the last record found persistently overdue issues nothing until a later one does not."""

    code = "PERSISTENTLY_OVERDUE"
    rests_on = ("DISCLOSURE", "persistent_events")
    en = "{issuer} is persistently overdue since {since} and issues nothing until the record of a later month says otherwise."
    zh = "{issuer} 自 {since} 起处于持续逾期状态，在后续月份的披露记录解除前不得开立凭证。"
    issuer: str
    since: str
    article: str
