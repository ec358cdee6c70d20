"""A fixed story, and the state roots that it must give for ever.

A root that changes means that nodes of the version before and of this one would disagree.  So the file of roots is renewed only
together with a new version of the rules:

    python -m tests.simulation.golden           # print the roots
    python -m tests.simulation.golden --write   # renew tests/simulation/golden_roots.json
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tallychain.contracts.disclosure.operations import Remark
from tallychain.contracts.documents import operations as documents
from tallychain.contracts.documents.state import ALLOCATIONS
from tallychain.contracts.governance.changes import PublishCalendar, SetPolicy
from tallychain.contracts.governance.operations import Withdraw
from tallychain.contracts.members import operations as members
from tallychain.contracts.risk.operations import Grant, Reduce
from tallychain.contracts.risk.standards.declared import EXAMPLE as STANDARD
from tallychain.contracts.risk.standards.operations import EndStandard
from tallychain.contracts.vouchers.cancelling.operations import Cancel, Consent
from tallychain.contracts.vouchers.financing import operations as financing
from tallychain.contracts.vouchers.pledging.operations import RecallPledge, ReleasePledge
from tallychain.contracts.vouchers.redeeming import operations as redeeming
from tallychain.contracts.vouchers.rekeying import operations as rekeying
from tallychain.contracts.vouchers.sponsoring.operations import AnswerClaim, ClaimSponsorIdle, Port
from tallychain.contracts.vouchers.state import Voucher
from tallychain.crypto.keys import SealingKey, signing_key_from_seed
from tallychain.crypto.schemes import ED25519
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.instruments.money import Units
from tallychain.ledger.holder import Receiver
from tallychain.testkit.people import derived
from tallychain.testkit.world import Variation, World
from tests.accounts import Accounts, Named
from tests.courts import Courts
from tests.deals import Deals, done
from tests.disputes import ISSUER, Disputes
from tests.falsehoods import Falsehoods
from tests.financings import ARBITERS, SELLER_BANK, Financings, false_quote
from tests.guarantees import GUARANTORS, Guarantees
from tests.payments import DOCUMENT
from tests.pledges import PLEDGEE, Pledges
from tests.recourses import Recourses
from tests.redemptions import BANK, Redemptions
from tests.rekeys import SECOND, SPONSOR, Rekeys
from tests.simulation import golden_accounts, golden_admissions, golden_falsehoods
from tests.simulation.golden_payments import GoldenPayments, advances, claims, guaranteed
from tests.votes import Votes

FILE = Path(__file__).with_name("golden_roots.json")
SEED = 7


class Root(Struct, frozen=True):
    """The state root after a step."""

    height: int
    after: str
    root: str


class Golden(Struct, frozen=True):
    """The committed roots."""

    seed: int
    roots: tuple[Root, ...]


class Story:
    """Every type of operation done, one refused of each main kind, and time over expiry, lapse and maturity."""

    def __init__(self) -> None:
        self.world = World(seed=SEED, joining={**ARBITERS, **GUARANTORS})
        self.deals = Deals(self.world)
        self.roots: list[Root] = []
        self.rekeys = Rekeys(self.deals)
        self.lost: tuple[Voucher, str] | None = None
        """A voucher whose holder has lost its wallet, and its change of keys."""
        self.sold: list[tuple[Voucher, str]] = []
        self.guaranteed: tuple[Voucher, ...] = ()
        self.account: Named = ("", "")

    def tell(self) -> Golden:
        """Play it; the root after every step."""
        self._note("genesis")
        self._members()
        self._votes()
        self._vouchers()
        self._ends()
        self._pledges()
        self._courts()
        self._financings()
        self._disputes()
        self._redemptions()
        self._rekeys()
        self.account = golden_accounts.stated(Accounts(self.deals), self._note)
        golden_falsehoods.shown(Falsehoods(self.deals), self._note)
        self.sold = [Recourses(self.deals).sold() for _ in range(2)]
        self._note("financings with recourse")
        self.guaranteed = guaranteed(Guarantees(self.deals), self._note)
        self._documents()
        self._refusals()
        self._time()
        return Golden(SEED, tuple(self.roots))

    def _members(self) -> None:
        world = self.world
        key, later = (
            signing_key_from_seed(ED25519, derived(SEED, "golden", name)).public for name in ("a", "b")
        )
        sealing = SealingKey.from_seed(derived(SEED, "golden", "sealing")).public
        for name, args in (
            (
                "member.key_register",
                members.KeyRegister(key, "5f" * 8, ("maker", "look"), 500_000, "9c" * 32, 0),
            ),
            ("member.key_rotate", members.KeyRotate(key, later, "9d" * 32, 0)),
            ("member.key_revoke", members.KeyRevoke(later, 0, "device lost")),
            ("member.sealing_key_rotate", members.SealingKeyRotate(sealing)),
            ("member.gateway_set", members.SetGateway("https://gateway.bank-a.example")),
        ):
            done(world.do(name, args, by="factor-a"))
            self._note(name)
        done(world.do("member.suspend", members.Suspend("factor-a", "inquiry"), by="supervisor"))
        self._note("member.suspend")
        done(world.do("member.restore", members.Restore("factor-a"), by="supervisor"))
        self._note("member.restore")
        done(world.do("member.suspend", members.Suspend("bank-b", "inquiry"), by="supervisor"))
        self._note("member.suspend, which will lapse")

    def _votes(self) -> None:
        votes = Votes(self.world)
        calendar = votes.open(PublishCalendar(2027, 1, ("2027-02-05",), ("2027-02-20",)))
        self._note("proposal.open, which will act")
        for member in ("bank-a", "ce-a", "factor-a", "settle-a"):
            done(votes.cast(calendar, member))
        done(votes.cast(calendar, "ce-b", "no"))
        self._note("ballot.cast by five members")
        second = votes.open(SetPolicy("TERM", {"term_months": 3}, "2026-07-01", "article 7"))
        done(self.world.do("proposal.withdraw", Withdraw(second), by="bank-a"))
        self._note("proposal.withdraw")

    def _documents(self) -> None:
        deals, world = self.deals, self.world
        granted = done(
            world.do(
                "ceiling.grant", Grant("ce-a", 5_000_000, "CNY", "2026-03-16", "2026-03-20"), by="settle-a"
            )
        )
        later = Grant("ce-b", 5_000_000, "CNY", "2026-03-18", "2026-03-19")
        done(world.do("ceiling.grant", later, by="settle-a"))
        self._note("ceiling.grant")
        done(world.do("ceiling.reduce", Reduce("ce-a", granted.operation, 1_000_000), by="settle-a"))
        self._note("ceiling.reduce")
        golden_admissions.played(world, self._note)
        done(world.do("standard.publish", replace(STANDARD, valid_until="2026-03-20"), by="factor-a"))
        version = replace(STANDARD, valid_from="2026-03-18", valid_until="2026-03-19")
        done(world.do("standard.publish", version, by="factor-a"))
        other = done(world.do("standard.publish", replace(version, name="OTHER"), by="factor-a"))
        done(world.do("standard.end", EndStandard(other.operation), by="factor-a"))
        self._note("standard.publish, one that replaces another later, and standard.end")
        done(world.do("payable.contest", documents.Contest(deals.presented()), by="ce-a"))
        presenter = world.receiver("s2")
        withdrawn = documents.Withdraw(deals.presented(presenter))
        done(world.do("payable.withdraw", withdrawn, by=presenter.tag))
        deals.presented()
        self._note("payable.contest, payable.withdraw, and one that nobody will answer")
        for number, client in enumerate(("s1", "s3")):
            voucher = deals.active(client)
            invoice = world.reader.scan(ALLOCATIONS, voucher.number)[0].parts[0].fingerprint
            credit = documents.RecordCredit(invoice, f"{number + 1:064x}", 1, 1_000_000)
            done(world.do("invoice.credit", credit, by="bank-a"))
            self._refused("VOUCHER_UNDER_REVIEW", deals.offer(voucher, world.receiver("s2")).code)
            done(world.do("invoice.review", documents.Review(invoice, "STANDS"), by="ce-a"))
        self._note("invoice.credit and invoice.review of one of two")

    def _vouchers(self) -> None:
        deals, world = self.deals, self.world
        done(deals.withdraw(deals.issued("s1")))
        self._note("voucher.issue and voucher.withdraw")
        done(deals.reject(deals.issued("s2")))
        self._note("voucher.reject")
        voucher = deals.active("s1")
        self._note("voucher.accept")
        receivers = [world.receiver(client) for client in ("s2", "s3", "s1", "s3")]
        taken, declined, recalled, _expiring = deals.offered(voucher, *receivers, units=1_000_000)
        self._note("voucher.offer in four rows")
        done(deals.take(voucher, taken, by=receivers[0].tag))
        self._note("voucher.take")
        done(deals.decline(voucher, declined, by=receivers[1].tag))
        self._note("voucher.decline")
        done(deals.recall(voucher, recalled, by=voucher.receiver.tag))
        self._note("voucher.recall")
        deals.issued("s3", by="ce-b")
        self._note("voucher.issue, which nobody will answer")

    def _ends(self) -> None:
        deals, world = self.deals, self.world
        voucher = deals.active("s1")
        tag = voucher.receiver.tag
        other = Variation(via="factor-a")
        done(world.do("sponsor.claim", ClaimSponsorIdle(voucher.number, 1, ""), by=tag, vary=other))
        self._note("sponsor.claim")
        done(world.do("sponsor.answer", AnswerClaim(tag), by="bank-a"))
        self._note("sponsor.answer")
        done(world.do("holder.port", Port(voucher.number, (Units(1),)), by=tag, vary=other))
        self._note("holder.port")
        proposal = done(world.do("voucher.cancel", Cancel(voucher.number), by=voucher.issuer)).operation
        self._note("voucher.cancel")
        consent = Consent(voucher.number, proposal, Units(1))
        done(world.do("voucher.consent", consent, by=tag, vary=other))
        self._note("voucher.consent")
        kept = deals.active("s2")
        done(world.do("voucher.cancel", Cancel(kept.number), by=kept.issuer))
        self._note("voucher.cancel, to which nobody will consent")
        claim = ClaimSponsorIdle(kept.number, 1, "")
        done(world.do("sponsor.claim", claim, by=kept.receiver.tag, vary=other))
        self._note("sponsor.claim, which nobody will answer")

    def _pledges(self) -> None:
        pledges = Pledges(self.deals)
        voucher, name = pledges.proposed()
        pledges.do("pledge.recall", RecallPledge(voucher.number, name), voucher.receiver.tag)
        pledges.proposed()
        self._note("pledge.create, pledge.recall, and one that nobody will accept")
        voucher, name = pledges.held()
        pledges.claimed(voucher, name)
        self._note("pledge.accept and pledge.claim, which nobody will contest")
        voucher, name = pledges.contested()
        pledges.do("pledge.enforce", pledges.notice(voucher, name), PLEDGEE)
        pledges.do("pledge.release", ReleasePledge(voucher.number, name), PLEDGEE)
        self._note("pledge.contest, pledge.enforce and pledge.release")

    def _courts(self) -> None:
        courts = Courts(self.deals)
        courts.frozen(last=30_000_000, until="2026-03-25")
        self._note("court.freeze of a part, which will end by its day")
        voucher, name = courts.frozen()
        courts.do("court.freeze", courts.args(voucher))
        courts.do("court.renew", courts.renewal(voucher, name))
        courts.do("court.execute", courts.execution(voucher, name))
        self._note("court.freeze behind another, court.renew and court.execute")
        courts.do("court.unfreeze", courts.lifting(voucher, name))
        courts.do("court.transfer", courts.transfer(*courts.frozen()))
        self._note("court.unfreeze and court.transfer")

    def _financings(self) -> None:
        money, left, both = Financings(self.deals), "financing.lapsed", (PLEDGEE, "settle-a")
        voucher, name = money.asked()
        money.do("financing.close", financing.CloseFinancing(voucher.number, name), voucher.receiver.tag)
        money.quoted(*both)
        self._note(f"financing.request, financing.quote, financing.close, and one that ends as {left}")
        voucher, name = money.revealed(content=false_quote())
        money.do("financing.challenge", money.challenge(voucher, name), voucher.receiver.tag)
        self._note("financing.reveal and financing.challenge")
        voucher, name = money.disputed()
        attested = financing.AttestReceipt(voucher.number, name, False, DOCUMENT)
        money.do("financing.attest", attested, SELLER_BANK)
        decided = financing.DecideFinancing(voucher.number, name, False, DOCUMENT)
        money.do("financing.decide", decided, "arbiter-a")
        taken_back = financing.DeregisterFinancing(voucher.number, name, DOCUMENT)
        money.do("financing.deregister", taken_back, PLEDGEE)
        self._note("financing.refute, financing.attest, financing.decide and financing.deregister")
        voucher, name = money.disbursed()
        money.do(
            "financing.complete", financing.CompleteFinancing(voucher.number, name), voucher.receiver.tag
        )
        money.disbursed()
        money.awarded()
        money.registered()
        self._note("financing.complete, and others that wait in silence")

    def _disputes(self) -> None:
        disputes = Disputes(self.deals)
        disputes.opened(last=30_000_000)
        self._note("dispute.open of a part, which will lapse")
        voucher, name = disputes.opened()
        disputes.do("dispute.answer", disputes.answer(voucher, name), voucher.receiver.tag)
        disputes.do("dispute.refer", disputes.reference(voucher, name), ISSUER)
        disputes.do("dispute.close", disputes.closing(voucher, name), "court")
        self._note("dispute.answer, dispute.refer and dispute.close by a court")
        voucher, name = disputes.opened()
        disputes.do("dispute.answer", disputes.answer(voucher, name, admits=True), voucher.receiver.tag)
        self._note("dispute.answer that admits")

    def _redemptions(self) -> None:
        redemptions = Redemptions(self.deals)
        redemptions.offered()
        redemptions.agreed()
        self._note("redemption.offer and redemption.agree, which nobody answers and nobody pays")
        for kind, act in (
            ("redemption.decline", redeeming.DeclineRedemption),
            ("redemption.withdraw", redeeming.WithdrawRedemption),
        ):
            voucher, name = redemptions.offered()
            by = ISSUER if kind == "redemption.withdraw" else voucher.receiver.tag
            redemptions.do(kind, act(voucher.number, Units(1), name), by)
        voucher, name = redemptions.agreed()
        redemptions.do("redemption.attest", redemptions.payment(voucher, name), BANK)
        self._note("redemption.decline, redemption.withdraw and redemption.attest")

    def _rekeys(self) -> None:
        rekeys = self.rekeys
        rekeys.proposed()
        rekeys.consented()
        self.lost = rekeys.consented()
        self._note("holder.rekey.propose and holder.rekey.consent, which nobody answers and nobody takes up")
        voucher, name = rekeys.proposed()
        taken_back = rekeying.WithdrawRekey(voucher.number, voucher.receiver.tag, name)
        rekeys.do("holder.rekey.withdraw", taken_back, SPONSOR)
        voucher, name = rekeys.proposed()
        declined = rekeying.DeclineRekey(voucher.number, voucher.receiver.tag, name)
        rekeys.do("holder.rekey.decline", declined, SECOND)
        voucher, name = rekeys.consented()
        tag = voucher.receiver.tag
        rekeys.do("holder.rekey.veto", rekeying.VetoRekey(voucher.number, tag, name), tag)
        self._note("holder.rekey.withdraw, holder.rekey.decline and holder.rekey.veto")

    def _refusals(self) -> None:
        deals, world = self.deals, self.world
        voucher = deals.active("s2")
        other = world.receiver("s3")
        self._refused("NOT_THE_NAMED_RECEIVER", deals.accept(deals.issued("s1"), by=other.tag).code)
        self._refused("UNITS_OUTSIDE_HOLDING", deals.offer(voucher, other, first=voucher.face).code)
        self._refused("NOT_THE_ISSUER", deals.withdraw(voucher, by="ce-b").code)
        small = Receiver("ed25519:01" + "00" * 31, other.sealing, "bank-a")
        self._refused("RECEIVER_KEY_NOT_ADMISSIBLE", deals.offer(voucher, small).code)
        args = deals.promise(world.receiver("s1"))
        self._refused("NOT_LICENSED", world.do("voucher.issue", args, by="bank-a").code)
        staff = world.members["ce-a"].staff
        crossed = Variation(keys=[staff["checker"].key, staff["maker"].key])
        self._refused("RIGHT_MISSING", world.do("voucher.issue", args, by="ce-a", vary=crossed).code)
        without = Variation(without=frozenset({"member:bank-a"}))
        self._refused("RECIPIENT_MISSING", world.do("voucher.issue", args, by="ce-a", vary=without).code)
        late = Variation(expires_ms=world.time_ms)
        self._refused("EXPIRED", world.do("voucher.issue", args, by="ce-a", vary=late).code)

    def _time(self) -> None:
        payments = GoldenPayments(self.deals, self._note)
        acts: dict[str, Callable[[], None]] = {
            "2026-03-20": payments.before_maturity,
            "2026-03-27": self._taken_over,
            "2026-09-10": payments.before_noon_of_the_day_before,
            "2026-09-14": payments.on_the_day,
            "2026-09-21": payments.afterwards,
            "2026-09-22": lambda: claims(Recourses(self.deals), self.sold, self._note),
            "2026-09-23": lambda: advances(Guarantees(self.deals), self.guaranteed, self._note),
            "2026-10-12": self._remark,
        }
        for day, act in acts.items():
            self.world.advance(instant_ms(parse_date(day), 12))
            self._note(f"time is {day}")
            act()
        assert self.world.check() == []

    def _taken_over(self) -> None:
        if self.lost is not None:
            voucher, name = self.lost
            by = self.rekeys.new_tag(voucher)
            self.rekeys.do("holder.rekey.take", self.rekeys.taking(voucher, name), by)
        self._note("holder.rekey.take")
        golden_accounts.changed(Accounts(self.deals), self.account, self._note)

    def _remark(self) -> None:
        done(self.world.do("disclosure.remark", Remark("2026-09", "Paid by now."), by="ce-a"))
        self._note("disclosure.remark")

    def _refused(self, wanted: str, code: str) -> None:
        assert code == wanted, (wanted, code)
        self._note(f"{code} is refused or turned away")

    def _note(self, after: str) -> None:
        self.roots.append(Root(self.world.state.height, after, self.world.root.hex()))


def encoded(golden: Golden) -> bytes:
    """The file's text."""
    return msgspec.json.format(msgspec.json.encode(golden), indent=1) + b"\n"


def main(arguments: Sequence[str]) -> int:
    """Print the roots, or write them into the file."""
    text = encoded(Story().tell())
    if "--write" in arguments:
        FILE.write_bytes(text)
    else:
        sys.stdout.write(text.decode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
