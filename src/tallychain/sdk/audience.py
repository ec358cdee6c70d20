"""Who a part must be sealed to, as keys."""

import msgspec

from tallychain.ledger.contract import Call, SealRule
from tallychain.ledger.identity import MEMBERS
from tallychain.ledger.state import Reader
from tallychain.ledger.types import MEMBER_PREFIX, MemberId
from tallychain.sdk.build import Recipient


class AudienceUnknown(Exception):
    """A part has to be sealed to a member that the ledger does not know."""

    def __init__(self, member: str) -> None:
        super().__init__(f"There is no member {member}.")
        self.member = member


def member_recipient(state: Reader, member: MemberId) -> Recipient:
    """A member with its current sealing key.  Raises `AudienceUnknown`."""
    row = state.get(MEMBERS, member)
    if row is None:
        raise AudienceUnknown(member)
    key = row.current_sealing()
    return Recipient(f"{MEMBER_PREFIX}{member}#{key.number}", key.key)


def recipients(
    rule: SealRule, args: msgspec.Struct, call: Call, state: Reader, *, author_sealing: str | None
) -> tuple[Recipient, ...]:
    """
    Everybody who must be able to open a part, the author among them.

    `author_sealing` is the sealing key of the author's tag; None when the author is a member.
    Raises `AudienceUnknown`, and whatever `Refused` the rule's audience meets (an object that does not exist …).
    """
    parties = set(rule.audience(args, call, state))
    parties.add(author_sealing if author_sealing is not None else call.author)
    return tuple(sorted(party_recipient(state, party) for party in parties))


def party_recipient(state: Reader, party: str) -> Recipient:
    """One party of an audience as a recipient: `member:<id>` or a tag's own sealing key."""
    if party.startswith(MEMBER_PREFIX):
        return member_recipient(state, MemberId(party.removeprefix(MEMBER_PREFIX)))
    return Recipient(party, party)
