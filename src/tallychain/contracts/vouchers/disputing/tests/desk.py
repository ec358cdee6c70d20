"""A desk for the rules of disputes: the desk of courts, and one act at a time of issuer and holder."""

from dataclasses import dataclass

from tallychain.contracts.vouchers.courting.tests.desk import Desk as CourtDesk
from tallychain.contracts.vouchers.disputing import rules
from tallychain.contracts.vouchers.disputing.operations import (
    AnswerDispute,
    CloseDispute,
    OpenDispute,
    ReferDispute,
)
from tallychain.contracts.vouchers.disputing.state import DISPUTES
from tallychain.contracts.vouchers.settling.tests.desk import DOCUMENT, S1
from tallychain.contracts.vouchers.tests.desk import units
from tallychain.ledger.contract import Change
from tallychain.ledger.holder import Receiver


@dataclass
class Desk(CourtDesk):
    """Rules of disputes at work."""

    def dispute(
        self,
        number: str,
        first: int = 1,
        last: int = 100_000_000,
        *,
        holding: int = 1,
        covered: int = 0,
        by: str = "ce-a",
    ) -> str:
        """Open a dispute; its name."""
        call = self.by(by, ("ground",))
        args = OpenDispute(
            number, units(holding), units(first), units(last), covered or last - first + 1, DOCUMENT
        )
        self.adopt(rules.open_dispute(args, call, self.state))
        return call.operation

    def answer(
        self, number: str, name: str, *, admits: bool = False, by: Receiver = S1, via: str | None = None
    ) -> Change:
        args = AnswerDispute(number, name, admits)
        return self.adopt(rules.answer(args, self.by_tag(by, via), self.state))

    def refer(self, number: str, name: str, by: str = "ce-a") -> Change:
        args = ReferDispute(number, name, DOCUMENT)
        return self.adopt(rules.refer(args, self.by(by, ("ground",)), self.state))

    def close(self, number: str, name: str, by: str = "ce-a") -> Change:
        args = CloseDispute(number, name, DOCUMENT)
        return self.adopt(rules.close(args, self.by(by, ("ground",)), self.state))

    def dispute_status(self, number: str, name: str) -> str:
        found = self.state.get(DISPUTES, number, name)
        return "(nothing)" if found is None else found.status_at(self.now)
