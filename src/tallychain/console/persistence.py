"""Persistently overdue issuers as people are told of them: since when, by which record and rule, and when by rule it is looked at again."""

from dataclasses import dataclass
from datetime import date

import msgspec

from tallychain.console.desk import Row
from tallychain.console.visits import Visit
from tallychain.contracts.disclosure.months import closes_ms, last_day, shifted
from tallychain.contracts.disclosure.policies import DISCLOSURE, Figures
from tallychain.instruments.calendar import local_day
from tallychain.ledger.parameters import POLICIES, PolicyMissing, policy_on
from tallychain.ledger.state import Reader


@dataclass(frozen=True, slots=True)
class Persistent:
    """Why an issuer issues nothing, and what lifts it."""

    issuer: str
    since: str
    month: str
    """Of the newest record, which found it so."""
    events: int
    """Overdue events that this record counts."""
    figures: Figures
    article: str
    following: str
    """The month whose record looks at it again."""
    closes: date
    """The day at whose beginning that record is made."""

    @property
    def policy(self) -> str:
        """The policy that the rule stands in."""
        return DISCLOSURE


async def persistent_of(visit: Visit, record: Row) -> Persistent | None:
    """What to tell of an issuer by its newest record; None where the record does not find it persistently overdue."""
    if not record["persistent_since"]:
        return None
    month = str(record["month"])
    following = shifted(month, 1)

    def ruled(state: Reader) -> tuple[Figures, str, int]:
        figures, article = _figures_on(state, last_day(month))
        return figures, article, _figures_on(state, last_day(following))[0].close_day

    figures, article, close_day = await visit.gateway.state.evaluate(ruled)
    return Persistent(
        issuer=str(record["issuer"]),
        since=str(record["persistent_since"]),
        month=month,
        events=int(record["overdue_events"]),
        figures=figures,
        article=article,
        following=following,
        closes=local_day(closes_ms(following, close_day)),
    )


async def persistent_issuer(visit: Visit, issuer: str) -> Persistent | None:
    """The same, where the newest record is not at hand."""
    newest = await visit.desk.rows("disclosed_issuers", issuer=issuer)
    if not newest or not newest[0]["persistent_since"]:
        return None
    return await persistent_of(visit, await visit.desk.row("disclosures", issuer, str(newest[0]["month"])))


def _figures_on(state: Reader, day: str) -> tuple[Figures, str]:
    """The figures that hold on a day and the article of this rule, as the contract finds them, by rows that a gateway can ask for."""
    try:
        policy = policy_on(state, DISCLOSURE, day)
    except PolicyMissing:
        first = state.get(POLICIES, DISCLOSURE, 1)
        if first is None:
            return Figures(), ""
        policy = first
    return msgspec.convert(policy.values, Figures), policy.article_of("persistent_events")
