"""The headers that lead from the founders of an alliance to a block: as few as show that each set of validators follows from the one before."""

from dataclasses import dataclass
from typing import Final, Protocol

from msgspec import Struct

from tallychain.ledger import codec
from tallychain.sdk.verify.basics import Broken
from tallychain.sdk.verify.headers import Validators, decode_validators
from tallychain.sdk.verify.light import Check, Light, Trust, founding, one_by_one

COMETBFT: Final = "cometbft"
_NOT_TRUSTED: Final = "VALIDATORS_NOT_TRUSTED"


@dataclass(frozen=True, slots=True)
class SignedHeader:
    """A header, and what makes it count: the sequencer's signature, or the validators' votes."""

    text: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class HeaderPath:
    """The header of one block, headers with votes that lead to the next one and beyond, and the sets of validators that voted."""

    block: bytes
    headers: tuple[SignedHeader, ...]
    validators: tuple[Validators, ...]
    """Without that of the founders, which the genesis document names."""


class _Founder(Struct, frozen=True):
    key: str
    power: int


class Founding(Struct, frozen=True):
    """What a genesis document says of who decides: nothing on a chain of one operator."""

    chain: str
    time_ms: int
    engine: str = "embedded"
    clock: str = "system"
    tree_depth: int = 0
    validators: tuple[_Founder, ...] = ()

    @property
    def founders(self) -> Validators:
        """The set of the first height."""
        return Validators((row.key, row.power) for row in self.validators)


class BlockAnswer(Protocol):
    """What this needs of a block."""

    @property
    def header(self) -> bytes: ...
    @property
    def header_signature(self) -> bytes: ...


class HeaderSource(Protocol):
    """Where headers come from; engines stand above this folder, so they are described here by shape."""

    async def block(self, height: int) -> BlockAnswer:
        """One block."""

    async def validators(self, height: int) -> bytes:
        """The set that decided a height, as the engine's protobuf `ValidatorSet`."""


def founding_of(genesis: bytes) -> Founding:
    """What a genesis document says of who decides."""
    return codec.trusted(Founding, genesis)


async def lead(
    source: HeaderSource,
    genesis: bytes,
    heights: tuple[int, ...],
    check: Check = one_by_one,
    begin: Trust | None = None,
) -> tuple[HeaderPath, Light]:
    """
    The path over these heights in ascending order, and a client that has followed it; `block` is left empty.

    It begins with the founders, or with `begin`, a header that is trusted already.  Between two of them, heights are passed over as far as the sets of validators allow.  Raises `Broken` for headers that lead nowhere.
    """
    begun = founding_of(genesis)
    light = Light(begun.chain, begin or founding(begun.founders, begun.time_ms), check=check)
    headers: list[SignedHeader] = []
    sets: dict[bytes, Validators] = {}
    for target in heights:
        waiting = [target] if target > light.trust.height else []
        while waiting:
            height = waiting[-1]
            answer = await source.block(height)
            validators = decode_validators(await source.validators(height))
            try:
                light.accept(answer.header, answer.header_signature, validators)
            except Broken as broken:
                between = (light.trust.height + height) // 2
                if broken.code != _NOT_TRUSTED or between <= light.trust.height:
                    raise
                waiting.append(between)
                continue
            sets[validators.hash] = validators
            headers.append(SignedHeader(answer.header, answer.header_signature))
            waiting.pop()
    sets.pop(begun.founders.hash, None)
    return HeaderPath(b"", tuple(headers), tuple(sets.values())), light
