"""A desk for the rules of accounts of record: one act at a time of the client, its testing bank, and whoever would interfere."""

from dataclasses import dataclass

import msgspec

from tallychain.contracts.vouchers.banking.operations import (
    ChangeAccount,
    ConfirmAccount,
    RefuseAccount,
    ReturnCode,
    SendPenny,
    SetAccount,
    StopAccount,
)
from tallychain.contracts.vouchers.banking.state import ACCOUNTS, ClientAccount
from tallychain.contracts.vouchers.composed import OPERATIONS
from tallychain.contracts.vouchers.settling.tests.desk import Desk as SettlingDesk
from tallychain.contracts.vouchers.tests.desk import at, person
from tallychain.ledger.contract import Change
from tallychain.ledger.holder import Receiver

RULES = {kind.name: kind.rule for kind in OPERATIONS}
"""With what goes before and after them."""
CLIENT = person("s1-account")
TESTED = at("2026-03-16")
OPENS = at("2026-03-20", 0)
"""What was tested on a Monday is in force after the end of Thursday."""


@dataclass
class Desk(SettlingDesk):
    """Rules of accounts of record at work, beside those of payees."""

    def set_account(
        self,
        *,
        holder: Receiver = CLIENT,
        bank: str = "bank-b",
        by: Receiver = CLIENT,
        via: str | None = None,
    ) -> str:
        """State an account; the name of it."""
        call = self.by_tag(by, via, ("account", "identity"))
        self.adopt(RULES["account.set"](SetAccount(holder, bank), call, self.state))
        return call.operation

    def change_account(
        self, name: str, *, bank: str = "bank-b", by: Receiver = CLIENT, via: str | None = None
    ) -> str:
        """State another one; the name of it."""
        call = self.by_tag(by, via, ("account", "identity"))
        args = ChangeAccount(CLIENT.tag, name, bank)
        self.adopt(RULES["account.change"](args, call, self.state))
        return call.operation

    def send_penny(self, name: str, *, by: str = "bank-b") -> Change:
        return self._by_bank("account.send", SendPenny(CLIENT.tag, name), by, "code")

    def return_code(self, name: str, *, by: Receiver = CLIENT, via: str | None = None) -> Change:
        call = self.by_tag(by, via, ("code", "identity"))
        return self.adopt(RULES["account.return"](ReturnCode(CLIENT.tag, name), call, self.state))

    def confirm_account(self, name: str, *, by: str = "bank-b") -> Change:
        return self._by_bank("account.confirm", ConfirmAccount(CLIENT.tag, name), by)

    def refuse_account(self, name: str, *, wrong_code: bool = False, by: str = "bank-b") -> Change:
        return self._by_bank("account.refuse", RefuseAccount(CLIENT.tag, name, wrong_code), by, "reason")

    def stop_account(self, name: str, *, by: Receiver = CLIENT, via: str | None = None) -> Change:
        call = self.by_tag(by, via, ("identity",))
        return self.adopt(RULES["account.stop"](StopAccount(CLIENT.tag, name), call, self.state))

    def returned(self, name: str) -> str:
        """The penny was sent, and its code said."""
        self.send_penny(name)
        self.return_code(name)
        return name

    def confirmed(self, name: str) -> str:
        """Tested; its key may stop it."""
        self.confirm_account(self.returned(name))
        return name

    def in_force(self) -> str:
        """An account in force; it is now the first moment of that, and written down."""
        name = self.confirmed(self.set_account())
        self.now_ms = OPENS
        self.write_due()
        return name

    def account(self) -> ClientAccount:
        found = self.state.get(ACCOUNTS, CLIENT.tag)
        assert found is not None
        return found

    def account_status(self) -> str:
        found = self.state.get(ACCOUNTS, CLIENT.tag)
        return "(nothing)" if found is None else found.status_at(self.now)

    def record(self) -> str:
        """The name of the account in force; empty if there is none."""
        found = self.account().record_at(self.now)
        return "" if found is None else found.id

    def _by_bank(self, kind: str, args: msgspec.Struct, by: str, *labels: str) -> Change:
        return self.adopt(RULES[kind](args, self.by(by, labels), self.state))
