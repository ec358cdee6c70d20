"""Who must be able to open each sealed part (design pages "confidentiality" and "answers")."""

from tallychain.contracts.documents.operations import Contest, Present, RecordCredit, Review, Withdraw
from tallychain.contracts.documents.rules.find import the_fingerprint, the_payable
from tallychain.ledger.contract import Call
from tallychain.ledger.holder import Receiver
from tallychain.ledger.parameters import facts_of
from tallychain.ledger.state import Reader
from tallychain.ledger.types import MEMBER_PREFIX

Parties = tuple[str, ...]


def presenting(args: Present, _call: Call, state: Reader) -> Parties:
    """Who presents: the debtor shall know, and the supervisor."""
    return _all(*_side(args.presenter), _member(args.issuer), *_supervisors(state))


def papers(args: Present, _call: Call, _state: Reader) -> Parties:
    """The papers: the debtor, the own tag, and its sponsor, whose gateway made the fingerprints."""
    return _all(*_side(args.presenter), _member(args.issuer))


def withdrawing(args: Withdraw, _call: Call, state: Reader) -> Parties:
    """Who takes it back; the debtor shall know."""
    payable = the_payable(args.payable, state)
    return _all(*_side(payable.presenter), _member(payable.issuer), *_supervisors(state))


def contesting(args: Contest, _call: Call, state: Reader) -> Parties:
    """Why the debtor contests: the presenter's side shall know."""
    payable = the_payable(args.payable, state)
    return _all(*_side(payable.presenter), _member(payable.issuer))


def concerned(args: RecordCredit | Review, _call: Call, state: Reader) -> Parties:
    """Why an invoice was credited, or found so: everybody with a payable on it."""
    return _all(*(_member(name) for name in the_fingerprint(args.invoice, state).concerned))


def _side(party: Receiver) -> Parties:
    return (party.sealing, _member(party.sponsor))


def _supervisors(state: Reader) -> Parties:
    return tuple(_member(name) for name in facts_of(state).supervisors)


def _member(name: str) -> str:
    return MEMBER_PREFIX + name


def _all(*names: str) -> Parties:
    return tuple(sorted(set(names)))
