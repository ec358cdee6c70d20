"""The sealing keys of members of record, and those that stand open here."""

from dataclasses import dataclass

from tallychain.crypto.keys import SealingKey
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.problems import Problem
from tallychain.gateway.seats import Seats
from tallychain.ledger.identity import MEMBERS
from tallychain.ledger.operation import SealedPart
from tallychain.ledger.types import MEMBER_PREFIX
from tallychain.sdk.build import Recipient


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A key held here, under the name that a part gives it."""

    name: str
    key: SealingKey


class SealingKeys:
    """Keys by the names that stand in the recipients of parts."""

    def __init__(self, member: str, keys: dict[str, SealingKey], state: LedgerState, seats: Seats) -> None:
        self._member = member
        self._by_public = keys
        self._state = state
        self._seats = seats

    async def current(self, member: str) -> Recipient:
        """A member with its current sealing key; raises `GATEWAY_MEMBER_UNKNOWN`."""
        row = await self._state.member(member)
        key = row.current_sealing()
        return Recipient(f"{MEMBER_PREFIX}{member}#{key.number}", key.key)

    async def public(self, name: str) -> str | None:
        """The key behind `member:<id>#<n>`, current or replaced; None if there is none."""
        member, _, number = name.removeprefix(MEMBER_PREFIX).partition("#")
        row = await self._state.get(MEMBERS, member)
        if row is None or not number.isdigit():
            return None
        return next((key.key for key in row.sealing if key.number == int(number)), None)

    async def of_members(self, part: SealedPart) -> dict[str, str]:
        """The keys of all members among the recipients of a part; one that is unknown is left out."""
        found: dict[str, str] = {}
        for name in part.to:
            if name.startswith(MEMBER_PREFIX) and (key := await self.public(name)) is not None:
                found[name] = key
        return found

    async def own(self, part: SealedPart, seat: str) -> OwnKey | None:
        """
        The key with which a seat reads a part, or None.

        The member's own keys read for its own seat, and for a client only what the client itself can read.
        """
        if seat != HOUSE:
            return await self._of_seat(part, seat)
        return await self.house(part) or await self._of_seat(part, seat)

    async def house(self, part: SealedPart) -> OwnKey | None:
        """The member's own key among the recipients of a part, or None."""
        for name in part.to:
            if self.is_own(name):
                public = await self.public(name)
                if public is not None and public in self._by_public:
                    return OwnKey(name, self._by_public[public])
        return None

    def is_own(self, name: str) -> bool:
        """Whether a recipient name stands for a key of this member, held here or not."""
        return name.startswith(f"{MEMBER_PREFIX}{self._member}#")

    def holding(self, public: str) -> SealingKey | None:
        """The member's key with this public half, or None."""
        return self._by_public.get(public)

    def held(self, public: str) -> SealingKey:
        """The member's key with this public half; raises `GATEWAY_LETTER_NOT_VALID`."""
        key = self._by_public.get(public)
        if key is None:
            raise Problem("GATEWAY_LETTER_NOT_VALID", detail="it is sealed to a key that is not held here")
        return key

    async def _of_seat(self, part: SealedPart, seat: str) -> OwnKey | None:
        for name in part.to:
            tag = None if name.startswith(MEMBER_PREFIX) else await self._seats.tag_by_sealing(name)
            key = None if tag is None or tag.seat != seat else self._seats.sealing_key(tag)
            if key is not None:
                return OwnKey(name, key)
        return None
