"""With which of the alliance's fingerprint keys papers are named, and what rests on keys that are being voted on.

Which keys are named is asked of the ledger for each act: whoever was a moment late names its papers anew by asking again.
"""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from tallychain.contracts.documents import api as documents
from tallychain.contracts.documents.contents import PapersContent
from tallychain.contracts.documents.operations import Present
from tallychain.contracts.documents.state import KEY_EPOCHS, NAMED, KeyEpoch
from tallychain.contracts.governance.changes import BeginKeyEpoch, ProposedChange
from tallychain.contracts.governance.operations import Cast, Open
from tallychain.contracts.governance.state import LIVING, PROPOSALS, YES, Living, Proposal
from tallychain.engine.port import Engine, EngineUnavailable
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.fingerprintkeys import FingerprintKeys
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.papers import Paper, fields_of, mentions_papers
from tallychain.gateway.problems import Problem
from tallychain.gateway.strictjson import convert
from tallychain.ledger import codec
from tallychain.sdk.fingerprint import EpochKey, PaperUnreadable, fingerprint

OF_RECORDS: Final = frozenset({"invoice.credit", "invoice.review"})
"""Acts on an invoice's record, which are named with the key of that record."""


class Naming:
    """The keys with which one gateway names papers."""

    def __init__(self, keys: FingerprintKeys, engine: Engine, state: LedgerState, clock: ChainClock) -> None:
        self._keys = keys
        self._engine = engine
        self._state = state
        self._clock = clock

    def all(self) -> tuple[EpochKey, ...]:
        """Every key at hand, oldest first."""
        return self._keys.all()

    async def epochs(self) -> list[KeyEpoch]:
        """Every epoch on record; a key that was being voted on and whose epoch has begun is taken over.  Raises `GATEWAY_LEDGER_NOT_REACHED`."""
        try:
            rows = [
                codec.trusted(KeyEpoch, row) for _, row in (await self._engine.scan(KEY_EPOCHS.key())).rows
            ]
        except EngineUnavailable:
            raise Problem("GATEWAY_LEDGER_NOT_REACHED", retry_after_s=2) from None
        await self._keys.settle(rows)
        return rows

    async def named(self) -> tuple[EpochKey, ...]:
        """The keys with which a paper is named now, oldest first.  Raises `GATEWAY_FINGERPRINT_KEY_MISSING`."""
        now = self._clock.moment()
        rows = await self.epochs()
        if not rows:
            return self._keys.all()
        found = [self._keys.of(row.epoch) for row in rows if row.status_at(now) == NAMED]
        keys = tuple(key for key in found if key is not None)
        if len(keys) != len(found):
            raise Problem("GATEWAY_FINGERPRINT_KEY_MISSING")
        return keys

    async def keys_for(self, kind: str, args: Any, *others: Any) -> tuple[EpochKey, ...]:
        """
        The keys for the papers in the arguments of an act and its parts; none where it holds no papers.

        An act on an invoice's record is for the record itself, by whichever of its names, and with the record's key.
        Raises `GATEWAY_FINGERPRINT_KEY_MISSING`, `GATEWAY_PAPER_UNREADABLE`, `GATEWAY_FIELD_NOT_VALID`.
        """
        if kind in OF_RECORDS and isinstance(args, dict):
            record = await self._record(args.get("invoice"))
            if record is not None:
                args["invoice"] = record.fingerprint
                key = self._keys.of(record.epoch)
                if key is None:
                    raise Problem("GATEWAY_FINGERPRINT_KEY_MISSING")
                return (key,)
        return await self.named() if any(mentions_papers(plain) for plain in (args, *others)) else ()

    async def check_vote(self, kind: str, args: Struct) -> None:
        """No proposal of a key, and no yes to one, is signed without having that key.  Raises `GATEWAY_PROPOSED_KEY_MISSING`."""
        change: ProposedChange | None = None
        if kind == "proposal.open" and isinstance(args, Open):
            change = args.data
        elif kind == "ballot.cast" and isinstance(args, Cast) and args.choice == YES:
            proposal = await self._state.get(PROPOSALS, args.proposal)
            change = None if proposal is None else proposal.text.change
        if isinstance(change, BeginKeyEpoch) and not self._keys.holds(change.epoch, change.commitment):
            raise Problem("GATEWAY_PROPOSED_KEY_MISSING", epoch=change.epoch)

    async def proposed(self) -> list[Proposal]:
        """The proposals of a new key that wait for votes or for their effect.  Raises `GATEWAY_LEDGER_NOT_REACHED`."""
        found: list[Proposal] = []
        try:
            rows = (await self._engine.scan(LIVING.key())).rows
        except EngineUnavailable:
            raise Problem("GATEWAY_LEDGER_NOT_REACHED", retry_after_s=2) from None
        for _, row in rows:
            proposal = await self._state.get(PROPOSALS, codec.trusted(Living, row).proposal)
            if proposal is not None and isinstance(proposal.text.change, BeginKeyEpoch):
                found.append(proposal)
        return found

    async def check_not_before(self, args: Present, content: PapersContent) -> None:
        """
        Whether a voucher takes from a paper under a key that has ended: the ledger does not find it by its names of today.

        Raises `GATEWAY_PAPER_PROMISED_BEFORE`.
        """
        now = self._clock.moment()
        for invoice, paper in zip(args.invoices, content.papers, strict=True):
            oldest = args.epoch - len(invoice.earlier)
            for key in self._keys.all():
                if key.epoch < oldest:
                    record = await self._under([fingerprint(key.key, fields_of(paper))])
                    if record is not None and record.is_in_use(now):
                        raise Problem("GATEWAY_PAPER_PROMISED_BEFORE", number=paper.number)

    async def _record(self, named: Any) -> documents.Fingerprint | None:
        """The record of an invoice that is given by one of its names, or by its fields."""
        if isinstance(named, str):
            return await self._under([named])
        if isinstance(named, dict) and set(named) == {"fingerprint_of"}:
            paper = convert(Paper, named["fingerprint_of"]).fields()
            try:
                return await self._under([fingerprint(key.key, paper) for key in self._keys.all()])
            except PaperUnreadable as error:
                raise Problem("GATEWAY_PAPER_UNREADABLE", detail=str(error)) from None
        return None

    async def _under(self, names: Sequence[str]) -> documents.Fingerprint | None:
        for name in names:
            record = await self._state.evaluate(lambda rows, name=name: documents.record_under(name, rows))  # type: ignore[misc]  # the default binds this round's name
            if record is not None:
                return record
        return None
