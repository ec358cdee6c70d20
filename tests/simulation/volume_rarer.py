"""What happens now and then in the random run for volume: lost wallets, standards of funders, and recourse once issuers have not paid."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from tallychain.contracts.risk.standards import operations as standards
from tallychain.contracts.risk.standards.declared import EXAMPLE
from tallychain.contracts.vouchers import api
from tallychain.contracts.vouchers.recoursing import operations as recoursing
from tallychain.contracts.vouchers.rekeying import operations as rekeying
from tallychain.contracts.vouchers.rekeying.state import REKEYS, TAKEABLE
from tallychain.contracts.vouchers.state import Holding, Voucher
from tallychain.instruments.calendar import format_date, local_day
from tallychain.instruments.money import Units
from tests.payments import DOCUMENT
from tests.simulation.volume_acting import Acting

BANKS: Final = ("bank-a", "bank-b", "settle-a")
FUNDERS: Final = ("bank-b", "factor-a")
PAYING_BANK: Final = "settle-a"
NAMES: Final = ("SHORT", "LONG", "PLEDGES")


@dataclass(frozen=True, slots=True)
class Sale:
    """Units that a seller has sold with recourse, or without."""

    number: str
    financing: str
    first: Units
    seller: str
    funder: str


@dataclass(frozen=True, slots=True)
class Loss:
    """A wallet that is said to be lost: the old tag and the one that is to take over."""

    number: str
    tag: str
    new: str
    name: str
    second: str


@dataclass
class Rarer:
    """The rarer acts of one run."""

    run: Acting
    sales: list[Sale] = field(init=False, default_factory=list)
    losses: list[Loss] = field(init=False, default_factory=list)
    standing: list[tuple[str, str]] = field(init=False, default_factory=list)
    """Standards that were published: funder and name."""

    def step(self) -> None:
        """One of them."""
        steps: tuple[Callable[[], None], ...] = (self.lose, self.lose, self.find, self.find, self.publish)
        self.run.random.choice(steps)()

    # --- lost wallets

    def lose(self) -> None:
        """A sponsor says that a client has lost its wallet; a second bank agrees, refuses or is silent."""
        run = self.run
        voucher, holding = run.somewhere()
        new = run.world.receiver(run.world.owner_of[holding.tag])
        second = run.random.choice([bank for bank in BANKS if bank != holding.sponsor])
        args = rekeying.ProposeRekey(voucher.number, holding.first, new, second)
        proposed = run.do("holder.rekey.propose", args, holding.sponsor)
        if proposed.code != "DONE":
            return
        loss = Loss(voucher.number, holding.tag, new.tag, proposed.operation, second)
        draw = run.random.random()
        if draw < 0.8:
            consent = rekeying.ConsentRekey(loss.number, loss.tag, loss.name)
            run.do("holder.rekey.consent", consent, second)
            self.losses.append(loss)
        elif draw < 0.9:
            run.do("holder.rekey.decline", rekeying.DeclineRekey(loss.number, loss.tag, loss.name), second)

    def find(self) -> None:
        """Who was told of it objects; or the new tags take over what nobody has objected to in time."""
        run = self.run
        waiting: list[Loss] = []
        for loss in self.losses:
            row = run.world.reader.get(REKEYS, loss.tag)
            if row is None or row.id != loss.name:
                continue
            if row.status_at(run.world.state.moment()) == TAKEABLE:
                self.take_over(loss)
            else:
                waiting.append(loss)
        self.losses = waiting
        if waiting and run.random.random() < 0.3:
            loss = waiting.pop(run.random.randrange(len(waiting)))
            run.do("holder.rekey.veto", rekeying.VetoRekey(loss.number, loss.tag, loss.name), loss.tag)

    def take_over(self, loss: Loss) -> None:
        """What the old tag holds of this voucher, as much as one act may take."""
        held = [row for row in api.holdings(self.run.world.reader, loss.number) if row.tag == loss.tag]
        firsts = tuple(row.first for row in held[: rekeying.MAX_REKEYED])
        if firsts:
            args = rekeying.TakeRekeyed(loss.number, loss.tag, loss.name, firsts)
            self.run.do("holder.rekey.take", args, loss.new)

    # --- standards

    def publish(self) -> None:
        """A funder publishes or replaces a standard, or ends one."""
        run = self.run
        if self.standing and run.random.random() < 0.3:
            funder, name = self.standing.pop(run.random.randrange(len(self.standing)))
            run.do("standard.end", standards.EndStandard(name), funder)
            return
        funder = run.random.choice(FUNDERS)
        today = format_date(local_day(run.world.time_ms))
        args = msgspec.structs.replace(EXAMPLE, name=run.random.choice(NAMES), valid_from=today)
        answer = run.do("standard.publish", args, funder)
        if answer.code == "DONE":
            self.standing.append((funder, answer.operation))

    # --- recourse

    def sold(self, voucher: Voucher, holding: Holding, name: str, funder: str) -> None:
        """Title has passed to a funder."""
        self.sales.append(Sale(voucher.number, name, holding.first, holding.tag, funder))

    def sold_numbers(self) -> frozenset[str]:
        """The vouchers of which units were sold."""
        return frozenset(sale.number for sale in self.sales)

    def claim_back(self, unpaid: Sequence[str]) -> None:
        """Funders claim from sellers; these buy back, contest, or are silent."""
        numbers = frozenset(unpaid)
        for sale in self.sales:
            if sale.number in numbers:
                self.claim(sale)

    def claim(self, sale: Sale) -> None:
        """One claim and what comes of it."""
        run = self.run
        args = recoursing.ClaimRecourse(sale.number, sale.financing, sale.first, PAYING_BANK)
        claimed = run.do("recourse.claim", args, sale.funder)
        draw = run.random.random()
        if claimed.code != "DONE" or draw < 0.1:
            return
        here = (sale.number, sale.first, claimed.operation)
        if draw < 0.25:
            run.do("recourse.contest", recoursing.ContestRecourse(*here), sale.seller)
        elif draw < 0.35:
            run.do("recourse.withdraw", recoursing.WithdrawRecourse(*here), sale.funder)
        elif run.do("recourse.buy_back", recoursing.BuyBackUnits(*here), sale.seller).code == "DONE":
            self.bought_back(here)

    def bought_back(self, here: tuple[str, Units, str]) -> None:
        """Mostly the money comes."""
        run = self.run
        if run.random.random() < 0.8:
            reference = f"HG-{run.world.state.height}"
            args = recoursing.AttestBuyBack(*here, reference, run.world.time_ms, DOCUMENT)
            run.do("recourse.attest", args, PAYING_BANK)
