"""Random acts of two courts and the holder, and random silence: every invariant holds and a refusal changes nothing."""

from collections import Counter
from collections.abc import Callable
from random import Random

from tallychain.contracts.vouchers.courting.find import holdings_under
from tallychain.contracts.vouchers.courting.state import FREEZES, STANDING
from tallychain.contracts.vouchers.courting.tests.desk import BUYER, Desk
from tallychain.contracts.vouchers.settling.tests.desk import S1, S2
from tallychain.contracts.vouchers.tests.desk import DAY_MS, row
from tallychain.ledger.refusals import Refused

ACTS = 250
WAITS_MS = (0, 3_600_000, DAY_MS, 12 * DAY_MS)
LIKELY = (60, 25, 12, 3)
FACE = 100_000


def act_on(desk: Desk, number: str, random: Random) -> Callable[[], object]:
    """One act on a voucher, fitting or not."""
    standing = [one.id for one in desk.state.iterate(FREEZES) if one.voucher == number]
    name = random.choice(standing) if standing else "0" * 64
    freeze = desk.state.get(FREEZES, name)
    first = random.randrange(1, FACE)
    last = random.randrange(first, FACE + 1)
    court = random.choice(("court", "courtb"))
    until = random.choice(("2026-04-15", "2026-06-30", "2027-01-31"))
    held = random.choice(desk.holdings(number)).first
    under = () if freeze is None else tuple(one.first for one in holdings_under(freeze, desk.state))
    acts: tuple[Callable[[], object], ...] = (
        lambda: desk.freeze(number, first, last, until=until, by=court),
        lambda: desk.freeze(number, until=until, by=court, last=FACE),
        lambda: desk.renew(number, name, "2027-02-28", by=court),
        lambda: desk.unfreeze(number, name, by=court),
        lambda: desk.execute(number, name, *under, by=court),
        lambda: desk.transfer(number, name, BUYER, by=court),
        lambda: desk.offer(number, S1, row(first, min(last, first + 500), S2), holding=held),
        lambda: desk.pledge(number, holding=held, until="2026-08-31"),
        lambda: desk.pass_on(number, S1, row(held, held, S2), holding=held),
    )
    return random.choices(acts, (4, 1, 2, 5, 2, 1, 3, 1, 1))[0]


def test_random_acts_of_courts_keep_every_invariant() -> None:
    desk, random = Desk(), Random(20260316)
    numbers = [desk.active(face=FACE).number for _ in range(3)]
    done: Counter[str] = Counter()

    for _ in range(ACTS):
        before = desk.content()
        try:
            act_on(desk, random.choice(numbers), random)()
            done.update(type(event).__name__ for event in desk.events)
        except Refused as refused:
            done[refused.code] += 1
            changed = desk.content() != before
            done["a refusal that changed something"] += changed and refused.code != "OFFER_NOT_OPEN"
        desk.now_ms += random.choices(WAITS_MS, LIKELY)[0]
        if random.random() < 0.7:
            done.update(type(event).__name__ for event in desk.write_due())

    assert not done["a refusal that changed something"]
    wanted = {"CourtFroze", "CourtRenewed", "CourtUnfroze", "CourtExecuted", "CourtTransferred"}
    assert wanted | {"CourtMovedUp", "CourtFreezeEnded", "HoldingDivided", "OfferEnded"} <= set(done)
    assert {"UNITS_NOT_FREE", "FREEZE_WAITS", "NOT_THE_COURT"} <= set(done)
    assert any(one.timeline.status in STANDING for one in desk.state.iterate(FREEZES))
