"""What a proposal or a row of acts would do: dry runs of the ledger's own rules over rows that are fetched as the run asks for them.

Every attempt starts from the rows known so far and runs until it needs another one; so the rules stay pure functions of a state, and a
gateway, which has no state of its own, still runs exactly the code by which the ledger would act.
"""

from collections.abc import Awaitable, Callable, Iterator
from typing import Final, TypeVar

from msgspec import Struct

from tallychain.contracts.documents import api as documents
from tallychain.contracts.governance import api as governance
from tallychain.contracts.governance.api import Others, Preview
from tallychain.contracts.governance.changes import ProposedChange
from tallychain.engine.port import Engine, EngineUnavailable
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.problems import Problem
from tallychain.ledger.contract import AnyOperation, Call, Change
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.outages import all_outages
from tallychain.ledger.state import Committed, Overlay, Reader
from tallychain.ledger.timeline import Moment
from tallychain.ledger.types import Height, TimeMs

R = TypeVar("R")

_FETCHES: Final = 400


class _Needed(Exception):
    """The run stops here until a row, or all rows under a prefix, are known."""

    def __init__(self, key: bytes, *, is_prefix: bool) -> None:
        super().__init__(key)
        self.key = key
        self.is_prefix = is_prefix


class _Known:
    """The rows fetched so far, as the backing of a state."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes | None] = {}
        self.ranges: dict[bytes, list[tuple[bytes, bytes]]] = {}

    def get(self, key: bytes) -> bytes | None:
        if key not in self.rows:
            raise _Needed(key, is_prefix=False)
        return self.rows[key]

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        if prefix not in self.ranges:
            raise _Needed(prefix, is_prefix=True)
        return iter(self.ranges[prefix])


class Foresight:
    """Dry runs for one gateway."""

    def __init__(self, engine: Engine, clock: ChainClock, catalogue: Catalogue) -> None:
        self._engine = engine
        self._clock = clock
        faults = (contract.parameter_faults for contract in catalogue.contracts)
        self._others = Others(tuple(fault for fault in faults if fault is not None))

    async def preview(self, data: ProposedChange) -> Preview:
        """Whom and what a change would touch if it were proposed now; raises `GATEWAY_LEDGER_NOT_REACHED`."""

        def run(state: Reader) -> Preview:
            now = Moment(Height(self._clock.height), TimeMs(self._clock.now_ms()), all_outages(state))
            return governance.preview(state, data, now, self._others)

        return await self._evaluate(run)

    async def day_without_calendar(self) -> str:
        """The first day within the next 30 whose year has no calendar; empty if there is none."""
        now = Moment(Height(self._clock.height), TimeMs(self._clock.now_ms()), ())
        return await self._evaluate(lambda state: governance.day_without_calendar(state, now))

    async def key_leavers(self) -> tuple[str, ...]:
        """Members that are gone and may have the newest fingerprint key."""
        now = Moment(Height(self._clock.height), TimeMs(self._clock.now_ms()), ())
        return await self._evaluate(lambda state: documents.key_leavers(state, now))

    def rehearsal(self) -> "Rehearsal":
        """A place to try acts one after the other, as of this moment."""
        return Rehearsal(self._fetch, self._clock.moment())

    async def _evaluate(self, question: Callable[[Reader], R]) -> R:
        known = _Known()
        for _ in range(_FETCHES):
            try:
                return question(Committed(known))
            except _Needed as needed:
                await self._fetch(known, needed)
        raise Problem("GATEWAY_PREVIEW_TOO_LARGE")

    async def _fetch(self, known: _Known, needed: _Needed) -> None:
        try:
            if needed.is_prefix:
                found = (await self._engine.scan(needed.key)).rows
                known.ranges[needed.key] = found
                known.rows |= dict(found)
            else:
                known.rows[needed.key] = (await self._engine.query(needed.key)).value
        except EngineUnavailable:
            raise Problem("GATEWAY_LEDGER_NOT_REACHED", retry_after_s=2) from None


class Rehearsal:
    """Acts judged by the ledger's own rules, each as if those before it had been done; nothing is sent, and nothing is kept."""

    def __init__(self, fetch: Callable[[_Known, _Needed], Awaitable[None]], now: Moment) -> None:
        self._fetch = fetch
        self._known = _Known()
        self._pending = Overlay(Committed(self._known))
        self.now = now

    async def ask(self, question: Callable[[Reader], R]) -> R:
        """The answer of a pure question, after the acts that were done here.  Raises what it raises, and `GATEWAY_LEDGER_NOT_REACHED`."""
        for _ in range(_FETCHES):
            try:
                return question(self._pending)
            except _Needed as needed:
                await self._fetch(self._known, needed)
        raise Problem("GATEWAY_PREVIEW_TOO_LARGE")

    async def act(self, kind: AnyOperation, args: Struct, call: Call) -> Change:
        """What an act would change, done here; raises `Refused`, and then nothing has changed here."""
        change: Change = await self.ask(lambda state: kind.rule(args, call, state))
        self._pending.write(change.writes)
        return change
