"""What other contracts and gateways may ask about vouchers; nothing else of this folder is for them."""

from collections.abc import Sequence

from tallychain.contracts.vouchers.dating.rules import current, maturities_to_settle
from tallychain.contracts.vouchers.policies import SPLIT, SPLIT_DEFAULTS, TERM, TERM_DEFAULTS
from tallychain.contracts.vouchers.settling.agreed import is_agreed
from tallychain.contracts.vouchers.settling.genesis import FoundingAgreement, VouchersSection
from tallychain.contracts.vouchers.settling.policies import SETTLEMENT, SETTLEMENT_DEFAULTS
from tallychain.contracts.vouchers.settling.rules.position import (
    Position,
    positions_of,
    the_settlement,
)
from tallychain.contracts.vouchers.settling.state import Settlement
from tallychain.contracts.vouchers.standing import binding, offer_status
from tallychain.contracts.vouchers.state import (
    HOLDINGS,
    OFFERS,
    VOUCHERS,
    Holding,
    Offer,
    Voucher,
    holding_over,
)
from tallychain.instruments.holdings import Range, free_ranges, take_each_lowest
from tallychain.ledger.parameters import Policy
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment

__all__ = [
    "VouchersSection",
    "founding_section",
    "free_units",
    "holding_of",
    "holdings",
    "is_agreed",
    "maturities_to_settle",
    "offer",
    "offer_status",
    "positions",
    "ranges_for",
    "settlement",
    "usual_policies",
    "voucher",
]


def voucher(state: Reader, number: str) -> Voucher | None:
    """The voucher of this number, by the calendars that are published; ask its `status_at`, where `GONE` means as much as None."""
    found = state.get(VOUCHERS, number)
    return None if found is None else current(found, state)


def offer(state: Reader, name: str) -> Offer | None:
    """The offer of this name; ask `offer_status`, where `GONE` means as much as None."""
    return state.get(OFFERS, name)


def holdings(state: Reader, number: str) -> list[Holding]:
    """Who holds which units of a voucher, in the order of units."""
    return state.scan(HOLDINGS, number)


def holding_of(state: Reader, number: str, boundary: int, units: Range) -> Holding:
    """The holding that these units lie in, stepping from a first unit at or below them.  Raises `HoldingsBroken`."""
    return holding_over(state, number, boundary, units)


def free_units(state: Reader, holding: Holding, now: Moment) -> tuple[Range, ...]:
    """The ranges of a holding that nothing binds at this moment, ascending."""
    return free_ranges(holding.units, binding(holding, state, now))


def ranges_for(state: Reader, holding: Holding, faces: tuple[int, ...], now: Moment) -> tuple[Range, ...]:
    """
    The sub-ranges that amounts in fen get, lowest free units first, in the order given.

    Raises `NotEnoughFreeUnits`, `FreeUnitsScattered` or `RangeMalformed` of `instruments.holdings`.
    """
    return take_each_lowest(free_units(state, holding, now), faces)


def settlement(state: Reader, number: str) -> Settlement:
    """How far a voucher is settled; ask its `status_at` whether something waits to be paid out.  What is owed stands in the voucher."""
    return the_settlement(number, state)


def positions(state: Reader, number: str) -> tuple[Position, ...]:
    """What each holding of a voucher has got, has coming, can be paid and is still owed, in the order of units; none of an unknown one."""
    found = state.get(VOUCHERS, number)
    return () if found is None else positions_of(found, state)


def founding_section(issuers: Sequence[str], banks: Sequence[str]) -> VouchersSection:
    """The section of a genesis document in which each of these settlement banks pays out the vouchers of each of these issuers."""
    terms = "0" * 64
    return VouchersSection(
        tuple(FoundingAgreement(issuer, bank, terms) for issuer in issuers for bank in banks)
    )


def usual_policies(effective_from: str, article: str = "") -> tuple[Policy, ...]:
    """The policies with which an alliance usually begins, as version 1, for its genesis document."""
    return (
        Policy(TERM, 1, effective_from, dict(TERM_DEFAULTS), article),
        Policy(SPLIT, 1, effective_from, dict(SPLIT_DEFAULTS), article),
        Policy(SETTLEMENT, 1, effective_from, dict(SETTLEMENT_DEFAULTS), article),
    )
