"""Scenarios of the studies as texts: one line is one act, one passing of time or one fact to be found.

Each line is tried against the patterns below; a line that fits none is an error, so a text cannot be passed over in silence.
`-> CODE` at the end names the refusal that must come back; without it the act must be done.  The indented lines after `in one block:`
stand in one block, in their order.
"""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tallychain.testkit.world import World
from tests.scenarios import backed, binding, certified, claiming, disclosed, guaranteed, settling, voted
from tests.scenarios.story import Story

Action = Callable[[Story, re.Match[str], str], None]
MORE = (settling, binding, claiming, disclosed, backed, voted, certified, guaranteed)
"""Where the other sentences are."""
NAME = r"[a-z][a-z0-9-]*"
MONEY = r"[0-9,]+\.[0-9]{2}"


@dataclass(frozen=True)
class Line:
    """One line of a text and where it stands."""

    number: int
    text: str
    expected: str
    inner: tuple["Line", ...] = field(default=())


class NotUnderstood(AssertionError):
    """A line that fits no pattern."""


def read(path: Path) -> list[Line]:
    """The lines of a scenario, comments and blanks left out, indented lines under the one before."""
    lines: list[Line] = []
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text = raw.partition("#")[0].rstrip()
        if not text:
            continue
        sentence, _, expected = text.strip().partition(" -> ")
        line = Line(number, sentence.strip(), expected.strip() or "DONE")
        if raw.startswith(" "):
            parent = lines[-1]
            lines[-1] = Line(parent.number, parent.text, parent.expected, (*parent.inner, line))
        else:
            lines.append(line)
    return lines


def play(path: Path, world: World | None = None) -> Story:
    """Play a scenario from its first line to its last; raises with the line that does not come true."""
    lines = read(path)
    made = {backed.BARE: backed.bare, guaranteed.FIRST: guaranteed.founded}.get(lines[0].text)
    story = Story(world or (World() if made is None else made()))
    for line in lines[0 if made is None else 1 :]:
        try:
            _play(story, line)
        except NotUnderstood:
            raise
        except AssertionError as error:
            raise AssertionError(f"{path.name}, line {line.number}: {line.text}\n{error}") from error
    faults = story.world.check()
    if faults:
        raise AssertionError(f"{path.name}: {faults}")
    return story


def _play(story: Story, line: Line) -> None:
    if line.text == "in one block:":
        story.in_one_block([(_fitting(inner), inner.expected) for inner in line.inner])
    elif line.text.startswith("holdings of "):
        story.expect_holdings(
            line.text.removeprefix("holdings of ").rstrip(":"), [inner.text for inner in line.inner]
        )
    elif line.text.startswith("shares of "):
        settling.expect_shares(
            story, line.text.removeprefix("shares of ").rstrip(":"), [inner.text for inner in line.inner]
        )
    else:
        action, match = _fitting(line)
        action(story, match, line.expected)


def _fitting(line: Line) -> tuple[Action, re.Match[str]]:
    for pattern, action in itertools.chain(PATTERNS, *(of.PATTERNS for of in MORE)):
        match = re.fullmatch(pattern, line.text)
        if match is not None:
            return action, match
    raise NotUnderstood(f"line {line.number} is not understood: {line.text}")


PATTERNS: tuple[tuple[str, Action], ...] = (
    (
        r"at (\d{4}-\d\d-\d\d) (\d\d):(\d\d):(\d\d)",
        lambda s, m, _: s.go_to(m[1], int(m[2]), int(m[3]), int(m[4])),
    ),
    (
        rf"({NAME}) issues (\w+) of ({MONEY}) to ({NAME}) due (\d{{4}}-\d\d-\d\d)(?:, signed by ({NAME}) and ({NAME}))?",
        lambda s, m, code: s.issue(m[1], m[2], m[3], m[4], m[5], (m[6], m[7]) if m[6] else None, code),
    ),
    (rf"({NAME}) accepts (\w+)", lambda s, m, code: s.accept(m[1], m[2], code)),
    (rf"({NAME}) rejects (\w+)", lambda s, m, code: s.reject(m[1], m[2], code)),
    (rf"({NAME}) withdraws (\w+)", lambda s, m, code: s.withdraw(m[1], m[2], code)),
    (
        rf"({NAME}) offers of (\w+): (.+?)(?:, from (\d{{4}}-\d\d-\d\d))?",
        lambda s, m, code: s.offer(m[1], m[2], m[3].split("; "), m[4] or "", code),
    ),
    (rf"({NAME}) takes of (\w+) from ({NAME})", lambda s, m, code: s.answer("take", m[1], m[2], m[3], code)),
    (
        rf"({NAME}) declines of (\w+) from ({NAME})",
        lambda s, m, code: s.answer("decline", m[1], m[2], m[3], code),
    ),
    (rf"({NAME}) recalls of (\w+) to ({NAME})", lambda s, m, code: s.recall(m[1], m[2], m[3], code)),
    (
        rf"({NAME}) splits off ({MONEY}) of (\w+) to ({NAME}), (\d+) times",
        lambda s, m, _: s.split(m[1], m[3], m[2], m[4], int(m[5])),
    ),
    (
        rf"({NAME}) offers ({MONEY}) of (\w+) to ({NAME}), (\d+) times",
        lambda s, m, _: s.offer_often(m[1], m[3], m[2], m[4], int(m[5])),
    ),
    (r"(\w+) passes whole through (.+)", lambda s, m, _: s.pass_whole(m[1], m[2].split(", "))),
    (rf"({NAME}) cancels (\w+)", lambda s, m, code: s.cancel(m[1], m[2], code)),
    (rf"({NAME}) consents to cancel (\w+)", lambda s, m, code: s.consent(m[1], m[2], code)),
    (rf"({NAME}) moves (\w+) to ({NAME})", lambda s, m, code: s.port(m[1], m[2], m[3], code)),
    (
        rf"({NAME}) claims through ({NAME}) that the sponsor of (\w+) is idle",
        lambda s, m, code: s.claim(m[1], m[3], m[2], code),
    ),
    (
        rf"({NAME}) answers the claim of ({NAME}) on (\w+)",
        lambda s, m, code: s.answer_claim(m[1], m[2], m[3], code),
    ),
    (rf"({NAME}) carries (\w+) for ({NAME})", lambda s, m, _: s.carried(m[3], m[2], m[1])),
    (
        r"the members publish the year (\d{4}) with the holidays (.+)",
        lambda s, m, _: s.publish(int(m[1]), m[2].split(), []),
    ),
    (rf"supervisor suspends ({NAME})", lambda s, m, code: s.suspend(m[1], code)),
    (rf"supervisor restores ({NAME})", lambda s, m, code: s.restore(m[1], code)),
    (
        rf"({NAME}) registers the key ({NAME}) of ({NAME}) for (.+?)(?: up to ({MONEY}))?",
        lambda s, m, code: s.new_key(m[1], m[2], m[3], m[4].split(", "), m[5] or "0.00", code),
    ),
    (r"(\w+) is (\w+)", lambda s, m, _: s.expect_status(m[1], m[2])),
    (r"the offer of (\w+) to (\w+) is (\w+)", lambda s, m, _: s.expect_offer(m[1], m[2], m[3])),
    (r"(\w+) is due on (\d{4}-\d\d-\d\d), (\w+)", lambda s, m, _: s.expect_maturity(m[1], m[2], m[3])),
    (rf"({NAME}) has (\d+) notices", lambda s, m, _: s.expect_notices(m[1], int(m[2]))),
    (rf"the faces of (\w+) add up to ({MONEY})", lambda s, m, _: s.expect_sum(m[1], m[2])),
    (
        rf"interest on ({MONEY}) at (\d+) ppm for (\d+) days is ({MONEY})",
        lambda s, m, _: s.expect_interest(m[1], int(m[2]), int(m[3]), m[4]),
    ),
    (r"nothing has changed", lambda s, _m, _c: s.expect_nothing_changed()),
)
