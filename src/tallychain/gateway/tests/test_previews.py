"""Previews of proposals: the ledger's own code over fetched rows, and nothing is written."""

from dataclasses import replace
from pathlib import Path

import pytest

from tallychain.catalogue import CATALOGUE
from tallychain.gateway.tests.alliance import alliance, code, in_loop
from tallychain.gateway.web import queries
from tallychain.ledger.contract import Words
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.views import Column, View

CALENDAR = {"kind": "CALENDAR", "year": 2027, "version": 1, "holidays": ["2027-02-05"], "make_up_working_days": ["2027-02-20"]}  # fmt: skip


@in_loop
async def test_a_preview_says_what_would_be_published_and_writes_nothing(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        maker = await bank.as_account("maker")
        before = (await bank.gateway.engine.status()).height
        answer = (await maker.post("/v1/previews", {"data": CALENDAR})).json()
        assert (answer["kind"], answer["code"], answer["members"]) == ("CALENDAR", "", [])
        assert answer["facts"][0]["year"] == 2027
        assert answer["acts_ms"] == answer["closes_ms"] > 0
        leaving = {"kind": "EXIT", "member": "factor-a", "reason": "Left"}
        answer = (await maker.post("/v1/previews", {"data": leaving})).json()
        assert answer["members"] == ["factor-a"]
        policy = {"kind": "POLICY", "policy": "TERM", "values": {"term_months": 3}, "effective_from": "2026-07-01", "article": "7"}  # fmt: skip
        answer = (await maker.post("/v1/previews", {"data": policy})).json()
        assert answer["facts"][0]["values"]["term_months"] == 3
        assert (await bank.gateway.engine.status()).height == before


@in_loop
async def test_a_preview_says_why_a_change_could_not_act(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        maker = await bank.as_account("maker")
        answer = (await maker.post("/v1/previews", {"data": {**CALENDAR, "version": 4}})).json()
        assert answer["code"] == "CALENDAR_VERSION_DIFFERS"
        assert answer["sentence_zh"]
        assert answer["facts"] == []
        nonsense = await maker.post("/v1/previews", {"data": {"kind": "NONE"}})
        assert (nonsense.status_code, code(nonsense)) == (400, "GATEWAY_FIELD_NOT_VALID")
        odd = {"kind": "EXIT", "member": "factor-a", "reason": "\u202e"}
        refused = await maker.post("/v1/previews", {"data": odd})
        assert (refused.status_code, code(refused)) == (400, "GATEWAY_CHARACTER_NOT_ALLOWED")


@in_loop
async def test_today_warns_of_the_first_day_without_a_calendar(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        maker = await bank.as_account("maker")
        assert (await maker.get("/v1/today")).json()["day_without_calendar"] == ""
        await bank.gateway.engine.advance(1_796_256_000_000)
        await bank.caught_up()
        assert (await maker.get("/v1/today")).json()["day_without_calendar"] == "2027-01-01"


def test_no_column_is_named_like_a_parameter_of_every_list() -> None:
    column = Column("limit", "integer", Words("Limit", "限额"))
    view = View(name="things", title=Words("Things", "事物"), key=("limit",), columns=(column,))
    contract = replace(CATALOGUE.contracts[0], views=(view,))
    with pytest.raises(queries.ColumnNameTaken):
        queries.endpoints(Catalogue([contract]))
