"""Random acts and random silence: whatever is done to financings, every invariant holds and a refusal changes nothing."""

from collections import Counter
from collections.abc import Callable
from random import Random

from tallychain.contracts.vouchers.financing.state import BINDING, COMPLETED, FINANCINGS
from tallychain.contracts.vouchers.financing.tests.desk import HOUR_MS, Desk
from tallychain.contracts.vouchers.invariants import full
from tallychain.contracts.vouchers.settling.tests.desk import S1, S2
from tallychain.contracts.vouchers.standing import binding
from tallychain.contracts.vouchers.tests.desk import DAY_MS, row
from tallychain.instruments.holdings import EncumbranceKind
from tallychain.ledger.refusals import Refused

ACTS = 300
WAITS_MS = (0, HOUR_MS // 2, HOUR_MS, DAY_MS, 3 * DAY_MS)
LIKELY = (50, 25, 20, 4, 1)
ASKING = (0,)
FITTING = {
    "BIDDING": (1,),
    "REVEALING": (2,),
    "CHOOSING": (3,),
    "AWARDED": (4,),
    "REGISTERED": (5,),
    "UNCONFIRMED": (7, 8),
    "DISBURSED": (6, 7),
    "DISPUTED": (8, 9, 11),
    "TO_DEREGISTER": (0, 10),
}
"""Which acts fit a status, by their place below; otherwise money is asked for again."""


def act_on(desk: Desk, number: str, random: Random) -> Callable[[], object]:
    """One act on a recent financing of a voucher, fitting or not; or on one of the holdings that S1 has."""
    asked = sorted((row.asked_ms, row.id) for row in desk.state.iterate(FINANCINGS) if row.voucher == number)
    name = asked[-1][1] if asked else "0" * 64
    found = desk.state.get(FINANCINGS, name)
    pays = "bank-b" if found is not None and found.recourse else "settle-a"
    own = [one for one in desk.holdings(number) if one.tag == S1.tag] or desk.holdings(number)
    held = random.choice(own)
    last = random.randint(held.first, held.last)
    form = random.choice(("FACTORING", "PLEDGE", "REFACTORING"))
    acts: tuple[Callable[[], object], ...] = (
        lambda: desk.ask(
            number,
            holding=held.first,
            first=held.first,
            last=last,
            form=form,
            recourse=random.random() < 0.5,
            funders=("bank-b",),
        ),
        lambda: desk.commit(number, name, paying_bank=pays),
        lambda: desk.reveal(number, name),
        lambda: desk.award(number, name),
        lambda: desk.register(number, name),
        lambda: desk.disburse(number, name, pays),
        lambda: desk.complete(number, name),
        lambda: desk.refute(number, name),
        lambda: desk.attest_receipt(number, name, came=random.random() < 0.5),
        lambda: desk.decide(number, name, paid=random.random() < 0.5),
        lambda: desk.deregister(number, name),
        lambda: desk.offer(number, S1, row(held.first, held.first, S2), holding=held.first),
    )
    fitting = FITTING.get("" if found is None else found.status_at(desk.now), ASKING)
    return acts[random.choice(fitting)] if random.random() < 0.7 else random.choice(acts)


def test_random_acts_on_financings_keep_every_invariant() -> None:
    desk, random = Desk(), Random(20260416)
    numbers = [desk.active().number for _ in range(2)]
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
            locks = {
                e.reference
                for holding in desk.holdings(number)
                for e in binding(holding, desk.state, desk.now)
                if e.kind is EncumbranceKind.FINANCING
            }
            bound = {
                one.id
                for one in desk.state.iterate(FINANCINGS)
                if one.voucher == number
                and one.timeline.status != COMPLETED
                and one.status_at(desk.now) in (*BINDING, COMPLETED)
            }
            assert locks == bound
    assert list(full(desk.state)) == []
    assert {"FinancingAwarded", "FinancingDisbursed", "FinancingCompleted"} <= set(done)
    assert {"FinancingFailed", "FinancingDisputed", "FINANCING_NOT_READY"} <= set(done)
