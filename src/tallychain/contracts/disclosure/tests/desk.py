"""A desk for disclosure: the desk of settlement with this contract's due work, and every fact written down as a reader of the ledger gets it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tallychain.contracts.disclosure import CONTRACT, api, rules
from tallychain.contracts.disclosure.events import MonthPublished
from tallychain.contracts.disclosure.operations import Remark
from tallychain.contracts.vouchers import CONTRACT as VOUCHERS
from tallychain.contracts.vouchers.settling.tests.desk import Desk as SettlingDesk
from tallychain.contracts.vouchers.state import Voucher
from tallychain.contracts.vouchers.tests.desk import CALENDAR_2027, at, member_row, person
from tallychain.instruments.calendar import add_months, format_date, local_day
from tallychain.ledger import codec, identity
from tallychain.ledger.contract import Change, Event
from tallychain.ledger.due import DueWork
from tallychain.ledger.identity import MEMBERS
from tallychain.ledger.parameters import CALENDARS, POLICIES

Facts = list[dict[str, Any]]
SPONSORS = ("bank-a", "bank-b", "settle-a", "ce-b", "factor-a")


@dataclass
class Desk(SettlingDesk):
    """Rules at work, with the whole history of facts."""

    facts: Facts = field(default_factory=list)
    published: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.due = DueWork((*VOUCHERS.due, *CONTRACT.due))
        self.full_every = 50
        factor = member_row("factor-a", (identity.FACTOR,))
        self.state.write([CALENDARS.put(CALENDAR_2027), MEMBERS.put(factor)])

    def adopt(self, change: Change) -> Change:
        super().adopt(change)
        for event in change.events:
            self.published.append(event)
            row = msgspec.json.decode(codec.encode(event))
            self.facts.append({"time_ms": self.now_ms, "event": row})
        return change

    def until(self, day: str, hour: int = 9, minute: int = 0) -> None:
        """Time goes on, and whatever is due on the way is written down at its instant, as blocks do."""
        to_ms = at(day, hour, minute)
        while (next_ms := self.due.next_ms(self.state, self.outages)) is not None and next_ms <= to_ms:
            self.now_ms = max(self.now_ms, next_ms)
            self.write_due()
        self.now_ms = to_ms

    def due_in(self, months: int, face: int = 1_000_000, sponsor: str = "bank-a") -> Voucher:
        """A voucher that is accepted now and due some months from now."""
        self.acts += 1
        maturity = format_date(add_months(local_day(self.now_ms), months))
        return self.active(receiver=person(f"r{self.acts}", sponsor), face=face, nominal_maturity=maturity)

    def financed(self, funder: str, issuer: str = "ce-a") -> None:
        """What the end of a financing tells, as a fact as well."""
        self.adopt(api.financed(self.state, issuer, funder, self.now_ms))
        event = {"event": "financing.completed", "issuer": issuer, "funder": funder, "since_ms": self.now_ms}
        self.facts.append({"time_ms": self.now_ms, "event": event})

    def enough(self) -> None:
        """As many sponsors and funders as further figures need, each in this month."""
        for sponsor in SPONSORS:
            self.due_in(1, 100, sponsor)
        for funder in ("bank-a", "bank-b", "factor-a"):
            self.financed(funder)

    def voted(
        self, version: int, values: Mapping[str, int | str], effective_from: str = "2026-01-01"
    ) -> None:
        """A policy as a vote makes it."""
        policy = api.example_policy(version, effective_from)
        policy = msgspec.structs.replace(policy, values={**policy.values, **values})
        self.state.write([POLICIES.put(policy)])
        event = {
            "event": "governance.policy_set",
            "policy": policy.kind,
            "version": version,
            "effective_from": effective_from,
            "values": policy.values,
        }
        self.facts.append({"time_ms": self.now_ms, "event": event})

    def remark(self, month: str, text: str = "Said.", by: str = "ce-a") -> Change:
        return self.adopt(rules.remark(Remark(month, text), self.by(by), self.state))

    def months(self, issuer: str = "ce-a") -> list[MonthPublished]:
        """Every record as it was published."""
        return [
            event for event in self.published if isinstance(event, MonthPublished) and event.issuer == issuer
        ]

    def month(self, month: str, issuer: str = "ce-a") -> MonthPublished:
        return next(record for record in self.months(issuer) if record.month == month)
