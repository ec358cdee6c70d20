"""Sentences about what binds units: financings with their quotes in figures, and freezes of a court."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from tallychain.contracts.vouchers.courting import operations as courting
from tallychain.contracts.vouchers.financing import operations as financing
from tallychain.contracts.vouchers.financing.contents import QuoteContent
from tallychain.contracts.vouchers.financing.state import FINANCINGS
from tallychain.contracts.vouchers.financing.terms import Price, priced
from tallychain.contracts.vouchers.state import HOLDINGS, Voucher
from tallychain.instruments.holdings import EncumbranceKind
from tallychain.instruments.money import Units, format_amount, parse_amount
from tallychain.testkit.world import Answer
from tests.deals import Deals
from tests.financings import Financings
from tests.scenarios.settling import DOCUMENT, instant, voucher_of
from tests.scenarios.story import Story

NAME = r"[a-z][a-z0-9-]*"
MONEY = r"[0-9,]+\.[0-9]{2}"
AT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
DAY = r"\d{4}-\d\d-\d\d"
PAYING_BANK: Final = "settle-a"
SELLER_BANKS: Final = ("bank-b", "bank-a")
"""The first of them that is not itself the funder."""
DONE: Final = "DONE"

Act = Callable[[Story, re.Match[str], str], None]


@dataclass
class Bound:
    """What the sentences so far have named: one financing of a seller and one freeze of a voucher at a time."""

    asked: dict[tuple[str, str], str] = field(default_factory=dict)
    sellers: dict[tuple[str, str], str] = field(default_factory=dict)
    """(voucher, seller) to the tag that asked."""
    prices: dict[tuple[str, str], Price] = field(default_factory=dict)
    """(financing, funder) to what the quote comes to."""
    freezes: dict[str, str] = field(default_factory=dict)
    at_work: Financings | None = None


def bound(story: Story) -> Bound:
    """What this story has bound."""
    made: Bound = story.more.setdefault("bound", Bound())
    return made


def at_work(story: Story) -> Financings:
    """Who makes the parts of quotes, and makes them again when they are delivered."""
    found = bound(story)
    if found.at_work is None:
        found.at_work = Financings(Deals(story.world))
    return found.at_work


def of(story: Story, name: str, seller: str) -> tuple[Voucher, str]:
    """A voucher and the financing of a seller."""
    return voucher_of(story, name), bound(story).asked[name, seller]


# --- financings


def ask(story: Story, match: re.Match[str], code: str) -> None:
    """A seller asks funders for money against its lowest units."""
    seller, funders, amount, name, recourse, closes = match.groups()
    holding = story.holding_of(seller, name)
    args = financing.AskFinancing(
        voucher=story.numbers[name],
        holding=holding.first,
        first=holding.first,
        last=Units(holding.first + parse_amount(amount) - 1),
        form="FACTORING",
        recourse=bool(recourse),
        funders=tuple(sorted(re.split(r", | and ", funders))),
        closes_ms=instant(closes),
    )

    def note(answer: Answer) -> None:
        bound(story).asked[name, seller] = answer.operation
        bound(story).sellers[name, seller] = holding.tag

    story.do("financing.request", args, holding.tag, code, note)


def quote(story: Story, match: re.Match[str], code: str) -> None:
    """A funder commits to a quote, whose figures are those that follow from its terms."""
    funder, seller, name, rate, fees, day, days, charged, net = match.groups()
    voucher, request = of(story, name, seller)
    row = story.world.reader.get(FINANCINGS, request)
    if row is None:
        raise AssertionError("there is no such request")
    price = priced(
        row.last - row.first + 1,
        voucher.effective_maturity,
        rate=int(rate),
        fees=parse_amount(fees or "0.00"),
        value_date=day,
    )
    story.same((price.days, price.interest, price.net), (int(days), parse_amount(charged), parse_amount(net)))
    content = QuoteContent(
        rate=int(rate),
        day_count="ACT_360",
        value_date=day,
        days=price.days,
        interest=price.interest,
        fees=parse_amount(fees or "0.00"),
        net=price.net,
        contract=DOCUMENT,
    )
    args = at_work(story).commitment(voucher, request, funder, content=content, paying_bank=PAYING_BANK)
    story.names[args.receiver.tag] = funder
    if code == DONE:
        bound(story).prices[request, funder] = price
    story.do("financing.quote", args, funder, code)


def reveal(story: Story, match: re.Match[str], code: str) -> None:
    """A funder delivers what it has committed to, or another rate."""
    funder, seller, name, other = match.groups()
    voucher, request = of(story, name, seller)
    made = at_work(story)
    before = made.contents[request, funder]
    if other and isinstance(before, QuoteContent):
        made.contents[request, funder] = replace(before, rate=int(other))
    signed = made.delivery(voucher, request, funder)
    made.contents[request, funder] = before
    story.came_back(story.world.submit([signed], carrier=funder)[0].code, code)


def copy(story: Story, match: re.Match[str], code: str) -> None:
    """A funder commits to what another has committed to, which it cannot read."""
    funder, other, seller, name = match.groups()
    voucher, request = of(story, name, seller)
    made = at_work(story)
    theirs = made.commitment(voucher, request, other, content=made.contents[request, other])
    made.contents[request, funder] = made.contents[request, other]
    made.reveals[request, funder] = made.reveals[request, other]
    args = replace(theirs, receiver=made.taker(funder))
    story.do("financing.quote", args, funder, code)


def choose(story: Story, seller: str, funder: str, name: str, code: str) -> None:
    """The seller chooses a quote."""
    voucher, request = of(story, name, seller)
    bank = next(bank for bank in SELLER_BANKS if bank != funder)
    args = replace(at_work(story).choice(voucher, request, funder), seller_bank=bank)
    story.do("financing.award", args, bound(story).sellers[name, seller], code)


def register(story: Story, funder: str, seller: str, name: str, code: str) -> None:
    """The funder shows the registration."""
    story.do("financing.register", at_work(story).registration(*of(story, name, seller)), funder, code)


def disburse(story: Story, bank: str, seller: str, name: str, code: str) -> None:
    """The bank that pays says that it has paid what the commitment says."""
    story.do("financing.disburse", at_work(story).disbursement(*of(story, name, seller)), bank, code)


def complete(story: Story, seller: str, name: str, code: str) -> None:
    """The seller says that the money has come."""
    voucher, request = of(story, name, seller)
    args = financing.CompleteFinancing(voucher.number, request)
    story.do("financing.complete", args, bound(story).sellers[name, seller], code)


def expect_order(story: Story, seller: str, name: str, funders: str) -> None:
    """Who leaves the seller most, first."""
    request = bound(story).asked[name, seller]
    nets = {funder: price.net for (one, funder), price in bound(story).prices.items() if one == request}
    story.same(sorted(nets, key=lambda funder: -nets[funder]), funders.split(", "))


def expect_all_in(story: Story, funder: str, seller: str, name: str, ppm: str) -> None:
    """What a quote costs in a year, with its fees."""
    story.same(bound(story).prices[bound(story).asked[name, seller], funder].all_in, int(ppm))


def expect_financing(story: Story, seller: str, name: str, status: str) -> None:
    """What the financing is at the time of the last block."""
    row = story.world.reader.get(FINANCINGS, bound(story).asked[name, seller])
    story.same(None if row is None else row.status_at(story.world.state.moment()), status)


# --- courts


def freeze(story: Story, match: re.Match[str], code: str) -> None:
    """A court freezes an amount of what somebody holds, its lowest units, or a range of units."""
    court, amount, units, name, who, until = match.groups()
    holding = story.holding_of(who, name)
    at, first, last = holding.first, holding.first, holding.first + parse_amount(amount or "0.01") - 1
    if units:
        first, last = (Units(int(end)) for end in units.replace(",", "").split("-"))
        at = Units(1)
    args = courting.FreezeUnits(story.numbers[name], holding.tag, at, first, Units(last), until, DOCUMENT)

    def note(answer: Answer) -> None:
        event = next(one for one in story.events(answer) if one["event"] == "court.froze")
        bound(story).freezes[name] = event["freeze"]
        bound(story).freezes[f"reach of {name}"] = format_amount(event["frozen"])

    story.do("court.freeze", args, court, code, note)


def expect_reach(story: Story, name: str, amount: str) -> None:
    """How much the latest freeze found."""
    story.same(bound(story).freezes[f"reach of {name}"], amount)


def unfreeze(story: Story, court: str, name: str, code: str) -> None:
    """The court lifts its freeze."""
    args = courting.Unfreeze(story.numbers[name], bound(story).freezes[name], DOCUMENT)
    story.do("court.unfreeze", args, court, code)


def execute(story: Story, court: str, name: str, who: str, code: str) -> None:
    """The court has the money of the frozen holding of somebody paid to the account that it names."""
    frozen = [
        row.first
        for row in story.world.reader.iterate(HOLDINGS)
        if (row.voucher, story.owner(row.tag)) == (story.numbers[name], who)
        and any(lock.kind is EncumbranceKind.FREEZE for lock in row.encumbrances)
    ]
    args = courting.ExecuteFreeze(story.numbers[name], bound(story).freezes[name], tuple(frozen), DOCUMENT)
    story.do("court.execute", args, court, code)


QUOTES: Final = (
    rf"({NAME}) quotes ({NAME}) on (\w+) (\d+) ppm(?: and ({MONEY}) of fees)? from ({DAY}):"
    rf" (\d+) days, interest ({MONEY}), net ({MONEY})"
)
PATTERNS: tuple[tuple[str, Act], ...] = (
    (rf"({NAME}) asks (.+) for ({MONEY}) of (\w+)( with recourse)? until ({AT})", ask),
    (QUOTES, quote),
    (rf"({NAME}) reveals to ({NAME}) on (\w+)(?: (\d+) ppm instead)?", reveal),
    (rf"({NAME}) copies the quote of ({NAME}) to ({NAME}) on (\w+)", copy),
    (rf"({NAME}) chooses ({NAME}) on (\w+)", lambda s, m, code: choose(s, m[1], m[2], m[3], code)),
    (
        rf"({NAME}) registers the financing of ({NAME}) on (\w+)",
        lambda s, m, code: register(s, m[1], m[2], m[3], code),
    ),
    (
        rf"({NAME}) pays ({NAME}) its financing on (\w+)",
        lambda s, m, code: disburse(s, m[1], m[2], m[3], code),
    ),
    (rf"({NAME}) has the money of its financing on (\w+)", lambda s, m, code: complete(s, m[1], m[2], code)),
    (
        rf"what ({NAME}) gets on (\w+) is most of (.+)",
        lambda s, m, _: expect_order(s, m[1], m[2], m[3]),
    ),
    (
        rf"the quote of ({NAME}) to ({NAME}) on (\w+) is (\d+) ppm all in",
        lambda s, m, _: expect_all_in(s, m[1], m[2], m[3], m[4]),
    ),
    (rf"the financing of ({NAME}) on (\w+) is (\w+)", lambda s, m, _: expect_financing(s, m[1], m[2], m[3])),
    (rf"({NAME}) freezes (?:({MONEY})|units (\S+)) of (\w+) held by ({NAME}) until ({DAY})", freeze),
    (rf"the freeze of (\w+) has found ({MONEY})", lambda s, m, _: expect_reach(s, m[1], m[2])),
    (rf"({NAME}) lifts the freeze of (\w+)", lambda s, m, code: unfreeze(s, m[1], m[2], code)),
    (
        rf"({NAME}) executes the freeze of (\w+) held by ({NAME})",
        lambda s, m, code: execute(s, m[1], m[2], m[3], code),
    ),
)
