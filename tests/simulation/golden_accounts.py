"""Accounts of record in the golden story: tested, refused, stopped, left to lapse, and changed once the first is in force."""

from collections.abc import Callable

from tallychain.contracts.vouchers.banking import operations as banking
from tests.accounts import TESTER, Accounts, Named


def stated(accounts: Accounts, note: Callable[[str], None]) -> Named:
    """Accounts in every way to an end; the one that will be in force."""
    first = accounts.returned()
    accounts.do("account.refuse", banking.RefuseAccount(*first, wrong_code=True), TESTER)
    accounts.do("account.return", banking.ReturnCode(*first), first[0])
    accounts.do("account.confirm", banking.ConfirmAccount(*first), TESTER)
    accounts.stated()
    note("account.set, send, return and confirm, after a wrong code, and one that nobody answers")
    refused, stopped = accounts.sent(), accounts.confirmed()
    accounts.do("account.refuse", banking.RefuseAccount(*refused, wrong_code=False), TESTER)
    accounts.do("account.stop", banking.StopAccount(*stopped), stopped[0])
    note("account.refuse and account.stop")
    return first


def changed(accounts: Accounts, named: Named, note: Callable[[str], None]) -> None:
    """The one in force is changed."""
    accounts.do("account.change", banking.ChangeAccount(*named, TESTER), named[0])
    note("account.change")
