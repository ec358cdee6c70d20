"""Where each holding stands: what it was promised, what was paid in for it, what was paid out, and what that makes of it."""

from bisect import bisect_left
from dataclasses import dataclass

from msgspec.structs import replace

from tallychain.contracts.vouchers.settling.state import (
    CLEAR,
    ENTITLEMENTS,
    HELD,
    SETTLEMENTS,
    SHARES,
    Entitlement,
    Portion,
    Settlement,
    Shares,
)
from tallychain.contracts.vouchers.standing import withholding
from tallychain.contracts.vouchers.state import (
    ACTIVE,
    COLLECTED,
    DUE,
    FIRM,
    HOLDINGS,
    LIVE,
    PAID,
    PAST_CUTOFF,
    RELEASED,
    UNPAID,
    WITHHELD,
    Holding,
    Voucher,
)
from tallychain.instruments.money import Units
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline, settled


@dataclass(frozen=True, slots=True)
class Position:
    """One holding with everything that settlement knows of it; amounts in fen."""

    holding: Holding
    portion: Portion
    entitlement: Entitlement
    bank: str
    """The voucher's settlement bank."""

    @property
    def outstanding(self) -> int:
        """What the issuer still owes on it."""
        gone = self.portion.share + self.entitlement.outside + self.entitlement.released
        return self.holding.units.length - gone

    @property
    def coming(self) -> int:
        """What was attested for it and has not been paid out."""
        return self.portion.share + self.portion.interest - self.entitlement.paid

    @property
    def has_payee(self) -> bool:
        """Whether the settlement bank knows an account of it."""
        is_of_bank = self.entitlement.payee != "" and self.entitlement.payee_bank == self.bank
        return is_of_bank and self.entitlement.payee_holding == self.holding.id

    @property
    def is_cleared(self) -> bool:
        """Whether the bank may pay to an account of this very holding; one of the holder before clears nothing."""
        return self.entitlement.cleared and self.entitlement.payee_holding == self.holding.id

    @property
    def payable(self) -> int:
        """What can be paid out now."""
        return self.coming if self.has_payee and not self.portion.withheld else 0

    def status(self, voucher: str) -> str:
        """What the holding is while its voucher has this status."""
        if self.outstanding:
            if voucher in PAST_CUTOFF:
                return UNPAID
            return LIVE if voucher == ACTIVE else DUE
        if self.coming:
            return COLLECTED if self.payable else WITHHELD
        return RELEASED if self.entitlement.released else PAID

    def timeline(self, voucher: Voucher, now: Moment) -> Timeline:
        """The same, with what time will make of it."""
        status = self.status(voucher.status_at(now))
        if status not in (LIVE, DUE) or voucher.maturity != FIRM:
            return settled(status)
        unpaid = Step(voucher.cutoff_ms, UNPAID)
        return Timeline(status, (unpaid,) if status == DUE else (Step(voucher.due_ms, DUE), unpaid))

    def withheld(self, state: Reader, now: Moment) -> bool:
        """Whether what comes in for it stays with the bank: no payee in time, or somebody else has a right in it."""
        return not (self.has_payee and self.is_cleared) or bool(withholding(self.holding, state, now))


def positions_of(voucher: Voucher, state: Reader) -> tuple[Position, ...]:
    """Every holding of a voucher, in the order of units; a few reads of ranges, however many there are."""
    portions = {portion.first: portion for portion in the_shares(voucher.number, state).portions}
    entitlements = {
        entitlement.first: entitlement for entitlement in state.scan(ENTITLEMENTS, voucher.number)
    }
    return tuple(
        Position(
            holding,
            portions.get(holding.first) or _no_portion(holding.first),
            entitlements.get(holding.first) or _no_entitlement(holding),
            voucher.settlement_bank,
        )
        for holding in state.scan(HOLDINGS, voucher.number)
    )


def position_of(voucher: Voucher, holding: Holding, state: Reader) -> Position:
    """One holding."""
    portions = the_shares(voucher.number, state).portions
    index = bisect_left(portions, holding.first, key=lambda portion: portion.first)
    return Position(
        holding,
        portions[index] if index < len(portions) else _no_portion(holding.first),
        state.get(ENTITLEMENTS, voucher.number, holding.first) or _no_entitlement(holding),
        voucher.settlement_bank,
    )


def the_settlement(number: str, state: Reader) -> Settlement:
    """How far a voucher is settled."""
    return state.get(SETTLEMENTS, number) or Settlement(
        voucher=number,
        received=0,
        in_time=0,
        interest=0,
        paid_out=0,
        payable=0,
        attestations=0,
        successor="",
        successor_proposal="",
        successor_until_ms=0,
        timeline=settled(CLEAR),
    )


def the_shares(number: str, state: Reader) -> Shares:
    """What the holdings of a voucher have got by attestations."""
    return state.get(SHARES, number) or Shares(number, "", ())


def with_portion(shares: Shares, portion: Portion) -> Shares:
    """The shares with one portion replaced."""
    return replace(
        shares,
        portions=tuple(portion if one.first == portion.first else one for one in shares.portions),
    )


def _no_portion(first: Units) -> Portion:
    return Portion(first=first, share=0, fen_days=0, interest=0, withheld=True)


def _no_entitlement(holding: Holding) -> Entitlement:
    return Entitlement(
        voucher=holding.voucher,
        first=holding.first,
        payee="",
        payee_bank="",
        payee_holding="",
        cleared=False,
        paid=0,
        reference="",
        amount=0,
        payer="",
        outside=0,
        outside_holding="",
        outside_proposal="",
        outside_until_ms=0,
        released=0,
        releasing=0,
        release="",
        written_off=False,
        timeline=settled(HELD),
    )
