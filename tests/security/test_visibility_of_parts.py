"""What pledges, courts, disputes, early redemptions and lost wallets seal is found with those who are entitled to it, and in no form with anybody else."""

import re
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tallychain.catalogue import CATALOGUE
from tallychain.gateway.tests.alliance import Alliance, Running, alliance, in_loop
from tallychain.gateway.tests.test_story import approved, issued
from tallychain.instruments.money import format_amount
from tallychain.sdk.redemptions import terms_of
from tests.security.haystacks import everything_in
from tests.security.needles import Search

MEMBERS = ("ce-a", "bank-a", "bank-b", "factor-a", "settle-a", "supervisor", "court")
LOOKERS = (*(f"{member}/maker" for member in MEMBERS), "bank-a/s1", "bank-a/s2", "bank-b/s4")
HOLDER = "s1"
FACE = 100_000_000
DOCUMENT = "d0" * 32
PAYEE = {
    "name": "霁岚精密铸造有限公司",
    "uscc": "",
    "bank": "霁岚城南支行营业部戊一",
    "bank_code": "102290066117",
    "account": "6222880661170000917",
}
CLAIM = {
    "amount": 71_337_119,
    "contract": "ZY-QM-613-R",
    "bank_code": "104290066223",
    "account": "6222880662230000819",
}
ORDER = {"court": "鹭屿区人民法院", "number": "（2026）鹭民保661733号", "note": "冻结之铸件货款甲辰"}
LIFTED = {"court": "鹭屿区人民法院", "number": "（2026）鹭民解661844号", "note": "解除之铸件货款乙巳"}
GROUND = {"ground": "砂眼超标之第六六一批", "number": "KX-DS-661955"}
LOST = {"bank-a": "钱包硬盘损毁之丙午六六", "settle-a": "法人到场核验之丁未六六"}
CONTEST = "质押已清偿之戊申六六"
SEALED = {
    "terms of a pledge": "s1 factor-a",
    "claim from a pledge": "s1 factor-a settle-a",
    "reason of a contested claim": "s1 factor-a",
    "order of a court": "s1 court bank-a ce-a settle-a supervisor",
    "ground of a dispute": "s1 ce-a bank-a settle-a supervisor",
    "terms of an early redemption": "s1 ce-a settle-a",
    "payee of an early redemption": "s1 bank-a settle-a ce-a",
    "client of a lost wallet": "s1 bank-a settle-a ce-a supervisor",
}
"""Row of the page's table, and who opens it: the seat of the holder, and the staff of members."""
COLUMNS = ("s1", "bank-a", "ce-a", "factor-a", "settle-a", "court", "supervisor", "bank-b")
"""Who stands for each column of the page's table, in its order."""
ROW = re.compile(r"^\| (?!---)([^|]+?) \|(.+)\|$", re.MULTILINE)


@dataclass(slots=True)
class Told:
    """One voucher for each, and everything that may be sealed on it."""

    there: Alliance
    members: dict[str, Running]
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    """Row to its values."""

    async def tell(self) -> None:
        """All of it, one after the other."""
        for story in (self.pledged, self.frozen, self.disputed, self.paid_early, self.lost):
            voucher = await self.held(story.__name__.replace("_", "-"))
            await story(voucher["voucher"])
            await self.caught_up()

    async def caught_up(self) -> None:
        """Every gateway has the newest block."""
        for running in self.members.values():
            await running.caught_up()

    async def held(self, name: str) -> dict[str, Any]:
        """A voucher that s1 holds whole."""
        voucher = await issued(self.there, self.members["ce-a"], HOLDER, f"issue-{name}")
        await self.caught_up()
        args = {"voucher": voucher["voucher"], "consent": voucher["promise"]}
        await self.by_holder("voucher.accept", args, name)
        return voucher

    async def by_holder(self, kind: str, args: Any, name: str, sealed: Any = None) -> dict[str, Any]:
        """An act of s1, and its end."""
        owner = await self.members["bank-a"].as_account(HOLDER)
        end = await owner.acts(kind, args, key=f"{name}-{kind}".replace(".", "-"), sealed=sealed)
        assert end["state"] == "done", end
        await self.caught_up()
        return end

    async def by(self, member: str, kind: str, args: Any, sealed: Any = None) -> str:
        """An act of two persons of a member; the operation's name."""
        end = await approved(self.members[member], kind, args, f"of-{kind}".replace(".", "-"), sealed)
        await self.caught_up()
        return str(end["operation"])

    async def pledged(self, number: str) -> None:
        """factor-a takes a pledge, claims, and s1 denies that it may."""
        terms: dict[str, Any] = {"secured": 83_551_237, "contract": "ZY-QM-612-R"}
        args = {"voucher": number, "holding": 1, "pledgee": "factor-a", "until": "2026-09-30"}
        pledge = (await self.by_holder("pledge.create", args, "pledge", {"terms": terms}))["operation"]
        named = {"voucher": number, "pledge": pledge}
        await self.by("factor-a", "pledge.accept", {**named, "registration": DOCUMENT})
        claim = await self.by("factor-a", "pledge.claim", named, {"claim": CLAIM})
        said = {"reason": {"reason": CONTEST}}
        await self.by_holder("pledge.contest", {**named, "claim": claim}, "pledge", said)
        self.values["terms of a pledge"] = {
            "contract": terms["contract"],
            "secured": format_amount(terms["secured"]),
        }
        self.values["claim from a pledge"] = {
            "contract": str(CLAIM["contract"]),
            "bank": str(CLAIM["bank_code"]),
            "account": str(CLAIM["account"]),
        }
        self.values["reason of a contested claim"] = {"why": CONTEST}

    async def frozen(self, number: str) -> None:
        """A court freezes a part, and lifts it."""
        maker = await self.members["court"].as_account("maker")
        (row,) = (await maker.get(f"/v1/holdings?voucher={number}")).json()["rows"]
        args = {
            "voucher": number,
            "tag": row["tag"],
            "holding": 1,
            "first": 1,
            "last": 1_000,
            "until": "2026-12-31",
            "document": DOCUMENT,
        }
        name = await self.by("court", "court.freeze", args, {"order": ORDER})
        lifted = {"voucher": number, "freeze": name, "document": DOCUMENT}
        await self.by("court", "court.unfreeze", lifted, {"order": LIFTED})
        self.values["order of a court"] = {
            f"{what} {n}": order[what]
            for n, order in enumerate((ORDER, LIFTED))
            for what in ("number", "note")
        }

    async def disputed(self, number: str) -> None:
        """ce-a disputes the whole."""
        args = {
            "voucher": number,
            "holding": 1,
            "first": 1,
            "last": FACE,
            "covered": FACE,
            "document": DOCUMENT,
        }
        await self.by("ce-a", "dispute.open", args, {"ground": GROUND})
        self.values["ground of a dispute"] = dict(GROUND)

    async def paid_early(self, number: str) -> None:
        """ce-a would pay at a discount, and s1 agrees."""
        maker = await self.members["ce-a"].as_account("maker")
        voucher = (await maker.get(f"/v1/vouchers/{number}")).json()
        terms = terms_of(FACE, voucher["effective_maturity"], rate=37_193, value_date="2026-03-17")
        name = await self.by("ce-a", "redemption.offer", {"voucher": number, "holding": 1}, {"terms": terms})
        args = {"voucher": number, "holding": 1, "redemption": name}
        payee = {**PAYEE, "uscc": self.there.clients[HOLDER].uscc}
        await self.by_holder("redemption.agree", args, "early", {"payee": payee})
        self.values["terms of an early redemption"] = {
            what: format_amount(terms[what]) for what in ("discount", "net")
        }
        self.values["payee of an early redemption"] = {
            what: PAYEE[what] for what in ("bank", "bank_code", "account")
        }

    async def lost(self, number: str) -> None:
        """bank-a says that s1 has lost its wallet, and settle-a has seen it too."""
        client = self.there.clients[HOLDER]
        about = {"name": client.name, "uscc": client.uscc, "certificate": "9c" * 32}
        args = {
            "voucher": number,
            "holding": 1,
            "second": "settle-a",
            "receiver": {"sponsor": "bank-a", "uscc": client.uscc},
        }
        said = {"client": {**about, "ground": LOST["bank-a"]}}
        name = await self.by("bank-a", "holder.rekey.propose", args, said)
        maker = await self.members["settle-a"].as_account("maker")
        row = (await maker.get(f"/v1/rekeys/{name}")).json()
        named = {what: row[what] for what in ("voucher", "tag", "rekey")}
        seen = {"client": {**about, "ground": LOST["settle-a"]}}
        await self.by("settle-a", "holder.rekey.consent", named, seen)
        self.values["client of a lost wallet"] = dict(LOST)

    async def answers(self, who: str) -> list[bytes]:
        """What one account is answered: every list, as rows and as a file would have them."""
        member, account = who.split("/")
        caller = await self.members[member].as_account(account)
        views = [view.name for contract in CATALOGUE.contracts for view in contract.views]
        return [(await caller.get(f"/v1/{name}?limit=500")).content for name in views] + [
            (await caller.get("/v1/today")).content
        ]

    def belonging(self, who: str) -> set[str]:
        """The values that an account is entitled to; a client's seat to what its own key opens."""
        member, account = who.split("/")
        name = member if account == "maker" else account
        return {
            f"{row}: {what}"
            for row, parts in self.values.items()
            if name in SEALED[row].split()
            for what in parts
        }

    def stored(self, member: str) -> set[str]:
        """The values that lie at a member's gateway: its own, and what a seat that it hosts may open."""
        found = self.belonging(f"{member}/maker")
        return found | self.belonging(f"bank-a/{HOLDER}") if member == "bank-a" else found


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_every_part_is_with_those_entitled_to_it_and_in_no_form_with_anybody_else(
    tmp_path: Path,
) -> None:
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(alliance(tmp_path))
        members = {name: await stack.enter_async_context(there.gateway(name)) for name in MEMBERS}
        told = Told(there, members)
        await told.tell()
        search = Search(
            {f"{row}: {what}": text for row, parts in told.values.items() for what, text in parts.items()}
        )
        assert set(told.values) == set(SEALED)

        wrong = {}
        for party in MEMBERS:
            found = {name for name, _ in search.in_pieces(everything_in(tmp_path / party))}
            wrong[party] = found ^ told.stored(party)
        wrong["ledger"] = {name for name, _ in search.in_pieces(everything_in(tmp_path / "ledger"))}
        for who in LOOKERS:
            found = {name for name, _ in search.in_pieces(await told.answers(who))}
            wrong[who] = found ^ told.belonging(who)

        assert {who: names for who, names in wrong.items() if names} == {}


def test_the_page_says_of_every_part_who_reads_it() -> None:
    page = (Path(__file__).parents[2] / "docs" / "confidentiality.md").read_text(encoding="utf-8")
    told = page.partition("| sealed part | holder |")[2].partition("\n\n")[0]
    said = {name: [cell.strip() for cell in rest.split("|")] for name, rest in ROW.findall(told)}

    assert said == {
        row: ["yes" if name in readers.split() else "**no**" for name in COLUMNS]
        for row, readers in SEALED.items()
    }
