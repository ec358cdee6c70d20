"""One member's gateway: all its parts, put together, started and stopped in order."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from tallychain.crypto.keyfile import SCRYPT_N
from tallychain.crypto.totp import RECOVERY_N
from tallychain.engine.port import CommittedBlock, Engine
from tallychain.gateway import config
from tallychain.gateway.accountchanges import AccountChanges
from tallychain.gateway.accounts import Account, Accounts, wall_ms
from tallychain.gateway.acts import Acts, Ways
from tallychain.gateway.attempts import Attempts
from tallychain.gateway.batches import Batches
from tallychain.gateway.boundtokens import RequestProofs
from tallychain.gateway.building import Builder
from tallychain.gateway.cards import DAY_MS, CardRules, Cards
from tallychain.gateway.carrying import Carrying
from tallychain.gateway.certificates import Authorities, Certificates
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.challenges import Challenges
from tallychain.gateway.chores import Chores
from tallychain.gateway.clientaccounts import ClientAccounts
from tallychain.gateway.concern import Concerns
from tallychain.gateway.config import Folder, Settings
from tallychain.gateway.confirming import Confirming
from tallychain.gateway.correspondence import Correspondence
from tallychain.gateway.database import Database, DatabaseClosed, DatabaseLost
from tallychain.gateway.drafts import Drafts
from tallychain.gateway.enrolment import Enrolment
from tallychain.gateway.factors import Factors
from tallychain.gateway.filing import Filing
from tallychain.gateway.fingerprintkeys import FingerprintKeys
from tallychain.gateway.follower import Follower, Waiters
from tallychain.gateway.foresight import Foresight
from tallychain.gateway.handingover import HandOver
from tallychain.gateway.introductions import Introductions
from tallychain.gateway.joining import Joining
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.limits import OwnLimits
from tallychain.gateway.memberkeys import MemberKeys
from tallychain.gateway.metrics import Metrics
from tallychain.gateway.moving import Moving
from tallychain.gateway.naming import Naming
from tallychain.gateway.outbox import End, Outbox
from tallychain.gateway.ownkeys import OwnKeys
from tallychain.gateway.passphrases import Passphrases
from tallychain.gateway.payees import Payees
from tallychain.gateway.postbox import HttpPost, Post, Postbox
from tallychain.gateway.proof_port import Certifier, Prover
from tallychain.gateway.pulse import Pulse
from tallychain.gateway.quotes import quotes_kept
from tallychain.gateway.quoting import REVEAL, Quoting
from tallychain.gateway.rates import Rates
from tallychain.gateway.readmodel_port import ReadModel
from tallychain.gateway.receivers import Receivers
from tallychain.gateway.requests import Requests
from tallychain.gateway.roster import Roster
from tallychain.gateway.sealingkeys import SealingKeys
from tallychain.gateway.seats import Seats
from tallychain.gateway.sender import Sender, SendRules
from tallychain.gateway.sentences import Sentences
from tallychain.gateway.streams import Streams
from tallychain.gateway.submissions import Submissions
from tallychain.gateway.telling import Telling
from tallychain.gateway.unlocking import NoFactorOnDemo, SecondFactor, Unlocking
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.parameters import ChainFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a test or another kind of installation may put in place of the usual."""

    post: Post | None = None
    factor: SecondFactor | None = None
    key_cost: int = SCRYPT_N
    """Cost of scrypt for key files made here."""
    environment: Mapping[str, str] | None = None
    wall_ms: Callable[[], int] = wall_ms
    """The clock of sessions and one-time codes, UTC milliseconds."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a gateway stands on: its settings, its keys, and the ledger."""

    settings: Settings
    folder: Folder
    catalogue: Catalogue
    facts: ChainFacts
    engine: Engine
    clock: ChainClock
    state: LedgerState
    keys: MemberKeys
    authorities: Authorities
    passphrase: str = field(repr=False)
    database: Database


class Gateway:
    """The parts of a gateway; `start` sets them going."""

    def __init__(self, ground: Ground, chosen: Choices) -> None:
        self.settings, self.folder, self.facts = ground.settings, ground.folder, ground.facts
        self.catalogue, self.engine, self.state = ground.catalogue, ground.engine, ground.state
        self.clock, self.keys, self.authorities = ground.clock, ground.keys, ground.authorities
        self.member, self.database = ground.settings.member, ground.database
        self.metrics, self.pulse, self.waiters = Metrics(), Pulse(), Waiters()
        self.sentences = Sentences(ground.catalogue)
        self.account_rates = Rates(self.settings.account_rate_per_s, self.settings.account_burst)
        self.seat_rates = Rates(self.settings.seat_rate_per_s, self.settings.seat_burst)
        self.member_rates = Rates(self.settings.member_rate_per_s, self.settings.member_burst)
        self.read_model: ReadModel | None = None
        self.streams: Streams | None = None
        self.prover: Prover | None = None
        self.certifier: Certifier | None = None
        self._taking_up: asyncio.Task[None] | None = None
        self._people(ground, chosen)
        self._mail(chosen)
        self._operations()
        self._judging(chosen)
        self._acts()
        file = self.folder.root / self.settings.accounts_file if self.settings.accounts_file else None
        self.payees = Payees(
            self.member, file, self.seats, self.client_accounts, self.acts, self.outbox, self.clock
        )
        self.chores.add(self.payees.name_due)
        self.chores.add(self.quotes.deliver_due)
        self.telling = Telling(
            self.settings,
            self.keys.secret,
            self.database,
            self.pulse,
            self.unlocking.audit,
            demo=self.facts.demo,
            trust=config.webhook_trust(self.settings, self.folder),
        )

    def use_read_model(self, read_model: ReadModel) -> None:
        """Answer queries from this read model."""
        self.read_model = self.payees.read_model = self.limits.read_model = read_model
        self.client_accounts.read_model = self.filing.dossiers.read_model = read_model
        self.streams = Streams(
            read_model,
            self.pulse,
            subscribers=self.settings.subscribers,
            queue=self.settings.subscriber_queue,
        )
        self.telling.use_read_model(read_model, self.seats, self.outbox)

    def take_turn(self, account: Account | None, address: str) -> None:
        """Count one request, by account, seat and member, or by address; raises `GATEWAY_RATE_EXCEEDED`."""
        if account is None:
            self.seat_rates.take(f"address:{address}")
        else:
            self.account_rates.take(account.id)
            self.seat_rates.take(account.seat)
        self.member_rates.take("accounts")

    async def start(self) -> None:
        """Take up what waited, then begin to send and follow."""
        loop = asyncio.get_running_loop()
        self.database.when_back = lambda: loop.call_soon_threadsafe(self._take_up_again)
        await self.outbox.count()
        await self.sender.start()
        await self.follower.start()
        await self.postbox.resume()
        await self.chores.start()
        await self.telling.start()
        await self.roster.start()
        if self.streams is not None:
            await self.streams.start()

    async def close(self) -> None:
        """Stop everything; what was acknowledged stays on the disk and is taken up at the next start."""
        if self.streams is not None:
            await self.streams.close()
        await self.roster.close()
        await self.telling.close()
        await self.chores.close()
        await self.postbox.close()
        await self.follower.close()
        await self.sender.close()
        if isinstance(self.post, HttpPost):
            await self.post.close()
        self.database.close()
        structlog.get_logger("gateway").info("stopped", member=self.member)

    def _people(self, ground: Ground, chosen: Choices) -> None:
        demo = self.facts.demo
        self.seats = Seats(self.database, self.folder.seats)
        self.roster = Roster(self.member, self.folder.keys, self.database)
        self.accounts = Accounts(self.database, chosen.wall_ms)
        self.certificates = Certificates(self.database, self.clock)
        self.fingerprints = FingerprintKeys(
            self.keys.fingerprints, self.folder.keys, ground.passphrase, chosen.key_cost, self.keys.proposed
        )
        self.naming = Naming(self.fingerprints, self.engine, self.state, self.clock)
        self.sealing = SealingKeys(self.member, self.keys.sealing, self.state, self.seats)
        self.factors = Factors(
            self.database,
            self.keys.secret,
            f"{self.member} · {self.facts.chain}",
            chosen.wall_ms,
            cost=min(RECOVERY_N, chosen.key_cost),
        )
        self.attempts = Attempts(self.database, chosen.wall_ms)
        self.request_proofs = RequestProofs(chosen.wall_ms)
        factor = chosen.factor or (NoFactorOnDemo(demo=True) if demo else self.factors)
        self.unlocking = Unlocking(
            self.folder.keys, self.seats, factor, self.attempts, self.database, self.clock
        )
        self.passphrases = Passphrases(self.folder.keys, self.seats, demo=demo, cost=chosen.key_cost)
        self.joining = Joining(self.accounts, self.factors, self.attempts, self.passphrases, self.unlocking)
        self.enrolment = Enrolment(
            self.folder.keys,
            ground.passphrase,
            self.accounts,
            self.seats,
            self.certificates,
            self.authorities,
            demo=demo,
            cost=chosen.key_cost,
        )
        self.changes = AccountChanges(
            self.database, self.accounts, self.enrolment, self.factors, self.attempts, chosen.wall_ms
        )
        self.card_rules = CardRules(
            self.facts.chain, self.member, self.settings.card_stock, self.settings.card_valid_days * DAY_MS
        )
        self.cards = Cards(
            self.card_rules, self.seats, self.certificates, self.authorities, self.database, self.clock
        )

    def _mail(self, chosen: Choices) -> None:
        self.concerns = Concerns(self.engine, self.state, self.seats, self.sealing, self.clock)
        self.post: Post = chosen.post or HttpPost()
        self.postbox = Postbox(
            self.member, self.keys.system, self.state, self.sealing, self.database, self.clock, self.post
        )
        self.filing = Filing(
            self.settings, self.folder, self.keys.secret, self.state, self.concerns, self.sealing, self.seats,
            self.postbox, self.certificates, self.authorities, self.database, self.clock,
        )  # fmt: skip
        self.documents = self.filing.documents
        self.hand_over = HandOver(
            self.member, self.fingerprints, self.naming, self.engine, self.postbox, self.database, self.clock
        )
        self.correspondence = Correspondence(
            self.member,
            self.keys.system,
            self.state,
            self.seats,
            self.sealing,
            self.cards,
            self.certificates,
            self.authorities,
            self.documents,
            self.filing.arrivals,
            self.filing.sharing,
            self.filing.dossiers,
            self.hand_over,
            self.postbox,
            self.database,
            self.clock,
            self.member_rates,
        )
        self.introductions = Introductions(self.seats, self.certificates, self.postbox, self.database)
        self.chores = Chores(
            (
                self.introductions.send_due,
                *self.filing.chores,
                self.hand_over.send_due,
            )
        )
        self.documents.when_stored = self.chores.poke

    def _operations(self) -> None:
        self.client_accounts = ClientAccounts(self.state, self.seats, self.sealing, self.concerns, self.clock)
        self.outbox = Outbox(self.database, self.settings.outbox_limit)
        self.outbox.when_ended = self._ended
        rules = SendRules(
            self.facts.chain, self.member, self.settings.envelope_wait_ms, self.settings.envelopes_in_flight
        )
        self.sender = Sender(rules, self.keys.system, self.engine, self.outbox, self.clock, self._settled)
        self.follower = Follower(
            self.engine, self.outbox, self.sender, self.waiters, self.database, self.clock, self._seen
        )
        self.limits = OwnLimits(
            self.member, self.database, self.accounts, self.state, self.outbox, self.clock
        )
        carrying = Carrying(
            self.member, self.seats, self.accounts, self.sealing, self.certificates, self.authorities,
            self.fingerprints, self.client_accounts,
        )  # fmt: skip
        self.submissions = Submissions(
            self.member, self.facts.chain, self.catalogue, self.state, carrying, self.limits, self.introductions,
            self.outbox, self.sender, self.database, self.clock,
        )  # fmt: skip

    def _judging(self, chosen: Choices) -> None:
        self.drafts = Drafts(self.database, self.clock)
        self.foresight = Foresight(self.engine, self.clock, self.catalogue)
        self.builder = Builder(self.member, self.facts.chain, self.state, self.clock)
        self.quoting = Quoting(self.builder, self.state, self.keys.secret, self.concerns, self.sealing)
        self.challenges = Challenges(self.quoting, self.concerns, self.sealing, self.certificates)
        self.confirming = Confirming(
            self.concerns,
            self.sealing,
            self.certificates,
            self.authorities,
            self.naming,
            self.settings.card_wait_ms,
        )
        self.moving = Moving(
            chain=self.facts.chain,
            seats=self.seats,
            accounts=self.accounts,
            certificates=self.certificates,
            enrolment=self.enrolment,
            unlocking=self.unlocking,
            concerns=self.concerns,
            cost=chosen.key_cost,
        )

    def _acts(self) -> None:
        receivers = Receivers(
            self.member,
            self.settings.card_wait_ms,
            self.state,
            self.seats,
            self.cards,
            self.certificates,
            self.authorities,
            self.correspondence,
            self.postbox,
            self.database,
            self.clock,
        )
        ways = Ways(
            member=self.member,
            catalogue=self.catalogue,
            secret=self.keys.secret,
            system_key=self.keys.system,
            limits=self.limits,
            naming=self.naming,
            database=self.database,
            seats=self.seats,
            cards=self.cards,
            concerns=self.concerns,
            confirming=self.confirming,
            client_accounts=self.client_accounts,
            challenges=self.challenges,
            receivers=receivers,
            correspondence=self.correspondence,
            builder=self.builder,
            quoting=self.quoting,
            drafts=self.drafts,
            requests=Requests(self.database),
            unlocking=self.unlocking,
            outbox=self.outbox,
            submissions=self.submissions,
        )
        self.acts = Acts(ways)
        self.batches = Batches(ways, self.acts, self.foresight, self.documents)
        self.quotes = quotes_kept(ways, self.acts.kind(REVEAL), self.state, self.clock)
        self.own_keys = OwnKeys(
            self.acts, ways, self.card_rules, self.authorities, self.certificates, self.clock
        )

    async def _settled(self, ends: Sequence[End]) -> None:
        await self.outbox.settle(ends)
        self.waiters.wake(ends)

    def _take_up_again(self) -> None:
        """The database was lost and has come back: what was being written then stands there or not, so look at it anew."""
        self._taking_up = asyncio.ensure_future(self._take_up())

    async def _take_up(self) -> None:
        with contextlib.suppress(DatabaseClosed, DatabaseLost):
            await self.seats.load_tags()
            await self.outbox.count()
            await self.sender.take_up()
            await self.postbox.resume()

    def _ended(self, ends: Sequence[End]) -> None:
        self.metrics.ended(ends)
        self.chores.poke()

    def _seen(self, block: CommittedBlock) -> None:
        self.metrics.height.set(block.height)
        if self.hand_over.seen(block):
            self.chores.poke()
        self.pulse.beat()
