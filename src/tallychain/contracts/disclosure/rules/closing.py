"""A month is closed: its figures become a record that stays as it is.

Only the months of one issuer are added up, at most sixty small rows, and a few issuers a block; how many vouchers and holdings there are does not
matter.  Facts carry their own instant, so closing late changes no figure.
"""

from typing import Final

from msgspec.structs import replace

from tallychain.contracts.disclosure.events import MonthPublished
from tallychain.contracts.disclosure.months import MONTHS_OF_A_YEAR, last_day, shifted, within
from tallychain.contracts.disclosure.policies import Figures, figures_on
from tallychain.contracts.disclosure.rules.bench import carried, until_closed
from tallychain.contracts.disclosure.rules.further import further
from tallychain.contracts.disclosure.state import (
    ACCOUNTS,
    CONTRIBUTORS,
    LOOK_BACK_MONTHS,
    MONTHS,
    RECORDS,
    Account,
    Contributor,
    MonthFacts,
    Record,
)
from tallychain.ledger.contract import Change, DueKind
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import Moment

ISSUERS_PER_BLOCK: Final = 20
"""Five hundred issuers are closed in twenty-five blocks."""


def close(account: Account, since_ms: int, _now: Moment, state: Reader) -> Change:
    """Close the month that is next, publish its record, and let what is older than anything looks back leave the state."""
    issuer, month = account.issuer, account.month
    figures, version = figures_on(state, last_day(month))
    rows = state.scan(MONTHS, issuer)
    facts = next((row for row in rows if row.month == month), MonthFacts(issuer, month))
    later = carried(account, facts)
    record = _record(later, facts, rows, figures, version, since_ms)
    since = _persistent_since(later, facts, record.overdue_events, figures)
    contributors = state.scan(CONTRIBUTORS, issuer)
    record = replace(
        record,
        persistent_since=since,
        further=further(record, since, _last(rows, month, MONTHS_OF_A_YEAR), contributors, figures),
    )
    following = shifted(month, 1)
    later = replace(later, month=following, persistent_since=since, timeline=until_closed(following, state))
    writes = (ACCOUNTS.put(later), RECORDS.put(record), *_leaving(issuer, month, rows, contributors, state))
    return Change(writes, (_published(record),))


def _record(
    later: Account,
    facts: MonthFacts,
    rows: list[MonthFacts],
    figures: Figures,
    version: int,
    since_ms: int,
) -> Record:
    month = facts.month
    year = [row for row in rows if month[:4] == row.month[:4] and row.month <= month]
    return Record(
        issuer=facts.issuer,
        month=month,
        policy=version,
        accepted_month=facts.accepted,
        accepted_year=sum(row.accepted for row in year),
        accepted=later.accepted,
        balance=later.balance,
        overdue=sum(row.overdue for row in _last(rows, month, LOOK_BACK_MONTHS)),
        overdue_balance=later.overdue_balance,
        overdue_events=sum(row.overdue_events for row in _last(rows, month, figures.persistent_months)),
        persistent_since="",
        further=None,
        remarks=0,
        corrections=0,
        closed_ms=since_ms,
    )


def _persistent_since(account: Account, facts: MonthFacts, events: int, figures: Figures) -> str:
    """Persistently overdue (持续逾期): so many events, and something overdue at the month's end or become so in it (SHCPE rules, study 5.3)."""
    if events >= figures.persistent_events and (account.overdue_balance or facts.overdue_events):
        return account.persistent_since or facts.month
    return ""


def _last(rows: list[MonthFacts], month: str, months: int) -> list[MonthFacts]:
    return [row for row in rows if within(row.month, month, months)]


def _leaving(
    issuer: str,
    month: str,
    rows: list[MonthFacts],
    contributors: list[Contributor],
    state: Reader,
) -> tuple[Write, ...]:
    """What no later month looks back at."""
    following = shifted(month, 1)
    oldest, recent = shifted(following, 1 - LOOK_BACK_MONTHS), shifted(following, 1 - MONTHS_OF_A_YEAR)
    record = state.get(RECORDS, issuer, shifted(month, -LOOK_BACK_MONTHS))
    return (
        *(MONTHS.delete(row) for row in rows if row.month < oldest),
        *(CONTRIBUTORS.delete(row) for row in contributors if row.months[-1] < recent),
        *(() if record is None else (RECORDS.delete(record),)),
    )


def _published(record: Record) -> MonthPublished:
    return MonthPublished(
        issuer=record.issuer,
        month=record.month,
        policy=record.policy,
        accepted_month=record.accepted_month,
        accepted_year=record.accepted_year,
        accepted=record.accepted,
        balance=record.balance,
        overdue=record.overdue,
        overdue_balance=record.overdue_balance,
        overdue_events=record.overdue_events,
        persistent_since=record.persistent_since,
        further=record.further,
        since_ms=record.closed_ms,
    )


DUE_KINDS = (
    DueKind(
        name="disclosure",
        table=ACCOUNTS,
        budget=ISSUERS_PER_BLOCK,
        timeline=lambda row: row.timeline,
        change=close,
    ),
)
