"""Random acts and random silence: whatever is done to pledges, every invariant holds and a refusal changes nothing."""

from collections import Counter
from collections.abc import Callable
from random import Random

from tallychain.contracts.vouchers.pledging.state import BINDING, PLEDGES
from tallychain.contracts.vouchers.pledging.tests.desk import Desk
from tallychain.contracts.vouchers.settling.tests.desk import S1, S2
from tallychain.contracts.vouchers.standing import binding
from tallychain.contracts.vouchers.tests.desk import DAY_MS, row
from tallychain.instruments.holdings import EncumbranceKind
from tallychain.ledger.refusals import Refused

ACTS = 300
WAITS_MS = (0, 3_600_000, DAY_MS, 5 * DAY_MS, 31 * DAY_MS)
LIKELY = (60, 20, 10, 9, 1)


def act_on(desk: Desk, number: str, random: Random) -> Callable[[], object]:
    """One act on the latest pledge of a voucher, fitting or not; or on its only holding."""
    held = [row for row in desk.state.iterate(PLEDGES) if row.voucher == number]
    latest = max(held, key=lambda pledge: pledge.id, default=None)
    name, claim = ("0" * 64, "0" * 64) if latest is None else (latest.id, latest.claim or "0" * 64)
    acts: tuple[Callable[[], object], ...] = (
        lambda: desk.pledge(number, until="2026-08-31"),
        lambda: desk.accept_pledge(number, name),
        lambda: desk.accept_pledge(number, name),
        lambda: desk.claim_pledge(number, name),
        lambda: desk.contest(number, name, claim),
        lambda: desk.enforce(number, name),
        lambda: desk.release_pledge(number, name),
        lambda: desk.recall_pledge(number, name),
        lambda: desk.offer(number, S1, row(1, 5, S2)),
    )
    return random.choices(acts, (4, 3, 3, 4, 6, 3, 1, 1, 1))[0]


def test_random_acts_on_pledges_keep_every_invariant() -> None:
    desk, random = Desk(), Random(20260512)
    numbers = [desk.active().number for _ in range(3)]
    done: Counter[str] = Counter()

    for _ in range(ACTS):
        before = desk.content()
        try:
            act_on(desk, random.choice(numbers), random)()
            done.update(type(event).__name__ for event in desk.events)
        except Refused as refused:
            done[refused.code] += 1
            assert desk.content() == before
        desk.now_ms += random.choices(WAITS_MS, LIKELY)[0]
        if random.random() < 0.7:
            done.update(type(event).__name__ for event in desk.write_due())
        for number in numbers:
            (holding,) = desk.holdings(number)
            locks = [e for e in binding(holding, desk.state, desk.now) if e.kind is EncumbranceKind.PLEDGE]
            bound = [
                p.id
                for p in desk.state.iterate(PLEDGES)
                if p.voucher == number and p.status_at(desk.now) in BINDING
            ]
            assert [lock.reference for lock in locks] == bound

    assert {"PledgeProposed", "PledgeAccepted", "PledgeClaimed", "ClaimContested"} <= set(done)
    assert {"PledgeEnded", "PLEDGE_NOT_IN_FORCE", "UNITS_NOT_FREE"} <= set(done)
