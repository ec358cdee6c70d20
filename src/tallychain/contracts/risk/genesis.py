"""Ceilings with which a chain begins, from this contract's section of the genesis document."""

import msgspec
from msgspec import Struct

from tallychain.contracts.risk.rules.ceiling import CURRENCY, end_of_day_ms, granted
from tallychain.contracts.risk.state import CEILINGS, ENDED, IN_FORCE, Ceiling
from tallychain.instruments.calendar import DateUnreadable, parse_date
from tallychain.ledger import codec
from tallychain.ledger.contract import Change
from tallychain.ledger.genesis import GenesisRefused
from tallychain.ledger.timeline import Step, Timeline
from tallychain.ledger.types import Amount, Day, MemberName


class GenesisCeiling(Struct, frozen=True, forbid_unknown_fields=True):
    """A ceiling that is in force from the first block on.  All founders agree on it with the document."""

    issuer: MemberName
    bank: MemberName
    amount: Amount
    valid_from: Day
    valid_until: Day


def founded(section: msgspec.Raw) -> Change:
    """
    The Change that grants the first ceilings; its events stand for height 0.

    A ceiling of somebody who is no member counts nothing.  Raises `GenesisRefused` with a sentence that says what is wrong.
    """
    try:
        rows = codec.decode(tuple[GenesisCeiling, ...], bytes(section))
    except codec.Malformed as error:
        raise GenesisRefused(f"The ceilings in the genesis document are not valid: {error.detail}") from None
    change = Change()
    for number, row in enumerate(rows, start=1):
        ceiling = _ceiling(f"{number:064x}", row)
        change += Change((CEILINGS.put(ceiling),), (granted(ceiling),))
    return change


def _ceiling(name: str, row: GenesisCeiling) -> Ceiling:
    try:
        first, last = parse_date(row.valid_from), parse_date(row.valid_until)
    except DateUnreadable as error:
        raise GenesisRefused(f"A ceiling of {row.bank} may not begin: {error}") from None
    if row.bank == row.issuer or first > last:
        raise GenesisRefused(f"A ceiling of {row.bank} for {row.issuer} cannot be.")
    return Ceiling(
        ceiling=name,
        issuer=row.issuer,
        bank=row.bank,
        amount=row.amount,
        currency=CURRENCY,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        timeline=Timeline(IN_FORCE, (Step(end_of_day_ms(last), ENDED),)),
    )
