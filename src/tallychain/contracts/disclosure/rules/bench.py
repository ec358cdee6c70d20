"""The rows of one issuer while facts are added to them: each is read once and written once."""

from msgspec.structs import replace

from tallychain.contracts.disclosure.events import RecordCorrected
from tallychain.contracts.disclosure.months import closes_ms, last_day, month_of, shifted
from tallychain.contracts.disclosure.policies import figures_on
from tallychain.contracts.disclosure.state import (
    ACCOUNTS,
    ARREARS,
    CLOSED,
    MONTHS,
    OPEN,
    RECORDS,
    Account,
    Arrear,
    MonthFacts,
    Record,
)
from tallychain.ledger import limits
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import Moment, Step, Timeline


def until_closed(month: str, state: Reader) -> Timeline:
    """A month is open until it is closed on the day that the policy of its last day names; the last month of all time stays open."""
    figures, _version = figures_on(state, last_day(month))
    at_ms = closes_ms(month, figures.close_day)
    return Timeline(OPEN, (Step(at_ms, CLOSED),) if at_ms < limits.TIME_MS else ())


class Bench:
    """A work-bench for one issuer and one voucher; `change` gives what has come of it."""

    def __init__(self, issuer: str, voucher: str, state: Reader, now: Moment) -> None:
        self._state = state
        self._issuer, self._voucher = issuer, voucher
        month = month_of(now.time_ms)
        self._account = state.get(ACCOUNTS, issuer) or Account(
            issuer, month, 0, 0, 0, "", until_closed(month, state)
        )
        self._months: dict[str, MonthFacts] = {}
        self._records: dict[str, Record] = {}
        self.arrear = state.get(ARREARS, issuer, voucher)
        self._had_arrear = self.arrear is not None
        self._corrections: tuple[RecordCorrected, ...] = ()

    def add(self, month: str, more: MonthFacts) -> None:
        """Add to a month; where it is closed already, also to what the account carries on from it."""
        self._months[month] = summed(self._month(month), more)
        if month < self._account.month:
            self._account = carried(self._account, more)

    def correct(self, month: str, cause: str, more: MonthFacts) -> None:
        """Add what belongs to a month and was not known at its time; if its record is out, say beside it what it lacks."""
        self.add(month, more)
        if month >= self._account.month:
            return
        through = shifted(self._account.month, -1)
        touched = month
        while touched <= through:
            self._bump(touched)
            touched = shifted(touched, 1)
        self._corrections += (
            RecordCorrected(
                issuer=self._issuer,
                voucher=self._voucher,
                month=month,
                through=through,
                cause=cause,
                missed=more.missed,
                overdue=more.overdue,
                overdue_events=more.overdue_events,
            ),
        )

    def owed_late(self, month: str, amount: int, *, overdue: bool) -> None:
        """Note that something was owed at the cut-off, or is overdue."""
        stood = self.arrear or Arrear(self._issuer, self._voucher, month, 0, "", 0)
        if overdue:
            self.arrear = replace(stood, overdue_month=month, overdue=amount)
        else:
            self.arrear = replace(stood, missed=amount)

    def change(self, *, ended: bool) -> Change:
        """All rows that were touched; of a voucher that has ended no arrear is kept."""
        writes: list[Write] = [ACCOUNTS.put(self._account)]
        writes += [MONTHS.put(row) for _month, row in sorted(self._months.items())]
        writes += [RECORDS.put(row) for _month, row in sorted(self._records.items())]
        if self.arrear is not None and not ended:
            writes.append(ARREARS.put(self.arrear))
        elif self.arrear is not None and self._had_arrear:
            writes.append(ARREARS.delete(self.arrear))
        return Change(tuple(writes), self._corrections)

    def _month(self, month: str) -> MonthFacts:
        known = self._months.get(month) or self._state.get(MONTHS, self._issuer, month)
        return known or MonthFacts(self._issuer, month)

    def _bump(self, month: str) -> None:
        record = self._records.get(month) or self._state.get(RECORDS, self._issuer, month)
        if record is not None:
            self._records[month] = replace(record, corrections=record.corrections + 1)


def summed(row: MonthFacts, more: MonthFacts) -> MonthFacts:
    """Both together, under the name of the first; what is added may be below 0."""
    return MonthFacts(
        issuer=row.issuer,
        month=row.month,
        accepted=row.accepted + more.accepted,
        vouchers=row.vouchers + more.vouchers,
        yuan_days=row.yuan_days + more.yuan_days,
        discharged=row.discharged + more.discharged,
        overdue=row.overdue + more.overdue,
        overdue_events=row.overdue_events + more.overdue_events,
        overdue_ended=row.overdue_ended + more.overdue_ended,
        in_time=row.in_time + more.in_time,
        missed=row.missed + more.missed,
    )


def carried(account: Account, more: MonthFacts) -> Account:
    """The account with what a month has brought."""
    return replace(
        account,
        accepted=account.accepted + more.accepted,
        balance=account.balance + more.accepted - more.discharged,
        overdue_balance=account.overdue_balance + more.overdue - more.overdue_ended,
    )
