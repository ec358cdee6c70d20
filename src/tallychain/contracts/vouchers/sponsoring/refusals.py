"""Why an act between a holder and its sponsor is refused, in order of precedence."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Refused


@dataclass(eq=False)
class SponsorCarries(Refused):
    """The member that carries the act is the tag's sponsor already, so there is nothing to leave or to claim."""

    code = "SPONSOR_CARRIES"
    en = "{sponsor} is the sponsor of this tag and carries this act itself."
    zh = "{sponsor} 即该标签的接入机构，且本业务由其提交。"
    sponsor: str


@dataclass(eq=False)
class HoldingNamedTwice(Refused):
    """One operation names a holding twice."""

    code = "HOLDING_NAMED_TWICE"
    en = "The holding that begins with unit {first} is named twice."
    zh = "以第 {first} 单位起始的持有份额被重复指定。"
    first: int


@dataclass(eq=False)
class ClaimStands(Refused):
    """The tag's claim waits for an answer, or was not answered and is in force."""

    code = "CLAIM_STANDS"
    en = "A claim of this tag on {sponsor} stands since {since_ms}."
    zh = "该标签对 {sponsor} 的申告自 {since_ms} 起有效。"
    sponsor: str
    since_ms: int


@dataclass(eq=False)
class ClaimNotWaiting(Refused):
    """There is no claim of this tag that waits for this member's answer."""

    code = "CLAIM_NOT_WAITING"
    en = "No claim of the tag {tag} waits for this member's answer."
    zh = "标签 {tag} 没有等待本成员答复的申告。"
    tag: str
