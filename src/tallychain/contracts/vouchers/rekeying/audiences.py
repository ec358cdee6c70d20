"""Who must be able to open the sealed parts of a change of keys: all who can tell whether it is the same person, the old key among them."""

from tallychain.contracts.vouchers.rekeying.find import the_rekey
from tallychain.contracts.vouchers.rekeying.operations import (
    ConsentRekey,
    ProposeRekey,
    TakeRekeyed,
    VetoRekey,
)
from tallychain.contracts.vouchers.rekeying.state import Rekey
from tallychain.contracts.vouchers.rules.find import the_holding, the_voucher
from tallychain.ledger.contract import Call
from tallychain.ledger.parameters import facts_of
from tallychain.ledger.state import Reader
from tallychain.ledger.types import MEMBER_PREFIX

Parties = tuple[str, ...]


def stating(args: ProposeRekey, call: Call, state: Reader) -> Parties:
    """What the sponsor says of its client: the second bank, the issuer, the supervisors, and the old key and the new one themselves."""
    holding = the_holding(args.voucher, args.holding, state)
    issuer = the_voucher(args.voucher, state, call.now).issuer
    members = (holding.sponsor, args.receiver.sponsor, args.second, issuer)
    return _all(
        call.author, holding.sealing, args.receiver.sealing, *_members(*members), *_supervisors(state)
    )


def confirming(args: ConsentRekey, call: Call, state: Reader) -> Parties:
    """What the second bank has seen: the same."""
    return _concerned(args.voucher, the_rekey(args.voucher, args.tag, args.rekey, state), call, state)


def objecting(args: VetoRekey, call: Call, state: Reader) -> Parties:
    """Who objects: the same, and whoever carries it."""
    rekey = the_rekey(args.voucher, args.tag, args.rekey, state)
    return _all(*_concerned(args.voucher, rekey, call, state), MEMBER_PREFIX + call.via)


def taking(args: TakeRekeyed, call: Call, state: Reader) -> Parties:
    """Who takes over: the same, so that each can compare the person with the one that was stated and seen."""
    rekey = the_rekey(args.voucher, args.tag, args.rekey, state)
    return _all(*_concerned(args.voucher, rekey, call, state), MEMBER_PREFIX + call.via)


def _concerned(voucher: str, rekey: Rekey, call: Call, state: Reader) -> Parties:
    issuer = the_voucher(voucher, state, call.now).issuer
    members = (rekey.held.sponsor, rekey.proposer, rekey.second, issuer)
    return _all(rekey.held.sealing, rekey.receiver.sealing, *_members(*members), *_supervisors(state))


def _members(*names: str) -> Parties:
    return tuple(MEMBER_PREFIX + name for name in names)


def _supervisors(state: Reader) -> Parties:
    return _members(*facts_of(state).supervisors)


def _all(*names: str) -> Parties:
    return tuple(sorted(set(names)))
