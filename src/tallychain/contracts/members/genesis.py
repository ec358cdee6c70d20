"""The first members of a chain, from this contract's section of the genesis document."""

from collections.abc import Sequence

import msgspec

from tallychain.contracts.members.record import MemberRecord as GenesisMember
from tallychain.contracts.members.record import RecordKey as GenesisKey
from tallychain.contracts.members.record import check_record, entered
from tallychain.ledger import codec
from tallychain.ledger.contract import Change
from tallychain.ledger.genesis import GenesisRefused
from tallychain.ledger.refusals import Refused

__all__ = ["GenesisKey", "GenesisMember", "founders"]


def founders(section: msgspec.Raw) -> Change:
    """
    The Change that admits the founders; its events stand for height 0.

    Raises `GenesisRefused` with a sentence that names the member and what is wrong.
    """
    try:
        members = codec.decode(tuple[GenesisMember, ...], bytes(section))
    except codec.Malformed as error:
        raise GenesisRefused(f"The members in the genesis document are not valid: {error.detail}") from None
    _check_unique("The member", [member.member for member in members])
    _check_unique("The code", [member.uscc for member in members])
    _check_unique("The sealing key", [member.sealing for member in members])
    _check_unique("The key", [key.key for member in members for key in member.keys])
    for member in members:
        try:
            check_record(member)
        except Refused as refusal:
            raise GenesisRefused(f"The member {member.member} may not begin: {refusal}") from None
    change = Change()
    for member in members:
        change += entered(member, 0, 0)
    return change


def _check_unique(what: str, values: Sequence[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise GenesisRefused(f"{what} {value} stands twice in the genesis document.")
        seen.add(value)
