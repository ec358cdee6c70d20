"""For every operation of settlement: a world in which somebody entitled can do it at once."""

from collections.abc import Callable

import msgspec

from tallychain.contracts.vouchers.settling import operations as settling
from tallychain.instruments.money import Units
from tests.deals import Deals
from tests.payments import BANK, DOCUMENT, ISSUER, OTHER_BANK, TERMS, Payments

Asked = tuple[msgspec.Struct, str, frozenset[str]]
"""Arguments, rightful author, and members that may do the very same in their own name."""

NOBODY: frozenset[str] = frozenset()


def _propose_agreement(_pay: Payments) -> Asked:
    return settling.ProposeAgreement(OTHER_BANK, TERMS), ISSUER, frozenset({"ce-b"})


def _consent_agreement(pay: Payments) -> Asked:
    return settling.ConsentAgreement(ISSUER, pay.proposed()), OTHER_BANK, NOBODY


def _end_agreement(_pay: Payments) -> Asked:
    return settling.EndAgreement(ISSUER, BANK), ISSUER, frozenset({BANK})


def _payee(pay: Payments) -> Asked:
    voucher = pay.deals.active("s1")
    pay.go_to("2026-09-10")
    return settling.NamePayee(voucher.number, Units(1)), "bank-a", NOBODY


def _attest(pay: Payments) -> Asked:
    return pay.attest_args(pay.ripe()), BANK, NOBODY


def _late(pay: Payments) -> Asked:
    voucher = pay.overdue()
    pay.attested(voucher)
    args = settling.AttestLate(voucher.number, 1, pay.world.time_ms, pay.reference(), DOCUMENT)
    return args, BANK, NOBODY


def _payout(pay: Payments) -> Asked:
    voucher = pay.ripe()
    pay.attested(voucher)
    return pay.payout_args(voucher), BANK, NOBODY


def _payout_failed(pay: Payments) -> Asked:
    voucher = pay.ripe()
    pay.attested(voucher)
    pay.paid(voucher)
    return settling.FailPayout(voucher.number, Units(1), "OUT-1", DOCUMENT), BANK, NOBODY


def _release_withheld(pay: Payments) -> Asked:
    voucher = pay.ripe(payee=False)
    pay.attested(voucher)
    pay.name_payee(voucher)
    return settling.ReleaseWithheld(voucher.number, Units(1)), BANK, NOBODY


def _return_excess(pay: Payments) -> Asked:
    voucher = pay.ripe()
    attestation = pay.attested(voucher, voucher.face + 1)
    args = settling.ReturnExcess(voucher.number, attestation, pay.reference(), pay.world.time_ms, DOCUMENT)
    return args, BANK, NOBODY


def _propose_bank(pay: Payments) -> Asked:
    pay.agreed_with_other()
    return settling.ProposeBank(pay.deals.active("s1").number, OTHER_BANK), ISSUER, NOBODY


def _consent_bank(pay: Payments) -> Asked:
    pay.agreed_with_other()
    voucher = pay.deals.active("s1")
    return settling.ConsentBank(voucher.number, pay.bank_proposed(voucher)), OTHER_BANK, NOBODY


def _propose_outside(pay: Payments) -> Asked:
    voucher = pay.deals.active("s1")
    return settling.ProposeOutside(voucher.number, Units(1), DOCUMENT), ISSUER, NOBODY


def _consent_outside(pay: Payments) -> Asked:
    voucher = pay.deals.active("s1")
    args = settling.ConsentOutside(voucher.number, Units(1), pay.outside_proposed(voucher))
    return args, voucher.receiver.tag, NOBODY


def _write_off(pay: Payments) -> Asked:
    voucher = pay.overdue()
    return settling.WriteOff(voucher.number, Units(1)), voucher.receiver.tag, NOBODY


def _release(pay: Payments) -> Asked:
    voucher = pay.ripe()
    return settling.Release(voucher.number, Units(1), 1), voucher.receiver.tag, NOBODY


def _revoke(pay: Payments) -> Asked:
    voucher = pay.ripe()
    args = settling.Release(voucher.number, Units(1), 1)
    pay.do("debt.release", args, voucher.receiver.tag)
    return settling.Revoke(voucher.number, Units(1)), voucher.receiver.tag, NOBODY


PAYING: dict[str, Callable[[Payments], Asked]] = {
    "settlement.agree.propose": _propose_agreement,
    "settlement.agree.consent": _consent_agreement,
    "settlement.agree.end": _end_agreement,
    "settlement.payee": _payee,
    "settlement.attest": _attest,
    "settlement.late": _late,
    "settlement.payout": _payout,
    "settlement.payout_failed": _payout_failed,
    "settlement.release_withheld": _release_withheld,
    "settlement.return_excess": _return_excess,
    "settlement.reassign.propose": _propose_bank,
    "settlement.reassign.consent": _consent_bank,
    "settlement.outside.propose": _propose_outside,
    "settlement.outside.consent": _consent_outside,
    "debt.write_off": _write_off,
    "debt.release": _release,
    "debt.revoke": _revoke,
}


def asked(name: str, deals: Deals) -> Asked:
    """What its rightful author would ask for, now that everything before has happened."""
    return PAYING[name](Payments(deals))
