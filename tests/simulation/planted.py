"""Planted bugs: small mistakes as somebody might make them, each put into the real code for a while.  Every one must be found.

What is put in place here is wrong on purpose.  A schedule without any must be clean, and one with a bug must not: that is how the checkers are checked.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, Final

from msgspec.structs import replace as replace_fields
from rocksdict import WriteOptions

from tallychain.catalogue import CATALOGUE
from tallychain.contracts.vouchers.financing import asking
from tallychain.contracts.vouchers.financing.state import QUOTES
from tallychain.contracts.vouchers.state import OFFERS, VOUCHERS
from tallychain.engine import composing
from tallychain.engine.cometbft.application import Application
from tallychain.engine.cometbft.calls import Block, Info, Proposal
from tallychain.engine.cometbft.pacing import Pacing
from tallychain.gateway import sender, submissions
from tallychain.gateway.outbox import TURNED_AWAY, End, Outbox, Waiting
from tallychain.instruments.holdings import Range, split_off
from tallychain.instruments.money import Units
from tallychain.ledger import blockwork, codec, execution, journals, receipt
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.due import DueWork
from tallychain.ledger.machine import LedgerState
from tallychain.ledger.receipt import NotTaken
from tallychain.ledger.state import Committed, Reader
from tallychain.ledger.tree import BucketTree
from tallychain.ledger.types import MemberId
from tallychain.store import layout
from tallychain.store.store import BlockRecord, Store
from tests.simulation import schedule, signatures
from tests.simulation.disk import Batch
from tests.simulation.patching import replacing

# The package gives the functions of these names; here the modules are meant.
offering = import_module("tallychain.contracts.vouchers.rules.offer")
taking = import_module("tallychain.contracts.vouchers.rules.take")

Planting = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True)
class Bug:
    """One mistake."""

    name: str
    says: str
    plant: Planting
    seed: int
    """A seed that is known to find it."""


def _in_place(owner: object, name: str, value: object) -> Planting:
    return lambda: replacing(owner, name, value)


@contextlib.contextmanager
def _rule(name: str, rule: Callable[..., Change]) -> Iterator[None]:
    """Another rule for one type of operation; it gets the real one first."""
    kinds = CATALOGUE._types
    kind = kinds[name, 1]
    kinds[name, 1] = replace(kind, rule=lambda *args: rule(kind.rule, *args))
    try:
        yield
    finally:
        kinds[name, 1] = kind


# --- who may act, and how often


def _take_for_anybody(real: Callable[..., Change], args: Any, call: Call, state: Reader) -> Change:
    offer = state.get(OFFERS, args.offer)
    return real(args, call if offer is None else replace(call, tag=offer.receiver.tag), state)


def _withdraw_anothers(real: Callable[..., Change], args: Any, call: Call, state: Reader) -> Change:
    voucher = state.get(VOUCHERS, args.voucher)
    return real(args, call if voucher is None else replace(call, member=MemberId(voucher.issuer)), state)


def _delivers_anything(real: Callable[..., Change], args: Any, call: Call, state: Reader) -> Change:
    """Whatever is delivered counts as what was committed to."""
    quote = state.get(QUOTES, args.financing, str(call.member))
    if quote is None:
        return real(args, call, state)
    sealed = tuple(
        replace_fields(part, commitment=quote.commitment) if part.label == "quote" else part
        for part in call.sealed
    )
    return real(args, replace(call, sealed=sealed), state)


def _evidence_for_all(real: Callable[..., Change], args: Any, call: Call, state: Reader) -> Change:
    return real(replace_fields(args, covered=10**15), call, state)


def _first_here(pending: journals.PendingReplay, author: str, nonce: str) -> object:
    """Only what this very block has used is remembered."""
    return pending._first.get((author, nonce))


def _restored_without(skip: str) -> Callable[..., None]:
    real = LedgerState.restore

    def restore(self: LedgerState, height: Any, time_ms: Any, replay_rows: Any) -> None:
        real(self, height, time_ms, () if skip == "replay" else replay_rows)
        if skip == "due":
            self.due = DueWork([kind for contract in self.catalogue.contracts for kind in contract.due])

    return restore


# --- what a rule writes


def _lossy_split(units: Range, parts: Any, **more: Any) -> tuple[Range, ...]:
    """The last rest is one unit short."""
    rests = split_off(units, parts, **more)
    if not rests or rests[-1].length < 2:
        return rests
    return (*rests[:-1], Range(rests[-1].first, Units(rests[-1].last - 1)))


@contextlib.contextmanager
def _lossy_and_unchecked() -> Iterator[None]:
    with replacing(taking, "split_off", _lossy_split), replacing(blockwork, "check_touched", lambda *_: None):
        yield


def _nothing_bound(*_: object) -> None:
    """No units are ever bound."""
    return


@contextlib.contextmanager
def _double_offers() -> Iterator[None]:
    with (
        replacing(offering, "strongest", _nothing_bound),
        replacing(blockwork, "check_touched", lambda *_: None),
    ):
        yield


def _order_of_this_process() -> AbstractContextManager[None]:
    counter = itertools.count()
    real = receipt.encoded_events

    def encoded(events: Any) -> Any:
        made = real(events)
        return tuple(reversed(made)) if next(counter) % 5 == 0 else made

    return replacing(receipt, "encoded_events", encoded)


# --- state and store


def _adopted_without_deletes(self: Committed, writes: Any) -> None:
    for key, value in writes:
        if value is not None:
            self._keep(key, value)


def _pending_without_deletes(self: BucketTree, changes: Any) -> Any:
    return _PENDING(self, {key: value for key, value in changes.items() if value is not None})


_PENDING = BucketTree.pending


def _unsynced() -> WriteOptions:
    return WriteOptions()


def _height_before_rows(self: Store, record: BlockRecord) -> None:
    first = Batch()
    first.put(layout.HEIGHT_KEY, record.height.to_bytes(8, "big"))
    first.put(layout.APP_HASH_KEY, record.app_hash)
    self._database.write(first)  # type: ignore[arg-type]  # the simulated batch
    _COMMIT(self, record)


_COMMIT = Store.commit


# --- gateways


async def _kept_in_memory_only(self: submissions.Submissions, operation: Any, *_: Any) -> None:
    frame = codec.encode_frame(operation.signed)
    self._outbox.open += 1
    self._sender.add([Waiting(operation.id, frame, operation.body.expires)])


def _overdue_early(self: Outbox, time_ms: int) -> Any:
    return _OVERDUE(self, time_ms + 200_000)


_OVERDUE = Outbox.overdue


def _given_up(self: sender.Sender, batch: Any, why: str) -> None:
    ends = [End(item.id, TURNED_AWAY, "GATEWAY_UNAVAILABLE") for item in batch]
    task = asyncio.ensure_future(self._settled(ends))
    self._tasks.add(task)


def _repeat_ends(row: bytes) -> End | None:
    if b'"outcome"' not in row:
        away = codec.trusted(NotTaken, row)
        if away.code == "REPEAT":
            return End(away.operation, TURNED_AWAY, away.code, 0, away.first, row)
    return _END_OF(row)


_END_OF = sender.end_of


# --- the application


def _accepts_everything(self: Application, call: Block) -> bool:
    return True


def _as_they_come(_height: int, envelopes: Sequence[object]) -> list[int]:
    return list(range(len(envelopes)))


def _as_handed_in(self: Application, call: Proposal) -> Sequence[bytes]:
    return call.txs


def _any_candidate(self: Application, call: Block) -> Any:
    """The one executed first is taken, whichever block was decided."""
    first = next(iter(self._candidates.values()), None)
    return _FINALIZE(self, call if first is None else first.block)


_FINALIZE = Application.finalize


def _one_further(self: Application) -> Info:
    found = _INFO(self)
    return found if not found.height else replace(found, height=found.height + 1)


_INFO = Application.info


BUGS: Final[tuple[Bug, ...]] = (
    Bug("nonce_forgotten", "a nonce is remembered for one block only", _in_place(journals.PendingReplay, "first", _first_here), 1),
    Bug("expiry_unchecked", "an operation is executed after its expiry", _in_place(execution, "_check_expiry", lambda *_: None), 1),
    Bug("any_signature", "every signature counts as good", _in_place(signatures, "verify_all", lambda checks: [True] * len(checks)), 10),
    Bug("one_person", "a checker may sign as maker", _in_place(execution, "_check_persons", lambda *_: None), 2),
    Bug("anybody_takes", "an offer may be taken by anybody", lambda: _rule("voucher.take", _take_for_anybody), 6),
    Bug("anybody_withdraws", "a promise may be withdrawn by another issuer", lambda: _rule("voucher.withdraw", _withdraw_anothers), 17),
    Bug("a_minute_for_quotes", "quotes may be taken for a minute only", _in_place(asking, "_check_closing", lambda *_: None), 1),
    Bug("quote_shown_later", "a funder may deliver another quote than it has committed to", lambda: _rule("financing.reveal", _delivers_anything), 1),
    Bug("asked_for_bound", "money may be asked for against units that are bound", _in_place(asking, "check_free", lambda *_: None), 2),
    Bug("evidence_for_all", "more may be disputed than the evidence covers", lambda: _rule("dispute.open", _evidence_for_all), 12),
    Bug("double_offers", "units on offer may be offered again", _double_offers, 1),
    Bug("lossy_split", "a split loses one unit", _lossy_and_unchecked, 1),
    Bug("order_of_process", "the order of events depends on what a process did before", _order_of_this_process, 1),
    Bug("replay_not_restored", "used nonces are not read again at start", _in_place(LedgerState, "restore", _restored_without("replay")), 1),
    Bug("due_not_restored", "due work is not found again at start", _in_place(LedgerState, "restore", _restored_without("due")), 2),
    Bug("stale_rows", "a deleted row stays in the cache", _in_place(Committed, "adopt", _adopted_without_deletes), 2),
    Bug("root_keeps_deleted", "the root still covers deleted rows", _in_place(BucketTree, "pending", _pending_without_deletes), 1),
    Bug("not_synced", "a block is not on the disk when Commit is answered", _in_place(layout, "durable", _unsynced), 1),
    Bug("height_first", "height and rows are written one after the other", _in_place(Store, "commit", _height_before_rows), 1),
    Bug("accepts_everything", "a vote does not look at the proposal", _in_place(Application, "process", _accepts_everything), 1),
    Bug("no_order", "members do not take turns, and courts do not come first", _in_place(composing, "block_order", _as_they_come), 1),
    Bug("proposes_everything", "a proposal holds what was handed in, in any order", _in_place(Application, "prepare", _as_handed_in), 1),
    Bug("any_candidate", "a block is decided and another one of its height is committed", _in_place(Application, "finalize", _any_candidate), 2),
    Bug("time_not_renewed", "operations are judged by the time before a halt", _in_place(Pacing, "renews_time", lambda *_: False), 2),
    Bug("info_ahead", "the application says that it is one block further than it is", _in_place(Application, "info", _one_further), 1),
    Bug("acknowledged_early", "an operation is acknowledged before it is kept", _in_place(submissions.Submissions, "_keep", _kept_in_memory_only), 1),
    Bug("own_clock", "an operation is called expired before a block proves it", _in_place(Outbox, "overdue", _overdue_early), 1),
    Bug("given_up", "a lost answer counts as a refusal", _in_place(sender.Sender, "_again", _given_up), 1),
    Bug("repeat_ends", "a repeat is taken for the end of an operation", _in_place(sender, "end_of", _repeat_ends), 3),
)  # fmt: skip


def hunted(bug: Bug, seeds: Iterable[int]) -> tuple[int, str] | None:
    """The first of these seeds that finds a bug, and what it says; None if none does."""
    for seed in seeds:
        with bug.plant():
            report = schedule.run_schedule(seed)
        if report.faults:
            return seed, report.faults[0]
    return None
