"""Sentences about what members decide by vote about one of them."""

import re
from collections.abc import Callable

from tallychain.contracts.governance.changes import Revoke
from tallychain.ledger.identity import MEMBERS
from tallychain.ledger.types import MemberId
from tests.scenarios.settling import instant
from tests.scenarios.story import Story
from tests.votes import Votes

AT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
NAME = r"[a-z][a-z0-9-]*"

Act = Callable[[Story, re.Match[str], str], None]


def revoke(story: Story, member: str, acts: str) -> None:
    """The others vote to revoke a member, and say when that acts."""
    votes = Votes(story.world)
    name = votes.open(Revoke(MemberId(member), "Licence withdrawn"), "bank-a")
    for other in story.world.members:
        if other != member:
            story.came_back(votes.cast(name, other).code, "DONE")
    story.same(votes.proposal(name).text.acts_ms // 1000, instant(acts) // 1000)


def expect_member(story: Story, member: str, status: str) -> None:
    """What a member is at the time of the last block."""
    row = story.world.reader.get(MEMBERS, member)
    story.same(None if row is None else row.status_at(story.world.state.moment()), status)


PATTERNS: tuple[tuple[str, Act], ...] = (
    (rf"the others vote to revoke ({NAME}), from ({AT}) on", lambda s, m, _: revoke(s, m[1], m[2])),
    (rf"the member ({NAME}) is (\w+)", lambda s, m, _: expect_member(s, m[1], m[2])),
)
