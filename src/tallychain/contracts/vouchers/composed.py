"""All operations of the contract, each with what goes before and after every rule alike."""

from dataclasses import replace
from typing import Final

from tallychain.contracts.vouchers import declared
from tallychain.contracts.vouchers.banking import declared as banking
from tallychain.contracts.vouchers.cancelling import declared as cancelling
from tallychain.contracts.vouchers.challenging import declared as challenging
from tallychain.contracts.vouchers.courting import declared as courting
from tallychain.contracts.vouchers.dating.rules import dated_first
from tallychain.contracts.vouchers.disputing import declared as disputing
from tallychain.contracts.vouchers.financing import declared as financing
from tallychain.contracts.vouchers.financing.further import FURTHER_OPERATIONS as FINANCING_OPERATIONS
from tallychain.contracts.vouchers.guaranteeing import declared as guaranteeing
from tallychain.contracts.vouchers.pledging import declared as pledging
from tallychain.contracts.vouchers.recoursing import declared as recoursing
from tallychain.contracts.vouchers.redeeming import declared as redeeming
from tallychain.contracts.vouchers.rekeying import declared as rekeying
from tallychain.contracts.vouchers.rekeying.ending import vetoed_by_acting
from tallychain.contracts.vouchers.settling import declared as settling
from tallychain.contracts.vouchers.settling.further import FURTHER_OPERATIONS
from tallychain.contracts.vouchers.sponsoring import declared as sponsoring
from tallychain.contracts.vouchers.sponsoring.rules import answered_by_carrying
from tallychain.ledger.contract import AnyOperation, Authority


def composed(kind: AnyOperation) -> AnyOperation:
    """
    The operation as the ledger runs it.

    A voucher that a published calendar dates otherwise is dated before the rule looks at it, and a sponsor that carries a holder's act has
    answered the holder's claim; a tag that acts has its key, whoever said that it was lost.
    """
    rule = kind.rule
    if "voucher" in kind.args.__struct_fields__:
        rule = dated_first(rule, lambda args: args.voucher)
    if kind.authority is Authority.HOLDER:
        rule = vetoed_by_acting(answered_by_carrying(rule))
    return replace(kind, rule=rule)


OPERATIONS: Final[tuple[AnyOperation, ...]] = tuple(
    composed(kind)
    for kind in (
        *declared.OPERATIONS,
        *cancelling.OPERATIONS,
        *sponsoring.OPERATIONS,
        *pledging.OPERATIONS,
        *courting.OPERATIONS,
        *financing.OPERATIONS,
        *FINANCING_OPERATIONS,
        *disputing.OPERATIONS,
        *redeeming.OPERATIONS,
        *recoursing.OPERATIONS,
        *guaranteeing.OPERATIONS,
        *rekeying.OPERATIONS,
        *banking.OPERATIONS,
        *challenging.OPERATIONS,
        *settling.OPERATIONS,
        *FURTHER_OPERATIONS,
    )
)
