"""Who must be able to open the sealed parts about an account of record."""

from tallychain.contracts.vouchers.banking.find import the_account, the_record
from tallychain.contracts.vouchers.banking.operations import (
    ChangeAccount,
    RefuseAccount,
    ReturnCode,
    SendPenny,
    SetAccount,
    StopAccount,
)
from tallychain.contracts.vouchers.banking.state import ClientAccount
from tallychain.ledger.contract import Call
from tallychain.ledger.holder import Receiver
from tallychain.ledger.parameters import facts_of
from tallychain.ledger.state import Reader
from tallychain.ledger.types import MEMBER_PREFIX

Parties = tuple[str, ...]


def setting(args: SetAccount, _call: Call, _state: Reader) -> Parties:
    """The account: its client, the sponsor that will name it as a payee, the bank that tests it."""
    return _between(args.holder, args.bank)


def set_by(args: SetAccount, call: Call, state: Reader) -> Parties:
    """Who states it: the same, and the supervisors."""
    return _all(*setting(args, call, state), *_supervisors(state))


def changing(args: ChangeAccount, call: Call, state: Reader) -> Parties:
    """Another account: as the first."""
    return _between(the_record(args.tag, args.account, state, call.now).holder, args.bank)


def changed_by(args: ChangeAccount, call: Call, state: Reader) -> Parties:
    """Who changes it: the same, the bank that has tested the one in force, and the supervisors."""
    account = the_record(args.tag, args.account, state, call.now)
    before = account.record_at(call.now)
    tested = () if before is None else _members(before.bank)
    return _all(*changing(args, call, state), *tested, *_members(call.via), *_supervisors(state))


def sending(_args: SendPenny, call: Call, _state: Reader) -> Parties:
    """The code: nobody but the bank, which so is bound to it."""
    return (call.author,)


def returning(args: ReturnCode, _call: Call, state: Reader) -> Parties:
    """The code that came: the client and the bank; the sponsor is not to know it."""
    account = the_account(args.tag, args.account, state)
    return _all(account.holder.sealing, *_members(account.latest.bank))


def returned_by(args: ReturnCode, call: Call, state: Reader) -> Parties:
    """Who says the code: client, bank, and whoever carries it."""
    return _concerned(the_account(args.tag, args.account, state), call, state)


def refusing(args: RefuseAccount, call: Call, state: Reader) -> Parties:
    """Why the bank refuses: the client and its sponsor."""
    account = the_account(args.tag, args.account, state)
    return _all(call.author, *_between(account.holder, account.latest.bank))


def stopping(args: StopAccount, call: Call, state: Reader) -> Parties:
    """Who stops it: the same as those who saw it stated, and whoever carries it."""
    return _concerned(the_account(args.tag, args.account, state), call, state)


def _concerned(account: ClientAccount, call: Call, state: Reader) -> Parties:
    sides = _between(account.holder, account.latest.bank)
    return _all(*sides, *_members(call.via), *_supervisors(state))


def _between(holder: Receiver, bank: str) -> Parties:
    return _all(holder.sealing, *_members(holder.sponsor, bank))


def _members(*names: str) -> Parties:
    return tuple(MEMBER_PREFIX + name for name in names)


def _supervisors(state: Reader) -> Parties:
    return _members(*facts_of(state).supervisors)


def _all(*names: str) -> Parties:
    return tuple(sorted(set(names)))
