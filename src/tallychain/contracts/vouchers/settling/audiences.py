"""Who must be able to open the sealed parts of settlement."""

from tallychain.contracts.vouchers.rules.find import the_holding, the_voucher
from tallychain.contracts.vouchers.settling.operations import (
    ConsentOutside,
    NamePayee,
    Release,
    Revoke,
    WriteOff,
)
from tallychain.ledger.contract import Call
from tallychain.ledger.parameters import facts_of
from tallychain.ledger.state import Reader
from tallychain.ledger.types import MEMBER_PREFIX


def payee(args: NamePayee, call: Call, state: Reader) -> tuple[str, ...]:
    """An account: the holder and its sponsor, the bank that pays to it, the issuer whose debt that ends."""
    voucher = the_voucher(args.voucher, state, call.now)
    holding = the_holding(args.voucher, args.holding, state)
    members = (holding.sponsor, voucher.settlement_bank, voucher.issuer)
    return tuple(sorted({holding.sealing, *(MEMBER_PREFIX + name for name in members)}))


def holder(args: ConsentOutside | WriteOff | Release | Revoke, call: Call, state: Reader) -> tuple[str, ...]:
    """Who acts as a holder towards the issuer: the own sponsor, the issuer and the supervisors."""
    voucher = the_voucher(args.voucher, state, call.now)
    holding = the_holding(args.voucher, args.holding, state)
    members = (holding.sponsor, voucher.issuer, *facts_of(state).supervisors)
    return tuple(sorted({holding.sealing, *(MEMBER_PREFIX + name for name in members)}))
