"""Whatever is tried, in whatever order and however late, the rules answer as the simple account says."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tallychain.contracts.risk import api
from tallychain.contracts.risk.tests.desk import DAY_MS, Desk, at
from tallychain.contracts.risk.tests.strategies import (
    BANKS,
    DONE,
    ISSUERS,
    Model,
    ModelCeiling,
    ModelVoucher,
    cutoff_after,
    local_date,
)
from tallychain.ledger.refusals import Refused


class Trial:
    """Ceilings, vouchers and time, done on a desk and noted in the account."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.model = Model()
        self.reached: Counter[tuple[str, str]] = Counter()
        """How often each act came to each answer."""

    def attempt(self, name: str, expected: str, act: Callable[[], object]) -> bool:
        """Try an act; whether it was done.  A refusal changes nothing."""
        before = self.desk.content()
        code = _code_of(act)
        self.reached[name, code] += 1
        assert code == expected
        assert code == DONE or self.desk.content() == before
        return code == DONE

    def grant(self, random: Random) -> None:
        now_ms = self.desk.now_ms
        issuer, bank, amount = random.choice(ISSUERS), random.choice(BANKS), random.randint(1, 1_000)
        first = local_date(now_ms) + timedelta(days=random.choice((0, 0, 1, 3)))
        last = first + timedelta(days=random.choice((0, 5, 90)))
        expected = self.model.granting(issuer, bank, now_ms)
        fields = {"issuer": issuer, "valid_from": first.isoformat(), "valid_until": last.isoformat()}
        if self.attempt("grant", expected, lambda: self.desk.grant(amount, bank, **fields)):
            name = f"{self.desk.acts:064x}"
            begin_ms, end_ms = at(first.isoformat(), 0), at((last + timedelta(days=1)).isoformat(), 0)
            self.model.ceilings[name] = ModelCeiling(issuer, bank, amount, begin_ms, end_ms)

    def reduce(self, random: Random) -> None:
        names = list(self.model.ceilings)[-20:]
        if not names:
            return
        name = random.choice(names)
        row = self.model.ceilings[name]
        bank = row.bank if random.random() < 0.8 else random.choice(BANKS)
        amount = random.choice((0, row.amount // 2, row.amount))
        expected = self.model.reducing(name, amount, bank, self.desk.now_ms)
        if self.attempt("reduce", expected, lambda: self.desk.reduce(name, amount, bank, row.issuer)):
            row.amount = amount

    def issue(self, random: Random) -> None:
        now_ms = self.desk.now_ms
        issuer, face = random.choice(ISSUERS), random.randint(1, 600)
        if self.attempt(
            "issue", self.model.issuing(issuer, face, now_ms), lambda: self.desk.use(face, issuer)
        ):
            cutoff_ms = cutoff_after(now_ms, random.choice((1, 2, 10)))
            self.desk.expect(cutoff_ms, issuer)
            self.model.vouchers[f"EV{len(self.desk.events)}"] = ModelVoucher(issuer, face, cutoff_ms)

    def record(self, random: Random) -> None:
        """Due work of vouchers puts a missed payment on record."""
        missed = [name for name, row in self.model.vouchers.items() if row.cutoff_ms <= self.desk.now_ms]
        if missed:
            name = random.choice(missed)
            self.desk.block(name, self.model.vouchers[name].issuer)
            self.model.vouchers[name].recorded = True

    def pay(self, random: Random) -> None:
        """A part, or all that is open."""
        if not self.model.vouchers:
            return
        name = random.choice(list(self.model.vouchers))
        row = self.model.vouchers[name]
        amount = random.choice((row.face, random.randint(1, row.face)))
        self.desk.give_back(amount, row.issuer)
        row.face -= amount
        if row.face == 0:
            self.desk.meet(row.cutoff_ms, row.issuer)
            self.desk.unblock(name, row.issuer)
            del self.model.vouchers[name]

    def time_passes(self, random: Random) -> None:
        self.desk.now_ms += random.randint(0, 24 * 3) * DAY_MS // 24
        if random.random() < 0.5:
            self.desk.write_due()

    def check(self) -> None:
        """The state is what the account says."""
        now = self.desk.now
        for issuer in ISSUERS:
            assert api.granted(self.desk.state, issuer, now) == self.model.granted(issuer, now.time_ms)
            assert api.used(self.desk.state, issuer) == self.model.used(issuer)
            assert api.free(self.desk.state, issuer, now) == self.model.free(issuer, now.time_ms)
            assert api.is_blocked(self.desk.state, issuer, now) == self.model.is_blocked(issuer, now.time_ms)


ACTS = {
    Trial.grant: 30,
    Trial.reduce: 8,
    Trial.issue: 30,
    Trial.record: 6,
    Trial.pay: 26,
    Trial.time_passes: 6,
}
"""Every act with its weight in a long run."""

EXPECTED = {
    "grant": ("TOO_MANY_CEILINGS",),
    "reduce": ("CEILING_NOT_FOUND", "NOT_THE_GRANTOR", "CEILING_NOT_LOWER"),
    "issue": ("ISSUER_BLOCKED", "CEILING_EXCEEDED"),
}


class Lifecycle(RuleBasedStateMachine):
    """Acts in an order that is shortened when it finds something."""

    @initialize()
    def begin(self) -> None:
        self.trial = Trial()

    @rule(act=st.sampled_from(list(ACTS)), seed=st.integers(0, 2**32))
    def something(self, act: Callable[[Trial, Random], None], seed: int) -> None:
        act(self.trial, Random(seed))

    @invariant()
    def the_state_is_what_the_account_says(self) -> None:
        self.trial.check()


TestLifecycle = Lifecycle.TestCase
TestLifecycle.settings = settings(
    max_examples=40, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.slow
def test_long_runs_reach_every_answer_and_agree_with_the_account() -> None:
    reached: Counter[tuple[str, str]] = Counter()
    for seed in range(12):
        random, trial = Random(seed), Trial()
        for _ in range(400):
            (act,) = random.choices(list(ACTS), list(ACTS.values()))
            act(trial, random)
            trial.check()
        reached += trial.reached

    assert set(reached) == {(act, code) for act, codes in EXPECTED.items() for code in (DONE, *codes)}


def _code_of(act: Callable[[], object]) -> str:
    try:
        act()
    except Refused as refusal:
        return refusal.code
    return DONE
