"""Who must be able to open an account, and who acts."""

from tallychain.contracts.vouchers.settling import audiences
from tallychain.contracts.vouchers.settling.operations import NamePayee, WriteOff
from tallychain.contracts.vouchers.settling.tests.desk import S1, S2, S3, Desk
from tallychain.contracts.vouchers.tests.desk import units


def test_an_account_is_for_its_holder_the_sponsor_the_settlement_bank_and_the_issuer() -> None:
    desk = Desk()
    number = desk.divided().number

    found = audiences.payee(NamePayee(number, units(30_000_001)), desk.by("bank-b"), desk.state)

    assert set(found) == {S3.sealing, "member:bank-b", "member:settle-a", "member:ce-a"}
    assert not {S1.sealing, S2.sealing, "member:bank-a"} & set(found)


def test_who_acts_on_a_debt_is_for_the_sponsor_the_issuer_and_the_supervisor() -> None:
    desk = Desk()
    number = desk.divided().number

    found = audiences.holder(WriteOff(number, units(1)), desk.by_tag(S2), desk.state)

    assert set(found) == {S2.sealing, "member:bank-a", "member:ce-a", "member:supervisor"}
