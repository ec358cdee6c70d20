"""Sentences about claims: pledges and whose their proceeds are, payment before the maturity, recourse to the seller, and disputes."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from tallychain.contracts.vouchers.disputing import operations as disputing
from tallychain.contracts.vouchers.disputing.state import DISPUTES
from tallychain.contracts.vouchers.pledging import operations as pledging
from tallychain.contracts.vouchers.pledging.contents import ClaimContent, TermsContent
from tallychain.contracts.vouchers.pledging.state import PLEDGES
from tallychain.contracts.vouchers.recoursing import operations as recoursing
from tallychain.contracts.vouchers.recoursing.state import RECOURSES
from tallychain.contracts.vouchers.recoursing.terms import claimable
from tallychain.contracts.vouchers.redeeming import operations as redeeming
from tallychain.contracts.vouchers.redeeming.state import REDEMPTIONS
from tallychain.contracts.vouchers.redeeming.terms import redeemed_at
from tallychain.instruments.money import Units, format_amount, parse_amount
from tallychain.instruments.security import proceeds_of
from tallychain.testkit.world import Answer
from tests.scenarios.binding import bound
from tests.scenarios.settling import DOCUMENT, position_of, positions, reference, voucher_of
from tests.scenarios.story import Noted, Story

NAME = r"[a-z][a-z0-9-]*"
MONEY = r"[0-9,]+\.[0-9]{2}"
DAY = r"\d{4}-\d\d-\d\d"
BANK: Final = "settle-a"

Act = Callable[[Story, re.Match[str], str], None]


@dataclass
class Claims:
    """What the sentences so far have named, one of a kind of a voucher (and holder) at a time."""

    names: dict[tuple[str, ...], str] = field(default_factory=dict)
    """(kind, voucher, holder) to the operation that began it."""
    places: dict[tuple[str, ...], Any] = field(default_factory=dict)
    """The same to the first unit, where it does not change hands."""
    amounts: dict[str, int] = field(default_factory=dict)
    """Pledge to what is claimed of it, which its sealed part says."""


def claims(story: Story) -> Claims:
    """What this story has claimed."""
    made: Claims = story.more.setdefault("claims", Claims())
    return made


def noting(story: Story, *key: str, first: int = 0) -> Noted:
    """Keep the name of what an operation begins."""

    def note(answer: Answer) -> None:
        claims(story).names[key] = answer.operation
        claims(story).places[key] = first

    return note


def named(story: Story, *key: str) -> str:
    """The name of what was begun."""
    return claims(story).names[key]


# --- pledges


def pledge(story: Story, match: re.Match[str], code: str) -> None:
    """A holder pledges its whole holding."""
    holder, name, pledgee, until, secured = match.groups()
    holding = story.holding_of(holder, name)
    args = pledging.CreatePledge(story.numbers[name], holding.first, pledgee, until)
    content = {"terms": TermsContent(parse_amount(secured), "ZY-2026-0512")}
    story.do("pledge.create", args, holding.tag, code, noting(story, "pledge", name), content)


def accept_pledge(story: Story, pledgee: str, name: str, code: str) -> None:
    """The pledgee shows its registration."""
    args = pledging.AcceptPledge(story.numbers[name], named(story, "pledge", name), DOCUMENT)
    story.do("pledge.accept", args, pledgee, code)


def claim_pledge(story: Story, match: re.Match[str], code: str) -> None:
    """The pledgee says how much of the proceeds is its own."""
    pledgee, amount, name = match.groups()
    of = named(story, "pledge", name)
    content = {"claim": ClaimContent(parse_amount(amount), "ZY-2026-0512", "103290000000", "6209")}

    def note(answer: Answer) -> None:
        claims(story).names["claim", name] = answer.operation
        claims(story).amounts[of] = parse_amount(amount)

    story.do("pledge.claim", pledging.ClaimPledge(story.numbers[name], of), pledgee, code, note, content)


def contest_pledge(story: Story, holder: str, name: str, code: str) -> None:
    """The holder contests the last claim."""
    args = pledging.ContestClaim(
        story.numbers[name], named(story, "pledge", name), named(story, "claim", name)
    )
    story.do("pledge.contest", args, story.holding_of(holder, name).tag, code)


def enforce_pledge(story: Story, pledgee: str, name: str, code: str) -> None:
    """The pledgee shows that a court decides."""
    args = pledging.EnforcePledge(story.numbers[name], named(story, "pledge", name), DOCUMENT)
    story.do("pledge.enforce", args, pledgee, code)


def expect_pledge(story: Story, name: str, status: str) -> None:
    """What the pledge is at the time of the last block."""
    row = story.world.reader.get(PLEDGES, named(story, "pledge", name))
    story.same(None if row is None else row.status_at(story.world.state.moment()), status)


def expect_proceeds(story: Story, match: re.Match[str], _code: str) -> None:
    """Whose the money of a pledged holding is, as the bank reckons that has opened the claim."""
    pledgee, name, first, holder, rest = match.groups()
    portion = position_of(story, name, holder).portion
    found = proceeds_of(portion.share + portion.interest, claims(story).amounts[named(story, "pledge", name)])
    story.same((format_amount(found.pledgee), format_amount(found.owner)), (first, rest))
    row = story.world.reader.get(PLEDGES, named(story, "pledge", name))
    story.same(None if row is None else row.pledgee, pledgee)


# --- paid early


def offer_early(story: Story, match: re.Match[str], code: str) -> None:
    """The issuer would pay a holding early; its figures are those that follow from rate and days."""
    issuer, holder, name, rate, day, days, discount, net = match.groups()
    holding = story.holding_of(holder, name)
    maturity = voucher_of(story, name).effective_maturity
    terms = redeemed_at(holding.units.length, maturity, rate=int(rate), value_date=day)
    story.same(
        (terms.days, terms.discount, terms.net), (int(days), parse_amount(discount), parse_amount(net))
    )
    story.same(terms.discount + terms.net, holding.units.length)
    args = redeeming.OfferRedemption(story.numbers[name], holding.first)
    note = noting(story, "early", name, holder, first=holding.first)
    story.do("redemption.offer", args, issuer, code, note, {"terms": terms})


def agree_early(story: Story, holder: str, name: str, code: str) -> None:
    """The holder agrees."""
    holding = story.holding_of(holder, name)
    args = redeeming.AgreeRedemption(story.numbers[name], holding.first, named(story, "early", name, holder))
    story.do("redemption.agree", args, holding.tag, code)


def pay_early(story: Story, bank: str, holder: str, name: str, code: str) -> None:
    """The bank says that it has paid just now."""
    first = claims(story).places["early", name, holder]
    args = redeeming.AttestRedemption(
        story.numbers[name],
        first,
        named(story, "early", name, holder),
        reference(story, None),
        story.world.time_ms,
        DOCUMENT,
    )
    story.do("redemption.attest", args, bank, code)


def expect_early(story: Story, holder: str, name: str, status: str) -> None:
    """What the early payment is at the time of the last block."""
    first = claims(story).places["early", name, holder]
    row = story.world.reader.get(REDEMPTIONS, story.numbers[name], first)
    story.same(None if row is None else row.status_at(story.world.state.moment()), status)


# --- recourse


def claim_recourse(story: Story, match: re.Match[str], code: str) -> None:
    """A funder claims all that its seller may be asked for, in figures that anybody computes again."""
    funder, seller, name, until, principal, days, charged, amount = match.groups()
    one = position_of(story, name, funder)
    maturity = voucher_of(story, name).effective_maturity
    content = claimable(parse_amount(principal), maturity, until=until, late_ppm_per_day=500)
    story.same(
        (content.days, content.interest, content.amount),
        (int(days), parse_amount(charged), parse_amount(amount)),
    )
    financing = bound(story).asked[name, seller]
    args = recoursing.ClaimRecourse(story.numbers[name], financing, one.holding.first, BANK)
    note = noting(story, "recourse", name, seller, first=one.holding.first)
    story.do("recourse.claim", args, funder, code, note, {"claim": content})


def answer_recourse(story: Story, seller: str, act: str, name: str, code: str) -> None:
    """The seller buys back, or contests."""
    of = {"buys back": recoursing.BuyBackUnits, "contests the recourse": recoursing.ContestRecourse}[act]
    key = ("recourse", name, seller)
    args = of(story.numbers[name], claims(story).places[key], named(story, *key))
    kind = "recourse.buy_back" if act == "buys back" else "recourse.contest"
    story.do(kind, args, bound(story).sellers[name, seller], code)


def attest_recourse(story: Story, bank: str, seller: str, name: str, code: str) -> None:
    """A bank says that the seller's money has come just now."""
    key = ("recourse", name, seller)
    args = recoursing.AttestBuyBack(
        story.numbers[name],
        claims(story).places[key],
        named(story, *key),
        reference(story, None),
        story.world.time_ms,
        DOCUMENT,
    )
    story.do("recourse.attest", args, bank, code)


def expect_recourse(story: Story, seller: str, name: str, status: str) -> None:
    """What the claim is at the time of the last block."""
    first = claims(story).places["recourse", name, seller]
    row = story.world.reader.get(RECOURSES, story.numbers[name], first)
    story.same(None if row is None else row.status_at(story.world.state.moment()), status)


# --- disputes


def dispute(story: Story, match: re.Match[str], code: str) -> None:
    """An issuer disputes the lowest units of what somebody holds, as far as its evidence covers."""
    issuer, amount, name, holder, covered = match.groups()
    holding = story.holding_of(holder, name)
    face = parse_amount(amount)
    args = disputing.OpenDispute(
        story.numbers[name],
        holding.first,
        holding.first,
        Units(holding.first + face - 1),
        parse_amount(covered) if covered else face,
        DOCUMENT,
    )
    story.do("dispute.open", args, issuer, code, noting(story, "dispute", name))


def answer_dispute(story: Story, holder: str, act: str, name: str, code: str) -> None:
    """The holder denies or admits."""
    row = story.world.reader.get(DISPUTES, story.numbers[name], named(story, "dispute", name))
    args = disputing.AnswerDispute(story.numbers[name], named(story, "dispute", name), act == "admits")
    story.do("dispute.answer", args, row.tag if row else holder, code)


def refer_dispute(story: Story, issuer: str, name: str, code: str) -> None:
    """The issuer shows the number of the case."""
    args = disputing.ReferDispute(story.numbers[name], named(story, "dispute", name), DOCUMENT)
    story.do("dispute.refer", args, issuer, code)


def close_dispute(story: Story, who: str, name: str, code: str) -> None:
    """The issuer withdraws, or a court has decided."""
    args = disputing.CloseDispute(story.numbers[name], named(story, "dispute", name), DOCUMENT)
    story.do("dispute.close", args, who, code)


def expect_dispute(story: Story, name: str, status: str) -> None:
    """What the dispute is at the time of the last block."""
    row = story.world.reader.get(DISPUTES, story.numbers[name], named(story, "dispute", name))
    story.same(None if row is None else row.status_at(story.world.state.moment()), status)


def expect_part(story: Story, match: re.Match[str], _code: str) -> None:
    """Somebody has a part of this size in this status, of however many parts."""
    holder, amount, name, status = match.groups()
    now = voucher_of(story, name).status_at(story.world.state.moment())
    found = [
        one.status(now)
        for one in positions(story, name)
        if (story.owner(one.holding.tag), format_amount(one.holding.units.length)) == (holder, amount)
    ]
    story.same(found, [status])


EARLY: Final = (
    rf"({NAME}) would pay ({NAME}) early of (\w+) at (\d+) ppm from ({DAY}):"
    rf" (\d+) days, discount ({MONEY}), paid ({MONEY})"
)
CLAIM: Final = (
    rf"({NAME}) claims of ({NAME}) on (\w+) until ({DAY}):"
    rf" ({MONEY}) and for (\d+) days ({MONEY}), together ({MONEY})"
)
PATTERNS: tuple[tuple[str, Act], ...] = (
    (rf"({NAME}) pledges its part of (\w+) to ({NAME}) until ({DAY}), for ({MONEY})", pledge),
    (rf"({NAME}) accepts the pledge of (\w+)", lambda s, m, code: accept_pledge(s, m[1], m[2], code)),
    (rf"({NAME}) claims ({MONEY}) of the pledge of (\w+)", claim_pledge),
    (rf"({NAME}) contests the pledge of (\w+)", lambda s, m, code: contest_pledge(s, m[1], m[2], code)),
    (rf"({NAME}) enforces the pledge of (\w+)", lambda s, m, code: enforce_pledge(s, m[1], m[2], code)),
    (r"the pledge of (\w+) is (\w+)", lambda s, m, _: expect_pledge(s, m[1], m[2])),
    (
        rf"({NAME}) gets of the pledge of (\w+) ({MONEY}), ({NAME}) the ({MONEY}) that are left",
        expect_proceeds,
    ),
    (
        EARLY,
        offer_early,
    ),
    (rf"({NAME}) agrees to be paid early of (\w+)", lambda s, m, code: agree_early(s, m[1], m[2], code)),
    (
        rf"({NAME}) has paid ({NAME}) early of (\w+)",
        lambda s, m, code: pay_early(s, m[1], m[2], m[3], code),
    ),
    (rf"the early payment to ({NAME}) of (\w+) is (\w+)", lambda s, m, _: expect_early(s, m[1], m[2], m[3])),
    (
        CLAIM,
        claim_recourse,
    ),
    (
        rf"({NAME}) (buys back|contests the recourse) on (\w+)",
        lambda s, m, code: answer_recourse(s, m[1], m[2], m[3], code),
    ),
    (
        rf"({NAME}) says that the money of ({NAME}) for (\w+) has come",
        lambda s, m, code: attest_recourse(s, m[1], m[2], m[3], code),
    ),
    (rf"the recourse to ({NAME}) on (\w+) is (\w+)", lambda s, m, _: expect_recourse(s, m[1], m[2], m[3])),
    (
        rf"({NAME}) disputes ({MONEY}) of (\w+) held by ({NAME})(?:, of which ({MONEY}) are proven)?",
        dispute,
    ),
    (
        rf"({NAME}) (admits|denies) the dispute of (\w+)",
        lambda s, m, code: answer_dispute(s, m[1], m[2], m[3], code),
    ),
    (rf"({NAME}) takes the dispute of (\w+) to court", lambda s, m, code: refer_dispute(s, m[1], m[2], code)),
    (rf"({NAME}) closes the dispute of (\w+)", lambda s, m, code: close_dispute(s, m[1], m[2], code)),
    (r"the dispute of (\w+) is (\w+)", lambda s, m, _: expect_dispute(s, m[1], m[2])),
    (rf"({NAME}) has ({MONEY}) of (\w+) that are (\w+)", expect_part),
)
