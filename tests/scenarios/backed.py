"""Sentences about what stands behind a voucher: ceilings, payables with their invoices as they are typed, red letters and reviews."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tallychain.contracts.documents import api as papers
from tallychain.contracts.documents.operations import Confirm, Present, RecordCredit, Review
from tallychain.contracts.documents.state import AllocatedPart
from tallychain.contracts.risk import api as risk
from tallychain.contracts.risk.operations import Grant
from tallychain.contracts.vouchers.operations import Issue
from tallychain.instruments.money import Units, format_amount, parse_amount
from tallychain.ledger.types import MemberId
from tallychain.sdk.fingerprint import EpochKey, PaperFields, invoice
from tallychain.testkit.genesis import MEMBERS
from tallychain.testkit.people import derived
from tallychain.testkit.world import Answer, World
from tests.scenarios.story import Story

NAME = r"[a-z][a-z0-9-]*"
MONEY = r"[0-9,]+\.[0-9]{2}"
DAY = r"\d{4}-\d\d-\d\d"
BARE: Final = "the chain begins without ceilings"
"""The first line of a text whose issuer has only the lines that banks grant in it."""

Act = Callable[[Story, re.Match[str], str], None]


@dataclass
class Papers:
    """What the sentences so far have named."""

    fingerprints: dict[str, str] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    payables: dict[tuple[str, str], tuple[str, Present]] = field(default_factory=dict)
    """(presenter, issuer) to the last payable and what was presented with it."""


def bare() -> World:
    """A world in which no bank has granted anything."""
    return World(ceilings=())


def known(story: Story) -> Papers:
    """What this story has presented."""
    made: Papers = story.more.setdefault("papers", Papers())
    return made


def present(story: Story, match: re.Match[str], code: str) -> None:
    """A client presents a payable over invoices, whose numbers count however they are typed."""
    client, issuer, listed = match.groups()
    key = EpochKey(1, derived(story.world.seed, "fingerprint"))
    seller, invoices = story.world.clients[client].uscc, []
    for typed, amount in re.findall(rf'"([^"]+)" of ({MONEY})', listed):
        paper = PaperFields("INVOICE", typed, seller, "2026-03-10", "CNY", parse_amount(amount))
        invoices.append(invoice([key], paper))
        known(story).fingerprints.setdefault(typed, invoices[-1].fingerprint)
        known(story).totals[typed] = parse_amount(amount)
    story.references += 1
    args = Present(
        reference=f"{story.references:032x}",
        issuer=issuer,
        presenter=story.world.receiver(client),
        kind="INVOICE",
        amount=sum(one.total for one in invoices),
        due_day="2026-12-31",
        epoch=1,
        invoices=tuple(invoices),
    )

    def note(answer: Answer) -> None:
        known(story).payables[client, issuer] = (answer.operation, args)

    story.do("payable.present", args, args.presenter.tag, code, note)


def confirm(story: Story, issuer: str, client: str, code: str) -> None:
    """The issuer owes what was presented."""
    name, args = known(story).payables[client, issuer]
    story.do("payable.confirm", Confirm(name, args.amount), issuer, code)


def promise(story: Story, match: re.Match[str], code: str) -> None:
    """A promise that rests on parts of invoices of what a client has presented."""
    issuer, name, face, client, due, listed = match.groups()
    payable, presented = known(story).payables[client, issuer]
    parts = tuple(
        AllocatedPart(known(story).fingerprints[typed], parse_amount(amount))
        for amount, typed in re.findall(rf'({MONEY}) of "([^"]+)"', listed)
    )
    story.references += 1
    args = Issue(
        reference=f"{story.references:032x}",
        receiver=presented.presenter,
        currency="CNY",
        face=Units(parse_amount(face)),
        nominal_maturity=due,
        settlement_bank=MemberId("settle-a"),
        payable=payable,
        invoices=parts,
    )

    def note(answer: Answer) -> None:
        event = story.event(answer)
        story.numbers[name], story.consents[name] = event["voucher"], event["promise"]
        story.receivers[name] = presented.presenter.tag

    story.do("voucher.issue", args, issuer, code, note)


def grant(story: Story, bank: str, issuer: str, amount: str, code: str) -> None:
    """A bank lets an issuer have so much outstanding."""
    args = Grant(issuer, parse_amount(amount), "CNY", "2026-03-16", "2027-03-15")
    story.do("ceiling.grant", args, bank, code)


def credit(story: Story, match: re.Match[str], code: str) -> None:
    """The issuer records a red letter."""
    issuer, amount, typed = match.groups()
    story.references += 1
    letter = derived(story.world.seed, "red letter", str(story.references)).hex()
    args = RecordCredit(known(story).fingerprints[typed], letter, 1, parse_amount(amount))
    story.do("invoice.credit", args, issuer, code)


def review(story: Story, who: str, typed: str, code: str) -> None:
    """One side has looked at a red letter: the voucher stands."""
    story.do("invoice.review", Review(known(story).fingerprints[typed], "STANDS"), who, code)


# --- facts


def expect_left(story: Story, typed: str, amount: str) -> None:
    """What may still be promised on an invoice; below zero, what a red letter has taken too much."""
    row = papers.fingerprint(story.world.reader, known(story).fingerprints[typed])
    found = 0 if row is None else row.headroom(story.world.state.moment())
    story.same(f"{'-' if found < 0 else ''}{format_amount(abs(found))}", amount)


def expect_free(story: Story, issuer: str, amount: str) -> None:
    """What banks let the issuer have outstanding beyond what it has."""
    free = risk.free(story.world.reader, issuer, story.world.state.moment())
    story.same(format_amount(free), amount)


def expect_nobody_named(story: Story) -> None:
    """The last refusal says nobody's name."""
    block = story.world.history[-1]
    text = b"".join(bytes(row) for rows in block.results for row in rows).decode()
    story.same([name for name in MEMBERS if f'"{name}"' in text], [])


PATTERNS: tuple[tuple[str, Act], ...] = (
    (rf"({NAME}) presents to ({NAME}) (.+)", present),
    (rf"({NAME}) confirms what ({NAME}) has presented", lambda s, m, code: confirm(s, m[1], m[2], code)),
    (rf"({NAME}) promises (\w+) of ({MONEY}) to ({NAME}) due ({DAY}) on (.+)", promise),
    (
        rf"({NAME}) grants ({NAME}) a ceiling of ({MONEY})",
        lambda s, m, code: grant(s, m[1], m[2], m[3], code),
    ),
    (rf'({NAME}) records a red letter of ({MONEY}) on "([^"]+)"', credit),
    (rf'({NAME}) finds that "([^"]+)" stands', lambda s, m, code: review(s, m[1], m[2], code)),
    (rf'"([^"]+)" has (-?{MONEY}) left', lambda s, m, _: expect_left(s, m[1], m[2])),
    (rf"the ceilings of ({NAME}) have ({MONEY}) free", lambda s, m, _: expect_free(s, m[1], m[2])),
    (r"the answer names nobody", lambda s, _m, _c: expect_nobody_named(s)),
)
