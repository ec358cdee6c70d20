"""A desk for the rules of pledges: the desk of settlement, and one act at a time of holders and pledgees."""

from dataclasses import dataclass

import pytest

from tallychain.contracts.vouchers.pledging import rules
from tallychain.contracts.vouchers.pledging.operations import (
    AcceptPledge,
    ClaimPledge,
    ContestClaim,
    CreatePledge,
    EnforcePledge,
    RecallPledge,
    ReleasePledge,
)
from tallychain.contracts.vouchers.pledging.state import PLEDGES
from tallychain.contracts.vouchers.settling.tests.desk import DOCUMENT, NOON_ON_THE_DAY, S1, S2, S3
from tallychain.contracts.vouchers.settling.tests.desk import Desk as SettlingDesk
from tallychain.contracts.vouchers.tests.cover import red_lettered
from tallychain.contracts.vouchers.tests.desk import at, fields_of, row, units
from tallychain.ledger.contract import Change
from tallychain.ledger.holder import Receiver
from tallychain.ledger.refusals import Refused

REGISTRATION = "c7" * 32
UNTIL = "2026-09-30"
S3_FIRST = 30_000_001


@dataclass
class Desk(SettlingDesk):
    """Rules of pledges at work."""

    def pledge(
        self,
        number: str,
        *,
        holding: int = 1,
        pledgee: str = "bank-b",
        until: str = UNTIL,
        by: Receiver = S1,
        via: str | None = None,
    ) -> str:
        """Propose a pledge; its name."""
        call = self.by_tag(by, via, ("identity", "terms"))
        self.adopt(rules.create(CreatePledge(number, units(holding), pledgee, until), call, self.state))
        return call.operation

    def recall_pledge(self, number: str, name: str, by: Receiver = S1, via: str | None = None) -> Change:
        return self.adopt(rules.recall(RecallPledge(number, name), self.by_tag(by, via), self.state))

    def accept_pledge(self, number: str, name: str, by: str = "bank-b") -> Change:
        args = AcceptPledge(number, name, REGISTRATION)
        return self.adopt(rules.accept(args, self.by(by), self.state))

    def release_pledge(self, number: str, name: str, by: str = "bank-b") -> Change:
        return self.adopt(rules.release(ReleasePledge(number, name), self.by(by), self.state))

    def claim_pledge(self, number: str, name: str, by: str = "bank-b") -> str:
        """Claim; the operation that a contest names."""
        call = self.by(by, ("claim",))
        self.adopt(rules.claim(ClaimPledge(number, name), call, self.state))
        return call.operation

    def contest(
        self, number: str, name: str, claim: str, by: Receiver = S1, via: str | None = None
    ) -> Change:
        args = ContestClaim(number, name, claim)
        return self.adopt(rules.contest(args, self.by_tag(by, via), self.state))

    def enforce(self, number: str, name: str, by: str = "bank-b") -> Change:
        args = EnforcePledge(number, name, DOCUMENT)
        return self.adopt(rules.enforce(args, self.by(by), self.state))

    def pledged(self, number: str) -> str:
        """The whole voucher, which S1 holds, pledged to bank-b."""
        name = self.pledge(number)
        self.accept_pledge(number, name)
        return name

    def pledge_status(self, name: str) -> str:
        found = self.state.get(PLEDGES, name)
        return "GONE" if found is None else found.status_at(self.now)

    def third_pledged(self) -> tuple[str, str]:
        """V1 of the study with its three holders; S3 has pledged its 125,000.01 to bank-b, payees are named; noon of the black-out's second day."""
        number = self.active().number
        self.pass_on(number, S1, row(1, 30_000_000, S2))
        self.pass_on(number, S1, row(S3_FIRST, 42_500_001, S3), holding=S3_FIRST)
        name = self.pledge(number, holding=S3_FIRST, by=S3)
        self.accept_pledge(number, name)
        self.now_ms = at("2026-09-10", 12)
        for first, sponsor in ((1, "bank-a"), (S3_FIRST, "bank-b"), (42_500_002, "bank-a")):
            self.name_payee(number, first, sponsor)
        return number, name

    def under_review(self, number: str) -> None:
        """A red letter over the whole of what a voucher rests on, which waits for a review."""
        self.state.write(red_lettered(self.state, number))

    def at_maturity(self) -> None:
        self.now_ms = NOON_ON_THE_DAY
        self.write_due()


def refused(kind: type[Refused], act: object, *args: object, **named: object) -> dict[str, str | int]:
    assert callable(act)
    with pytest.raises(kind) as found:
        act(*args, **named)
    assert type(found.value) is kind
    return fields_of(found.value)
