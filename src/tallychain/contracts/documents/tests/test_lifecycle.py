"""Whatever is tried, in whatever order and however late, the rules answer as the simple account says."""

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tallychain.contracts.documents import api
from tallychain.contracts.documents.state import FINGERPRINTS, PAYABLES
from tallychain.contracts.documents.tests.desk import DAY_MS, Desk, at, hex_of, paper
from tallychain.contracts.documents.tests.strategies import (
    DONE,
    ISSUERS,
    PRESENTERS,
    TOTALS,
    Model,
    ModelPayable,
    ModelVoucher,
    business_days_later_ms,
    latest,
    some_invoices,
    somebody,
)
from tallychain.ledger.refusals import Refused

DUE_DAY = "2026-05-06"


class Trial:
    """Payables, vouchers, red letters and time, done on a desk and noted in the account."""

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

    def present(self, random: Random) -> None:
        """At most some thirty payables: the point is what becomes of them."""
        now_ms = self.desk.now_ms
        if len(self.model.payables) > 30:
            return
        if now_ms >= at(DUE_DAY, 0) - DAY_MS:
            return
        issuer, presenter = random.choice(ISSUERS), random.choice(PRESENTERS)
        invoices = some_invoices(random)
        amount = random.randint(1, sum(TOTALS[name] for name in invoices) + random.choice((0, 0, 50)))
        expected = self.model.presenting(issuer, invoices, amount, now_ms)
        papers = tuple(paper(name, TOTALS[name]) for name in invoices)
        if self.attempt(
            "present",
            expected,
            lambda: self.desk.present(
                by=presenter, issuer=issuer, invoices=papers, amount=amount, due_day=DUE_DAY
            ),
        ):
            due_ms = at(DUE_DAY, 0)
            answer_ms = min(business_days_later_ms(now_ms, 10), due_ms)
            name = hex_of(self.desk.acts, 64)
            self.model.payables[name] = ModelPayable(issuer, presenter, amount, invoices, answer_ms, due_ms)

    def answer(self, random: Random) -> None:
        now_ms = self.desk.now_ms
        waits = random.random() < 0.9
        name = latest(
            random,
            dict(self.model.payables),
            lambda name: not waits or self.model.payables[name].at(now_ms) == "PRESENTED",
        )
        if not name:
            return
        row = self.model.payables[name]
        by = row.issuer if random.random() < 0.9 else random.choice(ISSUERS)
        confirms = random.random() < 0.85
        expected = self.model.answering(name, by, now_ms, confirms=confirms)
        act = self.desk.confirm if confirms else self.desk.contest
        if self.attempt("confirm" if confirms else "contest", expected, lambda: act(name, by)):
            row.status = "CONFIRMED" if confirms else "CONTESTED"
            for invoice in row.invoices if confirms else ():
                self.model.recorded.setdefault(invoice, set()).update({row.issuer, row.presenter.sponsor})

    def allocate(self, random: Random) -> None:
        now_ms = self.desk.now_ms
        name = latest(
            random, dict(self.model.payables), lambda name: self.model.payables[name].status == "CONFIRMED"
        )
        if not name:
            return
        row = self.model.payables[name]
        chosen = random.sample(row.invoices, random.randint(1, len(row.invoices)))
        parts = {item: random.randint(1, TOTALS[item] // random.choice((1, 4, 9))) for item in chosen}
        voucher = f"EV{self.desk.acts}-{len(self.desk.events)}"
        expected = self.model.allocating(name, parts, now_ms)
        if self.attempt("allocate", expected, lambda: self.desk.allocate(name, voucher, *parts.items())):
            until_ms = now_ms + 10 * DAY_MS
            self.model.vouchers[voucher] = ModelVoucher(
                row.issuer, row.presenter.sponsor, name, parts, until_ms
            )

    def accept(self, random: Random) -> None:
        now_ms = self.desk.now_ms
        name = latest(random, dict(self.model.vouchers), lambda name: self.model.vouchers[name].lives(now_ms))
        if name:
            self.desk.count(name)
            self.model.vouchers[name].accepted = True

    def end_without_title(self, random: Random) -> None:
        name = latest(random, dict(self.model.vouchers))
        if name:
            self.desk.release(name)
            self.model.released(name, self.desk.now_ms)

    def credit(self, random: Random) -> None:
        known = list(self.model.recorded) if random.random() < 0.95 else []
        invoice = random.choice(known or list(TOTALS))
        parties = sorted(self.model.recorded.get(invoice, ())) if random.random() < 0.9 else []
        by = random.choice(parties) if parties else somebody(random)
        amount = random.randint(1, TOTALS[invoice] // random.choice((1, 5)))
        expected = self.model.crediting(invoice, amount, by)
        if self.attempt("credit", expected, lambda: self.desk.credit(invoice, amount, by)):
            self.model.credited(invoice, amount, self.desk.now_ms)

    def review(self, random: Random) -> None:
        invoice = random.choice(list(self.model.reviews) or list(self.model.recorded) or list(TOTALS))
        by = somebody(random)
        expected = self.model.reviewing(invoice, by, self.desk.now_ms)
        if self.attempt("review", expected, lambda: self.desk.review(invoice, by)):
            self.model.reviewed(invoice, by)

    def time_passes(self, random: Random) -> None:
        self.desk.now_ms += random.randint(0, 24 * 3) * DAY_MS // 24
        if random.random() < 0.5:
            self.desk.write_due()

    def check(self) -> None:
        """The state is what the account says."""
        now = self.desk.now
        for name, row in self.model.payables.items():
            found = self.desk.state.get(PAYABLES, name)
            assert found is not None
            assert found.status_at(now) == row.at(self.desk.now_ms)
            assert found.headroom(now) == self.model.left_of_payable(name, self.desk.now_ms)
        for invoice in TOTALS:
            record = self.desk.state.get(FINGERPRINTS, invoice)
            assert (record is None) == (invoice not in self.model.recorded)
            if record is not None:
                assert record.headroom(now) == self.model.left_of_invoice(invoice, self.desk.now_ms)
        for voucher in self.model.vouchers:
            stopped = self.model.is_stopped(voucher, self.desk.now_ms)
            assert api.is_under_review(self.desk.state, voucher, now) == stopped


ACTS = {
    Trial.present: 10,
    Trial.answer: 14,
    Trial.allocate: 30,
    Trial.accept: 16,
    Trial.end_without_title: 5,
    Trial.credit: 12,
    Trial.review: 10,
    Trial.time_passes: 8,
}
"""Every act with its weight in a long run."""


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
        for _ in range(500):
            (act,) = random.choices(list(ACTS), list(ACTS.values()))
            act(trial, random)
            trial.check()
        reached += trial.reached

    assert set(reached) == {(act, code) for act, codes in EXPECTED.items() for code in (DONE, *codes)}


EXPECTED = {
    "present": ("INVOICE_ALREADY_USED", "AMOUNT_ABOVE_PAPERS"),
    "confirm": ("NOT_THE_DEBTOR", "PAYABLE_NOT_PRESENTED", "INVOICE_ALREADY_USED"),
    "contest": ("NOT_THE_DEBTOR", "PAYABLE_NOT_PRESENTED"),
    "allocate": (
        "INVOICE_ALREADY_USED",
        "INVOICE_OVERALLOCATED",
        "PAYABLE_EXCEEDED",
        "PAYABLE_NOT_CONFIRMED",
    ),
    "credit": ("INVOICE_NOT_KNOWN", "NOT_CONCERNED", "CREDIT_EXCEEDS_TOTAL"),
    "review": ("INVOICE_NOT_KNOWN", "NOTHING_TO_REVIEW", "NOT_AWAITED"),
}


def _code_of(act: Callable[[], object]) -> str:
    try:
        act()
    except Refused as refusal:
        return refusal.code
    return DONE
