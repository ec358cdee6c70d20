"""Who must be able to open the sealed parts of recourse, and who must not need to."""

from tallychain.contracts.vouchers.financing.find import the_financing
from tallychain.contracts.vouchers.recoursing.find import the_recourse
from tallychain.contracts.vouchers.recoursing.operations import BuyBackUnits, ClaimRecourse, ContestRecourse
from tallychain.contracts.vouchers.rules.find import the_voucher
from tallychain.ledger.contract import Call
from tallychain.ledger.parameters import facts_of
from tallychain.ledger.state import Reader
from tallychain.ledger.types import MEMBER_PREFIX

Parties = tuple[str, ...]


def claiming(args: ClaimRecourse, call: Call, state: Reader) -> Parties:
    """How much is claimed, and to which account it goes: the two sides and the bank; no sponsor, which may be a rival of the funder."""
    financing = the_financing(args.voucher, args.financing, state, call.now)
    return _all(call.author, financing.sealing, MEMBER_PREFIX + args.bank)


def selling(args: BuyBackUnits | ContestRecourse, call: Call, state: Reader) -> Parties:
    """Which seller speaks: whoever carries its act, the funder, the issuer and the supervisors."""
    voucher = the_voucher(args.voucher, state, call.now)
    recourse = the_recourse(args.voucher, args.holding, args.recourse, state)
    known = (call.via, recourse.funder, voucher.issuer, *facts_of(state).supervisors)
    return _all(recourse.sealing, *(MEMBER_PREFIX + name for name in known))


def contesting(args: ContestRecourse, _call: Call, state: Reader) -> Parties:
    """Why nothing is owed: the two sides."""
    recourse = the_recourse(args.voucher, args.holding, args.recourse, state)
    return _all(recourse.sealing, MEMBER_PREFIX + recourse.funder)


def _all(*names: str) -> Parties:
    return tuple(sorted(set(names)))
