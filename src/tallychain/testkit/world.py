"""A whole alliance in one process: acts go in, receipts come out, time moves when told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec

from tallychain.catalogue import CATALOGUE
from tallychain.contracts.documents.api import AllocatedPart
from tallychain.contracts.documents.operations import Confirm, Present
from tallychain.contracts.documents.state import INVOICE, Invoice
from tallychain.contracts.risk.genesis import GenesisCeiling
from tallychain.crypto.keys import SigningKey
from tallychain.crypto.pool import verify_all
from tallychain.engine.port import CommittedBlock
from tallychain.instruments.calendar import format_date, local_day
from tallychain.ledger import codec, limits
from tallychain.ledger.admission import SignatureCheck, admissible
from tallychain.ledger.contract import AnyOperation, Authority, Call
from tallychain.ledger.genesis import initial_rows, initial_tree
from tallychain.ledger.holder import Receiver
from tallychain.ledger.machine import BlockInput, BlockResult, LedgerState, apply_block
from tallychain.ledger.operation import SignedOperation, operation_id
from tallychain.ledger.parameters import CalendarYear
from tallychain.ledger.receipt import NotTaken, Receipt
from tallychain.ledger.state import MemoryBacking, Reader
from tallychain.ledger.types import (
    Author,
    Height,
    MemberId,
    TimeMs,
    author_member,
    author_tag_key,
    member_author,
)
from tallychain.ledger.validators import SENT
from tallychain.sdk.audience import recipients
from tallychain.sdk.build import IDENTITY, Act, Part, pack, prepare, sign
from tallychain.testkit.genesis import (
    CALENDAR_2026,
    CEILINGS,
    CHAIN,
    CLIENTS,
    MEMBERS,
    START_MS,
    trial_genesis,
)
from tallychain.testkit.people import TrialClient, TrialMember, derived, trial_client, trial_member

Answer = Receipt | NotTaken
FIVE_MINUTES_MS = 300_000
LAST_DAY = local_day(limits.TIME_MS)
A_YEAR = timedelta(days=365)
"""After which the payables of `World.backed` are due: later than the vouchers that they back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """What a test may do differently from an honest gateway."""

    via: str | None = None
    nonce: bytes | None = None
    salt: bytes | None = None
    """One salt for every part: with the same nonce an act is sealed to the same bytes again."""
    expires_ms: int | None = None
    keys: Sequence[SigningKey] | None = None
    leave_out: frozenset[str] = frozenset()
    """Labels of parts to leave out."""
    without: frozenset[str] = frozenset()
    """Parties (`member:<id>` or a tag's sealing key) to leave out of every part."""
    chain: str | None = None


HONEST = Variation()


@dataclass(frozen=True, slots=True)
class Backing:
    """What a voucher may rest on."""

    payable: str
    invoices: tuple[AllocatedPart, ...]


@dataclass(slots=True)
class World:
    """An alliance with the members and clients of `testkit.genesis`."""

    seed: int = 1
    start_ms: int = START_MS
    ceilings: Sequence[GenesisCeiling] = CEILINGS
    """Ceilings with which the chain begins."""
    seats: Sequence[str] = ()
    """Members that validate, on an engine of several validators."""
    clock: str = "driven"
    """How a chain that this world is the beginning of would know the time; here it moves as it is told."""
    calendars: Sequence[CalendarYear] = (CALENDAR_2026,)
    joining: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Founders beside the usual ones, with their kinds."""
    verify: bool = True
    """Whether signatures are verified; long random runs that test rules may save that time."""
    members: dict[str, TrialMember] = field(init=False)
    clients: dict[str, TrialClient] = field(init=False)
    state: LedgerState = field(init=False)
    backing: MemoryBacking = field(init=False)
    time_ms: int = field(init=False)
    last: BlockResult | None = field(init=False, default=None)
    history: list[CommittedBlock] = field(init=False, default_factory=list)
    """Every block as a follower would get it, without headers: nothing here signs them."""
    powers: dict[str, int] = field(init=False, default_factory=dict)
    """What an engine of several validators would know: power by validator key."""
    sealing_of: dict[str, str] = field(init=False, default_factory=dict)
    owner_of: dict[str, str] = field(init=False, default_factory=dict)
    _acts: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Begin the chain."""
        self.members = {
            name: trial_member(self.seed, number, name, kinds)
            for number, (name, kinds) in enumerate({**MEMBERS, **self.joining}.items())
        }
        self.clients = {
            name: trial_client(self.seed, 1000 + number, name, sponsor)
            for number, (name, sponsor) in enumerate(CLIENTS.items())
        }
        document = self.genesis()
        rows = initial_rows(document, CATALOGUE)
        self.backing = MemoryBacking()
        self.backing.write(rows.items())
        self.state = LedgerState(CATALOGUE, self.backing, initial_tree(document, rows))
        self.state.restore(Height(0), TimeMs(self.start_ms), ())
        self.time_ms = self.start_ms
        self.powers = {row.key: row.power for row in self.reader.scan(SENT)}

    def genesis(self, tree_depth: int = 12) -> bytes:
        """The genesis document of this world."""
        return trial_genesis(
            self.seed,
            list(self.members.values()),
            self.start_ms,
            clock=self.clock,
            tree_depth=tree_depth,
            ceilings=self.ceilings,
            seats=self.seats,
            calendars=self.calendars,
        )

    @property
    def reader(self) -> Reader:
        """The committed state."""
        return self.state.committed

    @property
    def root(self) -> bytes:
        """The state root."""
        return self.state.tree.root

    def receiver(self, client: str) -> Receiver:
        """A fresh tag of a client, known to this world."""
        made = self.clients[client].receiver()
        self.sealing_of[made.tag] = made.sealing
        self.owner_of[made.tag] = client
        return made

    def act(
        self,
        type_name: str,
        args: msgspec.Struct,
        *,
        by: str,
        content: Mapping[str, msgspec.Struct] | None = None,
        vary: Variation = HONEST,
    ) -> SignedOperation:
        """
        A signed operation.

        `by` is a member's id or a tag's signing key.  Parts without given content hold the declared example.  Parts that are
        not required are sealed only if content is given.
        """
        kind = CATALOGUE.operation_type(type_name, 1)
        if kind is None:
            raise KeyError(type_name)
        author = member_author(MemberId(by)) if by in self.members else Author(f"tag:{by}")
        via = vary.via or self._carrier(by)
        self._acts += 1
        nonce = vary.nonce or derived(self.seed, "nonce", str(self._acts))[:16]
        act = Act(
            chain=vary.chain or CHAIN,
            kind=kind,
            args=args,
            author=author,
            via=via,
            nonce=nonce,
            expires_ms=vary.expires_ms if vary.expires_ms is not None else self.time_ms + FIVE_MINUTES_MS,
            parts=self._parts(kind, args, author, via, content or {}, vary),
            identity=None if by in self.members else self.clients[self.owner_of[by]].identify,
        )
        prepared = prepare(act, self._salt if vary.salt is None else lambda: vary.salt or b"")
        return sign(prepared, vary.keys if vary.keys is not None else self.keys(kind, by))

    def do(
        self,
        type_name: str,
        args: msgspec.Struct,
        *,
        by: str,
        content: Mapping[str, msgspec.Struct] | None = None,
        vary: Variation = HONEST,
    ) -> Answer:
        """One act in a block of its own."""
        signed = self.act(type_name, args, by=by, content=content, vary=vary)
        return self.submit([signed], carrier=vary.via or self._carrier(by))[0]

    def backed(self, receiver: Receiver, amount: int, issuer: str = "ce-a") -> Backing:
        """A payable over one invoice, presented by the receiving tag and confirmed by the issuer, in two blocks."""
        self._acts += 1
        invoice = Invoice(derived(self.seed, "invoice", str(self._acts)).hex(), (), amount, ())
        reference = derived(self.seed, "payable", str(self._acts)).hex()[:32]
        due_day = format_date(min(local_day(self.time_ms) + A_YEAR, LAST_DAY))
        present = Present(reference, issuer, receiver, INVOICE, amount, due_day, 1, (invoice,))
        presented = self.do("payable.present", present, by=receiver.tag)
        confirmed = self.do("payable.confirm", Confirm(presented.operation, amount), by=issuer)
        if confirmed.code != "DONE":
            raise ValueError(f"not confirmed: {presented} {confirmed}")
        return Backing(presented.operation, (AllocatedPart(invoice.fingerprint, amount),))

    def submit(self, operations: Sequence[SignedOperation], *, carrier: str) -> list[Answer]:
        """One block with one envelope of a member."""
        return self.block([self.envelope(operations, carrier)])[0]

    def envelope(self, operations: Sequence[SignedOperation], carrier: str) -> bytes:
        """The envelope in which a member submits these operations."""
        key = self.members[carrier].staff["system"].key
        return pack(operations, chain=CHAIN, member=carrier, key=key, expires_ms=self.time_ms + 100_000)

    def block(self, envelopes: Sequence[bytes]) -> list[list[Answer]]:
        """One block, one millisecond later.  Raises `Inadmissible` if an envelope may not stand in it."""
        admitted = [admissible(data, self.state, self._verify_all) for data in envelopes]
        self.time_ms += 1
        block = BlockInput(Height(self.state.height + 1), TimeMs(self.time_ms), admitted)
        self.last = apply_block(self.state, block)
        self.backing.write(self.last.writes.items())
        self.history.append(_committed(self.last, envelopes))
        for update in self.last.validator_updates:
            self.powers[update.key] = update.power
            if not update.power:
                del self.powers[update.key]
        return [[_answer(row) for row in rows] for rows in self.last.results]

    def advance(self, to_ms: int) -> None:
        """Move time, with a block at each instant that due work waits for, as a driven chain does."""
        while self.time_ms < to_ms:
            # Here no block is ever on its way: without this, each look passes over everything that was settled before its deadline.
            self.state.due.trim(self.state.committed, self.state.outages)
            due_ms = self.state.next_due_ms()
            at_ms = to_ms if due_ms is None else min(max(due_ms, self.time_ms + 1), to_ms)
            self.time_ms = at_ms - 1
            self.block([])

    def check(self, reader: Reader | None = None) -> list[tuple[int, str]]:
        """Every fault that the contracts' full invariants find, in the committed state as this reader reads it."""
        faults: list[tuple[int, str]] = []
        for contract in CATALOGUE.contracts:
            if contract.full is not None:
                faults += contract.full(reader or self.reader)
        return faults

    def keys(self, kind: AnyOperation, by: str) -> list[SigningKey]:
        """The keys with which an honest author signs."""
        if by not in self.members:
            return [self.clients[self.owner_of[by]].tag_key(by)]
        staff = self.members[by].staff
        names = {
            Authority.TWO_PERSONS: ("maker", "checker"),
            Authority.TWO_ADMINS: ("admin-1", "admin-2"),
            Authority.SYSTEM: ("system",),
        }
        return [staff[name].key for name in names.get(kind.authority, ())]

    def _carrier(self, by: str) -> str:
        return by if by in self.members else self.clients[self.owner_of[by]].sponsor

    def _parts(
        self,
        kind: AnyOperation,
        args: msgspec.Struct,
        author: Author,
        via: str,
        content: Mapping[str, msgspec.Struct],
        vary: Variation,
    ) -> tuple[Part, ...]:
        tag = author_tag_key(author)
        call = Call(
            operation=operation_id(codec.encode(args)),
            author=author,
            member=author_member(author),
            tag=tag,
            via=MemberId(via),
            now=self.state.moment(),
            signers=(),
            sealed=(),
        )
        parts = []
        for rule in kind.seals:
            if rule.label in vary.leave_out or not (rule.required or rule.label in content):
                continue
            own = None if tag is None else self.sealing_of[tag]
            to = recipients(rule, args, call, self.reader, author_sealing=own)
            kept = tuple(item for item in to if item.name.partition("#")[0] not in vary.without)
            filled = None if rule.label == IDENTITY else content.get(rule.label, rule.example)
            parts.append(Part(rule.label, filled, kept))
        return tuple(parts)

    def _salt(self) -> bytes:
        self._acts += 1
        return derived(self.seed, "salt", str(self._acts))

    def _verify_all(self, checks: Sequence[SignatureCheck]) -> bool:
        return not self.verify or all(verify_all([(key, message, made) for key, message, made in checks]))


def _committed(result: BlockResult, envelopes: Sequence[bytes]) -> CommittedBlock:
    return CommittedBlock(
        height=result.height,
        time_ms=result.time_ms,
        header=b"",
        header_signature=b"",
        envelopes=list(envelopes),
        results=[list(rows) for rows in result.results],
        codes=list(result.codes),
        due_events=list(result.due_events),
    )


def _answer(row: bytes) -> Answer:
    return codec.trusted(Receipt, row) if b'"outcome"' in row else codec.trusted(NotTaken, row)
