"""Those who use the alliance: they look at what was decided, plan the next act, sign it and hand it to a gateway."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from random import Random

import msgspec

from tallychain.contracts.documents.state import AllocatedPart
from tallychain.contracts.governance.operations import Cast
from tallychain.contracts.vouchers.financing.operations import CommitQuote, RevealQuote
from tallychain.contracts.vouchers.operations import MakeOffer
from tallychain.contracts.vouchers.state import HOLDINGS
from tallychain.contracts.vouchers.tests import acts, ends
from tallychain.contracts.vouchers.tests.acts import DONE, Planned
from tallychain.contracts.vouchers.tests.following import follow
from tallychain.contracts.vouchers.tests.model import Model, ModelBroken
from tallychain.contracts.vouchers.tests.strategies import TWISTS, hostile, wrong
from tallychain.engine.port import EngineError
from tallychain.gateway.database import DatabaseLost
from tallychain.gateway.problems import Problem
from tallychain.instruments.holdings import EncumbranceKind
from tallychain.ledger import codec
from tallychain.ledger.holder import Receiver
from tallychain.ledger.operation import SignedOperation, operation_id
from tallychain.ledger.receipt import NotTaken, Receipt
from tallychain.ledger.refusals import Refused
from tallychain.ledger.state import Reader
from tallychain.sdk.audience import AudienceUnknown
from tallychain.testkit.people import derived
from tallychain.testkit.world import Variation
from tests.simulation import business, financing, settlement, voting
from tests.simulation.alliance import SEED, Beside
from tests.simulation.following import told
from tests.simulation.gateway import Gateway, GatewayDied
from tests.simulation.leaning import Leaning
from tests.simulation.lies import falsified, recarried, renewed
from tests.simulation.loop import VirtualLoop
from tests.simulation.mistakes import by_a_mistake
from tests.simulation.node import Decided
from tests.simulation.ordering import Ordering
from tests.simulation.promising import Promising
from tests.simulation.run import MINUTE_MS

A_PAUSE_MS = 15 * MINUTE_MS
PATIENCE_S = 25.0
PATIENCE = 40
"""How often a client tries to hand in the same act."""


@dataclass
class Sent:
    """What a client knows of one act."""

    planned: Planned
    operation: str
    carrier: str
    acknowledged: bool = False
    answer: str = ""
    """The code of a gateway that would not take it."""


class Users(Promising):
    """Every person and program of the alliance, as one source of acts."""

    def __init__(self, seed: int, world: Beside, loop: VirtualLoop, start_ms: int) -> None:
        super().__init__(seed)
        self.world = self.beside = world
        self.loop, self.start_ms = loop, start_ms
        self.model, self.random, self.made = Model(), Random(seed), {}
        self.leaning = Leaning(self.random)
        self.codes, self.acts, self.events = Counter(), Counter(), Counter()
        self.sent: dict[str, Sent] = {}
        self.faults: list[str] = []
        self.busy: dict[str, float] = {}
        """What an act is under way about, and until when that is waited for."""
        self.ends: dict[str, str] = {}
        """Operation to the code of its receipt, or of the last answer without one."""
        self.kinds: Counter[str] = Counter()
        self.surprises: Counter[str] = Counter()
        self.done: list[Planned] = []
        """Acts that took effect, to be tried again."""
        self._fresh = 0

    # --- what strategies see

    @property
    def reader(self) -> Reader:
        """The rows as of the last decided block."""
        return self.world.reader

    def fresh(self) -> str:
        """32 bytes that nobody used, in hex."""
        self._fresh += 1
        return derived(SEED, "fresh", str(self.seed), str(self._fresh)).hex()

    def terms(self, issuer: str) -> tuple[int, ...]:
        """Days for which is promised, also by an issuer that a missed payment blocks: then it is refused."""
        return tuple(self.leaning.terms())

    def backing(self, receiver: Receiver, face: int, issuer: str) -> tuple[str, tuple[AllocatedPart, ...]]:
        """Nothing: promises with a mistake are refused for that, or for this."""
        return "0" * 64, (AllocatedPart("0" * 64, face),)

    def pause_s(self) -> float:
        """How long there is nothing to do but to wait for the end of quotes; 0 if that is far, or nobody waits for it."""
        left_ms = financing.closes_ms(self) - self.start_ms - self.loop.now_ms
        return left_ms / 1000 + self.random.uniform(1.0, 60.0) if 0 < left_ms < A_PAUSE_MS else 0.0

    # --- planning and signing

    def plan(self) -> Planned:
        """60 % plausible, 30 % wrong in one way, 10 % hostile."""
        self.world.time_ms = max(self.world.time_ms, self.start_ms + self.loop.now_ms)
        draw = self.random.random()
        if draw < 0.6:
            self.kinds["plausible"] += 1
            return self._plausible()
        self.kinds["wrong" if draw < 0.9 else "hostile"] += 1
        return self._wrong() if draw < 0.9 else self._hostile()

    def _wrong(self) -> Planned:
        """One mistake; or somebody else does what would be good; or what was done already is tried once more."""
        draw = self.random.random()
        if draw < 0.15:
            return wrong(self.random, self)
        if draw < 0.6:
            aimed = self.leaning.wrong(self.random, self)
            if aimed is not None:
                return aimed
        if draw < 0.75:
            return by_a_mistake(self.random, self, self._plausible())
        if draw < 0.88 or not self.done:
            return self._by_another(self._plausible())
        return self.random.choice(self.done[-12:])

    def _by_another(self, planned: Planned) -> Planned:
        if planned.by in self.world.members:
            return replace(planned, by=self.random.choice(list(self.world.members)), via="")
        others = list(self.made)[-30:] or [planned.by]
        return replace(planned, by=self.random.choice(others), via="")

    def _hostile(self) -> Planned:
        """A good act sent in a bad way; promises on nothing give way to acts that would be done."""
        found = hostile(self.random, self)
        if found.type != "voucher.issue":
            return found
        good = business.issue(self.random, self) or business.confirm(self.random, self)
        twist = found.twist if found.twist != "part_without_row" else "expired"
        return found if good is None else replace(good, twist=twist, expected=TWISTS[twist])

    def _plausible(self) -> Planned:
        for _ in range(12):
            found = self._one_plausible()
            if found is not None and self.busy.get(self._object(found), 0.0) < self.loop.time():
                return found
        return business.present(self.random, self)

    def _one_plausible(self) -> Planned | None:
        random = self.random
        if random.random() < 0.4 and financing.is_pressing(self):
            return financing.act(random, self)
        # What has fallen due, or is put to the vote, is rare in a schedule of minutes and has most of the rules.
        found = self.leaning.act(random, self) if random.random() < 0.45 else None
        if found is not None:
            return found
        draw = random.random()
        if draw < 0.26:
            return random.choice(
                (business.present, business.confirm, business.confirm, business.issue, business.issue)
            )(random, self)
        if draw < 0.68:
            (name,) = random.choices(
                ("accept", "reject", "withdraw", "offer", "take", "decline", "recall"),
                (18, 1, 1, 26, 40, 3, 3),
            )
            found = acts.PLAUSIBLE[name](random, self)
            return None if found is not None and self._is_pledged(found) and random.random() < 0.9 else found
        if draw < 0.74:
            (name,) = random.choices(tuple(ends.ENDS), (2, 4, 3, 4, 1))
            return ends.ENDS[name](random, self)
        if draw < 0.9:
            return random.choice(
                (settlement.active, settlement.active, settlement.due, settlement.agreement, voting.propose)
            )(random, self)
        rows = business.DOCUMENTS
        (name,) = random.choices(tuple(rows), [weight for _, weight in rows.values()])
        return rows[name][0](random, self)

    def _is_pledged(self, planned: Planned) -> bool:
        """The simple model knows nothing of pledges and freezes."""
        args = planned.args
        row = self.reader.get(HOLDINGS, args.voucher, args.holding) if isinstance(args, MakeOffer) else None
        return row is not None and any(one.kind is not EncumbranceKind.OFFER for one in row.encumbrances)

    @staticmethod
    def _object(planned: Planned) -> str:
        """What two acts at once would quarrel about."""
        if isinstance(planned.args, Cast):
            return f"{planned.args.proposal} {planned.by}"
        if isinstance(planned.args, CommitQuote | RevealQuote):
            return f"{planned.args.financing} {planned.by}"
        for name in (
            "offer",
            "financing",
            "redemption",
            "dispute",
            "voucher",
            "payable",
            "invoice",
            "issuer",
            "proposal",
        ):
            value = getattr(planned.args, name, "")
            if value:
                return f"{value}"
        return ""

    def signed_acts(self, planned: Planned) -> list[tuple[SignedOperation, str]]:
        """The act as it is sent: once, or twice where the twist is that."""
        if planned.twist not in ("repeat", "same_nonce"):
            try:
                return [self.signed(planned)]
            except (Refused, AudienceUnknown):
                self.kinds["nobody to seal to"] += 1
                return []
        nonce = self.random.randbytes(16)
        carrier = self.carrier(planned.by)
        act = partial(self.world.act, planned.type, planned.args, by=planned.by, content=planned.content)
        first = act(vary=Variation(via=carrier, nonce=nonce))
        if planned.twist == "repeat":
            return [(first, carrier), (first, carrier)]
        expires_ms = self.world.time_ms + 2 * MINUTE_MS
        return [
            (first, carrier),
            (act(vary=Variation(via=carrier, nonce=nonce, expires_ms=expires_ms)), carrier),
        ]

    # --- handing in

    async def act(self, planned: Planned, gateways: dict[str, Gateway], ordering: Ordering) -> None:
        """Hand one act in, again and again until it is acknowledged, refused, or there is no sense in it any more."""
        if planned.twist and self.random.random() < 0.5:
            self._past_the_gateway(planned, ordering)
            return
        if self.random.random() < 0.04:
            self._old_envelope(ordering)
        self.busy[self._object(planned)] = self.loop.time() + PATIENCE_S
        for signed, carrier in self.signed_acts(planned):
            await self._hand_in(planned, signed, gateways[carrier])

    def _past_the_gateway(self, planned: Planned, ordering: Ordering) -> None:
        """A hostile member has a gateway of its own making, which refuses nothing."""
        for signed, carrier in self.signed_acts(planned):
            name = operation_id(signed.body)
            self.sent.setdefault(name, Sent(planned, name, carrier))
            ordering.spread(self.random.choice(ordering.nodes), self.world.envelope([signed], carrier))

    def _old_envelope(self, ordering: Ordering) -> None:
        """What was decided once comes again: as it was, in a new envelope, carried by another, or falsified."""
        old = [data for block in ordering.chain[-30:] for data in block.envelopes]
        if not old:
            return
        data, random = self.random.choice(old), self.random
        sent = random.choice(
            (
                data,
                renewed(random, data, self.world.time_ms + 60_000),
                recarried(random, data),
                falsified(random, data),
                data[: len(data) // 2],
            )
        )
        ordering.spread(random.choice(ordering.nodes), sent)

    async def _hand_in(self, planned: Planned, signed: SignedOperation, gateway: Gateway) -> None:
        name = operation_id(signed.body)
        sent = self.sent.setdefault(name, Sent(planned, name, gateway.member))
        for _ in range(PATIENCE):
            if not gateway.is_up:
                await asyncio.sleep(self.random.uniform(0.5, 3.0))
                continue
            try:
                await gateway.take(signed)
            except Problem as problem:
                sent.answer = problem.code
                return
            except (EngineError, GatewayDied, DatabaseLost):
                await asyncio.sleep(self.random.uniform(0.2, 2.0))
                continue
            sent.acknowledged = True
            return

    # --- learning

    def learn(self, block: Decided) -> None:
        """A block was decided: what was done is told to the model."""
        answers = self.beside.take(block)
        for event in self.beside.history[-1].due_events:
            self._tell(msgspec.json.decode(event))
        for rows in answers:
            for row in rows:
                self._learn(row)

    def _learn(self, row: bytes) -> None:
        if b'"outcome"' not in row:
            away = codec.trusted(NotTaken, row)
            self.codes[away.code] += 1
            self.ends.setdefault(away.operation, away.code)
            return
        receipt = codec.trusted(Receipt, row)
        self.codes[receipt.code] += 1
        self.ends[receipt.operation] = receipt.code
        if receipt.code.startswith("INTERNAL") or receipt.code == "QUARANTINED":
            self.faults.append(f"{receipt.operation} met a broken invariant: {row.decode()[:300]}")
        events = [msgspec.json.decode(bytes(event)) for event in receipt.events]
        sent = self.sent.get(receipt.operation)
        if sent is None:
            self.faults.append(f"{receipt.operation} was executed and nobody here had sent it")
            return
        self.busy.pop(self._object(sent.planned), None)
        self.acts[sent.planned.type] += 1
        if receipt.code != sent.planned.expected:
            self.surprises[f"{sent.planned.type} {receipt.code} for {sent.planned.expected}"] += 1
        if receipt.code != DONE:
            return
        self.done.append(replace(sent.planned, twist=""))
        try:
            follow(self.model, sent.planned, receipt.operation, events[0], self.world.state.time_ms)
        except (ModelBroken, KeyError) as error:
            self.faults.append(f"the simple model cannot follow {sent.planned.type}: {error!r}")
        for event in events:
            self._tell(event)
        if sent.planned.type == "holder.port" and sent.planned.via:
            self.made[sent.planned.by] = msgspec.structs.replace(
                self.made[sent.planned.by], sponsor=sent.planned.via
            )

    def _tell(self, event: Mapping[str, object]) -> None:
        """Count an event, and tell the simple model what it means for offers and title."""
        self.events[str(event["event"])] += 1
        told(self.model, event, self.world.state.time_ms)
