"""Sentences about a voucher in many parts, and about what certificates are asked for at a stage of its life."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tallychain.contracts.vouchers import api
from tallychain.contracts.vouchers.settling.operations import Payout, PayoutRow, ReleaseWithheld
from tallychain.contracts.vouchers.state import HOLDINGS, PAID, WITHHELD
from tallychain.instruments.holdings import EncumbranceKind
from tallychain.instruments.money import format_amount
from tests.scenarios.settling import DOCUMENT, positions, reference, voucher_of
from tests.scenarios.story import Story

NAME = r"[a-z][a-z0-9-]*"
MONEY = r"[0-9,]+\.[0-9]{2}"
ROWS = 20
"""Payouts of one operation."""

Act = Callable[[Story, re.Match[str], str], None]


@dataclass(frozen=True)
class Stage:
    """A certificate that is to be asked for after so many blocks."""

    blocks: int
    kind: str
    subject: str


def stages(story: Story) -> list[Stage]:
    """What the sentences so far have asked for."""
    found: list[Stage] = story.more.setdefault("stages", [])
    return found


def show(story: Story, match: re.Match[str], _code: str) -> None:
    """A certificate is asked for now; a block follows, under whose header its records are proven."""
    kind, who, name = match.groups()
    subject = story.numbers[name]
    if kind == "holding":
        subject = story.holding_of(who, name).id
    story.world.block([])
    stages(story).append(Stage(len(story.world.history), kind, subject))


def expect_parts(story: Story, match: re.Match[str], _code: str) -> None:
    """How often a voucher was split, in how many parts it is, and its highest layer."""
    name, splits, parts, layer = match.groups()
    held = api.holdings(story.world.reader, story.numbers[name])
    found = (voucher_of(story, name).splits, len(held), max(int(one.layer) for one in held))
    story.same(found, (int(splits), int(parts), int(layer)))


def expect_shares_sum(story: Story, name: str, amount: str) -> None:
    """What all holders have coming or have got."""
    total = sum(one.portion.share + one.portion.interest for one in positions(story, name))
    story.same(format_amount(total), amount)


def pay_out(story: Story, bank: str, name: str, code: str) -> None:
    """Everything that waits and is not withheld, in as many operations as it takes."""
    status = voucher_of(story, name).status_at(story.world.state.moment())
    rows = [
        PayoutRow(one.holding.first, one.payable, reference(story, None))
        for one in positions(story, name)
        if one.payable and one.status(status) != WITHHELD
    ]
    for at in range(0, len(rows), ROWS):
        args = Payout(story.numbers[name], story.world.time_ms, DOCUMENT, tuple(rows[at : at + ROWS]))
        story.do("settlement.payout", args, bank, code)


def release_frozen(story: Story, bank: str, name: str, who: str, code: str) -> None:
    """The bank pays what was frozen where the court has decided."""
    for row in list(story.world.reader.iterate(HOLDINGS)):
        frozen = any(lock.kind is EncumbranceKind.FREEZE for lock in row.encumbrances)
        if frozen and story.owner(row.tag) == who:
            args = ReleaseWithheld(story.numbers[name], row.first)
            story.do("settlement.release_withheld", args, bank, code)


def expect_paid(story: Story, name: str) -> None:
    """Nothing waits at any bank any more."""
    status = voucher_of(story, name).status_at(story.world.state.moment())
    story.same({one.status(status) for one in positions(story, name)}, {PAID})


PATTERNS: tuple[tuple[str, Act], ...] = (
    (rf"show the (payable|voucher|holding|settlement|default)(?: of ({NAME}))?(?: of)? (\w+)", show),
    (
        r"(\w+) was split (\d+) times and is held in (\d+) parts, the last of layer (\d+)",
        expect_parts,
    ),
    (rf"the shares of (\w+) add up to ({MONEY})", lambda s, m, _: expect_shares_sum(s, m[1], m[2])),
    (
        rf"({NAME}) pays out (\w+) but for what is withheld",
        lambda s, m, code: pay_out(s, m[1], m[2], code),
    ),
    (
        rf"({NAME}) releases what is frozen of (\w+) for ({NAME})",
        lambda s, m, code: release_frozen(s, m[1], m[2], m[3], code),
    ),
    (r"everything of (\w+) is paid", lambda s, m, _: expect_paid(s, m[1])),
)
