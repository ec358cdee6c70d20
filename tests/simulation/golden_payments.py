"""The part of the golden story in which vouchers are paid, late, or not."""

from collections.abc import Callable, Sequence

from tallychain.contracts.vouchers.guaranteeing.operations import EndGuarantee
from tallychain.contracts.vouchers.recoursing import operations as recoursing
from tallychain.contracts.vouchers.settling import operations as settling
from tallychain.contracts.vouchers.state import Voucher
from tallychain.instruments.money import Units
from tests.deals import Deals, done
from tests.financings import FUNDER, PAYING_BANK
from tests.guarantees import NAME, Guarantees
from tests.payments import BANK, DOCUMENT, ISSUER, OTHER_BANK, Payments
from tests.recourses import FIRST, Recourses

Note = Callable[[str], None]


class GoldenPayments:
    """Acts of settlement, every one at least once; `note` takes the root after each."""

    def __init__(self, deals: Deals, note: Note) -> None:
        self.pay, self.note = Payments(deals), note
        self.kept: list[Voucher] = []

    def before_maturity(self) -> None:
        """Agreements, a payment outside, another bank."""
        pay, deals = self.pay, self.pay.deals
        pay.agreed_with_other()
        self.note("settlement.agree.propose and settlement.agree.consent")
        outside = deals.active("s2")
        consent = settling.ConsentOutside(outside.number, Units(1), pay.outside_proposed(outside))
        pay.do("settlement.outside.consent", consent, outside.receiver.tag)
        self.note("settlement.outside.propose and settlement.outside.consent")
        moved = deals.active("s2")
        args = settling.ConsentBank(moved.number, pay.bank_proposed(moved))
        pay.do("settlement.reassign.consent", args, OTHER_BANK)
        self.note("settlement.reassign.propose and settlement.reassign.consent")
        pay.do("settlement.agree.end", settling.EndAgreement(ISSUER, OTHER_BANK), OTHER_BANK)
        self.note("settlement.agree.end")
        self.kept = [deals.active("s1") for _ in range(3)]

    def before_noon_of_the_day_before(self) -> None:
        """Payees of two of three."""
        for voucher in self.kept[:2]:
            self.pay.name_payee(voucher)
        self.note("settlement.payee")

    def on_the_day(self) -> None:
        """One is paid in full and more, one in part, one not at all."""
        pay = self.pay
        paid, part, unpaid = self.kept
        attestation = pay.attested(paid, paid.face + 1)
        pay.paid(paid)
        self.note("settlement.attest and settlement.payout")
        args = settling.ReturnExcess(paid.number, attestation, pay.reference(), pay.world.time_ms, DOCUMENT)
        pay.do("settlement.return_excess", args, BANK)
        self.note("settlement.return_excess")
        pay.do(
            "settlement.payout_failed",
            settling.FailPayout(paid.number, Units(1), "OUT-1", DOCUMENT),
            BANK,
        )
        pay.name_payee(paid)
        self.note("settlement.payout_failed, and another payee whom nobody will pay")
        pay.attested(part, part.face // 2)
        pay.attested(unpaid, 1)
        self.note("settlement.attest in part, with and without a payee")

    def afterwards(self) -> None:
        """Late money, late interest, a payee that came late, and debts."""
        pay = self.pay
        _, part, unpaid = self.kept
        pay.attested(part, part.face - part.face // 2)
        late = settling.AttestLate(part.number, 1_000, pay.world.time_ms, pay.reference(), DOCUMENT)
        pay.do("settlement.late", late, BANK)
        self.note("settlement.attest and settlement.late")
        pay.name_payee(unpaid)
        pay.do("settlement.release_withheld", settling.ReleaseWithheld(unpaid.number, Units(1)), BANK)
        self.note("settlement.release_withheld")
        tag = unpaid.receiver.tag
        pay.do("debt.write_off", settling.WriteOff(unpaid.number, Units(1)), tag)
        pay.do("debt.release", settling.Release(unpaid.number, Units(1), 1_000), tag)
        pay.do("debt.revoke", settling.Revoke(unpaid.number, Units(1)), tag)
        done(pay.world.do("debt.release", settling.Release(unpaid.number, Units(1), unpaid.face - 1), by=tag))
        self.note("debt.write_off, debt.release and debt.revoke")


def claims(recourses: Recourses, sold: Sequence[tuple[Voucher, str]], note: Note) -> None:
    """One is claimed three times, withdrawn, contested and bought back; another waits in silence."""
    (voucher, financing), (other, waiting) = sold
    tag = voucher.receiver.tag
    name = recourses.do("recourse.claim", recourses.claim(voucher, financing), FUNDER)
    recourses.do("recourse.withdraw", recoursing.WithdrawRecourse(voucher.number, FIRST, name), FUNDER)
    name = recourses.do("recourse.claim", recourses.claim(voucher, financing), FUNDER)
    recourses.do("recourse.contest", recoursing.ContestRecourse(voucher.number, FIRST, name), tag)
    note("recourse.claim, recourse.withdraw and recourse.contest")
    name = recourses.do("recourse.claim", recourses.claim(voucher, financing), FUNDER)
    recourses.do("recourse.buy_back", recoursing.BuyBackUnits(voucher.number, FIRST, name), tag)
    recourses.do("recourse.attest", recourses.payment(voucher, name), PAYING_BANK)
    recourses.do("recourse.claim", recourses.claim(other, waiting), FUNDER)
    note("recourse.buy_back, recourse.attest, and a claim that nobody answers")


def guaranteed(guarantees: Guarantees, note: Note) -> tuple[Voucher, ...]:
    """guar-a stands for two vouchers of ce-a, and then for no new ones."""
    guarantees.given()
    made = (guarantees.issued(), guarantees.issued())
    guarantees.do("guarantee.end", EndGuarantee(ISSUER), NAME)
    note("guarantee.give, two vouchers under it, guarantee.end")
    return made


def advances(guarantees: Guarantees, made: Sequence[Voucher], note: Note) -> None:
    """It pays one of them, ce-a pays it back, and the bank passes that on; for the other it is silent."""
    voucher = made[0]
    guarantees.do("guarantor.pay", guarantees.payment(voucher), BANK)
    note("guarantor.pay")
    name = guarantees.repaid(voucher)
    guarantees.do("guarantor.pass_on", guarantees.passing_on(voucher, name), BANK)
    note("settlement.attest and guarantor.pass_on")
