"""What every part of the random run for volume needs: one act in a block of its own, counted, and the whole state checked every 500 blocks."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

import msgspec

from tallychain.contracts.vouchers import api
from tallychain.contracts.vouchers.state import Holding, Voucher
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.ledger import codec
from tallychain.ledger.receipt import NotTaken
from tallychain.ledger.refusals import Refused
from tallychain.ledger.state import Committed, MemoryBacking
from tallychain.testkit.genesis import CLIENTS
from tallychain.testkit.world import Answer, World
from tests.deals import Deals
from tests.guarantees import GUARANTORS

FULL_EVERY = 500
V = TypeVar("V", bound=msgspec.Struct)


class VolumeFailed(AssertionError):
    """An invariant does not hold."""


class Remembering(Committed):
    """The committed state read again and again: a row that was not written since is not decoded again."""

    def __init__(self, backing: MemoryBacking) -> None:
        super().__init__(backing)
        self._rows = backing
        self._known: dict[bytes, tuple[bytes, msgspec.Struct]] = {}

    def row(self, key: bytes, kind: type[V]) -> V | None:
        raw = self._rows.get(key)
        return None if raw is None else self._decoded(key, raw, kind)

    def rows(self, prefix: bytes, kind: type[V]) -> Iterator[tuple[bytes, V]]:
        for key, raw in self._rows.scan(prefix):
            yield key, self._decoded(key, raw, kind)

    def _decoded(self, key: bytes, raw: bytes, kind: type[V]) -> V:
        known = self._known.get(key)
        if known is not None and known[0] is raw:
            return known[1]  # type: ignore[return-value]  # one key always holds one type
        value = codec.trusted(kind, raw)
        self._known[key] = (raw, value)
        return value


@dataclass
class Acting:
    """A world at which one acts, and what was counted."""

    seed: int
    world: World = field(init=False)
    random: Random = field(init=False)
    deals: Deals = field(init=False)
    counts: Counter[str] = field(init=False, default_factory=Counter)
    codes: Counter[str] = field(init=False, default_factory=Counter)
    numbers: list[str] = field(init=False, default_factory=list)
    """Every voucher that was accepted."""
    checked_at: int = field(init=False, default=0)
    remembering: Remembering = field(init=False)
    tell: Callable[[str], object] = field(default=lambda _: None)
    """Told of every tenth look at the whole state, so that a long run can be watched."""

    def __post_init__(self) -> None:
        self.world = World(seed=self.seed, verify=False, joining=GUARANTORS)
        self.random = Random(self.seed)
        self.deals = Deals(self.world)
        self.remembering = Remembering(self.world.backing)

    def somewhere(self) -> tuple[Voucher, Holding]:
        """A holding of a client, of any voucher."""
        while True:
            number = self.random.choice(self.numbers)
            holding = self.random.choice(api.holdings(self.world.reader, number))
            if holding.sponsor == CLIENTS[self.world.owner_of[holding.tag]]:
                return self.deals.found(number), holding

    def carrier(self, tag: str) -> str:
        """The sponsor of a client."""
        return CLIENTS[self.world.owner_of[tag]]

    def do(
        self, kind: str, args: msgspec.Struct, by: str, content: Mapping[str, msgspec.Struct] | None = None
    ) -> Answer:
        """One act in a block of its own; what an honest gateway refuses before it signs is counted too."""
        carrier = by if by in self.world.members else self.carrier(by)
        try:
            signed = self.world.act(kind, args, by=by, content=content)
        except Refused as refused:
            self.counts["refused before signing"] += 1
            return NotTaken("", refused.code, "")
        return self.note(kind, self.world.submit([signed], carrier=carrier)[0])

    def note(self, kind: str, answer: Answer) -> Answer:
        """Count an answer, and check the whole state where it is time."""
        self.codes[answer.code] += 1
        self.counts["operations"] += 1
        if answer.code == "DONE":
            self.counts[kind] += 1
        if self.world.state.height - self.checked_at >= FULL_EVERY:
            self.check()
        return answer

    def check(self) -> None:
        """The whole state."""
        self.checked_at = self.world.state.height
        self.world.history.clear()
        self.counts["full checks"] += 1
        faults = self.world.check(self.remembering)
        if self.counts["full checks"] % 10 == 0:
            self.tell(
                f"height {self.checked_at}: {len(self.numbers)} vouchers, {self.counts['splits']} splits\n"
            )
        if faults or self.codes["QUARANTINED"] or self.codes["INTERNAL"]:
            raise VolumeFailed(f"height {self.checked_at}: {faults[:5]} {dict(self.codes)}")

    def go_to(self, day: str, hour: int) -> None:
        """Let time pass."""
        self.world.advance(max(self.world.time_ms + 1, instant_ms(parse_date(day), hour)))
