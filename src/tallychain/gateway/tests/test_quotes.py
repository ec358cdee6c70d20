"""A kept quote is delivered once its time has come, again where that failed, and let go or counted as missed where the ledger says so."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from tallychain.contracts.vouchers.financing.contents import QuoteContent
from tallychain.contracts.vouchers.financing.declared import REVEAL
from tallychain.contracts.vouchers.financing.operations import RevealQuote
from tallychain.contracts.vouchers.financing.state import FINANCINGS, QUOTES, Financing, Quote
from tallychain.crypto.keys import SealingKey, signing_key_from_seed
from tallychain.gateway import quoting
from tallychain.gateway.accounts import Account
from tallychain.gateway.building import KeptPart, Plan
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Database
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.outbox import DONE, EXPIRED, QUEUED, REFUSED, Submission
from tallychain.gateway.problems import Problem
from tallychain.gateway.quotes import ALARM_MS, LIFETIME_MS, MARGIN_MS, USED_MS, QuotesKept
from tallychain.gateway.quoting import Promised, Terms
from tallychain.gateway.tests.alliance import in_loop
from tallychain.instruments.money import Units
from tallychain.ledger import codec
from tallychain.ledger.holder import Receiver
from tallychain.ledger.operation import Body, SignedOperation, operation_id
from tallychain.ledger.timeline import Step, Timeline
from tallychain.ledger.types import MemberId
from tallychain.sdk.build import Recipient
from tallychain.testkit import back_ends

SECRET = b"s" * 32
CLOSES = 10_000_000
HALF_HOUR = 1_800_000
NAME = "f1" * 32
COMMITMENT = "c1" * 32
APPROVAL = "a1" * 32
SELLER = SealingKey.from_seed(b"2" * 32).public
TERMS = Terms("3.6500 %", 0, 1, "3.6500 %", "", 1, 0, "2026-04-16", "2026-09-14", 151, "ACT_360", "BL-1")


def promised() -> Promised:
    example = next(seal.example for seal in REVEAL.seals)
    assert isinstance(example, QuoteContent)
    part = KeptPart("quote", codec.encode(example), (Recipient(SELLER, SELLER),), b"1" * 32)
    args = codec.encode(RevealQuote("EVTRIA20260316000000000180", NAME))
    plan = Plan("trial-1", REVEAL.name, 1, args, "member:bank-b", "bank-b", b"n" * 16, 0, (part,))
    return Promised(plan, TERMS, NAME, "EVTRIA20260316000000000180", COMMITMENT, CLOSES)


def ended(operation: str, state: str, code: str = "", expires_ms: int = 0) -> Submission:
    return Submission(operation, "member", "gateway", "", b"", expires_ms, 0, state, code, 5, "", b"")


@dataclass
class World:
    """One kept quote, and what ledger and outbox say of it."""

    database: Database
    sent: list[SignedOperation] = field(default_factory=list)
    known: dict[str, Submission] = field(default_factory=dict)
    financing: Financing | None = None
    quote: Quote | None = None
    problem: Problem | None = None

    def __post_init__(self) -> None:
        self.clock = ChainClock(driven=True)
        self.known[APPROVAL] = ended(APPROVAL, DONE)
        receiver = Receiver("ed25519:" + "11" * 32, SELLER, MemberId("bank-b"))
        self.quote = Quote(NAME, "bank-b", 1, COMMITMENT, receiver, "settle-a", "", "COMMITTED")
        steps = (Step(CLOSES, "REVEALING"), Step(CLOSES + HALF_HOUR, "CHOOSING"))
        self.financing = Financing(
            id=NAME,
            voucher="EVTRIA20260316000000000180",
            holding=Units(1),
            first=Units(1),
            last=Units(100),
            tag="ed25519:" + "22" * 32,
            sealing=SELLER,
            form="FACTORING",
            recourse=False,
            funders=("bank-b",),
            maturity="2026-09-14",
            asked_ms=0,
            committed=1,
            revealed=0,
            deal=None,
            timeline=Timeline("BIDDING", steps),
        )
        self.quotes = self.started()
        self.at(CLOSES + MARGIN_MS)

    def started(self, secret: bytes = SECRET) -> QuotesKept:
        """The same work in a process that has just begun."""
        state = cast(LedgerState, self)
        key = signing_key_from_seed("ed25519", b"3" * 32)
        return QuotesKept("bank-b", secret, key, REVEAL, state, self, Outbox(self), self.database, self.clock)

    def at(self, now_ms: int) -> None:
        self.clock.saw(5, now_ms)

    async def get(self, table: Any, *key: str) -> Any:
        assert key in ((NAME,), (NAME, "bank-b"))
        return {FINANCINGS.name: self.financing, QUOTES.name: self.quote}[table.name]

    async def take(self, signed: SignedOperation, account: Account, also: list[Any]) -> str:
        assert account.classes == frozenset({"staff:system"})
        if self.problem is not None:
            raise self.problem
        operation = operation_id(signed.body)
        self.sent.append(signed)
        self.known[operation] = ended(operation, QUEUED)
        for work in also:
            await self.database.write(work)
        return operation

    def end(self, state: str, code: str = "") -> None:
        """The last reveal has ended so."""
        body = codec.decode(Body, self.sent[-1].body)
        operation = operation_id(self.sent[-1].body)
        self.known[operation] = ended(operation, state, code, body.expires)

    async def row(self) -> tuple[Any, ...]:
        found = await self.database.read(
            lambda db: db.execute("SELECT state, why, length(kept) > 0 FROM quote_kept").fetchone()
        )
        return tuple(found)


@dataclass
class Outbox:
    """What became of operations."""

    here: World

    async def get(self, operation: str) -> Submission | None:
        return self.here.known.get(operation)


@asynccontextmanager
async def world(tmp_path: Path) -> AsyncIterator[World]:
    database = Database(back_ends.own_tables(tmp_path / "g.sqlite"))
    kept = quoting.stored(promised(), SECRET)
    await database.write(lambda db: quoting.insert(db, promised(), kept, APPROVAL))
    await database.write(lambda db: quoting.insert(db, promised(), kept, APPROVAL))
    try:
        yield World(database)
    finally:
        database.close()


@in_loop
async def test_a_quote_is_delivered_once_whatever_process_looks_and_then_forgotten(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        here.at(CLOSES)
        await here.quotes.deliver_due()
        assert here.sent == []
        here.at(CLOSES + MARGIN_MS)
        await here.quotes.deliver_due()
        await here.started().deliver_due()
        (signed,) = here.sent
        body = codec.decode(Body, signed.body)
        assert (body.type, body.nonce, body.expires) == (
            "financing.reveal",
            (b"n" * 16).hex(),
            CLOSES + MARGIN_MS + LIFETIME_MS,
        )
        assert [signature.role for signature in signed.signatures] == ["system"]
        here.end(DONE)
        await here.quotes.deliver_due()
        assert (await here.row(), here.quotes.missing) == (("delivered", "", 0), 0)


@in_loop
async def test_a_reveal_that_expires_is_sent_again_and_one_that_is_refused_when_its_nonce_is_free(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as here:
        await here.quotes.deliver_due()
        here.end(EXPIRED)
        here.at(CLOSES + 2 * MARGIN_MS + LIFETIME_MS)
        await here.quotes.deliver_due()
        assert (len(here.sent), here.quotes.missing) == (2, 1)
        here.end(REFUSED, "MEMBER_NOT_ACTIVE")
        await here.quotes.deliver_due()
        assert (len(here.sent), here.quotes.missing) == (2, 1)
        here.at(here.clock.now_ms() + LIFETIME_MS + USED_MS)
        await here.quotes.deliver_due()
        assert len(here.sent) == 3
        bodies = [codec.decode(Body, signed.body) for signed in here.sent]
        assert len({body.sealed[0].commitment for body in bodies}) == 1
        here.end(DONE)
        await here.quotes.deliver_due()
        assert here.quotes.missing == 0


@pytest.mark.parametrize("held_up", ["ledger", "key"])
@in_loop
async def test_what_keeps_a_quote_from_being_sent_is_an_alarm_until_it_is_sent(
    tmp_path: Path, held_up: str
) -> None:
    async with world(tmp_path) as here:
        here.problem = Problem("GATEWAY_OUTBOX_FULL") if held_up == "ledger" else None
        looker = here.quotes if held_up == "ledger" else here.started(b"another secret, 32 bytes long...")
        await looker.deliver_due()
        assert (here.sent, looker.missing) == ([], 1)
        here.problem = None
        await here.quotes.deliver_due()
        assert (len(here.sent), here.quotes.missing) == (1, 0)


@in_loop
async def test_a_quote_that_another_has_replaced_or_that_was_not_taken_is_let_go(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        assert here.quote is not None
        here.quote = msgspec.structs.replace(here.quote, commitment="c2" * 32)
        await here.quotes.deliver_due()
        assert (await here.row(), here.sent, here.quotes.missing) == (("let_go", "", 0), [], 0)


@in_loop
async def test_a_quote_whose_commitment_is_still_on_its_way_is_kept(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        here.known[APPROVAL] = ended(APPROVAL, QUEUED)
        here.quote = None
        await here.quotes.deliver_due()
        assert (await here.row())[0] == "kept"
        here.known[APPROVAL] = ended(APPROVAL, REFUSED, "FINANCING_NOT_READY")
        await here.quotes.deliver_due()
        assert (await here.row())[0] == "let_go"


@in_loop
async def test_a_quote_of_a_closed_request_is_let_go(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        assert here.financing is not None
        here.quote = None
        here.financing = msgspec.structs.replace(here.financing, timeline=Timeline("CLOSED", ()))
        await here.quotes.deliver_due()
        assert (await here.row(), here.sent, here.quotes.missing) == (("let_go", "", 0), [], 0)


@pytest.mark.parametrize("chosen", [False, True])
@in_loop
async def test_a_quote_that_came_too_late_is_an_alarm_for_a_day(tmp_path: Path, chosen: bool) -> None:
    async with world(tmp_path) as here:
        assert here.quote is not None
        here.quote = None if chosen else msgspec.structs.replace(here.quote, state="UNREVEALED")
        here.at(CLOSES + HALF_HOUR)
        await here.quotes.deliver_due()
        assert (await here.row(), here.quotes.missing) == (("missed", "", 0), 1)
        await here.started().deliver_due()
        here.at(CLOSES + HALF_HOUR + ALARM_MS)
        await here.quotes.deliver_due()
        assert here.quotes.missing == 0


@in_loop
async def test_a_quote_that_is_delivered_or_void_on_the_ledger_is_done(tmp_path: Path) -> None:
    for state in ("REVEALED", "VOID"):
        folder = tmp_path / state
        folder.mkdir()
        async with world(folder) as here:
            assert here.quote is not None
            here.quote = msgspec.structs.replace(here.quote, state=state)
            await here.quotes.deliver_due()
            assert (await here.row(), here.sent) == (("delivered", "", 0), [])


@in_loop
async def test_an_outage_moves_the_time_and_nothing_is_sent_too_early(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        assert here.financing is not None
        later = (Step(CLOSES + HALF_HOUR, "REVEALING"), Step(CLOSES + 2 * HALF_HOUR, "CHOOSING"))
        here.financing = msgspec.structs.replace(here.financing, timeline=Timeline("BIDDING", later))
        await here.quotes.deliver_due()
        assert (here.sent, (await here.row())[0], here.quotes.missing) == ([], "kept", 0)


@in_loop
async def test_a_stolen_database_says_nothing_of_the_terms(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        (kept,) = await here.database.read(lambda db: db.execute("SELECT kept FROM quote_kept").fetchone())
        for told in (b"295407", b"36500", b"BL-1", b"29540708"):
            assert told not in kept
        assert quoting.read(kept, SECRET) == promised()
