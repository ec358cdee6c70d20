"""How much each member may send: a sustained rate, of which twice a second's worth may come at once."""

from dataclasses import dataclass

from tallychain.engine.port import EngineRefused


@dataclass(slots=True)
class _Allowance:
    """What a member may still send now; it fills up again with time."""

    operations: float
    at_s: float


class Rates:
    """Operations a second, member by member; one member's excess costs nobody else anything."""

    def __init__(self, operations_per_s: int) -> None:
        self._per_s = operations_per_s
        self._allowances: dict[str, _Allowance] = {}

    def charge(self, member: str, operations: int, now_s: float) -> None:
        """Count operations against a member; raises `EngineRefused` with `RATE_EXCEEDED` and the time to wait."""
        full = 2.0 * self._per_s
        allowance = self._allowances.setdefault(member, _Allowance(full, now_s))
        passed_s = max(0.0, now_s - allowance.at_s)
        allowance.operations = min(full, allowance.operations + passed_s * self._per_s)
        allowance.at_s = now_s
        if allowance.operations < operations:
            wait_ms = int(1_000 * (operations - allowance.operations) / self._per_s) + 1
            raise EngineRefused("RATE_EXCEEDED", f"The member {member} sends too much.", wait_ms)
        allowance.operations -= operations
