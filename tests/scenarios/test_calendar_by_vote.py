"""Supply-chain study, scenario 12: a maturity in a year whose calendar is published by vote."""

import msgspec

from tallychain.contracts.governance.changes import PublishCalendar
from tallychain.contracts.vouchers.state import FIRM, PROVISIONAL, VOUCHERS
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.ledger.parameters import CALENDARS
from tallychain.testkit.world import World
from tests.deals import Deals, done
from tests.votes import Votes

FIXTURE = PublishCalendar(2027, 1, ("2027-02-05", "2027-02-08", "2027-02-09", "2027-02-10", "2027-02-11"), ())


def test_the_vote_makes_a_provisional_maturity_firm_and_tells_those_that_hold() -> None:
    world = World(start_ms=instant_ms(parse_date("2026-10-09"), 9))
    deals, votes = Deals(world), Votes(world)
    before = done(
        world.do("voucher.issue", deals.promise(world.receiver("s1"), maturity="2027-02-08"), by="ce-a")
    )
    (voucher,) = world.reader.scan(VOUCHERS)
    assert (before.outcome, voucher.maturity, voucher.effective_maturity) == (
        "done",
        PROVISIONAL,
        "2027-02-08",
    )
    assert world.reader.get(CALENDARS, 2027) is None

    assert votes.decide(FIXTURE) == "ENACTED"

    done(world.do("voucher.issue", deals.promise(world.receiver("s1"), maturity="2027-02-08"), by="ce-a"))
    firm = [row for row in world.reader.scan(VOUCHERS) if row.maturity == FIRM]
    assert [row.effective_maturity for row in firm] == ["2027-02-12", "2027-02-12"]
    events = [msgspec.json.decode(event) for block in world.history for event in block.due_events]
    told = [event for event in events if event["event"] == "voucher.maturity_set"]
    assert [(event["voucher"], event["effective_maturity"]) for event in told] == [
        (voucher.number, "2027-02-12")
    ]
    assert world.check() == []
