"""The network between nodes: every message takes its own time, and some never come, come twice or overtake others."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.simulation.loop import VirtualLoop


@dataclass
class Link:
    """One direction between two nodes."""

    is_cut: bool = False
    loss: float = 0.0
    twice: float = 0.0
    slowest_ms: float = 5.0
    """A message takes one millisecond to this long, so later ones may overtake it."""


class Network:
    """All links; a node reaches itself at once."""

    def __init__(self, loop: VirtualLoop, random: Random, size: int) -> None:
        self._loop = loop
        self._random = random
        self.size = size
        self.links = {(a, b): Link() for a in range(size) for b in range(size) if a != b}
        self.lost = 0
        self.sent = 0

    def heal(self) -> None:
        """Every link as on a good day."""
        for pair in self.links:
            self.links[pair] = Link()

    def cut(self, one: int, other: int) -> None:
        """Nothing goes from one to the other; the way back is another link."""
        self.links[one, other].is_cut = True

    def is_open(self, one: int, other: int) -> bool:
        """Whether something may arrive."""
        return one == other or not self.links[one, other].is_cut

    def delay_s(self, one: int, other: int) -> float | None:
        """How long one message takes; None if it is lost."""
        if one == other:
            return 0.0
        link = self.links[one, other]
        self.sent += 1
        if link.is_cut or self._random.random() < link.loss:
            self.lost += 1
            return None
        return self._random.uniform(1.0, link.slowest_ms) / 1000

    def send(self, one: int, other: int, arrive: Callable[[], None]) -> None:
        """Send a message; `arrive` is called when it comes, perhaps twice, perhaps never."""
        copies = 1
        if one != other and self._random.random() < self.links[one, other].twice:
            copies = 2
        for _ in range(copies):
            delay_s = self.delay_s(one, other)
            if delay_s is not None:
                self._loop.call_later(delay_s, arrive)
