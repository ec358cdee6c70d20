"""A story in which every cell of the confidentiality page is filled with a value of its own, through the API alone."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tallychain.ledger import identity
from tallychain.network.alliance import Alliance, DescribedClient, DescribedMember
from tests.running import Caller, Processes, calling, caught_up, code_of, confirmed, granted
from tests.security.needles import Value

Json = dict[str, Any]

MEMBERS = {
    "ce-a": (identity.CORE_ENTERPRISE,),
    "bank-a": (identity.BANK,),
    "bank-b": (identity.BANK,),
    "factor-a": (identity.FACTOR,),
    "settle-a": (identity.SETTLEMENT_BANK, identity.BANK),
    "supervisor": (identity.SUPERVISOR,),
}
SPONSOR = {"s1": "bank-a", "s2": "bank-a", "s4": "bank-b", "s5": "factor-a"}
NAME = {
    "s1": "霁岚精密铸造有限公司",
    "s2": "鹭屿冷轧钢带有限公司",
    "s4": "栾川耐火砂芯有限公司",
    "s5": "蓟郊废钢回收有限公司",
}
CODE = {client: code_of(4_812_001 + 7 * n) for n, client in enumerate(SPONSOR)}
STAFF = ("maker", "checker", "admin-1", "system")
ACCOUNTS = {
    member: (*STAFF, *(client for client, sponsor in SPONSOR.items() if sponsor == member))
    for member in MEMBERS
}

# What is said in each place: contract, three invoices, purpose, amount; a promise has a text besides.
PAPERS = {
    "promise 1": ("HT-KX-880117", ("26991117000000004401", "26991117000000004402", "26991117000000004403"), "霁岚支架第八百批", "7,654,321.09"),
    "promise 2": ("HT-KX-880228", ("26991117000000005511", "26991117000000005522", "26991117000000005533"), "鹭屿带钢第九百批", "8,642,097.53"),
    "promise 3": ("HT-KX-880339", ("26991117000000006601", "26991117000000006602", "26991117000000006603"), "退回草稿第一批", "5,171,819.27"),
    "trade s1 to s4": ("CG-QM-550106", ("26991117000000007701", "26991117000000007702", "26991117000000007703"), "石英砂芯六十吨", "3,141,592.65"),
    "trade s1 to s2": ("CG-QM-550217", ("26991117000000008801", "26991117000000008802", "26991117000000008803"), "冷轧薄板四十吨", "2,718,281.83"),
    "trade s4 to s5": ("CG-QM-550328", ("26991117000000009901", "26991117000000009902", "26991117000000009903"), "回炉废钢七十吨", "1,618,033.99"),
}  # fmt: skip
TEXTS = {
    "promise 1": "兹承诺于到期日无条件付款，条款一七三。",
    "promise 2": "兹承诺于到期日无条件付款，条款二八四。",
    "promise 3": "兹承诺于到期日无条件付款，条款三九五。",
}
REASONS = {
    "reason of s2's decline": "薄板厚度与合同不符之甲",
    "reason of s5's decline": "废钢含铜超标之乙",
    "reason of s2's rejection": "票面与对账单不符之丙",
    "reason of a refused draft": "额度审批未通过之丁",
}
DOCUMENTS = {
    "document sent": ("送货签收单-KX880117.pdf", b"%PDF-1.4 signed by the warehouse of Jilan, lot 880117\n"),
    "document kept": ("内部质检-QM550328.txt", b"inspection of core sand, lot 550328, keep inside\n"),
}


def alliance() -> Alliance:
    """The members and clients of the story."""
    return Alliance(
        code="TEST",
        members=tuple(
            DescribedMember(member, f"成员{member}", f"Member {member}", code_of(100 + n), kinds)
            for n, (member, kinds) in enumerate(MEMBERS.items())
        ),
        clients=tuple(
            DescribedClient(client, NAME[client], f"Client {client}", CODE[client], sponsor, 1, "small")
            for client, sponsor in SPONSOR.items()
        ),
    )


def values(certificates: dict[str, bytes]) -> list[Value]:
    """Every value with those that may know it; `certificates` are those of the clients, in DER."""
    found = []
    for client, members, seats, may_see in IDENTITIES:
        for what, content in (
            ("name", NAME[client]),
            ("credit code", CODE[client]),
            ("certificate", certificates[client]),
        ):
            # No answer gives a whole certificate out, but for proofs, and those only in hexadecimal.
            shown = seats if what != "certificate" else ""
            found.append(_value(f"{what} of {client}", content, members, shown, f"{may_see} {seats}"))
    for place, (members, seats) in PLACES.items():
        for what, content in _contents(place):
            found.append(_value(f"{place}: {what}", content, members, seats))
    return found


def _contents(place: str) -> list[tuple[str, str | bytes]]:
    if place in REASONS:
        return [("text", REASONS[place])]
    if place in DOCUMENTS:
        name, content = DOCUMENTS[place]
        return [("file name", name), ("content", content)]
    contract, invoices, purpose, amount = PAPERS[place]
    rows: list[tuple[str, str | bytes]] = [("contract", contract), ("purpose", purpose), ("amount", amount)]
    rows += [(f"invoice {number}", invoice) for number, invoice in enumerate(invoices, 1)]
    return [*rows, ("text", TEXTS[place])] if place in TEXTS else rows


def _value(name: str, content: str | bytes, members: str, seats: str, may_see: str = "") -> Value:
    return Value(name, content, frozenset(members.split()), _seats(seats), _seats(may_see))


def _seats(text: str) -> frozenset[str]:
    """`s1` is a client's account; `ce-a` stands for every account of that member's own staff."""
    found = set()
    for name in text.split():
        if name in SPONSOR:
            found.add(f"{SPONSOR[name]}/{name}")
        else:
            found |= {f"{name}/{account}" for account in STAFF}
    return frozenset(found)


# client, members that know who it is, accounts to whom an answer says it, accounts that are entitled besides
IDENTITIES = (
    ("s1", "bank-a ce-a supervisor bank-b", "bank-a ce-a supervisor s1 s2 s4", "bank-b"),
    ("s2", "bank-a ce-a supervisor", "bank-a ce-a supervisor s2 s1", ""),
    ("s4", "bank-b ce-a supervisor bank-a factor-a", "bank-b ce-a supervisor s4 s1 s5", "bank-a factor-a"),
    ("s5", "factor-a ce-a supervisor bank-b", "factor-a ce-a supervisor s5 s4", "bank-b"),
)
PLACES = {
    "promise 1": ("ce-a bank-a", "ce-a bank-a s1"),
    "promise 2": ("ce-a bank-a", "ce-a bank-a s2"),
    "promise 3": ("ce-a", "ce-a"),
    "trade s1 to s4": ("bank-a bank-b", "bank-a bank-b s1 s4"),
    "trade s1 to s2": ("bank-a", "bank-a s1 s2"),
    "trade s4 to s5": ("bank-b factor-a", "bank-b factor-a s4 s5"),
    "reason of s2's decline": ("bank-a", "bank-a s1 s2"),
    "reason of s5's decline": ("bank-b factor-a", "bank-b factor-a s4 s5"),
    "reason of s2's rejection": ("ce-a bank-a", "ce-a bank-a s2"),
    "reason of a refused draft": ("ce-a", "ce-a"),
    "document sent": ("ce-a bank-a", "ce-a s1"),
    "document kept": ("bank-b", "s4"),
}


@dataclass(slots=True)
class Story:
    """Everybody signed in, and the ids that came about."""

    processes: Processes
    people: dict[str, Caller]
    """`member/account` to its caller."""
    backing: dict[str, Json] = field(default_factory=dict)
    """What backs a voucher to a client."""
    drafts: list[str] = field(default_factory=list)
    operations: list[str] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)

    def who(self, name: str, account: str = "") -> Caller:
        """A client, or an account of a member."""
        return self.people[f"{name}/{account}" if account else f"{SPONSOR[name]}/{name}"]

    async def tell(self) -> None:
        """Do everything once."""
        for client in SPONSOR:
            answer = await self.who(client).ask("POST", "/v1/cards", json={"unlock": {"passphrase": "demo"}})
            assert answer.status_code == 200, answer.text
        await granted(self.processes, "ce-a", 10_000_000)
        for client in ("s1", "s2"):
            self.backing[client] = await confirmed(
                self.processes, "ce-a", SPONSOR[client], client, amount=100_000, number=f"P-{client}"
            )
        first = await self._issued("promise 1", "s1")
        await self._by("s1", "voucher.accept", {"voucher": first["voucher"], "consent": first["promise"]})
        offered = await self._offered(
            "s1", first["voucher"], 1, {"trade": ("s4", "trade s1 to s4"), "tradeb": ("s2", "trade s1 to s2")}
        )
        await self._by("s4", "voucher.take", {"voucher": first["voucher"], "offer": f"{offered}:1"})
        await self._by(
            "s2",
            "voucher.decline",
            {"voucher": first["voucher"], "offer": f"{offered}:2"},
            {"reason": {"reason": REASONS["reason of s2's decline"]}},
        )
        further = await self._offered("s4", first["voucher"], 1, {"trade": ("s5", "trade s4 to s5")}, units=9)
        await self._by(
            "s5",
            "voucher.decline",
            {"voucher": first["voucher"], "offer": f"{further}:1"},
            {"reason": {"reason": REASONS["reason of s5's decline"]}},
        )
        second = await self._issued("promise 2", "s2")
        await self._by(
            "s2",
            "voucher.reject",
            {"voucher": second["voucher"]},
            {"reason": {"reason": REASONS["reason of s2's rejection"]}},
        )
        await self._refused_draft()
        await self._papers()
        for member in MEMBERS:
            await caught_up(self.processes, self.who(member, "maker"))

    async def _draft(self, place: str, client: str) -> str:
        args = {
            "reference": {"keyed": PAPERS[place][0]},
            "currency": "CNY",
            "face": 100_000,
            "nominal_maturity": "2026-09-14",
            "settlement_bank": "settle-a",
            **self.backing[client],
        }
        sealed = {"trade": {"promise": TEXTS[place], **papers(place)}}
        maker = self.who("ce-a", "maker")
        answer = await maker.act("voucher.issue", args, key=f"issue-{place[-1]}-0001", sealed=sealed)
        assert answer.status_code == 202, answer.text
        draft: str = answer.json()["draft"]
        self.drafts.append(draft)
        return draft

    async def _issued(self, place: str, client: str) -> Json:
        draft = await self._draft(place, client)
        answer = await self.who("ce-a", "checker").approve(draft)
        assert answer.status_code == 202, answer.text
        self.operations.append(answer.json()["operation"])
        end = await self.who("ce-a", "maker").end_of(self.operations[-1])
        event: Json = end["receipt"]["events"][0]
        return event

    async def _offered(
        self, giver: str, voucher: str, first: int, rows: dict[str, tuple[str, str]], units: int = 1_000
    ) -> str:
        made = [
            {
                "first": first + units * number,
                "last": first + units * (number + 1) - 1,
                "receiver": {"sponsor": SPONSOR[to], "uscc": CODE[to]},
                "trade_reference": {"keyed": PAPERS[place][0]},
                "value_date": "",
            }
            for number, (to, place) in enumerate(rows.values())
        ]
        sealed = {label: papers(place) for label, (_, place) in rows.items()}
        await self._by(giver, "voucher.offer", {"voucher": voucher, "holding": first, "rows": made}, sealed)
        return self.operations[-1]

    async def _by(self, client: str, kind: str, args: Json, sealed: Json | None = None) -> None:
        key = f"{client}-{len(self.operations):08d}"
        end = await self.who(client).done(kind, args, key=key, sealed=sealed)
        self.operations.append(end["operation"])

    async def _refused_draft(self) -> None:
        draft = await self._draft("promise 3", "s1")
        body = {"reason": REASONS["reason of a refused draft"]}
        answer = await self.who("ce-a", "checker").ask("POST", f"/v1/drafts/{draft}/refuse", json=body)
        assert answer.status_code == 200, answer.text

    async def _papers(self) -> None:
        sent = await self._stored(self.who("ce-a", "maker"), "document sent", "application/pdf")
        body = {"to": "bank-a", "uscc": CODE["s1"]}
        answer = await self.who("ce-a", "maker").ask("POST", f"/v1/documents/{sent}/send", json=body)
        assert answer.status_code == 202, answer.text
        await self._stored(self.who("s4"), "document kept", "text/plain")
        while not (await self.who("s1").get("/v1/documents")).json():
            pass

    async def _stored(self, who: Caller, place: str, media_type: str) -> str:
        name, content = DOCUMENTS[place]
        answer = await who.ask(
            "POST",
            "/v1/documents",
            params={"name": name},
            content=content,
            headers={"Content-Type": media_type},
        )
        assert answer.status_code == 201, answer.text
        digest: str = answer.json()["digest"]
        self.documents.append(digest)
        return digest


def papers(place: str) -> Json:
    """The sealed content of a place, without the text of a promise."""
    contract, invoices, purpose, amount = PAPERS[place]
    return {"contract": contract, "invoices": list(invoices), "purpose": purpose, "amount": amount}


@asynccontextmanager
async def everybody(processes: Processes) -> AsyncIterator[Story]:
    """The story's people, signed in."""
    async with AsyncExitStack() as stack:
        people: dict[str, Caller] = {}
        for member, accounts in ACCOUNTS.items():
            callers = await stack.enter_async_context(calling(processes, member, *accounts))
            people |= {f"{member}/{caller.account}": caller for caller in callers}
        yield Story(processes, people)
