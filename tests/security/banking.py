"""For every operation on an account of record: a world in which somebody entitled can do it at once."""

from collections.abc import Callable

from tallychain.contracts.vouchers.banking import operations as banking
from tests.accounts import TESTER, Accounts
from tests.deals import Deals
from tests.security.paying import NOBODY, Asked


def _set(accounts: Accounts) -> Asked:
    args = accounts.setting()
    return args, args.holder.tag, NOBODY


def _change(accounts: Accounts) -> Asked:
    tag, name = accounts.in_force()
    return banking.ChangeAccount(tag, name, TESTER), tag, NOBODY


def _send(accounts: Accounts) -> Asked:
    return banking.SendPenny(*accounts.stated()), TESTER, NOBODY


def _return(accounts: Accounts) -> Asked:
    tag, name = accounts.sent()
    return banking.ReturnCode(tag, name), tag, NOBODY


def _confirm(accounts: Accounts) -> Asked:
    return banking.ConfirmAccount(*accounts.returned()), TESTER, NOBODY


def _refuse(accounts: Accounts) -> Asked:
    return banking.RefuseAccount(*accounts.returned(), wrong_code=True), TESTER, NOBODY


def _stop(accounts: Accounts) -> Asked:
    tag, name = accounts.confirmed()
    return banking.StopAccount(tag, name), tag, NOBODY


BANKING: dict[str, Callable[[Accounts], Asked]] = {
    "account.set": _set,
    "account.change": _change,
    "account.send": _send,
    "account.return": _return,
    "account.confirm": _confirm,
    "account.refuse": _refuse,
    "account.stop": _stop,
}


def asked(name: str, deals: Deals) -> Asked:
    """A world in which this operation can be done."""
    return BANKING[name](Accounts(deals))
