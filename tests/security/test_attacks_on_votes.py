"""Attacks 25 and 27: suspending the voters, and admitting friends in the middle of a vote."""

import pytest

from tallychain.contracts.governance.changes import Admit, Restore, SetPolicy
from tallychain.contracts.members.api import MemberRecord, RecordKey
from tallychain.contracts.members.operations import Suspend
from tallychain.ledger import identity
from tallychain.ledger.identity import MEMBERS
from tallychain.testkit.genesis import START_MS
from tallychain.testkit.people import trial_member
from tallychain.testkit.world import World
from tests.deals import code, done
from tests.votes import Votes

DAY_MS = 86_400_000
STRICTER = SetPolicy("TERM", {"term_months": 3}, "2026-07-01", "article 7")


def friend() -> MemberRecord:
    """A bank with keys of its own that wants to join."""
    member = trial_member(1, 77, "friend", (identity.BANK,))
    return MemberRecord(
        "friend",
        member.name,
        member.uscc,
        member.kinds,
        (),
        "http://friend.invalid",
        member.sealing.public,
        tuple(
            RecordKey(staff.key.public, staff.person, staff.rights, 0, staff.certificate_digest)
            for staff in member.staff.values()
        ),
    )


def standing(world: World, name: str) -> str:
    """A member's standing now."""
    member = world.reader.get(MEMBERS, name)
    assert member is not None
    return member.status_at(world.state.moment())


@pytest.mark.attack(25)
def test_a_supervisor_suspends_one_member_at_a_time_and_those_suspended_still_vote_against_it() -> None:
    world = World()
    votes = Votes(world)
    done(world.do("member.suspend", Suspend("bank-a", "why"), by="supervisor"))
    assert (
        code(world.do("member.suspend", Suspend("bank-b", "why"), by="supervisor")) == "ANOTHER_IS_SUSPENDED"
    )

    restore = votes.open(Restore("bank-a", "no reason was given"), by="bank-b")
    for member in ("bank-a", "bank-b", "ce-a", "ce-b"):
        done(votes.cast(restore, member))
    world.advance(votes.proposal(restore).text.acts_ms)

    assert (votes.status(restore), standing(world, "bank-a")) == ("ENACTED", "ACTIVE")
    assert world.check() == []


@pytest.mark.attack(25)
def test_a_suspension_that_nobody_confirms_ends_by_itself() -> None:
    world = World()
    done(world.do("member.suspend", Suspend("bank-a", "why"), by="supervisor"))

    world.advance(START_MS + 5 * DAY_MS)

    assert standing(world, "bank-a") == "ACTIVE"


@pytest.mark.attack(27)
def test_friends_admitted_in_the_middle_of_a_vote_do_not_count_in_it() -> None:
    world = World()
    votes = Votes(world)
    admission = votes.open(Admit(friend(), 1_000))
    for member in world.members:
        done(votes.cast(admission, member))
    world.advance(votes.proposal(admission).text.closes_ms)
    running = votes.open(STRICTER)
    world.advance(votes.proposal(admission).text.acts_ms)
    world.members["friend"] = trial_member(1, 77, "friend", (identity.BANK,))
    world.block([])

    answer = votes.cast(running, "friend")

    assert votes.status(admission) == "ENACTED"
    assert code(answer) == "NO_VOTE"
    assert votes.proposal(running).text.total == 8
    done(votes.cast(votes.open(STRICTER), "friend"))
    assert world.check() == []
