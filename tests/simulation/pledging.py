"""Acts of pledge planned from the committed state: a holder pledges, and whoever is waited for answers, or somebody who may not."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random

from msgspec import Struct

from tallychain.contracts.vouchers.pledging.operations import (
    AcceptPledge,
    ClaimPledge,
    ContestClaim,
    CreatePledge,
    EnforcePledge,
    RecallPledge,
    ReleasePledge,
)
from tallychain.contracts.vouchers.pledging.state import (
    BINDING,
    CLAIMED,
    CONTESTED,
    IN_COURT,
    PLEDGED,
    PLEDGES,
    PROPOSED,
    TAIL_DAYS,
    UNCONTESTED,
    Pledge,
)
from tallychain.contracts.vouchers.state import ACTIVE, HOLDINGS, VOUCHERS
from tallychain.contracts.vouchers.tests.acts import Planned
from tallychain.contracts.vouchers.tests.model import local_date
from tallychain.ledger.timeline import has_passed
from tallychain.ledger.types import MemberId
from tests.simulation.business import StateView

PLEDGEES = ("bank-a", "bank-b", "settle-a", "factor-a")
CERTIFICATE = "c7" * 32
NOTICE = "d1" * 32
NOBODYS = "ab" * 32
Answer = Callable[[Pledge], Planned]


def act(random: Random, view: StateView) -> Planned | None:
    """Some pledge goes one step on, or a new one is proposed."""
    found = living(view)
    if found and random.random() < 0.75:
        row = random.choice(found)
        return random.choice(ANSWERS[row.status_at(view.moment())])(row)
    return propose(random, view)


def living(view: StateView) -> list[Pledge]:
    """Every pledge that binds units, as of now."""
    now = view.moment()
    return [row for row in view.reader.iterate(PLEDGES) if row.status_at(now) in BINDING]


def propose(random: Random, view: StateView) -> Planned | None:
    """A holder pledges a whole holding, for a day or for longer."""
    now, found = view.moment(), []
    for row in view.reader.iterate(HOLDINGS):
        voucher = view.reader.get(VOUCHERS, row.voucher)
        if row.encumbrances or voucher is None or voucher.status_at(now) != ACTIVE:
            continue
        if not has_passed(voucher.blackout_ms, now):
            found.append((row, voucher))
    if not found:
        return None
    row, voucher = random.choice(found)
    latest = date.fromisoformat(voucher.nominal_maturity) + timedelta(days=TAIL_DAYS)
    until = min(latest, local_date(view.now_ms) + timedelta(days=random.choice((1, 1, 3, 60))))
    pledgee = MemberId(random.choice(PLEDGEES))
    args = CreatePledge(voucher.number, row.first, pledgee, until.isoformat())
    return Planned("pledge.create", args, row.tag)


def _by_pledgee(name: str, args: Struct, row: Pledge) -> Planned:
    return Planned(name, args, row.pledgee)


def _accept(row: Pledge) -> Planned:
    return _by_pledgee("pledge.accept", AcceptPledge(row.voucher, row.id, CERTIFICATE), row)


def _release(row: Pledge) -> Planned:
    return _by_pledgee("pledge.release", ReleasePledge(row.voucher, row.id), row)


def _claim(row: Pledge) -> Planned:
    return _by_pledgee("pledge.claim", ClaimPledge(row.voucher, row.id), row)


def _enforce(row: Pledge) -> Planned:
    return _by_pledgee("pledge.enforce", EnforcePledge(row.voucher, row.id, NOTICE), row)


def _recall(row: Pledge) -> Planned:
    return Planned("pledge.recall", RecallPledge(row.voucher, row.id), row.tag)


def _contest(row: Pledge) -> Planned:
    return Planned("pledge.contest", ContestClaim(row.voucher, row.id, row.claim), row.tag)


ANSWERS: Mapping[str, tuple[Answer, ...]] = {
    PROPOSED: (_accept, _accept, _accept, _accept, _recall, _release),
    PLEDGED: (_claim, _claim, _claim, _release),
    CLAIMED: (_contest, _contest, _contest, _release),
    CONTESTED: (_claim, _enforce, _enforce, _release),
    IN_COURT: (_claim, _claim, _enforce, _release),
    UNCONTESTED: (_release,),
}


# --- with one mistake


def wrong(random: Random, view: StateView) -> Planned | None:
    """Out of turn, by somebody else, or about what was never pledged."""
    found = living(view)
    if not found or random.random() < 0.35:
        return _wrong_proposal(random, view)
    row = random.choice(found)
    other = next(name for name in PLEDGEES if name != row.pledgee)
    return random.choice(
        (
            Planned("pledge.accept", AcceptPledge(row.voucher, row.id, CERTIFICATE), row.pledgee),
            Planned("pledge.claim", ClaimPledge(row.voucher, row.id), row.pledgee),
            Planned("pledge.enforce", EnforcePledge(row.voucher, row.id, NOTICE), row.pledgee),
            Planned("pledge.contest", ContestClaim(row.voucher, row.id, NOBODYS), row.tag),
            Planned("pledge.recall", RecallPledge(row.voucher, row.id), row.tag),
            Planned("pledge.release", ReleasePledge(row.voucher, row.id), other, "NOT_THE_PLEDGEE"),
            Planned("pledge.release", ReleasePledge(row.voucher, NOBODYS), row.pledgee, "PLEDGE_NOT_FOUND"),
        )
    )


def _wrong_proposal(random: Random, view: StateView) -> Planned | None:
    good = propose(random, view)
    if good is None or not isinstance(good.args, CreatePledge):
        return None
    args = good.args
    other, code = random.choice(
        (
            (CreatePledge(args.voucher, args.holding, MemberId("ce-a"), args.until), "PLEDGEE_NOT_ELIGIBLE"),
            (
                CreatePledge(args.voucher, args.holding, args.pledgee, local_date(view.now_ms).isoformat()),
                "PLEDGE_END_NOT_POSSIBLE",
            ),
        )
    )
    return Planned("pledge.create", other, good.by, code)
