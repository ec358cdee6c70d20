"""Any sequence of proposals, ballots and pauses, beside a count that a clerk could keep on paper."""

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tallychain.contracts.governance.changes import ProposedChange, kind_of
from tallychain.contracts.governance.constitution import DAY_MS, HOUR_MS, USUAL
from tallychain.contracts.governance.events import WeightSet
from tallychain.contracts.governance.state import Choice
from tallychain.contracts.governance.tests import strategies as world
from tallychain.ledger.refusals import Refused

WAITING = ("VOTING", "PASSED")
OVER = ("ENACTED", "FAILED")


@dataclass(slots=True)
class Question:
    """One line of the clerk's list."""

    change: ProposedChange
    proposer: str
    opened_ms: int
    entitled: frozenset[str]
    ballots: dict[str, str] = field(default_factory=dict)
    withdrawn: bool = False

    def status(self, now_ms: int) -> str:
        """What it is, as far as counting and the calendar tell; what acts may be ENACTED or FAILED."""
        row = USUAL[kind_of(self.change)]
        if self.withdrawn:
            return "WITHDRAWN"
        closes_ms = self.opened_ms + row.voting_days * DAY_MS
        if now_ms < closes_ms:
            return "VOTING"
        yes, no = (sum(choice == word for choice in self.ballots.values()) for word in ("yes", "no"))
        enough = len(self.ballots) * 1_000_000 >= row.turnout_ppm * len(self.entitled)
        if not (enough and yes and yes * 1_000_000 >= row.share_ppm * (yes + no)):
            return "REJECTED"
        return "PASSED" if now_ms < closes_ms + row.delay_hours * HOUR_MS else "ACTED"


class Votes(RuleBasedStateMachine):
    """The contract and the clerk side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.book = world.Book().founded().seated()
        self.questions: dict[str, Question] = {}
        self.voting = frozenset(world.VOTERS)

    def outcome(self, ask: str, *args: object) -> str:
        """DONE, or the code of the refusal."""
        try:
            getattr(self.book, ask)(*args)
        except Refused as refusal:
            return refusal.code
        return "DONE"

    @rule(change=world.changes, by=world.voters)
    def open_one(self, change: ProposedChange, by: str) -> None:
        living = [q.status(self.book.time_ms) in WAITING for q in self.questions.values()]
        own = [q for q in self.questions.values() if q.proposer == by]
        outcome = self.outcome("propose", change, by)
        if by not in self.voting:
            assert outcome in ("NO_VOTE", "TOO_MANY_PROPOSALS")
        elif sum(living) < 64 and sum(q.status(self.book.time_ms) in WAITING for q in own) < 8:
            assert outcome != "TOO_MANY_PROPOSALS"
        if outcome == "DONE":
            question = Question(change, by, self.book.time_ms, self.voting)
            self.questions[f"{self.book.count:064x}"] = question

    @rule(by=world.voters, choice=world.choices, back=st.integers(0, 2))
    def vote(self, by: str, choice: Choice, back: int) -> None:
        for name, question in list(self.questions.items())[-1 - back :]:
            expected = "DONE"
            if question.status(self.book.time_ms) != "VOTING":
                expected = "NOT_VOTING"
            elif by not in question.entitled:
                expected = "NO_VOTE"
            elif by in question.ballots:
                expected = "BALLOT_FINAL"
            assert self.outcome("cast", name, by, choice) == expected
            if expected == "DONE":
                question.ballots[by] = choice

    @rule()
    def everybody_says_yes_to_the_last(self) -> None:
        for by in world.VOTERS:
            self.vote_yes(by)

    def vote_yes(self, by: str) -> None:
        """One more yes on the newest question, if it takes one."""
        for name, question in list(self.questions.items())[-1:]:
            if self.outcome("cast", name, by, "yes") == "DONE":
                question.ballots[by] = "yes"

    @rule(by=world.voters)
    def withdraw(self, by: str) -> None:
        for name, question in list(self.questions.items())[-1:]:
            expected = "DONE"
            if question.proposer != by:
                expected = "NOT_YOUR_PROPOSAL"
            elif question.status(self.book.time_ms) != "VOTING":
                expected = "NOT_VOTING"
            elif any(member != by for member in question.ballots):
                expected = "BALLOTS_OF_OTHERS"
            assert self.outcome("withdraw", name, by) == expected
            question.withdrawn = question.withdrawn or expected == "DONE"

    @rule(pause_ms=world.pauses_ms)
    def go_on(self, pause_ms: int) -> None:
        for event in self.book.next_block(self.book.time_ms + pause_ms):
            if isinstance(event, WeightSet):
                gone, come = frozenset({event.member}), frozenset({event.member} if event.weight else ())
                self.voting = (self.voting - gone) | come

    @invariant()
    def the_ledger_says_what_the_clerk_says(self) -> None:
        for name, question in self.questions.items():
            status, expected = self.book.status(name), question.status(self.book.time_ms)
            assert status in OVER if expected == "ACTED" else status == expected

    @invariant()
    def what_must_hold_holds(self) -> None:
        self.book.check()


TestVotes = Votes.TestCase
TestVotes.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)
