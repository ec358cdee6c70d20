"""A random run of one alliance on the real ledger: acts are chosen by strategies, answers are checked against the simple model."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random

import msgspec
from msgspec.structs import replace

from tallychain.catalogue import CATALOGUE
from tallychain.contracts.disclosure.state import ACCOUNTS
from tallychain.contracts.documents.state import AllocatedPart
from tallychain.contracts.risk.api import is_blocked
from tallychain.contracts.vouchers.declared import TRADE_EXAMPLE
from tallychain.contracts.vouchers.operations import TRADE_LABELS, MakeOffer
from tallychain.contracts.vouchers.sponsoring.operations import Port
from tallychain.contracts.vouchers.tests.acts import CLIENTS, DONE, TERMS, Planned, expecting
from tallychain.contracts.vouchers.tests.comparison import differences, voucher_differences
from tallychain.contracts.vouchers.tests.following import follow
from tallychain.contracts.vouchers.tests.model import Model
from tallychain.contracts.vouchers.tests.strategies import choose
from tallychain.crypto.keys import SigningKey
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.holder import Receiver
from tallychain.ledger.journals import JOURNALS
from tallychain.ledger.operation import SignedOperation
from tallychain.ledger.receipt import NotTaken, Receipt
from tallychain.ledger.refusals import Refused
from tallychain.ledger.timeline import Moment
from tallychain.ledger.types import Author, Height, MemberId, TimeMs
from tallychain.sdk.build import IDENTITY, Act, Part, Recipient, prepare, sign
from tallychain.testkit.genesis import CHAIN
from tallychain.testkit.world import HONEST, Variation, World
from tests.simulation.paying import Payments

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MINUTE_MS = 60_000


class RunFailed(AssertionError):
    """The ledger answered otherwise than the model says, or the two accounts differ."""


@dataclass
class Run:
    """One run: a world, the model that follows it, and what was counted."""

    seed: int
    full_every: int = 500
    world: World = field(init=False)
    model: Model = field(init=False, default_factory=Model)
    random: Random = field(init=False)
    made: dict[str, Receiver] = field(init=False, default_factory=dict)
    codes: Counter[str] = field(init=False, default_factory=Counter)
    acts: Counter[str] = field(init=False, default_factory=Counter)
    events: Counter[str] = field(init=False, default_factory=Counter)
    payments: Payments = field(init=False)

    def __post_init__(self) -> None:
        self.world = World(seed=self.seed, verify=False)
        self.random = Random(self.seed)
        self.payments = Payments(self)

    @property
    def now_ms(self) -> int:
        return self.world.time_ms + 1

    @property
    def tags(self) -> Mapping[str, Receiver]:
        return self.made

    def receiver(self, client: str) -> Receiver:
        made = self.world.receiver(client)
        self.made[made.tag] = made
        return made

    def terms(self, issuer: str) -> tuple[int, ...]:
        """One issuer promises for half a year; the other for all terms, and not while a payment that it missed, or what is disclosed of it, keeps it from that."""
        if issuer == "ce-a":
            return TERMS[-1:]
        account = self.world.reader.get(ACCOUNTS, issuer)
        is_barred = account is not None and account.persistent_since != ""
        return () if is_barred or is_blocked(self.world.reader, issuer, self.moment()) else TERMS

    def backing(self, receiver: Receiver, face: int, issuer: str) -> tuple[str, tuple[AllocatedPart, ...]]:
        made = self.world.backed(receiver, face, issuer)
        return made.payable, made.invoices

    def operations(self, count: int) -> None:
        """Try this many acts, with time passing between them."""
        for number in range(1, count + 1):
            self.let_time_pass()
            self.attempt(choose(self.random, self))
            self.payments.step()
            if number % self.full_every == 0:
                self.check_everything()
        self.check_everything()
        for block in self.world.history:
            self.events.update(str(msgspec.json.decode(event)["event"]) for event in block.due_events)

    def let_time_pass(self) -> None:
        draw = self.random.random()
        if draw < 0.9:
            step_ms = self.random.randint(1, 60_000)
        elif draw < 0.998:
            step_ms = self.random.randint(1, 6 * HOUR_MS)
        else:
            step_ms = self.random.randint(1, 3 * DAY_MS)
        self.world.advance(self.world.time_ms + step_ms)

    def attempt(self, planned: Planned) -> None:
        """Send one act in a block of its own and see that the answer is the one expected."""
        if planned.twist in ("repeat", "same_nonce"):
            self.attempt_twice(planned)
            return
        signed, carrier = self.signed(planned)
        self.send(planned, signed, carrier)

    def attempt_twice(self, planned: Planned) -> None:
        """Send a good act, and then the same again, or another under the same nonce."""
        nonce = self.random.randbytes(16)
        carrier = self.carrier(planned.by)
        act = partial(self.world.act, planned.type, planned.args, by=planned.by, content=planned.content)
        signed = act(vary=Variation(via=carrier, nonce=nonce))
        self.send(expecting(planned, DONE), signed, carrier)
        if planned.twist == "same_nonce":
            signed = act(vary=Variation(via=carrier, nonce=nonce, expires_ms=self.world.time_ms + MINUTE_MS))
        self.send(planned, signed, carrier)

    def send_planned(self, planned: Planned) -> Receipt | NotTaken:
        """Sign and send one honest act."""
        signed, carrier = self.signed(planned)
        return self.send(planned, signed, carrier)

    def send(self, planned: Planned, signed: SignedOperation, carrier: str) -> Receipt | NotTaken:
        answer = self.world.submit([signed], carrier=carrier)[0]
        if answer.code != planned.expected:
            raise RunFailed(f"{planned.type} answered {answer.code} and not {planned.expected}: {planned}")
        self.codes[answer.code] += 1
        self.acts[planned.type] += 1
        if isinstance(answer, Receipt) and answer.code == DONE:
            self.follow_done(planned, answer)
        else:
            self.see_that_nothing_changed(answer)
        return answer

    def follow_done(self, planned: Planned, answer: Receipt) -> None:
        events = [msgspec.json.decode(bytes(event)) for event in answer.events]
        self.events.update(str(event["event"]) for event in events)
        follow(self.model, planned, answer.operation, events[0], self.world.time_ms)
        if isinstance(planned.args, Port):
            self.made[planned.by] = replace(self.made[planned.by], sponsor=MemberId(planned.via))
        number = str(events[0].get("voucher", ""))
        if not number:
            return
        self.demand(list(voucher_differences(self.model, number, self.world.reader, self.moment())))

    def see_that_nothing_changed(self, answer: Receipt | NotTaken) -> None:
        """What was refused leaves a receipt and a used nonce; what was turned away leaves nothing."""
        block = self.world.last
        if block is None or block.due_events:
            return
        allowed = JOURNALS.key() if isinstance(answer, Receipt) else None
        wrong = [key for key in block.writes if allowed is None or not key.startswith(allowed)]
        self.demand([f"a refused act wrote {key!r}" for key in wrong])

    def check_everything(self) -> None:
        self.demand([f"I{number}: {detail}" for number, detail in self.world.check()])
        self.demand(list(differences(self.model, self.world.reader, self.moment())))
        self.demand(list(self.payments.faults()))

    def moment(self) -> Moment:
        return Moment(Height(self.world.state.height), TimeMs(self.world.time_ms), self.world.state.outages)

    @staticmethod
    def demand(faults: list[str]) -> None:
        if faults:
            raise RunFailed("\n".join(faults[:20]))

    # --- how an act is signed, honestly or not

    def signed(self, planned: Planned) -> tuple[SignedOperation, str]:
        """The act as its sender signs it, and the member that carries it."""
        carrier = planned.via or self.carrier(planned.by)
        content = dict(planned.content)
        if planned.twist == "part_without_row" and isinstance(planned.args, MakeOffer):
            content[TRADE_LABELS[len(planned.args.rows)]] = TRADE_EXAMPLE
        if planned.twist == "unknown_recipient":
            return self.sealed_by_hand(planned, carrier, self.sealed_to_no_key(planned, carrier)), carrier
        try:
            vary = self.variation(planned, carrier)
            signed = self.world.act(planned.type, planned.args, by=planned.by, content=content, vary=vary)
        except Refused:
            if planned.by in self.world.members:
                raise
            # An honest gateway stops here, because there is nobody to seal to; this one sends all the same.
            signed = self.sealed_by_hand(planned, carrier, self.sealed_to_itself(planned))
        return signed, carrier

    def variation(self, planned: Planned, carrier: str) -> Variation:
        """How a hostile sender differs from an honest one."""
        match planned.twist:
            case "" | "part_without_row":
                return Variation(via=carrier)
            case "leave_out_identity":
                return Variation(via=carrier, leave_out=frozenset({IDENTITY}))
            case "without_supervisor":
                return Variation(via=carrier, without=frozenset({"member:supervisor"}))
            case "expired":
                return Variation(via=carrier, expires_ms=self.world.time_ms + 1)
            case "expires_too_far":
                return Variation(via=carrier, expires_ms=self.world.time_ms + 30 * HOUR_MS)
            case "stolen_tag":
                return Variation(via=carrier, keys=[self.stranger_key()])
            case "roles_swapped":
                return Variation(via=carrier, keys=self.swapped_keys(planned.by))
            case twist:
                raise KeyError(twist)

    def swapped_keys(self, member: str) -> list[SigningKey]:
        """The checker's key where the maker's should sign, and the other way round."""
        staff = self.world.members[member].staff if member in self.world.members else {}
        return [staff[name].key for name in ("checker", "maker") if name in staff]

    def stranger_key(self) -> SigningKey:
        """The key of a tag made for this one purpose."""
        client = self.random.choice(CLIENTS)
        return self.world.clients[client].tag_key(self.receiver(client).tag)

    def sealed_to_itself(self, planned: Planned) -> tuple[Part, ...]:
        """Parts sealed to the author alone."""
        own = self.made[planned.by].sealing
        labels = [rule.label for rule in self.kind(planned).seals if rule.required]
        return tuple(
            Part(label, None if label == IDENTITY else TRADE_EXAMPLE, (Recipient(own, own),))
            for label in labels
        )

    def sealed_to_no_key(self, planned: Planned, carrier: str) -> tuple[Part, ...]:
        """Parts for everybody entitled, but the supervisor's key has a number that it never had."""
        author = Author(f"tag:{planned.by}")
        parts = self.world._parts(self.kind(planned), planned.args, author, carrier, planned.content, HONEST)
        return tuple(
            Part(
                part.label,
                part.content,
                tuple(Recipient(to.name.replace("supervisor#1", "supervisor#9"), to.key) for to in part.to),
            )
            for part in parts
        )

    def sealed_by_hand(self, planned: Planned, carrier: str, parts: tuple[Part, ...]) -> SignedOperation:
        """A holder's act with parts as they are given."""
        kind = self.kind(planned)
        act = Act(
            chain=CHAIN,
            kind=kind,
            args=planned.args,
            author=f"tag:{planned.by}",
            via=carrier,
            nonce=self.random.randbytes(16),
            expires_ms=self.world.time_ms + MINUTE_MS,
            parts=parts,
            identity=self.world.clients[self.world.owner_of[planned.by]].identify,
        )
        return sign(prepare(act, lambda: self.random.randbytes(32)), self.world.keys(kind, planned.by))

    @staticmethod
    def kind(planned: Planned) -> AnyOperation:
        """The declared type of an act."""
        kind = CATALOGUE.operation_type(planned.type, 1)
        if kind is None:
            raise KeyError(planned.type)
        return kind

    def carrier(self, by: str) -> str:
        """Who carries an honest author's acts."""
        return by if by in self.world.members else self.made[by].sponsor
