"""Acts as rows: of which units each was, whatever part of the contract it belongs to."""

from tallychain.contracts.vouchers.acts import ACTS_VIEW, units_of
from tallychain.contracts.vouchers.cancelling.events import CancellationProposed
from tallychain.contracts.vouchers.sponsoring.events import HolderPorted
from tallychain.contracts.vouchers.tests.desk import person, row
from tallychain.contracts.vouchers.tests.test_views import Following, complete
from tallychain.ledger.contract import Event
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import Fact

S1, S2, S3 = person("s1"), person("s2"), person("s3")


def test_every_act_on_a_voucher_is_a_row_with_its_subject_and_units() -> None:
    desk = Following()
    voucher = desk.active()
    taken, declined = desk.offer(voucher.number, S1, row(1, 10, S2), row(11, 20, S3))
    desk.take(voucher.number, taken, S2)
    desk.decline(voucher.number, declined, S3)

    assert complete(desk)
    rows = desk.of("voucher_acts").items()
    found = [(*key[2:], values["first"], values["last"]) for key, values in rows]
    assert [act for act in found if str(act[0]).startswith("voucher.")] == [
        ("voucher.issued", "", 0, 0),
        ("voucher.accepted", "", 1, 100_000_000),
        ("voucher.offered", taken, 1, 10),
        ("voucher.offered", declined, 11, 20),
        ("voucher.title_moved", taken, 1, 100_000_000),
        ("voucher.declined", declined, 0, 0),
    ]
    assert {key[0] for key, _ in rows} == {voucher.number}


def test_units_are_read_from_holdings_however_an_event_names_them() -> None:
    ported = HolderPorted("EV", "t", "bank-b", ("bank-a",), ("EV:5-9:2", "EV:1-4:3"), ())
    counted = CancellationProposed("EV", "c", "ce-a", 3, settled("PENDING"))

    assert units_of(ported) == (1, 9)
    assert units_of(HolderPorted("EV", "t", "bank-b", (), ("no holding",), ())) == (0, 0)
    assert units_of(counted) == (0, 0)


def test_what_no_operation_did_and_what_names_no_voucher_is_no_act() -> None:
    class Elsewhere(Event, frozen=True, tag="elsewhere"):
        number: int

    project = ACTS_VIEW.project
    assert project is not None
    counted = CancellationProposed("EV", "c", "ce-a", 3, settled("PENDING"))
    for event, operation in ((counted, ""), (Elsewhere(1), "ab")):
        assert list(project(Fact(event, operation, "", "", 1, 0, 1))) == []
