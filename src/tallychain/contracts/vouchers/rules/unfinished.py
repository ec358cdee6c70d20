"""How an early redemption or a recourse ends without its money, by somebody's word or by time, and how its lock leaves the holding with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from msgspec.structs import replace

from tallychain.contracts.vouchers.recoursing.state import Recourse
from tallychain.contracts.vouchers.redeeming.state import Redemption
from tallychain.contracts.vouchers.rules.change import released
from tallychain.contracts.vouchers.rules.find import the_holding
from tallychain.contracts.vouchers.state import HOLDINGS, Holding
from tallychain.ledger.contract import Change, DueKind, Event
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Table, Write
from tallychain.ledger.timeline import Moment, after_next_step, later_statuses, settled

Asked = TypeVar("Asked", Redemption, Recourse)
"""The last one of a holding is remembered: asked for, agreed to, and then paid or not."""


@dataclass(frozen=True, slots=True)
class Unfinished(Generic[Asked]):
    """The ways in which one kind of these ends: nothing is bound while it waits for an answer, the holding while it waits for money."""

    name: str
    table: Table[Asked]
    event: Callable[[str, str, str, int], Event]
    """That it is over, of its id, its voucher, its last status and since when."""
    waiting: str
    """The status in which it waits for an answer."""
    unanswered: str
    agreed: str
    """The status in which it waits for money, and the units are bound."""
    unpaid: str
    per_block: int
    """Rows of it that due work writes down in a block, at most."""

    def ended(self, row: Asked, status: str, since_ms: int) -> Change:
        """One that binds nothing is over."""
        later = self.table.put(replace(row, timeline=settled(status)))
        return Change((later,), (self.event(row.id, row.voucher, status, since_ms),))

    def written_down(self, row: Asked, now: Moment) -> tuple[Write, Event]:
        """Write that no money has come in time, where due work has not come to it yet; the holding is left to the caller."""
        since_ms = min(at_ms for at_ms, _ in later_statuses(row.timeline, now.outages))
        later = self.table.put(replace(row, timeline=settled(self.unpaid)))
        return later, self.event(row.id, row.voucher, self.unpaid, since_ms)

    def replaced(self, stood: Asked, holding: Holding, now: Moment) -> Change:
        """What is told, and unlocked, of one that is over without anybody having written it down; another one takes its row."""
        status = stood.timeline.status
        if status == self.waiting:
            return Change((), self.ended(stood, self.unanswered, now.time_ms).events)
        if status != self.agreed:
            return Change()
        _, event = self.written_down(stood, now)
        return Change((HOLDINGS.put(released(holding, stood.id)),), (event,))

    def by_time(self, row: Asked, since_ms: int, _now: Moment, state: Reader) -> Change:
        """Nobody has answered, or no money has come: then the units are free."""
        change = self.ended(row, after_next_step(row.timeline).status, since_ms)
        if row.timeline.status != self.agreed:
            return change
        holding = the_holding(row.voucher, row.first, state)
        return change + Change((HOLDINGS.put(released(holding, row.id)),))

    def due(self) -> DueKind:
        """What time makes of them, written down."""
        return DueKind(
            name=self.name,
            table=self.table,
            budget=self.per_block,
            timeline=lambda row: row.timeline,
            change=self.by_time,
        )
