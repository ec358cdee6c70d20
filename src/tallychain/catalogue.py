"""Which contracts a chain runs; adding one is its folder and one line here."""

from typing import Final

from tallychain.contracts import admission, disclosure, documents, governance, members, risk, vouchers
from tallychain.contracts.vouchers import api as vouchers_api
from tallychain.ledger.machine import Catalogue

_RULED = (
    members.CONTRACT,
    admission.CONTRACT,
    documents.CONTRACT,
    risk.CONTRACT,
    vouchers.CONTRACT,
    disclosure.CONTRACT,
)

CATALOGUE: Final = Catalogue(
    [
        members.CONTRACT,
        governance.governing(_RULED, (vouchers_api.maturities_to_settle,)),
        admission.CONTRACT,
        documents.CONTRACT,
        risk.CONTRACT,
        vouchers.CONTRACT,
        disclosure.CONTRACT,
    ]
)
"""Votes act before vouchers fall due: a calendar that was decided for an earlier instant decides a maturity of the same block."""
