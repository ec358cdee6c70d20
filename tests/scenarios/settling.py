"""Sentences about payment: agreements, payees, money booked, shares, payouts, dishonour and late interest."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from tallychain.contracts.risk import api as risk
from tallychain.contracts.vouchers import api
from tallychain.contracts.vouchers.settling.operations import (
    Attest,
    AttestLate,
    FailPayout,
    NamePayee,
    Payout,
    PayoutRow,
    Release,
    ReleaseWithheld,
)
from tallychain.contracts.vouchers.settling.rules.attest import late_interest
from tallychain.contracts.vouchers.settling.rules.position import Position, positions_of, the_shares
from tallychain.contracts.vouchers.state import Voucher
from tallychain.instruments.money import format_amount, parse_amount
from tests.scenarios.story import SHANGHAI, Story

NAME = r"[a-z][a-z0-9-]*"
MONEY = r"[0-9,]+\.[0-9]{2}"
AT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
DOCUMENT = "d0" * 32
LATE_PPM_PER_DAY = 500

Act = Callable[[Story, re.Match[str], str], None]


def instant(text: str) -> int:
    """A local time as UTC milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp()) * 1000


def voucher_of(story: Story, name: str) -> Voucher:
    """The voucher of this name."""
    found = api.voucher(story.world.reader, story.numbers[name])
    if found is None:
        raise AssertionError(f"there is no {name}")
    return found


def positions(story: Story, name: str) -> tuple[Position, ...]:
    """Where each of its holdings stands."""
    return positions_of(voucher_of(story, name), story.world.reader)


def position_of(story: Story, name: str, who: str) -> Position:
    """The holding of one client."""
    (found,) = [one for one in positions(story, name) if story.owner(one.holding.tag) == who]
    return found


def reference(story: Story, given: str | None) -> str:
    """The bank's reference, or the next one."""
    story.references += 1
    return given or f"BANK-{story.references}"


# --- acts


def name_payees(story: Story, name: str) -> None:
    """Every sponsor names the payees of its holders."""
    for one in positions(story, name):
        args = NamePayee(story.numbers[name], one.holding.first)
        story.do("settlement.payee", args, one.holding.sponsor, "DONE")


def name_payee(story: Story, sponsor: str, name: str, who: str, code: str) -> None:
    """One sponsor names the payee of one holder."""
    args = NamePayee(story.numbers[name], position_of(story, name, who).holding.first)
    story.do("settlement.payee", args, sponsor, code)


def attest(story: Story, match: re.Match[str], code: str) -> None:
    """Money booked, now or earlier."""
    bank, amount, name, booked, given = match.groups()
    booked_ms = instant(booked) if booked else story.world.time_ms
    args = Attest(story.numbers[name], parse_amount(amount), booked_ms, reference(story, given), DOCUMENT)
    story.do("settlement.attest", args, bank, code)


def attest_late(story: Story, bank: str, amount: str, name: str, code: str) -> None:
    """Late interest booked."""
    args = AttestLate(
        story.numbers[name],
        parse_amount(amount),
        story.world.time_ms,
        reference(story, None),
        DOCUMENT,
    )
    story.do("settlement.late", args, bank, code)


def pay_out(story: Story, match: re.Match[str], code: str) -> None:
    """One holder is paid."""
    bank, amount, name, who, given = match.groups()
    row = PayoutRow(
        position_of(story, name, who).holding.first, parse_amount(amount), reference(story, given)
    )
    args = Payout(story.numbers[name], story.world.time_ms, DOCUMENT, (row,))
    story.do("settlement.payout", args, bank, code)


def pay_all_out(story: Story, bank: str, name: str, code: str) -> None:
    """Everything that can be paid out, in one operation."""
    rows = tuple(
        PayoutRow(one.holding.first, one.payable, reference(story, None))
        for one in positions(story, name)
        if one.payable
    )
    args = Payout(story.numbers[name], story.world.time_ms, DOCUMENT, rows)
    story.do("settlement.payout", args, bank, code)


def fail_payout(story: Story, bank: str, given: str, name: str, who: str, code: str) -> None:
    """A payout came back."""
    args = FailPayout(story.numbers[name], position_of(story, name, who).holding.first, given, DOCUMENT)
    story.do("settlement.payout_failed", args, bank, code)


def release_withheld(story: Story, bank: str, name: str, who: str, code: str) -> None:
    """The bank pays to a payee that came late."""
    args = ReleaseWithheld(story.numbers[name], position_of(story, name, who).holding.first)
    story.do("settlement.release_withheld", args, bank, code)


def release(story: Story, who: str, amount: str, name: str, code: str) -> None:
    """A holder releases the issuer."""
    holding = position_of(story, name, who).holding
    args = Release(story.numbers[name], holding.first, parse_amount(amount))
    story.do("debt.release", args, holding.tag, code)


# --- facts


def expect_shares(story: Story, name: str, lines: list[str]) -> None:
    """What everybody has got: `s2 180,000.00 owed 120,000.00, DUE`."""
    status = voucher_of(story, name).status_at(story.world.state.moment())
    found = [
        f"{story.owner(one.holding.tag)} {format_amount(one.portion.share + one.portion.interest)} "
        f"owed {format_amount(one.outstanding)}, {one.status(status)}"
        for one in positions(story, name)
    ]
    story.same(found, [" ".join(line.split()) for line in lines])


def expect_dishonour(story: Story, name: str, at: str, lines: str) -> None:
    """Who was told what at the cut-off, in the block of that instant."""
    (event,) = events_of(story, name, "settlement.dishonoured")
    told = [f"{story.owner(one['tag'])} {format_amount(one['outstanding'])}" for one in event["holders"]]
    story.same((event["since_ms"], told), (instant(at), lines.split("; ")))


def expect_overdue(story: Story, name: str, at: str, amount: str, cause: str) -> None:
    """The overdue event."""
    (event,) = events_of(story, name, "settlement.overdue")
    found = (event["since_ms"], format_amount(event["outstanding"]), event["cause"])
    story.same(found, (instant(at), amount, cause))


def expect_no_event(story: Story, name: str, kind: str) -> None:
    """Nothing of the kind was published."""
    story.same(list(events_of(story, name, kind)), [])


def events_of(story: Story, name: str, kind: str) -> Iterator[dict[str, Any]]:
    """Everything of one kind that was published about a voucher, in order."""
    number = story.numbers[name]
    for block in story.world.history:
        rows = [row for result in block.results for row in result]
        texts = [bytes(event) for event in block.due_events]
        for row in rows:
            texts += [msgspec.json.encode(event) for event in msgspec.json.decode(row).get("events", [])]
        for text in texts:
            event = msgspec.json.decode(text)
            if event["event"] == kind and event["voucher"] == number:
                yield event


def expect_late_interest(story: Story, name: str, amount: str) -> None:
    """What has accrued."""
    shares = the_shares(story.numbers[name], story.world.reader)
    story.same(format_amount(late_interest(shares, LATE_PPM_PER_DAY)), amount)


def expect_blocked(story: Story, issuer: str, *, blocked: bool) -> None:
    """Whether an issuer may issue."""
    story.same(risk.is_blocked(story.world.reader, issuer, story.world.state.moment()), blocked)


def expect_used(story: Story, issuer: str, amount: str) -> None:
    """What an issuer has outstanding."""
    story.same(format_amount(risk.used(story.world.reader, issuer)), amount)


PATTERNS: tuple[tuple[str, Act], ...] = (
    (r"the sponsors name the payees of (\w+)", lambda s, m, _: name_payees(s, m[1])),
    (
        rf"({NAME}) names the payee of (\w+) for ({NAME})",
        lambda s, m, code: name_payee(s, m[1], m[2], m[3], code),
    ),
    (rf"({NAME}) attests ({MONEY}) of (\w+)(?:, booked ({AT}))?(?:, as (\S+))?", attest),
    (
        rf"({NAME}) attests late interest of ({MONEY}) of (\w+)",
        lambda s, m, code: attest_late(s, m[1], m[2], m[3], code),
    ),
    (rf"({NAME}) pays ({MONEY}) of (\w+) to ({NAME})(?:, as (\S+))?", pay_out),
    (rf"({NAME}) pays out (\w+)", lambda s, m, code: pay_all_out(s, m[1], m[2], code)),
    (
        rf"({NAME}) says that (\S+) of (\w+) to ({NAME}) came back",
        lambda s, m, code: fail_payout(s, m[1], m[2], m[3], m[4], code),
    ),
    (
        rf"({NAME}) releases what is withheld of (\w+) for ({NAME})",
        lambda s, m, code: release_withheld(s, m[1], m[2], m[3], code),
    ),
    (
        rf"({NAME}) releases ({MONEY}) of the debt of (\w+)",
        lambda s, m, code: release(s, m[1], m[2], m[3], code),
    ),
    (
        rf"(\w+) was dishonoured at ({AT}), which told (.+)",
        lambda s, m, _: expect_dishonour(s, m[1], m[2], m[3]),
    ),
    (
        rf"(\w+) was overdue at ({AT}) with ({MONEY}), (\w+)",
        lambda s, m, _: expect_overdue(s, m[1], m[2], m[3], m[4]),
    ),
    (r"(\w+) was never overdue", lambda s, m, _: expect_no_event(s, m[1], "settlement.overdue")),
    (r"(\w+) was never dishonoured", lambda s, m, _: expect_no_event(s, m[1], "settlement.dishonoured")),
    (rf"late interest of (\w+) is ({MONEY})", lambda s, m, _: expect_late_interest(s, m[1], m[2])),
    (rf"({NAME}) is blocked", lambda s, m, _: expect_blocked(s, m[1], blocked=True)),
    (rf"({NAME}) may issue", lambda s, m, _: expect_blocked(s, m[1], blocked=False)),
    (rf"({NAME}) has ({MONEY}) outstanding", lambda s, m, _: expect_used(s, m[1], m[2])),
)
