"""The policies with which a chain begins: the usual ones of every contract that it runs."""

from collections.abc import Callable, Mapping
from typing import Final

from tallychain.contracts.admission import api as admission
from tallychain.contracts.disclosure import api as disclosure
from tallychain.contracts.documents import api as documents
from tallychain.contracts.risk import api as risk
from tallychain.contracts.vouchers import api as vouchers
from tallychain.ledger.engineparameters import engine_policy
from tallychain.ledger.founders import EMBEDDED
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.parameters import Policy

USUAL: Final[Mapping[str, Callable[[str], tuple[Policy, ...]]]] = {
    "admission": admission.usual_policies,
    "disclosure": disclosure.usual_policies,
    "documents": documents.usual_policies,
    "risk": risk.usual_policies,
    "vouchers": vouchers.usual_policies,
}
"""By the name of the contract; a contract without policies of its own is not in it."""


def usual_policies(catalogue: Catalogue, effective_from: str, engine: str) -> tuple[Policy, ...]:
    """The usual policies of the contracts of a catalogue, in its order, and of an engine of several validators, in force from a day on."""
    of_engine = () if engine == EMBEDDED else (engine_policy(effective_from),)
    return of_engine + tuple(
        policy
        for contract in catalogue.contracts
        if contract.name in USUAL
        for policy in USUAL[contract.name](effective_from)
    )
