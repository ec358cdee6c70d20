"""What an act is about: the records it touches, which tag of a seat they name, and the sealed parts it rests on.

Everything is found from the declarations: the rows that an operation's audiences and rule look at.  Nothing here decides whether the
operation is allowed; a refusal met on the way is left for the ledger to say.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from tallychain.crypto.errors import CryptoRefusal
from tallychain.engine.port import Engine, EngineUnavailable
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.ledgerstate import LedgerState, ScanNotPossible, Snapshot
from tallychain.gateway.problems import Problem
from tallychain.gateway.sealingkeys import SealingKeys
from tallychain.gateway.seats import Seats, TagRow
from tallychain.ledger import codec
from tallychain.ledger.contract import AnyOperation, Call
from tallychain.ledger.envelope import Envelope
from tallychain.ledger.operation import Body, SignedOperation
from tallychain.ledger.refusals import Refused
from tallychain.ledger.types import (
    Author,
    MemberId,
    OperationId,
    author_member,
    author_tag_key,
    tag_author,
)
from tallychain.sdk.opening import check_wraps, open_part, part_keys

Question = Callable[[Snapshot], object]
"""Some pure question about the state."""

NOBODY: Final = "ed25519:" + "00" * 32
"""Stands for the acting tag while it is not known yet."""

_KEY: Final = re.compile(rb"(?:ed25519|x25519):[0-9a-f]{64}")
_OPERATION: Final = re.compile(rb"(?<![:0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_OPERATIONS: Final = 16
_NAMED: Final = 16


@dataclass(frozen=True, slots=True)
class Concern:
    """The texts that an act is about: its arguments and the rows that it looks at."""

    texts: tuple[bytes, ...]

    def keys(self) -> set[str]:
        """Every key that stands in them."""
        return {found.decode() for text in self.texts for found in _KEY.findall(text)}

    def operations(self) -> list[str]:
        """Every digest that may be an operation's id, in their order, bounded."""
        found = dict.fromkeys(match.decode() for text in self.texts for match in _OPERATION.findall(text))
        return list(found)[:_OPERATIONS]


def call_of(author: Author, via: str, clock: ChainClock) -> Call:
    """The call that an act would be, as far as it is known before it is built."""
    return Call(
        operation=OperationId("0" * 64),
        author=author,
        member=author_member(author),
        tag=author_tag_key(author),
        via=MemberId(via),
        now=clock.moment(),
        signers=(),
        sealed=(),
    )


class Concerns:
    """Finds what acts are about."""

    def __init__(
        self, engine: Engine, state: LedgerState, seats: Seats, sealing: SealingKeys, clock: ChainClock
    ) -> None:
        self._engine = engine
        self._state = state
        self._seats = seats
        self._sealing = sealing
        self._clock = clock

    async def of(self, kind: AnyOperation, args: msgspec.Struct, author: Author, via: str) -> Concern:
        """The rows that the declarations of an operation look at."""
        call = call_of(author, via, self._clock)
        snapshot = Snapshot()
        for seal in kind.seals:
            await self._look(snapshot, lambda state, seal=seal: seal.audience(args, call, state))  # type: ignore[misc]  # the default binds this round's rule
        await self._look(snapshot, lambda state: kind.rule(args, call, state))
        rows = [value for value in snapshot.rows.values() if value is not None]
        return Concern((codec.encode(args), *rows))

    async def acting_tag(
        self, kind: AnyOperation, args: msgspec.Struct, concern: Concern, seat: str, via: str
    ) -> TagRow | None:
        """
        The one tag of a seat that the act can be made by, or None if none of its tags is concerned.

        Where several are named, the one that the operation's rule answers otherwise than a stranger's.  Raises `GATEWAY_TAG_AMBIGUOUS`,
        and `GATEWAY_TAG_UNKNOWN` where the rule answers so a tag that is named and none is the seat's.
        """
        found: dict[str, TagRow] = {}
        for key in sorted(concern.keys()):
            lookup = self._seats.tag_by_sealing if key.startswith("x25519:") else self._seats.tag
            tag = await lookup(key)
            if tag is not None and tag.seat == seat:
                found[tag.key] = tag
        if len(found) > 1:
            stranger = await self._outcome(kind, args, NOBODY, via)
            found = {
                key: tag
                for key, tag in found.items()
                if await self._outcome(kind, args, key, via) != stranger
            }
            if len(found) != 1:
                raise Problem("GATEWAY_TAG_AMBIGUOUS")
        if not found and await self._is_for_another(kind, args, concern, via):
            raise Problem("GATEWAY_TAG_UNKNOWN")
        return next(iter(found.values()), None)

    async def check_foundations(self, concern: Concern, seat: str) -> None:
        """
        Show that everybody entitled can read the parts that this act rests on, as far as this side can open them.

        Raises `GATEWAY_WRAPS_DIFFER`.  Done once, before anybody here signs.
        """
        for operation in concern.operations():
            signed = await self.operation(operation)
            if signed is not None:
                await self._check_parts(operation, signed, seat)

    async def operation(self, operation: str) -> SignedOperation | None:
        """An operation that stands in a block, or None."""
        try:
            answer = await self._engine.receipt(operation)
        except EngineUnavailable:
            raise Problem("GATEWAY_LEDGER_NOT_REACHED", retry_after_s=2) from None
        if (
            answer is None or not answer.envelope
        ):  # a chain taken over from a snapshot has no envelopes from before
            return None
        return codec.decode_frame(Envelope, answer.envelope).operations[answer.position]

    async def _is_for_another(
        self, kind: AnyOperation, args: msgspec.Struct, concern: Concern, via: str
    ) -> bool:
        """Whether a tag that the records name may do what a stranger may not."""
        named = [key for key in sorted(concern.keys()) if key.startswith("ed25519:")][:_NAMED]
        stranger = await self._outcome(kind, args, NOBODY, via)
        if not stranger:
            return False
        for key in named:
            if await self._outcome(kind, args, key, via) != stranger:
                return True
        return False

    async def _outcome(self, kind: AnyOperation, args: msgspec.Struct, key: str, via: str) -> str:
        """The code with which the rule would refuse an act of this tag as far as it is built, or empty."""
        call = call_of(tag_author(key), via, self._clock)
        return await self._look(Snapshot(), lambda state: kind.rule(args, call, state))

    async def _look(self, snapshot: Snapshot, question: Question) -> str:
        """Ask for the sake of the rows looked at; the code of the refusal met, or empty."""
        try:
            await self._state.evaluate(question, snapshot)
        except Refused as refused:
            return refused.code
        except ScanNotPossible:
            return ""
        return ""

    async def _check_parts(self, operation: str, signed: SignedOperation, seat: str) -> None:
        body = codec.decode(Body, signed.body)
        for part in body.sealed:
            own = await self._sealing.own(part, seat)
            if own is None:
                continue
            box = signed.boxes.get(part.box)
            if box is None:
                raise Problem("GATEWAY_WRAPS_DIFFER", operation=operation, detail="its box has not arrived.")
            try:
                keys = part_keys(part, await self._sealing.of_members(part))
                opened = open_part(body, part, box, keys, own.name, own.key)
                check_wraps(body, part, box, keys, opened)
            except (CryptoRefusal, KeyError) as error:
                raise Problem("GATEWAY_WRAPS_DIFFER", operation=operation, detail=str(error)) from None
