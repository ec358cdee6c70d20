"""A debtor's gateway finds what was promised under a key that papers are not named with any more."""

import asyncio
from pathlib import Path
from typing import cast

import pytest
from msgspec.structs import replace

from tallychain.contracts.documents.contents import PapersContent
from tallychain.contracts.documents.declared import PAPERS_EXAMPLE, PRESENT
from tallychain.contracts.documents.operations import Present
from tallychain.contracts.documents.state import FINGERPRINTS, Invoice
from tallychain.contracts.documents.tests.desk import INV_1, V1, Desk
from tallychain.engine.port import Engine, QueryAnswer
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.fingerprintkeys import FingerprintKeys
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.naming import Naming
from tallychain.gateway.papers import fields_of
from tallychain.gateway.problems import Problem
from tallychain.ledger.timeline import Moment
from tallychain.sdk.fingerprint import EpochKey, fingerprint

pytestmark = pytest.mark.databases

FIRST, SECOND, THIRD = (EpochKey(epoch, bytes([epoch]) * 32) for epoch in (1, 2, 3))


class RowsOf:
    """The rows of a desk, one at a time, and its time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def query(self, key: bytes, *, prove: bool = False) -> QueryAnswer:
        return QueryAnswer(1, self._desk.content().get(key), None)

    def moment(self) -> Moment:
        return self._desk.now


def promised_under(key: EpochKey, desk: Desk) -> tuple[Present, PapersContent]:
    """One paper, which a voucher takes from under this key alone, presented again by its name of today."""
    paper = PAPERS_EXAMPLE.papers[0]
    desk.taken(desk.confirmed(), V1, (INV_1, 60_000_000))
    old = replace(desk.invoice(INV_1), fingerprint=fingerprint(key.key, fields_of(paper)))
    desk.state.write([FINGERPRINTS.delete(desk.invoice(INV_1)), FINGERPRINTS.put(old)])
    today: Invoice = replace(
        PRESENT.example.invoices[0],
        fingerprint=fingerprint(THIRD.key, fields_of(paper)),
        earlier=(fingerprint(SECOND.key, fields_of(paper)),),
    )
    args = replace(PRESENT.example, epoch=3, invoices=(today,), amount=today.total)
    return args, replace(PAPERS_EXAMPLE, papers=(paper,))


def checked(
    keys: tuple[EpochKey, ...], desk: Desk, folder: Path, args: Present, papers: PapersContent
) -> None:
    rows = RowsOf(desk)
    held = FingerprintKeys(keys, folder, "", 2)
    naming = Naming(held, cast(Engine, rows), LedgerState(rows), cast(ChainClock, rows))
    asyncio.run(naming.check_not_before(args, papers))


def test_a_paper_promised_under_a_key_that_has_ended_is_not_confirmed_again(tmp_path: Path) -> None:
    desk = Desk()
    args, papers = promised_under(FIRST, desk)

    with pytest.raises(Problem) as caught:
        checked((FIRST, SECOND, THIRD), desk, tmp_path, args, papers)

    assert caught.value.code == "GATEWAY_PAPER_PROMISED_BEFORE"
    assert papers.papers[0].number in str(caught.value.fields)


def test_under_keys_of_today_the_ledger_itself_looks(tmp_path: Path) -> None:
    desk = Desk()
    args, papers = promised_under(SECOND, desk)

    checked((FIRST, SECOND, THIRD), desk, tmp_path, args, papers)


def test_what_no_voucher_takes_any_more_is_confirmed(tmp_path: Path) -> None:
    desk = Desk()
    args, papers = promised_under(FIRST, desk)
    (old,) = (row for row in desk.state.iterate(FINGERPRINTS) if row.uses)
    desk.state.write([FINGERPRINTS.put(replace(old, uses=()))])

    checked((FIRST, SECOND, THIRD), desk, tmp_path, args, papers)
