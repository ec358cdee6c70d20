"""Sentences about guarantors: what they stand for, what they pay to holders, and what the issuer pays them back."""

import re
from collections.abc import Callable
from typing import Final

from tallychain.contracts.vouchers.guaranteeing import operations as guaranteeing
from tallychain.contracts.vouchers.guaranteeing.book import status_for
from tallychain.contracts.vouchers.guaranteeing.state import FRAMES, GUARANTEES, REPAYMENTS
from tallychain.instruments.money import parse_amount
from tallychain.ledger.types import MemberId
from tallychain.testkit.world import World
from tests.guarantees import GUARANTORS
from tests.scenarios.settling import DOCUMENT, reference, voucher_of
from tests.scenarios.story import Story

NAME = r"[a-z][a-z0-9-]*"
MONEY = r"[0-9,]+\.[0-9]{2}"
DAY = r"\d{4}-\d\d-\d\d"
FIRST: Final = "guar-a is a guarantor"
"""The first line of a text with a guarantor, which is a founder."""

Act = Callable[[Story, re.Match[str], str], None]


def founded() -> World:
    """A world with a guarantor."""
    return World(joining=GUARANTORS)


def give(story: Story, match: re.Match[str], code: str) -> None:
    """A guarantor stands for an issuer."""
    by, issuer, limit, until, days = match.groups()
    args = guaranteeing.GiveGuarantee(MemberId(issuer), parse_amount(limit), until, int(days), "a9" * 32)
    story.do("guarantee.give", args, by, code)


def end(story: Story, by: str, issuer: str, code: str) -> None:
    """It stands for no new vouchers."""
    story.do("guarantee.end", guaranteeing.EndGuarantee(MemberId(issuer)), by, code)


def issue(story: Story, match: re.Match[str], code: str) -> None:
    """A promise under a guarantee."""
    issuer, name, face, to, due, guarantor = match.groups()
    story.more["guarantor"] = guarantor
    story.issue(issuer, name, face, to, due, None, code)


def pay(story: Story, match: re.Match[str], code: str) -> None:
    """The guarantor's money is booked now."""
    bank, amount, name, given = match.groups()
    args = guaranteeing.PayAsGuarantor(
        story.numbers[name], parse_amount(amount), story.world.time_ms, reference(story, given), DOCUMENT
    )
    story.do("guarantor.pay", args, bank, code)


def pass_on(story: Story, bank: str, amount: str, name: str, code: str) -> None:
    """What the issuer has paid for the guarantor goes to it."""
    (row,) = story.world.reader.scan(REPAYMENTS, story.numbers[name])
    assert row.amount == parse_amount(amount), row.amount
    args = guaranteeing.PassOn(
        row.voucher, row.attestation, reference(story, None), story.world.time_ms, DOCUMENT
    )
    story.do("guarantor.pass_on", args, bank, code)


def expect(story: Story, name: str, status: str, liable: str, claim: str) -> None:
    """What a guarantor stands for, and what the issuer owes it."""
    voucher = voucher_of(story, name)
    found = story.world.reader.get(GUARANTEES, voucher.number)
    assert found is not None
    told = (status_for(found, voucher, story.world.state.moment()), found.liable, found.paid - found.repaid)
    assert told == (status, parse_amount(liable), parse_amount(claim)), told


def expect_exposure(story: Story, guarantor: str, issuer: str, amount: str) -> None:
    """What is guaranteed for an issuer at once."""
    frame = story.world.reader.get(FRAMES, guarantor, issuer)
    assert frame is not None
    assert frame.exposure == parse_amount(amount), frame.exposure


PATTERNS: tuple[tuple[str, Act], ...] = (
    (
        rf"({NAME}) guarantees vouchers of ({NAME}) up to ({MONEY}) until ({DAY}), paying within (\d+) days",
        give,
    ),
    (rf"({NAME}) guarantees no new vouchers of ({NAME})", lambda s, m, code: end(s, m[1], m[2], code)),
    (
        rf"({NAME}) issues (\w+) of ({MONEY}) to ({NAME}) due ({DAY}), guaranteed by ({NAME})",
        issue,
    ),
    (rf"({NAME}) attests ({MONEY}) of (\w+) from its guarantor(?:, as (\S+))?", pay),
    (
        rf"({NAME}) passes ({MONEY}) of (\w+) on to its guarantor",
        lambda s, m, code: pass_on(s, m[1], m[2], m[3], code),
    ),
    (
        rf"the guarantee of (\w+) is (\w+): holders are owed ({MONEY}), the guarantor ({MONEY})",
        lambda s, m, _: expect(s, m[1], m[2], m[3], m[4]),
    ),
    (
        rf"({NAME}) guarantees ({MONEY}) of ({NAME})",
        lambda s, m, _: expect_exposure(s, m[1], m[3], m[2]),
    ),
)
