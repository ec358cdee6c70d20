"""An issuer says something about a record of its own."""

from typing import Final

from msgspec.structs import replace

from tallychain.contracts.disclosure import refusals
from tallychain.contracts.disclosure.events import IssuerRemarked
from tallychain.contracts.disclosure.operations import Remark
from tallychain.contracts.disclosure.state import RECORDS
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.state import Reader
from tallychain.ledger.types import MEMBER_PREFIX

REMARKS_MAX: Final = 5
"""Of one record."""


def remark(args: Remark, call: Call, state: Reader) -> Change:
    """Put words beside the figures of a closed month.  Earlier remarks stay."""
    issuer = call.author.removeprefix(MEMBER_PREFIX)
    record = state.get(RECORDS, issuer, args.month)
    if record is None:
        raise refusals.RecordNotFound(issuer, args.month)
    if record.remarks >= REMARKS_MAX:
        raise refusals.TooManyRemarks(args.month, REMARKS_MAX)
    number = record.remarks + 1
    event = IssuerRemarked(issuer, args.month, number, args.text)
    return Change((RECORDS.put(replace(record, remarks=number)),), (event,))
