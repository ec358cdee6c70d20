"""A story in which every row of the visibility table is filled with values of its own, through the API alone."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tallychain.ledger import identity
from tallychain.network.alliance import Alliance, DescribedClient, DescribedMember
from tallychain.network.looking import advance
from tallychain.sdk.payables import Paper, presenting
from tests.running import Caller, Processes, calling, caught_up, code_of, granted
from tests.security import secret_values as secret
from tests.security.needles import Value
from tests.security.secret_values import CODE, NAME, SPONSOR, STAFF

Json = dict[str, Any]

MEMBERS = {
    "ce-a": (identity.CORE_ENTERPRISE,),
    "bank-a": (identity.BANK,),
    "bank-b": (identity.BANK,),
    "factor-a": (identity.FACTOR,),
    "settle-a": (identity.SETTLEMENT_BANK, identity.BANK),
    "supervisor": (identity.SUPERVISOR,),
}
ACCOUNTS = {
    member: (*STAFF, *(client for client, sponsor in SPONSOR.items() if sponsor == member))
    for member in MEMBERS
}
FACE = 100_000
INVOICE = 50_000
UNLOCK = {"unlock": {"passphrase": "demo"}}
BLACKOUT_MS = 1_788_883_203_000
"""Three seconds into the black-out of vouchers that are due on 2026-09-14."""
DUE_MS = 1_789_351_200_000
"""10:00 in Shanghai of that day."""


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


@dataclass(slots=True)
class Story:
    """Everybody signed in, and the ids that came about."""

    processes: Processes
    people: dict[str, Caller]
    """`member/account` to its caller."""
    stack: AsyncExitStack
    receivers: dict[str, str]
    """`member/account` to the address that its webhook calls."""
    more: list[Value] = field(default_factory=list)
    """Values that came about on the way, such as tokens."""
    payables: dict[str, Json] = field(default_factory=dict)
    drafts: list[str] = field(default_factory=list)
    operations: list[str] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    webhooks: list[str] = field(default_factory=list)

    def who(self, name: str, account: str = "") -> Caller:
        """A client, or an account of a member."""
        return self.people[f"{name}/{account}" if account else f"{SPONSOR[name]}/{name}"]

    async def tell(self) -> None:
        """Do everything until the black-out, which is when the settlement bank is told whom it will pay."""
        for client in SPONSOR:
            answer = await self.who(client).ask("POST", "/v1/cards", json=UNLOCK)
            assert answer.status_code == 200, answer.text
        await self._own_things()
        await granted(self.processes, "ce-a", 10_000_000)
        await self._payables()
        first = await self._accepted("promise 1", "s1", "payable 1")
        await self._hops(first)
        await self._turned_down()
        await self._cancelled()
        await self._ported()
        await self._red_letters()
        await self._papers()
        for place in ("promise 3", "promise 7"):
            await self._draft(place, "payable 6")
        body = {"reason": secret.REASONS["reason of a refused draft"][1]}
        refused = f"/v1/drafts/{self.drafts[-2]}/refuse"
        answer = await self.who("ce-a", "checker").ask("POST", refused, json=body)
        assert answer.status_code == 200, answer.text
        await self._all_caught_up()

    async def tell_of_payment(self) -> None:
        """The payees, and the bank's word that money has come."""
        await self._goes_to(BLACKOUT_MS)
        voucher = self.payables["payable 1"]["voucher"]
        for client, (first, branch, code, account) in secret.ACCOUNTS_OF.items():
            payee = {
                "name": NAME[client],
                "uscc": CODE[client],
                "bank": branch,
                "bank_code": code,
                "account": account,
            }
            end = await self.who(SPONSOR[client], "system").done(
                "settlement.payee",
                {"voucher": voucher, "holding": first},
                key=f"payee-{client}-0001",
                sealed={"payee": payee},
            )
            self.operations.append(end["operation"])
        await self._goes_to(DUE_MS)
        slip = await self._stored(self.who("settle-a", "maker"), "document of the bank", "text/plain")
        booked = {"amount": FACE, "received_ms": DUE_MS, "reference": "20260914-000731", "document": slip}
        await self._together("settle-a", "settlement.attest", {"voucher": voucher, **booked})
        await self._all_caught_up()

    async def _goes_to(self, time_ms: int) -> None:
        """Move the clock, and wait until every gateway has heard of it: each dates operations by the newest block it knows."""
        await advance(self.processes.layout.root, time_ms)
        await self._all_caught_up()

    async def _all_caught_up(self) -> None:
        for member in MEMBERS:
            await caught_up(self.processes, self.who(member, "maker"))

    async def _own_things(self) -> None:
        """Tokens, persons with passphrases, a passphrase typed wrongly, webhooks."""
        for name, caller in self.people.items():
            self.more.append(secret.nobodys(f"token of {name}", caller.token, digest_stands=True))
        for member, name in secret.PEOPLE_NAMES.items():
            body = {
                "id": "looker",
                "name": name,
                "roles": ["look"],
                "passphrase": secret.passphrase_of(member),
            }
            answer = await self.who(member, "admin-1").ask("POST", "/v1/accounts", json=body)
            assert answer.status_code == 201, answer.text
        wrong = "a-slip-of-the-tongue-4417"
        self.more.append(secret.nobodys("passphrase that was refused", wrong))
        answer = await self.who("s4").ask("POST", "/v1/cards", json={"unlock": {"passphrase": wrong}})
        assert answer.status_code in (401, 403), answer.text
        for name in ("ce-a/maker", "s1", "s4"):
            member, account = name.split("/") if "/" in name else (SPONSOR[name], name)
            caller = self.people[f"{member}/{account}"]
            (session,) = [row for row in (await caller.get("/v1/sessions")).json() if row["is_current"]]
            self.more.append(
                secret.owners(
                    secret.SESSION, f"session of {name}", session["id"], member, f"{member}/{account}", member
                )
            )
        await self._webhooks()

    async def _webhooks(self) -> None:
        for name, url in self.receivers.items():
            member, account = name.split("/")
            address = f"{url}-needle-{member}-{account}-550217"
            body = {"url": address, "kinds": ["*"], "own": False}
            answer = await self.people[name].ask("POST", "/v1/webhooks", json=body)
            assert answer.status_code == 201, answer.text
            made = answer.json()
            self.webhooks.append(made["webhook"]["id"])
            self.more.append(
                secret.nobodys(f"secret of a webhook of {name}", made["secret"].removeprefix("whsec_"))
            )
            seats = name if account in SPONSOR else f"{member}/admin-1 {member}/system"
            self.more.append(
                secret.owners(secret.ADDRESS, f"address of a webhook of {name}", address, member, seats)
            )

    async def _payables(self) -> None:
        for place, (client, _, _) in secret.PAYABLES.items():
            first, second, _ = secret.invoices_of(place)
            file = ""
            if f"file of {place}" in secret.DOCUMENTS:
                file = await self._stored(self.who(client), f"file of {place}", "application/pdf")
            args, sealed = presenting(
                reference=secret.reference_of(place),
                issuer="ce-a",
                presenter={"sponsor": SPONSOR[client], "uscc": CODE[client]},
                amount=FACE,
                due_day="2026-12-31",
                papers=[
                    Paper(first, CODE[client], "2026-03-10", INVOICE, document=file),
                    Paper(second, CODE[client], "2026-03-10", INVOICE),
                ],
                relation=secret.contract_of(place),
                purpose=secret.purpose_of(place),
            )
            end = await self._by(client, "payable.present", args, sealed)
            self.payables[place] = {**end["receipt"]["events"][0], "payable": end["operation"]}
        await caught_up(self.processes, self.who("ce-a", "maker"))
        for place in secret.PAYABLES:
            named = {"payable": self.payables[place]["payable"]}
            if place == "payable withdrawn":
                await self._by("s4", "payable.withdraw", named)
            elif "contested" in place:
                which = "second" if place.endswith("too") else "first"
                await self._together(
                    "ce-a", "payable.contest", named, _reason(f"reason of the {which} contest")
                )
            else:
                await self._together("ce-a", "payable.confirm", {**named, "amount": FACE})

    async def _draft(self, place: str, payable: str) -> str:
        debt = self.payables[payable]
        args = {
            "reference": {"keyed": secret.reference_of(place)},
            "currency": "CNY",
            "face": FACE,
            "nominal_maturity": "2026-09-14",
            "settlement_bank": "settle-a",
            "receiver": debt["presenter"],
            "payable": debt["payable"],
            "invoices": [
                {"fingerprint": item["fingerprint"], "amount": INVOICE} for item in debt["invoices"]
            ],
        }
        sealed = {"trade": {"promise": secret.text_of(place), **secret.papers(place)}}
        maker = self.who("ce-a", "maker")
        answer = await maker.act("voucher.issue", args, key=f"issue-{place[-1]}-0001", sealed=sealed)
        assert answer.status_code == 202, answer.text
        draft: str = answer.json()["draft"]
        self.drafts.append(draft)
        return draft

    async def _issued(self, place: str, payable: str) -> Json:
        draft = await self._draft(place, payable)
        answer = await self.who("ce-a", "checker").approve(draft)
        assert answer.status_code == 202, answer.text
        self.operations.append(answer.json()["operation"])
        end = await self.who("ce-a", "maker").end_of(self.operations[-1])
        assert end["state"] == "done", end
        event: Json = next(item for item in end["receipt"]["events"] if "promise" in item)
        self.payables[payable]["voucher"] = event["voucher"]
        return event

    async def _accepted(self, place: str, client: str, payable: str) -> str:
        event = await self._issued(place, payable)
        voucher: str = event["voucher"]
        await self._by(client, "voucher.accept", {"voucher": voucher, "consent": event["promise"]})
        return voucher

    async def _hops(self, voucher: str) -> None:
        """From s1 to s4 to s5 to s6, with an offer declined on the way at two of the tiers."""
        both = {"trade": ("s4", "trade s1 to s4"), "tradeb": ("s2", "trade s1 to s2")}
        offered = await self._offered("s1", voucher, both, 1_000)
        await self._by("s4", "voucher.take", {"voucher": voucher, "offer": f"{offered}:1"})
        declined = {"voucher": voucher, "offer": f"{offered}:2"}
        await self._by("s2", "voucher.decline", declined, _reason("reason of s2's decline"))
        offered = await self._offered("s4", voucher, {"trade": ("s5", "trade s4 to s5, first")}, 9)
        declined = {"voucher": voucher, "offer": f"{offered}:1"}
        await self._by("s5", "voucher.decline", declined, _reason("reason of s5's decline"))
        for giver, taker, units in (("s4", "s5", 500), ("s5", "s6", 200)):
            rows = {"trade": (taker, f"trade {giver} to {taker}")}
            offered = await self._offered(giver, voucher, rows, units)
            await self._by(taker, "voucher.take", {"voucher": voucher, "offer": f"{offered}:1"})

    async def _turned_down(self) -> None:
        for place, payable, reason in (
            ("promise 2", "payable 2", "reason of s2's rejection"),
            ("promise 6", "payable 6", "reason of s2's second rejection"),
        ):
            event = await self._issued(place, payable)
            await self._by("s2", "voucher.reject", {"voucher": event["voucher"]}, _reason(reason))

    async def _cancelled(self) -> None:
        voucher = await self._accepted("promise 4", "s6", "payable 4")
        proposed = await self._together("ce-a", "voucher.cancel", {"voucher": voucher})
        given = {"voucher": voucher, "cancellation": proposed["operation"], "holding": 1}
        await self._by("s6", "voucher.consent", given)

    async def _ported(self) -> None:
        """A client takes its wallet from one sponsor to another, says there that the old one is idle, and moves its holding."""
        voucher = await self._accepted("promise 5", "s7", "payable 5")
        exported = await self.who("s7").ask("POST", "/v1/wallet/export", json=UNLOCK)
        assert exported.status_code == 200, exported.text
        word = "the-new-word-of-s7-8817"
        self.more.append(secret.nobodys("passphrase of s7 at its new sponsor", word))
        owner = {"id": "s7", "name": "owner", "passphrase": word}
        seat = {"id": "s7", "name": NAME["s7"], "uscc": CODE["s7"], "owner": owner, "findable": False}
        made = await self.who("bank-b", "admin-1").ask("POST", "/v1/seats", json=seat)
        assert made.status_code == 201, made.text
        (moved,) = await self.stack.enter_async_context(calling(self.processes, "bank-b", "s7"))
        self.people["bank-b/s7"] = moved
        await caught_up(self.processes, moved)
        unlock = {"unlock": {"passphrase": word}}
        brought = {"wallet": exported.json(), "passphrase": "demo", **unlock}
        taken = await moved.ask("POST", "/v1/wallet/import", json=brought)
        assert taken.status_code == 200, taken.text
        for kind, args in (
            ("sponsor.claim", {"voucher": voucher, "holding": 1, "offer": ""}),
            ("holder.port", {"voucher": voucher, "holdings": [1]}),
        ):
            headers = {"Idempotency-Key": f"moved-{kind.replace('.', '-')}"}
            body = {"args": args, "sealed": {}, **unlock}
            answer = await moved.ask("POST", f"/v1/acts/{kind}", json=body, headers=headers)
            assert answer.status_code == 202, answer.text
            end = await moved.end_of(answer.json()["operation"])
            assert end["state"] == "done", end
            self.operations.append(end["operation"])

    async def _red_letters(self) -> None:
        fingerprint = self.payables["payable 1"]["invoices"][0]["fingerprint"]
        number = "26991117000000990017"
        self.more.append(secret.nobodys("number of the red letter", number, row=secret.REFERENCE))
        letter = Paper(number, CODE["s1"], "2026-04-10", 1_000)
        credit = {
            "invoice": fingerprint,
            "credit": {"fingerprint_of": letter.fields()},
            "epoch": {"newest": "epoch"},
            "amount": 1_000,
        }
        await self._together("ce-a", "invoice.credit", credit, _reason("reason of the red letter"))
        given = {"invoice": fingerprint, "finding": "STANDS"}
        for member, reason in (("ce-a", "issuer"), ("bank-a", "sponsor")):
            await self._together(member, "invoice.review", given, _reason(f"reason of the {reason}'s review"))

    async def _offered(self, giver: str, voucher: str, rows: dict[str, tuple[str, str]], units: int) -> str:
        made = [
            {
                "first": 1 + units * number,
                "last": units * (number + 1),
                "receiver": {"sponsor": SPONSOR[to], "uscc": CODE[to]},
                "trade_reference": {"keyed": secret.reference_of(place)},
                "value_date": "",
            }
            for number, (to, place) in enumerate(rows.values())
        ]
        sealed = {label: secret.papers(place) for label, (_, place) in rows.items()}
        args = {"voucher": voucher, "holding": 1, "rows": made}
        end = await self._by(giver, "voucher.offer", args, sealed)
        operation: str = end["operation"]
        return operation

    async def _by(self, client: str, kind: str, args: Json, sealed: Json | None = None) -> Json:
        key = f"{client}-{len(self.operations):08d}"
        end = await self.who(client).done(kind, args, key=key, sealed=sealed)
        self.operations.append(end["operation"])
        return end

    async def _together(self, member: str, kind: str, args: Json, sealed: Json | None = None) -> Json:
        maker, checker = self.who(member, "maker"), self.who(member, "checker")
        await caught_up(self.processes, maker)
        key = f"{member}-{len(self.operations):08d}"
        end = await maker.together(checker, kind, args, key=key, sealed=sealed)
        self.operations.append(end["operation"])
        return end

    async def _papers(self) -> None:
        for place in ("payable 4", "payable contested"):
            path = f"/v1/payable-papers/{self.payables[place]['payable']}"
            while (await self.who("ce-a", "maker").insist("GET", path)).json()[0]["state"] != "here":
                pass
        await self._stored(self.who("s4"), "document kept", "text/plain")
        await self._stored(self.who("ce-a", "maker"), "agreement", "text/plain")
        for place, client in (("document sent", "s1"), ("document sent too", "s2")):
            sent = await self._stored(self.who("ce-a", "maker"), place, "application/pdf")
            body = {"to": "bank-a", "uscc": CODE[client]}
            answer = await self.who("ce-a", "maker").ask("POST", f"/v1/documents/{sent}/send", json=body)
            assert answer.status_code == 202, answer.text
            while not (await self.who(client).insist("GET", "/v1/documents")).json():
                pass

    async def _stored(self, who: Caller, place: str, media_type: str) -> str:
        _, name, content, _, _ = secret.DOCUMENTS[place]
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


def _reason(name: str) -> Json:
    return {"reason": {"reason": secret.REASONS[name][1]}}


@asynccontextmanager
async def everybody(processes: Processes, receivers: dict[str, str]) -> AsyncIterator[Story]:
    """The story's people, signed in."""
    async with AsyncExitStack() as stack:
        people: dict[str, Caller] = {}
        for member, accounts in ACCOUNTS.items():
            callers = await stack.enter_async_context(calling(processes, member, *accounts))
            people |= {f"{member}/{caller.account}": caller for caller in callers}
        yield Story(processes, people, stack, receivers)
