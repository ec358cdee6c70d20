"""Governance by forms: a proposal is tried out, opened, approved, voted on and in force; policies, calendars and files of every list."""

import csv
import io
import re
from pathlib import Path

import openpyxl
import pytest

from tallychain.console.declared import boxes_of
from tallychain.console.pages.proposals import CHANGES
from tallychain.console.tests.browsing import Browser, Scene, projected, scene
from tallychain.gateway.rates import Rates
from tallychain.gateway.tests.alliance import in_loop
from tallychain.integrations.tables import safe

PAGES = ("/proposals", "/proposals?status=VOTING&kind=CALENDAR", "/proposals/new", "/policies", "/policies/packs/CN-77-2025", "/policies/packs/CN-205-2019", "/calendar", "/calendar/2027", "/constitution", "/nodes", "/acts", "/tables")  # fmt: skip
CALENDAR = {
    "words_zh": "公布 2027 年日历",
    "words_en": "Publish the calendar of 2027",
    "data.year": "2027",
    "data.version": "1",
    "data.holidays": "2027-02-05\n2027-02-08",
    "data.make_up_working_days": "2027-02-20",
}
PACK = {
    "words_zh": "采用规则包",
    "words_en": "Adopt a rule pack",
    "data.name": "CN-802-2025/1",
    "data.article": "Order 802",
    "data.effective_from": "2027-02-01",
    "data.policies.0.policy": "SETTLEMENT",
    "data.policies.0.values": "late_ppm_per_day = 600",
    "data.policies.0.articles": "late_ppm_per_day = Order 802",
}


async def opened(it: Scene) -> tuple[Browser, str]:
    """A proposal of bank-a that its checker has approved; a maker of bank-a, and the path of the proposal."""
    maker = await it.visitor("bank-a", "maker")
    checker = await it.visitor("bank-a", "checker")
    form = "/proposals/new/CALENDAR"
    made = await maker.send(f"{form}/sign", CALENDAR, of=form)
    draft = made.headers["location"]
    await checker.done(await checker.send(f"{draft}/approve", {}, of=draft))
    return maker, found(await maker.page("/proposals"), r"/proposals/[0-9a-f]{64}")


def found(text: str, pattern: str) -> str:
    (one,) = set(re.findall(pattern, text))
    return str(one)


@in_loop
@pytest.mark.timeout(300)
async def test_a_calendar_is_proposed_tried_out_voted_and_shown(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        bank = await it.visitor("bank-a", "maker")
        review = await bank.send("/proposals/new/CALENDAR", {**CALENDAR, "step": "check"})
        assert review.status_code == 200
        assert "governance.calendar_published" in review.text
        pack = await bank.send("/proposals/new/RULE_PACK", {**PACK, "step": "check"})
        assert pack.status_code == 200
        assert "CN-802-2025/1: Order 802" in pack.text
        assert (await bank.get("/policies/packs/CN-78-2025")).status_code == 404
        assert (await bank.get("/proposals/new/RULE_PACK?pack=CN-78-2025")).status_code == 404
        wrong = await bank.send("/proposals/new/CALENDAR", {**CALENDAR, "data.version": "7"})
        assert "CALENDAR_VERSION_DIFFERS" in wrong.text
        maker, proposal = await opened(it)
        for member in ("bank-a", "bank-b", "factor-a", "ce-a", "settle-a"):
            voter, second = await it.visitor(member, "maker"), await it.visitor(member, "checker")
            assert "公布 2027 年日历" in await voter.page(f"{proposal}/vote/yes")
            draft = (await voter.send(f"{proposal}/vote/yes", {})).headers["location"]
            assert "公布 2027 年日历" in await second.page(draft)
            await second.done(await second.send(f"{draft}/approve", {}, of=draft))
        assert "/vote/yes" not in await maker.page(proposal)
        await maker.running.gateway.engine.advance(maker.running.gateway.clock.now_ms() + 2 * 86_400_000)
        await projected(maker.running)
        shown = await maker.page("/calendar/2027")
        assert 'class="day holiday"' in shown
        assert 'class="day makeup"' in shown
        assert "2027-02-08" in await maker.page("/proposals/new/CALENDAR?year=2027")


@in_loop
async def test_only_a_maker_of_staff_opens_and_votes(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        client = await it.visitor("bank-a", "s1")
        assert (await client.get("/proposals/new/EXIT")).status_code == 403
        assert (await client.get("/acts/proposal.withdraw")).status_code == 403
        maker = await it.visitor("bank-a", "maker")
        assert (await maker.get("/proposals/new/NONE")).status_code == 404
        assert (await maker.get("/calendar/20x7")).status_code == 404
        assert (await maker.get("/tables/none")).status_code == 404
        assert (await maker.get("/tables/members/pdf")).status_code == 404
        empty = await maker.send("/proposals/new/EXIT", {"step": "check"})
        assert empty.status_code == 422


@pytest.mark.slow
@in_loop
async def test_every_page_and_every_form_shows_in_both_languages(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        gateway = (await it.visitor("bank-a")).running.gateway
        # More than anybody asks for at once, and how fast pages come must not decide.
        gateway.account_rates = gateway.seat_rates = Rates(1, 10_000)
        for language in ("zh", "en"):
            for account in ("maker", "s1"):
                visitor = await it.visitor("bank-a", account, language)
                for path in PAGES:
                    assert (await visitor.get(path)).status_code == 200, path
            maker = await it.visitor("bank-a", "maker", language)
            for kind in CHANGES:
                assert (await maker.get(f"/proposals/new/{kind}")).status_code == 200, kind
            for query in ("POLICY?policy=TERM", "RULE_PACK?pack=CN-77-2025", "CONSTITUTION?of=POLICY"):
                assert "value" in await maker.page(f"/proposals/new/{query}")
            for name in re.findall(r'href="(/acts/[a-z_.]+)"', await maker.page("/acts")):
                assert (await maker.get(name)).status_code == 200, name
            for name in re.findall(r'href="(/tables/[a-z_]+)"', await maker.page("/tables")):
                assert (await maker.get(name)).status_code == 200, name


@in_loop
async def test_a_list_is_a_file_with_the_filters_of_its_page(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        maker = await it.visitor("bank-a", "maker", "en")
        answer = await maker.get("/tables/members/csv?member=bank-b")
        assert answer.headers["content-disposition"] == 'attachment; filename="members.csv"'
        assert answer.headers["cache-control"] == "no-store"
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert [row[0] for row in rows] == ["Member", "bank-b"]
        answer = await maker.get("/tables/keys/xlsx?member=bank-b")
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
        assert {row[1] for row in sheet.iter_rows(min_row=2, values_only=True)} == {"bank-b"}
        shown = await maker.page("/tables/weights?member=factor-a")
        assert 'title="factor-a"' in shown
        assert 'title="bank-b"' not in shown


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "＝1"])
def test_what_begins_like_a_formula_has_an_apostrophe_before_it(text: str) -> None:
    assert safe(text) == f"'{text}"
    assert safe(f"a{text}") == f"a{text}"


def test_every_field_of_every_change_has_a_label_in_both_languages() -> None:
    for kind in CHANGES.values():
        for zh, en in zip(boxes_of(kind, "data", "zh"), boxes_of(kind, "data", "en"), strict=True):
            assert re.search(r"[一-鿿]", zh.label), zh.name
            assert not re.search(r"[一-鿿]", en.label), en.name
