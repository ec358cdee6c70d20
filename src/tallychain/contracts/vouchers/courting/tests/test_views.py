"""Events of courts become rows, and every row says the same as the state; opened orders stand in rows of their seat."""

from tallychain.contracts.vouchers import CONTRACT
from tallychain.contracts.vouchers.courting.declared import EXECUTE, FREEZE_UNITS, ORDER_EXAMPLE, UNFREEZE
from tallychain.contracts.vouchers.courting.find import effective_units, frozen_units
from tallychain.contracts.vouchers.courting.state import FREEZE_STATUSES, FREEZES
from tallychain.contracts.vouchers.courting.tests.desk import Desk
from tallychain.contracts.vouchers.courting.views import FREEZES_VIEW, ORDERS_VIEW
from tallychain.contracts.vouchers.settling.tests.desk import S1, S2
from tallychain.contracts.vouchers.settling.tests.test_views import Following as SettlingFollowing
from tallychain.contracts.vouchers.settling.views import PAYEES_VIEW
from tallychain.contracts.vouchers.tests.desk import at, row
from tallychain.ledger.views import Opening, RowWrite


class Following(SettlingFollowing, Desk):
    """A desk of courts whose events are projected as they come."""

    def in_step(self, number: str) -> bool:
        """Whether the rows of freezes, holdings and the voucher say what the state says."""
        for freeze in self.state.iterate(FREEZES):
            shown = self.row("freezes", freeze.id)
            if self.status_of("freezes", freeze.id) != freeze.status_at(self.now):
                return False
            stands = freeze.timeline.status in ("FROZEN", "AWARDED")
            told = (shown["frozen"], shown["effective"], shown["until"], shown["renewals"])
            found = (
                (frozen_units(freeze), effective_units(freeze, self.state, self.now)) if stands else told[:2]
            )
            if told != (*found, freeze.until, freeze.renewals):
                return False
        return self.agrees(number)


def test_the_rows_say_at_every_moment_what_the_state_says() -> None:
    desk = Following()
    number = desk.active().number
    desk.pass_on(number, S1, row(50_001, 60_000, S2))
    first = desk.freeze(number, 1, 70_000, until="2026-10-01")
    assert desk.row("freezes", first)["frozen"] == 60_000
    second = desk.freeze(number, 1, 50_000, by="courtb")
    third = desk.freeze(number, 1, 70_000)
    assert desk.row("freezes", third)["effective"] == 0
    assert desk.in_step(number)
    desk.renew(number, first, "2026-10-31")
    assert desk.in_step(number)
    desk.execute(number, first, 1, 60_001)
    assert desk.in_step(number)
    assert desk.row("shares", number, 1)["payee_bank"] == "settle-a"
    desk.unfreeze(number, first)
    assert desk.in_step(number)
    desk.transfer(number, second, by="courtb")
    assert desk.in_step(number)
    moves = [key for view, key in desk.rows if view == "title_moves"]
    assert len(moves) == 2
    assert len([key for view, key in desk.rows if view == "offers"]) == 1
    desk.now_ms = at("2027-03-16", 0)
    assert desk.status_of("freezes", third) == "EXPIRED"
    desk.write_due()
    assert desk.in_step(number)


def test_the_rows_of_money_follow_what_courts_do() -> None:
    desk = Following()
    number = desk.ripe().number
    desk.attest(number, "600,000.00")
    assert desk.row("shares", number, 1)["payable"] == 60_000_000
    name = desk.freeze(number)
    assert desk.row("shares", number, 1)["payable"] == 0
    assert desk.in_step(number)
    desk.transfer(number, name)
    assert desk.row("shares", number, 1)["payee_bank"] == ""
    assert desk.in_step(number)


def test_opened_orders_and_accounts_are_rows_of_their_seat() -> None:
    assert ORDERS_VIEW.project_opening is not None
    assert PAYEES_VIEW.project_opening is not None
    account = EXECUTE.seals[1].example
    assert account is not None
    for kind, freeze in ((FREEZE_UNITS, "op"), (UNFREEZE, "f2" * 32)):
        order = Opening(ORDER_EXAMPLE, kind.example, kind.name, "order", "op", "member:court", "house", 1, 5)
        (written,) = ORDERS_VIEW.project_opening(order)
        assert written.key == ("house", "op")
        assert written.values is not None
        assert (written.values["freeze"], written.values["number"]) == (freeze, ORDER_EXAMPLE.number)
        assert set(written.values) <= {column.name for column in ORDERS_VIEW.columns}
        assert list(PAYEES_VIEW.project_opening(order)) == []
    paid = Opening(account, EXECUTE.example, EXECUTE.name, "payee", "op", "member:court", "house", 1, 5)
    (payee,) = PAYEES_VIEW.project_opening(paid)
    assert isinstance(payee, RowWrite)
    assert payee.key == ("house", EXECUTE.example.voucher, 42_500_002)
    assert list(ORDERS_VIEW.project_opening(paid)) == []


def test_every_status_of_a_freeze_has_words_in_both_languages() -> None:
    for status in FREEZE_STATUSES:
        words = CONTRACT.words[status]
        assert words.en
        assert not words.zh.isascii()
    assert FREEZES_VIEW.timeline
