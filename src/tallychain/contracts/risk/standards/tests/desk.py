"""A desk for standards: funders, and one call at a time.  No signatures, no blocks."""

import msgspec

from tallychain.contracts.risk import CONTRACT
from tallychain.contracts.risk.standards.declared import EXAMPLE
from tallychain.contracts.risk.standards.operations import EndStandard, Priced, Publish
from tallychain.contracts.risk.standards.rules import end, publish
from tallychain.contracts.risk.standards.state import STANDARDS, Standard
from tallychain.contracts.risk.state import ENDED
from tallychain.contracts.risk.tests.desk import Desk
from tallychain.ledger.contract import Change

NAME = "FACTORING-2026"
GRID = (Priced("A", 1, 180, 36_500),)


def terms(**changed: object) -> Publish:
    """The example of the declarations with some fields changed."""
    return msgspec.structs.replace(EXAMPLE, **changed)


class Standards(Desk):
    """The desk of risk with the acts of funders."""

    def publish(self, by: str = "bank-a", **changed: object) -> str:
        """A standard, with some fields changed; returns its name."""
        call = self.call(by)
        self.adopt(publish(terms(**changed), call, self.state))
        return call.operation

    def end(self, standard: str, by: str = "bank-a") -> Change:
        return self.adopt(end(EndStandard(standard), self.call(by), self.state))

    def standard(self, name: str, funder: str = "bank-a") -> Standard | None:
        return self.state.get(STANDARDS, funder, name)

    def status(self, name: str, funder: str = "bank-a") -> str:
        found = self.standard(name, funder)
        return ENDED if found is None else found.status_at(self.now)


__all__ = ["CONTRACT", "GRID", "NAME", "Standards", "terms"]
