"""What people and programs try with vouchers: mostly sensible, sometimes wrong in one way, sometimes hostile.

`choose` looks at the simple model only and says beforehand which code the ledger must answer.  Shared by the stateful test, the
random run and the simulator.
"""

from random import Random

from tallychain.contracts.vouchers.tests.acts import (
    Planned,
    WorldView,
    accept,
    decline,
    expecting,
    issue,
    offer,
    recall,
    take,
)
from tallychain.contracts.vouchers.tests.ends import plausible
from tallychain.contracts.vouchers.tests.mistakes import MISTAKES, of_issue

TWISTS = {
    "leave_out_identity": "PART_MISSING",
    "without_supervisor": "RECIPIENT_MISSING",
    "unknown_recipient": "RECIPIENT_UNKNOWN",
    "part_without_row": "PART_NOT_DECLARED",
    "stolen_tag": "KEY_NOT_OF_AUTHOR",
    "expired": "EXPIRED",
    "expires_too_far": "EXPIRES_TOO_FAR",
    "repeat": "REPEAT",
    "same_nonce": "NONCE_USED",
    "roles_swapped": "RIGHT_MISSING",
}
"""Each hostile way of sending an act that would be good otherwise, and what the ledger must answer."""


def choose(random: Random, view: WorldView) -> Planned:
    """The next act: 60 % plausible, 30 % wrong in one way, 10 % hostile."""
    draw = random.random()
    if draw < 0.6:
        return plausible(random, view)
    return wrong(random, view) if draw < 0.9 else hostile(random, view)


def wrong(random: Random, view: WorldView) -> Planned:
    """An act with one mistake; where the mistake drawn finds no object, a promise with one."""
    return random.choice(MISTAKES)(random, view) or of_issue(random, view)


def hostile(random: Random, view: WorldView) -> Planned:
    """A good act of a member or holder, sent in a bad way."""
    twist = random.choice(sorted(TWISTS))
    if twist == "roles_swapped":
        good = issue(random, view)
    elif twist == "part_without_row":
        found = offer(random, view)
        good = found if found is not None else issue(random, view)
        twist = twist if found is not None else "repeat"
    else:
        holders = [accept, offer, take, decline, recall]
        random.shuffle(holders)
        found = next((made for make in holders if (made := make(random, view)) is not None), None)
        good = found if found is not None else issue(random, view)
        twist = twist if found is not None else "expired"
    return expecting(good, TWISTS[twist], twist)
