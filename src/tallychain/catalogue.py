"""Which contracts a chain runs; adding one is its folder and one line here."""

from typing import Final

from tallychain.contracts import members, vouchers
from tallychain.ledger.machine import Catalogue

CATALOGUE: Final = Catalogue([members.CONTRACT, vouchers.CONTRACT])
