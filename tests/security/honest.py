"""For every operation that the ledger knows: a world in which somebody entitled can do it at once.

The matrix of wrong authors and signatures starts from here, one step away from `done`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import msgspec

from tallychain.contracts.admission import operations as admission
from tallychain.contracts.admission.declared import EXAMPLE_FILE, INTRODUCE
from tallychain.contracts.disclosure import operations as disclosure
from tallychain.contracts.documents import operations as documents
from tallychain.contracts.documents.state import ALLOCATIONS
from tallychain.contracts.governance import operations as governance
from tallychain.contracts.governance.changes import PublishCalendar
from tallychain.contracts.governance.state import PROPOSALS
from tallychain.contracts.members import operations as members
from tallychain.contracts.risk import operations as risk
from tallychain.contracts.risk.standards.declared import EXAMPLE as STANDARD
from tallychain.contracts.risk.standards.operations import EndStandard
from tallychain.contracts.vouchers import operations as vouchers
from tallychain.contracts.vouchers.cancelling import operations as cancelling
from tallychain.contracts.vouchers.sponsoring import operations as sponsoring
from tallychain.contracts.vouchers.state import Voucher
from tallychain.crypto.keys import signing_key_from_seed
from tallychain.crypto.schemes import ED25519
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.instruments.money import Units
from tallychain.ledger.types import MemberId
from tallychain.testkit.genesis import MEMBERS
from tallychain.testkit.people import derived
from tallychain.testkit.world import HONEST as HONEST_ACT
from tallychain.testkit.world import Variation, World
from tests.deals import FACE, Deals, done
from tests.financings import ARBITERS
from tests.guarantees import GUARANTORS
from tests.security import (
    banking,
    challenging,
    courting,
    disputing,
    financing,
    guaranteeing,
    pledging,
    recoursing,
    redeeming,
    rekeying,
)
from tests.security.paying import PAYING, asked


@dataclass(slots=True)
class Case:
    """One operation as its rightful author would ask for it."""

    world: World
    args: msgspec.Struct
    by: str
    """Author: a member, or a tag's signing key."""
    others: frozenset[str] = field(default=frozenset())
    """Members that may do the very same in their own name: it is then their own key, address or promise."""
    vary: Variation = HONEST_ACT
    """What fixes the act, where an earlier one has committed to it."""


def _issue(deals: Deals) -> Case:
    args = deals.promise(deals.world.receiver("s1"))
    return Case(deals.world, args, "ce-a", frozenset({"ce-b"}))


def _accept(deals: Deals) -> Case:
    voucher = deals.issued("s1")
    return Case(deals.world, vouchers.Accept(voucher.number, voucher.promise), voucher.receiver.tag)


def _reject(deals: Deals) -> Case:
    voucher = deals.issued("s1")
    return Case(deals.world, vouchers.Reject(voucher.number), voucher.receiver.tag)


def _withdraw(deals: Deals) -> Case:
    return Case(deals.world, vouchers.Withdraw(deals.issued("s1").number), "ce-a")


def _offer(deals: Deals) -> Case:
    voucher = deals.active("s1")
    return Case(deals.world, deals.offer_args(voucher, deals.world.receiver("s2")), voucher.receiver.tag)


def _take(deals: Deals) -> Case:
    voucher = deals.active("s1")
    named = deals.world.receiver("s2")
    (offer,) = deals.offered(voucher, named)
    return Case(deals.world, vouchers.Take(voucher.number, offer), named.tag)


def _decline(deals: Deals) -> Case:
    case = _take(deals)
    assert isinstance(case.args, vouchers.Take)
    return Case(case.world, vouchers.Decline(case.args.voucher, case.args.offer), case.by)


def _recall(deals: Deals) -> Case:
    voucher = deals.active("s1")
    (offer,) = deals.offered(voucher, deals.world.receiver("s2"))
    return Case(deals.world, vouchers.Recall(voucher.number, offer), voucher.receiver.tag)


def _cancel(deals: Deals) -> Case:
    return Case(deals.world, cancelling.Cancel(deals.active("s1").number), "ce-a")


def _consent(deals: Deals) -> Case:
    voucher = deals.active("s1")
    proposal = done(deals.world.do("voucher.cancel", cancelling.Cancel(voucher.number), by="ce-a"))
    args = cancelling.Consent(voucher.number, proposal.operation, Units(1))
    return Case(deals.world, args, voucher.receiver.tag)


def _served_by_another(deals: Deals) -> Voucher:
    """A voucher of a client of bank-a that now comes to bank-b."""
    voucher = deals.active("s1")
    client = deals.world.clients["s1"]
    deals.world.clients["s1"] = replace(client, sponsor=MemberId("bank-b"))
    return voucher


def _port(deals: Deals) -> Case:
    voucher = _served_by_another(deals)
    return Case(deals.world, sponsoring.Port(voucher.number, (Units(1),)), voucher.receiver.tag)


def _claim(deals: Deals) -> Case:
    voucher = _served_by_another(deals)
    args = sponsoring.ClaimSponsorIdle(voucher.number, 1, "")
    return Case(deals.world, args, voucher.receiver.tag)


def _answer_claim(deals: Deals) -> Case:
    case = _claim(deals)
    done(case.world.do("sponsor.claim", case.args, by=case.by))
    return Case(case.world, sponsoring.AnswerClaim(case.by), "bank-a")


def _present(deals: Deals) -> Case:
    args = deals.payable(deals.world.receiver("s1"))
    return Case(deals.world, args, args.presenter.tag)


def _confirm(deals: Deals) -> Case:
    return Case(deals.world, documents.Confirm(deals.presented(), FACE), "ce-a")


def _contest(deals: Deals) -> Case:
    return Case(deals.world, documents.Contest(deals.presented()), "ce-a")


def _withdraw_payable(deals: Deals) -> Case:
    receiver = deals.world.receiver("s1")
    return Case(deals.world, documents.Withdraw(deals.presented(receiver)), receiver.tag)


def _credit(deals: Deals) -> Case:
    promise = deals.promise(deals.world.receiver("s1"))
    invoice = promise.invoices[0].fingerprint
    args = documents.RecordCredit(invoice, "c1" * 32, 1, 1)
    return Case(deals.world, args, "ce-a", frozenset({"bank-a"}))


def _review(deals: Deals) -> Case:
    invoice = deals.world.reader.scan(ALLOCATIONS, deals.active("s1").number)[0].parts[0].fingerprint
    done(deals.world.do("invoice.credit", documents.RecordCredit(invoice, "c1" * 32, 1, 1), by="ce-a"))
    return Case(deals.world, documents.Review(invoice, "STANDS"), "ce-a", frozenset({"bank-a"}))


def _grant(deals: Deals) -> Case:
    args = risk.Grant("ce-a", 1_000_000, "CNY", "2026-03-16", "2027-03-15")
    return Case(deals.world, args, "bank-b", frozenset({"bank-a", "settle-a"}))


def _reduce(deals: Deals) -> Case:
    granted = done(deals.world.do("ceiling.grant", _grant(deals).args, by="bank-b")).operation
    return Case(deals.world, risk.Reduce("ce-a", granted, 1), "bank-b")


def _remark(deals: Deals) -> Case:
    deals.active("s1")
    deals.world.advance(instant_ms(parse_date("2026-04-05")))
    return Case(deals.world, disclosure.Remark("2026-03", "As every month."), "ce-a")


def new_key(name: str) -> str:
    """A key that nobody has registered yet."""
    return signing_key_from_seed(ED25519, derived(5, name)).public


def _register(deals: Deals) -> Case:
    args = members.KeyRegister(new_key("new"), "5f" * 8, ("maker",), 0, "9c" * 32, 0)
    return Case(deals.world, args, "bank-a", ALL)


def registered(deals: Deals) -> str:
    """One more key of bank-a."""
    key = new_key("old")
    args = members.KeyRegister(key, "5e" * 8, ("maker",), 0, "9d" * 32, 0)
    done(deals.world.do("member.key_register", args, by="bank-a"))
    return key


def _rotate(deals: Deals) -> Case:
    return Case(deals.world, members.KeyRotate(registered(deals), new_key("new"), "9e" * 32, 0), "bank-a")


def _revoke(deals: Deals) -> Case:
    return Case(deals.world, members.KeyRevoke(registered(deals), 0, "lost"), "bank-a")


def _sealing(deals: Deals) -> Case:
    key = "x25519:8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
    return Case(deals.world, members.SealingKeyRotate(key), "bank-a", ALL)


def _gateway(deals: Deals) -> Case:
    return Case(deals.world, members.SetGateway("https://gateway.example"), "bank-a", ALL)


def _suspend(deals: Deals) -> Case:
    return Case(deals.world, members.Suspend("factor-a", "licence"), "supervisor")


def _restore(deals: Deals) -> Case:
    done(deals.world.do("member.suspend", members.Suspend("factor-a", "licence"), by="supervisor"))
    return Case(deals.world, members.Restore("factor-a"), "supervisor")


CALENDAR_2027 = PublishCalendar(2027, 1, ("2027-02-05",), ("2027-02-20",))


def _open(deals: Deals) -> Case:
    args = governance.Open("CALENDAR", "公布日历", "Publish the calendar", CALENDAR_2027)
    return Case(deals.world, args, "bank-a", ALL)


def _opened(deals: Deals) -> str:
    return done(deals.world.do("proposal.open", _open(deals).args, by="bank-a")).operation


def _cast(deals: Deals) -> Case:
    proposal = deals.world.reader.get(PROPOSALS, _opened(deals))
    assert proposal is not None
    return Case(deals.world, governance.Cast(proposal.id, proposal.digest, "yes"), "bank-a", ALL)


def _take_back(deals: Deals) -> Case:
    return Case(deals.world, governance.Withdraw(_opened(deals)), "bank-a")


def _end_standard(deals: Deals) -> Case:
    published = done(deals.world.do("standard.publish", STANDARD, by="bank-a"))
    return Case(deals.world, EndStandard(published.operation), "bank-a")


def _withdraw_introduction(deals: Deals) -> Case:
    done(deals.world.do("admission.review", admission.Review("ce-a", EXAMPLE_FILE), by="bank-a"))
    return Case(deals.world, admission.WithdrawIntroduction("ce-a", "our client no longer"), "bank-a")


ALL = frozenset(MEMBERS)
BANKS = frozenset(name for name, kinds in MEMBERS.items() if "BANK" in kinds)
FUNDERS = frozenset(name for name, kinds in MEMBERS.items() if {"BANK", "FACTOR"} & set(kinds))

HONEST: dict[str, Callable[[Deals], Case]] = {
    "voucher.issue": _issue,
    "voucher.accept": _accept,
    "voucher.reject": _reject,
    "voucher.withdraw": _withdraw,
    "voucher.offer": _offer,
    "voucher.take": _take,
    "voucher.decline": _decline,
    "voucher.recall": _recall,
    "voucher.cancel": _cancel,
    "voucher.consent": _consent,
    "holder.port": _port,
    "sponsor.claim": _claim,
    "sponsor.answer": _answer_claim,
    "payable.present": _present,
    "payable.confirm": _confirm,
    "payable.contest": _contest,
    "payable.withdraw": _withdraw_payable,
    "invoice.credit": _credit,
    "invoice.review": _review,
    "ceiling.grant": _grant,
    "ceiling.reduce": _reduce,
    "admission.introduce": lambda deals: Case(deals.world, INTRODUCE.example, "bank-a", BANKS),
    "admission.review": lambda deals: Case(
        deals.world, admission.Review("ce-a", EXAMPLE_FILE), "bank-a", BANKS
    ),
    "admission.withdraw": _withdraw_introduction,
    "standard.publish": lambda deals: Case(deals.world, STANDARD, "bank-a", FUNDERS),
    "standard.end": _end_standard,
    "disclosure.remark": _remark,
    "proposal.open": _open,
    "ballot.cast": _cast,
    "proposal.withdraw": _take_back,
    "member.key_register": _register,
    "member.key_rotate": _rotate,
    "member.key_revoke": _revoke,
    "member.sealing_key_rotate": _sealing,
    "member.gateway_set": _gateway,
    "member.suspend": _suspend,
    "member.restore": _restore,
}


def honest_case(name: str) -> Case:
    """A fresh world in which this operation can be done; a new operation needs a line above."""
    if name in PAYING:
        deals = Deals(World())
        args, by, others = asked(name, deals)
        return Case(deals.world, args, by, others)
    if name in pledging.PLEDGING:
        deals = Deals(World())
        args, by, others = pledging.asked(name, deals)
        return Case(deals.world, args, by, others)
    if name in courting.COURTING:
        deals = Deals(World())
        args, by, others = courting.asked(name, deals)
        return Case(deals.world, args, by, others)
    if name in financing.FINANCING:
        deals = Deals(World(joining=ARBITERS))
        args, by, vary = financing.asked(name, deals)
        return Case(deals.world, args, by, vary=vary)
    if name in disputing.DISPUTING:
        deals = Deals(World())
        args, by, others = disputing.asked(name, deals)
        return Case(deals.world, args, by, others)
    if name in redeeming.REDEEMING:
        deals = Deals(World())
        args, by, others = redeeming.asked(name, deals)
        return Case(deals.world, args, by, others)
    if name in challenging.CHALLENGING:
        deals = Deals(World())
        args, by, others = challenging.asked(name, deals)
        return Case(deals.world, args, by, others)
    if name in banking.BANKING:
        deals = Deals(World())
        args, by, others = banking.asked(name, deals)
        return Case(deals.world, args, by, others)
    if name in recoursing.RECOURSING:
        deals = Deals(World())
        args, by, others = recoursing.asked(name, deals)
        return Case(deals.world, args, by, others)
    if name in guaranteeing.GUARANTEEING:
        deals = Deals(World(joining=GUARANTORS))
        args, by, others = guaranteeing.asked(name, deals)
        return Case(deals.world, args, by, others)
    if name in rekeying.REKEYING:
        deals = Deals(World())
        args, by, others = rekeying.asked(name, deals)
        return Case(deals.world, args, by, others)
    assert name in HONEST, f"{name} is new: say in tests/security/honest.py how it is done"
    return HONEST[name](Deals(World()))
