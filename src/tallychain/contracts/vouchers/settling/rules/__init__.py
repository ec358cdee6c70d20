"""One pure function per operation of settlement, and what time does."""

from tallychain.contracts.vouchers.settling.rules.agree import consent as consent_agreement
from tallychain.contracts.vouchers.settling.rules.agree import end as end_agreement
from tallychain.contracts.vouchers.settling.rules.agree import propose as propose_agreement
from tallychain.contracts.vouchers.settling.rules.attest import attest, attest_late
from tallychain.contracts.vouchers.settling.rules.debt import release, revoke, write_off
from tallychain.contracts.vouchers.settling.rules.due import DUE_KINDS
from tallychain.contracts.vouchers.settling.rules.outside import consent_outside, propose_outside
from tallychain.contracts.vouchers.settling.rules.payee import name_payee
from tallychain.contracts.vouchers.settling.rules.payout import (
    fail_payout,
    pay_out,
    release_withheld,
    return_excess,
)
from tallychain.contracts.vouchers.settling.rules.reassign import consent_bank, propose_bank

__all__ = [
    "DUE_KINDS",
    "attest",
    "attest_late",
    "consent_agreement",
    "consent_bank",
    "consent_outside",
    "end_agreement",
    "fail_payout",
    "name_payee",
    "pay_out",
    "propose_agreement",
    "propose_bank",
    "propose_outside",
    "release",
    "release_withheld",
    "return_excess",
    "revoke",
    "write_off",
]
