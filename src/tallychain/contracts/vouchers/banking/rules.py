"""A client states an account, a bank sends a penny with a code, the client says the code, and time passes in which its key may stop it."""

from msgspec.structs import replace

from tallychain.contracts.members import api as members
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.banking import refusals
from tallychain.contracts.vouchers.banking.ending import ended, in_force
from tallychain.contracts.vouchers.banking.events import (
    AccountConfirmed,
    AccountStated,
    CodeReturned,
    CodeWrong,
    PennySent,
)
from tallychain.contracts.vouchers.banking.find import check_pending, the_account, the_record
from tallychain.contracts.vouchers.banking.operations import (
    ChangeAccount,
    ConfirmAccount,
    RefuseAccount,
    ReturnCode,
    SendPenny,
    SetAccount,
    StopAccount,
)
from tallychain.contracts.vouchers.banking.state import (
    ACCOUNTS,
    BANK_BUSINESS_DAYS,
    CLIENT_BUSINESS_DAYS,
    CONFIRMED,
    COOLING_BUSINESS_DAYS,
    IN_FORCE,
    LAPSED,
    MAX_TRIES,
    REFUSED,
    RETURNED,
    SENT,
    STATED,
    STOPPED,
    WAITING,
    ClientAccount,
    Stated,
)
from tallychain.contracts.vouchers.rules.find import check_eligible, check_receiver, check_sponsored
from tallychain.contracts.vouchers.settling.rules.times import end_of_business_day_after, missed_ms
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.identity import BANK, SETTLEMENT_BANK
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline

TESTING_KINDS = (BANK, SETTLEMENT_BANK)


def set_account(args: SetAccount, call: Call, state: Reader) -> Change:
    """
    State an account under a tag that has none in force.

    It waits as long as a change does: the ledger does not know whether the client has another one under another tag.
    """
    check_receiver(args.holder, state, call.now)
    if args.holder.tag != call.tag:
        raise refusals.AccountTagDiffers(args.holder.tag)
    if args.holder.sponsor != call.via:
        raise general.NotTheSponsor(args.holder.sponsor)
    _check_bank(args.bank, args.holder.sponsor, state, call.now)
    stands = state.get(ACCOUNTS, args.holder.tag)
    if stands is not None:
        record = stands.record_at(call.now)
        status = IN_FORCE if record is not None else stands.status_at(call.now)
        if status in (*WAITING, IN_FORCE):
            name = stands.latest.id if record is None else record.id
            raise refusals.AccountStands(args.holder.tag, name, status)
    latest = _stated(args.bank, call)
    row = ClientAccount(args.holder, None, latest, _bank_time(STATED, call.now, state))
    return Change((ACCOUNTS.put(row),), (_told(row),))


def change_account(args: ChangeAccount, call: Call, state: Reader) -> Change:
    """State another account; the one in force stays until this one is tested and the time to stop it is over."""
    account = the_record(args.tag, args.account, state, call.now)
    if call.tag != account.holder.tag:
        raise general.NotTheHolder(args.account)
    check_sponsored(account.holder.sponsor, call, state)
    check_eligible(account.holder.sponsor, state, call.now)
    _check_bank(args.bank, account.holder.sponsor, state, call.now)
    status = account.status_at(call.now)
    if status in WAITING:
        raise refusals.AccountStands(account.holder.tag, account.latest.id, status)
    written = Change()
    since_ms = missed_ms(account.timeline, call.now)
    if since_ms is not None and status == IN_FORCE:
        # True already, and not yet written down: what it takes the place of is told before it is replaced itself.
        written = Change((), in_force(account, since_ms).events)
    row = ClientAccount(
        account.holder,
        account.record_at(call.now),
        _stated(args.bank, call),
        _bank_time(STATED, call.now, state),
    )
    return written + Change((ACCOUNTS.put(row),), (_told(row),))


def send_penny(args: SendPenny, call: Call, state: Reader) -> Change:
    """State that the penny was sent; its code is fixed by the commitment of the part `code` and known to the bank alone."""
    account = the_account(args.tag, args.account, state)
    _check_tester(account, call)
    check_pending(account, call.now, STATED)
    timeline = _client_time(call.now, state)
    told = PennySent(account.latest.id, account.holder.tag, timeline)
    return Change((ACCOUNTS.put(account.tried(timeline)),), (told,))


def return_code(args: ReturnCode, call: Call, state: Reader) -> Change:
    """Say the code, sealed to the bank: whoever sees it in the account has the account."""
    account = the_account(args.tag, args.account, state)
    if call.tag != account.holder.tag:
        raise general.NotTheHolder(args.account)
    check_sponsored(account.holder.sponsor, call, state)
    check_pending(account, call.now, SENT)
    timeline = _bank_time(RETURNED, call.now, state)
    told = CodeReturned(account.latest.id, account.holder.tag, timeline)
    return Change((ACCOUNTS.put(account.tried(timeline)),), (told,))


def confirm(args: ConfirmAccount, call: Call, state: Reader) -> Change:
    """State that account and code are right; three business days later it is the one in force, unless its key stops it."""
    account = the_account(args.tag, args.account, state)
    _check_tester(account, call)
    check_pending(account, call.now, RETURNED)
    open_ms = end_of_business_day_after(COOLING_BUSINESS_DAYS, call.now, state)
    timeline = Timeline(CONFIRMED, (Step(open_ms, IN_FORCE),))
    latest = replace(account.latest, confirmed_ms=call.now.time_ms)
    told = AccountConfirmed(latest.id, account.holder.tag, latest.bank, timeline)
    return Change((ACCOUNTS.put(replace(account, latest=latest, timeline=timeline)),), (told,))


def refuse(args: RefuseAccount, call: Call, state: Reader) -> Change:
    """State that the code is wrong, which gives the client another try of three, or that the account is not the client's."""
    account = the_account(args.tag, args.account, state)
    _check_tester(account, call)
    if not args.wrong_code:
        check_pending(account, call.now, STATED, SENT, RETURNED)
        return ended(account, REFUSED, call.now.time_ms)
    check_pending(account, call.now, RETURNED)
    again = account.tried(_client_time(call.now, state), wrong=True)
    if again.latest.tries >= MAX_TRIES:
        return ended(again, REFUSED, call.now.time_ms)
    told = CodeWrong(again.latest.id, again.holder.tag, again.latest.tries, again.timeline)
    return Change((ACCOUNTS.put(again),), (told,))


def stop(args: StopAccount, call: Call, state: Reader) -> Change:
    """Stop it with the key that speaks for the account.  Any member carries it, because the sponsor may be the one that is stopped."""
    account = the_account(args.tag, args.account, state)
    if call.tag != account.holder.tag:
        raise general.NotTheHolder(args.account)
    check_pending(account, call.now, *WAITING)
    return ended(account, STOPPED, call.now.time_ms)


def _stated(bank: str, call: Call) -> Stated:
    commitment = next(part.commitment for part in call.sealed if part.label == "account")
    return Stated(call.operation, bank, commitment, 0, 0)


def _told(row: ClientAccount) -> AccountStated:
    return AccountStated(
        account=row.latest.id,
        tag=row.holder.tag,
        sponsor=row.holder.sponsor,
        bank=row.latest.bank,
        before="" if row.record is None else row.record.id,
        commitment=row.latest.commitment,
        timeline=row.timeline,
    )


def _bank_time(status: str, now: Moment, state: Reader) -> Timeline:
    return Timeline(status, (Step(end_of_business_day_after(BANK_BUSINESS_DAYS, now, state), LAPSED),))


def _client_time(now: Moment, state: Reader) -> Timeline:
    return Timeline(SENT, (Step(end_of_business_day_after(CLIENT_BUSINESS_DAYS, now, state), LAPSED),))


def _check_bank(bank: str, sponsor: str, state: Reader, now: Moment) -> None:
    is_bank = any(members.is_active_kind(state, bank, kind, now) for kind in TESTING_KINDS)
    if not is_bank or bank == sponsor:
        raise refusals.TestingBankNotEligible(bank)


def _check_tester(account: ClientAccount, call: Call) -> None:
    if call.member != account.latest.bank:
        raise refusals.NotTheTestingBank(account.latest.id, account.latest.bank)
