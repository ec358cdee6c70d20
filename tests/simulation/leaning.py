"""What a schedule is mostly about: few kinds of business, chosen by its seed, so that each goes far in two hundred acts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from tallychain.contracts.vouchers.tests.acts import Planned
from tests.simulation import (
    courting,
    disputing,
    financing,
    financing_slips,
    pledging,
    redeeming,
    settlement,
    slips,
    voting,
)
from tests.simulation.financing import FinancingView

Act = Callable[[Random, FinancingView], Planned | None]


@dataclass(frozen=True)
class Business:
    """One kind: its acts, and mistakes that are aimed at its rules."""

    act: Act
    wrong: Act
    weight: int
    """How often a schedule is about it, and how often it is drawn where a schedule is about something else."""
    is_long: bool = False
    """Whether it needs promises that fall due in weeks rather than in days."""


BUSINESSES: Final[Mapping[str, Business]] = {
    "payments": Business(settlement.due, settlement.wrong, 3),
    "votes": Business(voting.vote, voting.wrong, 1),
    "pledges": Business(pledging.act, pledging.wrong, 2, is_long=True),
    "courts": Business(courting.act, courting.wrong, 1),
    "disputes": Business(disputing.act, disputing.wrong, 2, is_long=True),
    "redemptions": Business(redeeming.act, redeeming.wrong, 2, is_long=True),
    "financings": Business(financing.act, financing_slips.wrong, 4, is_long=True),
}
CHOSEN: Final = 2
FAITHFUL: Final = 0.75
"""Of the acts of such business, those about what the schedule has chosen."""
ANYTHING: Final = 0.25
"""Of the mistakes, those that are aimed at the rules of every day."""
SHORT_TERMS: Final = (1, 2, 2, 3, 5, 6, 7, 12, 40, 175)
LONG_TERMS: Final = (2, 7, 40, 175, 175, 175)
"""Days for which is promised.  A halt lasts hours or days, so what falls due within days is seldom held for long."""


class Leaning:
    """What one schedule is about."""

    def __init__(self, random: Random) -> None:
        names, weights = tuple(BUSINESSES), [one.weight for one in BUSINESSES.values()]
        self.chosen: tuple[str, ...] = ()
        while len(self.chosen) < CHOSEN:
            (name,) = random.choices(names, weights)
            self.chosen += () if name in self.chosen else (name,)

    def act(self, random: Random, view: FinancingView) -> Planned | None:
        """The next step of something that the schedule is about, or of something else."""
        return BUSINESSES[self._drawn(random)].act(random, view)

    def wrong(self, random: Random, view: FinancingView) -> Planned | None:
        """A mistake that is aimed at one rule."""
        if random.random() < ANYTHING:
            return slips.slip(random, view)
        return BUSINESSES[self._drawn(random)].wrong(random, view)

    def terms(self) -> Sequence[int]:
        """For how many days is promised."""
        return LONG_TERMS if any(BUSINESSES[name].is_long for name in self.chosen) else SHORT_TERMS

    def _drawn(self, random: Random) -> str:
        if random.random() < FAITHFUL:
            return random.choice(self.chosen)
        (name,) = random.choices(tuple(BUSINESSES), [one.weight for one in BUSINESSES.values()])
        return name
