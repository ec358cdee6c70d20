"""Scenarios 1, 2, 13 and 14 of the supply-chain study, section 8, with its numbers (1 without the disclosure line)."""

from msgspec.structs import replace

from tallychain.contracts.documents import api as papers
from tallychain.contracts.documents.operations import Confirm, RecordCredit, Review
from tallychain.contracts.risk import api as risks
from tallychain.contracts.risk.operations import Grant
from tallychain.contracts.vouchers.operations import Accept
from tallychain.contracts.vouchers.state import HOLDINGS, VOUCHERS
from tallychain.testkit.genesis import MEMBERS
from tallychain.testkit.world import World
from tests.deals import Deals
from tests.scenarios.test_documents_and_risk import INV_1, INV_2, done, issued, presenting, promise

LINE = 5_000_000_000


def v1(world: World) -> tuple[str, str]:
    """V1 over 1,000,000.00: 600,000.00 of INV-1 and 400,000.00 of INV-2; its number and the payable."""
    done(world.do("ceiling.grant", Grant("ce-a", LINE, "CNY", "2026-03-16", "2027-03-15"), by="bank-a"))
    args = presenting(world)
    payable = done(world.do("payable.present", args, by=args.presenter.tag))
    done(world.do("payable.confirm", Confirm(payable, 112_000_000), by="ce-a"))
    made = promise(args.presenter, payable, (INV_1, 60_000_000), (INV_2, 40_000_000))
    done(world.do("voucher.issue", made, by="ce-a"))
    number = issued(world)
    voucher = world.reader.get(VOUCHERS, number)
    assert voucher is not None
    done(world.do("voucher.accept", Accept(number, voucher.promise), by=args.presenter.tag))
    return number, payable


def headroom(world: World) -> int:
    record = papers.fingerprint(world.reader, INV_2)
    assert record is not None
    return record.headroom(world.state.moment())


def test_scenarios_1_and_2_what_is_left_of_the_line_and_of_the_second_invoice() -> None:
    world = World(ceilings=())
    number, payable = v1(world)
    assert risks.used(world.reader, "ce-a") == 100_000_000
    assert headroom(world) == 12_000_000
    row = papers.payable(world.reader, payable)
    assert row is not None

    over = promise(row.presenter, payable, (INV_2, 12_000_001), reference="2" * 32)
    assert world.do("voucher.issue", over, by="ce-a").code == "INVOICE_OVERALLOCATED"
    rest = promise(row.presenter, payable, (INV_2, 12_000_000), reference="3" * 32)
    done(world.do("voucher.issue", rest, by="ce-a"))
    assert headroom(world) == 0
    assert number != issued(world)
    assert world.check() == []


def test_scenario_13_another_debtors_payable_on_the_same_invoice_is_refused_and_names_nobody() -> None:
    world = World(ceilings=())
    v1(world)
    again = replace(presenting(world), issuer="ce-b", reference="4" * 32)

    answer = world.do("payable.present", again, by=again.presenter.tag)

    assert answer.code == "INVOICE_ALREADY_USED"
    said = str(getattr(answer, "fields", ""))
    assert not any(name in said for name in MEMBERS)


def test_scenario_14_a_second_red_letter_stops_the_voucher_until_it_is_reviewed() -> None:
    world = World(ceilings=())
    deals = Deals(world)
    number, _ = v1(world)
    done(world.do("invoice.credit", RecordCredit(INV_2, "c1" * 32, 1, 10_000_000), by="ce-a"))
    assert headroom(world) == 2_000_000
    done(world.do("invoice.credit", RecordCredit(INV_2, "c2" * 32, 1, 10_000_000), by="ce-a"))
    assert headroom(world) == -8_000_000
    voucher = deals.found(number)
    assert deals.offer(voucher, world.receiver("s2")).code == "VOUCHER_UNDER_REVIEW"
    assert len(world.reader.scan(HOLDINGS, number)) == 1

    for name in ("ce-a", "bank-a"):
        done(world.do("invoice.review", Review(INV_2, "STANDS"), by=name))

    assert deals.offer(voucher, world.receiver("s2")).code == "DONE"
    assert world.check() == []
