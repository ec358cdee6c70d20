"""Whatever is tried, in whatever order and however late, the rules answer as the simple model says."""

from collections.abc import Mapping
from random import Random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from tallychain.contracts.documents.state import AllocatedPart
from tallychain.contracts.vouchers.composed import OPERATIONS
from tallychain.contracts.vouchers.events import VoucherIssued
from tallychain.contracts.vouchers.sponsoring.operations import Port
from tallychain.contracts.vouchers.tests.acts import CLIENTS, DONE, TERMS, Planned
from tallychain.contracts.vouchers.tests.comparison import differences
from tallychain.contracts.vouchers.tests.desk import DAY_MS, Desk, person
from tallychain.contracts.vouchers.tests.desk import KINDS as KINDS_OF_MEMBERS
from tallychain.contracts.vouchers.tests.ends import plausible
from tallychain.contracts.vouchers.tests.following import follow
from tallychain.contracts.vouchers.tests.mistakes import MISTAKES, of_issue
from tallychain.contracts.vouchers.tests.model import Model
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.holder import Receiver
from tallychain.ledger.refusals import Refused
from tallychain.ledger.types import MemberId, member_author, tag_author

KINDS = {kind.name: kind for kind in OPERATIONS}
LEDGER_ALONE = {"NOT_LICENSED"}
"""Codes that the ledger gives before a rule is asked; the random run meets them."""


class DeskView:
    """What the strategies see of a desk."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.model = Model()
        self.made: dict[str, Receiver] = {}

    @property
    def now_ms(self) -> int:
        return self.desk.now_ms

    @property
    def tags(self) -> Mapping[str, Receiver]:
        return self.made

    def receiver(self, client: str) -> Receiver:
        made = person(f"{client}-{len(self.made)}", "bank-b" if client == CLIENTS[-1] else "bank-a")
        self.made[made.tag] = made
        return made

    def terms(self, _issuer: str) -> tuple[int, ...]:
        """All terms: whatever is due here is paid."""
        return TERMS

    def backing(self, receiver: Receiver, face: int, issuer: str) -> tuple[str, tuple[AllocatedPart, ...]]:
        self.desk.paid()
        return self.desk.backing(receiver, face, issuer)

    def attempt(self, planned: Planned) -> str:
        """Ask the rule, as the ledger does after its own questions; returns the code."""
        kind = KINDS[planned.type]
        is_member = planned.by in KINDS_OF_MEMBERS
        author = member_author(MemberId(planned.by)) if is_member else tag_author(planned.by)
        via = planned.via or (planned.by if is_member else self.made[planned.by].sponsor)
        labels = [part.label for part in kind.seals if part.required or part.label in planned.content]
        if planned.type == "voucher.offer":
            labels = ["identity", *planned.content]
        call = self.desk.call(author, via, tuple(labels))
        before = self.desk.content()
        try:
            change = self.desk.adopt(kind.rule(planned.args, call, self.desk.state))
        except Refused as refusal:
            assert self.desk.content() == before
            return self.declared(refusal, kind)
        if isinstance(planned.args, Port):
            self.made[planned.by] = replace(self.made[planned.by], sponsor=MemberId(via))
        event = change.events[0]
        facts = (
            {"voucher": event.voucher, "promise": event.promise} if isinstance(event, VoucherIssued) else {}
        )
        follow(self.model, planned, call.operation, facts, self.now_ms)
        return DONE

    @staticmethod
    def declared(refusal: Refused, kind: AnyOperation) -> str:
        """The code of a refusal that the operation declares, or of one of the ledger's own about sealed parts."""
        assert type(refusal) in kind.refusals or refusal.code == "PART_MISSING"
        return refusal.code


class Lifecycle(RuleBasedStateMachine):
    """Acts, mistakes and time."""

    @initialize()
    def begin(self) -> None:
        self.view = DeskView()

    @rule(seed=st.integers(0, 2**32))
    def something_plausible(self, seed: int) -> None:
        planned = plausible(Random(seed), self.view)
        assert self.view.attempt(planned) == DONE

    @rule(seed=st.integers(0, 2**32), mistake=st.sampled_from(MISTAKES))
    def something_wrong(self, seed: int, mistake: object) -> None:
        assert callable(mistake)
        planned = mistake(Random(seed), self.view) or of_issue(Random(seed), self.view)
        if planned.expected not in LEDGER_ALONE:
            assert self.view.attempt(planned) == planned.expected

    @rule(hours=st.integers(0, 24 * 12), is_written=st.booleans())
    def time_passes(self, hours: int, is_written: bool) -> None:
        self.view.desk.now_ms += hours * DAY_MS // 24
        if is_written:
            self.view.desk.write_due()

    @invariant()
    def the_state_is_what_the_model_says(self) -> None:
        assert list(differences(self.view.model, self.view.desk.state, self.view.desk.now)) == []


TestLifecycle = Lifecycle.TestCase
TestLifecycle.settings = settings(
    max_examples=40, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
)
