"""Guarantors in the random run for volume: they stand for issuers, are called for what nobody has paid, pay in full, in part or not at all, and are repaid."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tallychain.contracts.vouchers.guaranteeing import operations as guaranteeing
from tallychain.contracts.vouchers.guaranteeing.book import status_for
from tallychain.contracts.vouchers.guaranteeing.state import CALLED, DEFAULTED, GUARANTEES, REPAYMENTS
from tallychain.contracts.vouchers.settling.operations import Attest
from tallychain.ledger.types import MemberId
from tests.guarantees import NAME
from tests.payments import DOCUMENT, TERMS
from tests.simulation.volume_acting import Acting

SETTLEMENT_BANK: Final = "settle-a"
LIMIT: Final = 600_000_000_000
PAY_DAYS: Final = 3
UNTIL: Final = "2026-12-31"
RATE: Final = 0.2
"""Of vouchers that are issued with a guarantor."""
PAID_WHOLE, PAID = 0.6, 0.8
REPAID_WHOLE, REPAID = 0.7, 0.8


@dataclass
class Guaranteed:
    """The guarantor of one run."""

    run: Acting

    def stand(self, issuers: Sequence[str]) -> None:
        """A guarantor stands for every issuer; for one of them it has ended that and given it anew, with a limit that will be reached."""
        for issuer in issuers:
            self._give(issuer, LIMIT)
        self.run.do("guarantee.end", guaranteeing.EndGuarantee(MemberId(issuers[-1])), NAME)
        self._give(issuers[-1], LIMIT // 20)

    def for_next(self) -> str:
        """The guarantor of the next voucher; mostly there is none."""
        return NAME if self.run.random.random() < RATE else ""

    def pay(self) -> None:
        """What holders are owed of what it is called for: mostly all, at times a part, now and then nothing."""
        run = self.run
        for row in list(run.world.reader.iterate(GUARANTEES)):
            status = status_for(row, run.deals.found(row.voucher), run.world.state.moment())
            draw = run.random.random()
            if status not in (CALLED, DEFAULTED) or not row.liable or draw >= PAID:
                continue
            amount = row.liable if draw < PAID_WHOLE else run.random.randint(1, row.liable)
            reference = f"DC-{run.world.state.height}"
            args = guaranteeing.PayAsGuarantor(row.voucher, amount, run.world.time_ms, reference, DOCUMENT)
            run.do("guarantor.pay", args, SETTLEMENT_BANK)

    def repaid(self) -> None:
        """Most issuers pay what they owe to holders and to the guarantor, and the bank mostly passes on what is the guarantor's."""
        run = self.run
        for row in list(run.world.reader.iterate(GUARANTEES)):
            owed = row.liable + row.paid - row.repaid
            if not row.paid or not owed or run.random.random() >= REPAID:
                continue
            amount = owed if run.random.random() < REPAID_WHOLE else run.random.randint(1, owed)
            reference = f"CH-{run.world.state.height}"
            run.do(
                "settlement.attest",
                Attest(row.voucher, amount, run.world.time_ms, reference, DOCUMENT),
                SETTLEMENT_BANK,
            )
        for waiting in list(run.world.reader.iterate(REPAYMENTS)):
            if run.random.random() < REPAID:
                passed = guaranteeing.PassOn(
                    waiting.voucher,
                    waiting.attestation,
                    f"ZF-{run.world.state.height}",
                    run.world.time_ms,
                    DOCUMENT,
                )
                run.do("guarantor.pass_on", passed, SETTLEMENT_BANK)

    def _give(self, issuer: str, limit: int) -> None:
        args = guaranteeing.GiveGuarantee(MemberId(issuer), limit, UNTIL, PAY_DAYS, TERMS)
        self.run.do("guarantee.give", args, NAME)
